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
    views::{ArchiveHead, ArchiveLine, ArchiveTally, Moment},
};

endpoint!(ExportArchive, limits: [AccountExport]);

/// An archive on its way, and what it held so far.
enum Sending {
    Pages(Box<(Archive, ArchiveTally)>, Timestamp),
    Done,
}

/// The lines of the next page. A failure breaks the answer off, which the client notices.
async fn next(sending: Sending) -> Result<Option<(Bytes, Sending)>, ProfileError> {
    let Sending::Pages(mut sending, now) = sending else { return Ok(None) };
    let (archive, tally) = &mut *sending;
    let page = archive.next().await.inspect_err(broke_off)?;
    let Some(page) = page else {
        let steady = archive.is_steady().await.inspect_err(broke_off)?;
        let end = std::mem::take(tally).end(steady);
        return Ok(Some((Bytes::from(line(&end)), Sending::Done)));
    };
    let mut lines = Vec::with_capacity(page.len() * 512);
    for item in &page {
        let line = line(&ArchiveLine::new(item, now));
        tally.add(item, &line);
        lines.extend(line);
    }
    Ok(Some((Bytes::from(lines), Sending::Pages(sending, now))))
}

fn broke_off(error: &ProfileError) {
    tracing::error!(%error, "an export broke off");
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
/// `provider`, `account`, `category` (the user's own), `rule`, `merchant`, `saved_view`, `saved_layout`, `allocation_target`, `webhook` (without its secret), `notifications`, `security`, `security_price` (what your files told), `holding`, `holding_day`, `balance`, `transaction`,
/// `reconciliation`, `import` and `audit` lines, then `stored` lines, and at last `end`.
/// A `stored` line is a row as it is stored (`part` and `row`), by which `dashtam restore-account` brings the account back on another
/// server. The `end` has the number of lines between, the SHA-256 of all before it, number and SHA-256 of the `stored` lines of
/// each part, and `steady`, which is false if something changed meanwhile: such an archive can be read, but not brought
/// back. An archive without its `end` broke off. It holds no secret.
#[utoipa::path(get, path = "/api/v1/auth/me/export", tag = "auth",
    responses((status = OK, body = String, content_type = "application/x-ndjson"), ThingProblems))]
async fn handle(call: CallFor<ExportArchive>, profile: Data<Profile>) -> Result<HttpResponse, Problem> {
    let archive = profile.export(&call, ExportArchive).await?;
    let head = line(&ArchiveHead::new(Moment(call.now)));
    let name = format!("attachment; filename=\"dashtam-{}.jsonl\"", call.now.day());
    let mut tally = ArchiveTally::default();
    tally.begin(&head);
    let first = stream::iter([Ok::<_, ProfileError>(Bytes::from(head))]);
    let pages = stream::try_unfold(Sending::Pages(Box::new((archive, tally)), call.now), next);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-ndjson"))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(futures_util::StreamExt::chain(first, pages)))
}
