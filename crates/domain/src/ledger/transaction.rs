//! Financial transactions.

use crate::{
    id::{AccountId, ImportId, SecurityId, SyncRunId, TransactionId, UserId},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

use super::{
    AssetClass, Leg, LegKind, SecurityFacts, TransactionCorrections, TransactionDetails,
    account::stored_enum, meaning::rule::RuleOutcome, transfer::TransferLink,
};

stored_enum! {
    /// What sort of transaction. The amount's sign rules, whatever the sort.
    TransactionKind {
        /// Money in of no stated sort.
        Credit = "credit",
        /// Money out of no stated sort.
        Debit = "debit",
        /// Interest.
        Interest = "interest",
        /// Dividend.
        Dividend = "dividend",
        /// Fee or service charge.
        Fee = "fee",
        /// Deposit.
        Deposit = "deposit",
        /// Withdrawal.
        Withdrawal = "withdrawal",
        /// Cash machine.
        Cash = "cash",
        /// Card payment at a shop.
        PointOfSale = "point_of_sale",
        /// Between accounts.
        Transfer = "transfer",
        /// Cheque.
        Check = "check",
        /// Payment.
        Payment = "payment",
        /// Salary and the like, paid in by its sender.
        DirectDeposit = "direct_deposit",
        /// Drawn by its receiver.
        DirectDebit = "direct_debit",
        /// Repeated order.
        StandingOrder = "standing_order",
        /// Amount set aside, not booked.
        Hold = "hold",
        /// Securities bought or sold.
        Trade = "trade",
        /// Anything else.
        Other = "other",
    }
}

stored_enum! {
    /// Where a transaction stands.
    TransactionStatus {
        /// Announced, may change or vanish.
        Pending = "pending",
        /// Booked.
        Posted = "posted",
        /// The source no longer shows it; kept, and left out of lists and sums.
        Removed = "removed",
    }
}

/// The security side of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Trade {
    /// The security, once it is known which; `None` where nothing names one.
    pub security: Option<SecurityId>,
    /// Ticker.
    pub symbol: Option<String>,
    /// Name of the security.
    pub name: Option<String>,
    /// What sort of asset.
    pub asset_class: AssetClass,
    /// Signed units, positive is bought.
    pub quantity: Decimal,
    /// Price of one unit.
    pub price: Option<Decimal>,
    /// Commission and fees, positive.
    pub fees: Option<Decimal>,
}

impl Trade {
    /// What it says of the security, and what the leg of the same security says beside it.
    pub fn facts(&self, details: &TransactionDetails, currency: Currency) -> SecurityFacts {
        let is_same =
            |leg: &&Leg| leg.symbol == self.symbol && (self.symbol.is_some() || leg.name == self.name);
        let leg = details.legs.iter().filter(|leg| leg.kind == LegKind::Security).find(is_same);
        let of_leg = leg.and_then(Leg::facts).unwrap_or_default();
        SecurityFacts {
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            asset_class: Some(self.asset_class),
            currency: of_leg.currency.or(Some(currency)),
            ..of_leg
        }
    }
}

/// What a booked transaction was while it was pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Announced {
    /// How much it was.
    pub amount: Decimal,
    /// Its day.
    pub day: Day,
}

/// A financial transaction, as its source tells it. Unique by account, source id and ordinal.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// Its id.
    pub id: TransactionId,
    /// In which account.
    pub account: AccountId,
    /// The user it belongs to.
    pub owner: UserId,
    /// The source's id. Rows of files without a usable id have `h:` and a hash of what they say.
    pub source_id: String,
    /// Tells rows apart to which the source gave one id, from 0.
    pub ordinal: i32,
    /// Day of posting, or of occurrence while pending.
    pub day: Day,
    /// Instant, when known.
    pub occurred_at: Option<Timestamp>,
    /// Signed, positive is money in.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Text for people.
    pub description: String,
    /// What sort.
    pub kind: TransactionKind,
    /// Where it stands.
    pub status: TransactionStatus,
    /// Further text.
    pub memo: Option<String>,
    /// Cheque number.
    pub check_number: Option<String>,
    /// What it was while it was pending, if it was and is no longer.
    pub announced: Option<Announced>,
    /// The security side.
    pub trade: Option<Trade>,
    /// What it is made of; lists leave it out.
    pub details: TransactionDetails,
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// The run that last wrote it, or that was the first to be shown it.
    pub seen_in: Option<SyncRunId>,
    /// The row as the source sent it.
    pub raw: Option<String>,
    /// What a person corrected, which is shown in the place of what the source says; `None`: nothing.
    pub corrections: Option<Box<TransactionCorrections>>,
    /// The transfer between the user's own accounts that it is one side of.
    pub transfer: Option<TransferLink>,
    /// What rules decided, which is shown where no person corrected it; `None`: nothing.
    pub decided: Option<Box<RuleOutcome>>,
    /// When we first saw it.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Transaction {
    /// What a row that is booked was until then, given the row before: what it says as a pending one, or what is known already.
    pub fn announced_by(&self, before: &Self) -> Option<Announced> {
        match (before.status, self.status) {
            (TransactionStatus::Pending, TransactionStatus::Posted) => {
                Some(Announced { amount: before.amount, day: before.day })
            }
            (_, TransactionStatus::Pending) => None,
            _ => before.announced,
        }
    }
}
