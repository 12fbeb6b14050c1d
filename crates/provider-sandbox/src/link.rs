//! Linking: OAuth 2 authorization code with PKCE S256, refresh with rotation, revocation.

use std::pin::Pin;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AuthorizationGrant, AuthorizationRequest, Credentials, OAuthLink, ProviderError, Revocation,
    },
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::{Client, credentials, token_error};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RevocationUrl, Scope,
    StandardRevocableToken, TokenUrl, basic::BasicClient,
};
use url::Url;

use crate::SandboxProvider;

type Oauth = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointSet>;

impl SandboxProvider {
    fn endpoint(&self, path: &str) -> Url {
        let mut url = self.options.base_url.clone();
        url.set_path(path);
        url
    }

    fn oauth(&self) -> Result<Oauth, ProviderError> {
        let revocation = RevocationUrl::from_url(self.endpoint("/oauth/revoke"));
        Ok(BasicClient::new(ClientId::new(self.options.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.options.client_secret.expose().to_owned()))
            .set_auth_uri(AuthUrl::from_url(self.endpoint("/oauth/authorize")))
            .set_token_uri(TokenUrl::from_url(self.endpoint("/oauth/token")))
            .set_redirect_uri(RedirectUrl::from_url(self.options.redirect_uri.clone()))
            .set_revocation_url(revocation))
    }
}

#[async_trait]
impl OAuthLink for SandboxProvider {
    fn authorization_url(&self, request: &AuthorizationRequest) -> Result<Url, ProviderError> {
        let verifier = PkceCodeVerifier::new(request.verifier.expose().to_owned());
        let state = request.state.expose().to_owned();
        let oauth = self.oauth()?;
        let (url, _) = oauth
            .authorize_url(|| CsrfToken::new(state))
            .add_scopes(["accounts", "transactions", "holdings"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

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
        Ok(credentials(&answer, now))
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
        Ok(credentials(&answer, now))
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        let Some(token) = &current.refresh_token else { return Ok(Revocation::Unsupported) };
        let token = StandardRevocableToken::RefreshToken(RefreshToken::new(token.expose().to_owned()));
        let oauth = self.oauth()?;
        // The oauth2 crate refuses to revoke over plain http.
        let Ok(request) = oauth.revoke_token(token) else { return Ok(Revocation::Unsupported) };
        request
            .request_async(&sender(&self.http))
            .await
            .map(|()| Revocation::Done)
            .map_err(|_| ProviderError::Unavailable)
    }
}

/// Hands the oauth2 crate our own client.
fn sender(
    http: &Client,
) -> impl Fn(HttpRequest) -> Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderError>> + Send>> {
    let http = http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move { http.oauth(request).await })
    }
}
