//! The form that brings a statement file.

use actix_multipart::{Field, Multipart, MultipartError};
use dashtam_application::imports::{AccountChoice, ImportStatement, ProfileChoice};
use dashtam_domain::{fault::FaultKind, id::AccountId, ledger::CsvProfile};
use futures_util::StreamExt;
use utoipa::ToSchema;

use crate::{
    extract::{broken_off, refuse_unknown_parts},
    problem::Problem,
};

/// A form with a file.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the multipart form")]
pub(super) struct UploadForm {
    /// The statement file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// For a file that does not say which account it is about: the id of one of the caller's accounts of imported
    /// files, or `new`.
    #[schema(
        value_type = String,
        required = false,
        pattern = "^(new|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})$"
    )]
    account_id: Option<String>,
    /// For a table (CSV) or a QIF file: how it is read, as JSON like the `layout` that a preview shows. Without `columns` its members
    /// complete what is found out about the table, e.g. `{"date_order": "dmy"}`.
    #[schema(value_type = String, required = false)]
    profile: Option<String>,
    /// For a table: the key of one of the layouts of `GET /api/v1/imports/formats`.
    #[schema(value_type = String, required = false, pattern = "^[A-Za-z0-9-]{1,100}$")]
    profile_id: Option<String>,
}

/// The largest file that is taken: 32 MiB.
pub(crate) const FILE_LIMIT: usize = 32 << 20;

/// The part of the form with the file.
pub(crate) const PART: &str = "file";
/// The part with the account that the file is about.
pub(super) const ACCOUNT_PART: &str = "account_id";
/// The part that says how a table is read.
const PROFILE_PART: &str = "profile";
/// The part that names a layout of tables.
const PROFILE_ID_PART: &str = "profile_id";
/// The largest other part that is taken.
const PART_LIMIT: usize = 64 << 10;

/// How many other parts are told of at most.
pub(super) const MOST_PARTS: usize = 20;

/// What `account_id` says for an account that is made for the file.
pub(super) const NEW: &str = "new";

/// The file of a form, and what it says of it. Other parts are refused by their names.
pub(super) async fn receive(mut form: Multipart) -> Result<ImportStatement, Problem> {
    let (mut statement, mut account, mut profile) = (None, None, None);
    let mut others = Vec::new();
    while let Some(part) = form.next().await {
        let part = part.map_err(refuse)?;
        if part.name() == Some(ACCOUNT_PART) {
            if account.is_some() {
                return Err(Problem::field(ACCOUNT_PART, "repeated", "Send one account at a time."));
            }
            account = Some(choice(&read(part, Some(PART_LIMIT)).await?)?);
            continue;
        }
        if let Some(name @ (PROFILE_PART | PROFILE_ID_PART)) = part.name() {
            let is_id = name == PROFILE_ID_PART;
            if profile.is_some() {
                return Err(Problem::field(PROFILE_PART, "repeated", "Send one profile at a time."));
            }
            let text = read(part, Some(PART_LIMIT)).await?;
            profile = Some(if is_id { known(&text)? } else { given(&text)? });
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
        let file = read(part, wanted.then_some(FILE_LIMIT)).await?;
        if wanted {
            statement = Some(ImportStatement { file_name, file, account: None, profile: None });
        }
    }
    refuse_unknown_parts(others, &[PART, ACCOUNT_PART, PROFILE_PART, PROFILE_ID_PART])?;
    let missing = || Problem::field(PART, "missing", "The form must have a part named file.");
    Ok(ImportStatement { account, profile, ..statement.ok_or_else(missing)? })
}

/// The key of a layout.
fn known(text: &[u8]) -> Result<ProfileChoice, Problem> {
    let key = std::str::from_utf8(text).unwrap_or_default().trim();
    let fits = (1..=100).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let malformed = || Problem::field(PROFILE_ID_PART, "malformed", "This must be the key of a layout.");
    fits.then(|| ProfileChoice::Known(key.to_owned())).ok_or_else(malformed)
}

/// A profile as JSON.
fn given(text: &[u8]) -> Result<ProfileChoice, Problem> {
    let malformed = || Problem::field(PROFILE_PART, "malformed", "This must be a JSON object.");
    let value: serde_json::Value = serde_json::from_slice(text).map_err(|_| malformed())?;
    let profile = CsvProfile::from_json(&value).map_err(Problem::invalid)?;
    Ok(ProfileChoice::Given(Box::new(profile)))
}

pub(super) fn choice(text: &[u8]) -> Result<AccountChoice, Problem> {
    let text = std::str::from_utf8(text).unwrap_or_default().trim();
    if text == NEW {
        return Ok(AccountChoice::New);
    }
    let malformed =
        || Problem::field("account_id", "malformed", "This must be an account's id, or the word new.");
    text.parse::<AccountId>().map(AccountChoice::Existing).map_err(|_| malformed())
}

/// Reads a part to its end, and keeps its bytes if they are wanted: no more than so many.
pub(crate) async fn read(mut part: Field, wanted: Option<usize>) -> Result<Vec<u8>, Problem> {
    let (most, keep) = (wanted.unwrap_or(FILE_LIMIT), wanted.is_some());
    let (mut file, mut size) = (Vec::new(), 0usize);
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(refuse)?;
        size = size.saturating_add(chunk.len());
        if keep && size <= most {
            file.extend_from_slice(&chunk);
        } else if size > 2 * FILE_LIMIT {
            break;
        }
        // What is a little too large is read to its end: a client that still sends would not read the answer.
    }
    if size > most { Err(Problem::too_large(most)) } else { Ok(file) }
}

pub(crate) fn refuse(error: MultipartError) -> Problem {
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
