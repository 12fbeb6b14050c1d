//! What a user does, from signing up to reading everything back.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use dashtam_sandbox_bank::{DEFAULT_CUSTOMER, PASSWORD as BANK_PASSWORD};
use reqwest::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::{Steps, client::ApiClient, process::ServerProcess};

pub(super) const EMAIL: &str = "ada@example.com";
const NAME: &str = "Ada Demo";
pub(super) const PASSWORD: &str = "Every-Figure-Right-1";

/// The longest wait for a mail, and for a synchronisation.
const PATIENCE: Duration = Duration::from_secs(120);

/// Everything that the API answered during the journey.
pub(crate) struct Outcome {
    pub(crate) accounts: Vec<Value>,
    pub(crate) balances: Vec<Value>,
    pub(crate) transactions: Vec<Value>,
    pub(crate) holdings: Vec<Value>,
    pub(crate) provider_id: String,
    pub(crate) sync: Value,
    pub(crate) import: Value,
    pub(crate) second_import: Value,
}

pub(crate) async fn walk(
    server: &ServerProcess,
    steps: &Steps,
    file_name: &str,
    file: Vec<u8>,
    asks_for_account: bool,
) -> Result<Outcome> {
    let certificate = fs::read(&server.says.certificate)?;
    let mut api = ApiClient::new(&server.says.api, &certificate)?;
    let health = api.get("/health").await?;
    steps.detail(&format!("{} is {}", server.says.api, health["status"].as_str().unwrap_or("?")));

    steps.next("Signing up");
    let body = json!({"email": EMAIL, "password": PASSWORD, "name": NAME});
    api.post("/api/v1/auth/register", body, StatusCode::CREATED).await?;

    steps.next("Reading the verification mail in the development outbox");
    let token = mailed_token(&server.says.outbox).await?;
    api.post("/api/v1/auth/verify-email", json!({"token": token}), StatusCode::OK).await?;

    steps.next("Signing in");
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let login = api.post("/api/v1/auth/login", body, StatusCode::OK).await?;
    let refresh_token = text(&login, "refresh_token")?;
    api.sign_in(&text(&login, "access_token")?);
    let me = api.get("/api/v1/auth/me").await?;
    if me["email"] != EMAIL || me["email_verified"] != true {
        bail!("the account is not as expected");
    }

    steps.next("Creating a provider instance of the sandbox institution");
    let body = json!({"provider_key": "sandbox", "alias": "My bank"});
    let provider = api.post("/api/v1/providers/create", body, StatusCode::CREATED).await?;
    let provider_id = text(&provider, "id")?;

    steps.next("Linking it: authorize, sign in at the bank, consent, callback (OAuth 2 code + PKCE)");
    link(&api, &provider_id).await?;

    steps.next("Synchronising");
    let sync = synchronise(&api, steps, &provider_id).await?;

    steps.next(&format!("Importing {file_name} ({} bytes)", file.len()));
    let account = asks_for_account.then(|| "new".to_owned());
    let import = api.upload("/api/v1/imports", file_name, file.clone(), account).await?;
    let report = api.get(&format!("/api/v1/imports/{}", text(&import, "id")?)).await?;
    if report["rows"] != import["rows"] {
        bail!("the import's report changed after the answer");
    }

    steps.next("Importing it again, which has to add nothing");
    let account = if asks_for_account { Some(unnamed_account(&api).await?) } else { None };
    let second_import = api.upload("/api/v1/imports", file_name, file, account).await?;

    steps.next("Reading everything back through the API");
    let accounts = api.all("/api/v1/accounts").await?;
    let balances = api.all("/api/v1/balances").await?;
    let transactions = api.all("/api/v1/transactions").await?;
    let mut holdings = Vec::new();
    for account in &accounts {
        let path = format!("/api/v1/accounts/{}/holdings", text(account, "id")?);
        holdings.extend(api.all(&path).await?);
    }

    steps.next("Exchanging the refresh token and signing out");
    let body = json!({"refresh_token": refresh_token});
    let tokens = api.post("/api/v1/auth/refresh", body, StatusCode::OK).await?;
    api.sign_in(&text(&tokens, "access_token")?);
    api.post("/api/v1/auth/logout", json!({}), StatusCode::OK).await?;
    if api.get("/api/v1/auth/me").await.is_ok() {
        bail!("the access token still works after signing out");
    }
    Ok(Outcome { accounts, balances, transactions, holdings, provider_id, sync, import, second_import })
}

/// The account that was made for a file which names none: of several it is the only one without a number.
async fn unnamed_account(api: &ApiClient) -> Result<String> {
    let accounts = api.all("/api/v1/accounts").await?;
    let made = accounts
        .iter()
        .find(|account| account["provider_id"].is_null() && account["account_number_masked"].is_null());
    text(made.context("no account was made for the file")?, "id")
}

/// Waits for the verification mail and takes the token out of its link.
async fn mailed_token(outbox: &Path) -> Result<String> {
    wait_for("the verification mail", || async {
        let Ok(files) = fs::read_dir(outbox) else { return Ok(None) };
        for file in files.flatten() {
            if file.path().extension().is_some_and(|ending| ending == "eml") {
                let mail = fs::read_to_string(file.path())?;
                let link = mail.split_whitespace().find_map(|word| word.split_once("verify-email?token="));
                if let Some((_, token)) = link {
                    let end = token.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                    return Ok(Some(token[..end.unwrap_or(token.len())].to_owned()));
                }
            }
        }
        Ok(None)
    })
    .await
}

/// What a browser would do: fetch the bank's page, send its form, follow the redirect to the callback listener.
async fn link(api: &ApiClient, provider_id: &str) -> Result<()> {
    let start = api.get(&format!("/api/v1/auth/{provider_id}/authorize")).await?;
    let page: Url = text(&start, "auth_url")?.parse()?;
    let shown = api.http.get(page.clone()).send().await.context("the bank's page")?;
    if shown.status() != StatusCode::OK {
        bail!("the bank's page answered {}", shown.status());
    }
    let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    for (name, value) in
        [("customer", DEFAULT_CUSTOMER), ("password", BANK_PASSWORD), ("decision", "approve")]
    {
        form.push((name.to_owned(), value.to_owned()));
    }
    let mut consent = page.clone();
    consent.set_query(None);
    let sent_back = api.http.post(consent).form(&form).send().await.context("the bank's form")?;
    let location = sent_back.headers().get("location").and_then(|value| value.to_str().ok());
    let callback = location.ok_or_else(|| anyhow!("the bank answered {}", sent_back.status()))?.to_owned();
    let done = api.http.get(callback).send().await.context("the callback listener")?;
    if done.status() != StatusCode::OK {
        bail!("the callback listener answered {}", done.status());
    }
    let status = api.get(&format!("/api/v1/auth/{provider_id}/status")).await?;
    if status["status"] != "connected" {
        bail!("the provider is not connected after the callback: {status}");
    }
    Ok(())
}

/// Asks for a synchronisation and waits until it has ended.
async fn synchronise(api: &ApiClient, steps: &Steps, provider_id: &str) -> Result<Value> {
    let path = format!("/api/v1/providers/{provider_id}/sync");
    api.post(&path, json!({}), StatusCode::ACCEPTED).await?;
    let sync = wait_for("the synchronisation", || async {
        let provider = api.get(&format!("/api/v1/providers/{provider_id}")).await?;
        let sync = &provider["last_sync"];
        Ok(matches!(sync["status"].as_str(), Some("completed" | "failed")).then(|| sync.clone()))
    })
    .await?;
    if sync["status"] != "completed" {
        bail!("the synchronisation failed: {}", sync["error"]);
    }
    steps.detail(&format!("{} accounts, {} transactions", sync["accounts"], sync["transactions_added"]));
    Ok(sync)
}

async fn wait_for<T, F: Future<Output = Result<Option<T>>>>(what: &str, look: impl Fn() -> F) -> Result<T> {
    let waiting = async {
        loop {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("{what} did not come"))?
}

fn text(answer: &Value, field: &str) -> Result<String> {
    answer[field].as_str().map(str::to_owned).ok_or_else(|| anyhow!("the answer has no {field}"))
}
