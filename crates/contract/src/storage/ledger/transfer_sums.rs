//! Transfers of which one side is several transactions.

use dashtam_domain::{
    id::{DecisionId, ImportId, TransactionId, UserId},
    ledger::{
        Account, DecidedBy, Decision, DecisionState, Transaction, TransactionKind,
        matching::Scores,
        transfer::{ProposedSum, TransferKind, TransferSum, TransferTerms},
    },
    page::Limit,
    store::Storage,
};

use super::transfers::find;
use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin,
    races::{race, winners},
    store, stored_account, stored_user,
};

fn limit() -> Limit {
    Limit::new(5).unwrap()
}

fn row(account: &Account, id: &str, on: i64, amount: &str) -> Transaction {
    let (amount, kind) = (decimal(amount), TransactionKind::Other);
    Transaction { amount, kind, ..builders::transaction(account, id, day(on)) }
}

/// A suggestion that these rows add up to the first of them.
fn suggestion(rows: &[Transaction]) -> Decision {
    let [whole, pieces @ ..] = rows else { panic!("there is a whole") };
    let terms = TransferTerms {
        kind: TransferKind::Internal,
        from_currency: whole.currency,
        to_currency: whole.currency,
        fee: None,
        rate: None,
    };
    let pieces: Vec<&Transaction> = pieces.iter().collect();
    let sum = TransferSum { whole: whole.id, pieces: pieces.iter().map(|row| row.id).collect() };
    let proposed = ProposedSum { sum, scores: Scores { text: 667, amount: 1000, day: 800 }, terms };
    Decision::sum(DecisionId(builders::id()), (whole, &pieces), &proposed, at(20)).unwrap()
}

/// Two accounts, and rows of which the last ones, of the second account, add up to the first.
async fn stored(storage: &Storage, amounts: [&str; 4]) -> (Account, Account, Vec<Transaction>) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let account = |at: usize| if at == 0 { &one } else { &two };
    let numbered = amounts.iter().enumerate();
    let rows = numbered.map(|(at, amount)| row(account(at), &format!("r{at}"), at as i64, amount));
    let rows: Vec<Transaction> = rows.collect();
    store(storage, &rows).await;
    (one, two, rows)
}

async fn insert(storage: &Storage, decisions: &[Decision]) {
    let mut unit = begin(storage).await;
    unit.reconciliations().insert(decisions).await.unwrap();
    unit.commit().await.unwrap();
}

/// Makes the rows of a decision sides of it, if it still is suggested; whether it was.
async fn accept(storage: &Storage, owner: UserId, id: DecisionId) -> bool {
    let mut unit = begin(storage).await;
    let mut decision = unit.reconciliations().find(owner, id).await.unwrap().unwrap();
    (decision.state, decision.by, decision.updated_at) = (DecisionState::Applied, DecidedBy::User, at(30));
    let won = unit.reconciliations().settle(&decision, DecisionState::Suggested).await.unwrap();
    if won {
        let ids: Vec<TransactionId> = decision.rows().collect();
        let rows = unit.transactions().find_all(owner, &ids).await.unwrap();
        let linked = rows.into_iter().map(|row| Transaction { transfer: decision.transfer_link(), ..row });
        unit.transfers().write(&linked.collect::<Vec<_>>()).await.unwrap();
    }
    unit.commit().await.unwrap();
    won
}

/// Of two pieces and of three, whichever side they are on: as stored, by each of its rows and by both accounts.
pub async fn a_sum_is_found_by_every_row(storage: &Storage) {
    for amounts in [["-600", "100", "200", "300"], ["600", "-100", "-200", "-300"]] {
        let (one, two, rows) = stored(storage, amounts).await;
        let owner = one.owner;
        let sums = [suggestion(&rows[..3]), suggestion(&rows)];
        insert(storage, &sums).await;
        let mut unit = begin(storage).await;
        for sum in &sums {
            assert_eq!(unit.reconciliations().find(owner, sum.id).await.unwrap().as_ref(), Some(sum));
        }
        let mut both = sums.to_vec();
        both.sort_by_key(|sum| sum.id);
        for (at, row) in rows.iter().enumerate() {
            let about = unit.transfers().about(owner, &[row.id]).await.unwrap();
            assert_eq!(about, if at < 3 { both.clone() } else { vec![sums[1].clone()] });
        }
        let ids: Vec<TransactionId> = rows.iter().map(|row| row.id).collect();
        assert_eq!(unit.transfers().about(owner, &ids).await.unwrap(), both, "each once");
        for account in [&one, &two] {
            assert_eq!(unit.transfers().of_account(owner, account.id, limit()).await.unwrap(), both);
        }
        assert_eq!(unit.reconciliations().about(owner, &ids).await.unwrap(), []);
        unit.commit().await.unwrap();
        both.reverse();
        assert_eq!(storage.queries.transfers(owner, None, None, limit()).await.unwrap().items, both);
        let stranger = stored_user(storage).await.id;
        let mut unit = begin(storage).await;
        assert_eq!(unit.transfers().about(stranger, &ids).await.unwrap(), []);
        unit.commit().await.unwrap();
    }
}

/// All of its rows are sides of it, or none is: of thirty that accept it one does.
pub async fn one_of_many_accepts_a_sum(storage: &Storage) {
    let (one, _, rows) = stored(storage, ["-600", "100", "200", "300"]).await;
    let sum = suggestion(&rows);
    insert(storage, std::slice::from_ref(&sum)).await;
    let answers = race(storage, |storage, _| {
        let (owner, id) = (one.owner, sum.id);
        async move { accept(&storage, owner, id).await }
    })
    .await;
    assert_eq!(winners(&answers), 1);
    for row in &rows {
        assert_eq!(find(storage, row).await.transfer.map(|link| link.id), Some(sum.id));
    }
    // What is settled otherwise keeps its rows.
    let undone = Decision { state: DecisionState::Undone, updated_at: at(40), ..sum.clone() };
    let mut unit = begin(storage).await;
    assert!(unit.reconciliations().settle(&undone, DecisionState::Applied).await.unwrap());
    assert_eq!(unit.reconciliations().find(one.owner, sum.id).await.unwrap(), Some(undone));
    unit.commit().await.unwrap();
}

/// Before what an import brought goes, sums are found and let go that only their last piece is in.
pub async fn sums_of_an_import_are_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let import = ImportId(builders::id());
    let mut rows = vec![row(&one, "a", 1, "-6"), row(&two, "b", 1, "1"), row(&two, "c", 1, "2")];
    rows.push(Transaction { import: Some(import), seen_in: None, ..row(&two, "d", 2, "3") });
    store(storage, &rows).await;
    let sum = suggestion(&rows);
    insert(storage, std::slice::from_ref(&sum)).await;
    let mut unit = begin(storage).await;
    let other = ImportId(builders::id());
    assert_eq!(unit.reconciliations().dismiss_import(owner, other, at(25)).await.unwrap(), 0);
    assert_eq!(unit.reconciliations().dismiss_import(owner, import, at(25)).await.unwrap(), 1);
    let dismissed = unit.reconciliations().find(owner, sum.id).await.unwrap().unwrap();
    assert_eq!(dismissed.state, DecisionState::Rejected);
    unit.commit().await.unwrap();

    let sum = suggestion(&rows);
    insert(storage, std::slice::from_ref(&sum)).await;
    assert!(accept(storage, owner, sum.id).await);
    let mut unit = begin(storage).await;
    let found = unit.transfers().of_import(owner, import, limit()).await.unwrap();
    assert_eq!(found.iter().map(|of| of.id).collect::<Vec<_>>(), [sum.id]);
    unit.commit().await.unwrap();
}
