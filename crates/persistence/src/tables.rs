//! In which table each kind of record is kept.

use dashtam_domain::record::Record;

/// The table's name, for whoever mends a row there.
pub(crate) fn table_of(record: Record) -> &'static str {
    match record {
        Record::Account => "accounts",
        Record::AccountDay => "account_days",
        Record::Alias => "transaction_aliases",
        Record::AuditChain => "audit_chains",
        Record::AuditLine => "audit_log",
        Record::Authorization => "pending_authorizations",
        Record::Balance => "balances",
        Record::Category => "categories",
        Record::Challenge => "auth_challenges",
        Record::Connection => "providers",
        Record::Credentials => "provider_credentials",
        Record::FxRate => "fx_rates",
        Record::Decision => "decisions",
        Record::Holding => "holdings",
        Record::Import => "imports",
        Record::KeptAnswer => "idempotency_keys",
        Record::MailBudget => "mail_budgets",
        Record::MailRequest => "mail_requests",
        Record::OneTimeToken => "one_time_tokens",
        Record::OutboxItem => "outbox",
        Record::PublishedKey => "keystore_published",
        Record::RefreshToken => "refresh_generations",
        Record::RejectedPair => "rejected_pairs",
        Record::Removal => "removals",
        Record::RemapPlace => "remap_places",
        Record::SecondFactor => "second_factors",
        Record::SecondFactorReset => "second_factor_resets",
        Record::SecretMark => "secret_marks",
        Record::Session => "sessions",
        Record::SignInBudget => "sign_in_budgets",
        Record::SigningKey => "keystore",
        Record::SyncRun => "sync_runs",
        Record::Telling => "import_accounts",
        Record::TokenFloor => "security_config",
        Record::Transaction => "transactions",
        Record::UserClock => "user_clocks",
        Record::User => "users",
        Record::SealedValue => "sealed values",
        Record::Store => "the database",
    }
}
