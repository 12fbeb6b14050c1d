//! API keys: what programs sign in with.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    api_keys::{CreateApiKey, ListApiKeys, MadeKey, RevokeApiKey},
    profile::GetProfile,
};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::SessionId,
    identity::{ApiKeyName, ApiKeyTerms, Scope, Scopes, Session},
};

use super::{Wrong, told};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// How long a key may live: days and words.
const LIVES: [(u32, &str); 4] = [(30, "30 days"), (90, "90 days"), (365, "1 year"), (730, "2 years")];

struct Row {
    id: String,
    name: String,
    hint: String,
    may: String,
    ends: String,
    used: String,
    is_replaced: bool,
}

#[derive(Template)]
#[template(path = "settings_keys.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "settings_key_new.html")]
struct New {
    frame: Frame,
    section: &'static str,
    once: String,
    name: String,
    /// Name, words, and whether it is chosen.
    scopes: Vec<(&'static str, &'static str, bool)>,
    /// Days, words, and whether they are chosen.
    lives: Vec<(u32, &'static str, bool)>,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "settings_key_made.html")]
struct Made {
    frame: Frame,
    section: &'static str,
    key: String,
    ends: String,
}

/// What a scope lets a program do.
fn may(scope: Scope) -> &'static str {
    match scope {
        Scope::ProfileRead => "see your profile",
        Scope::ConnectionsRead => "see your connections",
        Scope::ConnectionsWrite => "make, link, change and remove connections",
        Scope::AccountsRead => "see your accounts",
        Scope::AccountsWrite => "correct your accounts",
        Scope::TransactionsRead => "see your transactions",
        Scope::TransactionsWrite => "change your transactions",
        Scope::BalancesRead => "see your balances",
        Scope::HoldingsRead => "see what you hold",
        Scope::ImportsWrite => "import files, and undo imports",
        Scope::SyncRun => "start synchronisations",
        Scope::WebhooksRead => "see webhooks and what was sent to them",
        Scope::WebhooksWrite => "try webhooks out, send again and remove them",
        Scope::EventsRead => "hear of what happens as it happens",
        Scope::AdminRead => "see what concerns everybody",
        Scope::AdminWrite => "change what concerns everybody",
    }
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let keys = visit.dashtam().api_keys().list(&visit.call, ListApiKeys).await?;
    let row = |key: &Session| {
        let terms = key.key.as_ref();
        let scopes: Vec<&str> = terms.map(|terms| terms.scopes.iter().map(may).collect()).unwrap_or_default();
        Row {
            id: key.id.to_string(),
            name: key.label.as_ref().map(|label| label.as_str().to_owned()).unwrap_or_default(),
            hint: terms.map(|terms| terms.hint.clone()).unwrap_or_default(),
            may: scopes.join(", "),
            ends: words::until(key.expires_at, visit.now()),
            used: match key.api_calls {
                0 => "never".to_owned(),
                _ => words::ago(key.last_seen_at, visit.now()),
            },
            is_replaced: terms.is_some_and(|terms| terms.replaced_by.is_some()),
        }
    };
    let rows = keys.iter().map(row).collect();
    Reply::page(&Page { frame: visit.frame("API keys", "settings"), section: "keys", rows })
}

pub(crate) async fn ask(visit: Visit) -> Outcome {
    asking(&visit, Wrong::default()).await
}

async fn asking(visit: &Visit, wrong: Wrong) -> Outcome {
    let account = visit.dashtam().profile().get(&visit.call, GetProfile).await?;
    let chosen = scopes(visit);
    let is_open = |scope: &Scope| {
        account.user().administrator || !matches!(scope, Scope::AdminRead | Scope::AdminWrite)
    };
    let days: u32 = visit.form.text("days").parse().unwrap_or(ApiKeyTerms::DEFAULT_DAYS);
    let page = New {
        frame: visit.frame("A new API key", "settings"),
        section: "keys",
        once: visit.once(),
        name: visit.form.text("name").to_owned(),
        scopes: Scope::ALL
            .into_iter()
            .filter(is_open)
            .map(|scope| (scope.as_str(), may(scope), chosen.has(scope)))
            .collect(),
        lives: LIVES.into_iter().map(|(of, words)| (of, words, of == days)).collect(),
        wrong,
    };
    page.wrong.shown(&page)
}

/// The scopes that are ticked.
fn scopes(visit: &Visit) -> Scopes {
    let ticked = visit.form.iter().filter(|(name, _)| *name == "scope");
    ticked.filter_map(|(_, scope)| Scope::parse(scope)).collect()
}

/// Makes a key, and shows it this once.
pub(crate) async fn create(visit: Visit) -> Outcome {
    let name = match visit.form.text("name").parse::<ApiKeyName>() {
        Ok(name) => name,
        Err(error) => return asking(&visit, Wrong::at("name", format!("The name {error}."))).await,
    };
    let scopes = scopes(&visit);
    if scopes.is_empty() {
        return asking(&visit, Wrong::at("scope", "Choose what the program may do.")).await;
    }
    let days = visit.form.text("days").parse().ok().filter(|days| ApiKeyTerms::DAYS.contains(days));
    let days = days.unwrap_or(ApiKeyTerms::DEFAULT_DAYS);
    let wanted = CreateApiKey { name, scopes, days, networks: Vec::new() };
    // A second click is told that there is the key, which is not kept anywhere.
    let present = |_: &MadeKey| StoredAnswer { status: 303, body: "/settings/keys?said=key-made".to_owned() };
    match visit.dashtam().api_keys().create(&visit.call, wanted, present).await.map_err(Problem::from) {
        Ok(made) => Reply::page(&Made {
            frame: visit.frame("Your new API key", "settings"),
            section: "keys",
            key: made.secret.expose().to_owned(),
            ends: words::until(made.session.expires_at, visit.now()),
        }),
        Err(problem) => asking(&visit, told(problem, "name")?).await,
    }
}

/// Ends a key at once.
pub(crate) async fn revoke(visit: Visit) -> Outcome {
    let key: SessionId = visit.id()?;
    visit.dashtam().api_keys().revoke(&visit.call, RevokeApiKey { key }).await?;
    Ok(Reply::to("/settings/keys?said=key-revoked"))
}
