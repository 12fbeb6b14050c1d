//! Transfers, against known answers, and laws that hold whatever the rows.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ledger::sample::{self, transaction};
use crate::{id::DecisionId, ledger::AccountKind};
use crate::{
    ledger::{
        TransactionKind, TransactionStatus,
        transfer::TransferLink,
        worth::{FxRate, RateSource},
    },
    money::{Currency, exact_decimal},
    time::Timestamp,
};

const CHECKING: u128 = 1;
const SAVINGS: u128 = 2;
const CARD: u128 = 3;
const BROKERAGE: u128 = 4;

fn at() -> Timestamp {
    Timestamp::parse("2026-03-20T08:00:00Z").unwrap()
}

fn currency(of: &str) -> Currency {
    of.parse().unwrap()
}

fn account(id: u128, kind: AccountKind, name: &str, institution: &str, mask: &str) -> Account {
    Account {
        id: AccountId(Uuid::from_u128(id)),
        external_id: id.to_string(),
        institution: Some(institution.to_owned()),
        name: name.to_owned(),
        mask: Some(mask.to_owned()),
        kind,
        ..sample::account()
    }
}

fn accounts() -> HashMap<AccountId, Account> {
    [
        account(CHECKING, AccountKind::Checking, "Everyday Checking", "First Bank", "****0001"),
        account(SAVINGS, AccountKind::Savings, "Rainy Days", "First Bank", "****7702"),
        account(CARD, AccountKind::CreditCard, "Blue Card", "Amex", "****3003"),
        account(BROKERAGE, AccountKind::Brokerage, "Growth", "Broker", "****4004"),
    ]
    .into_iter()
    .map(|account| (account.id, account))
    .collect()
}

fn row(id: u128, account: u128, amount: &str, text: &str, on: u32) -> Transaction {
    Transaction {
        id: TransactionId(Uuid::from_u128(id)),
        account: AccountId(Uuid::from_u128(account)),
        source_id: format!("s{id}"),
        day: Day::new(2026, 3, on).unwrap(),
        amount: exact_decimal(amount).unwrap(),
        description: text.to_owned(),
        created_at: at(),
        updated_at: at(),
        ..transaction()
    }
}

fn in_euro(row: Transaction) -> Transaction {
    Transaction { currency: currency("EUR"), ..row }
}

fn rates() -> RateBook {
    let pair = (currency("EUR"), Currency::USD);
    let day = Day::new(2026, 3, 1).unwrap();
    let rate = FxRate::new(pair, day, exact_decimal("1.0865").unwrap(), RateSource::EcbCsv);
    RateBook::from_iter([rate.unwrap()])
}

fn find(rows: &[Transaction]) -> TransferOutcome {
    transfers(rows, &accounts(), &rates(), &HashSet::new())
}

/// Pairs, each with its score.
type Scored = Vec<(u128, u128, i64)>;

/// Those that are applied, and those that are suggested.
fn found(rows: &[Transaction]) -> (Scored, Scored) {
    let outcome = find(rows);
    let shown = |pairs: &[TransferPair]| {
        let shown =
            pairs.iter().map(|pair| (pair.from.0.as_u128(), pair.to.0.as_u128(), pair.scores.total()));
        shown.collect::<Vec<_>>()
    };
    (shown(&outcome.applied), shown(&outcome.suggested))
}

#[test]
fn pairs_with_known_answers() {
    for (rows, applied, suggested) in [
        // T1: to savings, and named.
        (
            vec![
                row(1, CHECKING, "-500", "TRANSFER TO SAVINGS", 1),
                row(2, SAVINGS, "500.00", "TRANSFER FROM CHECKING", 2),
            ],
            vec![(1, 2, 960)],
            vec![],
        ),
        // T2: a card is paid.
        (
            vec![row(1, CHECKING, "-120", "AMEX EPAYMENT", 3), row(2, CARD, "120", "PAYMENT RECEIVED", 6)],
            vec![(1, 2, 880)],
            vec![],
        ),
        // T3: cash, and a friend who pays back.
        (
            vec![row(1, CHECKING, "-50", "ATM", 1), row(2, SAVINGS, "50", "ALEX", 3)],
            vec![],
            vec![(1, 2, 620)],
        ),
        // T4: rows that say the same are paired in their order.
        (
            vec![
                row(1, CHECKING, "-100", "TRANSFER", 1),
                row(2, CHECKING, "-100", "TRANSFER", 1),
                row(3, SAVINGS, "100", "TRANSFER", 2),
                row(4, SAVINGS, "100", "TRANSFER", 1),
            ],
            vec![(1, 4, 900), (2, 3, 860)],
            vec![],
        ),
        // T5: five days apart.
        (
            vec![row(1, CHECKING, "-100", "TRANSFER", 1), row(2, SAVINGS, "100", "TRANSFER", 6)],
            vec![],
            vec![],
        ),
        // T6: less a fee.
        (
            vec![row(1, CHECKING, "-1000.00", "WIRE", 1), row(2, SAVINGS, "995.00", "WIRE", 2)],
            vec![],
            vec![(1, 2, 160)],
        ),
        // T7 and T8: by the rate of the day, and off it.
        (
            vec![in_euro(row(1, CHECKING, "-1000", "OUT", 1)), row(2, SAVINGS, "1086.50", "IN", 1)],
            vec![],
            vec![(1, 2, 200)],
        ),
        (
            vec![in_euro(row(1, CHECKING, "-1000", "OUT", 1)), row(2, SAVINGS, "1130", "IN", 1)],
            vec![],
            vec![],
        ),
        // Within one account nothing is transferred, and money that goes twice does not come.
        (vec![row(1, CHECKING, "-5", "TRANSFER", 1), row(2, CHECKING, "5", "TRANSFER", 1)], vec![], vec![]),
        (vec![row(1, CHECKING, "-5", "TRANSFER", 1), row(2, SAVINGS, "-5", "TRANSFER", 1)], vec![], vec![]),
        // Two that say something else: a person looks at the better one.
        (
            vec![
                row(1, CHECKING, "-500", "TRANSFER TO SAVINGS", 1),
                row(2, SAVINGS, "500", "TRANSFER FROM CHECKING", 2),
                row(3, BROKERAGE, "500", "SOMETHING", 1),
            ],
            vec![],
            vec![(1, 2, 960)],
        ),
        // Near each other by chance: more than a hundredth, and nothing says that it is a transfer.
        (vec![row(1, CHECKING, "-23.10", "GROCER", 1), row(2, SAVINGS, "20", "ALEX", 2)], vec![], vec![]),
        (
            vec![row(1, CHECKING, "-25", "XFER TO SAVINGS", 1), row(2, SAVINGS, "20", "IN", 2)],
            vec![],
            vec![(1, 2, 460)],
        ),
        // The end of the other account's number.
        (
            vec![row(1, CHECKING, "-7", "ONLINE XX7702", 1), row(2, SAVINGS, "7", "IN", 1)],
            vec![(1, 2, 800)],
            vec![],
        ),
    ] {
        assert_eq!(found(&rows), (applied, suggested), "{rows:?}");
    }
}

#[test]
fn what_a_transfer_does_follows_from_where_the_money_goes() {
    let to = |account| {
        let rows = [row(1, CHECKING, "-9", "TRANSFER", 1), row(2, account, "9", "TRANSFER", 1)];
        find(&rows).applied[0].terms.kind
    };
    assert_eq!(to(SAVINGS), TransferKind::Internal);
    assert_eq!(to(CARD), TransferKind::LiabilityPayment);
    assert_eq!(to(BROKERAGE), TransferKind::InvestmentContribution);
}

#[test]
fn terms_tell_the_fee_and_the_rate() {
    let rows = [row(1, CHECKING, "-1000", "WIRE", 1), row(2, SAVINGS, "995", "WIRE", 2)];
    let pair = find(&rows).suggested[0];
    assert_eq!((pair.tier, pair.terms.fee), (Tier::Adjusted, Some(Decimal::from(5))));
    let rows = [in_euro(row(1, CHECKING, "-1000", "OUT", 1)), row(2, SAVINGS, "1090", "IN", 1)];
    let pair = find(&rows).suggested[0];
    assert_eq!((pair.tier, pair.terms.rate), (Tier::Converted, Some(exact_decimal("1.0865").unwrap())));
}

#[test]
fn an_institution_that_tells_the_other_amount_decides() {
    let mut came = row(2, SAVINGS, "1090", "IN", 1);
    let rate = exact_decimal("1.09").ok();
    came.details.exchange = Some(Exchange { currency: currency("EUR"), rate, is_converted: true });
    let outcome = find(&[in_euro(row(1, CHECKING, "-1000", "OUT", 1)), came.clone()]);
    assert_eq!((outcome.applied[0].tier, outcome.applied[0].scores.total()), (Tier::Link, 700));
    let outcome = find(&[in_euro(row(1, CHECKING, "-1001", "OUT", 1)), came]);
    assert_eq!(outcome.suggested[0].tier, Tier::Converted);
}

#[test]
fn what_is_no_movement_of_money_is_no_side_and_a_refused_pair_is_none() {
    let rows = |kind, status| {
        let from = Transaction { kind, status, ..row(1, CHECKING, "-9", "TRANSFER", 1) };
        [from, row(2, SAVINGS, "9", "TRANSFER", 1)]
    };
    let (debit, posted) = (TransactionKind::Debit, TransactionStatus::Posted);
    assert_eq!(find(&rows(debit, posted)).applied.len(), 1);
    assert_eq!(find(&rows(debit, TransactionStatus::Pending)).applied.len(), 1);
    for (kind, status) in [
        (TransactionKind::Trade, posted),
        (TransactionKind::PointOfSale, posted),
        (TransactionKind::Interest, posted),
        (debit, TransactionStatus::Removed),
    ] {
        assert_eq!(find(&rows(kind, status)), TransferOutcome::default());
    }
    let rows = rows(debit, posted);
    let refused = HashSet::from([(rows[0].id, rows[1].id)]);
    assert_eq!(transfers(&rows, &accounts(), &rates(), &refused), TransferOutcome::default());
}

#[test]
fn accounts_that_are_one_transfer_nothing_to_each_other() {
    let mut accounts = accounts();
    let primary = AccountId(Uuid::from_u128(CHECKING));
    let savings = accounts.get_mut(&AccountId(Uuid::from_u128(SAVINGS))).unwrap();
    let change = crate::ledger::AccountChange { same_as: Some(Some(primary)), ..Default::default() };
    savings.correct(change, at());
    let rows = [row(1, CHECKING, "-9", "TRANSFER", 1), row(2, SAVINGS, "9", "TRANSFER", 1)];
    assert_eq!(transfers(&rows, &accounts, &rates(), &HashSet::new()), TransferOutcome::default());
}

fn rows() -> impl Strategy<Value = Vec<Transaction>> {
    let text = prop_oneof![Just("TRANSFER"), Just("SAVINGS"), Just("SHOP")];
    let one = (1_u128..5, -3_i64..=3, text, 1_u32..12, any::<bool>());
    proptest::collection::vec(one, 0..14).prop_map(|rows| {
        let numbered = rows.into_iter().enumerate();
        let made = numbered.map(|(at, (account, amount, text, on, euro))| {
            let made = row(at as u128 + 1, account, &amount.to_string(), text, on);
            if euro { in_euro(made) } else { made }
        });
        made.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_row_is_in_one_pair_and_their_order_does_not_matter(rows in rows(), turned in any::<u8>()) {
        let outcome = find(&rows);
        let ends = outcome.applied.iter().chain(&outcome.suggested).flat_map(|pair| [pair.from, pair.to]);
        let ends: Vec<TransactionId> = ends.collect();
        prop_assert_eq!(ends.iter().collect::<HashSet<_>>().len(), ends.len());
        let mut other = rows.clone();
        let by = usize::from(turned) % rows.len().max(1);
        other.rotate_left(by.min(rows.len()));
        prop_assert_eq!(&find(&other), &outcome);
        other.reverse();
        prop_assert_eq!(&find(&other), &outcome);
    }

    #[test]
    fn twice_is_once(rows in rows()) {
        let outcome = find(&rows);
        let mut after = rows;
        for pair in &outcome.applied {
            let link = TransferLink { id: DecisionId(Uuid::nil()), kind: pair.terms.kind };
            after.iter_mut().filter(|row| [pair.from, pair.to].contains(&row.id)).for_each(|row| {
                row.transfer = Some(link);
            });
        }
        let again = find(&after);
        prop_assert_eq!(again.applied, Vec::new());
        prop_assert_eq!(again.suggested, outcome.suggested);
    }
}
