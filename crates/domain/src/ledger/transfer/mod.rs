//! Transfers between a user's own accounts: two transactions of which one takes from one account what the other brings to
//! another one, or several that together do. Pure, and in whole numbers and exact decimals only: the callers read and write.

mod engine;
mod glance;
mod names;
mod ports;
mod sides;
mod sums;

use crate::{
    id::DecisionId,
    money::{Currency, Decimal},
};

use super::{AccountKind, account::stored_enum};

pub use engine::{TransferOutcome, TransferPair, transfers};
pub use glance::{Glance, TRANSFER_DAYS, TransferSide, partners};
pub use ports::*;
pub use sums::{KnownSums, ProposedSum, TransferSum, proposed, sums, wholes};

stored_enum! {
    /// What a transfer does, by the account that the money goes to.
    TransferKind {
        /// It pays a card, a line of credit or a loan.
        LiabilityPayment = "liability_payment",
        /// It goes to an account that holds securities.
        InvestmentContribution = "investment_contribution",
        /// It goes to any other account.
        Internal = "internal",
    }
}

impl TransferKind {
    /// What a transfer to an account of this sort does.
    pub fn to(kind: AccountKind) -> Self {
        match kind {
            AccountKind::CreditCard | AccountKind::LineOfCredit | AccountKind::Loan => Self::LiabilityPayment,
            AccountKind::Brokerage | AccountKind::Retirement => Self::InvestmentContribution,
            _ => Self::Internal,
        }
    }
}

/// The transfer that a transaction is one side of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferLink {
    /// The decision that made it one.
    pub id: DecisionId,
    /// What it does.
    pub kind: TransferKind,
}

/// What is known of a transfer beyond its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferTerms {
    /// What it does.
    pub kind: TransferKind,
    /// The currency that went.
    pub from_currency: Currency,
    /// The currency that came.
    pub to_currency: Currency,
    /// What of the money that went did not come, positive; `None`: nothing, or the currencies are two.
    pub fee: Option<Decimal>,
    /// What one unit of the currency that went was worth in the other one, by the stored rates; `None` where none was
    /// needed or there is none.
    pub rate: Option<Decimal>,
}
