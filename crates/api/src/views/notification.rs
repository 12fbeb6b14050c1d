//! What somebody wants to hear of.

use dashtam_domain::delivery::notification::{LargeFrom, LowBelow, NotificationPreferences};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Id};

/// From which amount on transactions in a currency are told.
#[derive(Serialize, ToSchema)]
#[schema(as = LargeTransactions)]
pub(crate) struct LargeView {
    /// ISO 4217.
    currency: String,
    /// The amount, without a sign.
    amount: Amount,
}

/// Below which balance an account is told of.
#[derive(Serialize, ToSchema)]
#[schema(as = LowBalance)]
pub(crate) struct LowView {
    /// The account.
    account_id: Id,
    /// The balance, in the currency of the account.
    amount: Amount,
}

/// What somebody is told by mail.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationSettings)]
pub(crate) struct NotificationsView {
    /// Whether it is told that a connection needs its owner.
    connections: bool,
    /// Whether it is told that synchronisations of a connection have failed for a day.
    sync_failing: bool,
    /// Whether it is told that a recurring payment costs more than before.
    price_raised: bool,
    /// Whether each Monday it is told what the week before came to.
    weekly_summary: bool,
    /// From which amounts on transactions are told.
    large_transactions: Vec<LargeView>,
    /// Below which balances accounts are told of.
    low_balances: Vec<LowView>,
}

impl From<&NotificationPreferences> for NotificationsView {
    fn from(wanted: &NotificationPreferences) -> Self {
        let switches = wanted.switches();
        let large =
            |of: &LargeFrom| LargeView { currency: of.currency.to_string(), amount: Amount(of.amount) };
        let low = |of: &LowBelow| LowView { account_id: Id(of.account.0), amount: Amount(of.amount) };
        Self {
            connections: switches.connections,
            sync_failing: switches.sync_failing,
            price_raised: switches.price_raised,
            weekly_summary: switches.weekly_summary,
            large_transactions: wanted.large().iter().map(large).collect(),
            low_balances: wanted.low().iter().map(low).collect(),
        }
    }
}
