//! Purchases, sales, short sales and options with known answers.

use std::collections::HashMap;

use uuid::Uuid;

use super::*;

pub(super) const SHARE: u128 = 1;
pub(super) const OPTION: u128 = 2;

pub(super) fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(super) fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}

pub(super) fn security(n: u128) -> SecurityId {
    SecurityId(Uuid::from_u128(n))
}

pub(super) fn transaction(n: u128) -> TransactionId {
    TransactionId(Uuid::from_u128(n))
}

/// A history of one account, of which each happening has a transaction of its own: 1, 2, 3 …
#[derive(Default)]
pub(super) struct History(pub(super) Vec<Happening>);

impl History {
    pub(super) fn on(mut self, on: &str, of: u128, action: Action) -> Self {
        let transaction = Some(transaction(self.0.len() as u128 + 1));
        self.0.push(Happening {
            account: account(1),
            security: security(of),
            currency: Currency::USD,
            day: day(on),
            at: None,
            transaction,
            action,
        });
        self
    }

    pub(super) fn trade(self, on: &str, units: &str, gross: &str, fees: &str) -> Self {
        self.on(on, SHARE, trade(units, gross, fees))
    }

    pub(super) fn lots(&self, method: LotMethod) -> Lots {
        LotKeeper::keep(&HashMap::from([(account(1), method)]), &self.0).unwrap()
    }
}

pub(super) fn trade(units: &str, gross: &str, fees: &str) -> Action {
    Action::Trade { units: d(units), gross: Some(d(gross)), fees: d(fees), picks: Vec::new() }
}

/// Three purchases: 100 for 1001, 50 for 601, 30 for 241.
fn bought() -> History {
    History::default().trade("2024-01-10", "100", "1000", "1").trade("2024-03-15", "50", "600", "1").trade(
        "2024-06-20",
        "30",
        "240",
        "1",
    )
}

/// What was gained in all.
pub(super) fn gain(lots: &Lots) -> Decimal {
    lots.closed.iter().map(|closing| closing.gain.unwrap()).sum()
}

pub(super) fn text(amount: Option<Decimal>) -> String {
    amount.map_or("unknown".to_owned(), |amount| amount.normalize().to_string())
}

/// What is held, as `lot: units/basis`.
pub(super) fn open(lots: &Lots) -> String {
    let said = |lot: &Lot| format!("{}: {}/{}", lot.number, lot.units.normalize(), text(lot.basis));
    lots.open.iter().map(said).collect::<Vec<_>>().join(" · ")
}

/// What is gone, as `lot: units, gain`.
pub(super) fn closed(lots: &Lots) -> String {
    let said = |gone: &Closing| format!("{}: {}, {}", gone.lot, gone.units.normalize(), text(gone.gain));
    lots.closed.iter().map(said).collect::<Vec<_>>().join(" · ")
}

#[test]
fn each_method_takes_its_lots() {
    let history = bought().trade("2024-09-01", "-120", "1800", "2");
    for (method, gone, gains, left) in [
        (
            LotMethod::Fifo,
            "1: 100, 497.3333333333 · 2: 20, 59.2666666667",
            "556.60",
            "2: 30/360.6 · 3: 30/241",
        ),
        (
            LotMethod::Lifo,
            "3: 30, 208.5 · 2: 50, 148.1666666667 · 1: 40, 198.9333333333",
            "555.60",
            "1: 60/600.6",
        ),
        (
            LotMethod::Hifo,
            "2: 50, 148.1666666667 · 1: 70, 348.1333333333",
            "496.30",
            "1: 30/300.3 · 3: 30/241",
        ),
        (LotMethod::Lofo, "3: 30, 208.5 · 1: 90, 447.6", "656.10", "1: 10/100.1 · 2: 50/601"),
    ] {
        let lots = history.lots(method);
        assert_eq!(closed(&lots), gone, "{method:?}");
        assert_eq!((gain(&lots), open(&lots).as_str()), (d(gains), left), "{method:?}");
    }
    let days: Vec<_> = history.lots(LotMethod::Fifo).closed.iter().map(Closing::days).collect();
    assert_eq!(days, [Some(235), Some(170)]);

    let average = history.lots(LotMethod::Average);
    assert_eq!(gain(&average), d("569.3333333333"));
    assert_eq!(average.closed.iter().map(|gone| gone.units).collect::<Vec<_>>(), [d("100"), d("20")]);
    assert_eq!(average.closed.iter().map(|gone| gone.basis.unwrap()).sum::<Decimal>(), d("1228.6666666667"));
    assert_eq!(average.open.iter().map(|lot| lot.basis.unwrap()).sum::<Decimal>(), d("614.3333333333"));
}

#[test]
fn a_sale_may_name_its_lots() {
    let mut history = bought();
    let picks = vec![
        Pick { opened_by: transaction(2), units: d("50") },
        Pick { opened_by: transaction(1), units: d("70") },
    ];
    let sale = |picks| Action::Trade { units: d("-120"), gross: Some(d("1800")), fees: d("2"), picks };
    history = history.on("2024-09-01", SHARE, sale(picks));
    let lots = history.lots(LotMethod::Specific);
    assert_eq!((gain(&lots), open(&lots).as_str()), (d("496.30"), "1: 30/300.3 · 3: 30/241"));
    // Other methods do not ask, and what names no lot that is there takes the oldest.
    assert_eq!(gain(&history.lots(LotMethod::Fifo)), d("556.60"));
    let of_none = vec![Pick { opened_by: transaction(99), units: d("120") }];
    let lots = bought().on("2024-09-01", SHARE, sale(of_none)).lots(LotMethod::Specific);
    assert_eq!(gain(&lots), d("556.60"));
}

#[test]
fn short_positions_are_lots_too() {
    let short =
        History::default().trade("2024-01-02", "-100", "5000", "1").trade("2024-02-02", "60", "2700", "0.60");
    let lots = short.lots(LotMethod::Fifo);
    assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("1: 60, 298.8", "1: -40/1999.6"));
    assert_eq!(lots.closed[0].term(), Some(Term::Short));
    let lots = short.trade("2024-03-02", "100", "4000", "1").lots(LotMethod::Fifo);
    assert_eq!((gain(&lots), open(&lots).as_str()), (d("698.00"), "2: 60/2400.6"));

    let beyond = History::default()
        .trade("2024-01-02", "10", "100", "0")
        .trade("2024-01-03", "-15", "165", "3")
        .lots(LotMethod::Fifo);
    assert_eq!((closed(&beyond).as_str(), open(&beyond).as_str()), ("1: 10, 8", "2: -5/54"));
}

#[test]
fn the_average_is_one_of_all_units() {
    let lots = History::default()
        .trade("2024-01-02", "3", "30", "0")
        .trade("2024-01-03", "4", "44", "0")
        .trade("2024-01-04", "-5", "60", "0")
        .lots(LotMethod::Average);
    assert_eq!(gain(&lots), d("7.1428571429"));
    assert_eq!(open(&lots), "2: 2/21.1428571429");
}

#[test]
fn a_dividend_that_is_reinvested_is_a_purchase() {
    let lots = History::default()
        .trade("2024-01-02", "10", "100", "0")
        .trade("2024-04-01", "0.25", "3.00", "0")
        .trade("2025-01-03", "-10.25", "133.25", "0")
        .lots(LotMethod::Fifo);
    let held: Vec<_> =
        lots.closed.iter().map(|gone| (gone.gain.unwrap(), gone.days(), gone.term())).collect();
    assert_eq!(held, [(d("30"), Some(367), Some(Term::Long)), (d("0.25"), Some(277), Some(Term::Short))]);
    assert_eq!(gain(&lots), d("30.25"));
}

fn exercise(contracts: &str, units: &str, gross: &str) -> Action {
    Action::Exercise {
        contracts: d(contracts),
        underlying: security(SHARE),
        units: d(units),
        gross: Some(d(gross)),
        fees: Decimal::ZERO,
    }
}

#[test]
fn what_an_option_cost_or_brought_goes_into_what_it_delivers() {
    let expired = History::default().on("2024-01-02", OPTION, trade("-2", "600", "1.30")).on(
        "2024-02-16",
        OPTION,
        trade("2", "0", "0"),
    );
    assert_eq!(closed(&expired.lots(LotMethod::Fifo)), "1: 2, 598.7");

    let put_assigned = History::default()
        .on("2024-01-02", OPTION, trade("-1", "300", "0.65"))
        .on("2024-02-16", OPTION, exercise("1", "100", "5000"))
        .lots(LotMethod::Fifo);
    assert_eq!((put_assigned.closed.len(), open(&put_assigned).as_str()), (0, "2: 100/4700.65"));

    let call_exercised = History::default()
        .on("2024-01-02", OPTION, trade("1", "250", "0.65"))
        .on("2024-02-16", OPTION, exercise("-1", "100", "5000"))
        .lots(LotMethod::Fifo);
    assert_eq!((call_exercised.closed.len(), open(&call_exercised).as_str()), (0, "2: 100/5250.65"));

    let call_assigned = History::default()
        .trade("2024-01-02", "100", "4800", "0")
        .on("2024-01-02", OPTION, trade("-1", "200", "0.65"))
        .on("2024-02-16", OPTION, exercise("1", "-100", "5000"))
        .lots(LotMethod::Fifo);
    assert_eq!(call_assigned.closed[0].proceeds, Some(d("5199.35")));
    assert_eq!(gain(&call_assigned), d("399.35"));

    // An option nobody told of cost nobody knows what.
    let unknown = History::default().on("2024-02-16", OPTION, exercise("1", "100", "5000"));
    assert_eq!(open(&unknown.lots(LotMethod::Fifo)), "1: 100/unknown");
}

#[test]
fn what_is_not_known_is_never_zero() {
    let gift = Action::Trade { units: d("10"), gross: None, fees: d("0"), picks: Vec::new() };
    let history = History::default()
        .on("2024-01-02", SHARE, gift)
        .trade("2024-01-03", "10", "100", "0")
        .trade("2024-01-04", "-15", "300", "0");
    let lots = history.lots(LotMethod::Fifo);
    assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("1: 10, unknown · 2: 5, 50", "2: 5/50"));
    // The average of what is not known is not known; by cost it goes last.
    assert!(history.lots(LotMethod::Average).closed.iter().all(|gone| gone.gain.is_none()));
    assert_eq!(open(&history.lots(LotMethod::Hifo)), "1: 5/unknown");
    // Money of another currency tells no cost of these lots.
    let mut mixed = History::default().trade("2024-01-02", "1", "1", "0").trade("2024-01-03", "1", "1", "0");
    mixed.0[1].currency = Currency::EUR;
    assert_eq!(open(&mixed.lots(LotMethod::Fifo)), "1: 1/1 · 2: 1/unknown");
}

#[test]
fn a_fee_in_units_is_a_sale_of_them() {
    let lots = History::default()
        .trade("2024-01-02", "1.5", "60000", "0")
        .trade("2024-01-03", "-0.003", "123", "0")
        .lots(LotMethod::Fifo);
    assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("1: 0.003, 3", "1: 1.497/59880"));
}
