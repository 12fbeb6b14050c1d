//! What the stand-in answers.

use std::collections::HashMap;

use chrono::TimeDelta;
use dashtam_domain::time::{Day, Timestamp};
use josekit::jws::{self, RS256};
use serde_json::{Value, json};
use url::Url;
use wiremock::{Request, ResponseTemplate};

use super::{APPLICATION, Authorization, FakeAccount, FakeSession, Listing, REDIRECT, State, key_pair};

/// Questions a day about one account, without its owner there.
const A_DAY: u32 = 4;
const CODE_LIVES: TimeDelta = TimeDelta::minutes(5);

type Answered = Result<Value, (u16, String)>;

fn refused<T>(status: u16, code: &str) -> Result<T, (u16, String)> {
    Err((status, code.to_owned()))
}

impl State {
    pub(super) fn name(&mut self, of: &str) -> String {
        self.serial += 1;
        format!("{of}-{}", self.serial)
    }

    pub(super) fn authorization(&mut self, page: &Url) -> &mut Authorization {
        let id = page.path().trim_start_matches("/page/").to_owned();
        self.authorizations.iter_mut().find(|one| one.id == id).unwrap()
    }

    pub(super) fn respond(&mut self, request: &Request) -> ResponseTemplate {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        self.calls.push(format!("{} {}{query}", request.method.as_str(), request.url.path()));
        match self.answer(request) {
            Ok(body) => ResponseTemplate::new(200).set_body_json(body),
            Err((status, code)) => {
                let body = json!({"code": status, "error": code, "message": "planted-5d2c", "detail": null});
                let answer = ResponseTemplate::new(status).set_body_json(body);
                if status == 429 { answer.insert_header("retry-after", "3600") } else { answer }
            }
        }
    }

    fn answer(&mut self, request: &Request) -> Answered {
        self.check_token(request)?;
        if request.headers.keys().any(|name| name.as_str().starts_with("psu-")) {
            // Nobody is there.
            return refused(422, "PSU_HEADER_INVALID");
        }
        let path = request.url.path().to_owned();
        let fault =
            self.faults.iter_mut().find(|(end, left)| path.ends_with(end.as_str()) && !left.is_empty());
        if let Some(fault) = fault.and_then(|(_, left)| left.pop_front()) {
            return Err(fault);
        }
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["aspsps"]) => self.aspsps(&query(request, &["country", "psu_type"])?),
            ("POST", ["auth"]) => self.auth(&body(request)?),
            ("POST", ["sessions"]) => self.session(&body(request)?),
            ("DELETE", ["sessions", id]) => self.close(id),
            ("GET", ["accounts", uid, "balances"]) => {
                query(request, &[])?;
                let account = self.account(uid)?;
                self.count(uid, "balances")?;
                Ok(json!({"balances": self.bank.accounts[account].balances}))
            }
            ("GET", ["accounts", uid, "transactions"]) => {
                let known = ["date_from", "date_to", "strategy", "continuation_key"];
                self.transactions(uid, &query(request, &known)?)
            }
            _ => refused(404, "NOT_FOUND"),
        }
    }

    fn check_token(&self, request: &Request) -> Result<(), (u16, String)> {
        let wrong = || (401_u16, "WRONG_CREDENTIALS_PROVIDED".to_owned());
        let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(wrong)?;
        let verifier = RS256.verifier_from_pem(&key_pair().1).unwrap();
        let (claims, header) = jws::deserialize_compact(token, &verifier).map_err(|_| wrong())?;
        let claims: Value = serde_json::from_slice(&claims).map_err(|_| wrong())?;
        let time = |name: &str| claims[name].as_i64().unwrap_or_default();
        let (now, issued, ends) = (self.clock.now().as_seconds(), time("iat"), time("exp"));
        let is_good = header.key_id() == Some(APPLICATION)
            && header.token_type() == Some("JWT")
            && header.algorithm() == Some("RS256")
            && claims["iss"] == "enablebanking.com"
            && claims["aud"] == "api.enablebanking.com"
            && claims.as_object().is_some_and(|claims| claims.len() == 4)
            && issued <= now
            && now < ends
            && ends - issued <= 86_400;
        if is_good { Ok(()) } else { Err(wrong()) }
    }

    fn aspsps(&self, asked: &HashMap<String, String>) -> Answered {
        let bank = &self.bank;
        let is_it = asked.get("country") == Some(&bank.country)
            && asked.get("psu_type").is_some_and(|sort| sort == "personal");
        let row = json!({"name": bank.name, "country": bank.country, "psu_types": ["personal"],
            "maximum_consent_validity": bank.maximum_consent_validity, "auth_methods": [], "beta": false});
        let other = json!({"name": "Another Bank", "country": bank.country, "maximum_consent_validity": 60});
        let listed = if is_it { vec![other, row] } else { Vec::new() };
        Ok(json!({"aspsps": listed}))
    }

    fn auth(&mut self, body: &Value) -> Answered {
        only(body, &["access", "aspsp", "state", "redirect_url", "psu_type"])?;
        only(&body["access"], &["valid_until", "balances", "transactions"])?;
        only(&body["aspsp"], &["name", "country"])?;
        if body["aspsp"] != json!({"name": self.bank.name, "country": self.bank.country}) {
            return refused(422, "WRONG_ASPSP_PROVIDED");
        }
        if body["redirect_url"] != REDIRECT {
            return refused(422, "REDIRECT_URI_NOT_ALLOWED");
        }
        let told = body["access"]["valid_until"].as_str().and_then(Timestamp::parse);
        let (now, longest) = (self.clock.now(), TimeDelta::seconds(self.bank.maximum_consent_validity));
        let valid_until = told.filter(|end| *end > now && end.since(now) <= longest);
        let is_good = body["psu_type"] == "personal"
            && body["access"]["balances"] == true
            && body["access"]["transactions"] == true;
        let (Some(valid_until), Some(state), true) = (valid_until, body["state"].as_str(), is_good) else {
            return refused(422, "WRONG_REQUEST_PARAMETERS");
        };
        let (id, state) = (self.name("authorization"), state.to_owned());
        let url = format!("{}/page/{id}", self.base);
        self.authorizations.push(Authorization { id: id.clone(), state, valid_until, code: None });
        Ok(json!({"url": url, "authorization_id": id, "psu_id_hash": "hash"}))
    }

    fn session(&mut self, body: &Value) -> Answered {
        only(body, &["code"])?;
        let now = self.clock.now();
        let is_it = |one: &&mut Authorization| {
            one.code.as_ref().is_some_and(|(code, _)| body["code"] == code.as_str())
        };
        let Some(authorization) = self.authorizations.iter_mut().find(is_it) else {
            return refused(422, "WRONG_AUTHORIZATION_CODE");
        };
        let valid_until = authorization.valid_until;
        // It works once.
        let made = authorization.code.take().map_or(now, |(_, made)| made);
        if !now.is_within(CODE_LIVES, made) {
            return refused(422, "EXPIRED_AUTHORIZATION_CODE");
        }
        let id = self.name("session");
        let uids: Vec<String> = (0..self.bank.accounts.len()).map(|_| self.name("uid")).collect();
        let described = |(account, uid): (&FakeAccount, &String)| {
            let mut row = account.details.clone();
            row["uid"] = uid.as_str().into();
            row
        };
        let accounts: Vec<Value> = self.bank.accounts.iter().zip(&uids).map(described).collect();
        self.sessions.push(FakeSession { id: id.clone(), valid_until, over: None, uids });
        Ok(json!({"session_id": id, "accounts": accounts, "psu_type": "personal",
            "aspsp": {"name": self.bank.name, "country": self.bank.country},
            "access": {"balances": true, "transactions": true, "valid_until": valid_until.to_string()}}))
    }

    fn close(&mut self, id: &str) -> Answered {
        let now = self.clock.now();
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) else {
            return refused(404, "SESSION_DOES_NOT_EXIST");
        };
        check(session, now)?;
        session.over = Some("CLOSED_SESSION");
        Ok(json!({"message": "OK"}))
    }

    /// Which account has this name in a session that is not over.
    fn account(&self, uid: &str) -> Result<usize, (u16, String)> {
        for session in &self.sessions {
            if let Some(at) = session.uids.iter().position(|known| known == uid) {
                check(session, self.clock.now())?;
                return Ok(at);
            }
        }
        refused(404, "ACCOUNT_DOES_NOT_EXIST")
    }

    fn count(&mut self, uid: &str, what: &str) -> Result<(), (u16, String)> {
        let asked = self.asked.entry((format!("{uid} {what}"), self.clock.now().day())).or_default();
        *asked += 1;
        if *asked > A_DAY { refused(429, "ASPSP_RATE_LIMIT_EXCEEDED") } else { Ok(()) }
    }

    fn transactions(&mut self, uid: &str, asked: &HashMap<String, String>) -> Answered {
        let account = self.account(uid)?;
        let today = self.clock.now().day();
        let day = |name: &str| {
            asked.get(name).map(|day| Day::parse(day).ok_or((422_u16, "WRONG_REQUEST_PARAMETERS".to_owned())))
        };
        let from = day("date_from").transpose()?.unwrap_or_else(|| today.plus_days(-90));
        let to = day("date_to").transpose()?.unwrap_or(today);
        if from > today {
            return refused(422, "DATE_FROM_IN_FUTURE");
        }
        if to > today || from > to {
            return refused(422, "WRONG_DATE_INTERVAL");
        }
        let oldest = today.plus_days(-self.bank.history_days);
        let from = match asked.get("strategy").map(String::as_str) {
            Some("longest") => from.max(oldest),
            None | Some("default") if from < oldest => return refused(400, "WRONG_TRANSACTIONS_PERIOD"),
            None | Some("default") => from,
            Some(_) => return refused(422, "WRONG_REQUEST_PARAMETERS"),
        };
        let mut parameters: Vec<String> = asked
            .iter()
            .filter(|(name, _)| *name != "continuation_key")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        parameters.sort();
        let parameters = parameters.join("&");
        let at = match asked.get("continuation_key") {
            None => {
                self.count(uid, "transactions")?;
                0
            }
            Some(key) => match self.listings.remove(key) {
                Some(listing) if listing.uid == uid && listing.asked == parameters => listing.at,
                _ => return refused(422, "WRONG_CONTINUATION_KEY"),
            },
        };
        let is_listed = |row: &&Value| {
            let day = ["booking_date", "transaction_date"]
                .iter()
                .find_map(|field| Day::parse(row[*field].as_str()?));
            day.is_none_or(|day| from <= day && day <= to)
        };
        let rows: Vec<Value> =
            self.bank.accounts[account].transactions.iter().filter(is_listed).cloned().collect();
        let end = (at + self.bank.page).min(rows.len());
        let key = (end < rows.len()).then(|| self.name("key"));
        if let Some(key) = &key {
            let listing = Listing { uid: uid.to_owned(), asked: parameters, at: end };
            self.listings.insert(key.clone(), listing);
        }
        Ok(json!({"transactions": rows[at..end], "continuation_key": key}))
    }
}

fn check(session: &FakeSession, now: Timestamp) -> Result<(), (u16, String)> {
    match session.over {
        Some(code) => refused(401, code),
        None if now >= session.valid_until => refused(401, "EXPIRED_SESSION"),
        None => Ok(()),
    }
}

fn body(request: &Request) -> Answered {
    let header =
        request.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) if header.starts_with("application/json") => Ok(Value::Object(body)),
        _ => refused(422, "WRONG_REQUEST_PARAMETERS"),
    }
}

fn query(request: &Request, known: &[&str]) -> Result<HashMap<String, String>, (u16, String)> {
    let asked: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
    let is_known = asked.keys().all(|name| known.contains(&name.as_str()));
    if is_known { Ok(asked) } else { refused(422, "WRONG_REQUEST_PARAMETERS") }
}

fn only(body: &Value, known: &[&str]) -> Result<(), (u16, String)> {
    let is_known =
        body.as_object().is_some_and(|body| body.keys().all(|name| known.contains(&name.as_str())));
    if is_known { Ok(()) } else { refused(422, "WRONG_REQUEST_PARAMETERS") }
}
