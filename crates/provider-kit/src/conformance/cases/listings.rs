//! Listings, of days and of pages.

use std::collections::HashMap;

use dashtam_domain::connections::{ProviderError, PulledTransaction, TransactionWindow};

use super::{Subject, expected, told, without_transactions};
use crate::conformance::{
    Bank, BankRow, Pages, Paging, Verdict,
    model::today,
    reading::{Town, bank_of, last},
};

/// How much more than was asked for an adapter may tell: what costs nothing and was late.
const SLACK: i64 = 45;
const BY_CHANGES: &str = "it tells what changed, and not what was in some days";

/// A bank with one account and these transactions.
fn with(subject: &Subject, rows: Vec<BankRow>, pages: Pages) -> Bank {
    let mut bank = Bank { pages, ..bank_of(subject, 1) };
    if let Some(account) = bank.accounts.first_mut() {
        account.rows = rows;
    }
    bank
}

/// So many transactions of the last ten days, the oldest first.
fn recent(count: u32) -> Vec<BankRow> {
    let mut rows: Vec<BankRow> =
        (1..=count).map(|number| BankRow::plain(10_000 + number, -i64::from(number % 10))).collect();
    rows.sort_by_key(|row| (row.day, row.number));
    rows
}

/// Both ends of the days that are asked for are told, and nothing of long before.
pub async fn the_window_is_kept_to(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    let days = [-SLACK - 25, -20, -10, 0];
    let rows = (20_001..).zip(days).map(|(number, day)| BankRow::plain(number, day)).collect();
    let bank = with(&subject, rows, Pages::LARGE);
    let town = Town::open(&subject, bank.clone()).await;
    if town.provider.feeds().changes.is_some() {
        return Verdict::NotApplicable(BY_CHANGES);
    }
    let window = last(20);
    let reading = town.read(window).await.unwrap_or_else(|error| panic!("it is not read: {error:?}"));
    let inside = expected(&subject, &bank, |row| (window.from..=window.to).contains(&row.day));
    assert_eq!(inside.len(), 3);
    assert_eq!(told(&reading), inside, "told, and of the days that were asked for");
    // Days that are over are asked for as well as the present ones.
    let earlier = TransactionWindow { from: today().plus_days(-20), to: today().plus_days(-10) };
    let reading = town.read(earlier).await.unwrap_or_else(|error| panic!("it is not read: {error:?}"));
    let inside = expected(&subject, &bank, |row| (earlier.from..=earlier.to).contains(&row.day));
    let mut told = told(&reading);
    told.retain(|row| row.day <= earlier.to.to_string());
    assert_eq!((inside.len(), &told), (2, &inside), "told, and of the days that were asked for");
    Verdict::Held
}

/// A transaction in two windows is the same in both: it is found again, and not told as another one.
pub async fn windows_that_overlap_agree(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    let bank = with(&subject, recent(8), Pages::LARGE);
    let town = Town::open(&subject, bank).await;
    if town.provider.feeds().changes.is_some() {
        return Verdict::NotApplicable(BY_CHANGES);
    }
    let earlier = TransactionWindow { from: today().plus_days(-20), to: today().plus_days(-4) };
    let mut seen: HashMap<String, PulledTransaction> = HashMap::new();
    let mut both = 0;
    for window in [earlier, last(7)] {
        let reading = town.read(window).await.unwrap_or_else(|error| panic!("it is not read: {error:?}"));
        for (_, row) in reading.rows {
            if let Some(known) = seen.get(&row.external_id) {
                assert_eq!(*known, row, "one transaction, in two windows");
                both += 1;
            }
            seen.insert(row.external_id.clone(), row);
        }
    }
    assert!(both >= 2, "transactions of the days in both windows are told in both");
    assert_eq!(seen.len(), 8, "and all others in one");
    Verdict::Held
}

/// Every transaction is told once, over as many pages as it takes.
pub async fn no_row_is_lost_between_pages(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    let paging = subject.declares().paging;
    let (rows, pages, days, at_least) = match paging {
        Paging::Cursor => (recent(8), Pages { rows: 3, ..Pages::LARGE }, 20, 3),
        Paging::Full(full) => {
            let rows = u32::try_from(2 * full + 1).expect("pages are not that large");
            (recent(rows), Pages::LARGE, 20, 3)
        }
        Paging::Days(stretch) => {
            let apart = (stretch / 2).max(1);
            let row = |place: u32| BankRow::plain(30_000 + place, -i64::from(7 - place) * apart);
            ((0..8).map(row).collect(), Pages::LARGE, 4 * stretch, 3)
        }
        // A bank that pages after all would do so here.
        Paging::Whole => (recent(300), Pages { rows: 3, ..Pages::LARGE }, 20, 1),
    };
    let bank = with(&subject, rows, pages);
    let town = Town::open(&subject, bank.clone()).await;
    let reading = town.read(last(days)).await.unwrap_or_else(|error| panic!("it is not read: {error:?}"));
    assert_eq!(told(&reading), expected(&subject, &bank, |_| true), "told, and of the bank");
    assert!(reading.pages >= at_least, "{paging:?} is declared, and it took {} pages", reading.pages);
    if paging == Paging::Whole {
        assert_eq!(reading.pages, 1, "one answer is declared to have everything");
    }
    Verdict::Held
}

/// A page without transactions is not the last one while it names another.
pub async fn empty_pages_do_not_end_a_listing(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    if subject.declares().paging != Paging::Cursor {
        return Verdict::NotApplicable("its pages name no other");
    }
    let bank = with(&subject, recent(8), Pages { rows: 3, blanks: true, stuck: false });
    let town = Town::open(&subject, bank.clone()).await;
    let reading = town.read(last(20)).await.unwrap_or_else(|error| panic!("it is not read: {error:?}"));
    assert_eq!(told(&reading), expected(&subject, &bank, |_| true), "told, and of the bank");
    assert!(reading.pages >= 6, "there are 6 pages, of which {} were read", reading.pages);
    Verdict::Held
}

/// A page that leads back to itself is an answer that cannot be read, and no listing without an end.
pub async fn pages_that_lead_nowhere_end(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    let (rows, size) = match subject.declares().paging {
        Paging::Cursor => (recent(8), 3),
        Paging::Full(full) => (recent(u32::try_from(2 * full).expect("pages are not that large")), full),
        Paging::Days(_) | Paging::Whole => {
            return Verdict::NotApplicable("its institution names no page behind another");
        }
    };
    let bank = with(&subject, rows, Pages { rows: size, blanks: false, stuck: true });
    let town = Town::open(&subject, bank).await;
    let error = match town.read(last(20)).await {
        Ok(reading) => panic!("a listing without an end was read to its end: {reading:?}"),
        Err(error) => error,
    };
    assert!(matches!(error, ProviderError::Malformed { .. }), "{error:?}");
    Verdict::Held
}
