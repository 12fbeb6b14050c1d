//! Strong entity tags: the same tag, the same bytes.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use actix_web::http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use sha2::{Digest, Sha256};

use super::coding::Coding;

/// The tag of these bytes as they are.
pub(crate) fn tag(bytes: &[u8]) -> HeaderValue {
    let hash = BASE64.encode(&Sha256::digest(bytes)[..18]);
    // Letters, digits, `-` and `_`, between quotes.
    HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The tag of a document of the program that is the same as long as it runs, computed once.
pub(crate) fn constant_tag(name: &str, bytes: &[u8]) -> HeaderValue {
    static TAGS: LazyLock<Mutex<HashMap<String, HeaderValue>>> = LazyLock::new(Mutex::default);
    let mut tags = TAGS.lock().unwrap_or_else(PoisonError::into_inner);
    match tags.get(name) {
        Some(known) => known.clone(),
        None => tags.entry(name.to_owned()).or_insert_with(|| tag(bytes)).clone(),
    }
}

/// The tag of the same document in a coding: other bytes, so another tag.
pub(super) fn of_coding(plain: &HeaderValue, coding: Option<Coding>) -> HeaderValue {
    let Some(coding) = coding else { return plain.clone() };
    let text = plain.to_str().unwrap_or_default();
    let coded = format!("{}-{}\"", text.trim_end_matches('"'), coding.name());
    HeaderValue::from_str(&coded).unwrap_or_else(|_| plain.clone())
}

/// Whether the client says that it has this. `W/` is looked over, as RFC 9110 (13.1.2) has it.
pub(super) fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default();
    asked.get_all(IF_NONE_MATCH).filter_map(|line| line.to_str().ok()).any(|line| {
        // A tag of ours holds no comma.
        line.split(',').map(str::trim).any(|named| named == "*" || named.trim_start_matches("W/") == tag)
    })
}
