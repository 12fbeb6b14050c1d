//! A bank behind Enable Banking, before what every adapter has to pass.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use dashtam_domain::{
    connections::{Credentials, Provider},
    secret::SecretText,
    time::Day,
};
use dashtam_provider_enable_banking::{EnableBanking, EnableBankingOptions, PsuType};
use dashtam_provider_kit::{
    conformance::{
        Bank, BankAccount, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply, Request, today,
    },
    provider_conformance,
};
use josekit::{
    jwk::{KeyPair, alg::rsa::RsaKeyPair},
    jws::{self, RS256},
};
use serde_json::{Value, json};
use url::Url;

const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const REDIRECT: &str = "https://127.0.0.1:8182";
const SESSION: &str = "4604aaf7-a2b0-4c6e-9d2e";
/// Questions a day about one account, without its owner there; further pages are none.
const A_DAY: u32 = 4;

/// The bank, and how often each question was put to it.
#[derive(Default)]
struct Nordea {
    asked: Mutex<HashMap<String, u32>>,
}

/// The application's key pair: private and public half in PEM.
fn key_pair() -> &'static (String, String) {
    static PAIR: OnceLock<(String, String)> = OnceLock::new();
    PAIR.get_or_init(|| {
        let pair = RsaKeyPair::generate(2_048).unwrap();
        let text = |pem| String::from_utf8(pem).unwrap();
        (text(pair.to_pem_private_key()), text(pair.to_pem_public_key()))
    })
}

fn refusal(status: u16, code: &str) -> Reply {
    Reply::new(status, json!({"code": status, "error": code, "message": "no"}).to_string())
}

fn hash(account: &BankAccount) -> String {
    format!("WwpbCiJhY2NvdW50{}", account.number)
}

fn uid(account: &BankAccount) -> String {
    format!("uid-{}", account.number)
}

fn iban(account: u32) -> String {
    format!("FI211234560000{account:04}")
}

/// Whether the application has signed.
fn is_signed(request: &Request) -> bool {
    let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let verifier = RS256.verifier_from_pem(&key_pair().1).unwrap();
    let read = token.and_then(|token| jws::deserialize_compact(token, &verifier).ok());
    read.is_some_and(|(_, header)| header.key_id() == Some(APPLICATION))
}

/// A row is told without a sign, with a word for the direction, and with the account's own number on its side.
fn transaction(row: &BankRow, of: &BankAccount) -> Value {
    let (word, own) = match row.amount.is_sign_negative() {
        true => ("DBIT", "debtor_account"),
        false => ("CRDT", "creditor_account"),
    };
    let (amount, day) = (row.amount_text(), row.day.to_string());
    let mut told = json!({"entry_reference": format!("r{}", row.number),
        "transaction_amount": {"amount": amount.trim_start_matches('-'), "currency": of.currency.as_str()},
        "credit_debit_indicator": word, "status": if row.pending { "PDNG" } else { "BOOK" },
        "booking_date": if row.pending { None } else { Some(&day) }, "transaction_date": day,
        "remittance_information": [row.words]});
    told[own] = json!({"iban": iban(of.number)});
    told
}

/// The days that are asked for, none of them still to come.
fn listing(bank: &Bank, of: &BankAccount, request: &Request) -> Reply {
    let known = ["date_from", "date_to", "strategy", "continuation_key"];
    let is_known = request.query.iter().all(|(name, _)| known.contains(&name.as_str()))
        && matches!(request.parameter("strategy"), Some("default" | "longest"));
    let from = request.parameter("date_from").and_then(Day::parse);
    let to = request.parameter("date_to").map_or(Some(today()), Day::parse);
    let (Some(from), Some(to), true) = (from, to, is_known) else {
        return refusal(422, "WRONG_REQUEST_PARAMETERS");
    };
    if from > to || to > today() {
        return refusal(422, "WRONG_DATE_INTERVAL");
    }
    let rows: Vec<&BankRow> = of.rows.iter().filter(|row| (from..=to).contains(&row.day)).collect();
    let (shown, next) = bank.page(&rows, request.parameter("continuation_key"));
    let shown: Value = shown.into_iter().map(|row| transaction(row, of)).collect();
    Reply::json(&json!({"transactions": shown, "continuation_key": next}))
}

/// Opens an authorization. The page has the state in its address, so that it is seen that it was told.
fn authorization(request: &Request) -> Reply {
    let body = request.json();
    let is_good = body["aspsp"] == json!({"name": "Nordea", "country": "FI"})
        && body["redirect_url"] == REDIRECT
        && body["access"]["valid_until"].is_string();
    let (Some(state), true) = (body["state"].as_str(), is_good) else {
        return refusal(422, "WRONG_REQUEST_PARAMETERS");
    };
    let page = format!("http://{}/page", request.header("host").unwrap_or_default());
    let page = Url::parse_with_params(&page, [("state", state)]).unwrap();
    Reply::json(&json!({"url": page.as_str(), "authorization_id": "a-1"}))
}

impl Nordea {
    /// Whether the questions of this sort are used up for today.
    fn is_used_up(&self, request: &Request) -> bool {
        if request.parameter("continuation_key").is_some() {
            return false;
        }
        // Each bank of a case has an address of its own.
        let question = format!("{:?} {}", request.header("host"), request.path);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(question).or_default();
        *times += 1;
        *times > A_DAY
    }
}

impl BankUnderTest for Nordea {
    fn declares(&self) -> Declared {
        Declared {
            paging: Paging::Cursor,
            pending: true,
            only_currency: None,
            most_accounts: 100,
            at_once: 1,
        }
    }

    /// Each account is asked for its balances and for its transactions.
    fn most_requests(&self, accounts: usize) -> usize {
        2 * accounts
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let options = EnableBankingOptions {
            base_url: place.url.clone(),
            application_id: APPLICATION.to_owned(),
            private_key: SecretText::new(key_pair().0.as_str()),
            redirect_uri: REDIRECT.to_owned(),
            psu_type: PsuType::Personal,
        };
        let application = EnableBanking::new(options, place.http.clone(), Arc::clone(&place.clock)).unwrap();
        Arc::new(application.provider("FI:Nordea".parse().unwrap()).unwrap())
    }

    /// A session: it knows its accounts, and there is nothing to refresh it by.
    fn credentials(&self, bank: &Bank, _place: &Place) -> Credentials {
        let granted = |account: &BankAccount| {
            json!({"uid": uid(account), "account": {"identification_hash": hash(account), "details": "Current",
                "cash_account_type": "CACC", "currency": account.currency.as_str()}})
        };
        let accounts: Value = bank.accounts.iter().map(granted).collect();
        let session =
            json!({"session": SESSION, "institution": "Nordea", "accounts": accounts, "left_out": 0});
        Credentials::bearer(SecretText::new(session.to_string()))
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets = [1, 2].map(iban).to_vec();
        secrets.push(SESSION.to_owned());
        secrets.extend(key_pair().0.lines().nth(1).map(str::to_owned));
        secrets
    }

    fn account_id(&self, account: &BankAccount) -> String {
        format!("{}:{}", hash(account), account.currency.as_str())
    }

    fn row_id(&self, row: &BankRow) -> String {
        format!("{}:r{}", if row.pending { "pending" } else { "booked" }, row.number)
    }

    fn answer(&self, bank: &Bank, request: &Request) -> Reply {
        if !is_signed(request) {
            return refusal(401, "WRONG_CREDENTIALS_PROVIDED");
        }
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let find = |id: &str| bank.accounts.iter().find(|account| uid(account) == id);
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["aspsps"]) if request.parameter("country") == Some("FI") => {
                let listed =
                    json!({"name": "Nordea", "country": "FI", "maximum_consent_validity": 15_552_000});
                Reply::json(&json!({"aspsps": [listed]}))
            }
            ("POST", ["auth"]) => authorization(request),
            ("GET", ["accounts", id, what]) => match (find(id), *what) {
                (Some(_), _) if self.is_used_up(request) => refusal(429, "ASPSP_RATE_LIMIT_EXCEEDED"),
                (Some(of), "balances") => {
                    let amount = json!({"amount": of.balance.to_string(), "currency": of.currency.as_str()});
                    Reply::json(&json!({"balances": [{"balance_type": "ITBD", "balance_amount": amount}]}))
                }
                (Some(of), "transactions") => listing(bank, of, request),
                _ => refusal(404, "ACCOUNT_DOES_NOT_EXIST"),
            },
            _ => refusal(404, "NOT_FOUND"),
        }
    }

    fn refuses(&self, refused: Refusal, _request: &Request) -> Reply {
        match refused {
            Refusal::Unauthorized => refusal(401, "EXPIRED_SESSION"),
            Refusal::GrantEnded => refusal(401, "REVOKED_SESSION"),
        }
    }
}

provider_conformance!(
    Nordea::default(),
    not_applicable: [
        "positions_are_those_of_the_bank",
        "a_claim_says_what_to_do",
        "a_passing_failure_ends_no_grant",
    ]
);
