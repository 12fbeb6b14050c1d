//! How often each route may be asked: one table, from which requests are limited, the OpenAPI document is completed
//! and `docs/rate-limits.md` is written.
//!
//! A route that is not in the table has [`Rule::Default`]. A limit on a route is one line in [`LIMITS`]; a new sort
//! of limit is one line in [`Rule`].

mod describe;
mod enforce;

use std::{collections::BTreeMap, fmt, sync::Arc};

use dashtam_domain::rate_limit::{BucketHasher, Rate, RateLimiter};

pub(crate) use describe::Described;
pub(crate) use enforce::{Limiting, RouteRules, Tally, limit_by_secret};

/// Who a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The client's network, whoever is signed in there.
    Address,
    /// The signed-in user, from wherever.
    User,
    /// The signed-in user, or the client's network where nobody has to sign in.
    Caller,
    /// The secret that the request shows.
    Secret,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $scope:ident, $burst:literal, $milli:literal;)+) => {
        /// The sorts of limits: name, who is counted, how many at once, and how many come back per minute, in
        /// thousandths.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Rule {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Rule {
            /// Every rule.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in settings, keys and the record of refusals.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            pub(crate) const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope),+ }
            }

            /// The rate, unless the settings say otherwise.
            pub(crate) const fn rate(self) -> Rate {
                match self { $(Self::$variant => Rate::new($burst, $milli)),+ }
            }
        }
    };
}

rules! {
    /// Whatever has no limit of its own.
    Default = "default", Caller, 600, 600_000;
    /// Requests whose credential is missing or not good.
    Unauthenticated = "unauthenticated", Address, 300, 300_000;
    /// Public lists.
    PublicRead = "public_read", Address, 300, 300_000;
    /// Password guessing, and the work a password costs.
    Login = "login", Address, 20, 5_000;
    /// New accounts.
    Register = "register", Address, 10, 2_000;
    /// Guessing of mailed tokens.
    VerifyEmail = "verify_email", Address, 20, 10_000;
    /// Mails to somebody who did not get one.
    ResendVerification = "resend_verification", Address, 3, 100;
    /// Links that sign in, by mail.
    LoginLink = "login_link", Address, 5, 200;
    /// Mails to somebody who forgot.
    PasswordReset = "password_reset", Address, 5, 200;
    /// Looking whether a mailed token is good.
    PasswordResetCheck = "password_reset_check", Address, 20, 10_000;
    /// New passwords by a mailed token.
    PasswordResetComplete = "password_reset_complete", Address, 10, 5_000;
    /// Refreshes from one place.
    Refresh = "refresh", Address, 60, 60_000;
    /// Refreshes by one refresh token; a good client needs one.
    RefreshToken = "refresh_token", Secret, 10, 10_000;
    /// Changes of password, address and account.
    AccountChange = "account_change", User, 10, 2_000;
    /// Changes of the second factor, and guessing of its codes.
    SecondFactor = "second_factor", User, 20, 5_000;
    /// Everything one has, in one file.
    AccountExport = "account_export", User, 5, 1_000;
    /// One's sessions and API keys.
    SessionsRead = "sessions_read", User, 100, 100_000;
    /// Ending and renaming sessions; making, replacing and revoking API keys.
    SessionsChange = "sessions_change", User, 30, 30_000;
    /// Ending the tokens of a user, or of all.
    TokenRotation = "token_rotation", User, 10, 2_000;
    /// Looking after other people's accounts.
    Administration = "administration", User, 60, 30_000;
    /// Provider instances: new ones and lists.
    Providers = "providers", User, 100, 100_000;
    /// Renaming a provider instance.
    ProviderChange = "provider_change", User, 50, 50_000;
    /// Deleting or disconnecting a provider instance.
    ProviderDelete = "provider_delete", User, 20, 20_000;
    /// Beginning an authorization, or linking by a secret.
    Authorize = "authorize", User, 50, 50_000;
    /// Coming back from an institution.
    AuthorizationCallback = "authorization_callback", Address, 20, 10_000;
    /// Work at an institution on a user's word.
    Sync = "sync", User, 20, 10_000;
    /// Statement files.
    Import = "import", User, 60, 30_000;
}

/// One line of the table.
pub(crate) struct Limit {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Each of them must let a request through; none means no limit at all.
    pub(crate) rules: &'static [Rule],
}

macro_rules! limits {
    ($($method:ident $path:literal [$($rule:ident)*];)+) => {
        /// The routes that have limits of their own, or none.
        pub(crate) const LIMITS: &[Limit] = &[
            $(Limit { method: stringify!($method), path: $path, rules: &[$(Rule::$rule),*] },)+
        ];
    };
}

limits! {
    GET "/" [];
    GET "/health" [];
    GET "/health/live" [];
    GET "/health/ready" [];
    GET "/api/v1/health" [];
    GET "/.well-known/jwks.json" [];

    POST "/api/v1/auth/register" [Register];
    POST "/api/v1/auth/verify-email" [VerifyEmail];
    POST "/api/v1/auth/resend-verification" [ResendVerification];
    POST "/api/v1/auth/login" [Login];
    POST "/api/v1/auth/login-links" [LoginLink];
    POST "/api/v1/auth/login-links/consume" [Login];
    POST "/api/v1/auth/login/second-factor" [Login];
    POST "/api/v1/auth/login/second-factor/resend" [Login];
    POST "/api/v1/auth/step-up" [AccountChange];
    POST "/api/v1/auth/step-up/code" [AccountChange];
    POST "/api/v1/auth/refresh" [Refresh RefreshToken];
    POST "/api/v1/password-resets/" [PasswordReset];
    GET "/api/v1/password-resets/{token}" [PasswordResetCheck];
    PATCH "/api/v1/password-resets/{token}" [PasswordResetComplete];

    PATCH "/api/v1/auth/me" [AccountChange];
    DELETE "/api/v1/auth/me" [AccountChange];
    PATCH "/api/v1/auth/me/password" [AccountChange];
    POST "/api/v1/auth/me/email" [AccountChange];
    POST "/api/v1/auth/me/email/confirm" [VerifyEmail];
    POST "/api/v1/auth/me/email/undo" [VerifyEmail];
    POST "/api/v1/auth/me/deletion/cancel" [VerifyEmail];
    POST "/api/v1/auth/not-me" [VerifyEmail];
    POST "/api/v1/auth/second-factor/totp" [SecondFactor];
    DELETE "/api/v1/auth/second-factor/totp" [SecondFactor];
    POST "/api/v1/auth/second-factor/totp/confirm" [SecondFactor];
    POST "/api/v1/auth/second-factor/email" [SecondFactor];
    DELETE "/api/v1/auth/second-factor/email" [SecondFactor];
    POST "/api/v1/auth/second-factor/email/confirm" [SecondFactor];
    POST "/api/v1/auth/second-factor/backup-codes" [SecondFactor];
    GET "/api/v1/auth/me/export" [AccountExport];
    GET "/api/v1/auth/sessions" [SessionsRead];
    PATCH "/api/v1/auth/sessions/{session_id}" [SessionsChange];
    DELETE "/api/v1/auth/sessions/{session_id}" [SessionsChange];
    DELETE "/api/v1/auth/sessions/others/revoke" [SessionsChange];
    DELETE "/api/v1/auth/sessions/all/revoke" [SessionsChange];
    GET "/api/v1/auth/api-keys" [SessionsRead];
    POST "/api/v1/auth/api-keys" [SessionsChange];
    DELETE "/api/v1/auth/api-keys/{key_id}" [SessionsChange];
    POST "/api/v1/auth/api-keys/{key_id}/rotate" [SessionsChange];
    POST "/api/v1/token-rotation/users/{user_id}" [TokenRotation];
    POST "/api/v1/token-rotation/global" [TokenRotation];

    POST "/api/v1/auth/second-factor/reset/cancel" [VerifyEmail];
    POST "/api/v1/admin/users" [Administration];
    PATCH "/api/v1/admin/users/{user_id}" [Administration];
    DELETE "/api/v1/admin/users/{user_id}" [Administration];
    POST "/api/v1/admin/users/{user_id}/password-reset" [Administration];
    POST "/api/v1/admin/users/{user_id}/second-factor-reset" [Administration];
    DELETE "/api/v1/admin/users/{user_id}/sessions" [Administration];
    DELETE "/api/v1/admin/users/{user_id}/lock" [Administration];
    POST "/api/v1/admin/signing-key/rotation" [TokenRotation];

    GET "/api/v1/providers/available" [PublicRead];
    GET "/api/v1/providers/configured" [PublicRead];
    GET "/api/v1/providers/" [Providers];
    POST "/api/v1/providers/create" [Providers];
    GET "/api/v1/providers/{provider_id}" [Providers];
    PATCH "/api/v1/providers/{provider_id}" [ProviderChange];
    DELETE "/api/v1/providers/{provider_id}" [ProviderDelete];
    POST "/api/v1/providers/{provider_id}/sync" [Sync];
    GET "/api/v1/auth/{provider_id}/authorize" [Authorize];
    GET "/api/v1/auth/{provider_id}/authorize/redirect" [Authorize];
    GET "/api/v1/auth/{provider_id}/callback" [AuthorizationCallback];
    POST "/api/v1/auth/{provider_id}/link" [Authorize];
    POST "/api/v1/auth/{provider_id}/refresh" [Sync];
    DELETE "/api/v1/auth/{provider_id}/disconnect" [ProviderDelete];

    GET "/api/v1/imports/formats" [PublicRead];
    POST "/api/v1/imports" [Import];
}

/// The rules of a route; `HEAD` has those of `GET`.
pub(crate) fn rules_of(method: &str, path: &str) -> &'static [Rule] {
    LIMITS
        .iter()
        .find(|limit| limit.method == method && same_template(limit.path, path))
        .map_or(&[Rule::Default], |limit| limit.rules)
}

/// Whether two templates stand for the same paths: parameters may have any name, a slash at the end says nothing.
fn same_template(one: &str, other: &str) -> bool {
    let is_parameter = |segment: &str| segment.starts_with('{');
    let (mut one, mut other) = (one.trim_end_matches('/').split('/'), other.trim_end_matches('/').split('/'));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || (is_parameter(a) && is_parameter(b)) => {}
            _ => return false,
        }
    }
}

/// Rates that differ from the table's.
#[derive(Debug, Clone, Default)]
pub struct RateOverrides(Vec<(Rule, Rate)>);

impl RateOverrides {
    /// Reads rates by the names of their rules, e.g. `login` and `20/5`; otherwise everything that is wrong, each
    /// with its name.
    pub fn parse(rates: &BTreeMap<String, String>) -> Result<Self, Vec<String>> {
        let (mut read, mut wrong) = (Vec::new(), Vec::new());
        for (name, rate) in rates {
            match (Rule::ALL.iter().find(|rule| rule.name() == name), rate.parse::<Rate>()) {
                (Some(rule), Ok(rate)) => read.push((*rule, rate)),
                (None, _) => {
                    let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
                    wrong.push(format!("{name} is not the name of a limit; there are {}", names.join(", ")));
                }
                (_, Err(error)) => wrong.push(format!("{name} {error}")),
            }
        }
        if wrong.is_empty() { Ok(Self(read)) } else { Err(wrong) }
    }
}

/// Whether and by what requests are limited; cheap to clone.
#[derive(Clone)]
pub struct RateLimits(Option<Arc<Inner>>);

pub(crate) struct Inner {
    limiter: Arc<dyn RateLimiter>,
    hasher: Arc<dyn BucketHasher>,
    /// By the rules' positions.
    rates: [Rate; Rule::ALL.len()],
    /// How many times the rate of a network all networks of an IPv6 site have together.
    site_factor: u32,
}

impl RateLimits {
    /// How many times the rate of a network (/64) all networks of an IPv6 site (/48) have together, unless the
    /// settings say otherwise.
    pub const SITE_FACTOR: u32 = 10;

    /// No limits.
    pub fn off() -> Self {
        Self(None)
    }

    /// The limits of the table with these exceptions.
    pub fn new(
        limiter: Arc<dyn RateLimiter>,
        hasher: Arc<dyn BucketHasher>,
        overrides: &RateOverrides,
    ) -> Self {
        let mut rates = [Rule::Default.rate(); Rule::ALL.len()];
        for rule in Rule::ALL {
            rates[*rule as usize] = rule.rate();
        }
        for (rule, rate) in &overrides.0 {
            rates[*rule as usize] = *rate;
        }
        Self(Some(Arc::new(Inner { limiter, hasher, rates, site_factor: Self::SITE_FACTOR })))
    }

    /// The same limits with another factor for IPv6 sites; see [`SITE_FACTOR`](Self::SITE_FACTOR).
    #[must_use]
    pub fn with_site_factor(self, factor: u32) -> Self {
        Self(self.0.map(|inner| {
            let Inner { limiter, hasher, rates, .. } = &*inner;
            let (limiter, hasher) = (limiter.clone(), hasher.clone());
            Arc::new(Inner { limiter, hasher, rates: *rates, site_factor: factor })
        }))
    }
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "RateLimits(on)" } else { "RateLimits(off)" })
    }
}

#[cfg(test)]
mod tests;
