//! Linking the sandbox institution as a browser does, and synchronising.

use std::time::Duration;

use dashtam_sandbox_bank::PASSWORD;
use serde_json::{Value, json};
use url::Url;

use crate::{Api, User, api::send, patience::eventually, secrets};

/// Longest wait for a synchronisation; the slow customer takes about a minute.
const SYNC: Duration = Duration::from_secs(150);

impl User {
    /// Makes a provider instance; its id.
    pub async fn create_provider(&self, alias: &str) -> String {
        let body = json!({"provider_key": "sandbox", "alias": alias});
        let provider = self.api.post("/api/v1/providers/create", &body).await.expect(201);
        provider["id"].as_str().expect("an id").to_owned()
    }

    /// Begins an authorization; where the browser is sent.
    pub async fn authorize(&self, provider: &str) -> Url {
        let started = self.api.get(&format!("/api/v1/auth/{provider}/authorize")).await.expect(200);
        let page: Url = started["auth_url"].as_str().expect("an address").parse().expect("an address");
        secrets::plant(&parameter(&page, "state"));
        page
    }

    /// Makes a provider instance and links it as this customer of the bank; its id.
    pub async fn link(&self, customer: &str) -> String {
        let provider = self.create_provider(&format!("Bank of {customer}")).await;
        self.link_again(&provider, customer).await;
        provider
    }

    /// Links a provider instance as this customer of the bank.
    pub async fn link_again(&self, provider: &str, customer: &str) {
        let page = self.authorize(provider).await;
        let callback = consent(&self.api, &page, customer, "approve").await;
        let shown = send(self.api.http.get(callback)).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        assert!(shown.header("content-type").starts_with("text/html"), "{}", shown.header("content-type"));
        assert!(shown.text().contains("is connected to Dashtam"), "{}", shown.text());
    }

    /// The provider instance as it is shown now.
    pub async fn provider(&self, id: &str) -> Value {
        self.api.get(&format!("/api/v1/providers/{id}")).await.expect(200)
    }

    /// Asks for a synchronisation; the run.
    pub async fn request_sync(&self, id: &str) -> Value {
        self.api.post(&format!("/api/v1/providers/{id}/sync"), &json!({})).await.expect(202)
    }

    /// Waits until a run has ended; the run.
    pub async fn ended_sync(&self, provider: &str, run: &Value) -> Value {
        eventually("the end of the synchronisation", SYNC, async || {
            let last = self.provider(provider).await["last_sync"].clone();
            let ended = matches!(last["status"].as_str(), Some("completed" | "failed"));
            (ended && last["id"] == run["id"]).then_some(last)
        })
        .await
    }

    /// Synchronises; the run when it has ended, well or badly.
    pub async fn sync(&self, provider: &str) -> Value {
        let run = self.request_sync(provider).await;
        self.ended_sync(provider, &run).await
    }

    /// Synchronises, which must end well; the run.
    pub async fn sync_well(&self, provider: &str) -> Value {
        let run = self.sync(provider).await;
        assert_eq!(run["status"], "completed", "{run}");
        run
    }
}

/// A parameter of an address.
pub fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Signs in at the bank's page and decides; where the bank sends the browser.
pub async fn consent(api: &Api, page: &Url, customer: &str, decision: &str) -> Url {
    let shown = send(api.http.get(page.clone())).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    for (name, value) in [("customer", customer), ("password", PASSWORD), ("decision", decision)] {
        form.push((name.to_owned(), value.to_owned()));
    }
    let mut address = page.clone();
    address.set_query(None);
    let sent = send(api.http.post(address).form(&form)).await;
    let callback: Url = sent.header("location").parse().expect("the bank sends the browser back");
    secrets::plant(&parameter(&callback, "code"));
    callback
}
