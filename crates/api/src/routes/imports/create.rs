//! `POST /api/v1/imports`: imports a statement file.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{self, Data},
};
use dashtam_application::imports::{AccountChoice, ImportStatement, Imports, PreviewImport, ProfileChoice};
use dashtam_domain::ledger::Import;
use tracing::Instrument;

use super::{
    form::{NEW, UploadForm, receive},
    preview::{Asked, CreateParams, preview},
};
use crate::{
    extract::once,
    openapi::{IdempotencyHeader, UploadProblems},
    prelude::*,
    views::{ImportPreviewView, ImportView},
};

endpoint!(ImportStatement, limits: [Import]);

fn present(import: &Import) -> Answer {
    let location = format!("/api/v1/imports/{}", import.id);
    Answer::new(StatusCode::CREATED, &ImportView::from(import)).at(location)
}

/// Import a statement file (OFX, QFX, CSV, QIF or CAMT.053) of at most 32 MiB, or see what that would do.
///
/// Rows that are known from this or another file add nothing, so a file can be sent again at any time. A file that
/// does not say which account it is about is refused with `account-needed` until `account_id` says so.
///
/// How a table (CSV) is read is found out from its column names. Where they leave a doubt, such as whether day or month
/// comes first, it is refused with `profile-needed`, which names the member of `profile` that would tell.
///
/// With `dry_run=true` nothing is stored, and an idempotency key is not used up: the answer tells the fate of the rows,
/// page by page, which accounts would be made and what the balances would be. A file of more than 10,000 rows is refused
/// (`too-many-rows`): import it, and undo the import if it is not what was wanted.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", params(IdempotencyHeader, CreateParams),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = CREATED, body = ImportView, headers(("Location" = String))),
        (status = OK, description = "What an import would do.", body = ImportPreviewView), UploadProblems))]
async fn handle(
    call: CallFor<ImportStatement>,
    request: HttpRequest,
    query: Query<Asked>,
    payload: web::Payload,
    imports: Data<Imports>,
) -> Answered {
    let statement = receive(Multipart::new(request.headers(), payload)).await?;
    let mut call = call.into_inner();
    // Boundaries differ between two sendings of one file, so name, account, profile and contents count, not the body.
    let name = statement.file_name.clone().unwrap_or_default();
    let account = match statement.account {
        None => String::new(),
        Some(AccountChoice::New) => NEW.to_owned(),
        Some(AccountChoice::Existing(id)) => id.to_string(),
    };
    let profile = match &statement.profile {
        None => String::new(),
        Some(ProfileChoice::Known(key)) => key.clone(),
        Some(ProfileChoice::Given(profile)) => profile.to_json().to_string(),
    };
    let told = [name.as_bytes(), account.as_bytes(), profile.as_bytes(), &statement.file];
    let once = once(&request, &told)?;
    // A key that is none is refused here, too.
    if let Asked::Preview { after, limit } = query.0 {
        return preview(&call, PreviewImport { statement, after, limit }, &imports).await;
    }
    call.once = once;
    // A task of its own: the import is completed even if the client goes away.
    let task = async move { imports.create(&call, statement, |import| present(import).to_stored()).await };
    match actix_web::rt::spawn(task.in_current_span()).await {
        Ok(import) => Ok(present(&import?)),
        Err(error) => Err(Problem::internal(format!("the import's task ended early: {error}"))),
    }
}
