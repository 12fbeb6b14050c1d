//! Laws of sums that hold whatever the rows: held against every choice of rows that there is.

use proptest::prelude::*;

use super::*;

fn rows() -> impl Strategy<Value = Vec<Transaction>> {
    let text = prop_oneof![3 => Just("XFER"), 1 => Just("SHOP")];
    let one = (1_u128..5, -9_i64..=9, text, 1_u32..12, any::<bool>());
    proptest::collection::vec(one, 0..10).prop_map(|rows| {
        let numbered = rows.into_iter().enumerate();
        let made = numbered.map(|(at, (account, cents, text, on, is_fine))| {
            let amount = if is_fine { Decimal::new(cents * 10, 3) } else { Decimal::new(cents, 2) };
            row(at as u128 + 1, account, &amount.to_string(), text, on)
        });
        made.collect()
    })
}

/// A whole, its pieces in the order of their ids, and whether each of them says that it is a transfer.
type Sum = (TransactionId, Vec<TransactionId>, bool);

/// Every sum that makes a row, by trying all there are.
fn sums_of(whole: &Transaction, rows: &[Transaction]) -> Vec<Sum> {
    let goes_the_other_way = |row: &&Transaction| row.amount * whole.amount < Decimal::ZERO;
    let is_near = |row: &&Transaction| row.day.days_since(whole.day).abs() <= 4;
    let others = rows.iter().filter(|row| row.account != whole.account);
    let others: Vec<&Transaction> = others.filter(goes_the_other_way).filter(is_near).collect();
    let mut all = Vec::new();
    for chosen in 0..1_u32 << others.len() {
        let numbered = others.iter().enumerate();
        let pieces: Vec<&Transaction> =
            numbered.filter(|(at, _)| chosen & (1_u32 << *at) != 0).map(|(_, row)| *row).collect();
        let total: Decimal = pieces.iter().map(|row| row.amount).sum();
        let is_of_one = pieces.iter().all(|row| row.account == pieces[0].account);
        if (2..=3).contains(&pieces.len()) && is_of_one && total == -whole.amount {
            let mut ids: Vec<TransactionId> = pieces.iter().map(|row| row.id).collect();
            ids.sort();
            all.push((whole.id, ids, pieces.iter().all(|row| row.description == "XFER")));
        }
    }
    all
}

/// The sums that may be proposed: of wholes that few sums make, those whose pieces say so.
fn every_sum(rows: &[Transaction]) -> Vec<Sum> {
    let of_each = rows.iter().map(|row| sums_of(row, rows)).filter(|sums| sums.len() <= MOST_SUMS);
    of_each.flatten().filter(|(_, _, speaks)| *speaks).collect()
}

fn has((whole, pieces, _): &Sum, id: TransactionId) -> bool {
    *whole == id || pieces.contains(&id)
}

/// What is proposed when all of these rows are new, the pieces in the order of their ids.
fn found(rows: &[Transaction]) -> Vec<Sum> {
    let all: Vec<u128> = rows.iter().map(|row| row.id.0.as_u128()).collect();
    let proposals = proposals(&all, rows, &KnownSums::default()).into_iter();
    let mut found: Vec<Sum> = proposals
        .map(|mut of| {
            of.sum.pieces.sort();
            (of.sum.whole, of.sum.pieces, true)
        })
        .collect();
    found.sort();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_proposed_is_exact_and_the_only_way(rows in rows()) {
        let every = every_sum(&rows);
        let is_alone = |id: TransactionId| every.iter().filter(|sum| has(sum, id)).count() == 1;
        let alone = every.iter().filter(|(whole, pieces, _)| {
            is_alone(*whole) && pieces.iter().all(|id| is_alone(*id))
        });
        let mut alone: Vec<Sum> = alone.cloned().collect();
        alone.sort();
        prop_assert_eq!(found(&rows), alone);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in rows(), turned in any::<u8>()) {
        let mut other = rows.clone();
        other.rotate_left(usize::from(turned) % rows.len().max(1));
        prop_assert_eq!(found(&other), found(&rows));
        other.reverse();
        prop_assert_eq!(found(&other), found(&rows));
    }
}
