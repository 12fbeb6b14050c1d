//! `GET /api/v1/exports`: files of what the caller has.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    web::{Bytes, Data},
};
use dashtam_application::exports::{Export, ExportData, ExportError, Exports};
use futures_util::stream;

use super::query::ExportQuery;
use crate::{
    exports::Writer,
    openapi::ThingProblems,
    prelude::*,
    routes::{
        portfolio::MethodParams,
        transactions::{NarrowParams, SourceParams},
    },
};

endpoint!(ExportData, limits: [Export]);

/// What shall be in the file, and what sort of file it is.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `ExportQuery`")]
struct ExportParams {
    /// `transactions`, `holdings` as they are now, recorded `balances`, the `lots` of what is held, or the `closings` of lots, with
    /// what each gained.
    #[param(pattern = "^(transactions|holdings|balances|lots|closings)$", default = "transactions")]
    kind: Option<String>,
    /// `csv`; `jsonl`, one object of the API a line; where the program was built with it, `parquet`, the columns of the table; and of
    /// transactions also `ofx` (2.2), `hledger` and `beancount`.
    #[cfg_attr(feature = "parquet", param(pattern = "^(csv|jsonl|ofx|hledger|beancount|parquet)$"))]
    #[cfg_attr(not(feature = "parquet"), param(pattern = "^(csv|jsonl|ofx|hledger|beancount)$"))]
    format: String,
    /// Whether a table begins with the mark by which Excel knows UTF-8.
    #[param(value_type = Option<bool>)]
    excel: Option<String>,
}

/// A file on its way.
enum Sending {
    Pages(Box<Export>, Box<Writer>),
    Done,
}

/// The next part of the file. A failure breaks the answer off, which the client notices.
async fn next(sending: Sending) -> Result<Option<(Bytes, Sending)>, ExportError> {
    part(sending).await.inspect_err(|error| tracing::error!(%error, "an export broke off"))
}

async fn part(sending: Sending) -> Result<Option<(Bytes, Sending)>, ExportError> {
    let Sending::Pages(mut export, mut writer) = sending else { return Ok(None) };
    let Some(page) = export.next().await? else {
        return Ok(Some((Bytes::from(writer.tail()?), Sending::Done)));
    };
    Ok(Some((Bytes::from(writer.page(&page)?), Sending::Pages(export, writer))))
}

/// Export transactions, holdings, balances, lots or gains as a file.
///
/// The file is sent as it is read, however much it is, transactions with the earliest day first. Transactions are those that
/// `GET /transactions` lists for the same parameters; of holdings, balances and lots only `account_id` and `provider_id` can be
/// asked, of closings also `from` and `to`. Lots and closings are of accounts as they count: of several that are one, which are
/// linked, all are in the file where one of them is asked for. They are those of `GET /portfolio/lots` and `GET /portfolio/closings`.
/// A column of Parquet that holds exact numbers (38 digits, 18 of them decimal places) has one of texts beside it (`amount_text`), which has
/// those too that do not fit. Cells of a table that a spreadsheet would take for a formula begin with an apostrophe. A table or an OFX file of one account
/// can be imported again: with the `account_id` of the account it came from it adds nothing, and another account gets the same
/// posted transactions, as far as the format holds what they are.
#[utoipa::path(get, path = "/api/v1/exports", tag = "transactions",
    params(ExportParams, MethodParams, SourceParams, NarrowParams),
    responses((status = OK, description = "The file", content(
        (String = "text/csv"), (String = "application/x-ndjson"), (String = "application/x-ofx"), (String = "text/plain"),
        (String = "application/vnd.apache.parquet")
    )), ThingProblems))]
async fn handle(
    call: CallFor<ExportData>,
    query: Query<ExportQuery>,
    exports: Data<Exports>,
) -> Result<HttpResponse, Problem> {
    let query = query.0;
    let (format, name) = (query.format(), query.file_name(call.now.day()));
    let export = exports.begin(&call, query.data()).await?;
    let mut writer = query.writer(&export, call.now);
    let head = writer.head().map_err(ExportError::from)?;
    let name = format!("attachment; filename=\"{name}\"");
    let first = stream::iter([Ok::<_, ExportError>(Bytes::from(head))]);
    let pages = stream::try_unfold(Sending::Pages(Box::new(export), Box::new(writer)), next);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.media_type()))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(futures_util::StreamExt::chain(first, pages)))
}
