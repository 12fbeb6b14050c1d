//! Sums, against known answers and against every choice of rows that there is.

use uuid::Uuid;

use super::*;
use crate::{
    id::DecisionId,
    ledger::{
        AccountKind, Decision, DecisionState, TransactionKind, TransactionStatus,
        sample::{self, transaction},
        transfer::TransferLink,
    },
    money::exact_decimal,
    time::Timestamp,
};

const CHECKING: u128 = 1;
const SAVINGS: u128 = 2;
const CARD: u128 = 3;
const BROKERAGE: u128 = 4;

fn at() -> Timestamp {
    Timestamp::parse("2026-03-20T08:00:00Z").unwrap()
}

fn account(id: u128, kind: AccountKind, name: &str) -> Account {
    Account { id: AccountId(Uuid::from_u128(id)), name: name.to_owned(), kind, ..sample::account() }
}

fn accounts() -> HashMap<AccountId, Account> {
    [
        account(CHECKING, AccountKind::Checking, "Everyday"),
        account(SAVINGS, AccountKind::Savings, "Rainy Days"),
        account(CARD, AccountKind::CreditCard, "Blue"),
        account(BROKERAGE, AccountKind::Brokerage, "Growth"),
    ]
    .into_iter()
    .map(|account| (account.id, account))
    .collect()
}

fn id(of: u128) -> TransactionId {
    TransactionId(Uuid::from_u128(of))
}

fn row(of: u128, account: u128, amount: &str, text: &str, on: u32) -> Transaction {
    Transaction {
        id: id(of),
        account: AccountId(Uuid::from_u128(account)),
        source_id: format!("s{of}"),
        day: Day::new(2026, 3, on).unwrap(),
        amount: exact_decimal(amount).unwrap(),
        description: text.to_owned(),
        kind: TransactionKind::Other,
        created_at: at(),
        updated_at: at(),
        ..transaction()
    }
}

/// What is proposed when these rows changed, all of them being there.
fn proposals(changed: &[u128], rows: &[Transaction], known: &KnownSums) -> Vec<ProposedSum> {
    let changed: HashSet<TransactionId> = changed.iter().map(|of| id(*of)).collect();
    let glances: Vec<Glance> = rows.iter().map(Glance::from).collect();
    let wholes = wholes(&changed, &glances, |account| account);
    let sums = sums(&wholes, &glances, |account| account);
    proposed(&sums, rows, &accounts(), known, &changed)
}

/// The whole and the pieces of what is proposed when all of these rows are new.
fn found(rows: &[Transaction]) -> Vec<(u128, Vec<u128>)> {
    let all: Vec<u128> = rows.iter().map(|row| row.id.0.as_u128()).collect();
    let of = |of: &ProposedSum| {
        (of.sum.whole.0.as_u128(), of.sum.pieces.iter().map(|id| id.0.as_u128()).collect::<Vec<_>>())
    };
    let mut found: Vec<_> = proposals(&all, rows, &KnownSums::default()).iter().map(of).collect();
    found.sort();
    found
}

#[test]
fn sums_with_known_answers() {
    for (rows, expected) in [
        // S1: a card is paid at once, and books it as two.
        (
            vec![
                row(1, CHECKING, "-500.00", "AMEX EPAYMENT", 1),
                row(2, CARD, "300", "PAYMENT RECEIVED", 2),
                row(3, CARD, "200.00", "PAYMENT RECEIVED", 3),
            ],
            vec![(1, vec![2, 3])],
        ),
        // S2: two transfers arrive at a broker as one deposit.
        (
            vec![
                row(1, CHECKING, "-1000", "ACH GROWTH", 1),
                row(2, CHECKING, "-234.56", "ACH GROWTH", 2),
                row(3, BROKERAGE, "1234.56", "MONEYLINK", 3),
            ],
            vec![(3, vec![1, 2])],
        ),
        // S3: three pieces, in the order of their days.
        (
            vec![
                row(1, CHECKING, "-60", "XFER", 5),
                row(2, SAVINGS, "10", "XFER", 6),
                row(3, SAVINGS, "20", "XFER", 4),
                row(4, SAVINGS, "30", "XFER", 5),
            ],
            vec![(1, vec![3, 4, 2])],
        ),
        // S4: four are too many.
        (
            vec![
                row(1, CHECKING, "-100", "XFER", 5),
                row(2, SAVINGS, "10", "XFER", 5),
                row(3, SAVINGS, "20", "XFER", 5),
                row(4, SAVINGS, "30", "XFER", 5),
                row(5, SAVINGS, "40", "XFER", 5),
            ],
            vec![],
        ),
        // S5: a cent is missing.
        (
            vec![
                row(1, CHECKING, "-500", "XFER", 1),
                row(2, SAVINGS, "300", "XFER", 1),
                row(3, SAVINGS, "199.99", "XFER", 1),
            ],
            vec![],
        ),
        // S6: two ways to add up to it.
        (
            vec![
                row(1, CHECKING, "-500", "XFER", 1),
                row(2, SAVINGS, "300", "XFER", 1),
                row(3, SAVINGS, "200", "XFER", 1),
                row(4, SAVINGS, "200", "XFER", 2),
            ],
            vec![],
        ),
        // S7: the pieces are in two accounts.
        (
            vec![
                row(1, CHECKING, "-500", "XFER", 1),
                row(2, SAVINGS, "300", "XFER", 1),
                row(3, CARD, "200", "XFER", 1),
            ],
            vec![],
        ),
        // S8: five days apart.
        (
            vec![
                row(1, CHECKING, "-500", "XFER", 1),
                row(2, SAVINGS, "300", "XFER", 1),
                row(3, SAVINGS, "200", "XFER", 6),
            ],
            vec![],
        ),
        // S9: within one account nothing is transferred.
        (
            vec![
                row(1, CHECKING, "-500", "XFER", 1),
                row(2, CHECKING, "300", "XFER", 1),
                row(3, CHECKING, "200", "XFER", 1),
            ],
            vec![],
        ),
        // S10: two purchases that add up to it by chance, of which nothing says that they are a transfer.
        (
            vec![
                row(1, CARD, "100", "PAYMENT", 1),
                row(2, CHECKING, "-40", "SHOP", 1),
                row(3, CHECKING, "-60", "GROCER", 1),
            ],
            vec![],
        ),
        // S11: they are no second way beside two that say so.
        (
            vec![
                row(1, CARD, "100", "PAYMENT", 1),
                row(2, CHECKING, "-40", "SHOP", 1),
                row(3, CHECKING, "-60", "GROCER", 1),
                row(4, CHECKING, "-70", "BLUE 1", 1),
                row(5, CHECKING, "-30", "BLUE 2", 1),
            ],
            vec![(1, vec![4, 5])],
        ),
        // S12: two wholes that one piece could belong to.
        (
            vec![
                row(1, CHECKING, "-500", "XFER", 1),
                row(2, SAVINGS, "300", "XFER", 1),
                row(3, SAVINGS, "200", "XFER", 1),
                row(4, CARD, "-600", "XFER", 1),
                row(5, SAVINGS, "400", "XFER", 1),
            ],
            vec![],
        ),
        // S13: amounts that binary fractions would miss.
        (
            vec![
                row(1, CHECKING, "-0.3", "XFER", 1),
                row(2, SAVINGS, "0.1", "XFER", 1),
                row(3, SAVINGS, "0.20", "XFER", 1),
            ],
            vec![(1, vec![2, 3])],
        ),
        // S14: finer than what is added up, and more than fits.
        (
            vec![
                row(1, CHECKING, "-0.0000000000000000003", "XFER", 1),
                row(2, SAVINGS, "0.0000000000000000001", "XFER", 1),
                row(3, SAVINGS, "0.0000000000000000002", "XFER", 1),
                row(4, CHECKING, "-3000000000000000000000000000", "XFER", 1),
                row(5, SAVINGS, "1000000000000000000000000000", "XFER", 1),
                row(6, SAVINGS, "2000000000000000000000000000", "XFER", 1),
            ],
            vec![],
        ),
    ] {
        assert_eq!(found(&rows), expected, "{rows:?}");
    }
}

/// What is no movement of money, in a transfer, in another currency or removed is no piece.
#[test]
fn what_is_no_side_is_no_piece() {
    let rows = |change: fn(&mut Transaction)| {
        let mut rows = [
            row(1, CHECKING, "-500", "XFER", 1),
            row(2, SAVINGS, "300", "XFER", 1),
            row(3, SAVINGS, "200", "XFER", 1),
        ];
        change(&mut rows[2]);
        found(&rows)
    };
    assert_eq!(rows(|_| {}), [(1, vec![2, 3])]);
    let changes: [fn(&mut Transaction); 5] = [
        |row| row.kind = TransactionKind::PointOfSale,
        |row| row.kind = TransactionKind::Interest,
        |row| row.status = TransactionStatus::Removed,
        |row| row.currency = "EUR".parse().unwrap(),
        |row| {
            let kind = TransferKind::Internal;
            row.transfer = Some(TransferLink { id: DecisionId(Uuid::nil()), kind });
        },
    ];
    for change in changes {
        assert!(rows(change).is_empty());
    }
}

#[test]
fn what_is_refused_or_asked_about_is_not_proposed() {
    let rows = [
        row(1, CHECKING, "-500", "XFER", 1),
        row(2, SAVINGS, "300", "XFER", 1),
        row(3, SAVINGS, "200", "XFER", 1),
        row(4, SAVINGS, "199", "XFER", 1),
        row(5, SAVINGS, "301", "XFER", 2),
    ];
    let all = [1, 2, 3, 4, 5];
    assert_eq!(proposals(&all, &rows, &KnownSums::default()), []);
    // Of two ways one is refused: the other one is left.
    let refused = HashSet::from([vec![id(1), id(2), id(3)]]);
    let left = proposals(&all, &rows, &KnownSums { refused, ..KnownSums::default() });
    assert_eq!(left.iter().map(|of| of.sum.pieces.clone()).collect::<Vec<_>>(), [[id(4), id(5)]]);
    let taken = HashSet::from([id(5)]);
    let left = proposals(&all, &rows, &KnownSums { taken, ..KnownSums::default() });
    assert_eq!(left.iter().map(|of| of.sum.pieces.clone()).collect::<Vec<_>>(), [[id(2), id(3)]]);
}

/// Whichever row of a sum comes last completes it, and what did not change is not asked about.
#[test]
fn a_sum_is_found_by_any_row_that_changed() {
    let rows = [
        row(1, CHECKING, "-500", "XFER", 4),
        row(2, SAVINGS, "300", "XFER", 1),
        row(3, SAVINGS, "200", "XFER", 8),
        row(4, SAVINGS, "1", "XFER", 4),
    ];
    for of in [1, 2, 3] {
        let [proposed] = &proposals(&[of], &rows, &KnownSums::default())[..] else { panic!("{of}") };
        assert_eq!(proposed.sum.pieces, [id(2), id(3)]);
    }
    assert_eq!(proposals(&[4], &rows, &KnownSums::default()), []);
}

/// The least row of each account is enough to know, not the least of all.
#[test]
fn wholes_are_rows_that_a_changed_one_may_be_a_piece_of() {
    let mut rows = [
        row(1, CHECKING, "10", "XFER", 1),
        row(2, SAVINGS, "40", "XFER", 1),
        row(3, CHECKING, "-50", "XFER", 5),
        row(4, CHECKING, "-50", "XFER", 6),
        row(5, CARD, "-10", "XFER", 1),
        row(6, CARD, "-50", "XFER", 1),
        row(7, CARD, "60", "XFER", 1),
    ];
    rows[5].currency = "EUR".parse().unwrap();
    let glances: Vec<Glance> = rows.iter().map(Glance::from).collect();
    let of = |whole: fn(AccountId) -> AccountId| {
        let found = wholes(&HashSet::from([id(1), id(2)]), &glances, whole);
        found.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(of(|account| account), [id(1), id(2), id(3)]);
    // Of accounts that are all one nothing is a piece of anything.
    assert_eq!(of(|_| AccountId(Uuid::nil())), [id(1), id(2)]);
}

#[test]
fn a_decision_about_a_sum_has_all_rows_on_their_sides() {
    let rows = [
        row(1, CHECKING, "-60", "XFER", 1),
        row(2, CHECKING, "-40", "XFER", 3),
        row(3, CARD, "100", "PAYMENT", 2),
    ];
    let [proposed] = &proposals(&[3], &rows, &KnownSums::default())[..] else { panic!() };
    assert_eq!((proposed.terms.kind, proposed.terms.fee), (TransferKind::LiabilityPayment, None));
    // 500 of the amount, two thirds of 300 of the text, and a day apart.
    assert_eq!(proposed.scores.total(), 860);
    let new = DecisionId(Uuid::from_u128(9));
    let made = Decision::sum(new, (&rows[2], &[&rows[0], &rows[1]]), proposed, at()).unwrap();
    assert_eq!((made.state, made.is_sum()), (DecisionState::Suggested, true));
    assert_eq!((made.left, made.right, &made.further[..]), (id(1), id(3), &[id(2)][..]));
    assert_eq!(made.rows().collect::<Vec<_>>(), [id(1), id(3), id(2)]);
    let sides: Vec<_> = made.sides().map(|(side, id, row)| (side, id, row.amount.to_string())).collect();
    let (from, to) = (TransferSide::From, TransferSide::To);
    let told = |of: &str| of.to_owned();
    assert_eq!(sides, [(from, id(1), told("-60")), (to, id(3), told("100")), (from, id(2), told("-40"))]);
    assert_eq!((made.account_of(from), made.account_of(to)), (rows[0].account, rows[2].account));
    assert_eq!(Decision::sum(new, (&rows[2], &[&rows[0]]), proposed, at()), None);
}

/// More rows, or more sums, than chance allows say nothing.
#[test]
fn of_too_many_nothing_is_said() {
    let many = |count: u128| {
        let mut rows = vec![row(1, CHECKING, "-1000", "XFER", 1)];
        rows.push(row(2, SAVINGS, "600", "XFER", 1));
        rows.push(row(3, SAVINGS, "400", "XFER", 1));
        // Odd amounts that add up to nothing round.
        rows.extend((0..count).map(|n| row(10 + n, SAVINGS, &format!("0.{:03}", 2 * n + 1), "XFER", 1)));
        found(&rows)
    };
    assert_eq!(many(98), [(1, vec![2, 3])]);
    assert_eq!(many(99), []);
    let pairs: u128 = 9;
    let mut rows = vec![row(1, CHECKING, "-1000", "XFER", 1)];
    for n in 0..pairs {
        // Only the first two say that they are a transfer.
        let text = if n == 0 { "XFER" } else { "SHOP" };
        rows.push(row(10 + n, SAVINGS, &format!("{}", 100 + n), text, 1));
        rows.push(row(30 + n, SAVINGS, &format!("{}", 900 - n), text, 1));
    }
    assert_eq!(found(&rows), []);
    rows.truncate(17);
    assert_eq!(found(&rows), [(1, vec![10, 30])]);
}

#[path = "sums_laws.rs"]
mod laws;
