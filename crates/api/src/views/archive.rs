//! The lines of an account's archive.

use std::collections::BTreeMap;

use dashtam_application::{factor::FactorStatus, profile::ArchiveItem};
use dashtam_domain::{
    id::AccountId,
    identity::{Scope, Session, SessionLabel},
    ledger::{BalancePoint, HeldPosition},
    time::{Day, Timestamp},
};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{
    AccountView, Amount, AuditEntryView, CategoryView, HoldingDayView, HoldingView, Id, ImportView,
    MerchantView, Moment, NotificationsView, ProviderView, ReconciliationView, RecurringMarkLine, RuleView,
    SavedLayoutLine, SavedViewView, SecurityPriceView, SecurityView, TargetView, TransactionDetailView,
    UserView, WebhookView,
};

/// The first line.
#[derive(Serialize)]
pub(crate) struct ArchiveHead {
    r#type: &'static str,
    /// Of this format.
    version: u8,
    created_at: Moment,
}

impl ArchiveHead {
    pub(crate) fn new(created_at: Moment) -> Self {
        Self { r#type: "archive", version: 2, created_at }
    }
}

/// The last line: what is in the archive, by which a broken or changed one is told.
#[derive(Serialize)]
pub(crate) struct ArchiveEnd {
    r#type: &'static str,
    /// How many lines there are between the first and this one.
    lines: u64,
    /// Whether nothing changed while the archive was made.
    steady: bool,
    /// The stored rows by part.
    stored: BTreeMap<&'static str, ArchivePart>,
    /// The SHA-256 of all lines before this one, in hexadecimal.
    sha256: String,
}

/// The stored rows of one part.
#[derive(Serialize)]
struct ArchivePart {
    rows: u64,
    /// The SHA-256 of their lines.
    sha256: String,
}

/// What an archive held so far.
#[derive(Default)]
pub(crate) struct ArchiveTally {
    lines: u64,
    stored: BTreeMap<&'static str, (u64, Sha256)>,
    whole: Sha256,
}

impl ArchiveTally {
    /// Counts the first line.
    pub(crate) fn begin(&mut self, line: &[u8]) {
        self.whole.update(line);
    }

    /// Counts the line of an item.
    pub(crate) fn add(&mut self, item: &ArchiveItem, line: &[u8]) {
        self.lines += 1;
        self.whole.update(line);
        if let ArchiveItem::Stored(part, _) = item {
            let (rows, hash) = self.stored.entry(*part).or_default();
            *rows += 1;
            hash.update(line);
        }
    }

    /// The last line.
    pub(crate) fn end(self, steady: bool) -> ArchiveEnd {
        let part = |(rows, hash)| ArchivePart { rows, sha256: hex(hash) };
        ArchiveEnd {
            r#type: "end",
            lines: self.lines,
            steady,
            stored: self.stored.into_iter().map(|(name, held)| (name, part(held))).collect(),
            sha256: hex(self.whole),
        }
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line between.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ArchiveLine<'a> {
    User(UserView<'a>),
    SecondFactor(FactorLine),
    Session(SessionLine<'a>),
    Provider(ProviderView<'a>),
    Account(AccountView<'a>),
    Category(CategoryView<'a>),
    RecurringMark(RecurringMarkLine<'a>),
    Rule(RuleView<'a>),
    Merchant(MerchantView<'a>),
    SavedLayout(SavedLayoutLine),
    SavedView(SavedViewView<'a>),
    AllocationTarget(TargetView<'a>),
    Security(SecurityView<'a>),
    SecurityPrice(SecurityPriceView<'a>),
    Holding(HoldingView<'a>),
    HoldingDay(HoldingDayLine<'a>),
    Balance(BalanceLine<'a>),
    Transaction(TransactionDetailView<'a>),
    Reconciliation(ReconciliationView<'a>),
    Webhook(WebhookView<'a>),
    Notifications(NotificationsView),
    Import(ImportView<'a>),
    Audit(AuditEntryView<'a>),
    Stored(StoredLine<'a>),
}

/// A row as it is stored. Its columns are those of the database, and only a server that takes the archive back reads them.
#[derive(Serialize)]
pub(crate) struct StoredLine<'a> {
    part: &'static str,
    row: Option<&'a RawValue>,
}

/// A second factor; nothing of its secrets.
#[derive(Serialize)]
pub(crate) struct FactorLine {
    kind: &'static str,
    enabled_at: Option<Moment>,
    backup_codes_left: usize,
}

impl From<&FactorStatus> for FactorLine {
    fn from(status: &FactorStatus) -> Self {
        Self {
            kind: status.kind.as_str(),
            enabled_at: status.enabled_at.map(Moment),
            backup_codes_left: status.backup_codes_left,
        }
    }
}

/// A session or API key; nothing of its credentials.
#[derive(Serialize)]
pub(crate) struct SessionLine<'a> {
    id: Id,
    transport: &'static str,
    label: Option<&'a str>,
    is_trusted: bool,
    long_lived: bool,
    created_at: Moment,
    last_seen_at: Moment,
    expires_at: Moment,
    ended_at: Option<Moment>,
    end_reason: Option<&'static str>,
    api_calls: i64,
    ip_address: Option<String>,
    user_agent: Option<&'a str>,
    device_info: &'a str,
    location: Option<&'a str>,
    /// Of an API key only.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<KeyLine<'a>>,
}

/// What an API key is kept to.
#[derive(Serialize)]
struct KeyLine<'a> {
    hint: &'a str,
    scopes: Vec<&'static str>,
    ip_allow: Vec<String>,
    replaced_by: Option<Id>,
}

impl<'a> From<&'a Session> for SessionLine<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            id: Id(session.id.0),
            transport: session.transport.as_str(),
            label: session.label.as_ref().map(SessionLabel::as_str),
            is_trusted: session.is_trusted,
            long_lived: session.long_lived,
            created_at: Moment(session.created_at),
            last_seen_at: Moment(session.last_seen_at),
            expires_at: Moment(session.expires_at),
            ended_at: session.ended.map(|(at, _)| Moment(at)),
            end_reason: session.ended.map(|(_, reason)| reason.as_str()),
            api_calls: session.api_calls,
            ip_address: session.address.map(|address| address.to_string()),
            user_agent: session.user_agent.as_deref(),
            device_info: &session.device,
            location: session.location.as_deref(),
            api_key: session.key.as_ref().map(|key| KeyLine {
                hint: &key.hint,
                scopes: key.scopes.iter().map(Scope::as_str).collect(),
                ip_allow: key.networks.iter().map(ToString::to_string).collect(),
                replaced_by: key.replaced_by.map(|by| Id(by.0)),
            }),
        }
    }
}

/// A position as it was told for a day.
#[derive(Serialize)]
pub(crate) struct HoldingDayLine<'a> {
    account_id: Id,
    #[serde(flatten)]
    held: HoldingDayView<'a>,
}

impl<'a> HoldingDayLine<'a> {
    fn of((account, day, held): &'a (AccountId, Day, HeldPosition)) -> Self {
        Self { account_id: Id(account.0), held: HoldingDayView::of(*day, held) }
    }
}

/// A recorded balance.
#[derive(Serialize)]
pub(crate) struct BalanceLine<'a> {
    id: Id,
    account_id: Id,
    balance: Amount,
    available: Option<Amount>,
    cash: Option<Amount>,
    money_market: Option<Amount>,
    margin_debt: Option<Amount>,
    /// ISO 4217.
    currency: &'a str,
    as_of: Moment,
    source: &'static str,
    created_at: Moment,
}

impl<'a> From<&'a BalancePoint> for BalanceLine<'a> {
    fn from(point: &'a BalancePoint) -> Self {
        Self {
            id: Id(point.id.0),
            account_id: Id(point.account.0),
            balance: Amount(point.balance),
            available: point.available.map(Amount),
            cash: point.parts.cash.map(Amount),
            money_market: point.parts.money_market.map(Amount),
            margin_debt: point.parts.margin_debt.map(Amount),
            currency: point.currency.as_str(),
            as_of: Moment(point.as_of),
            source: point.source.as_str(),
            created_at: Moment(point.created_at),
        }
    }
}

impl<'a> ArchiveLine<'a> {
    pub(crate) fn new(item: &'a ArchiveItem, now: Timestamp) -> Self {
        match item {
            ArchiveItem::User(user) => Self::User((&**user).into()),
            ArchiveItem::SecondFactor(status) => Self::SecondFactor(status.into()),
            ArchiveItem::Session(session) => Self::Session((&**session).into()),
            ArchiveItem::Provider(provider) => Self::Provider(ProviderView::new(provider, now)),
            ArchiveItem::Account(account) => Self::Account((&**account).into()),
            ArchiveItem::Category(category) => Self::Category((&**category).into()),
            ArchiveItem::StreamMark(mark) => Self::RecurringMark((&**mark).into()),
            ArchiveItem::Rule(rule) => Self::Rule((&**rule).into()),
            ArchiveItem::Payee(payee) => Self::Merchant((&**payee).into()),
            ArchiveItem::SavedLayout(layout) => Self::SavedLayout((&**layout).into()),
            ArchiveItem::SavedView(view) => Self::SavedView((&**view).into()),
            ArchiveItem::AllocationTarget(target) => Self::AllocationTarget((&**target).into()),
            ArchiveItem::Security(security) => Self::Security(SecurityView::from(&**security)),
            ArchiveItem::SecurityPrice(price) => Self::SecurityPrice((&**price).into()),
            ArchiveItem::Holding(holding) => Self::Holding((&**holding).into()),
            ArchiveItem::HoldingDay(of) => Self::HoldingDay(HoldingDayLine::of(of)),
            ArchiveItem::Balance(point) => Self::Balance((&**point).into()),
            ArchiveItem::Transaction(transaction) => Self::Transaction((&**transaction).into()),
            ArchiveItem::Decision(decision) => Self::Reconciliation((&**decision).into()),
            ArchiveItem::Webhook(webhook) => Self::Webhook((&**webhook).into()),
            ArchiveItem::Notifications(wanted) => Self::Notifications((&**wanted).into()),
            ArchiveItem::Import(import) => Self::Import((&**import).into()),
            ArchiveItem::AuditLine(line) => Self::Audit((&**line).into()),
            // A store makes its rows of JSON; of anything else nobody could make a row again.
            ArchiveItem::Stored(part, row) => {
                Self::Stored(StoredLine { part, row: serde_json::from_str(&row.0).ok() })
            }
        }
    }
}
