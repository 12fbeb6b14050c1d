//! Linking against a running bank: consent, exchange, refresh, dead grants and revocation.

mod support;

use std::collections::HashMap;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        AuthorizationGrant, AuthorizationRequest, Linking, PageRequest, Provider, ProviderError, Revocation,
    },
    secret::SecretText,
};
use support::{REDIRECT, SECRET, STATE, Town, VERIFIER, adapter, client_options};

const DEAD: Option<ProviderError> = Some(ProviderError::NeedsReauthorization);

#[tokio::test]
async fn the_authorization_url_asks_for_a_code_with_pkce() {
    let town = Town::open().await;
    let request = AuthorizationRequest { state: SecretText::new(STATE), verifier: SecretText::new(VERIFIER) };
    let url = town.link().authorization_url(&request, town.now()).await.unwrap();
    assert!(url.as_str().starts_with(&format!("{}/oauth/authorize?", town.bank.base_url())));
    assert!(!url.as_str().contains(VERIFIER));
    let pairs: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs.len(), url.query_pairs().count());
    let expected = [
        ("response_type", "code"),
        ("client_id", "dashtam"),
        ("redirect_uri", REDIRECT),
        ("state", STATE),
        ("scope", "accounts transactions holdings"),
        // The S256 challenge of the verifier.
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test]
async fn a_code_becomes_credentials() {
    let town = Town::open().await;
    let credentials = town.linked("alice").await;
    assert_eq!(credentials.token_type, "Bearer");
    assert_eq!(credentials.scope.as_deref(), Some("accounts transactions holdings"));
    assert_eq!(credentials.expires_at, Some(town.now().plus(TimeDelta::minutes(30))));
    assert!(credentials.refresh_token.is_some() && credentials.id_token.is_none());
    assert_eq!(town.accounts().accounts(&credentials).await.unwrap().accounts.len(), 4);
}

#[tokio::test]
async fn a_wrong_code_or_verifier_is_refused() {
    let town = Town::open().await;
    let good = town.consent("alice").await;
    let unknown = AuthorizationGrant { code: SecretText::new("sbc_1_nonsense"), ..good.clone() };
    assert_eq!(town.link().exchange(&unknown, town.now()).await.err(), DEAD);
    let forged = AuthorizationGrant { verifier: SecretText::new("A".repeat(43)), ..good.clone() };
    assert_eq!(town.link().exchange(&forged, town.now()).await.err(), DEAD);
    assert_eq!(town.link().exchange(&good, town.now()).await.err(), DEAD, "the forgery spent the code");

    let late = town.consent("alice").await;
    town.wait(60);
    assert_eq!(town.link().exchange(&late, town.now()).await.err(), DEAD);
}

#[tokio::test]
async fn a_wrong_password_of_ours_is_no_matter_for_the_user() {
    let town = Town::open().await;
    let credentials = town.linked("alice").await;
    let other = adapter(&town.bank.base_url(), "wrong", client_options());
    let Linking::OAuth(link) = other.linking() else { panic!("not linked by OAuth") };
    let misconfigured = Some(ProviderError::Misconfigured);
    let grant = town.consent("alice").await;
    assert_eq!(link.exchange(&grant, town.now()).await.err(), misconfigured);
    assert_eq!(link.refresh(&credentials, town.now()).await.err(), misconfigured);
    assert_eq!(link.revoke(&credentials).await.err(), misconfigured);
    // None of it did any harm.
    town.link().exchange(&grant, town.now()).await.unwrap();
    town.refreshed(&credentials).await.unwrap();
}

#[tokio::test]
async fn a_refresh_rotates_the_tokens() {
    let town = Town::open().await;
    let first = town.linked("alice").await;
    town.wait(1_800);
    assert_eq!(town.accounts().accounts(&first).await.err(), Some(ProviderError::AccessTokenRejected));
    let second = town.refreshed(&first).await.unwrap();
    assert_ne!(first.access_token.expose(), second.access_token.expose());
    let refresh = |credentials: &dashtam_domain::connections::Credentials| {
        credentials.refresh_token.as_ref().unwrap().expose().to_owned()
    };
    assert_ne!(refresh(&first), refresh(&second));
    assert_eq!(second.expires_at, Some(town.now().plus(TimeDelta::minutes(30))));
    assert_eq!(town.accounts().accounts(&second).await.unwrap().accounts.len(), 4);

    // Whoever still has the old token has stolen it.
    assert_eq!(town.refreshed(&first).await.err(), DEAD);
    assert_eq!(town.accounts().accounts(&second).await.err(), Some(ProviderError::AccessTokenRejected));
    assert_eq!(town.refreshed(&second).await.err(), DEAD);

    let none = dashtam_domain::connections::Credentials { refresh_token: None, ..second };
    assert_eq!(town.refreshed(&none).await.err(), DEAD);
}

#[tokio::test]
async fn dead_grants_are_recognised() {
    let town = Town::open().await;
    let expired = town.linked("expired-grant+short-tokens").await;
    assert_eq!(town.accounts().accounts(&expired).await.unwrap().accounts.len(), 4);
    town.wait(2);
    assert_eq!(town.accounts().accounts(&expired).await.err(), Some(ProviderError::AccessTokenRejected));
    assert_eq!(town.refreshed(&expired).await.err(), DEAD);

    let revoked = town.linked("revoked-grant").await;
    let account = &town.world("revoked-grant").accounts[0].id;
    let rejected = Some(ProviderError::AccessTokenRejected);
    assert_eq!(town.accounts().accounts(&revoked).await.err(), rejected);
    let page =
        town.transactions().transactions(&revoked, &PageRequest::new(account, town.window(), None)).await;
    assert_eq!(page.err(), rejected);
    assert_eq!(town.holdings().holdings(&revoked, account).await.err(), rejected);
    assert_eq!(town.refreshed(&revoked).await.err(), DEAD);
}

#[tokio::test]
async fn a_revocation_ends_the_grant() {
    let town = Town::open().await;
    let (alice, bob) = (town.linked("alice").await, town.linked("bob").await);
    assert_eq!(town.link().revoke(&alice).await, Ok(Revocation::Done));
    assert_eq!(town.accounts().accounts(&alice).await.err(), Some(ProviderError::AccessTokenRejected));
    assert_eq!(town.refreshed(&alice).await.err(), DEAD);
    assert_eq!(town.link().revoke(&alice).await, Ok(Revocation::Done), "it is gone, as asked");
    assert_eq!(town.accounts().accounts(&bob).await.unwrap().accounts.len(), 4);

    let bare = dashtam_domain::connections::Credentials { refresh_token: None, ..bob };
    assert_eq!(town.link().revoke(&bare).await, Ok(Revocation::Done));
    assert_eq!(town.accounts().accounts(&bare).await.err(), Some(ProviderError::AccessTokenRejected));
}

#[tokio::test]
async fn a_link_outlives_the_bank() {
    let dir = tempfile::tempdir().unwrap();
    let town = Town::open_keeping(Some(dir.path().join("grants.json")), client_options()).await;
    let first = town.linked("alice").await;
    let accounts = town.accounts().accounts(&first).await.unwrap().accounts;
    let town = town.opened_again().await;
    assert_eq!(town.accounts().accounts(&first).await.unwrap().accounts, accounts);
    let town = town.opened_again().await;
    let lost = town.refreshed(&first).await.unwrap();
    // We were killed before we could store the answer, so all we have is the old token.
    let town = town.opened_again().await;
    let second = town.refreshed(&first).await.unwrap();
    assert_eq!(town.accounts().accounts(&second).await.unwrap().accounts, accounts);
    assert_eq!(town.refreshed(&lost).await.err(), DEAD);
}

#[tokio::test]
async fn a_bank_that_is_gone_is_unavailable() {
    let town = Town::open().await;
    let (grant, credentials) = (town.consent("alice").await, town.linked("alice").await);
    let Town { bank, provider, .. } = town;
    bank.stop().await.unwrap();
    let Linking::OAuth(link) = provider.linking() else { panic!("not linked by OAuth") };
    let now = dashtam_domain::time::Timestamp::from_micros(0).unwrap();
    assert_eq!(link.exchange(&grant, now).await.err(), Some(ProviderError::Unavailable));
    assert_eq!(link.refresh(&credentials, now).await.err(), Some(ProviderError::Unavailable));
    assert_eq!(link.revoke(&credentials).await.err(), Some(ProviderError::Unavailable));
    let accounts = provider.feeds().accounts.unwrap().accounts(&credentials).await;
    assert_eq!(accounts.err(), Some(ProviderError::Unavailable));
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let town = Town::open().await;
    let provider = adapter(&town.bank.base_url(), SECRET, client_options());
    let printed = format!("{provider:?} {:?}", town.linked("alice").await);
    assert!(!printed.contains(SECRET) && !printed.contains("sba_") && !printed.contains("sbr_"));
}
