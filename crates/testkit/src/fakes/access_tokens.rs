//! Access tokens that are looked up instead of checked.

use dashtam_domain::{
    identity::{AccessClaims, AccessTokens, InvalidAccessToken},
    secret::SecretText,
    time::Timestamp,
};

use super::Recorder;

/// [`AccessTokens`] that numbers what it issued and accepts nothing else.
#[derive(Debug, Default)]
pub struct FakeAccessTokens(Recorder<AccessClaims>);

impl FakeAccessTokens {
    /// The claims of every token it issued, in order.
    pub fn issued(&self) -> Vec<AccessClaims> {
        self.0.all()
    }
}

impl AccessTokens for FakeAccessTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, InvalidAccessToken> {
        let text = format!("access-{}", self.0.len());
        self.0.push(claims.clone());
        Ok(SecretText::new(text))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidAccessToken> {
        let number: usize =
            token.strip_prefix("access-").and_then(|n| n.parse().ok()).ok_or(InvalidAccessToken)?;
        let claims = self.issued().into_iter().nth(number).ok_or(InvalidAccessToken)?;
        if now < claims.expires_at { Ok(claims) } else { Err(InvalidAccessToken) }
    }
}
