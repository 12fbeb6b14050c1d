//! Recurring streams, against known answers.

use uuid::Uuid;

use super::*;
use crate::{
    id::{StreamId, UserId},
    ledger::recurring::{StreamMark, marked},
    money::exact_decimal,
    time::Timestamp,
};

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn row(number: usize, on: Day, amount: &str, name: &str) -> StreamRow {
    StreamRow {
        id: TransactionId(Uuid::from_u128(number as u128 + 1)),
        account: ACCOUNT,
        day: on,
        amount: exact_decimal(amount).unwrap(),
        currency: Currency::USD,
        description: name.to_owned(),
        merchant: None,
        category: None,
    }
}

/// Rows on these days; the last amount is that of all days that are left.
fn rows(days: &[&str], amounts: &[&str]) -> Vec<StreamRow> {
    let amount = |at: usize| amounts[at.min(amounts.len() - 1)];
    days.iter().enumerate().map(|(at, on)| row(at, day(on), amount(at), "ACME 0042")).collect()
}

fn one(days: &[&str], amounts: &[&str], today: &str) -> Option<Stream> {
    let mut found = streams(&rows(days, amounts), day(today));
    assert!(found.len() < 2, "{found:?}");
    found.pop()
}

/// Cadence, status, next day, and what the price changed by.
type Answer = (Cadence, StreamStatus, &'static str, Option<i64>);
/// Days, amounts, today, and the answer.
type Known = (&'static [&'static str], &'static [&'static str], &'static str, Answer);

#[test]
fn streams_with_known_answers() {
    use StreamStatus::{EarlyDetection, Mature};
    let known: [Known; 12] = [
        // R1: a salary, twice a month.
        (
            &["2022-02-28", "2022-03-15", "2022-03-31", "2022-04-15", "2022-04-30"],
            &["750", "750", "750", "750", "1000"],
            "2022-05-01",
            (Cadence::SemiMonthly, Mature, "2022-05-15", Some(333)),
        ),
        // R2: a bill that rises.
        (
            &["2022-02-04", "2022-03-03", "2022-04-04", "2022-05-02"],
            &["-70", "-80", "-90", "-100"],
            "2022-05-03",
            (Cadence::Monthly, Mature, "2022-06-03", Some(-250)),
        ),
        // R3: once a year.
        (
            &["2022-01-23", "2023-01-22"],
            &["-120"],
            "2023-02-01",
            (Cadence::Annually, Mature, "2024-01-22", None),
        ),
        // R4: each week, a day off.
        (
            &["2026-01-05", "2026-01-12", "2026-01-20", "2026-01-26", "2026-02-02"],
            &["-9"],
            "2026-02-03",
            (Cadence::Weekly, Mature, "2026-02-09", None),
        ),
        // R5: every other Friday.
        (
            &[
                "2026-01-02",
                "2026-01-16",
                "2026-01-30",
                "2026-02-13",
                "2026-02-27",
                "2026-03-13",
                "2026-03-27",
            ],
            &["1500"],
            "2026-03-28",
            (Cadence::Biweekly, Mature, "2026-04-10", None),
        ),
        // R6: the last day of each month.
        (
            &["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"],
            &["-15"],
            "2026-05-01",
            (Cadence::Monthly, Mature, "2026-05-31", None),
        ),
        // R7: a subscription that costs more.
        (
            &["2026-01-02", "2026-02-02", "2026-03-02", "2026-04-01", "2026-05-01"],
            &["-15", "-15", "-15", "-15", "-17"],
            "2026-05-02",
            (Cadence::Monthly, Mature, "2026-06-02", Some(-133)),
        ),
        // R8: one is missing.
        (
            &["2026-01-10", "2026-02-10", "2026-04-10", "2026-05-10"],
            &["-20"],
            "2026-05-11",
            (Cadence::Monthly, Mature, "2026-06-10", None),
        ),
        // R11: the end of each quarter.
        (
            &["2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31"],
            &["51", "51", "51", "53"],
            "2026-01-02",
            (Cadence::Quarterly, Mature, "2026-03-31", Some(39)),
        ),
        // R12: twice only.
        (
            &["2026-04-03", "2026-05-04"],
            &["-12.50"],
            "2026-05-05",
            (Cadence::Monthly, EarlyDetection, "2026-06-03", None),
        ),
        // R14: put off by weekends into the next month.
        (
            &["2026-01-30", "2026-03-02", "2026-03-30", "2026-04-30", "2026-06-01"],
            &["-800"],
            "2026-06-02",
            (Cadence::Monthly, Mature, "2026-06-30", None),
        ),
        // R15: it is due.
        (
            &["2026-01-10", "2026-02-10", "2026-03-10"],
            &["-30"],
            "2026-04-20",
            (Cadence::Monthly, Mature, "2026-04-10", None),
        ),
    ];
    for (days, amounts, today, (cadence, status, next, price)) in known {
        let stream = one(days, amounts, today).unwrap_or_else(|| panic!("{days:?}"));
        assert_eq!((stream.cadence, stream.status), (cadence, status), "{days:?}");
        assert_eq!((stream.next, stream.price_change), (Some(day(next)), price), "{days:?}");
        assert_eq!((stream.first, stream.last), (day(days[0]), day(days[days.len() - 1])));
        assert_eq!(stream.transactions.len(), days.len());
        assert!(stream.is_active && (0..=1000).contains(&stream.confidence));
    }
}

#[test]
fn what_a_stream_tells_beside_its_days() {
    let bill = one(
        &["2022-02-04", "2022-03-03", "2022-04-04", "2022-05-02"],
        &["-70", "-80", "-90", "-100"],
        "2022-05-03",
    );
    let bill = bill.unwrap();
    assert_eq!((bill.average, bill.last_amount), (Decimal::from(-85), Decimal::from(-100)));
    assert_eq!(bill.amount_before, Decimal::from(-90));
    assert_eq!((bill.amount, bill.events), (StreamAmount::Varying, vec![StreamEvent::PriceChanged]));
    let missing =
        one(&["2026-01-10", "2026-02-10", "2026-04-10", "2026-05-10"], &["-20"], "2026-05-11").unwrap();
    assert_eq!((missing.missed, missing.amount), (1, StreamAmount::Fixed));
    // R9: it has ended.
    let ended = one(&["2025-06-10", "2025-07-10", "2025-08-10"], &["-20"], "2026-05-11").unwrap();
    assert_eq!((ended.status, ended.is_active), (StreamStatus::Mature, false));
    assert_eq!(ended.events, [StreamEvent::Late, StreamEvent::Ended]);
    // R15.
    let late = one(&["2026-01-10", "2026-02-10", "2026-03-10"], &["-30"], "2026-04-20").unwrap();
    assert_eq!(late.events, [StreamEvent::Late]);
    let early = one(&["2026-04-03", "2026-05-04"], &["-12.50"], "2026-05-05").unwrap();
    assert_eq!(early.events, [StreamEvent::New]);
    let gone = one(&["2026-04-03", "2026-05-04"], &["-12.50"], "2026-07-05").unwrap();
    assert_eq!(gone.status, StreamStatus::Tombstoned);
}

#[test]
fn what_comes_by_chance_is_none() {
    // R10: groceries.
    let days = ["2026-01-02", "2026-01-05", "2026-01-17", "2026-01-19", "2026-02-09"];
    assert_eq!(one(&days, &["-31", "-12.40", "-77.10", "-8", "-45"], "2026-02-10"), None);
    // R13: twice, and nothing like each other.
    assert_eq!(one(&["2026-04-03", "2026-05-04"], &["-12.50", "-40"], "2026-05-05"), None);
    assert_eq!(one(&["2026-04-03"], &["-12.50"], "2026-05-05"), None);
    // A refund is another direction, and what says nothing comes from anybody.
    let mut rows = rows(&["2026-01-10", "2026-02-10", "2026-03-10"], &["-30"]);
    rows[1].amount = Decimal::from(30);
    assert!(streams(&rows, day("2026-03-11")).iter().all(|stream| stream.status != StreamStatus::Mature));
    rows[1].amount = Decimal::from(-30);
    assert_eq!(streams(&rows, day("2026-03-11")).len(), 1);
    rows.iter_mut().for_each(|row| row.description = "0042".to_owned());
    assert_eq!(streams(&rows, day("2026-03-11")), []);
}

#[test]
fn two_subscriptions_of_one_merchant_are_two_and_ids_stay() {
    let mut both = rows(&["2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10"], &["-5"]);
    let other = rows(&["2026-01-23", "2026-02-23", "2026-03-23", "2026-04-23"], &["-40"]);
    let alone: Vec<StreamId> = streams(&both, day("2026-04-24")).iter().map(|stream| stream.id).collect();
    assert_eq!(alone.len(), 1);
    both.extend(
        other.into_iter().enumerate().map(|(at, of)| StreamRow { id: row(at + 9, of.day, "1", "").id, ..of }),
    );
    let found = streams(&both, day("2026-04-24"));
    let averages: Vec<Decimal> = found.iter().map(|stream| stream.average).collect();
    assert_eq!(averages, [Decimal::from(-5), Decimal::from(-40)]);
    both.reverse();
    assert_eq!(streams(&both, day("2026-04-24")), found);
    // More of it changes no id.
    both.push(row(99, day("2026-05-10"), "-5", "ACME 0043"));
    let ids = |streams: &[Stream]| {
        let mut ids: Vec<StreamId> = streams.iter().map(|stream| stream.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(&streams(&both, day("2026-05-11"))), ids(&found));
}

/// What a person said stays with its stream whatever else comes beside it, and when it becomes dearer; of two streams of
/// one merchant each keeps its own.
#[test]
fn what_is_said_of_a_stream_stays_with_it() {
    let days = ["2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10", "2026-05-10"];
    let today = day("2026-05-11");
    let cheap = rows(&days, &["-2.99"]);
    let alone = streams(&cheap, today).remove(0);
    let now = Timestamp::parse("2026-05-11T12:00:00Z").unwrap();
    let said = StreamMark::new(&alone, UserId(Uuid::nil()), now);
    let mark_of = |rows: &[StreamRow], average: &str| {
        let all = marked(streams(rows, today), vec![said.clone()]);
        let found = all.into_iter().find(|(stream, _)| stream.average == exact_decimal(average).unwrap());
        let (stream, mark) = found.unwrap();
        mark.map(|mark| (stream.id, mark.id))
    };
    let kept = Some((said.id, said.id));
    for other in ["-0.50", "-10.00", "-250.00"] {
        let mut more = cheap.clone();
        more.push(row(50, day("2026-03-20"), other, "ACME 0042"));
        assert_eq!(mark_of(&more, "-2.99"), kept, "beside {other}");
    }
    let mut both = cheap.clone();
    let later = ["2026-01-23", "2026-02-23", "2026-03-23", "2026-04-23"];
    both.extend(later.iter().zip(70..).map(|(on, at)| row(at, day(on), "-9.99", "ACME 0042")));
    assert_eq!((mark_of(&both, "-2.99"), mark_of(&both, "-9.99")), (kept, None));
    assert_eq!(mark_of(&rows(&days, &["-3.99"]), "-3.99"), kept, "it became dearer");
    assert_eq!(mark_of(&rows(&days, &["-29.90"]), "-29.9"), None, "that is another one");
}
