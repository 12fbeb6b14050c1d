//! Asks the limiter before a request goes on, and tells the client how it stands.

use std::net::IpAddr;

use actix_web::{
    HttpMessage, HttpRequest,
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    },
};
use dashtam_application::limits::{Denial, Limits};
use dashtam_domain::{
    call::Caller,
    id::UserId,
    rate_limit::{Bucket, Decision, Rate, Subject},
    time::Timestamp,
};
use sha2::{Digest, Sha256};

use super::{Inner, Rule, Scope, rules_of};
use crate::{
    edge::Template,
    extract::{EdgeData, client_address, data},
    problem::Problem,
};

/// Limit, remaining, reset: as in the IETF draft, and as older clients know them.
static NAMES: [[HeaderName; 2]; 3] = [
    [HeaderName::from_static("ratelimit-limit"), HeaderName::from_static("x-ratelimit-limit")],
    [HeaderName::from_static("ratelimit-remaining"), HeaderName::from_static("x-ratelimit-remaining")],
    [HeaderName::from_static("ratelimit-reset"), HeaderName::from_static("x-ratelimit-reset")],
];

/// The methods a resource may have, in the order of [`RouteRules`].
const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

/// The rules of each method of a resource, found once when the application is put together.
pub(crate) struct RouteRules([&'static [Rule]; METHODS.len()]);

impl RouteRules {
    pub(crate) fn of(path: &str) -> Self {
        Self(METHODS.map(|method| rules_of(method, path)))
    }

    /// The same rules for every method.
    pub(crate) fn all(rules: &'static [Rule]) -> Self {
        Self([rules; METHODS.len()])
    }

    fn find(&self, method: &Method) -> Option<(&'static str, &'static [Rule])> {
        let place = match *method {
            Method::GET | Method::HEAD => 0,
            Method::POST => 1,
            Method::PATCH => 2,
            Method::PUT => 3,
            Method::DELETE => 4,
            _ => return None,
        };
        Some((METHODS[place], self.0[place]))
    }
}

/// The limits on one request. Absent where there are none.
pub(crate) struct Limiting<'a> {
    request: &'a HttpRequest,
    limits: &'a Inner,
    method: &'static str,
    rules: &'static [Rule],
    address: Option<IpAddr>,
    now: Timestamp,
}

impl<'a> Limiting<'a> {
    pub(crate) fn of(
        request: &'a HttpRequest,
        edge: &'a EdgeData,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Option<Self> {
        let limits = edge.options.rate_limits.0.as_deref()?;
        let (method, rules) = request.app_data::<RouteRules>()?.find(request.method())?;
        (!rules.is_empty()).then_some(Self { request, limits, method, rules, address, now })
    }

    /// Before anything is known of the caller: the limits of the client's network. `public` routes have no others.
    pub(crate) async fn before(&self, public: bool) -> Result<(), Problem> {
        for rule in self.rules {
            match rule.scope() {
                Scope::Address => self.take_by_address(*rule).await?,
                Scope::Caller if public => self.take_by_address(*rule).await?,
                Scope::Caller | Scope::User | Scope::Secret => {}
            }
        }
        Ok(())
    }

    /// Once the caller is known: the limits of that user.
    pub(crate) async fn known(&self, caller: &Caller) -> Result<(), Problem> {
        let Caller::User(principal) = caller else { return Ok(()) };
        let user: UserId = principal.user;
        for rule in self.rules {
            match rule.scope() {
                Scope::User | Scope::Caller => self.take(*rule, Subject::User(user)).await?,
                Scope::Address | Scope::Secret => {}
            }
        }
        Ok(())
    }

    /// A refusal for want of a good credential is counted too, or guessing would be free.
    pub(crate) async fn unknown(&self) -> Result<(), Problem> {
        self.take_by_address(Rule::Unauthenticated).await
    }

    /// The client's network, then its site: a network that asks too much takes nothing from its neighbours.
    /// Requests without a peer, which only tests have, count as one network.
    async fn take_by_address(&self, rule: Rule) -> Result<(), Problem> {
        let address = self.address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
        let rate = self.limits.rates[rule as usize];
        self.take_at(rule, rate, Subject::address(address)).await?;
        match Subject::site(address) {
            Some(site) => self.take_at(rule, rate.times(self.limits.site_factor), site).await,
            None => Ok(()),
        }
    }

    async fn take(&self, rule: Rule, subject: Subject) -> Result<(), Problem> {
        self.take_at(rule, self.limits.rates[rule as usize], subject).await
    }

    async fn take_at(&self, rule: Rule, rate: Rate, subject: Subject) -> Result<(), Problem> {
        let bucket = Bucket { rule: rule.name(), subject };
        let decision = self.limits.limiter.take(bucket, rate, 1).decided().await;
        Tally::note(self.request, decision);
        if decision.allowed {
            return Ok(());
        }
        data::<Limits>(self.request)?.denied(Denial {
            rule: rule.name(),
            rate,
            method: self.method,
            route: self.request.app_data::<Template>().map_or("-", |template| template.0),
            subject,
            hash: self.limits.hasher.hash(bucket),
            address: self.address,
            at: self.now,
        });
        Err(Problem::rate_limited(decision.retry_after))
    }
}

/// Counts the secret that a request shows, for a route that has this rule.
pub(crate) async fn limit_by_secret(request: &HttpRequest, rule: Rule, secret: &str) -> Result<(), Problem> {
    let edge = data::<EdgeData>(request)?;
    let address = client_address(request, &edge.options.trusted_proxies);
    let Some(limiting) = Limiting::of(request, edge, address, edge.options.sources.clock.now()) else {
        return Ok(());
    };
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(secret)[..16]);
    limiting.take(rule, Subject::Secret(half)).await
}

/// Of the limits a request met, the one that leaves least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally(Decision);

impl Tally {
    fn note(request: &HttpRequest, decision: Decision) {
        let mut extensions = request.extensions_mut();
        match extensions.get_mut::<Self>() {
            Some(kept) => {
                let rank = |decision: &Decision| (decision.allowed, decision.remaining);
                if rank(&decision) < rank(&kept.0) {
                    kept.0 = decision;
                }
            }
            None => {
                extensions.insert(Self(decision));
            }
        }
    }

    /// What the client is told. Reset: seconds until all requests are there again; after a refusal, until one is.
    pub(crate) fn dress(self, headers: &mut HeaderMap) {
        let Decision { allowed, limit, remaining, retry_after, reset } = self.0;
        let reset = if allowed { reset } else { retry_after };
        for ([name, old_name], value) in NAMES.iter().zip([limit, remaining, reset]) {
            let value = HeaderValue::from(value);
            headers.insert(name.clone(), value.clone());
            headers.insert(old_name.clone(), value);
        }
        if !allowed {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after));
        }
    }
}
