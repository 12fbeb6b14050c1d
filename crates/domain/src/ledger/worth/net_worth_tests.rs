//! The net worth, against known answers.

use uuid::Uuid;

use super::*;
use crate::{
    ledger::BalanceSource,
    ledger::worth::{FxRate, RateSource},
};

fn day(of: u32) -> Day {
    Day::new(2026, 11, of).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn id(of: u128) -> AccountId {
    AccountId(Uuid::from_u128(of))
}

fn told(of: u32, balance: &str) -> ToldBalance {
    ToldBalance { as_of: day(of).start(), source: BalanceSource::Sync, balance: decimal(balance) }
}

fn account(of: u128, currency: &str, told: &[ToldBalance]) -> AccountRecord {
    AccountRecord {
        account: id(of),
        kind: AccountKind::Checking,
        is_counted: true,
        same_as: None,
        currency: currency.parse().unwrap(),
        is_active: true,
        told: told.to_vec(),
        sums: Vec::new(),
    }
}

fn book() -> RateBook {
    let of = |quote: &str, rate| {
        let pair = (Currency::EUR, quote.parse().unwrap());
        FxRate::new(pair, day(27), decimal(rate), RateSource::EcbCsv).unwrap()
    };
    [of("USD", "1.0865"), of("JPY", "163.42"), of("GBP", "0.8351")].into_iter().collect()
}

fn ask(records: &[AccountRecord], days: &[u32], currency: Currency, strict: bool) -> NetWorth {
    let days: Vec<Day> = days.iter().map(|of| day(*of)).collect();
    net_worth(records, &days, NetWorthTerms { currency, strict }, &book())
}

fn four_currencies() -> Vec<AccountRecord> {
    let balances = [("EUR", "1000.00"), ("USD", "-250.50"), ("JPY", "30000"), ("GBP", "12.34")];
    let records = (1..).zip(balances);
    records.map(|(of, (currency, balance))| account(of, currency, &[told(1, balance)])).collect()
}

#[test]
fn the_known_answer_comes_out_to_the_last_digit() {
    let mut records = four_currencies();
    records[1].kind = AccountKind::CreditCard;
    for (currency, total, shown) in
        [("EUR", "967.7959012637", "967.80"), ("USD", "1051.5102467229", "1051.51")]
    {
        let currency: Currency = currency.parse().unwrap();
        // Month ends on a Sunday use the rates of the Friday before.
        for point in ask(&records, &[27, 28, 29], currency, true).points {
            assert_eq!(point.total, Some(decimal(total)), "{}", point.day);
            assert_eq!(currency.shown(point.total.unwrap()).to_string(), shown);
            assert!(point.conversions.iter().all(|(_, of)| of.rate_day == Some(day(27))));
            let of_kinds: Decimal = point.by_kind.iter().map(|(_, amount)| amount).sum();
            assert_eq!(of_kinds, decimal(total));
        }
    }
    let point = ask(&records, &[29], Currency::EUR, true).points.remove(0);
    assert_eq!(point.by_kind[1], (AccountKind::CreditCard, decimal("-230.5568338702")));
    let own: Vec<String> = point.by_currency.iter().map(|(of, sum)| format!("{sum} {of}")).collect();
    assert_eq!(own, ["1000.00 EUR", "12.34 GBP", "30000 JPY", "-250.50 USD"]);
}

#[test]
fn what_has_no_rate_is_told_and_not_guessed() {
    let mut records = four_currencies();
    records.push(account(5, "CHF", &[told(1, "7")]));
    records.push(account(6, "CHF", &[told(1, "1")]));
    let loose = ask(&records, &[29], Currency::EUR, false).points.remove(0);
    assert_eq!(loose.total, Some(decimal("967.7959012637")));
    assert_eq!(loose.unconverted, [("CHF".parse().unwrap(), decimal("8"))]);
    assert_eq!(loose.missing, [(id(5), MissingReason::NoRate), (id(6), MissingReason::NoRate)]);
    assert!(loose.by_currency.contains(&("CHF".parse().unwrap(), decimal("8"))));
    assert_eq!(ask(&records, &[29], Currency::EUR, true).points[0].total, None);
    // Eight days before there is no rate at all, and euros need none.
    let early = ask(&four_currencies(), &[20], Currency::EUR, false).points.remove(0);
    assert_eq!((early.total, early.missing.len()), (Some(decimal("1000.00")), 3));
}

#[test]
fn accounts_begin_and_end() {
    let mut checking = account(1, "EUR", &[told(10, "100")]);
    checking.sums = vec![DaySum { day: day(5), sum: decimal("40"), count: 1 }];
    let late = account(2, "EUR", &[told(12, "7")]);
    let gone = AccountRecord { is_active: false, ..account(3, "EUR", &[told(2, "1000")]) };
    let securities = AccountRecord { kind: AccountKind::Brokerage, ..account(4, "EUR", &[told(3, "50")]) };
    let silent = account(5, "EUR", &[]);
    let gone_and_silent = AccountRecord { is_active: false, ..account(6, "EUR", &[]) };
    let records = [checking, late, gone, securities, silent, gone_and_silent];
    let worth = ask(&records, &[1, 2, 3, 4, 11, 12], Currency::EUR, false);
    let totals: Vec<Option<Decimal>> = worth.points.iter().map(|point| point.total).collect();
    assert_eq!(totals, ["0", "1000", "50", "110", "100", "107"].map(|total| Some(decimal(total))));
    assert_eq!(worth.starts, [(id(1), day(4)), (id(2), day(12)), (id(3), day(2)), (id(4), day(3))]);
    assert_eq!(worth.ends, [(id(3), day(2))]);
    assert_eq!(worth.points[0].missing, [(id(5), MissingReason::NoBalance)]);
    let last = [(id(4), MissingReason::StaleValue), (id(5), MissingReason::NoBalance)];
    assert_eq!(worth.points[5].missing, last);
    assert!(ask(&records, &[4], Currency::EUR, true).points[0].total.is_none());
    assert_eq!(ask(&records, &[], Currency::EUR, true).points, []);
}

#[test]
fn what_lies_in_a_gap_is_an_estimate_and_what_is_too_large_is_named() {
    let jump = account(1, "EUR", &[told(1, "100"), told(9, "300")]);
    let worth = ask(&[jump], &[5, 9], Currency::EUR, false);
    assert_eq!(worth.points.iter().map(|point| point.is_estimated).collect::<Vec<_>>(), [true, false]);
    let most = [1, 2].map(|of| {
        let told = ToldBalance { balance: Decimal::MAX, ..told(1, "1") };
        account(of, "EUR", &[told])
    });
    let point = ask(&most, &[5], Currency::EUR, false).points.remove(0);
    assert_eq!((point.total, point.missing), (Some(Decimal::MAX), vec![(id(2), MissingReason::TooLarge)]));
}
