//! What moves lots.

use std::borrow::Borrow;

use crate::{
    id::{AccountId, SecurityId, TransactionId},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// Something that happened to a security in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// In which account.
    pub account: AccountId,
    /// To which security.
    pub security: SecurityId,
    /// Currency of the money in it.
    pub currency: Currency,
    /// Its day.
    pub day: Day,
    /// Its instant, when known.
    pub at: Option<Timestamp>,
    /// The transaction that tells of it.
    pub transaction: Option<TransactionId>,
    /// What happened.
    pub action: Action,
}

/// How many units came by something that an issuer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitsCame {
    /// So many for so many that were held.
    Ratio {
        /// So many.
        to: Decimal,
        /// For so many.
        from: Decimal,
    },
    /// This many, whatever was held. Below zero where units went.
    Count(Decimal),
}

/// What a sale takes of which lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// The transaction the lot came with.
    pub opened_by: TransactionId,
    /// How many of its units.
    pub units: Decimal,
}

/// What happened to a security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Units that were there before anything that is told.
    Opening {
        /// Signed units.
        units: Decimal,
        /// What they cost; `None`: not known.
        basis: Option<Decimal>,
    },
    /// Units for money: bought, sold, sold short, bought back, bought with a dividend, or expired for nothing. A fee that was
    /// paid in units is a sale of them for what they were worth.
    Trade {
        /// Signed units, positive came.
        units: Decimal,
        /// What they cost or brought, without fees and without the interest that had grown on a bond; `None`: not known.
        gross: Option<Decimal>,
        /// Fees, positive.
        fees: Decimal,
        /// The lots that a sale takes, as a person named them; only [`LotMethod::Specific`](super::LotMethod) asks.
        picks: Vec<Pick>,
    },
    /// Units that came or went without money. What those that came had cost, and since when they were held, nobody knows.
    Transfer {
        /// Signed units, positive came.
        units: Decimal,
    },
    /// Units that went to another account of the same owner, with what they cost and since when they were held.
    Moved {
        /// How many, positive.
        units: Decimal,
        /// To this account.
        to: AccountId,
    },
    /// More units, or fewer, of the same worth.
    Split(UnitsCame),
    /// Units of another security in the place of some that were held.
    Merger {
        /// How many went, positive.
        gone: Decimal,
        /// The other security.
        into: SecurityId,
        /// How many of it came.
        units: Decimal,
    },
    /// Money that gives back a part of the cost.
    ReturnOfCapital {
        /// How much, positive; `None`: not known, and then what is left of the cost is not.
        amount: Option<Decimal>,
    },
    /// Options that ended with a delivery that another transaction tells of.
    Delivered {
        /// Signed contracts: below zero for those that were held, positive for those that were sold short.
        contracts: Decimal,
        /// Fees, positive.
        fees: Decimal,
        /// The signed units that they deliver and the price of one, where their terms are known.
        terms: Option<(Decimal, Decimal)>,
    },
    /// Options that ended with a purchase or a sale of what they are options on. What was paid or received for them becomes
    /// a part of that.
    Exercise {
        /// Signed contracts: below zero for those that were held, positive for those that were sold short.
        contracts: Decimal,
        /// What they were options on.
        underlying: SecurityId,
        /// Signed units of it, positive came.
        units: Decimal,
        /// What those cost or brought, without fees; `None`: not known.
        gross: Option<Decimal>,
        /// Fees, positive.
        fees: Decimal,
    },
}

impl Action {
    /// Its place within a day: what issuers did, then what came, then what went.
    fn turn(&self) -> u8 {
        match self {
            Self::Opening { .. } => 0,
            Self::Split(_) | Self::Merger { .. } | Self::ReturnOfCapital { .. } => 1,
            Self::Transfer { units } if !units.is_sign_negative() => 2,
            Self::Trade { units, .. } if !units.is_sign_negative() => 3,
            Self::Trade { .. } => 4,
            Self::Exercise { .. } | Self::Delivered { .. } => 5,
            Self::Transfer { .. } | Self::Moved { .. } => 6,
        }
    }
}

impl Happening {
    /// The positions that it changes: its own, and the one to which something goes.
    pub fn places(&self) -> impl Iterator<Item = (AccountId, SecurityId)> {
        let other = match self.action {
            Action::Moved { to, .. } => Some((to, self.security)),
            Action::Merger { into, .. } => Some((self.account, into)),
            Action::Exercise { underlying, .. } => Some((self.account, underlying)),
            _ => None,
        };
        std::iter::once((self.account, self.security)).chain(other)
    }
}

/// Puts happenings in the order in which they count: by day, within it by what they are, then by instant and transaction.
pub fn in_order<H: Borrow<Happening>>(happenings: &mut [H]) {
    happenings.sort_by(|one, other| {
        let place = |of: &Happening| (of.day, of.action.turn(), of.at, of.transaction);
        place(one.borrow()).cmp(&place(other.borrow()))
    });
}
