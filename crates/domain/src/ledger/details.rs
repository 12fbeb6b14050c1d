//! What a transaction is made of, beyond what its line in a list says.

use crate::{
    id::SecurityId,
    money::{Currency, Decimal},
};

use super::{AssetClass, OptionTerms, SecurityFacts, SecurityIds, account::stored_enum};

stored_enum! {
    /// What sort of leg.
    LegKind {
        /// A security that came or went.
        Security = "security",
        /// Money other than a fee.
        Cash = "cash",
        /// A fee, a commission or a tax, taken with the transaction.
        Fee = "fee",
        /// Something we have no word for.
        Other = "other",
    }
}

stored_enum! {
    /// What a leg does to the position in its security. With the sign of the quantity it tells a purchase from
    /// the end of a short sale.
    PositionEffect {
        /// Begins a position or adds to it.
        Opening = "opening",
        /// Ends a position or a part of it.
        Closing = "closing",
    }
}

stored_enum! {
    /// What is odd about a transaction that was taken all the same.
    TransactionFlag {
        /// The amounts of its legs do not come to its own amount, which rules.
        LegsDoNotAddUp = "legs_do_not_add_up",
        /// The source gave a status we do not know, or none; it is taken for posted.
        StatusUnknown = "status_unknown",
        /// The source gave no amount; it is the sum of the legs.
        AmountFromLegs = "amount_from_legs",
        /// The source's word for the sort of transaction says the other direction than the amount's sign, which
        /// rules.
        SignContradictsKind = "sign_contradicts_kind",
        /// The source names a currency that is none of ISO 4217; the amount is kept without one (`XXX`).
        CurrencyUnknown = "currency_unknown",
    }
}

/// One part of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Leg {
    /// What sort.
    pub kind: LegKind,
    /// The institution's own word for it, e.g. `SEC_FEE`.
    pub label: Option<String>,
    /// Ticker.
    pub symbol: Option<String>,
    /// Name of the security.
    pub name: Option<String>,
    /// What sort of asset, of a security.
    pub asset_class: Option<AssetClass>,
    /// Signed units, positive came in.
    pub quantity: Option<Decimal>,
    /// Price of one unit.
    pub price: Option<Decimal>,
    /// What it did to the account's cash: signed, positive is money in. `None`: not told.
    pub amount: Option<Decimal>,
    /// Currency of price and amount.
    pub currency: Currency,
    /// What the source calls the security.
    pub ids: SecurityIds,
    /// The security, once it is known which; `None` where nothing names one.
    pub security: Option<SecurityId>,
    /// What it did to the position.
    pub effect: Option<PositionEffect>,
    /// What an option gives a right to.
    pub option: Option<OptionTerms>,
}

impl Leg {
    /// A leg of which only this is known.
    pub fn new(kind: LegKind, currency: Currency) -> Self {
        Self {
            kind,
            label: None,
            symbol: None,
            name: None,
            asset_class: None,
            quantity: None,
            price: None,
            amount: None,
            currency,
            ids: SecurityIds::default(),
            security: None,
            effect: None,
            option: None,
        }
    }

    /// What it says of a security; `None` for what is about none.
    pub fn facts(&self) -> Option<SecurityFacts> {
        let is_about_one = self.symbol.is_some() || !self.ids.is_empty() || self.kind == LegKind::Security;
        is_about_one.then(|| SecurityFacts {
            ids: self.ids.clone(),
            symbol: self.symbol.clone(),
            name: self.name.clone(),
            asset_class: self.asset_class,
            currency: Some(self.currency),
            multiplier: self.option.as_ref().and_then(|terms| terms.multiplier),
        })
    }
}

/// The source's own names of what a transaction belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct References {
    /// The order that it carries out, wholly or in part.
    pub order: Option<String>,
    /// The position that it changes.
    pub position: Option<String>,
    /// The part of the account in which it took place, e.g. `MARGIN`.
    pub sub_account: Option<String>,
}

/// The second currency of a transaction that was made in another one than the account's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Exchange {
    /// The currency that is not the account's.
    pub currency: Currency,
    /// What one unit of it is worth in the account's currency, as the source says.
    pub rate: Option<Decimal>,
    /// Whether the amount was converted to the account's currency already; else it is in `currency`.
    pub is_converted: bool,
}

/// What a transaction is made of. Lists leave it out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TransactionDetails {
    /// The other side, where the source names it apart from the description.
    pub payee: Option<String>,
    /// What it was for, in the source's word; [`DefaultCategory::by_code`](crate::ledger::meaning::DefaultCategory::by_code)
    /// knows some.
    pub category: Option<String>,
    /// What of the amount went to fees, positive. `None`: not told.
    pub fee: Option<Decimal>,
    /// Its parts, in the source's order.
    pub legs: Vec<Leg>,
    /// The currency it was made in, when that is not the account's.
    pub exchange: Option<Exchange>,
    /// What is odd about it.
    pub flags: Vec<TransactionFlag>,
    /// What the source calls the things it belongs to.
    pub references: References,
}

impl TransactionDetails {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the legs come to together; `None` when there are none, one of them does not tell, they are in
    /// several currencies, or the sum is too large to keep.
    pub fn legs_total(&self) -> Option<Decimal> {
        let currency = self.legs.first()?.currency;
        self.legs.iter().try_fold(Decimal::ZERO, |sum, leg| {
            sum.checked_add(leg.amount.filter(|_| leg.currency == currency)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(amounts: &[Option<i64>]) -> TransactionDetails {
        let leg = |amount: &Option<i64>| Leg {
            amount: amount.map(Decimal::from),
            ..Leg::new(LegKind::Cash, Currency::USD)
        };
        TransactionDetails { legs: amounts.iter().map(leg).collect(), ..TransactionDetails::default() }
    }

    #[test]
    fn legs_come_to_a_sum_only_when_all_of_them_tell() {
        assert_eq!(details(&[]).legs_total(), None);
        assert_eq!(details(&[Some(5), Some(-7)]).legs_total(), Some(Decimal::from(-2)));
        assert_eq!(details(&[Some(5), None]).legs_total(), None);
        let mut mixed = details(&[Some(5), Some(5)]);
        mixed.legs[1].currency = "EUR".parse().unwrap();
        assert_eq!(mixed.legs_total(), None);
        let mut huge = details(&[Some(1), Some(1)]);
        huge.legs[0].amount = Some(Decimal::MAX);
        assert_eq!(huge.legs_total(), None);
        assert!(TransactionDetails::default().is_empty() && !huge.is_empty());
    }
}
