//! Exchange rates, and what the net worth is reckoned from.

use std::collections::BTreeSet;

use dashtam_domain::{
    ledger::worth::{FxRate, NetWorth, NetWorthTerms, RateBook, RateSource, net_worth},
    ledger::{
        Account, AccountKind, BalancePoint, BalanceSource, ToldBalance, Transaction, TransactionStatus,
    },
    money::Currency,
    store::Storage,
    time::Day,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin,
    races::{CALLERS, race},
    store, stored_account, stored_user,
};

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn rate(base: &str, quote: &str, of: i64, rate: &str, source: RateSource) -> FxRate {
    FxRate::new((currency(base), currency(quote)), day(of), decimal(rate), source).unwrap()
}

async fn store_rates(storage: &Storage, rates: &[FxRate]) -> u64 {
    let mut unit = begin(storage).await;
    let stored = unit.rates().store(rates).await.unwrap();
    unit.commit().await.unwrap();
    stored
}

/// Rates are kept to the last digit, once for each day and source; what is stored again changes what it says and nothing
/// else, and a list finds those among its currencies and days only.
pub async fn rates_are_kept_once_and_found_by_currency_and_day(storage: &Storage) {
    let (ecb, own) = (RateSource::EcbCsv, RateSource::UserCsv);
    let rates = [
        rate("EUR", "USD", 1, "1.0865", ecb),
        rate("EUR", "USD", 1, "1.1", own),
        rate("EUR", "USD", 2, "1.0871", ecb),
        rate("EUR", "JPY", 2, "163.42", ecb),
        rate("JPY", "USD", 2, "0.0066483906498592583526741", own),
        rate("EUR", "USD", 9, "1.09", RateSource::Provider),
    ];
    let found = async |among: &[&str], from, to| -> BTreeSet<String> {
        let among: Vec<Currency> = among.iter().map(|code| currency(code)).collect();
        let found = storage.queries.rates(&among, day(from), day(to)).await.unwrap();
        let told: BTreeSet<String> = found.into_iter().map(|rate| format!("{rate:?}")).collect();
        let mut unit = begin(storage).await;
        let within = unit.rates().among(&among, day(from), day(to)).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(within.into_iter().map(|rate| format!("{rate:?}")).collect::<BTreeSet<_>>(), told);
        told
    };
    let all =
        |rates: &[FxRate]| -> BTreeSet<String> { rates.iter().map(|rate| format!("{rate:?}")).collect() };
    assert_eq!(store_rates(storage, &rates).await, 6);
    assert_eq!(store_rates(storage, &rates).await, 0, "the same once more");
    assert_eq!(found(&["USD", "EUR", "JPY"], 1, 9).await, all(&rates));
    assert_eq!(found(&["USD", "EUR"], 1, 2).await, all(&rates[..3]));
    assert_eq!(found(&["USD", "EUR"], 3, 8).await, all(&[]));
    assert_eq!(found(&["USD", "JPY", "CHF"], 1, 9).await, all(&rates[4..5]));
    assert_eq!(found(&["USD"], 1, 9).await, all(&[]));
    assert_eq!(found(&[], 1, 9).await, all(&[]));

    // Of two in one list the last counts.
    let corrected = rate("EUR", "USD", 2, "1.0872", ecb);
    assert_eq!(store_rates(storage, &[rates[2], corrected, rates[0]]).await, 1);
    assert_eq!(found(&["USD", "EUR"], 2, 2).await, all(&[corrected]));

    let mut unit = begin(storage).await;
    unit.rates().store(&[rate("EUR", "USD", 3, "1", own)]).await.unwrap();
    drop(unit);
    assert_eq!(found(&["USD", "EUR"], 3, 3).await, all(&[]), "what was given up is not there");
}

/// Thirty callers store the same list, in whatever order.
pub async fn a_list_of_many_callers_is_stored_once(storage: &Storage) {
    let rates: Vec<FxRate> = (0..40).map(|of| rate("EUR", "USD", of, "1.5", RateSource::EcbCsv)).collect();
    let stored = race(storage, |storage, number| {
        let mut rates = rates.clone();
        rates.rotate_left(number % 40);
        if number % 2 == 1 {
            rates.reverse();
        }
        async move { store_rates(&storage, &rates).await }
    })
    .await;
    assert_eq!((stored.len(), stored.iter().sum::<u64>()), (CALLERS, 40));
}

fn row(account: &Account, source_id: &str, of: i64, amount: &str) -> Transaction {
    Transaction { amount: decimal(amount), ..builders::transaction(account, source_id, day(of)) }
}

async fn worth(storage: &Storage, account: &Account, from: Day, days: &[i64]) -> NetWorth {
    let records = storage.queries.account_records(account.owner, from).await.unwrap();
    let days: Vec<Day> = days.iter().map(|of| day(*of)).collect();
    let terms = NetWorthTerms { currency: Currency::USD, strict: false };
    net_worth(&records, &days, terms, &RateBook::default())
}

/// Each account is there with what was told and what moved in its own currency, and whatever day a reckoning begins at, it
/// comes to the same as one that begins with the first.
pub async fn records_lead_to_the_same_worth_from_whatever_day(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let checking = stored_account(storage, owner, "1").await;
    let backward = stored_account(storage, owner, "2").await;
    let silent = stored_account(storage, owner, "3").await;
    let gone = Account { is_active: false, ..builders::file_account(owner, "4") };
    let securities = Account { kind: AccountKind::Brokerage, ..builders::file_account(owner, "5") };
    let mut unit = begin(storage).await;
    for account in [&gone, &securities] {
        unit.accounts().upsert(account).await.unwrap();
    }
    let euros = currency("EUR");
    let told = |account: &Account, of: i64, balance: &str| BalancePoint {
        as_of: day(of).start(),
        ..builders::balance(account, balance, 0)
    };
    let of_file = |point| BalancePoint { source: BalanceSource::Statement, ..point };
    let points = [
        told(&checking, 10, "500.00"),
        of_file(told(&checking, 10, "499.00")),
        told(&checking, 20, "565.00"),
        BalancePoint { currency: euros, ..told(&checking, 21, "1") },
        of_file(told(&backward, 25, "-40")),
        told(&gone, 5, "1000"),
        told(&securities, 8, "10"),
        told(&securities, 22, "12"),
    ];
    unit.balances().record(&points).await.unwrap();
    unit.commit().await.unwrap();
    let pending = Transaction { status: TransactionStatus::Pending, ..row(&checking, "p", 12, "-1000") };
    let foreign = Transaction { currency: euros, ..row(&checking, "f", 12, "7") };
    let rows = [
        row(&checking, "a", 6, "-20"),
        row(&checking, "b", 12, "100"),
        row(&checking, "c", 12, "-30.50"),
        row(&checking, "d", 27, "-1.50"),
        row(&backward, "a", 3, "5"),
        row(&backward, "b", 14, "-5.25"),
        row(&gone, "a", 6, "-1"),
        pending,
        foreign,
    ];
    assert_eq!(store(storage, &rows).await, 9);

    let first = storage.queries.account_records(owner, day(0)).await.unwrap();
    let ids: Vec<_> = first.iter().map(|record| record.account).collect();
    assert_eq!(ids, [checking.id, backward.id, silent.id, gone.id, securities.id]);
    let of_checking = &first[0];
    let sums: Vec<_> = of_checking.sums.iter().map(|sum| (sum.day, sum.sum, sum.count)).collect();
    let expected = [(6, "-20", 1), (12, "69.50", 2), (27, "-1.50", 1)];
    assert_eq!(sums, expected.map(|(of, sum, count)| (day(of), decimal(sum), count)));
    assert_eq!(of_checking.told.len(), 3);
    let point =
        ToldBalance { as_of: day(20).start(), source: BalanceSource::Sync, balance: decimal("565.00") };
    assert_eq!(of_checking.told[2], point);
    assert_eq!((first[3].is_active, first[4].kind), (false, AccountKind::Brokerage));

    let days: Vec<i64> = (0..40).collect();
    let whole = worth(storage, &checking, day(0), &days).await;
    assert_eq!(whole.points[25].total, Some(decimal("537.00")), "565 - 40 + 12, of what counts");
    assert_eq!(whole.points[12].total, Some(decimal("544.75")), "569.50 + -34.75 + 10");
    for begin in [1, 5, 6, 7, 9, 10, 11, 12, 13, 20, 21, 24, 25, 26, 39] {
        let part = worth(storage, &checking, day(begin), &days[begin as usize..]).await;
        assert_eq!(part.points, whole.points[begin as usize..], "from day {begin}");
        let later: Vec<_> = whole.starts.iter().filter(|(_, of)| *of > day(begin)).copied().collect();
        assert_eq!(part.starts, later, "from day {begin}");
    }

    // A balance that a person stated for the end of a day counts where nobody told one of that day, whenever one begins.
    let morning = told(&checking, 30, "700");
    let stated = BalancePoint {
        source: BalanceSource::User,
        as_of: day(30).plus_days(1).start().plus(-chrono::TimeDelta::microseconds(1)),
        ..told(&checking, 30, "1")
    };
    let mut unit = begin(storage).await;
    unit.balances().record(&[morning, stated]).await.unwrap();
    unit.commit().await.unwrap();
    let whole = worth(storage, &checking, day(0), &days).await;
    for begin in [29, 30, 31, 39] {
        let part = worth(storage, &checking, day(begin), &days[begin as usize..]).await;
        assert_eq!(part.points, whole.points[begin as usize..], "from day {begin}");
    }
    let stranger = stored_user(storage).await.id;
    assert_eq!(storage.queries.account_records(stranger, at(0).day()).await.unwrap(), []);
}
