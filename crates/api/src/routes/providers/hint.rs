//! `POST /api/v1/providers/webhooks/{provider_key}`: takes a message that an institution sends of its own accord.

use actix_web::{http::header::HeaderMap, web::Data};
use dashtam_application::sync::{Sync, TakeHint};
use dashtam_domain::connections::{HintMessage, ProviderKey};

use crate::{
    extract::{Body, PathWord, Word, check_media_type},
    openapi::HintProblems,
    prelude::*,
    views::Message,
};

endpoint!(TakeHint, limits: [ProviderHint]);

/// Longer messages are no institution's: 64 KiB.
const LONGEST: usize = 1 << 16;
/// What says who the caller is to us is no business of an adapter's.
const OURS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

impl PathWord for ProviderKey {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A message to the letter, because its proof is about every letter, with its headers.
struct Sent(HintMessage);

impl Body for Sent {
    fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem> {
        check_media_type(headers)?;
        if bytes.len() > LONGEST {
            return Err(Problem::too_large(LONGEST));
        }
        let told = headers.iter().filter(|(name, _)| !OURS.contains(&name.as_str()));
        let told = told
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        Ok(Self(HintMessage { headers: told.collect(), body: bytes.to_vec() }))
    }
}

/// Take a message that an institution sends of its own accord, such as a webhook of Plaid's.
///
/// The institution proves that it sent the message: Plaid by the header `Plaid-Verification`. What is not proven is answered by
/// 401. Whatever the message says, the provider instance that it is about is synchronised at once; the answer to a message
/// about none that is known is the same.
#[utoipa::path(post, path = "/api/v1/providers/webhooks/{provider_key}", tag = "providers",
    params(("provider_key" = String, Path, description = "The institution, such as `plaid`.",
        pattern = "^[a-z0-9_-]{1,50}$")),
    request_body(content = serde_json::Value, content_type = "application/json",
        description = "As the institution sends it, up to 64 KiB."),
    responses((status = OK, body = Message), HintProblems))]
async fn handle(asked: Asked<TakeHint, Sent>, provider: Word<ProviderKey>, sync: Data<Sync>) -> Answered {
    let (call, Sent(message)) = asked.into_parts();
    sync.take_hint(&call, TakeHint { provider: provider.0, message }).await?;
    Ok(Answer::ok(&Message { message: "The message was taken." }))
}
