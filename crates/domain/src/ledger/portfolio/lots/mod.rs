//! Lots: what is held, each part with its day and its cost, and what became of the parts that are gone.

mod book;
mod carried;
mod engine;
mod happening;
mod named;
mod opening;
mod pairs;
mod wash;

#[cfg(test)]
mod corporate_tests;
#[cfg(test)]
mod laws_tests;
#[cfg(test)]
mod vectors_tests;

use crate::{
    id::{AccountId, SecurityId, TransactionId},
    ledger::account::stored_enum,
    money::{Currency, Decimal},
    time::Day,
};

pub use engine::LotKeeper;
pub use happening::{Action, Happening, Pick, UnitsCame, in_order};
pub use named::{LotsProblem, MOST_NAMED, check_picks, unhonoured};
pub use opening::{Openings, ToldPosition};
pub use pairs::{TRANSFER_DAYS, pair_deliveries, pair_transfers};
pub use wash::{WashSale, wash_sales};

stored_enum! {
    /// Which lots a sale takes first.
    LotMethod {
        /// The oldest.
        Fifo = "fifo",
        /// The newest.
        Lifo = "lifo",
        /// Those that leave the least gain: the dearest, and of a short position those that brought least.
        Hifo = "hifo",
        /// Those that leave the most gain.
        Lofo = "lofo",
        /// The oldest, each unit at the average cost of all.
        Average = "average",
        /// Those that a person named of the sale, and then the oldest.
        Specific = "specific",
    }
}

impl LotMethod {
    /// What counts where nobody said otherwise.
    pub const USUAL: Self = Self::Fifo;
    /// Every method, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Fifo, Self::Lifo, Self::Hifo, Self::Lofo, Self::Average, Self::Specific];
}

stored_enum! {
    /// Whether units are held or owed.
    Side {
        /// Held.
        Long = "long",
        /// Sold without having been held.
        Short = "short",
    }
}

stored_enum! {
    /// How long units were held, as taxes on gains tell it in some countries.
    Term {
        /// At most one year. Short positions are always of this sort.
        Short = "short",
        /// More than a year.
        Long = "long",
    }
}

/// A part of a position that came at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Tells the lots of one reckoning apart, in the order in which they came.
    pub number: u32,
    /// In which account.
    pub account: AccountId,
    /// Of which security.
    pub security: SecurityId,
    /// Currency of the basis.
    pub currency: Currency,
    /// Signed units: below zero for a short position.
    pub units: Decimal,
    /// What they cost with all fees, or what a short sale brought; `None`: not known.
    pub basis: Option<Decimal>,
    /// Since when they are held; `None`: not known.
    pub acquired: Option<Day>,
    /// The transaction they came with.
    pub opened_by: Option<TransactionId>,
    /// Whether it stands for a history that nobody told.
    pub is_opening: bool,
}

/// A part of a lot that is gone, with what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The number of the lot.
    pub lot: u32,
    /// In which account.
    pub account: AccountId,
    /// Of which security.
    pub security: SecurityId,
    /// Currency of the figures.
    pub currency: Currency,
    /// Whether it was held or owed.
    pub side: Side,
    /// How many units, positive; zero where capital came back beyond what the units had cost.
    pub units: Decimal,
    /// What they cost with all fees; of a short position what it cost to buy them back.
    pub basis: Option<Decimal>,
    /// What they brought without all fees; of a short position what selling them brought.
    pub proceeds: Option<Decimal>,
    /// What they brought beyond their cost; `None`: not known.
    pub gain: Option<Decimal>,
    /// Since when they were held, or owed.
    pub acquired: Option<Day>,
    /// When that ended.
    pub day: Day,
    /// The transaction they came with.
    pub opened_by: Option<TransactionId>,
    /// The transaction they went with.
    pub closed_by: Option<TransactionId>,
    /// Whether the lot stands for a history that nobody told.
    pub is_opening: bool,
}

impl Closing {
    /// How many days they were held; `None` where it is not known since when.
    pub fn days(&self) -> Option<i64> {
        self.acquired.map(|acquired| self.day.days_since(acquired))
    }

    /// Whether they were held for more than a year; `None` where it is not known since when.
    pub fn term(&self) -> Option<Term> {
        match (self.side, self.acquired) {
            (Side::Short, _) => Some(Term::Short),
            (Side::Long, None) => None,
            (Side::Long, Some(acquired)) if acquired.plus_months(12) < self.day => Some(Term::Long),
            (Side::Long, Some(_)) => Some(Term::Short),
        }
    }
}

/// Units that were bought or sold short, as a lot began with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acquisition {
    /// The number of the lot.
    pub lot: u32,
    /// In which account.
    pub account: AccountId,
    /// Of which security.
    pub security: SecurityId,
    /// Whether they are held or owed.
    pub side: Side,
    /// On which day.
    pub day: Day,
    /// How many units, positive.
    pub units: Decimal,
    /// What they cost, or what a short sale brought.
    pub basis: Option<Decimal>,
}

/// What became of a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lots {
    /// What is held, by account, security, day and number.
    pub open: Vec<Lot>,
    /// What is gone, in the order of its going.
    pub closed: Vec<Closing>,
    /// What was bought or sold short, in the order of its coming.
    pub acquired: Vec<Acquisition>,
}
