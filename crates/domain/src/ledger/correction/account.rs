//! Corrections of accounts.

use crate::{
    id::AccountId,
    ledger::{Account, AccountKind, account::stored_enum, portfolio::LotMethod},
    time::Timestamp,
};

use super::{Correction, Line, put};

stored_enum! {
    /// What can be corrected of an account.
    AccountField {
        /// Its name.
        Name = "name",
        /// What sort of account it is.
        Kind = "account_type",
        /// Whether it counts in the net worth.
        NetWorth = "include_in_net_worth",
        /// Which account it is known as from another source.
        SameAs = "same_account_as",
        /// Which accounts it is not, though they look alike.
        DistinctFrom = "distinct_from",
        /// Which lots of its securities a sale takes first.
        LotMethod = "lot_method",
    }
}

impl AccountField {
    /// Every field, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Name, Self::Kind, Self::NetWorth, Self::SameAs, Self::DistinctFrom, Self::LotMethod];
}

/// What a person corrected of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountCorrections {
    /// Another name.
    pub name: Option<Correction<Line>>,
    /// Another sort.
    pub kind: Option<Correction<AccountKind>>,
    /// Since when it does not count in the net worth.
    pub left_out: Option<Correction<()>>,
    /// The account that this one is, too.
    pub same_as: Option<Correction<AccountId>>,
    /// Accounts that this one is not, though they look alike.
    pub distinct_from: Option<Correction<Vec<AccountId>>>,
    /// Which lots of its securities a sale takes first.
    pub lot_method: Option<Correction<LotMethod>>,
    /// The accounts that are this one, too: the other ends of their `same_as`.
    pub linked: Vec<AccountId>,
}

/// What shall be different; `None` leaves a field as it is, and `Some(None)` takes its correction back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Another name.
    pub name: Option<Option<Line>>,
    /// Another sort.
    pub kind: Option<Option<AccountKind>>,
    /// Whether it counts in the net worth; to do so is what there is without a correction.
    pub in_net_worth: Option<bool>,
    /// Another account that this one is, too.
    pub same_as: Option<Option<AccountId>>,
    /// Accounts that this one is not.
    pub distinct_from: Option<Option<Vec<AccountId>>>,
    /// Which lots of its securities a sale takes first.
    pub lot_method: Option<Option<LotMethod>>,
}

impl AccountChange {
    /// Takes the correction of this field back.
    pub fn take_back(field: AccountField) -> Self {
        let mut change = Self::default();
        match field {
            AccountField::Name => change.name = Some(None),
            AccountField::Kind => change.kind = Some(None),
            AccountField::NetWorth => change.in_net_worth = Some(true),
            AccountField::SameAs => change.same_as = Some(None),
            AccountField::DistinctFrom => change.distinct_from = Some(None),
            AccountField::LotMethod => change.lot_method = Some(None),
        }
        change
    }
}

impl AccountCorrections {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a person corrected anything of the account itself.
    pub fn are_any(&self) -> bool {
        Self { linked: Vec::new(), ..self.clone() } != Self::default()
    }

    /// Applies a change: each field that it gives takes the place of an earlier correction. The fields that are
    /// corrected otherwise now.
    pub fn apply(&mut self, change: AccountChange, now: Timestamp) -> Vec<AccountField> {
        let AccountChange { name, kind, in_net_worth, same_as, distinct_from, lot_method } = change;
        let left_out = in_net_worth.map(|counts| (!counts).then_some(()));
        let changed = [
            (AccountField::Name, put(&mut self.name, name, now)),
            (AccountField::Kind, put(&mut self.kind, kind, now)),
            (AccountField::NetWorth, put(&mut self.left_out, left_out, now)),
            (AccountField::SameAs, put(&mut self.same_as, same_as, now)),
            (AccountField::DistinctFrom, put(&mut self.distinct_from, distinct_from, now)),
            (AccountField::LotMethod, put(&mut self.lot_method, lot_method, now)),
        ];
        changed.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect()
    }
}

/// The values that people are shown: what a person corrected, else what the institution says.
impl Account {
    /// The name.
    pub fn shown_name(&self) -> &str {
        self.corrected(|of| of.name.as_ref()).map_or(&self.name, Line::as_str)
    }

    /// What sort of account.
    pub fn shown_kind(&self) -> AccountKind {
        self.corrected(|of| of.kind.as_ref()).copied().unwrap_or(self.kind)
    }

    /// Whether it counts in the net worth.
    pub fn is_in_net_worth(&self) -> bool {
        self.corrected(|of| of.left_out.as_ref()).is_none()
    }

    /// Which lots of its securities a sale takes first, where nobody asks for another method.
    pub fn lot_method(&self) -> LotMethod {
        self.corrected(|of| of.lot_method.as_ref()).copied().unwrap_or(LotMethod::USUAL)
    }

    /// Applies a change to its corrections; the fields that are corrected otherwise now.
    pub fn correct(&mut self, change: AccountChange, now: Timestamp) -> Vec<AccountField> {
        let mut corrections = self.corrections.take().unwrap_or_default();
        let changed = corrections.apply(change, now);
        self.corrections = (!corrections.is_empty()).then_some(corrections);
        changed
    }

    fn corrected<T>(&self, field: impl FnOnce(&AccountCorrections) -> Option<&Correction<T>>) -> Option<&T> {
        field(self.corrections.as_deref()?).map(|correction| &correction.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_corrected_field_by_field_and_taken_back_exactly() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let mut corrections = AccountCorrections::default();
        let change = AccountChange {
            name: Some("Household".parse().ok()),
            kind: Some(Some(AccountKind::Savings)),
            in_net_worth: Some(false),
            same_as: Some(Some(AccountId(uuid::Uuid::from_u128(1)))),
            distinct_from: Some(Some(vec![AccountId(uuid::Uuid::from_u128(2))])),
            lot_method: Some(Some(LotMethod::Average)),
        };
        assert_eq!(corrections.apply(change.clone(), at(1)), AccountField::ALL);
        assert_eq!(corrections.apply(change, at(2)), []);
        assert_eq!(corrections.left_out.as_ref().map(|correction| correction.at), Some(at(1)));
        for field in AccountField::ALL {
            assert_eq!(corrections.apply(AccountChange::take_back(field), at(3)), [field]);
        }
        assert!(corrections.is_empty());
    }
}
