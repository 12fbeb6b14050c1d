//! `GET /api/v1/exports/{export_id}/content`: sends a file that was prepared.

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    http::{
        Method,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    web::{Bytes, Data},
};
use dashtam_application::exports::{ExportContent, ExportError, Exports, FetchExport};
use dashtam_domain::id::ExportId;
use futures_util::{StreamExt, stream};

use crate::{openapi::ThingProblems, prelude::*, views};

endpoint!(FetchExport, limits: [Export]);

/// The next part of the file. A failure breaks the answer off, which the client notices by its length.
async fn next(mut content: ExportContent) -> Result<Option<(Bytes, ExportContent)>, ExportError> {
    let chunk = content.next().await.inspect_err(|error| tracing::error!(%error, "a download broke off"))?;
    Ok(chunk.map(|chunk| (Bytes::from(chunk), content)))
}

/// Fetch the file of an export that is done.
///
/// It is sent chunk by chunk, with its length told before. While the export is not done, or if it was given up, the answer is the
/// problem `export-without-file`.
#[utoipa::path(get, path = "/api/v1/exports/{export_id}/content", tag = "transactions",
    params(("export_id" = views::Id, Path)),
    responses((status = OK, description = "The file", content(
        (String = "text/csv"), (String = "application/x-ndjson"), (String = "application/x-ofx"), (String = "text/plain"),
        (String = "application/vnd.apache.parquet")
    )), ThingProblems))]
async fn handle(
    call: CallFor<FetchExport>,
    id: Id<ExportId>,
    request: HttpRequest,
    exports: Data<Exports>,
) -> Result<HttpResponse, Problem> {
    let looks_only = *request.method() == Method::HEAD;
    let content = exports.fetch(&call, FetchExport { export: id.0, looks_only }).await?;
    let job = content.job();
    let length = u64::try_from(job.bytes).unwrap_or_default();
    let name = format!("attachment; filename=\"{}\"", job.file_name);
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, job.media_type.as_str())).insert_header((CONTENT_DISPOSITION, name));
    // Whoever only looks gets the length, and nobody reads the file for it.
    let chunks = if looks_only {
        stream::empty::<Result<Bytes, ExportError>>().left_stream()
    } else {
        stream::try_unfold(content, next).right_stream()
    };
    Ok(answer.body(SizedStream::new(length, chunks)))
}
