//! Positions.

use crate::{
    id::{AccountId, HoldingId, SecurityId, UserId},
    money::{Currency, Decimal},
    time::Timestamp,
};

use super::{OptionTerms, account::stored_enum};

stored_enum! {
    /// What sort of asset.
    AssetClass {
        /// Share.
        Equity = "equity",
        /// Exchange-traded fund.
        Etf = "etf",
        /// Mutual fund.
        MutualFund = "mutual_fund",
        /// Option.
        Option = "option",
        /// Bond.
        FixedIncome = "fixed_income",
        /// Crypto asset.
        Cryptocurrency = "cryptocurrency",
        /// Money market fund or the like.
        CashEquivalent = "cash_equivalent",
        /// Anything else.
        Other = "other",
    }
}

/// A position held in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its id.
    pub id: HoldingId,
    /// In which account.
    pub account: AccountId,
    /// The user it belongs to.
    pub owner: UserId,
    /// The source's key of the position, unique within the account.
    pub external_id: String,
    /// The security that is held; `None` where nothing names one.
    pub security: Option<SecurityId>,
    /// Ticker.
    pub symbol: Option<String>,
    /// Name of the security.
    pub name: Option<String>,
    /// What sort of asset.
    pub asset_class: AssetClass,
    /// Signed units.
    pub quantity: Decimal,
    /// Price of one unit.
    pub price: Option<Decimal>,
    /// Value of the position.
    pub market_value: Option<Decimal>,
    /// What it cost in total.
    pub cost_basis: Option<Decimal>,
    /// What an option gives a right to.
    pub option: Option<OptionTerms>,
    /// Currency of the figures.
    pub currency: Currency,
    /// When the figures held.
    pub as_of: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Holding {
    /// Whether it is money that a source shows among the positions, and no security.
    pub fn is_money(&self) -> bool {
        super::holding_days::is_money(self.security, self.asset_class)
    }
}
