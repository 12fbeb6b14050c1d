//! Asks the limiter before a request goes on.

use std::net::IpAddr;

use actix_web::HttpRequest;
use dashtam_application::denials::{Denial, RateLimitDenials};
use dashtam_domain::{
    call::Caller,
    id::UserId,
    rate_limit::{Bucket, Rate, Subject},
    time::Timestamp,
};
use sha2::{Digest, Sha256};

use crate::{
    client::client_address,
    endpoint::Target,
    options::ApiOptions,
    problem::Problem,
    rate_limits::{Configured, Rule, Scope, Tally},
    state::state,
};

/// The limits on one request. Absent where there are none.
pub(crate) struct Limiting<'a> {
    request: &'a HttpRequest,
    limits: &'a Configured,
    method: &'static str,
    route: &'static str,
    rules: &'static [Rule],
    address: Option<IpAddr>,
    now: Timestamp,
}

impl<'a> Limiting<'a> {
    /// The limits on this request, if it has any.
    pub(crate) fn of(
        request: &'a HttpRequest,
        options: &'a ApiOptions,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Option<Self> {
        let limits = options.rate_limits.configured()?;
        let target = Target::of(request)?;
        let (method, rules) = target.limits(request.method())?;
        let route = target.template();
        (!rules.is_empty()).then_some(Self { request, limits, method, route, rules, address, now })
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
        state::<RateLimitDenials>(self.request)?.denied(Denial {
            rule: rule.name(),
            rate,
            method: self.method,
            route: self.route,
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
    let options = state::<ApiOptions>(request)?;
    let address = client_address(request, &options.trusted_proxies);
    let Some(limiting) = Limiting::of(request, options, address, options.sources.clock.now()) else {
        return Ok(());
    };
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(secret)[..16]);
    limiting.take(rule, Subject::Secret(half)).await
}
