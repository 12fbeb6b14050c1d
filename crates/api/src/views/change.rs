//! The change feed.

use dashtam_application::ledger::{ChangeOperation, ChangesPage};
use dashtam_domain::{
    id::UserId,
    ledger::{BalancePoint, Change, ChangedRow},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AccountView, Amount, HoldingView, Id, Moment, ReconciliationView, SecurityView, TransactionView,
};
use crate::cursor::{self, FeedCursor};

/// A balance that an institution or a statement told, or a person stated.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordedBalance)]
pub(crate) struct RecordedBalanceView<'a> {
    id: Id,
    account_id: Id,
    balance: Amount,
    available: Option<Amount>,
    /// ISO 4217.
    currency: &'a str,
    /// The instant it held.
    as_of: Moment,
    /// `sync`, `statement` or `user`.
    source: &'static str,
    created_at: Moment,
}

impl<'a> From<&'a BalancePoint> for RecordedBalanceView<'a> {
    fn from(point: &'a BalancePoint) -> Self {
        Self {
            id: Id(point.id.0),
            account_id: Id(point.account.0),
            balance: Amount(point.balance),
            available: point.available.map(Amount),
            currency: point.currency.as_str(),
            as_of: Moment(point.as_of),
            source: point.source.as_str(),
            created_at: Moment(point.created_at),
        }
    }
}

/// A row as it is now.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ChangedRow)]
pub(crate) enum ChangedRowView<'a> {
    Account(AccountView<'a>),
    Security(SecurityView<'a>),
    Holding(HoldingView<'a>),
    Transaction(TransactionView<'a>),
    Balance(RecordedBalanceView<'a>),
    Match(ReconciliationView<'a>),
}

impl<'a> ChangedRowView<'a> {
    fn of(row: &'a ChangedRow) -> Option<Self> {
        match row {
            ChangedRow::Account(account) => Some(Self::Account(AccountView::from(&**account))),
            ChangedRow::Security(security) => Some(Self::Security(SecurityView::from(&**security))),
            ChangedRow::Holding(holding) => Some(Self::Holding(HoldingView::from(&**holding))),
            ChangedRow::Transaction(row) => Some(Self::Transaction(TransactionView::from(&**row))),
            ChangedRow::Balance(point) => Some(Self::Balance(RecordedBalanceView::from(&**point))),
            ChangedRow::Match(decision) => Some(Self::Match(ReconciliationView::from(&**decision))),
            ChangedRow::Removed => None,
        }
    }
}

/// What became of a row.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeView<'a> {
    /// `account`, `security`, `holding`, `transaction`, `balance` or `match`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `added`, `modified` or `removed`.
    operation: &'static str,
    /// The row's id.
    id: Id,
    /// The row as it is now, in the shape its list has, and a transfer in that of a reconciliation; null when it is removed.
    data: Option<ChangedRowView<'a>>,
}

impl<'a> From<&'a (ChangeOperation, Change)> for ChangeView<'a> {
    fn from((operation, change): &'a (ChangeOperation, Change)) -> Self {
        Self {
            kind: change.key.kind.as_str(),
            operation: match operation {
                ChangeOperation::Added => "added",
                ChangeOperation::Modified => "modified",
                ChangeOperation::Removed => "removed",
            },
            id: Id(change.key.id),
            data: ChangedRowView::of(&change.row),
        }
    }
}

/// A part of the change feed.
#[derive(Serialize, ToSchema)]
#[schema(as = Changes)]
pub(crate) struct ChangesView<'a> {
    /// Each changed row once, in the order of their changes; accounts before what they hold.
    items: Vec<ChangeView<'a>>,
    /// Go on from here, now or later.
    next_cursor: String,
    /// Whether there is more by now.
    has_more: bool,
}

impl<'a> ChangesView<'a> {
    /// The part that this user gets.
    pub(crate) fn of(page: &'a ChangesPage, owner: UserId) -> Self {
        Self {
            items: page.items.iter().map(ChangeView::from).collect(),
            next_cursor: cursor::encode(&FeedCursor { owner, place: page.next }),
            has_more: page.has_more,
        }
    }
}
