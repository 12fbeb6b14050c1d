//! Linking: OAuth 2 authorization code. A sign-in lasts seven days and no refresh prolongs it.

use std::pin::Pin;

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        AuthorizationGrant, AuthorizationRequest, Credentials, OAuthLink, ProviderError, Revocation,
    },
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::{Client, credentials, token_error};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, StandardRevocableToken, StandardTokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};

use crate::{SchwabProvider, wire};

/// A sign-in in the browser is good for this long.
const GRANT: TimeDelta = TimeDelta::days(7);

/// The members of a token answer that RFC 6749 does not have.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    #[serde(default)]
    id_token: Option<String>,
}

impl ExtraTokenFields for Extra {}

type Token = StandardTokenResponse<Extra, BasicTokenType>;
type Oauth = oauth2::Client<
    BasicErrorResponse,
    Token,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl SchwabProvider {
    fn oauth(&self) -> Result<Oauth, ProviderError> {
        if !self.options.is_configured() {
            return Err(ProviderError::Misconfigured);
        }
        let endpoint = |name| wire::address(&self.options.base_url, &["v1", "oauth", name]);
        // The redirect address must not pass through a URL type: it has to stay as registered.
        let redirect = RedirectUrl::new(self.options.redirect_uri.clone());
        Ok(oauth2::Client::new(ClientId::new(self.options.app_key.clone()))
            .set_client_secret(ClientSecret::new(self.options.app_secret.expose().to_owned()))
            .set_auth_type(AuthType::BasicAuth)
            .set_auth_uri(AuthUrl::from_url(endpoint("authorize")?))
            .set_token_uri(TokenUrl::from_url(endpoint("token")?))
            .set_redirect_uri(redirect.map_err(|_| ProviderError::Misconfigured)?))
    }
}

/// Turns a token answer into credentials.
fn read(answer: &Token, now: Timestamp) -> Credentials {
    let id_token = answer.extra_fields().id_token.as_deref().filter(|token| !token.is_empty());
    let mut read = credentials(answer, now);
    read.id_token = id_token.map(SecretText::new);
    // An empty token is none.
    read.refresh_token = read.refresh_token.filter(|token| !token.expose().is_empty());
    read
}

#[async_trait]
impl OAuthLink for SchwabProvider {
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        _now: Timestamp,
    ) -> Result<url::Url, ProviderError> {
        let verifier = PkceCodeVerifier::new(request.verifier.expose().to_owned());
        let state = request.state.expose().to_owned();
        let (url, _) = self
            .oauth()?
            .authorize_url(|| CsrfToken::new(state))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    /// The code lives for 30 seconds and works once, so nothing waits here for a turn of the budget.
    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        let answer = self
            .oauth()?
            .exchange_code(AuthorizationCode::new(grant.code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(grant.verifier.expose().to_owned()))
            .request_async(&sender(&self.http))
            .await
            .map_err(token_error)?;
        let mut credentials = read(&answer, now);
        if credentials.refresh_token.is_none() {
            // A token of the application itself, good for an hour and for no user.
            tracing::warn!("the token answer has no refresh token");
            return Err(ProviderError::Rejected { code: "no_refresh_token".to_owned() });
        }
        credentials.grant_expires_at = Some(now.plus(GRANT));
        Ok(credentials)
    }

    async fn refresh(&self, current: &Credentials, now: Timestamp) -> Result<Credentials, ProviderError> {
        let token = current.refresh_token.as_ref().map(SecretText::expose);
        let token = token.ok_or(ProviderError::NeedsReauthorization)?;
        let answer = self
            .oauth()?
            .exchange_refresh_token(&RefreshToken::new(token.to_owned()))
            .request_async(&sender(&self.http))
            .await
            .map_err(token_error)?;
        Ok(read(&answer, now))
    }

    /// Schwab documents no endpoint for it; users unlink applications on its site.
    async fn revoke(&self, _current: &Credentials) -> Result<Revocation, ProviderError> {
        Ok(Revocation::Unsupported)
    }
}

/// Hands the oauth2 crate our own client, and reads Schwab's refusals, which the crate could not.
fn sender(
    http: &Client,
) -> impl Fn(HttpRequest) -> Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderError>> + Send>> {
    let http = http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move {
            let answer = http.oauth(request).await?;
            match wire::token_failure(answer.status().as_u16(), answer.body()) {
                Some(failure) => Err(failure),
                None => Ok(answer),
            }
        })
    }
}
