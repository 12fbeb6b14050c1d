//! What the bank has is what is told, to the cent and to the day.

use std::collections::{BTreeMap, HashSet};

use dashtam_domain::{
    connections::{KeptRow, PulledAccount, PulledHolding, PulledHoldings, PulledTransaction},
    money::{Currency, Decimal},
};

use super::{Subject, expected, told, without_transactions};
use crate::conformance::{
    Bank, BankRow, MARK, Verdict,
    reading::{Reading, Town, accounts_of, bank_of, last},
};

/// Days that are asked for.
const DAYS: i64 = 20;

async fn read(subject: &Subject, bank: &Bank) -> Reading {
    let town = Town::open(subject, bank.clone()).await;
    let read = town.read(last(DAYS)).await;
    read.unwrap_or_else(|error| panic!("a good bank is not read: {error:?}"))
}

fn ordinary(subject: &Subject) -> Bank {
    bank_of(subject, accounts_of(subject))
}

/// Every account is told once, by its id, with its currency and its balance, and nothing is said to be left out.
pub async fn accounts_are_those_of_the_bank(subject: Subject) -> Verdict {
    let bank = ordinary(&subject);
    let reading = read(&subject, &bank).await;
    assert_eq!(reading.accounts.gaps, Vec::<String>::new(), "nothing was left out");
    let shown = |id: String, currency: Currency, balance: Option<Decimal>| {
        (id, currency.to_string(), balance.map(|balance| balance.normalize().to_string()))
    };
    let mut told: Vec<_> = reading
        .accounts
        .accounts
        .iter()
        .map(|account| shown(account.external_id.clone(), account.currency, account.balance))
        .collect();
    let mut expected: Vec<_> = bank
        .accounts
        .iter()
        .map(|account| shown(subject.account_id(account), account.currency, Some(account.balance)))
        .collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected, "accounts that are told, and those of the bank");
    for account in &reading.accounts.accounts {
        assert!(!account.name.trim().is_empty(), "an account has a name: {account:?}");
    }
    Verdict::Held
}

/// Every transaction is told once, of an account that is told, with its sign, its currency and its day.
pub async fn transactions_are_those_of_the_bank(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    let bank = ordinary(&subject);
    let reading = read(&subject, &bank).await;
    assert_eq!(told(&reading), expected(&subject, &bank, |_| true), "told, and of the bank");
    assert_eq!(reading.refused, [], "every row can be read");
    assert_eq!(reading.gaps, Vec::<String>::new(), "nothing was left out");
    let accounts: HashSet<&str> =
        reading.accounts.accounts.iter().map(|account| account.external_id.as_str()).collect();
    for (account, row) in &reading.rows {
        assert!(
            accounts.contains(account.as_str()),
            "{} is of {account}, which is not told",
            row.external_id
        );
    }
    Verdict::Held
}

/// What is in another currency is told in that one: accounts, their transactions and their positions.
pub async fn currencies_are_those_of_the_bank(subject: Subject) -> Verdict {
    if subject.declares().only_currency.is_some() {
        return Verdict::NotApplicable("its institution has one currency");
    }
    let mut bank = ordinary(&subject);
    for (account, code) in bank.accounts.iter_mut().zip(["EUR", "CHF"]) {
        account.currency = code.parse().expect("it is a currency");
    }
    let reading = read(&subject, &bank).await;
    for account in &bank.accounts {
        let (id, currency) = (subject.account_id(account), account.currency);
        let of = |told: &&PulledAccount| told.external_id == id;
        let told = reading.accounts.accounts.iter().find(of).map(|told| told.currency);
        assert_eq!(told, Some(currency), "the currency of the account {id}");
        let held = reading.holdings.iter().filter(|(of, _)| *of == id);
        for position in held.flat_map(|(_, holdings)| holdings.clone().shown()) {
            assert_eq!(position.currency, currency, "the currency of a position of {id}");
        }
    }
    if without_transactions(&subject).await.is_none() {
        assert_eq!(told(&reading), expected(&subject, &bank, |_| true), "told, and of the bank");
    }
    Verdict::Held
}

/// A transaction of the first or the last minute of a day, where the bank is, is of that day.
pub async fn days_are_those_of_the_bank(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    let mut bank = ordinary(&subject);
    for account in &mut bank.accounts {
        for (row, minute) in account.rows.iter_mut().zip([1, 1_438, 0, 1_439, 60]) {
            row.minute = minute;
        }
    }
    let reading = read(&subject, &bank).await;
    assert_eq!(told(&reading), expected(&subject, &bank, |_| true), "told, and of the bank");
    Verdict::Held
}

/// What is not booked is told as pending, and what is booked is not.
pub async fn pending_transactions_are_told_as_such(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    if !subject.declares().pending {
        return Verdict::NotApplicable("its institution shows only what is booked");
    }
    let mut bank = ordinary(&subject);
    for account in &mut bank.accounts {
        if let Some(row) = account.rows.last_mut() {
            row.pending = true;
        }
    }
    let reading = read(&subject, &bank).await;
    assert_eq!(told(&reading), expected(&subject, &bank, |_| true), "told, and of the bank");
    Verdict::Held
}

/// Every position is told once, with its units, its currency and what it is worth.
pub async fn positions_are_those_of_the_bank(subject: Subject) -> Verdict {
    let bank = ordinary(&subject);
    let town = Town::open(&subject, bank.clone()).await;
    if town.provider.feeds().holdings.is_none() {
        return Verdict::NotApplicable("it tells no positions");
    }
    let reading = read(&subject, &bank).await;
    for account in &bank.accounts {
        let id = subject.account_id(account);
        let holdings: Vec<&PulledHoldings> =
            reading.holdings.iter().filter(|(of, _)| *of == id).map(|(_, holdings)| holdings).collect();
        let [PulledHoldings::Told { holdings, gaps }] = holdings.as_slice() else {
            panic!("the positions of {id} are not told: {holdings:?}")
        };
        assert_eq!(*gaps, Vec::<String>::new(), "nothing was left out");
        let row = |symbol: Option<String>, quantity: Decimal, value: Option<Decimal>, currency: Currency| {
            let value = value.map(|value| value.normalize().to_string());
            (symbol, quantity.normalize().to_string(), value, currency.to_string())
        };
        let mut told: Vec<_> = holdings
            .iter()
            .map(|held| row(held.symbol.clone(), held.quantity, held.market_value, held.currency))
            .collect();
        let mut expected: Vec<_> = account
            .positions
            .iter()
            .map(|held| row(Some(held.symbol.clone()), held.quantity, Some(held.value()), account.currency))
            .collect();
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "positions that are told of {id}, and those of the bank");
        let ids: HashSet<&str> = holdings.iter().map(|held| held.external_id.as_str()).collect();
        assert_eq!(ids.len(), holdings.len(), "positions of {id} are told apart by their ids");
    }
    Verdict::Held
}

/// A bank in which nothing happened is no failure, and has no transactions.
pub async fn a_bank_at_rest_tells_nothing_new(subject: Subject) -> Verdict {
    let mut bank = ordinary(&subject);
    for account in &mut bank.accounts {
        account.rows.clear();
        account.positions.clear();
    }
    let reading = read(&subject, &bank).await;
    assert_eq!(reading.accounts.accounts.len(), bank.accounts.len());
    assert_eq!((reading.rows, reading.refused), (Vec::new(), Vec::new()));
    let held = reading.holdings.into_iter().flat_map(|(_, holdings)| holdings.shown());
    assert_eq!(held.collect::<Vec<_>>(), []);
    Verdict::Held
}

/// The same bank, read once more by the same adapter and by another one, is the same: every id, amount and word.
pub async fn what_is_read_twice_is_the_same(subject: Subject) -> Verdict {
    let bank = ordinary(&subject);
    let town = Town::open(&subject, bank.clone()).await;
    let mut readings = Vec::new();
    for _ in 0..2 {
        let read = town.read(last(DAYS)).await;
        readings.push(read.unwrap_or_else(|error| panic!("a good bank is not read: {error:?}")));
    }
    readings.push(read(&subject, &bank).await);
    for reading in &mut readings {
        reading.accounts.accounts.sort_by(|one, other| one.external_id.cmp(&other.external_id));
        reading.rows.sort_by(|(_, one), (_, other)| one.external_id.cmp(&other.external_id));
        reading.holdings.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    assert_eq!(readings[0], readings[1], "read twice by the same adapter");
    assert_eq!(readings[0], readings[2], "read by another adapter");
    Verdict::Held
}

/// What was kept as it was sent is read once more as it was told, without a request.
pub async fn what_was_kept_is_read_as_it_was_told(subject: Subject) -> Verdict {
    let bank = ordinary(&subject);
    let town = Town::open(&subject, bank.clone()).await;
    let reading = town.read(last(DAYS)).await;
    let reading = reading.unwrap_or_else(|error| panic!("a good bank is not read: {error:?}"));
    let (feeds, asked) = (town.provider.feeds(), town.server.paths().len());
    let mut kept = 0;
    let mut currencies: BTreeMap<&str, Currency> = BTreeMap::new();
    for account in &reading.accounts.accounts {
        currencies.insert(&account.external_id, account.currency);
        if let Some(feed) = feeds.accounts.filter(|_| !account.raw.is_null()) {
            kept += 1;
            // When a balance held may be told by the moment of the answer.
            let again = feed.read_account(&account.raw.to_string());
            let again = again.map(|again| PulledAccount { as_of: account.as_of, ..again });
            assert_eq!(again.as_ref(), Ok(account), "an account, read again");
        }
    }
    for (id, currency) in &currencies {
        let of = reading.rows.iter().filter(|(account, row)| account == id && !row.raw.is_null());
        let rows: Vec<&PulledTransaction> = of.map(|(_, row)| row).collect();
        let sent: Vec<KeptRow> =
            rows.iter().map(|row| KeptRow { raw: row.raw.to_string(), day: row.day }).collect();
        let again = feeds.read_again(*currency, &sent).unwrap_or_default();
        kept += rows.len();
        assert_eq!(again.len(), rows.len(), "as many as were given");
        for (again, row) in again.iter().zip(rows) {
            assert_eq!(again.as_ref(), Ok(row), "a transaction, read again");
        }
    }
    for (id, holdings) in &reading.holdings {
        let (Some(feed), Some(currency)) = (feeds.holdings, currencies.get(id.as_str())) else { continue };
        for held in holdings.clone().shown().into_iter().filter(|held| !held.raw.is_null()) {
            kept += 1;
            let again = feed.read_holding(*currency, &held.raw.to_string());
            let again = again.map(|again| PulledHolding { as_of: held.as_of, ..again });
            assert_eq!(again, Ok(held), "a position, read again");
        }
    }
    assert_eq!(town.server.paths().len(), asked, "what is kept is read without asking");
    if kept == 0 {
        return Verdict::NotApplicable("nothing is kept of what the institution sends");
    }
    Verdict::Held
}

/// A row that cannot be read is refused by its id, with a reason that says nothing of its values; all others are told.
pub async fn one_unreadable_row_costs_no_other(subject: Subject) -> Verdict {
    if let Some(verdict) = without_transactions(&subject).await {
        return verdict;
    }
    let mut bank = ordinary(&subject);
    let mut bad: Option<BankRow> = None;
    if let Some(row) = bank.accounts.first_mut().and_then(|account| account.rows.get_mut(2)) {
        row.unreadable = true;
        bad = Some(row.clone());
    }
    let bad = bad.expect("an ordinary account has rows");
    let reading = read(&subject, &bank).await;
    let neighbours = expected(&subject, &bank, |row| !row.unreadable);
    assert_eq!(told(&reading), neighbours, "told, and what can be read");
    let [refused] = reading.refused.as_slice() else {
        panic!("one row is refused, and not {:?}", reading.refused)
    };
    assert!(!refused.reason.trim().is_empty() && !refused.reason.contains(MARK), "{}", refused.reason);
    assert_eq!(refused.external_id, Some(subject.row_id(&bad)), "the row that is refused is known by its id");
    assert!(refused.day.is_none_or(|day| day == bad.day), "{:?} is no day of the row", refused.day);
    Verdict::Held
}
