//! What somebody wants to hear of.

use super::NotificationKind;
use crate::{
    id::AccountId,
    money::{Currency, Decimal},
};

/// What is told or not, without a figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotificationSwitches {
    /// Whether to tell of connections that work only after their owner has done something.
    pub connections: bool,
    /// Whether to tell of synchronisations that have failed for a day.
    pub sync_failing: bool,
    /// Whether to tell of recurring payments that cost more than before.
    pub price_raised: bool,
    /// Whether to tell each Monday what the week before came to.
    pub weekly_summary: bool,
}

/// From which amount on transactions in a currency are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargeFrom {
    /// The currency.
    pub currency: Currency,
    /// The amount without a sign: more than nothing.
    pub amount: Decimal,
}

/// Below which balance an account is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowBelow {
    /// The account.
    pub account: AccountId,
    /// The balance, in the currency of the account; less than nothing where an overdraft is meant.
    pub amount: Decimal,
}

/// What somebody wants to hear of. Nothing, as long as nobody says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationPreferences {
    switches: NotificationSwitches,
    large: Vec<LargeFrom>,
    low: Vec<LowBelow>,
}

/// Why something cannot be wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotificationProblem {
    /// Too many currencies.
    #[error("There may be at most {most} currencies.", most = NotificationPreferences::MOST)]
    TooManyCurrencies,
    /// Too many accounts.
    #[error("There may be at most {most} accounts.", most = NotificationPreferences::MOST)]
    TooManyAccounts,
    /// The amount at this place is nothing or less.
    #[error("The amount must be more than 0.")]
    NotPositive(usize),
    /// The currency at this place has an amount already.
    #[error("There is an amount for this currency already.")]
    CurrencyTwice(usize),
    /// The account at this place has a balance already.
    #[error("There is a balance for this account already.")]
    AccountTwice(usize),
    /// The account at this place is not there.
    #[error("There is no such account.")]
    UnknownAccount(usize),
}

impl NotificationProblem {
    /// A stable word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooManyCurrencies | Self::TooManyAccounts => "too_long",
            Self::NotPositive(_) => "out_of_range",
            Self::CurrencyTwice(_) | Self::AccountTwice(_) => "duplicate",
            Self::UnknownAccount(_) => "unknown",
        }
    }

    /// The member of the settings that it is about.
    pub fn field(self) -> String {
        match self {
            Self::TooManyCurrencies => "large_transactions".to_owned(),
            Self::TooManyAccounts => "low_balances".to_owned(),
            Self::NotPositive(at) => format!("large_transactions[{at}].amount"),
            Self::CurrencyTwice(at) => format!("large_transactions[{at}].currency"),
            Self::AccountTwice(at) | Self::UnknownAccount(at) => format!("low_balances[{at}].account_id"),
        }
    }
}

impl NotificationPreferences {
    /// Most currencies, and most accounts.
    pub const MOST: usize = 50;

    /// These, if they can be wanted together.
    pub fn new(
        switches: NotificationSwitches,
        large: Vec<LargeFrom>,
        low: Vec<LowBelow>,
    ) -> Result<Self, NotificationProblem> {
        if large.len() > Self::MOST {
            return Err(NotificationProblem::TooManyCurrencies);
        }
        if low.len() > Self::MOST {
            return Err(NotificationProblem::TooManyAccounts);
        }
        for (at, of) in large.iter().enumerate() {
            if of.amount <= Decimal::ZERO {
                return Err(NotificationProblem::NotPositive(at));
            }
            if large[..at].iter().any(|before| before.currency == of.currency) {
                return Err(NotificationProblem::CurrencyTwice(at));
            }
        }
        for (at, of) in low.iter().enumerate() {
            if low[..at].iter().any(|before| before.account == of.account) {
                return Err(NotificationProblem::AccountTwice(at));
            }
        }
        Ok(Self { switches, large, low })
    }

    /// What is told or not, without a figure.
    pub fn switches(&self) -> NotificationSwitches {
        self.switches
    }

    /// From which amounts on transactions are told, in the order in which it was said.
    pub fn large(&self) -> &[LargeFrom] {
        &self.large
    }

    /// Below which balances accounts are told of, in the order in which it was said.
    pub fn low(&self) -> &[LowBelow] {
        &self.low
    }

    /// From which amount on transactions in this currency are told.
    pub fn large_from(&self, currency: Currency) -> Option<Decimal> {
        self.large.iter().find(|of| of.currency == currency).map(|of| of.amount)
    }

    /// Whether anything is told at all.
    pub fn is_on(&self) -> bool {
        self.switches != NotificationSwitches::default() || !self.large.is_empty() || !self.low.is_empty()
    }

    /// The sorts of what [lasts](NotificationKind::STANDING) that are not told.
    pub fn unwanted(&self) -> impl Iterator<Item = NotificationKind> + use<> {
        let wanted = [
            (NotificationKind::Connection, self.switches.connections),
            (NotificationKind::SyncFailing, self.switches.sync_failing),
            (NotificationKind::LowBalance, !self.low.is_empty()),
        ];
        wanted.into_iter().filter(|(_, is_wanted)| !is_wanted).map(|(kind, _)| kind)
    }

    /// Forgets the accounts that are not there any more.
    pub fn keep_accounts(&mut self, is_there: impl Fn(AccountId) -> bool) {
        self.low.retain(|of| is_there(of.account));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn large(currency: Currency, amount: &str) -> LargeFrom {
        LargeFrom { currency, amount: amount.parse().unwrap() }
    }

    fn low(id: u128, amount: &str) -> LowBelow {
        LowBelow { account: AccountId(Uuid::from_u128(id)), amount: amount.parse().unwrap() }
    }

    fn of(large: Vec<LargeFrom>, low: Vec<LowBelow>) -> Result<NotificationPreferences, NotificationProblem> {
        NotificationPreferences::new(NotificationSwitches::default(), large, low)
    }

    #[test]
    fn nothing_is_told_unless_somebody_says_so() {
        assert!(!NotificationPreferences::default().is_on());
        assert!(of(vec![large(Currency::EUR, "1")], Vec::new()).unwrap().is_on());
        assert!(of(Vec::new(), vec![low(1, "-500")]).unwrap().is_on());
        let switches = NotificationSwitches { weekly_summary: true, ..NotificationSwitches::default() };
        assert!(NotificationPreferences::new(switches, Vec::new(), Vec::new()).unwrap().is_on());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let refused = |large, low| of(large, low).unwrap_err();
        let (euros, dollars) = (large(Currency::EUR, "10"), large(Currency::USD, "0.01"));
        assert_eq!(
            refused(vec![euros, dollars, large(Currency::EUR, "2")], Vec::new()),
            NotificationProblem::CurrencyTwice(2)
        );
        for amount in ["0", "-1"] {
            let wrong = refused(vec![euros, large(Currency::USD, amount)], Vec::new());
            assert_eq!(wrong, NotificationProblem::NotPositive(1));
            assert_eq!(wrong.field(), "large_transactions[1].amount");
        }
        assert_eq!(refused(Vec::new(), vec![low(1, "0"), low(1, "5")]), NotificationProblem::AccountTwice(1));
        let many = NotificationPreferences::MOST + 1;
        assert_eq!(refused(vec![euros; many], Vec::new()), NotificationProblem::TooManyCurrencies);
        let accounts = (0..).take(many).map(|id| low(id, "1")).collect();
        assert_eq!(refused(Vec::new(), accounts), NotificationProblem::TooManyAccounts);
    }

    #[test]
    fn what_lasts_is_wanted_or_not() {
        let none: Vec<NotificationKind> = NotificationPreferences::default().unwanted().collect();
        assert_eq!(none, NotificationKind::STANDING);
        let wanted = of(vec![large(Currency::EUR, "1")], vec![low(1, "0")]).unwrap();
        let unwanted: Vec<NotificationKind> = wanted.unwanted().collect();
        assert_eq!(unwanted, [NotificationKind::Connection, NotificationKind::SyncFailing]);
    }

    #[test]
    fn thresholds_are_found_and_accounts_that_are_gone_are_forgotten() {
        let mut wanted = of(vec![large(Currency::EUR, "10")], vec![low(1, "0"), low(2, "5")]).unwrap();
        assert_eq!(wanted.large_from(Currency::EUR), Some(Decimal::TEN));
        assert_eq!(wanted.large_from(Currency::USD), None);
        wanted.keep_accounts(|id| id == AccountId(Uuid::from_u128(2)));
        assert_eq!(wanted.low(), [low(2, "5")]);
    }
}
