//! What is kept for a while only, and for how long.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{delivery::notification::TOLD_KEPT, ledger::ExportJob, store::StoreError, time::Timestamp};

/// Rows that have had their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlived {
    /// One-time tokens past their end for more than [`TOKENS_KEPT`].
    OneTimeTokens,
    /// Sign-ins whose second factor was not shown in time, or was.
    Challenges,
    /// Authorizations that were not completed in time.
    PendingAuthorizations,
    /// Answers kept for repeated requests for more than [`IDEMPOTENCY_KEPT`].
    IdempotencyKeys,
    /// Refresh tokens past their end for more than [`SESSIONS_KEPT`]. A used one stays until then as well, because
    /// it is by that row that its reuse is noticed.
    RefreshGenerations,
    /// Sessions that ended more than [`SESSIONS_KEPT`] ago and of which no refresh token could still be shown.
    Sessions,
    /// Ended sync runs beyond the newest [`RUNS_KEPT`] of their connection.
    SyncRuns,
    /// Mails that could not be delivered, after [`DEAD_LETTERS_KEPT`].
    DeadLetters,
    /// Mails that were asked for and that no worker could look at for [`MAIL_REQUESTS_KEPT`]. Each holds an address.
    MailRequests,
    /// What runs of rules changed: of those that are over after [`RULE_RUNS_KEPT`], of those that were taken back at once.
    RuleRunChanges,
    /// Runs of rules that are over, after [`RULE_RUNS_KEPT`], if nothing is left of what they changed.
    RuleRuns,
    /// Parts of the files of exports that expired, were given up or were removed.
    ExportChunks,
    /// Exports that expired or were removed, if nothing is left of their files.
    Exports,
    /// What was before changes of many transactions, after [`BULK_EDITS_KEPT`].
    BulkEdits,
    /// Live events after [`LIVE_EVENTS_KEPT`]. What is the last number that is gone is remembered. Those beyond the newest
    /// [`LIVE_EVENTS_MOST`] of their user went as others were added.
    LiveEvents,
    /// Messages to endpoints that are over, after [`WEBHOOK_DELIVERIES_KEPT`]. Those beyond the newest
    /// [`WEBHOOK_DELIVERIES_MOST`] of their endpoint went as others ended.
    WebhookDeliveries,
    /// Requests that a rate limit refused more than [`DENIALS_KEPT`] ago.
    RateLimitDenials,
    /// What people were told by mail of what [passes](crate::delivery::notification::NotificationKind::PASSING), after
    /// [`TOLD_KEPT`].
    ToldNotifications,
}

/// A mailed token stays for two days after its end: a mail that was sent without an answer is sent again only if its
/// token is still there, and that may come as late as the mail's last attempt.
pub const TOKENS_KEPT: TimeDelta = TimeDelta::days(2);
/// An answer is kept for repeated requests for a day.
pub const IDEMPOTENCY_KEPT: TimeDelta = TimeDelta::hours(24);
/// Sessions and their refresh tokens are kept for thirty days after their end.
pub const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);
/// So many ended runs of each connection are kept.
pub const RUNS_KEPT: u32 = 20;
/// What could not be delivered is kept for thirty days after it happened.
pub const DEAD_LETTERS_KEPT: TimeDelta = TimeDelta::days(30);
/// A mail that was asked for waits a day for a worker; afterwards nobody expects it any more.
pub const MAIL_REQUESTS_KEPT: TimeDelta = TimeDelta::hours(24);
/// What a run of rules changed can be taken back for thirty days.
pub const RULE_RUNS_KEPT: TimeDelta = TimeDelta::days(30);
/// A change of many transactions can be taken back for thirty days, if no other one came after it.
pub const BULK_EDITS_KEPT: TimeDelta = TimeDelta::days(30);
/// Who was away for a week begins anew.
pub const LIVE_EVENTS_KEPT: TimeDelta = TimeDelta::days(7);
/// So many live events of each user are kept.
pub const LIVE_EVENTS_MOST: u32 = 10_000;
/// With so many more of a user the oldest are removed, so that not each one that is added has to count the others.
pub const LIVE_EVENTS_STEP: u32 = 500;
/// What was sent to an endpoint, and what it answered, is kept for thirty days.
pub const WEBHOOK_DELIVERIES_KEPT: TimeDelta = TimeDelta::days(30);
/// So many messages to each endpoint are kept that are over.
pub const WEBHOOK_DELIVERIES_MOST: u32 = 1_000;
/// Refused requests are kept for thirty days.
pub const DENIALS_KEPT: TimeDelta = TimeDelta::days(30);

impl Outlived {
    /// All of them, those first that others wait for.
    pub const ALL: [Self; 18] = [
        Self::OneTimeTokens,
        Self::Challenges,
        Self::PendingAuthorizations,
        Self::IdempotencyKeys,
        Self::RefreshGenerations,
        Self::Sessions,
        Self::SyncRuns,
        Self::RuleRunChanges,
        Self::RuleRuns,
        Self::ExportChunks,
        Self::Exports,
        Self::BulkEdits,
        Self::DeadLetters,
        Self::MailRequests,
        Self::LiveEvents,
        Self::WebhookDeliveries,
        Self::RateLimitDenials,
        Self::ToldNotifications,
    ];

    /// How many such rows are removed in one unit of work: few enough that no other writer waits long.
    pub fn at_once(self) -> u32 {
        match self {
            Self::ExportChunks => ExportJob::CHUNKS_AT_ONCE,
            _ => 500,
        }
    }

    /// How long such a row stays after its end, or after it was made when it has none.
    pub fn kept_for(self) -> TimeDelta {
        match self {
            Self::OneTimeTokens => TOKENS_KEPT,
            Self::Challenges
            | Self::PendingAuthorizations
            | Self::SyncRuns
            | Self::ExportChunks
            | Self::Exports => TimeDelta::zero(),
            Self::IdempotencyKeys => IDEMPOTENCY_KEPT,
            Self::RefreshGenerations | Self::Sessions => SESSIONS_KEPT,
            Self::DeadLetters => DEAD_LETTERS_KEPT,
            Self::MailRequests => MAIL_REQUESTS_KEPT,
            Self::RuleRunChanges | Self::RuleRuns => RULE_RUNS_KEPT,
            Self::BulkEdits => BULK_EDITS_KEPT,
            Self::LiveEvents => LIVE_EVENTS_KEPT,
            Self::WebhookDeliveries => WEBHOOK_DELIVERIES_KEPT,
            Self::RateLimitDenials => DENIALS_KEPT,
            Self::ToldNotifications => TOLD_KEPT,
        }
    }
}

/// Removes what was outlived, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RetentionRepository: Send {
    /// Removes up to `limit` rows of this sort, in one statement; how many. Callers that do it at the same time
    /// never fail and never remove more.
    async fn remove(&mut self, what: Outlived, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
