//! `GET /api/v1/auth/me/export`: exports everything the account holds.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    web::{Bytes, Data},
};
use dashtam_application::profile::{Archive, ExportArchive, Profile, ProfileError};
use dashtam_domain::time::Timestamp;
use futures_util::stream;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{ArchiveEnd, ArchiveHead, ArchiveLine, Moment},
};

endpoint!(ExportArchive, limits: [AccountExport]);

/// An archive on its way, and how many things it held so far.
enum Sending {
    Pages(Archive, u64, Timestamp),
    Done,
}

/// The lines of the next page. A failure breaks the answer off, which the client notices.
async fn next(sending: Sending) -> Result<Option<(Bytes, Sending)>, ProfileError> {
    let Sending::Pages(mut archive, mut count, now) = sending else { return Ok(None) };
    let Some(page) =
        archive.next().await.inspect_err(|error| tracing::error!(%error, "an export broke off"))?
    else {
        return Ok(Some((Bytes::from(line(&ArchiveEnd::new(count))), Sending::Done)));
    };
    let mut lines = Vec::with_capacity(page.len() * 512);
    for item in &page {
        lines.extend(line(&ArchiveLine::new(item, now)));
    }
    count += page.len() as u64;
    Ok(Some((Bytes::from(lines), Sending::Pages(archive, count, now))))
}

fn line(view: &impl serde::Serialize) -> Vec<u8> {
    // Views hold strings, numbers and lists only: there is nothing that could fail.
    let mut line = serde_json::to_vec(view).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Export everything the account holds.
///
/// One JSON object a line (`application/x-ndjson`): an `archive` line, then `user`, `second_factor`, `session`,
/// `provider`, `account`, `category` (the user's own), `rule`, `merchant`, `saved_view`, `saved_layout`, `allocation_target`, `webhook` (without its secret), `security`, `security_price` (what your files told), `holding`, `holding_day`, `balance`, `transaction`,
/// `reconciliation`, `import` and `audit` lines, and at last `end` with the number of lines between.
/// An archive without its `end` broke off. It holds no secret.
#[utoipa::path(get, path = "/api/v1/auth/me/export", tag = "auth",
    responses((status = OK, body = String, content_type = "application/x-ndjson"), ThingProblems))]
async fn handle(call: CallFor<ExportArchive>, profile: Data<Profile>) -> Result<HttpResponse, Problem> {
    let archive = profile.export(&call, ExportArchive).await?;
    let head = line(&ArchiveHead::new(Moment(call.now)));
    let name = format!("attachment; filename=\"dashtam-{}.jsonl\"", call.now.day());
    let first = stream::iter([Ok::<_, ProfileError>(Bytes::from(head))]);
    let pages = stream::try_unfold(Sending::Pages(archive, 0, call.now), next);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-ndjson"))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(futures_util::StreamExt::chain(first, pages)))
}
