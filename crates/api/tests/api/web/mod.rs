//! The pages for people, through the same edge as the API.

mod administration;
mod batches;
mod bulk;
mod doors;
mod forms;
mod gates;
mod hosted;
mod imports;
mod meaning;
mod notifications;
mod portfolio;
mod register;
mod rules;
mod settings;
mod split;
mod targets;
mod webhooks;

use actix_web::{http::Method, test::TestRequest};
use url::form_urlencoded::Serializer;

use crate::{
    browser::Browser,
    imports::STATEMENT,
    world::{Reply, World},
};

/// An id that is nobody's.
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A form as a page of ours sends it.
fn form(request: TestRequest, fields: &[(&str, &str)]) -> TestRequest {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    request
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .set_payload(body)
}

fn post(path: &str) -> TestRequest {
    TestRequest::post().uri(path)
}

impl Browser<'_> {
    /// Looks at a page.
    async fn look(&self, path: &str) -> Reply {
        self.world.visit(self.request(Method::GET, path).insert_header(("accept", "text/html"))).await
    }

    /// Sends a form of a page, with the token of the session.
    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let fields = [&[("csrf", self.csrf.as_str())], fields].concat();
        self.world.visit(form(self.request(Method::POST, path), &fields)).await
    }
}

/// Somebody with an imported statement whose first payee has this name in the file.
async fn somebody<'w>(world: &'w World, email: &str, payee: &str) -> Browser<'w> {
    let user = world.user(email).await;
    let statement = STATEMENT.replace("Coffee \"A\"", payee);
    let import = world.send(user.upload("january.ofx", &statement, "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    Browser::sign_in(world, email).await
}

/// The ids of a browser's first account and of its oldest transaction.
async fn things(browser: &Browser<'_>) -> (String, String) {
    let id = |list: &serde_json::Value, at: usize| list["items"][at]["id"].as_str().unwrap().to_owned();
    let accounts = browser.get("/api/v1/accounts").await.json();
    let transactions = browser.get("/api/v1/transactions").await.json();
    (id(&accounts, 0), id(&transactions, 1))
}

fn location(reply: &Reply) -> &str {
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").unwrap()
}
