//! A SimpleFIN server, before what every adapter has to pass.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dashtam_domain::{
    connections::{Credentials, Provider},
    secret::SecretText,
};
use dashtam_provider_kit::{
    AllowedAddresses,
    conformance::{
        Bank, BankAccount, BankPosition, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply,
        Request,
    },
    provider_conformance,
};
use dashtam_provider_simplefin::{SimplefinOptions, SimplefinProvider};
use serde_json::{Value, json};

const USER: &str = "user-4f1c";
const PASSWORD: &str = "word-9d2e";
const TOKEN: &str = "token-31ce";
const CONNECTION: &str = "CON-1";

struct Simplefin;

/// What a setup token is claimed for.
fn access(host: &str) -> String {
    format!("http://{USER}:{PASSWORD}@{host}/simplefin")
}

fn id(account: &BankAccount) -> String {
    format!("A-{}", account.number)
}

/// The server's days are those of UTC.
fn transaction(row: &BankRow) -> Value {
    let at = row.instant(0).as_seconds();
    json!({"id": format!("T-{}", row.number), "posted": if row.pending { 0 } else { at }, "transacted_at": at,
        "pending": row.pending, "amount": row.amount_text(), "description": row.words})
}

fn holding(held: &BankPosition) -> Value {
    json!({"id": format!("H-{}", held.symbol), "symbol": held.symbol, "description": "A share",
        "shares": held.quantity.to_string(), "market_value": held.value().to_string(), "currency": ""})
}

/// An account, and its transactions from one instant to before another, where they are asked for.
fn account(account: &BankAccount, seconds: Option<(i64, i64)>, pending: bool) -> Value {
    let mut told = json!({"id": id(account), "name": "Everything", "conn_id": CONNECTION,
        "currency": account.currency.as_str(), "balance": account.balance.to_string(),
        "balance-date": 1_795_366_800});
    if let Some((start, end)) = seconds {
        let within = |row: &&BankRow| (start..end).contains(&row.instant(0).as_seconds());
        let rows = account.rows.iter().filter(within).filter(|row| pending || !row.pending);
        told["transactions"] = rows.map(transaction).collect();
        told["holdings"] = account.positions.iter().map(holding).collect();
    }
    told
}

impl BankUnderTest for Simplefin {
    fn declares(&self) -> Declared {
        Declared {
            paging: Paging::Days(44),
            pending: true,
            only_currency: None,
            most_accounts: 100,
            at_once: 1,
        }
    }

    /// Positions come along with transactions.
    fn most_requests(&self, accounts: usize) -> usize {
        1 + accounts
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let http = place.http.guarded(AllowedAddresses::PublicAndThisMachine, &[], place.patience);
        let clock = Arc::clone(&place.clock);
        Arc::new(SimplefinProvider::new(SimplefinOptions::default(), http, clock).unwrap())
    }

    fn credentials(&self, _bank: &Bank, place: &Place) -> Credentials {
        let host = &place.url[url::Position::BeforeHost..url::Position::AfterPort];
        Credentials::bearer(SecretText::new(access(host)))
    }

    fn pasted(&self, place: &Place) -> Vec<SecretText> {
        let claim = place.url.join(&format!("simplefin/claim/{TOKEN}")).unwrap();
        vec![SecretText::new(STANDARD.encode(claim.as_str()))]
    }

    fn secrets(&self) -> Vec<String> {
        [USER, PASSWORD, TOKEN].map(str::to_owned).to_vec()
    }

    fn account_id(&self, account: &BankAccount) -> String {
        format!("{CONNECTION}|{}", id(account))
    }

    fn row_id(&self, row: &BankRow) -> String {
        format!("T-{}", row.number)
    }

    fn answer(&self, bank: &Bank, request: &Request) -> Reply {
        if (request.method.as_str(), request.path.strip_prefix("/simplefin/claim/")) == ("POST", Some(TOKEN))
        {
            return Reply::new(200, access(request.header("host").unwrap_or_default()));
        }
        let basic = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
        if request.header("authorization") != Some(basic.as_str()) {
            return self.refuses(Refusal::Unauthorized, request);
        }
        if request.path != "/simplefin/accounts" {
            return Reply::new(404, "");
        }
        let seconds = |name| request.parameter(name).and_then(|seconds| seconds.parse::<i64>().ok());
        let days = seconds("start-date").zip(seconds("end-date"));
        // The parameter counts by being there.
        let days = days.filter(|_| request.parameter("balances-only").is_none());
        let pending = request.parameter("pending").is_some();
        let wanted = request.parameter("account");
        let shown = bank.accounts.iter().filter(|of| wanted.is_none_or(|wanted| wanted == id(of)));
        let shown: Value = shown.map(|of| account(of, days, pending)).collect();
        let connection = json!({"conn_id": CONNECTION, "name": "My Bank", "org_name": "Bank",
            "org_url": "https://bank.example"});
        Reply::json(&json!({"errlist": [], "connections": [connection], "accounts": shown}))
    }

    fn refuses(&self, refusal: Refusal, _request: &Request) -> Reply {
        match refusal {
            Refusal::Unauthorized => Reply::new(403, ""),
            Refusal::GrantEnded => {
                Reply::json(&json!({"errlist": [{"code": "gen.auth", "msg": "Gone."}], "accounts": []}))
            }
        }
    }
}

provider_conformance!(
    Simplefin,
    not_applicable: [
        "empty_pages_do_not_end_a_listing",
        "pages_that_lead_nowhere_end",
        "an_authorization_address_tells_no_secret",
        "a_passing_failure_ends_no_grant",
    ]
);
