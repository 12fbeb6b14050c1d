//! Linking: a setup token is claimed, once, for an access URL.

use async_trait::async_trait;
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use dashtam_domain::{
    connections::{Credentials, ProviderError, SecretField, SecretLink},
    secret::SecretText,
    time::Timestamp,
};
use url::Url;

use crate::{SimplefinProvider, access::Access};

/// Longer setup tokens are refused before they are decoded.
const LONGEST: usize = 4_096;

/// Takes base64 without its padding, which people lose when they copy.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The claim URL that a setup token holds.
pub(crate) fn claim_url(token: &str) -> Option<Url> {
    if token.len() > LONGEST {
        return None;
    }
    let spelled = |c: char| match c {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    let token: String = token.chars().filter(|c| !c.is_whitespace()).map(spelled).collect();
    let decoded = String::from_utf8(LENIENT.decode(token).ok()?).ok()?;
    Url::parse(decoded.trim()).ok().filter(Url::has_host)
}

#[async_trait]
impl SecretLink for SimplefinProvider {
    fn fields(&self) -> &'static [SecretField] {
        &[SecretField { name: "setup_token", label: "Setup token" }]
    }

    fn explain(&self, error: &ProviderError) -> Option<&'static str> {
        let code = match error {
            ProviderError::NeedsReauthorization => "refused",
            ProviderError::Malformed { .. } => "unreadable",
            ProviderError::Unavailable => "unavailable",
            ProviderError::Rejected { code } => code.as_str(),
            _ => return None,
        };
        Some(match code {
            "refused" => {
                "The SimpleFIN server did not accept the setup token: it was claimed before, or it never existed. \
                 Create a new one there and paste it here. If you did not use this one yourself, disable it there: \
                 it may be in wrong hands."
            }
            "malformed_setup_token" => {
                "This is not a setup token. Copy it whole from the SimpleFIN server and paste it here."
            }
            "address_not_allowed" => {
                "The setup token leads to an address that this installation does not ask: it is not https on its \
                 usual port, or not on the public internet. The operator of this installation can allow a network of \
                 its own by the setting simplefin.allowed_networks."
            }
            "payment_required" => {
                "The SimpleFIN server wants its subscription to be paid before it gives access."
            }
            "unreadable" => {
                "The SimpleFIN server answered the setup token with something that is no access URL. The token may be \
                 used up by that; create a new one there."
            }
            "unavailable" => {
                "The SimpleFIN server that the setup token names could not be reached or answered with an error. Try \
                 it again; should the token be refused then, create a new one there."
            }
            code if code.starts_with("http_") => {
                "The address in the setup token is not that of a SimpleFIN server's claim, or no longer. Create a new \
                 setup token and paste it here."
            }
            _ => return None,
        })
    }

    async fn claim(&self, secrets: &[SecretText], _now: Timestamp) -> Result<Credentials, ProviderError> {
        let token = secrets.first().ok_or(ProviderError::NeedsReauthorization)?;
        let malformed = || ProviderError::Rejected { code: "malformed_setup_token".to_owned() };
        let url = claim_url(token.expose()).ok_or_else(malformed)?;
        // The token is one-time: the claim is sent once, whatever comes of it.
        let answer = self.http.post_nothing(&url).await?;
        match answer.status {
            200 => {}
            402 => return Err(ProviderError::Rejected { code: "payment_required".to_owned() }),
            401 | 403 => {
                tracing::warn!(
                    "the setup token was refused: it never existed or was claimed before. If its owner did \
                     not claim it, it may be in wrong hands: disable it at the SimpleFIN server"
                );
                return Err(ProviderError::NeedsReauthorization);
            }
            429 => return Err(ProviderError::RateLimited { retry_after: answer.retry_after }),
            500.. => return Err(ProviderError::Unavailable),
            status => return Err(ProviderError::Rejected { code: format!("http_{status}") }),
        }
        let unreadable = || ProviderError::Malformed { at: "access URL" };
        let text = String::from_utf8(answer.body).map_err(|_| unreadable())?;
        let access = Access::parse(&text).ok_or_else(unreadable)?;
        // The server names the address; it is judged like the one the user pasted.
        self.http.check(&access.base)?;
        Ok(Credentials {
            access_token: SecretText::new(text.trim()),
            refresh_token: None,
            id_token: None,
            token_type: "Basic".to_owned(),
            scope: None,
            expires_at: None,
            grant_expires_at: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setup_tokens_are_decoded() {
        let demo = "https://bridge.simplefin.org/simplefin/claim/demo";
        for token in [
            "aHR0cHM6Ly9icmlkZ2Uuc2ltcGxlZmluLm9yZy9zaW1wbGVmaW4vY2xhaW0vZGVtbw==",
            "aHR0cHM6Ly9icmlkZ2Uuc2ltcGxlZmluLm9yZy9zaW1wbGVmaW4vY2xhaW0vZGVtbw",
            "aHR0cHM6Ly9icmlkZ2Uuc2ltcGxlZmlu\n  Lm9yZy9zaW1wbGVmaW4vY2xhaW0vZGVtbw==\n",
        ] {
            assert_eq!(claim_url(token).unwrap().as_str(), demo, "{token}");
        }
        // With the letters of URLs.
        assert_eq!(claim_url("aHR0cHM6Ly94LmV4YW1wbGUvPz8-").unwrap().as_str(), "https://x.example/??%3E");
    }

    #[test]
    fn what_is_no_setup_token_is_refused() {
        let long = "A".repeat(LONGEST + 1);
        for token in ["", "not base64!", "aGVsbG8=", "/////w==", "bWFpbHRvOmFAYi5leGFtcGxl", &long] {
            assert!(claim_url(token).is_none(), "{token}");
        }
    }
}
