//! What issuers do, transfers, histories with a beginning that nobody told, and wash sales, with known answers.

use std::collections::HashMap;

use super::{
    vectors_tests::{
        History, OPTION, SHARE, account, closed, d, day, gain, open, security, trade, transaction,
    },
    *,
};

const OTHER: u128 = 3;

fn split(to: i64, from: i64) -> Action {
    Action::Split(UnitsCame::Ratio { to: Decimal::from(to), from: Decimal::from(from) })
}

fn bought() -> History {
    History::default().trade("2024-01-10", "100", "1000", "1").trade("2024-03-15", "50", "600", "1").trade(
        "2024-06-20",
        "30",
        "240",
        "1",
    )
}

#[test]
fn a_split_changes_units_and_no_cost() {
    let history = bought().on("2024-08-01", SHARE, split(2, 1)).trade("2024-09-01", "-240", "1800", "2");
    let lots = history.lots(LotMethod::Fifo);
    assert_eq!((gain(&lots), open(&lots).as_str()), (d("556.60"), "2: 60/360.6 · 3: 60/241"));
    assert_eq!(gain(&history.lots(LotMethod::Average)), d("569.3333333333"));

    // As many institutions tell it: so many units came.
    let told = bought().on("2024-08-01", SHARE, Action::Split(UnitsCame::Count(d("180"))));
    let lots = told.trade("2024-09-01", "-240", "1800", "2").lots(LotMethod::Fifo);
    assert_eq!((gain(&lots), open(&lots).as_str()), (d("556.60"), "2: 60/360.6 · 3: 60/241"));

    let reverse = bought().on("2024-08-01", SHARE, split(1, 10)).trade("2024-09-01", "-0.5", "50", "0");
    let lots = reverse.lots(LotMethod::Fifo);
    assert_eq!(closed(&lots), "1: 0.5, -0.05");
    assert_eq!(open(&lots), "1: 9.5/950.95 · 2: 5/601 · 3: 3/241");

    let in_lieu = History::default()
        .trade("2024-01-10", "101", "2020", "0")
        .on("2024-08-01", SHARE, split(3, 2))
        .trade("2024-08-01", "-0.5", "7.00", "0")
        .lots(LotMethod::Fifo);
    assert_eq!(
        (closed(&in_lieu).as_str(), open(&in_lieu).as_str()),
        ("1: 0.5, 0.3333333333", "1: 151/2013.3333333333")
    );
}

#[test]
fn capital_that_comes_back_is_no_gain_until_it_is_more_than_the_cost() {
    let back = |amount: &str| Action::ReturnOfCapital { amount: Some(d(amount)) };
    let once = History::default().trade("2024-01-10", "100", "500", "0").on("2024-03-01", SHARE, back("300"));
    assert_eq!(once.lots(LotMethod::Fifo).closed, []);
    let twice = once.on("2024-06-01", SHARE, back("250"));
    for method in [LotMethod::Fifo, LotMethod::Average] {
        let lots = twice.lots(method);
        assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("1: 0, 50", "1: 100/0"));
    }
}

#[test]
fn capital_of_which_nobody_knows_how_much_leaves_no_cost_that_is_known() {
    let back = Action::ReturnOfCapital { amount: None };
    let lots = bought().on("2024-08-01", SHARE, back).lots(LotMethod::Fifo);
    assert_eq!(open(&lots), "1: 100/unknown · 2: 50/unknown · 3: 30/unknown");
}

fn merger(gone: &str, units: &str) -> Action {
    Action::Merger { gone: d(gone), into: security(OTHER), units: d(units) }
}

#[test]
fn a_merger_keeps_the_cost_of_what_went_into_it() {
    let lots = bought().on("2024-08-01", SHARE, merger("180", "36")).lots(LotMethod::Fifo);
    assert_eq!(open(&lots), "1: 20/1001 · 2: 10/601 · 3: 6/241");
    assert!(lots.open.iter().all(|lot| lot.security == security(OTHER)));
    // Of what did not go, all is as before.
    let lots = bought().on("2024-08-01", SHARE, merger("120", "24")).lots(LotMethod::Fifo);
    assert_eq!(open(&lots), "2: 30/360.6 · 3: 30/241 · 1: 20/1001 · 2: 4/240.4");
    // What came for units that were never told of came all the same, and its cost is not known.
    let half = bought().on("2024-08-01", SHARE, merger("360", "72"));
    let lots = half.lots(LotMethod::Fifo);
    assert_eq!(open(&lots), "4: -180/unknown · 5: 36/unknown · 1: 20/1001 · 2: 10/601 · 3: 6/241");
    let none = History::default().on("2024-08-01", SHARE, merger("35", "7")).lots(LotMethod::Fifo);
    assert_eq!(open(&none), "1: -35/unknown · 2: 7/unknown");
    // Once it is told that none of the first are held, they were there before.
    let lots = with_openings(&half, LotMethod::Fifo, &[(SHARE, "0", None), (OTHER, "72", None)]);
    assert_eq!(open(&lots), "1: 36/unknown · 2: 20/1001 · 3: 10/601 · 4: 6/241");
}

fn transfer(units: &str) -> Action {
    Action::Transfer { units: d(units) }
}

#[test]
fn units_that_move_to_another_account_keep_their_cost_and_day() {
    let mut history = bought()
        .on("2024-07-01", SHARE, transfer("-120"))
        .on("2024-07-03", SHARE, transfer("120"))
        .on("2024-07-03", SHARE, transfer("5"));
    history.0[4].account = account(2);
    history.0[5].account = account(2);
    history.0 = pair_transfers(history.0);
    assert_eq!(history.0.len(), 5);
    let lots = LotKeeper::keep(&HashMap::new(), &history.0).unwrap();
    assert_eq!(open(&lots), "2: 30/360.6 · 3: 30/241 · 4: 5/unknown · 1: 100/1001 · 2: 20/240.4");
    assert_eq!((lots.closed.len(), lots.open[3].acquired), (0, Some(day("2024-01-10"))));

    // The nearest belong together, and what is too far away does not.
    let mut two = History::default()
        .on("2024-07-01", SHARE, transfer("-5"))
        .on("2024-07-11", SHARE, transfer("5"))
        .on("2024-07-04", SHARE, transfer("5"))
        .on("2024-07-22", SHARE, transfer("-5"));
    two.0[1].account = account(2);
    two.0[2].account = account(3);
    let paired = pair_transfers(two.0);
    assert_eq!(paired[0].action, Action::Moved { units: d("5"), to: account(3) });
    assert_eq!(paired.len(), 3);
}

#[test]
fn many_transfers_are_paired_at_once() {
    let mut history = History::default();
    for _ in 0..20_000 {
        history = history.on("2024-07-01", SHARE, transfer("-1")).on("2024-07-02", SHARE, transfer("1"));
    }
    for at in (1..history.0.len()).step_by(2) {
        history.0[at].account = account(2);
    }
    // More pairs than are looked at: what is left over stays what it is.
    assert!(pair_transfers(history.0).len() >= 20_000);
}

fn sold_put() -> History {
    History::default().on("2024-01-02", OPTION, trade("-1", "300", "0.65"))
}

fn delivered(contracts: &str, terms: Option<(&str, &str)>) -> Action {
    let terms = terms.map(|(units, strike)| (d(units), d(strike)));
    Action::Delivered { contracts: d(contracts), fees: Decimal::ZERO, terms }
}

#[test]
fn a_delivery_may_be_told_in_two() {
    let terms = Some(("100", "50"));
    let on = |history: History, gross: &str| {
        let history =
            history.on("2024-02-16", OPTION, delivered("1", terms)).trade("2024-02-19", "100", gross, "0");
        History(pair_deliveries(history.0)).lots(LotMethod::Fifo)
    };
    let assigned = on(sold_put(), "5000");
    assert_eq!((assigned.closed.len(), open(&assigned).as_str()), (0, "2: 100/4700.65"));
    assert_eq!(assigned.open[0].opened_by, Some(transaction(3)));
    // Another price: nobody knows what was for which.
    let other = on(sold_put(), "5100");
    assert_eq!((closed(&other).as_str(), open(&other).as_str()), ("1: 1, unknown", "2: 100/unknown"));
    // Neither do terms that nobody told, and a delivery that is not told.
    let history =
        sold_put().on("2024-02-16", OPTION, delivered("1", None)).trade("2024-02-16", "100", "5000", "0");
    let lots = History(pair_deliveries(history.0)).lots(LotMethod::Fifo);
    assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("1: 1, unknown", "2: 100/unknown"));
    let alone =
        sold_put().on("2024-02-16", OPTION, delivered("1", terms)).trade("2024-02-16", "7", "70", "0");
    let lots = History(pair_deliveries(alone.0)).lots(LotMethod::Fifo);
    assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("1: 1, unknown", "2: 7/70"));
}

#[test]
fn what_was_done_is_counted() {
    let mut keeper = LotKeeper::new(HashMap::new());
    let history = bought().on("2024-08-01", SHARE, split(2, 1));
    for happening in &history.0 {
        keeper.take(happening).unwrap();
    }
    assert_eq!(keeper.steps(), 4 + 3);
}

fn with_openings(history: &History, method: LotMethod, told: &[(u128, &str, Option<&str>)]) -> Lots {
    let methods = HashMap::from([(account(1), method)]);
    let told: Vec<ToldPosition> = told
        .iter()
        .map(|(of, units, basis)| ToldPosition {
            account: account(1),
            security: security(*of),
            currency: Currency::USD,
            day: day("2024-12-31"),
            units: d(units),
            basis: basis.map(d),
        })
        .collect();
    let mut all = history.0.clone();
    all.extend(openings(&methods, &history.0, &told));
    LotKeeper::keep(&methods, &all).unwrap()
}

/// What is missing, reckoned at once.
pub(super) fn openings(
    methods: &HashMap<AccountId, LotMethod>,
    happenings: &[Happening],
    told: &[ToldPosition],
) -> Vec<Happening> {
    let keep = |openings: &[Happening]| {
        let all: Vec<Happening> = happenings.iter().chain(openings).cloned().collect();
        LotKeeper::keep(methods, &all).unwrap()
    };
    let mut openings = Openings::new(happenings, &keep(&[]), told).unwrap();
    while !openings.is_done() {
        let lots = keep(openings.found());
        openings.learn(&lots).unwrap();
    }
    openings.found().to_vec()
}

#[test]
fn a_history_without_its_beginning_begins_with_what_is_missing() {
    // 60 of 100 units were sold that nobody saw coming; 40 and 50 bought since are there still, for 1001 in all.
    let history =
        History::default().trade("2024-03-01", "-60", "900", "0").trade("2024-04-01", "50", "601", "0");
    for (method, sold, left) in [
        (LotMethod::Fifo, "1: 60, 300", "1: 40/400 · 2: 50/601"),
        (LotMethod::Lifo, "1: 60, 300", "1: 40/400 · 2: 50/601"),
        (LotMethod::Average, "1: 60, 300", "1: 40/444.8888888889 · 2: 50/556.1111111111"),
    ] {
        let lots = with_openings(&history, method, &[(SHARE, "90", Some("1001"))]);
        assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), (sold, left), "{method:?}");
        assert!(lots.closed[0].is_opening && lots.closed[0].term().is_none());
    }
    // Without a cost that is told, or with nothing of it left, the cost is not known.
    for told in [("90", None), ("50", Some("601"))] {
        let lots = with_openings(&history, LotMethod::Fifo, &[(SHARE, told.0, told.1)]);
        assert_eq!(lots.closed[0].gain, None, "{told:?}");
    }
    // A position of which nothing else is told is what it is told to be.
    let lots = with_openings(&history, LotMethod::Fifo, &[(OTHER, "-7", Some("70"))]);
    assert_eq!(open(&lots).split(" · ").last(), Some("2: -7/70"));
    // Less is held than is known to have come: nobody knows when the rest went.
    let lots = with_openings(&bought(), LotMethod::Fifo, &[(SHARE, "100", Some("1001"))]);
    assert_eq!(open(&lots), "1: 100/1001 · 2: 50/601 · 3: 30/241");
    // The same of what came for something else, and of what is there without having come by itself.
    let merged = bought().on("2024-08-01", SHARE, merger("180", "36"));
    let lots = with_openings(&merged, LotMethod::Fifo, &[(OTHER, "30", Some("1500"))]);
    assert_eq!(open(&lots), "1: 20/1001 · 2: 10/601 · 3: 6/241");
}

#[test]
fn what_is_missing_is_counted_as_it_was_before_splits() {
    let history = History::default()
        .trade("2024-01-10", "100", "1000", "0")
        .on("2024-02-01", SHARE, split(4, 1))
        .trade("2024-03-01", "-40", "100", "0");
    let lots = with_openings(&history, LotMethod::Fifo, &[(SHARE, "400", Some("1020"))]);
    // 10 units before the split became 40, which are the ones that went; nothing of them is left to tell their cost.
    assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("1: 40, unknown", "2: 400/1000"));
    let lots = with_openings(&history, LotMethod::Lifo, &[(SHARE, "400", Some("1020"))]);
    assert_eq!((closed(&lots).as_str(), open(&lots).as_str()), ("2: 40, 0", "1: 40/120 · 2: 360/900"));
}

#[test]
fn a_loss_before_the_same_is_bought_again_may_not_count_yet() {
    let wash = |history: &History| wash_sales(&history.lots(LotMethod::Fifo)).unwrap();
    let sold = || {
        History::default().trade("2024-03-01", "100", "5000", "0").trade("2024-03-20", "-100", "4000", "0")
    };
    let again = sold().trade("2024-04-10", "60", "2520", "0");
    let [found] = &wash(&again)[..] else { panic!() };
    assert_eq!((found.units, found.disallowed), (d("60"), d("600")));
    assert_eq!((found.basis, found.held_since), (Some(d("3120")), Some(day("2024-03-22"))));

    let late = History::default()
        .trade("2024-03-01", "100", "5000", "0")
        .trade("2024-03-20", "-100", "4000", "0")
        .trade("2024-04-20", "60", "2520", "0");
    assert_eq!(wash(&late), []);

    let short = History::default()
        .trade("2024-03-01", "-100", "4000", "0")
        .trade("2024-03-20", "100", "4800", "0")
        .trade("2024-04-01", "-100", "4700", "0");
    let [found] = &wash(&short)[..] else { panic!() };
    assert_eq!((found.disallowed, found.basis), (d("800"), Some(d("3900"))));

    // What was there before, or came from elsewhere, was not bought again.
    let came = sold().on("2024-04-10", SHARE, transfer("60"));
    assert_eq!(wash(&came), []);
    let opening = Action::Opening { units: d("60"), basis: Some(d("6000")) };
    let before = History::default().on("2024-03-15", SHARE, opening).trade("2024-03-20", "-10", "400", "0");
    assert_eq!(wash(&before), []);

    // What was bought before and went with the same sale replaces nothing; what is kept of it does.
    let two = History::default().trade("2024-03-01", "10", "100", "0").trade("2024-03-05", "10", "100", "0");
    assert_eq!(wash(&two.trade("2024-03-20", "-20", "150", "0")), []);
    let two = History::default().trade("2024-03-01", "10", "100", "0").trade("2024-03-05", "10", "100", "0");
    let found = wash(&two.trade("2024-03-20", "-14", "105", "0"));
    assert_eq!(found.iter().map(|found| found.units).collect::<Vec<_>>(), [d("6")]);
}

#[test]
fn figures_that_are_too_large_are_an_answer() {
    let huge = Decimal::MAX.to_string();
    let history =
        History::default().trade("2024-03-01", &huge, "1", "0").trade("2024-03-02", &huge, "1", "0");
    assert!(LotKeeper::keep(&HashMap::new(), &history.0).is_err());
    assert_eq!(history.0[1].transaction, Some(transaction(2)));
    assert!(matches!(trade("1", "1", "0"), Action::Trade { .. }));
}
