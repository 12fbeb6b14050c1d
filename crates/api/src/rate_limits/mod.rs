//! The sorts of limits, and their rates. Which of them an endpoint has is told where the endpoint is declared; a new
//! sort of limit is one line here.

mod tally;

use std::{collections::BTreeMap, fmt, sync::Arc};

use dashtam_domain::rate_limit::{BucketHasher, Rate, RateLimiter};

pub(crate) use tally::Tally;

/// Whose requests a rule counts together.
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
        pub enum Rule {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Rule {
            /// Every rule there is.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in settings, keys and the record of refusals.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Whose requests it counts together.
            pub(crate) const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope),+ }
            }

            /// The rate that counts unless the settings say otherwise.
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
    /// Files of transactions, holdings and balances, and what all transactions come to.
    Export = "export", User, 20, 6_000;
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
    /// What institutions say of their own accord.
    ProviderHint = "provider_hint", Address, 300, 300_000;
    /// Work at an institution on a user's word.
    Sync = "sync", User, 20, 10_000;
    /// Corrections of transactions and accounts, and decisions about which transactions are one.
    Correction = "correction", User, 240, 240_000;
    /// Corrections of many transactions at once.
    BulkCorrection = "bulk_correction", User, 20, 20_000;
    /// Making, changing, trying out and removing webhooks, and sending again.
    WebhookChange = "webhook_change", User, 60, 30_000;
    /// Looking at what rules would decide about many transactions.
    PreviewRules = "rule_preview", User, 20, 6_000;
    /// Applying rules to all transactions.
    ApplyRules = "rule_run", User, 10, 1_000;
    /// Sums and comparisons that read many transactions.
    Report = "report", User, 60, 60_000;
    /// Statement files.
    Import = "import", User, 60, 30_000;
}

/// Rates that the settings put in the place of the rules' own.
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
pub struct RateLimits(Option<Arc<Configured>>);

/// Limits that are switched on.
pub(crate) struct Configured {
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) hasher: Arc<dyn BucketHasher>,
    /// The rates by the rules' positions.
    pub(crate) rates: [Rate; Rule::ALL.len()],
    /// How many times the rate of a network all networks of an IPv6 site have together.
    pub(crate) site_factor: u32,
}

impl RateLimits {
    /// How many times the rate of a network (/64) all networks of an IPv6 site (/48) have together, unless the
    /// settings say otherwise.
    pub const SITE_FACTOR: u32 = 10;

    /// Limits nothing.
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
        Self(Some(Arc::new(Configured { limiter, hasher, rates, site_factor: Self::SITE_FACTOR })))
    }

    /// The limits, if they are switched on.
    pub(crate) fn configured(&self) -> Option<&Configured> {
        self.0.as_deref()
    }

    /// The same limits with another factor for IPv6 sites; see [`SITE_FACTOR`](Self::SITE_FACTOR).
    #[must_use]
    pub fn with_site_factor(self, factor: u32) -> Self {
        Self(self.0.map(|inner| {
            let Configured { limiter, hasher, rates, .. } = &*inner;
            let (limiter, hasher) = (limiter.clone(), hasher.clone());
            Arc::new(Configured { limiter, hasher, rates: *rates, site_factor: factor })
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
