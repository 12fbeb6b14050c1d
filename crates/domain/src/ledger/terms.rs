//! What was agreed of an account.

use crate::{money::Decimal, time::Day};

/// What was agreed of an account, as far as its source tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountTerms {
    /// How much may be owed at most, positive.
    pub credit_limit: Option<Decimal>,
    /// Interest for a year, in percent.
    pub interest_rate: Option<Decimal>,
    /// Since when it is closed, or was shown by its source no longer.
    pub closed_since: Option<Day>,
}

impl AccountTerms {
    /// These, completed by what was told before. That an account is closed is told anew each time.
    #[must_use]
    pub fn or_before(self, before: Self) -> Self {
        Self {
            credit_limit: self.credit_limit.or(before.credit_limit),
            interest_rate: self.interest_rate.or(before.interest_rate),
            closed_since: self.closed_since,
        }
    }
}
