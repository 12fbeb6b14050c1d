//! Reads the layers of the configuration and checks the result.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Result, anyhow, bail};
use config::Config;
use dashtam_domain::secret::SecretText;
use dashtam_security::SecretStrength;

use super::{
    Secret, Settings,
    layers::{self, Layered, Origins, without_values},
};

/// The kind of installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Whatever is missing is generated.
    Development,
    /// Secrets have to be given, and weak ones are refused.
    Production,
}

impl Profile {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

/// Where settings come from. The environment is passed in, so that tests need not touch the process's own.
#[derive(Default)]
pub(crate) struct Load {
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) file: Option<PathBuf>,
    /// From the command line: `section.key` and value; wins over everything.
    pub(crate) overrides: Vec<(&'static str, String)>,
}

/// Settings that passed every check.
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) profile: Profile,
    /// Sentences for the log.
    pub(crate) notes: Vec<String>,
    /// What set each setting.
    pub(crate) origins: Origins,
}

/// Settings that passed every check, the profile, and remarks for the log.
pub(crate) fn load(from: Load) -> Result<(Settings, Profile, Vec<String>)> {
    load_with_origins(from).map(|loaded| (loaded.settings, loaded.profile, loaded.notes))
}

/// Does what [`load`] does, and also says what set each setting.
pub(crate) fn load_with_origins(from: Load) -> Result<Loaded> {
    let profile = match from.environment.get("DASHTAM_PROFILE").map(String::as_str) {
        None | Some("" | "development") => Profile::Development,
        Some("production") => Profile::Production,
        Some(_) => bail!("DASHTAM_PROFILE must be \"development\" or \"production\""),
    };
    let Layered { config, origins, reference_key, unknown } = layers::read(from, profile)?;
    if !unknown.is_empty() {
        bail!("the configuration is not valid:\n  - {}", unknown.join("\n  - "));
    }
    let mut settings: Settings = Config::try_deserialize(config)
        .map_err(|error| anyhow!("the configuration is not valid: {}", without_values(&error, &origins)))?;
    if let Some(key) = reference_key {
        settings.security.encryption_keys.push(Secret(SecretText::new(format!("reference:{key}"))));
    }
    let problems = check(&settings, profile);
    if problems.is_empty() {
        let notes = super::mail::notes(&settings.mail, profile).into_iter().collect();
        return Ok(Loaded { settings, profile, notes, origins });
    }
    bail!("the configuration is not valid:\n  - {}", problems.join("\n  - "))
}

/// Everything that is wrong, each with the name of its setting.
fn check(settings: &Settings, profile: Profile) -> Vec<String> {
    let mut problems = Vec::new();
    let mut require = |good: bool, problem: &str| {
        if !good {
            problems.push(problem.to_owned());
        }
    };
    let Settings { server, database, tokens, front_end, mail, security, .. } = settings;
    let is_url = |text: &str| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    for (name, value) in [
        ("server.public_url", &server.public_url),
        ("server.callback_url", &server.callback_url),
        ("front_end.url", &front_end.url),
        ("schwab.base_url", &settings.schwab.base_url),
        ("plaid.base_url", &settings.plaid.base_url),
        ("plaid.redirect_uri", &settings.plaid.redirect_uri),
        ("plaid.webhook_uri", &settings.plaid.webhook_uri),
        ("enable_banking.base_url", &settings.enable_banking.base_url),
        ("enable_banking.redirect_uri", &settings.enable_banking.redirect_uri),
        ("alpaca.live_url", &settings.alpaca.live_url),
        ("alpaca.paper_url", &settings.alpaca.paper_url),
    ] {
        require(value.is_empty() || is_url(value), &format!("{name} must be an http or https address"));
    }
    require(
        settings.redis.url.is_empty() || dashtam_redis::is_address(settings.redis.url.0.expose()),
        "redis.url (REDIS_URL) must be redis://[user][:password@]host[:port][/database], or rediss:// for TLS",
    );
    require((10..=10_000).contains(&settings.redis.timeout_ms), "redis.timeout_ms must be 10 to 10000");
    for wrong in dashtam_api::RateOverrides::parse(&settings.rate_limits.rules).err().into_iter().flatten() {
        require(false, &format!("rate_limits.rules.{wrong}"));
    }
    require(
        settings.metrics.listen.is_empty() || settings.metrics.address().is_some(),
        "metrics.listen must be an address with a port, such as 127.0.0.1:9464, or empty",
    );
    for problem in super::http::problems(&settings.http) {
        require(false, &problem);
    }
    require(
        (1..=1000).contains(&settings.rate_limits.ipv6_site_factor),
        "rate_limits.ipv6_site_factor must be 1 to 1000",
    );
    require(
        server.certificate.as_os_str().is_empty() == server.private_key.as_os_str().is_empty(),
        "server.certificate and server.private_key must be set together",
    );
    require(
        !server.cors_origins.iter().any(|origin| origin == "*"),
        "server.cors_origins must name origins; * would let every page act for a signed-in user",
    );
    require((1..=1000).contains(&database.max_connections), "database.max_connections must be 1 to 1000");
    require((1..=1440).contains(&tokens.access_minutes), "tokens.access_minutes must be 1 to 1440");
    require((1..=365).contains(&tokens.refresh_days), "tokens.refresh_days must be 1 to 365");
    require((1..=168).contains(&tokens.verification_hours), "tokens.verification_hours must be 1 to 168");
    require((10..=120).contains(&tokens.reset_minutes), "tokens.reset_minutes must be 10 to 120");
    require((5..=60).contains(&settings.login_links.minutes), "login_links.minutes must be 5 to 60");
    require((1..=60).contains(&tokens.authorization_minutes), "tokens.authorization_minutes must be 1 to 60");
    require((1..=64).contains(&settings.sync.concurrency), "sync.concurrency must be 1 to 64");
    for problem in super::mail::problems(mail) {
        require(false, &problem);
    }
    for problem in super::plaid::problems(&settings.plaid) {
        require(false, problem);
    }
    for problem in super::enable_banking::problems(&settings.enable_banking) {
        require(false, &problem);
    }
    if profile == Profile::Production {
        let strength = SecretStrength::of(security.secret_key.0.expose());
        require(
            strength.is_acceptable(),
            &format!(
                "security.secret_key (SECRET_KEY) {strength}; make one with `dashtam keys generate --kind secret`"
            ),
        );
        require(
            !security.encryption_keys.is_empty(),
            "security.encryption_keys (or ENCRYPTION_KEY) must hold at least one key; make one with \
             `dashtam keys generate`",
        );
        for (entry, place) in security.encryption_keys.iter().zip(1..) {
            let key = entry.0.expose().split_once(':').map_or("", |(_, key)| key);
            let strength = SecretStrength::of(key);
            require(
                strength.is_acceptable(),
                &format!(
                    "security.encryption_keys, entry {place}, {strength}; make another with `dashtam keys generate`"
                ),
            );
        }
        require(
            server.plain_http || !server.certificate.as_os_str().is_empty(),
            "server.certificate and server.private_key must name PEM files; behind a proxy that ends TLS, set \
             server.plain_http instead (DASHTAM__SERVER__PLAIN_HTTP=true, or `dashtam serve --plain-http`)",
        );
        require(
            server.public_url.starts_with("https://"),
            "server.public_url must be the https address under which clients reach the API: set \
             DASHTAM__SERVER__PUBLIC_URL=https://… to the address of the proxy, or of this server",
        );
        require(
            !settings.sandbox.enabled,
            "sandbox.enabled must be false outside the development profile: take it away, or set \
             DASHTAM__SANDBOX__ENABLED=false",
        );
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::RegistrationMode;

    fn with(environment: &[(&str, &str)]) -> Result<(Settings, Profile, Vec<String>)> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        load(Load { environment, ..Load::default() })
    }

    fn problem(environment: &[(&str, &str)]) -> String {
        format!("{:#}", with(environment).map(|_| ()).unwrap_err())
    }

    #[test]
    fn development_needs_no_setting() {
        let (settings, profile, notes) = with(&[]).unwrap();
        assert_eq!(profile, Profile::Development);
        assert!(settings.sandbox.enabled && notes.is_empty());
    }

    #[test]
    fn the_environment_wins_and_secrets_stay_text() {
        let (settings, ..) = with(&[
            ("DASHTAM__SERVER__LISTEN", "127.0.0.1:0"),
            ("DASHTAM__SERVER__TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2"),
            ("DASHTAM__DATABASE__MAX_CONNECTIONS", "7"),
            ("SECRET_KEY", "00123456789"),
            ("ENCRYPTION_KEY", "short-key"),
        ])
        .unwrap();
        assert_eq!(settings.server.listen.port(), 0);
        assert_eq!(settings.server.trusted_proxies.len(), 2);
        assert_eq!(settings.database.max_connections, 7);
        assert_eq!(settings.security.secret_key.0.expose(), "00123456789");
        assert_eq!(settings.security.encryption_keys[0].0.expose(), "reference:short-key");
        assert!(!format!("{settings:?}").contains("short-key"));
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let networks = |text: &str| with(&[("DASHTAM__SERVER__TRUSTED_PROXIES", text)]);
        let (settings, ..) = networks("10.0.0.1, 10.1.0.0/16,2001:db8::/32,::1").unwrap();
        let shown: Vec<_> = settings.server.trusted_proxies.iter().map(|n| n.0.to_string()).collect();
        assert_eq!(shown, ["10.0.0.1/32", "10.1.0.0/16", "2001:db8::/32", "::1/128"]);
        for wrong in ["10.0.0.0/33", "proxy.example", "10.0.0.0/", "10.0.0"] {
            let text = format!("{:#}", networks(wrong).map(|_| ()).unwrap_err());
            assert!(text.contains("networks such as 10.0.0.0/8"), "{wrong}: {text}");
            assert!(text.contains("trusted_proxies"), "{wrong}: {text}");
        }
        let allowed = |text: &str| with(&[("DASHTAM__SIMPLEFIN__ALLOWED_NETWORKS", text)]);
        let (settings, ..) = with(&[]).unwrap();
        assert!(settings.simplefin.allowed_networks.is_empty(), "nothing private unless somebody says so");
        let (settings, ..) = allowed("192.168.1.20, fd12::/16").unwrap();
        assert_eq!(settings.simplefin.allowed_networks.len(), 2);
        let text = format!("{:#}", allowed("home").map(|_| ()).unwrap_err());
        assert!(text.contains("allowed_networks"), "{text}");
    }

    #[test]
    fn redis_and_rates_are_checked() {
        let (settings, _, notes) = with(&[
            ("REDIS_URL", "redis://:s3cret@cache:6379/1"),
            ("DASHTAM__RATE_LIMITS__RULES__LOGIN", "5/0.5"),
        ])
        .unwrap();
        assert!(notes.is_empty() && !format!("{settings:?}").contains("s3cret"));
        assert_eq!(settings.rate_limits.rules["login"], "5/0.5");
        let text = problem(&[("REDIS_URL", "cache:s3cret"), ("DASHTAM__RATE_LIMITS__RULES__LOGNI", "5/1")]);
        assert!(text.contains("redis.url (REDIS_URL)") && text.contains("rate_limits.rules.logni"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        let text = problem(&[("DASHTAM__SERVER__LISTNE", "hunter2"), ("DASHTAM_SERVER_THREADS", "hunter2")]);
        assert!(text.contains("did you mean DASHTAM__SERVER__LISTEN (server.listen)?"), "{text}");
        assert!(text.contains("is written DASHTAM__SERVER__THREADS") && !text.contains("hunter2"), "{text}");
        let text = problem(&[("DASHTAM__DATABASE__MAX_CONNECTIONS", "hunter2")]);
        assert!(text.contains("set by DASHTAM__DATABASE__MAX_CONNECTIONS"), "{text}");
        assert!(text.contains("max_connections") && !text.contains("hunter2"), "{text}");
        assert!(problem(&[("DASHTAM_PROFILE", "staging")]).contains("DASHTAM_PROFILE"));
    }

    #[test]
    fn registration_is_open_unless_somebody_says_otherwise() {
        let mode = |settings: Settings| settings.registration.mode;
        assert_eq!(mode(with(&[]).unwrap().0), RegistrationMode::Open);
        for (word, expected) in [
            ("open", RegistrationMode::Open),
            ("invitation", RegistrationMode::Invitation),
            ("closed", RegistrationMode::Closed),
        ] {
            let (settings, ..) = with(&[("DASHTAM__REGISTRATION__MODE", word)]).unwrap();
            assert_eq!(mode(settings), expected);
        }
        let text = problem(&[("DASHTAM__REGISTRATION__MODE", "hunter2")]);
        let told = "must be one of \"open\", \"invitation\" and \"closed\"";
        assert!(text.contains("registration.mode (set by DASHTAM__REGISTRATION__MODE)"), "{text}");
        assert!(text.contains(told) && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn production_refuses_missing_weak_and_placeholder_secrets() {
        let text = problem(&[("DASHTAM_PROFILE", "production")]);
        for name in ["secret_key", "encryption_keys", "certificate", "public_url"] {
            assert!(text.contains(name), "{name}: {text}");
        }
        let text = problem(&[
            ("DASHTAM_PROFILE", "production"),
            ("SECRET_KEY", "change-me-in-production-use-secrets-manager"),
        ]);
        assert!(text.contains("placeholder") && !text.contains("change-me"), "{text}");
    }
}
