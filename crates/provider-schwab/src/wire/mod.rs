//! What goes over the wire: addresses, answers and their failures, numbers and times as Schwab writes them.

mod answer;
mod number;
mod time;
mod token;

pub(crate) use answer::{Failure, read};
pub(crate) use number::{money, money_of, price_of, units};
pub(crate) use time::{Moment, day_in_new_york, midnight_in_new_york, moment};
pub(crate) use token::token_failure;

use dashtam_domain::connections::ProviderError;
use url::Url;

/// Makes an address below the base. The segments are encoded.
pub(crate) fn address(base: &Url, segments: &[&str]) -> Result<Url, ProviderError> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| ProviderError::Malformed { at: "base address" })?
        .pop_if_empty()
        .extend(segments);
    url.set_query(None);
    Ok(url)
}

/// Whether a body is a page for people: a block or an error page of what stands in front of the API.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// The part of a body in which words are looked for, in lower case.
fn words(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(4_096)]).to_ascii_lowercase()
}
