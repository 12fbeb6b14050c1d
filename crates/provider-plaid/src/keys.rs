//! The keys that Plaid signs its messages with, by their names. Plaid is asked for one that is not known, and not for as many
//! as strangers make up.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{HintError, ProviderError},
    time::Timestamp,
};
use josekit::{
    jwk::Jwk,
    jws::{ES256, alg::ecdsa::EcdsaJwsVerifier},
};
use serde_json::{Value, json};

use crate::{PlaidProvider, refusal::Refusal};

/// How long an answer about a key is good: Plaid may have withdrawn it meanwhile.
const GOOD_FOR: TimeDelta = TimeDelta::hours(1);
/// How long a name is taken for none of Plaid's.
const NONE_FOR: TimeDelta = TimeDelta::minutes(1);
/// So many keys are asked for in a minute. Plaid has two or three.
const A_MINUTE: usize = 10;
/// Most names that are remembered.
const MOST: usize = 100;

const KEY: &str = "webhook key";

/// What Plaid said of a name.
#[derive(Clone)]
struct Known {
    at: Timestamp,
    /// `None`: it is none of Plaid's.
    key: Option<Key>,
}

#[derive(Clone)]
struct Key {
    verifier: EcdsaJwsVerifier,
    /// From when on Plaid does not sign with it any more.
    expired_at: Option<Timestamp>,
}

impl Known {
    fn is_old(&self, now: Timestamp) -> bool {
        let good_for = if self.key.is_some() { GOOD_FOR } else { NONE_FOR };
        !now.is_within(good_for, self.at)
    }

    fn good(&self, now: Timestamp) -> Option<EcdsaJwsVerifier> {
        let key = self.key.as_ref()?;
        let lives = key.expired_at.is_none_or(|end| now < end);
        lives.then(|| key.verifier.clone())
    }
}

#[derive(Default)]
struct Kept {
    known: HashMap<String, Known>,
    /// When Plaid was asked in the last minute.
    asked: VecDeque<Timestamp>,
}

/// The keys that are known.
#[derive(Default)]
pub(crate) struct Keys(Mutex<Kept>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, name: &str) -> Option<Known> {
        self.kept().known.get(name).cloned()
    }

    /// Takes the right to ask for one that was not Plaid's before; false if there were enough in the last minute.
    fn may_ask(&self, now: Timestamp) -> bool {
        let mut kept = self.kept();
        kept.asked.retain(|at| now.is_within(TimeDelta::minutes(1), *at));
        let may = kept.asked.len() < A_MINUTE;
        if may {
            kept.asked.push_back(now);
        }
        may
    }

    fn keep(&self, name: &str, known: Known, now: Timestamp) {
        let mut kept = self.kept();
        // What was a key of Plaid's stays: it is asked about whatever strangers ask for.
        kept.known.retain(|_, known| known.key.is_some() || !known.is_old(now));
        if kept.known.len() < MOST || known.key.is_some() {
            kept.known.insert(name.to_owned(), known);
        }
    }
}

impl PlaidProvider {
    /// The key with this name, if Plaid has one and signs with it.
    pub(crate) async fn key(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<EcdsaJwsVerifier>, HintError> {
        let before = self.keys.get(name);
        if let Some(known) = before.as_ref().filter(|known| !known.is_old(now)) {
            return Ok(known.good(now));
        }
        let was_plaids = before.is_some_and(|known| known.key.is_some());
        if !was_plaids && !self.keys.may_ask(now) {
            return Err(ProviderError::RateLimited { retry_after: None }.into());
        }
        let body = json!({"key_id": name});
        let key = match self.ask(&["webhook_verification_key", "get"], &body, KEY).await {
            Ok(answer) => Some(read(&answer, name).ok_or(ProviderError::Malformed { at: KEY })?),
            // It knows no key of this name.
            Err(Refusal { error: ProviderError::Rejected { .. }, .. }) => None,
            Err(refusal) => return Err(refusal.error.into()),
        };
        let known = Known { at: now, key };
        self.keys.keep(name, known.clone(), now);
        Ok(known.good(now))
    }
}

/// Reads an answer about a key: one of the curve P-256 with this name.
fn read(answer: &Value, name: &str) -> Option<Key> {
    let told = answer.get("key")?;
    let parameters = ["kty", "crv", "x", "y", "use", "alg", "kid"].into_iter().filter_map(|parameter| {
        told.get(parameter)
            .filter(|value| !value.is_null())
            .map(|value| (parameter.to_owned(), value.clone()))
    });
    let jwk = Jwk::from_map(parameters.collect::<serde_json::Map<_, _>>()).ok()?;
    let verifier = ES256.verifier_from_jwk(&jwk).ok().filter(|_| jwk.key_id() == Some(name))?;
    let expired_at = match told.get("expired_at") {
        None | Some(Value::Null) => None,
        Some(at) => Some(Timestamp::from_micros(at.as_i64()?.checked_mul(1_000_000)?)?),
    };
    Some(Key { verifier, expired_at })
}
