//! Names of settings that installations of the earlier system use in their environment.

/// What one of the short names stands for.
pub(super) enum Alias {
    /// The same value under another name.
    Setting(&'static str),
    /// A key of the ring, with the earlier system's own derivation.
    ReferenceKey,
}

pub(super) const ALIASES: [(&str, Alias); 13] = [
    ("DATABASE_URL", Alias::Setting("database.url")),
    ("SECRET_KEY", Alias::Setting("security.secret_key")),
    ("ENCRYPTION_KEY", Alias::ReferenceKey),
    ("SES_FROM_EMAIL", Alias::Setting("mail.from_email")),
    ("SES_FROM_NAME", Alias::Setting("mail.from_name")),
    ("REDIS_URL", Alias::Setting("redis.url")),
    ("SCHWAB_API_KEY", Alias::Setting("schwab.api_key")),
    ("SCHWAB_API_SECRET", Alias::Setting("schwab.api_secret")),
    ("SCHWAB_REDIRECT_URI", Alias::Setting("schwab.redirect_uri")),
    ("AWS_REGION", Alias::Setting("mail.aws_region")),
    ("AWS_ACCESS_KEY_ID", Alias::Setting("mail.aws_access_key_id")),
    ("AWS_SECRET_ACCESS_KEY", Alias::Setting("mail.aws_secret_access_key")),
    ("AWS_SESSION_TOKEN", Alias::Setting("mail.aws_session_token")),
];

/// Whether a variable of the environment is one of ours.
pub(crate) fn is_setting(variable: &str) -> bool {
    variable.starts_with("DASHTAM_") || ALIASES.iter().any(|(name, _)| *name == variable)
}
