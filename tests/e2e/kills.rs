//! Killed at each step of a refresh and of the callback, and started again: the connection works, or says honestly that
//! it does not. Schwab keeps its refresh token, the sandbox institution gives another one each time.

use dashtam_testkit::schwab::FakeSchwab;
use dashtam_tests::{
    Engine, Place, Server, User,
    api::send,
    bank::consent,
    patience::{SOON, eventually},
    schwab,
    server::Options,
};
use serde_json::{Value, json};

use crate::engines::place;

/// Where the connection is.
enum Institution {
    Schwab(FakeSchwab),
    Sandbox,
}

impl Institution {
    /// How a server is started, which holds whoever comes to this failpoint.
    fn options(&self, failpoint: Option<&str>) -> Options {
        let mut options = match self {
            Self::Schwab(fake) => schwab::options(fake),
            Self::Sandbox => Options::default(),
        };
        options.variables.extend(failpoint.map(|name| ("DASHTAM_FAILPOINT", name.to_owned())));
        options
    }

    async fn create(&self, user: &User) -> String {
        match self {
            Self::Schwab(_) => user.create_schwab().await,
            Self::Sandbox => user.create_provider("Bank").await,
        }
    }

    /// Signs in there; the address the browser is sent back to.
    async fn signed_in(&self, user: &User, server: &Server, provider: &str) -> String {
        match self {
            Self::Schwab(fake) => schwab::signed_in(user, fake, server, provider).await,
            Self::Sandbox => {
                let page = user.authorize(provider).await;
                consent(&user.api, &page, "alice", "approve").await.to_string()
            }
        }
    }

    async fn link(&self, user: &User, server: &Server, provider: &str) {
        let callback = self.signed_in(user, server, provider).await;
        let shown = send(user.api.http.get(callback)).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
    }
}

/// Kills the server once somebody is held at its failpoint; whoever asked gets no answer.
async fn killed(server: Server, asked: reqwest::RequestBuilder) {
    let asked = tokio::spawn(asked.send());
    eventually("the failpoint", SOON, async || server.log().contains("failpoint reached").then_some(()))
        .await;
    server.kill();
    assert!(asked.await.expect("the request's task ends").is_err(), "the request was answered after all");
}

/// A connection is whole: it has tokens if and only if it is linked.
async fn assert_whole(user: &User, provider: &str, expected: &str) {
    let shown: Value = user.provider(provider).await;
    assert_eq!(shown["status"], expected, "{shown}");
    let status = user.api.get(&format!("/api/v1/auth/{provider}/status")).await.expect(200);
    let linked = if expected == "active" { "connected" } else { "not_connected" };
    assert_eq!(status["status"], linked, "{status}");
    assert_eq!(status["has_access_token"] == true, expected == "active", "{status}");
}

/// The minute for which a dead refresher keeps others out is not waited for.
const LEASE_IS_OVER: &str = "UPDATE provider_credentials SET refresh_lease_until = created_at \
    WHERE refresh_lease_until IS NOT NULL";

async fn refresh_killed(place: Place, institution: Institution, moment: &str) {
    let server = Server::start_with(&place, &institution.options(Some(&format!("refresh-{moment}"))));
    let user = User::new(&server).await;
    let provider = institution.create(&user).await;
    institution.link(&user, &server, &provider).await;
    let path = format!("/api/v1/auth/{provider}/refresh");
    killed(server, user.api.request("POST", &path).json(&json!({}))).await;
    let held = place.change(LEASE_IS_OVER).await;
    assert_eq!(
        held,
        u64::from(moment != "stored"),
        "whoever stores new tokens gives the right to refresh back"
    );

    let server = Server::start_with(&place, &institution.options(None));
    let user = user.at(&server);
    assert_whole(&user, &provider, "active").await;
    user.sync_well(&provider).await;
    place.change("UPDATE provider_credentials SET last_refreshed_at = NULL").await;
    user.api.post(&path, &json!({})).await.expect(200);
    user.sync_well(&provider).await;
    assert_whole(&user, &provider, "active").await;
    let actions = user.actions(&provider).await;
    let count = |wanted: &str| actions.iter().filter(|action| *action == wanted).count();
    assert_eq!(count("token_refreshed"), 1 + usize::from(moment == "stored"), "{actions:?}");
    assert_eq!(count("token_refresh_failed"), 0, "{actions:?}");
}

async fn callback_killed(place: Place, institution: Institution, moment: &str) {
    let server = Server::start_with(&place, &institution.options(Some(&format!("exchange-{moment}"))));
    let user = User::new(&server).await;
    let provider = institution.create(&user).await;
    let callback = institution.signed_in(&user, &server, &provider).await;
    let old = server.callback.clone();
    killed(server, user.api.http.get(&callback)).await;

    let server = Server::start_with(&place, &institution.options(None));
    let user = user.at(&server);
    let linked = moment == "stored";
    assert_whole(&user, &provider, if linked { "active" } else { "pending" }).await;
    // The browser tries again: its state was used up.
    let again = send(user.api.http.get(callback.replace(&old, &server.callback))).await;
    assert_eq!(again.status, 400, "{}", again.text());
    assert_whole(&user, &provider, if linked { "active" } else { "pending" }).await;
    if !linked {
        institution.link(&user, &server, &provider).await;
    }
    user.sync_well(&provider).await;
    assert_whole(&user, &provider, "active").await;
    let created = user.actions(&provider).await.iter().filter(|action| *action == "token_created").count();
    assert_eq!(created, 1);
}

/// One test per failpoint: at Schwab on Postgres, at the sandbox institution on SQLite.
macro_rules! killed_at {
    ($($name:ident: $scenario:ident at $moment:literal;)+) => {
        mod at_schwab {
            $(#[tokio::test]
            async fn $name() {
                let place = super::place!(super::Engine::Postgres, concat!("at_schwab::", stringify!($name)));
                let fake = super::schwab::start().await;
                super::$scenario(place, super::Institution::Schwab(fake), $moment).await;
            })+
        }
        mod at_the_sandbox {
            $(#[tokio::test]
            async fn $name() {
                let place = super::Place::sqlite();
                super::$scenario(place, super::Institution::Sandbox, $moment).await;
            })+
        }
    };
}

killed_at! {
    a_refresh_killed_before_it_asks_is_made_up_for: refresh_killed at "asking";
    a_refresh_killed_with_the_answer_in_hand_is_made_up_for: refresh_killed at "answered";
    a_refresh_killed_after_it_was_stored_was_made: refresh_killed at "stored";
    a_callback_killed_before_the_exchange_leaves_the_instance_pending: callback_killed at "asking";
    a_callback_killed_with_the_tokens_in_hand_leaves_the_instance_pending: callback_killed at "answered";
    a_callback_killed_after_the_commit_has_linked: callback_killed at "stored";
}
