//! Finds recurring streams.

use std::collections::BTreeMap;

use super::{
    Cadence, Stream, StreamAmount, StreamEvent, StreamStatus,
    cadence::{CadenceFit, best},
    known::{Key, id},
    next::next,
};
use crate::{
    id::{AccountId, TransactionId},
    ledger::{Sign, matching::Words},
    money::{Currency, Decimal},
    time::Day,
};

/// Streams are found in the transactions of this many days.
pub const HISTORY_DAYS: i64 = 750;
/// Amounts of one cluster are at most this many hundredths of the next smaller one.
const CLUSTER: Decimal = Decimal::from_parts(125, 0, 0, false, 2);
/// A cluster of fewer days than this is chance.
const CLUSTER_DAYS: usize = 3;
/// What comes twice only has to come to nearly the same: so many hundredths more at most, and for a year.
const TWICE: (i64, i64) = (10, 25);
/// Where the greatest amount is more than so many times the least, the days have to say more.
const SPREAD: i64 = 2;
/// Of a thousand gaps so many have to fit then.
const SPREAD_SHARE: i64 = 900;
/// Thousandths from which on a price is another one.
const PRICE: i64 = 10;

/// What of a posted transaction tells whether it comes back, by the values that people are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// Which transaction.
    pub id: TransactionId,
    /// In which account.
    pub account: AccountId,
    /// Its day.
    pub day: Day,
    /// Signed, positive is money in.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Its text.
    pub description: String,
    /// The other side, where somebody names it.
    pub merchant: Option<String>,
    /// Its category.
    pub category: Option<String>,
}

/// What happened on a day.
struct Hit<'r> {
    day: Day,
    amount: Decimal,
    rows: Vec<&'r StreamRow>,
}

/// The streams among these posted rows that are no transfers, as they are today.
pub fn streams(rows: &[StreamRow], today: Day) -> Vec<Stream> {
    let mut groups: BTreeMap<Key, Vec<&StreamRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.amount.is_zero()) {
        let words = row.merchant.as_deref().map(Words::of).filter(|words| !words.as_slice().is_empty());
        let words = words.unwrap_or_else(|| Words::of(&row.description));
        // What says nothing of who it is comes from anybody.
        if !words.as_slice().is_empty() {
            let is_in = Sign::of(row.amount) == Sign::Positive;
            groups.entry((row.account, row.currency, is_in, words)).or_default().push(row);
        }
    }
    let mut found = Vec::new();
    for (key, mut rows) in groups {
        rows.sort_unstable_by_key(|row| (row.day, row.id));
        let whole = stream(&key, &rows, today);
        if whole.is_some() && is_within(rows.iter().map(|row| row.amount), 100 * (SPREAD - 1)) {
            found.extend(whole);
            continue;
        }
        let clusters = clusters(&rows);
        let large = clusters.iter().filter(|rows| clusters.len() > 1 && rows.len() >= CLUSTER_DAYS);
        let parts: Vec<Stream> = large.filter_map(|rows| stream(&key, rows, today)).collect();
        let covered: usize = parts.iter().map(|part| part.transactions.len()).sum();
        // Two subscriptions of one merchant can look like one that comes twice as often.
        match whole.filter(|_| 10 * covered < 8 * rows.len()) {
            Some(whole) => found.push(whole),
            None => found.extend(parts),
        }
    }
    found.sort_unstable_by_key(|stream| (stream.next, stream.id));
    found
}

/// The rows by their amounts, wherever there is a step between these; in the order of days within each.
fn clusters<'r>(rows: &[&'r StreamRow]) -> Vec<Vec<&'r StreamRow>> {
    let mut by_amount = rows.to_vec();
    by_amount.sort_by_key(|row| row.amount.abs());
    let mut clusters: Vec<Vec<&StreamRow>> = Vec::new();
    let mut before: Option<Decimal> = None;
    for row in by_amount {
        let amount = row.amount.abs();
        let is_near =
            before.and_then(|before| before.checked_mul(CLUSTER)).is_some_and(|most| amount <= most);
        match clusters.last_mut().filter(|_| is_near) {
            Some(cluster) => cluster.push(row),
            None => clusters.push(vec![row]),
        }
        before = Some(amount);
    }
    clusters.iter_mut().for_each(|rows| rows.sort_unstable_by_key(|row| (row.day, row.id)));
    clusters
}

/// The days of rows that are in their order.
fn hits<'r>(rows: &[&'r StreamRow]) -> Vec<Hit<'r>> {
    let mut hits: Vec<Hit<'r>> = Vec::new();
    for row in rows {
        match hits.last_mut().filter(|hit| hit.day == row.day) {
            Some(hit) => {
                hit.amount = hit.amount.saturating_add(row.amount);
                hit.rows.push(row);
            }
            None => hits.push(Hit { day: row.day, amount: row.amount, rows: vec![row] }),
        }
    }
    hits
}

/// The stream that these rows are, if they are one.
fn stream(key: &Key, rows: &[&StreamRow], today: Day) -> Option<Stream> {
    let hits = hits(rows);
    let days: Vec<Day> = hits.iter().map(|hit| hit.day).collect();
    let fit = best(&days)?;
    let amounts: Vec<Decimal> = hits.iter().map(|hit| hit.amount).collect();
    if !say_the_same(&amounts, fit) {
        return None;
    }
    let cadence = fit.cadence;
    let (first, last) = (*days.first()?, *days.last()?);
    let next = next(cadence, &days);
    let is_late = next.is_some_and(|next| today > next.plus_days(cadence.tolerance()));
    let mut status = match days.len() >= cadence.hits() {
        true => StreamStatus::Mature,
        false => StreamStatus::EarlyDetection,
    };
    if status == StreamStatus::EarlyDetection && is_late {
        status = StreamStatus::Tombstoned;
    }
    let since = today.days_since(last).saturating_mul(100);
    let is_active = since <= 2 * cadence.period() + 100 * cadence.tolerance();
    let price_change = price_change(&amounts);
    let events = [
        (StreamEvent::Late, is_late),
        (StreamEvent::PriceChanged, price_change.is_some()),
        (StreamEvent::Ended, !is_active),
        (StreamEvent::New, status == StreamStatus::EarlyDetection),
    ];
    let count = i64::try_from(days.len()).unwrap_or(i64::MAX);
    let enough = i64::try_from(cadence.hits()).unwrap_or(1);
    let latest = hits.last()?.rows.last()?;
    Some(Stream {
        id: id(key, median(amounts.clone())?),
        account: key.0,
        description: latest.description.clone(),
        merchant: latest.merchant.clone(),
        category: latest.category.clone(),
        currency: key.1,
        cadence,
        amount: amount_sort(&amounts),
        average: average(&amounts, key.1)?,
        last_amount: *amounts.last()?,
        amount_before: *amounts.iter().rev().nth(1)?,
        price_change,
        first,
        last,
        next,
        status,
        confidence: (fit.share * 6 + 4_000 * count.min(enough) / enough) / 10,
        missed: fit.missed,
        is_active,
        events: events.into_iter().filter(|(_, is_so)| *is_so).map(|(event, _)| event).collect(),
        transactions: rows.iter().map(|row| row.id).collect(),
    })
}

/// Whether no amount is more than so many hundredths above the least.
fn is_within(amounts: impl Iterator<Item = Decimal>, hundredths: i64) -> bool {
    let sizes: Vec<Decimal> = amounts.map(|amount| amount.abs()).collect();
    let (Some(least), Some(most)) = (sizes.iter().min(), sizes.iter().max()) else { return false };
    least.checked_mul(Decimal::new(100 + hundredths, 2)).is_some_and(|bound| *most <= bound)
}

/// Whether the amounts agree as far as they have to.
fn say_the_same(amounts: &[Decimal], fit: CadenceFit) -> bool {
    let at_most = |hundredths: i64| is_within(amounts.iter().copied(), hundredths);
    if amounts.len() == 2 {
        let (month, year) = TWICE;
        return at_most(if fit.cadence == Cadence::Annually { year } else { month });
    }
    fit.share >= SPREAD_SHARE || at_most(100 * (SPREAD - 1))
}

fn average(amounts: &[Decimal], currency: Currency) -> Option<Decimal> {
    let sum = amounts.iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(*amount))?;
    let count = Decimal::from(amounts.len());
    Some(sum.checked_div(count)?.round_dp(currency.minor_digits().max(2)).normalize())
}

fn median(mut amounts: Vec<Decimal>) -> Option<Decimal> {
    amounts.sort_unstable();
    let middle = amounts.len() / 2;
    let upper = *amounts.get(middle)?;
    if amounts.len() % 2 == 1 {
        return Some(upper);
    }
    amounts.get(middle - 1)?.checked_add(upper)?.checked_div(Decimal::TWO)
}

/// Thousandths by which one amount is above another, which is not nothing.
fn change(from: Decimal, to: Decimal) -> Option<i64> {
    let off = to.checked_sub(from)?.checked_mul(Decimal::ONE_THOUSAND)?.checked_div(from.abs())?;
    i64::try_from(off.trunc()).ok()
}

/// By how much the last amount is another one than those before.
fn price_change(amounts: &[Decimal]) -> Option<i64> {
    let (last, before) = amounts.split_last()?;
    change(median(before.to_vec())?, *last).filter(|change| change.abs() > PRICE)
}

/// Whether three quarters of the amounts at least are those of the time before.
fn amount_sort(amounts: &[Decimal]) -> StreamAmount {
    let same =
        amounts.windows(2).filter(|pair| change(pair[0], pair[1]).is_some_and(|off| off.abs() <= PRICE));
    match 4 * same.count() >= 3 * amounts.len().saturating_sub(1) {
        true => StreamAmount::Fixed,
        false => StreamAmount::Varying,
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
