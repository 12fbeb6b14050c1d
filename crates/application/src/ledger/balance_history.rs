//! The balance of an account over time.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
    identity::Scope,
    ledger::{Account, BalanceGap, DayBalance, DaySum, ToldBalance, balance_history, join_sums},
    money::{Currency, Decimal},
    time::Day,
};

use super::{Ledger, LedgerError};
use crate::request::{authorize, request};

/// The longest time that is shown at once, in days.
pub const LONGEST_HISTORY: i64 = 3_660;
/// What is shown when nobody says from when on, in days.
pub(crate) const USUAL_HISTORY: i64 = 90;

/// How the time is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HistoryInterval {
    /// Into days.
    #[default]
    Day,
    /// Into weeks that end on Sunday.
    Week,
    /// Into months.
    Month,
}

impl HistoryInterval {
    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// The last days of all that lie in this time; the last may be broken off.
    pub(crate) fn ends(self, from: Day, to: Day) -> Vec<Day> {
        let days = (0..=to.days_since(from)).map(|days| from.plus_days(days));
        days.filter(|day| self.ends_on(*day) || *day == to).collect()
    }

    /// Whether it ends with this day.
    fn ends_on(self, day: Day) -> bool {
        let next = day.plus_days(1);
        match self {
            Self::Day => true,
            Self::Week => day.is_sunday(),
            Self::Month => next.is_first_of_month(),
        }
    }
}

/// Which balances.
#[derive(Debug)]
pub struct ShowBalanceHistory {
    /// Of this account.
    pub account: AccountId,
    /// From this day on; `None`: 90 days before the last.
    pub from: Option<Day>,
    /// Until and with this day; `None`: today.
    pub to: Option<Day>,
    /// How the time is cut.
    pub interval: HistoryInterval,
}

request!(ShowBalanceHistory, "balances.history", Access::User(Needs::read(Scope::BalancesRead)));

/// The balance at the end of a day, week or month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntervalBalance {
    /// At the end of its last day.
    pub end: DayBalance,
    /// What moved in it.
    pub movements: Decimal,
}

/// The balances of an account over some time.
#[derive(Debug)]
pub struct AccountHistory {
    /// The account.
    pub account: Account,
    /// The balances, the earliest first.
    pub balances: Vec<IntervalBalance>,
    /// Where what was told and what moved disagree.
    pub gaps: Vec<BalanceGap>,
    /// Transactions of the time in other currencies than the account's, which no balance holds: how many of each.
    pub unconverted: Vec<(Currency, i64)>,
}

/// What moved an account in its own currency, and how many transactions of this time are in each other one.
pub(super) fn apart(
    all: Vec<(Currency, DaySum)>,
    own: Currency,
    (from, to): (Day, Day),
) -> (Vec<DaySum>, Vec<(Currency, i64)>) {
    let (mut sums, mut others): (Vec<DaySum>, Vec<(Currency, i64)>) = Default::default();
    for (currency, sum) in all {
        if currency == own {
            sums.push(sum);
        } else if (from..=to).contains(&sum.day) {
            match others.iter_mut().find(|(of, _)| *of == currency) {
                Some((_, count)) => *count += sum.count,
                None => others.push((currency, sum.count)),
            }
        }
    }
    (join_sums(sums), others)
}

/// What is told of an account by all that are one with it.
pub(super) struct Told {
    /// Balances in its currency, the earliest first.
    pub(super) points: Vec<ToldBalance>,
    /// What moved it, by currency and day.
    pub(super) sums: Vec<(Currency, DaySum)>,
}

impl Ledger {
    /// Reads what is told of an account by all that are one with it.
    pub(super) async fn told(&self, account: &Account) -> Result<Told, LedgerError> {
        let (mut points, mut sums) = (Vec::new(), Vec::new());
        for id in self.same_ids(account).await? {
            let told = self.queries.balance_points(account.owner, id).await?;
            let own = told.iter().filter(|point| point.currency == account.currency);
            points.extend(own.map(ToldBalance::from));
            sums.extend(self.queries.day_sums(account.owner, id).await?);
        }
        points.sort_by_key(|point: &ToldBalance| point.as_of);
        Ok(Told { points, sums })
    }

    /// The balance of the caller's account at the end of each day, week or month, from what all sources of it tell.
    pub async fn balance_history(
        &self,
        call: &Call,
        request: ShowBalanceHistory,
    ) -> Result<AccountHistory, LedgerError> {
        let owner = authorize::<ShowBalanceHistory>(call)?.user;
        let ShowBalanceHistory { account, from, to, interval } = request;
        let to = to.unwrap_or_else(|| call.now.day());
        let from = from.unwrap_or_else(|| to.plus_days(-USUAL_HISTORY));
        if from > to || to.days_since(from) > LONGEST_HISTORY {
            return Err(LedgerError::UnsuitableTime);
        }
        let account = self.queries.account(owner, account).await?.ok_or(LedgerError::NotFound("account"))?;
        let Told { points, sums } = self.told(&account).await?;
        let (sums, unconverted) = apart(sums, account.currency, (from, to));
        let history = balance_history(account.shown_kind(), &points, &sums, from, to);

        let mut moves = sums.iter().skip_while(|sum| sum.day < from).peekable();
        let (mut balances, mut movements) = (Vec::new(), Decimal::ZERO);
        for end in history.days {
            if let Some(moved) = moves.next_if(|sum| sum.day == end.day) {
                movements = movements.saturating_add(moved.sum);
            }
            if interval.ends_on(end.day) || end.day == to {
                balances.push(IntervalBalance { end, movements: std::mem::take(&mut movements) });
            }
        }
        Ok(AccountHistory { account, balances, gaps: history.gaps, unconverted })
    }
}
