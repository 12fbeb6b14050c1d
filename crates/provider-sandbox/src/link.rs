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
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, Scope, TokenUrl,
    basic::BasicClient,
};
use url::Url;

use crate::{SandboxOptions, SandboxProvider};

type Oauth = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

impl SandboxProvider {
    fn endpoint(&self, path: &str) -> Url {
        let mut url = self.options.base_url.clone();
        url.set_path(path);
        url
    }

    fn oauth(&self) -> Oauth {
        BasicClient::new(ClientId::new(self.options.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.options.client_secret.expose().to_owned()))
            .set_auth_uri(AuthUrl::from_url(self.endpoint("/oauth/authorize")))
            .set_token_uri(TokenUrl::from_url(self.endpoint("/oauth/token")))
            .set_redirect_uri(RedirectUrl::from_url(self.options.redirect_uri.clone()))
    }
}

#[async_trait]
impl OAuthLink for SandboxProvider {
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        _now: Timestamp,
    ) -> Result<Url, ProviderError> {
        let verifier = PkceCodeVerifier::new(request.verifier.expose().to_owned());
        let state = request.state.expose().to_owned();
        let (url, _) = self
            .oauth()
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
            .oauth()
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
            .oauth()
            .exchange_refresh_token(&RefreshToken::new(token.to_owned()))
            .request_async(&sender(&self.http))
            .await
            .map_err(token_error)?;
        Ok(credentials(&answer, now))
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        // The refresh token stands for the whole grant; without one, the access token is all there is to revoke.
        let token = current.refresh_token.as_ref().unwrap_or(&current.access_token);
        let SandboxOptions { client_id, client_secret, .. } = &self.options;
        // The oauth2 crate refuses plain http even on this machine, where the sandbox usually is.
        self.http.revoke(&self.endpoint("/oauth/revoke"), client_id, client_secret, token).await
    }
}

/// Lets the oauth2 crate send its requests through our own client.
fn sender(
    http: &Client,
) -> impl Fn(HttpRequest) -> Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderError>> + Send>> {
    let http = http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move {
            let answer = http.oauth(request).await?;
            // By RFC 6749 it is we who are not accepted, whatever the body says.
            if answer.status() == 401 { Err(ProviderError::Misconfigured) } else { Ok(answer) }
        })
    }
}
