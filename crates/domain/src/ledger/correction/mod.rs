//! What people put in the place of what an institution says, kept beside it: the later never destroys the earlier.

mod account;
mod bulk;
mod ports;
mod tag;
mod transaction;
mod wording;

use crate::{money::Decimal, time::Timestamp};

use super::account::stored_enum;

pub use account::{AccountChange, AccountCorrections, AccountField};
pub use bulk::{BulkChange, BulkEdit, EditedRow, TooManyTags};
pub use ports::CorrectionRepository;
#[cfg(feature = "mocks")]
pub use ports::MockCorrectionRepository;
pub use tag::{Tag, TagError, TagInUse, TagKey, Tags};
pub use transaction::{SplitPart, TransactionChange, TransactionCorrections, TransactionField};
pub use wording::{Line, Note, WordingError};

stored_enum! {
    /// Which way the money of a transaction went.
    Sign {
        /// Into the account.
        Positive = "positive",
        /// Out of the account.
        Negative = "negative",
    }
}

impl Sign {
    /// The sign of an amount; nothing counts as into the account.
    pub fn of(amount: Decimal) -> Self {
        if amount < Decimal::ZERO { Self::Negative } else { Self::Positive }
    }

    /// The amount with this sign.
    pub fn given_to(self, amount: Decimal) -> Decimal {
        if Self::of(amount) == self || amount.is_zero() { amount } else { -amount }
    }
}

/// A value that a person gave, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction<T> {
    /// The value.
    pub value: T,
    /// When it was given.
    pub at: Timestamp,
}

/// Puts a change of one field in its place: left out it stays, `Some(None)` takes the correction back. Whether that
/// makes a difference.
fn put<T: PartialEq>(stored: &mut Option<Correction<T>>, change: Option<Option<T>>, now: Timestamp) -> bool {
    let Some(change) = change else { return false };
    if change.as_ref() == stored.as_ref().map(|correction| &correction.value) {
        return false;
    }
    *stored = change.map(|value| Correction { value, at: now });
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::exact_decimal;

    #[test]
    fn a_sign_is_given_to_any_amount() {
        for (sign, amount, expected) in [
            (Sign::Negative, "12.30", "-12.30"),
            (Sign::Negative, "-12.30", "-12.30"),
            (Sign::Positive, "-12.30", "12.30"),
            (Sign::Negative, "0.00", "0.00"),
            (Sign::Positive, "-0.00", "0.00"),
        ] {
            let given = sign.given_to(exact_decimal(amount).unwrap());
            assert_eq!(given.to_string(), expected, "{sign:?} {amount}");
        }
    }
}
