//! Tests of the pairing: known answers, and laws that hold whatever the rows.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ledger::sample::transaction;
use crate::{ledger::TransactionStatus, money::exact_decimal, time::Timestamp};

fn at() -> Timestamp {
    Timestamp::parse("2026-03-20T08:00:00Z").unwrap()
}

fn day(of: u32) -> Day {
    Day::new(2026, 3, of).unwrap()
}

fn row(id: u128, status: TransactionStatus, amount: &str, text: &str, on: u32) -> Transaction {
    Transaction {
        id: TransactionId(Uuid::from_u128(id)),
        source_id: format!("s{id}"),
        day: day(on),
        amount: exact_decimal(amount).unwrap(),
        description: text.to_owned(),
        status,
        created_at: at(),
        updated_at: at(),
        ..transaction()
    }
}

fn pending(id: u128, amount: &str, text: &str, on: u32) -> Transaction {
    row(id, TransactionStatus::Pending, amount, text, on)
}

fn posted(id: u128, amount: &str, text: &str, on: u32) -> Transaction {
    row(id, TransactionStatus::Posted, amount, text, on)
}

fn gone(rows: Vec<Transaction>) -> Vec<(Transaction, Standing)> {
    rows.into_iter().map(|row| (row, Standing::Gone)).collect()
}

fn decide(pending: &[(Transaction, Standing)], posted: &[Transaction]) -> Outcome {
    Matching::new(pending, &[], posted, |_| true).decide(&Decided::default(), day(20))
}

fn ids(pairs: &[Pair]) -> Vec<(u128, u128)> {
    pairs.iter().map(|pair| (pair.from.0.as_u128(), pair.to.0.as_u128())).collect()
}

/// The one pair of a pending row and a posted one, and whether it was applied.
fn only(pending: Transaction, standing: Standing, posted: Transaction) -> Option<(Pair, bool)> {
    let found = decide(&[(pending, standing)], &[posted]);
    match (&found.applied[..], &found.suggested[..]) {
        ([], []) => None,
        ([pair], []) => Some((*pair, true)),
        ([], [pair]) => Some((*pair, false)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pairs_with_known_answers() {
    use Standing::{Gone, Listed, Unknown};
    type Row = (&'static str, &'static str, u32);
    type Answer = Option<([i64; 3], i64, Tier, bool)>;
    let vectors: [(&str, Row, Standing, Row, Answer); 15] = [
        (
            "M1",
            ("-12.50", "CORNER CAFE", 1),
            Gone,
            ("-12.50", "CORNER CAFE", 2),
            Some(([1000, 1000, 900], 980, Tier::Exact, true)),
        ),
        (
            "M2",
            ("-50.00", "BISTRO 21", 1),
            Gone,
            ("-60.00", "BISTRO 21 ANYTOWN US", 2),
            Some(([1000, 334, 900], 647, Tier::Adjusted, true)),
        ),
        (
            "M3",
            ("-50.00", "BISTRO 21", 1),
            Listed,
            ("-60.00", "BISTRO 21 ANYTOWN US", 2),
            Some(([1000, 334, 900], 647, Tier::Adjusted, false)),
        ),
        (
            "M4",
            ("-43.10", "SQ *JOES", 3),
            Gone,
            ("-43.10", "JOE S PIZZA 0042", 5),
            Some(([0, 1000, 800], 660, Tier::Amount, true)),
        ),
        (
            "M6",
            ("-1.00", "SHELL OIL 57444", 3),
            Gone,
            ("-52.18", "SHELL OIL 57444 AUSTIN", 4),
            Some(([1000, 0, 900], 480, Tier::Far, false)),
        ),
        (
            "M7",
            ("-200", "MARRIOTT", 3),
            Gone,
            ("-380", "MARRIOTT", 6),
            Some(([1000, 0, 700], 440, Tier::Far, false)),
        ),
        ("M8", ("-12.50", "CAFE", 1), Gone, ("-12.50", "CAFE", 10), None),
        (
            "M9",
            ("-12.50", "CAFE", 2),
            Gone,
            ("-12.50", "CAFE", 1),
            Some(([1000, 1000, 700], 940, Tier::Exact, true)),
        ),
        ("M10", ("-12.50", "CAFE", 1), Gone, ("12.50", "CAFE", 2), None),
        ("M11", ("-100", "AMAZON MKTPL", 1), Gone, ("-60", "AMAZON MKTPL", 3), None),
        (
            "listed, exact",
            ("-12.50", "CAFE", 1),
            Listed,
            ("-12.5", "CAFE", 1),
            Some(([1000, 1000, 1000], 1000, Tier::Exact, false)),
        ),
        (
            "not covered, exact",
            ("-12.50", "CAFE", 1),
            Unknown,
            ("-12.5", "CAFE", 1),
            Some(([1000, 1000, 1000], 1000, Tier::Exact, true)),
        ),
        (
            "not covered, adjusted",
            ("-50", "CAFE", 1),
            Unknown,
            ("-60", "CAFE", 1),
            Some(([1000, 334, 1000], 667, Tier::Adjusted, false)),
        ),
        (
            "not covered, amount",
            ("-50", "CAFE", 1),
            Unknown,
            ("-50", "BOOKS", 1),
            Some(([0, 1000, 1000], 700, Tier::Amount, false)),
        ),
        ("five days", ("-50", "CAFE", 1), Gone, ("-60", "CAFE", 6), None),
    ];
    for (name, from, standing, to, answer) in vectors {
        let (from, to) = (pending(1, from.0, from.1, from.2), posted(2, to.0, to.1, to.2));
        let found = only(from, standing, to);
        let told = found.map(|(pair, applied)| {
            let Scores { text, amount, day } = pair.scores;
            ([text, amount, day], pair.scores.total(), pair.tier, applied)
        });
        assert_eq!(told, answer, "{name}");
    }
}

#[test]
fn a_second_candidate_makes_a_suggestion_of_what_only_the_amount_says() {
    // M5
    let found = decide(
        &gone(vec![pending(1, "-43.10", "SQ *JOES", 3)]),
        &[posted(2, "-43.10", "SHELL OIL 123", 5), posted(3, "-43.10", "JOE S PIZZA 0042", 5)],
    );
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![], vec![(1, 2), (1, 3)]));
    assert!(found.suggested.iter().all(|pair| pair.scores.total() == 660 && pair.tier == Tier::Amount));
    assert_eq!(found.expired.len(), 1);
}

#[test]
fn the_two_days_of_the_sample_become_two_rows() {
    let pending = [pending(1, "-12.50", "CORNER CAFE", 1), pending(2, "-50.00", "BISTRO 21", 1)];
    let posted = [posted(3, "-12.50", "CORNER CAFE", 2), posted(4, "-60.00", "BISTRO 21 ANYTOWN US", 2)];
    let found = decide(&gone(pending.to_vec()), &posted);
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![(1, 3), (2, 4)], vec![]));
    // Each pending row takes over what the posted one says.
    assert_eq!(posted.map(|row| row.amount).iter().sum::<Decimal>(), exact_decimal("-72.50").unwrap());
}

#[test]
fn equal_coffees_stay_as_many_as_they_are() {
    let coffee = |id| pending(id, "-4", "CAFE LUNA", 3);
    let booked = |id| posted(id, "-4", "CAFE LUNA", 4);
    let found = decide(&gone(vec![coffee(2), coffee(1)]), &[booked(4), booked(3)]);
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![(1, 3), (2, 4)], vec![]));
    // One of them is not booked yet: the other one became what is.
    let found = decide(&[(coffee(1), Standing::Listed), (coffee(2), Standing::Gone)], &[booked(3)]);
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![(2, 3)], vec![]));
    assert!(found.expired.is_empty());
}

#[test]
fn what_is_listed_twice_is_asked_about_and_settled_when_the_pending_row_is_gone() {
    let (from, to) = (pending(1, "-4", "CAFE LUNA", 3), posted(2, "-4", "CAFE LUNA", 4));
    let asked = decide(&[(from.clone(), Standing::Listed)], std::slice::from_ref(&to));
    assert_eq!((ids(&asked.applied), ids(&asked.suggested)), (vec![], vec![(1, 2)]));
    let suggested = HashSet::from([(from.id, to.id)]);
    let before = Decided { suggested, ..Decided::default() };
    let matching = Matching::new(&gone(vec![from]), &[], &[to], |_| false);
    assert_eq!(ids(&matching.decide(&before, day(20)).applied), [(1, 2)]);
}

#[test]
fn like_pairs_that_say_something_else_are_all_asked_about() {
    // Both posted rows fit the pending one, and differ in their words.
    let found = decide(
        &gone(vec![pending(1, "-4", "CAFE LUNA", 3)]),
        &[posted(2, "-4", "CAFE LUNA BERLIN", 4), posted(3, "-4", "CAFE LUNA PARIS", 4)],
    );
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![], vec![(1, 2), (1, 3)]));
    // A better one wins.
    let found = decide(
        &gone(vec![pending(1, "-4", "CAFE LUNA", 3)]),
        &[posted(2, "-4", "CAFE LUNA BERLIN", 6), posted(3, "-4", "CAFE LUNA PARIS", 3)],
    );
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![(1, 3)], vec![]));
}

#[test]
fn what_was_decided_before_is_left_alone() {
    let rows = || (gone(vec![pending(1, "-4", "CAFE", 3)]), [posted(2, "-4", "CAFE", 4)]);
    let id = |of| TransactionId(Uuid::from_u128(of));
    let (matched, rejected) = (HashSet::from([id(2)]), HashSet::from([(id(1), id(2))]));
    for before in [Decided { matched, ..Decided::default() }, Decided { rejected, ..Decided::default() }] {
        let (pending, posted) = rows();
        let found = Matching::new(&pending, &[], &posted, |_| true).decide(&before, day(20));
        assert!(found.applied.is_empty() && found.suggested.is_empty());
        assert_eq!(found.expired, [id(1)]);
    }
    // Somebody is asked whether the posted row was another one, which is gone.
    let suggested = HashSet::from([(id(9), id(2))]);
    let (pending, posted) = rows();
    let before = Decided { suggested, ..Decided::default() };
    let found = Matching::new(&pending, &[], &posted, |_| true).decide(&before, day(20));
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![], vec![(1, 2)]));
}

#[test]
fn a_posted_row_that_was_there_long_before_is_another_one() {
    let early =
        Transaction { created_at: at().plus(chrono::TimeDelta::hours(-2)), ..posted(2, "-4", "CAFE", 3) };
    assert!(only(pending(1, "-4", "CAFE", 3), Standing::Gone, early).is_none());
}

#[test]
fn days_are_those_on_which_rows_occurred_if_both_tell() {
    let occurred = |row: Transaction| Transaction { occurred_at: Some(day(2).start()), ..row };
    let (from, to) = (occurred(pending(1, "-4", "CAFE", 2)), occurred(posted(2, "-4", "CAFE", 12)));
    let (pair, applied) = only(from.clone(), Standing::Gone, to.clone()).unwrap();
    assert_eq!((pair.apart, applied), (0, true));
    assert!(only(from, Standing::Gone, Transaction { occurred_at: None, ..to }).is_none());
}

#[test]
fn rows_issued_anew_are_the_same_rows() {
    let old = [posted(1, "-4", "CAFE", 3), posted(2, "-4", "CAFE", 3), posted(3, "-9", "BOOKS", 5)];
    let new = [posted(11, "-4", "CAFE", 3), posted(12, "-4", "CAFE", 3), posted(13, "-9.00", "BOOKS", 6)];
    let all: Vec<Transaction> = old.iter().chain(&new).cloned().collect();
    let is_new = |row: &Transaction| row.id.0.as_u128() > 10;
    let found = Matching::new(&[], &old, &all, is_new).decide(&Decided::default(), day(20));
    assert_eq!((ids(&found.applied), ids(&found.suggested)), (vec![(1, 11), (2, 12), (3, 13)], vec![]));
    assert!(found.applied.iter().all(|pair| pair.tier == Tier::Reissued));
    // Rows that were there before are others.
    let found = Matching::new(&[], &old, &all, |_| false).decide(&Decided::default(), day(20));
    assert!(found.applied.is_empty() && found.suggested.is_empty());
    // Two days apart, or with another amount, they are others too.
    for other in [posted(11, "-4", "CAFE", 5), posted(11, "-5", "CAFE", 3), posted(11, "-4", "BOOKS", 3)] {
        let found = Matching::new(&[], &old[..1], &[other], is_new).decide(&Decided::default(), day(20));
        assert!(found.applied.is_empty() && found.suggested.is_empty());
    }
}

#[test]
fn pending_rows_that_became_nothing_expire_or_are_stale() {
    let rows =
        |standing| [(pending(1, "-4", "CAFE", 11), standing), (pending(2, "-4", "CAFE", 12), standing)];
    let id = |of| TransactionId(Uuid::from_u128(of));
    let found = decide(&rows(Standing::Gone), &[]);
    assert_eq!((found.expired, found.stale), (vec![id(1), id(2)], vec![]));
    for standing in [Standing::Listed, Standing::Unknown] {
        let found = decide(&rows(standing), &[]);
        assert_eq!((found.expired, found.stale), (vec![], vec![id(1)]), "more than eight days, and eight");
    }
}

#[test]
fn an_institution_without_measure_costs_no_more_than_a_bounded_number_of_comparisons() {
    let from: Vec<_> = (0..5_000).map(|id| (pending(id, "-4", "CAFE", 3), Standing::Gone)).collect();
    let to: Vec<_> = (5_000..10_000).map(|id| posted(id, "-4", "CAFE", 4)).collect();
    let matching = Matching::new(&from, &[], &to, |_| true);
    assert_eq!(matching.pairs.len(), 400_000);
    let found = matching.decide(&Decided::default(), day(20));
    assert_eq!((found.applied.len(), found.suggested.len()), (80, 0), "each row with one other");
}

#[test]
fn thousands_of_equal_rows_are_paired_in_no_time() {
    let from: Vec<_> = (0..600).map(|id| (pending(id, "-4", "CAFE", 3), Standing::Gone)).collect();
    let to: Vec<_> = (0..600).map(|id| posted(10_000 + id, "-4", "CAFE", 4)).collect();
    assert_eq!(decide(&from, &to).applied.len(), 600);
}

fn any_rows(ids: u128, status: TransactionStatus) -> impl Strategy<Value = Vec<Transaction>> {
    let amount = prop::sample::select(vec!["-4", "-5", "-10", "-1", "4"]);
    let text = prop::sample::select(vec!["CAFE LUNA", "CAFE SOL", "BOOKS", "CAFE LUNA PARIS", "12"]);
    prop::collection::vec((amount, text, 1..9_u32), 0..7).prop_map(move |rows| {
        let of = |(at, (amount, text, on))| row(ids + at as u128, status, amount, text, on);
        rows.into_iter().enumerate().map(of).collect()
    })
}

proptest! {
    #[test]
    fn laws_of_pairing(
        from in any_rows(100, TransactionStatus::Pending),
        standings in prop::collection::vec(prop::sample::select(vec![Standing::Gone, Standing::Unknown, Standing::Listed]), 7),
        vanished in any_rows(200, TransactionStatus::Posted),
        to in any_rows(300, TransactionStatus::Posted),
    ) {
        let from: Vec<_> = from.into_iter().zip(standings).collect();
        let found = Matching::new(&from, &vanished, &to, |_| true).decide(&Decided::default(), day(20));
        // Each row is in one applied pair at most, and in none of the others then.
        let mut used = HashSet::new();
        for id in found.applied.iter().flat_map(|pair| [pair.from, pair.to]) {
            prop_assert!(used.insert(id));
        }
        for pair in &found.suggested {
            prop_assert!(!used.contains(&pair.from) && !used.contains(&pair.to));
        }
        let gone: HashSet<_> = found.expired.iter().copied().collect();
        prop_assert!(found.applied.iter().all(|pair| !gone.contains(&pair.from)));

        // What was found and done, the engine finds nothing more to do, and the order of the rows makes no difference.
        let mut before = Decided::default();
        before.suggested.extend(found.suggested.iter().map(|pair| (pair.from, pair.to)));
        before.matched.extend(found.applied.iter().map(|pair| pair.to));
        let left = |id: &TransactionId| !used.contains(id) && !gone.contains(id);
        let mut from_left: Vec<_> = from.iter().filter(|(row, _)| left(&row.id)).cloned().collect();
        let vanished_left: Vec<_> = vanished.iter().filter(|row| left(&row.id)).cloned().collect();
        from_left.reverse();
        let mut again_to = to.clone();
        again_to.reverse();
        let again = Matching::new(&from_left, &vanished_left, &again_to, |_| true).decide(&before, day(20));
        prop_assert_eq!(&again.applied, &[]);
        prop_assert!(again.expired.is_empty());
        let mut shuffled = from.clone();
        shuffled.reverse();
        let other = Matching::new(&shuffled, &vanished, &again_to, |_| true).decide(&Decided::default(), day(20));
        prop_assert_eq!(other, found);
    }
}
