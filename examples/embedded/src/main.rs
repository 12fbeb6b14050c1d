//! A service with users of its own that shows them what Dashtam fetches for them.

mod jar;
#[cfg(test)]
mod tests;

use std::{error::Error, sync::Arc, time::Duration};

use axum::http::{HeaderMap, StatusCode};
use axum::{extract::*, routing::*};
use dashtam_application::{ConnectionsArea, Dashtam, LedgerArea, Without, ledger::*, sync::*, unkept};
use dashtam_application::{authorization::LinkWithSecret, connections::CreateConnection, upkeep::AdmitUser};
use dashtam_domain::{call::Call, fault::*, id::*, ledger::*, page::Limit, secret::SecretText};
use dashtam_memory::{MemoryStore, PlainCipher};
use serde_json::{Value, json};
use tokio::net::TcpListener;

type App = State<(Dashtam<Without, ConnectionsArea, LedgerArea>, dashtam_domain::sources::Sources)>;
type Answer<T = Json<Value>> = Result<T, (StatusCode, String)>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    serve(TcpListener::bind("127.0.0.1:8080").await?).await
}

async fn serve(listener: TcpListener) -> Result<(), Box<dyn Error>> {
    let sources = dashtam_local::sources();
    let dashtam = Dashtam::builder(MemoryStore::new().storage(), sources.clone())
        .connections(Arc::new(PlainCipher))
        .ledger(Arc::new(PlainAccountHasher))
        .provider(Arc::new(jar::Jar::new()?))
        .build();
    let app = State((dashtam, sources));
    let routes = Router::new()
        .route("/jars/{alias}", post(link))
        .route("/accounts", get(accounts))
        .route("/transactions", get(transactions))
        .route("/changes", get(changes))
        .route("/changes/{epoch}/{seq}", get(changes))
        .with_state(app.0.clone());
    tokio::select! {
        ended = axum::serve(listener, routes) => Ok(ended?),
        ended = work(app) => ended,
    }
}

/// Dashtam starts no task of its own: what has to be done from time to time is done here.
async fn work(State((dashtam, sources)): App) -> Result<(), Box<dyn Error>> {
    loop {
        let call = || Call::system(sources.clock.now());
        dashtam.sync().plan(&call(), PlanSyncs).await?;
        while dashtam.sync().run_next(&call(), RunNextSync).await?.is_some() {}
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Who calls. This is a toy: anybody can send such a header. A real service takes the user from its own session.
async fn caller(State((dashtam, sources)): &App, headers: &HeaderMap) -> Answer<Call> {
    let user = headers.get("x-user").and_then(|user| user.to_str().ok()?.parse().ok());
    let user = UserId(user.ok_or((StatusCode::UNAUTHORIZED, "Who are you?".to_owned()))?);
    let now = sources.clock.now();
    dashtam.upkeep().admit_user(&Call::system(now), AdmitUser { user }).await.map_err(refuse)?;
    Ok(Call::user(user, SessionId(sources.ids.next()), now))
}

/// Every error is told in words that are fit for users, and its kind says what sort it is.
fn refuse(error: impl Fault) -> (StatusCode, String) {
    let ours = error.kind() == FaultKind::Internal;
    (if ours { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST }, error.to_string())
}

/// Links a jar under a name of the user's and fetches what is in it.
async fn link(app: App, Path(alias): Path<String>, headers: HeaderMap, Json(word): Json<String>) -> Answer {
    let call = caller(&app, &headers).await?;
    let alias = alias.parse().map_err(|_| (StatusCode::BAD_REQUEST, "This is no name.".to_owned()))?;
    let wanted = CreateConnection { provider_key: "jar".to_owned(), alias };
    let connection = app.0.0.connections().create(&call, wanted, unkept).await.map_err(refuse)?.connection.id;
    let word = LinkWithSecret { connection, secrets: [("word".to_owned(), SecretText::new(word))].into() };
    app.0.0.authorization().link_with_secret(&call, word).await.map_err(refuse)?;
    let run = app.0.0.sync().request(&call, RequestSync { connection }, unkept).await.map_err(refuse)?;
    Ok(Json(json!({"connection": connection.0, "sync": run.id.0})))
}

async fn accounts(app: App, headers: HeaderMap) -> Answer {
    let all = ListAccounts { connection: None, after: None, limit: Limit::default() };
    let page = app.0.0.ledger().accounts(&caller(&app, &headers).await?, all).await.map_err(refuse)?;
    let row = |a: &Account| json!({"name": a.name, "balance": a.balance.map(|b| b.to_string())});
    Ok(Json(page.items.iter().map(row).collect()))
}

async fn transactions(app: App, headers: HeaderMap) -> Answer {
    let all = ListTransactions { asked: Default::default(), after: None, limit: Limit::default() };
    let page = app.0.0.ledger().transactions(&caller(&app, &headers).await?, all).await.map_err(refuse)?;
    let row = |t: &Transaction| json!({"amount": t.amount.to_string(), "day": t.day.to_string()});
    Ok(Json(page.items.iter().map(row).collect()))
}

/// What changed behind the place that the answer before told as `next`.
async fn changes(app: App, headers: HeaderMap, seen: Option<Path<(i64, i64)>>) -> Answer {
    let call = caller(&app, &headers).await?;
    let place = |Path((epoch, seq))| FeedPlace::seen(epoch, seq);
    let (mut after, mut rows) = (seen.map(place), Vec::new());
    loop {
        let request = ListChanges { after, kinds: None, limit: Limit::default() };
        let page = app.0.0.ledger().changes(&call, request).await.map_err(refuse)?;
        for (what, change) in &page.items {
            rows.push(json!([format!("{what:?}"), change.key.kind.as_str(), change.key.id]));
        }
        if !page.has_more {
            return Ok(Json(json!({"changes": rows, "next": [page.next.epoch, page.next.after.seq]})));
        }
        after = Some(page.next);
    }
}
