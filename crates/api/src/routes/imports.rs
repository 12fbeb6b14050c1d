//! Statement files.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::web::Data;
use actix_web::{HttpRequest, http::StatusCode, web};
use dashtam_application::{
    Request,
    imports::{AccountChoice, GetImport, ImportStatement, Imports},
};
use dashtam_domain::{
    fault::FaultKind,
    id::{AccountId, ImportId},
    ledger::Import,
};
use futures_util::StreamExt;
use tracing::Instrument;

use crate::{
    answer::Answer,
    extract::{CallFor, Id, Limited, broken_off, refuse_unknown_parts},
    idempotency::Keyed,
    openapi::{IdempotencyHeader, ThingProblems, UploadForm, UploadProblems},
    problem::Problem,
    routes::Answered,
    views::{self, FormatView, ImportView},
};

/// Largest file: 32 MiB.
const FILE_LIMIT: usize = 32 << 20;

/// The part of the form with the file.
const PART: &str = "file";
/// The part with the account that the file is about.
const ACCOUNT_PART: &str = "account_id";

/// Most other parts that are told of.
const MOST_PARTS: usize = 20;

fn present(import: &Import) -> Answer {
    let location = format!("/api/v1/imports/{}", import.id);
    Answer::new(StatusCode::CREATED, &ImportView::from(import)).at(location)
}

/// Import a statement file (OFX or QFX) of at most 32 MiB.
///
/// Rows that are known from this or another file add nothing, so a file can be sent again at any time. A file that
/// does not say which account it is about is refused with `account-needed` until `account_id` says so.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", operation_id = ImportStatement::NAME,
    params(IdempotencyHeader), request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = CREATED, body = ImportView, headers(("Location" = String))), UploadProblems))]
pub(crate) async fn create(
    call: CallFor<ImportStatement>,
    request: HttpRequest,
    payload: web::Payload,
    imports: Data<Imports>,
) -> Answered {
    let statement = receive(Multipart::new(request.headers(), payload)).await?;
    let mut call = call.into_inner();
    // Boundaries differ between two sendings of one file, so name, account and contents count, not the body.
    let name = statement.file_name.clone().unwrap_or_default();
    let account = match statement.account {
        None => String::new(),
        Some(AccountChoice::New) => NEW.to_owned(),
        Some(AccountChoice::Existing(id)) => id.to_string(),
    };
    let keyed = Keyed::of(&request, &[name.as_bytes(), account.as_bytes(), &statement.file])?;
    Keyed::attach(keyed, &mut call, present);
    // A task of its own: the import is completed even if the client goes away.
    let task = async move { imports.create(&call, statement).await };
    match actix_web::rt::spawn(task.in_current_span()).await {
        Ok(import) => Ok(present(&import?)),
        Err(error) => Err(Problem::internal(format!("the import's task ended early: {error}"))),
    }
}

/// The parts `file` and `account_id` of a form. Other parts are refused by their names.
async fn receive(mut form: Multipart) -> Result<ImportStatement, Problem> {
    let (mut statement, mut account) = (None, None);
    let mut others = Vec::new();
    while let Some(part) = form.next().await {
        let part = part.map_err(refuse)?;
        if part.name() == Some(ACCOUNT_PART) {
            if account.is_some() {
                return Err(Problem::field(ACCOUNT_PART, "repeated", "Send one account at a time."));
            }
            account = Some(choice(&read(part, true).await?)?);
            continue;
        }
        let wanted = part.name() == Some(PART);
        if !wanted && others.len() < MOST_PARTS {
            others.push(part.name().unwrap_or("form").to_owned());
        }
        if wanted && statement.is_some() {
            return Err(Problem::field("file", "repeated", "Send one file at a time."));
        }
        let file_name = part.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
        let file = read(part, wanted).await?;
        if wanted {
            statement = Some(ImportStatement { file_name, file, account: None });
        }
    }
    refuse_unknown_parts(others, &[PART, ACCOUNT_PART])?;
    let missing = || Problem::field(PART, "missing", "The form must have a part named file.");
    Ok(ImportStatement { account, ..statement.ok_or_else(missing)? })
}

/// What `account_id` says for an account that is made for the file.
const NEW: &str = "new";

fn choice(text: &[u8]) -> Result<AccountChoice, Problem> {
    let text = std::str::from_utf8(text).unwrap_or_default().trim();
    if text == NEW {
        return Ok(AccountChoice::New);
    }
    let malformed =
        || Problem::field("account_id", "malformed", "This must be an account's id, or the word new.");
    text.parse::<AccountId>().map(AccountChoice::Existing).map_err(|_| malformed())
}

/// The bytes of a part, if they are wanted.
async fn read(mut part: Field, keep: bool) -> Result<Vec<u8>, Problem> {
    let (mut file, mut size) = (Vec::new(), 0usize);
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(refuse)?;
        size = size.saturating_add(chunk.len());
        if keep && size <= FILE_LIMIT {
            file.extend_from_slice(&chunk);
        } else if size > 2 * FILE_LIMIT {
            break;
        }
        // What is a little too large is read to its end: a client that still sends would not read the answer.
    }
    if size > FILE_LIMIT { Err(Problem::too_large(FILE_LIMIT)) } else { Ok(file) }
}

fn refuse(error: MultipartError) -> Problem {
    match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => {
            let detail = "The body must be sent as multipart/form-data.";
            Problem::new(FaultKind::Unsupported, "unsupported-media-type", detail)
        }
        MultipartError::Payload(error) => broken_off(&error),
        MultipartError::Incomplete => broken_off(&error),
        _ => Problem::new(FaultKind::Malformed, "malformed", "The body is not a valid multipart form."),
    }
}

/// The formats that can be imported.
#[utoipa::path(get, path = "/api/v1/imports/formats", tag = "imports", operation_id = "imports.formats",
    security(()), responses((status = OK, body = Vec<FormatView>)))]
pub(crate) async fn formats(_: Limited, imports: Data<Imports>) -> Answer {
    Answer::ok(&imports.formats().iter().map(FormatView::from).collect::<Vec<_>>())
}

/// Show the report of an import.
#[utoipa::path(get, path = "/api/v1/imports/{import_id}", tag = "imports", operation_id = GetImport::NAME,
    params(("import_id" = views::Id, Path)), responses((status = OK, body = ImportView), ThingProblems))]
pub(crate) async fn get(call: CallFor<GetImport>, id: Id<ImportId>, imports: Data<Imports>) -> Answered {
    let import = imports.get(&call, GetImport { import: id.0 }).await?;
    Ok(Answer::ok(&ImportView::from(&import)))
}
