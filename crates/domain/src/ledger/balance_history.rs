//! The balance of an account on every day: what its sources told, and what its movements make of that.

use std::collections::BTreeMap;

use crate::{
    money::Decimal,
    time::{Day, Timestamp},
};

use super::{AccountKind, BalancePoint, BalanceSource};

/// How old a stated value of a securities account may be that is still shown for a day, in days.
const VALUE_LASTS: i64 = 7;

/// A balance that was told, as far as a history needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldBalance {
    /// When it held.
    pub as_of: Timestamp,
    /// Where it was learnt.
    pub source: BalanceSource,
    /// The balance, in the account's currency.
    pub balance: Decimal,
}

impl From<&BalancePoint> for ToldBalance {
    fn from(point: &BalancePoint) -> Self {
        Self { as_of: point.as_of, source: point.source, balance: point.balance }
    }
}

/// What moved an account on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySum {
    /// The day.
    pub day: Day,
    /// Sum of the posted transactions in the account's currency.
    pub sum: Decimal,
    /// How many they are.
    pub count: i64,
}

/// Where the balance of a day comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BalanceBasis {
    /// An institution or a statement told it.
    Stated,
    /// The last balance told before it, and what moved since.
    Forward,
    /// The first balance told after it, without what moved until then.
    Backward,
    /// Nothing tells it.
    Unknown,
}

impl BalanceBasis {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Unknown => "unknown",
        }
    }
}

/// The balance at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayBalance {
    /// The day.
    pub day: Day,
    /// The balance; `None` where nothing tells it.
    pub balance: Option<Decimal>,
    /// Where it comes from.
    pub basis: BalanceBasis,
    /// Whether the movements around it do not lead to the next balance that was told.
    pub is_estimated: bool,
}

impl DayBalance {
    fn unknown(day: Day) -> Self {
        Self { day, balance: None, basis: BalanceBasis::Unknown, is_estimated: false }
    }
}

/// Days whose movements do not lead from one told balance to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalanceGap {
    /// The first day after the earlier balance.
    pub from: Day,
    /// The day of the later one.
    pub to: Day,
    /// What is missing: the later balance less the earlier one and what moved between them.
    pub amount: Decimal,
}

/// The balances of an account over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceHistory {
    /// Every day, the earliest first.
    pub days: Vec<DayBalance>,
    /// Where sources and movements disagree, as far as it touches these days.
    pub gaps: Vec<BalanceGap>,
}

/// The told balance of each day: the latest of the day, and of two at one instant the institution's own. What a person
/// stated counts where nobody else told anything.
pub(super) fn anchors(points: &[ToldBalance]) -> BTreeMap<Day, Decimal> {
    let mut latest: BTreeMap<Day, &ToldBalance> = BTreeMap::new();
    let rank = |point: &ToldBalance| -> (bool, Timestamp, bool) {
        (point.source != BalanceSource::User, point.as_of, point.source == BalanceSource::Sync)
    };
    for point in points {
        let of_day = latest.entry(point.as_of.day()).or_insert(point);
        if rank(point) > rank(of_day) {
            *of_day = point;
        }
    }
    latest.into_iter().map(|(day, point)| (day, point.balance)).collect()
}

/// Reckons the balances of an account for the days `from` to `to` from all balances that were told and all days on which
/// something moved, in the order of their days.
///
/// Between two told balances the movements lead forward from the earlier one; where they do not lead to the later one, the
/// difference is a gap and is never spread over the days. Before the first told balance they lead backward, as far as
/// there are movements. The value of a securities account is more than its movements: it is what was told, for a week.
pub fn balance_history(
    kind: AccountKind,
    points: &[ToldBalance],
    sums: &[DaySum],
    from: Day,
    to: Day,
) -> BalanceHistory {
    let told = anchors(points);
    if kind.holds_securities() {
        return BalanceHistory { days: values(&told, from, to), gaps: Vec::new() };
    }
    let mut history = BalanceHistory { days: Vec::new(), gaps: gaps(&told, sums) };
    let Some(first) = told.keys().next().copied() else {
        history.days.extend(days(from, to).map(DayBalance::unknown));
        return history;
    };
    // At the end of the day before the first that is known, nothing of what is known had moved.
    let begins = sums.first().map_or(first, |sum| sum.day.plus_days(-1)).min(first);
    history.days.extend(days(from, to.min(begins.plus_days(-1))).map(DayBalance::unknown));

    // The days before are reckoned in one step: a row of long ago must not make every history long.
    let start = begins.max(from);
    let mut balance = balance_before(start, &told, sums);
    let mut moves = sums.iter().skip_while(|sum| sum.day < start).peekable();
    let mut open = history.gaps.iter().peekable();
    for day in days(start, to) {
        if let Some(moved) = moves.next_if(|sum| sum.day == day) {
            balance = balance.and_then(|balance| balance.checked_add(moved.sum));
        }
        while open.next_if(|gap| gap.to < day).is_some() {}
        let basis = match told.get(&day) {
            Some(told) => {
                balance = Some(*told);
                BalanceBasis::Stated
            }
            None if balance.is_none() => BalanceBasis::Unknown,
            None if day < first => BalanceBasis::Backward,
            None => BalanceBasis::Forward,
        };
        let is_estimated = basis != BalanceBasis::Stated && open.peek().is_some_and(|gap| gap.from <= day);
        history.days.push(DayBalance { day, balance, basis, is_estimated });
    }
    history.gaps.retain(|gap| gap.to >= from && gap.from <= to);
    history
}

/// The balance at the end of the day before this one; `None` where it is too large to tell.
fn balance_before(day: Day, told: &BTreeMap<Day, Decimal>, sums: &[DaySum]) -> Option<Decimal> {
    let between =
        |after: Day, until: Day| total(sums.iter().filter(|sum| sum.day > after && sum.day <= until));
    let before = day.plus_days(-1);
    if let Some((of, balance)) = told.range(..day).next_back() {
        return balance.checked_add(between(*of, before)?);
    }
    let (first, balance) = told.first_key_value()?;
    balance.checked_sub(between(before, *first)?)
}

/// What these days moved; `None` when it is too large to tell.
fn total<'a>(mut sums: impl Iterator<Item = &'a DaySum>) -> Option<Decimal> {
    sums.try_fold(Decimal::ZERO, |total, sum| total.checked_add(sum.sum))
}

/// The days from one to another, both included; none when the second is before the first.
fn days(from: Day, to: Day) -> impl Iterator<Item = Day> {
    (0..=to.days_since(from)).map(move |days| from.plus_days(days))
}

/// Where the movements between two told balances do not lead from one to the other.
fn gaps(told: &BTreeMap<Day, Decimal>, sums: &[DaySum]) -> Vec<BalanceGap> {
    let told: Vec<(Day, Decimal)> = told.iter().map(|(day, balance)| (*day, *balance)).collect();
    let mut sums = sums.iter().peekable();
    let mut gaps = Vec::new();
    for pair in told.windows(2) {
        let [(earlier, before), (later, after)] = *pair else { continue };
        while sums.next_if(|sum| sum.day <= earlier).is_some() {}
        let mut between = Vec::new();
        while let Some(sum) = sums.next_if(|sum| sum.day <= later) {
            between.push(sum);
        }
        let reckoned = total(between.into_iter()).and_then(|moved| before.checked_add(moved));
        let Some(amount) = reckoned.and_then(|reckoned| after.checked_sub(reckoned)) else { continue };
        if !amount.is_zero() {
            gaps.push(BalanceGap { from: earlier.plus_days(1), to: later, amount });
        }
    }
    gaps
}

/// The told value of each day, or the last one told within a week.
fn values(told: &BTreeMap<Day, Decimal>, from: Day, to: Day) -> Vec<DayBalance> {
    let value = |day: Day| {
        let last = told.range(..=day).next_back();
        let Some((of, balance)) = last.filter(|(of, _)| day.days_since(**of) <= VALUE_LASTS) else {
            return DayBalance::unknown(day);
        };
        let basis = if *of == day { BalanceBasis::Stated } else { BalanceBasis::Forward };
        DayBalance { day, balance: Some(*balance), basis, is_estimated: false }
    };
    days(from, to).map(value).collect()
}

#[cfg(test)]
#[path = "balance_history_tests.rs"]
mod tests;
