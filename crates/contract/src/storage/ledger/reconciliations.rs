//! What is known of transactions that may be one.

use std::collections::BTreeSet;

use dashtam_domain::{
    connections::TransactionWindow,
    id::{DecisionId, ImportId, SyncRunId},
    ledger::{
        Account, Alias, AssetClass, ChangeKey, ChangeKind, ChangedRow, DecidedBy, Decision, DecisionKind,
        DecisionState, RejectedPair, Shown, Trade, Transaction, TransactionDetails, TransactionStatus,
        matching::{Scores, Tier},
    },
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin, connected_account,
    races::{CALLERS, race, winners},
    store, stored_account, stored_connection, stored_user,
};

async fn aliases(storage: &Storage, account: &Account, ids: &[&str]) -> Vec<Alias> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let mut unit = begin(storage).await;
    let mut found = unit.reconciliations().aliases(account.owner, account.id, &ids).await.unwrap();
    unit.commit().await.unwrap();
    found.sort();
    found
}

async fn put(storage: &Storage, aliases: &[Alias]) {
    let mut unit = begin(storage).await;
    unit.reconciliations().put_aliases(aliases).await.unwrap();
    unit.commit().await.unwrap();
}

/// An alias leads from its account, and from no other, to one transaction, the last it was given.
pub async fn an_alias_leads_to_one_transaction(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (account, other) =
        (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let row = builders::transaction(&account, "q", day(1));
    let second = builders::transaction(&account, "r", day(1));
    assert_eq!(store(storage, &[row.clone(), second.clone()]).await, 2);
    let alias = |row: &Transaction, id: &str, ordinal| {
        let source_id = id.to_owned();
        Alias { source_id, ordinal, merged: None, ..Alias::of(row, row.id) }
    };
    let first = [alias(&row, "p", 0), alias(&row, "p", 1), alias(&row, "o", 0)];
    put(storage, &[]).await;
    put(storage, &first).await;
    assert_eq!(aliases(storage, &account, &["p", "q"]).await, first[..2]);
    assert_eq!(aliases(storage, &other, &["p"]).await, []);
    assert_eq!(aliases(storage, &account, &[]).await, []);
    let moved = Alias { merged: Some(row.id), ..alias(&second, "p", 1) };
    put(storage, std::slice::from_ref(&moved)).await;
    assert_eq!(aliases(storage, &account, &["o", "p"]).await, [first[2].clone(), first[0].clone(), moved]);

    let mut unit = begin(storage).await;
    let stranger = builders::id();
    let ids = [row.id, dashtam_domain::id::TransactionId(stranger)];
    let found = unit.transactions().find_all(owner, &ids).await.unwrap();
    assert_eq!(found, [row]);
    assert_eq!(unit.transactions().find_all(owner, &[]).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// Whoever looks up what leads to a transaction has the owner's transactions for itself: of many that add a row unless it
/// is known, one does.
pub async fn one_of_many_finds_nothing_and_adds_it(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let answers = race(storage, |storage, number| {
        let account = account.clone();
        async move {
            let mut unit = begin(&storage).await;
            let known =
                unit.reconciliations().aliases(account.owner, account.id, &["p".to_owned()]).await.unwrap();
            if !known.is_empty() {
                unit.commit().await.unwrap();
                return 0;
            }
            let row = builders::transaction(&account, &format!("q{number}"), day(1));
            let added = unit.transactions().insert(std::slice::from_ref(&row)).await.unwrap();
            let alias = Alias { source_id: "p".to_owned(), ..Alias::of(&row, row.id) };
            unit.reconciliations().put_aliases(&[alias]).await.unwrap();
            unit.commit().await.unwrap();
            added
        }
    })
    .await;
    assert_eq!((answers.len(), answers.iter().sum::<u64>()), (CALLERS, 1));
    assert_eq!(aliases(storage, &account, &["p"]).await.len(), 1);
}

/// Two rows of an account with nothing left out, the second one gone.
fn rows(account: &Account) -> (Transaction, Transaction) {
    let left = Transaction {
        status: TransactionStatus::Pending,
        occurred_at: None,
        ..builders::transaction(account, "p", day(1))
    };
    let right = Transaction {
        ordinal: 2,
        memo: Some("Memo".to_owned()),
        check_number: Some("17".to_owned()),
        trade: Some(Trade {
            security: None,
            symbol: Some("ACME".to_owned()),
            name: None,
            asset_class: AssetClass::Etf,
            quantity: decimal("-1.500"),
            price: Some(decimal("3.30")),
            fees: None,
        }),
        details: TransactionDetails {
            payee: Some("Payee".to_owned()),
            category: Some("TRAVEL".to_owned()),
            ..TransactionDetails::default()
        },
        import: Some(ImportId(builders::id())),
        seen_in: Some(SyncRunId(builders::id())),
        created_at: at(5),
        updated_at: at(6),
        ..builders::transaction(account, "q", day(2))
    };
    (left, right)
}

fn suggestion(left: &Transaction, right: &Transaction) -> Decision {
    let scores = Scores { text: 1000, amount: 334, day: 900 };
    let founded = (Some(scores), Some(SyncRunId(builders::id())));
    let (id, kind) = (DecisionId(builders::id()), DecisionKind::PendingPosted);
    Decision::suggested(id, kind, Some(Tier::Adjusted), (left, right), founded, at(20))
}

async fn insert(storage: &Storage, decisions: &[Decision]) {
    let mut unit = begin(storage).await;
    unit.reconciliations().insert(decisions).await.unwrap();
    unit.commit().await.unwrap();
}

async fn find(storage: &Storage, decision: &Decision) -> Option<Decision> {
    let mut unit = begin(storage).await;
    let found = unit.reconciliations().find(decision.owner, decision.id).await.unwrap();
    unit.commit().await.unwrap();
    found
}

/// With all that was before; lists leave that out. It is its owner's alone, and goes with its account.
pub async fn a_decision_comes_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let stranger = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let account = connected_account(storage, &connection, "1").await;
    let (left, right) = rows(&account);
    let open = suggestion(&left, &right);
    let mut manual = Decision { tier: None, kind: DecisionKind::ManualMerge, ..suggestion(&left, &right) };
    manual.evidence.scores = None;
    manual.evidence.run = None;
    let led = vec![Alias { source_id: "o".to_owned(), ..Alias::of(&right, right.id) }];
    manual.apply(left, right, led, DecidedBy::User, at(30));
    insert(storage, &[]).await;
    insert(storage, &[open.clone(), manual.clone()]).await;
    for decision in [&open, &manual] {
        assert_eq!(find(storage, decision).await.as_ref(), Some(decision));
        let shown = storage.queries.decision(owner, decision.id).await.unwrap();
        assert_eq!(shown.as_ref(), Some(decision));
        assert_eq!(storage.queries.decision(stranger, decision.id).await.unwrap(), None);
    }
    let listed = storage.queries.decisions(owner, None, None, Limit::default()).await.unwrap().items;
    assert_eq!(listed, [Decision { before: None, ..manual.clone() }, open.clone()]);
    let theirs = storage.queries.decisions(stranger, None, None, Limit::default()).await.unwrap().items;
    assert_eq!(theirs, []);

    // The feed shows it as lists do.
    let seq = storage.queries.clock(owner).await.unwrap().seq;
    let (kind, limit) = (ChangeKind::Match, Limit::default());
    let page = storage.queries.changes(owner, kind, ChangeKey::START, seq, limit).await.unwrap();
    let shown: Vec<ChangedRow> = page.items.into_iter().map(|change| change.row).collect();
    let listed = [open.clone(), Decision { before: None, ..manual.clone() }];
    assert_eq!(shown, listed.map(|decision| ChangedRow::Match(Box::new(decision))));

    let mut unit = begin(storage).await;
    assert!(unit.connections().delete(owner, connection.id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.decision(owner, open.id).await.unwrap(), None);
    assert_eq!(aliases(storage, &account, &["o"]).await, []);
}

/// The newest first, of whatever state, page by page.
pub async fn decisions_are_listed_page_by_page(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let (left, right) = rows(&account);
    let decisions: Vec<Decision> = (0..7)
        .map(|number| Decision {
            state: if number % 3 == 0 { DecisionState::Rejected } else { DecisionState::Suggested },
            ..suggestion(&left, &right)
        })
        .collect();
    insert(storage, &decisions).await;
    let limit = Limit::new(2).unwrap();
    for state in [None, Some(DecisionState::Rejected), Some(DecisionState::Undone)] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = storage.queries.decisions(owner, state, after, limit).await.unwrap();
            read.extend(page.items);
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        let wanted = |decision: &&Decision| state.is_none_or(|state| decision.state == state);
        let mut expected: Vec<Decision> = decisions.iter().filter(wanted).cloned().collect();
        expected.sort_unstable_by_key(|decision| std::cmp::Reverse(decision.id));
        assert_eq!(read, expected);
    }
}

/// Where a decision stands is written by whoever says where it stood; what is suggested about its rows can be dismissed.
pub async fn decisions_are_settled_from_where_they_stand(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let (left, right) = rows(&account);
    let third = builders::transaction(&account, "r", day(3));
    let [mut first, second, mut later] =
        [suggestion(&left, &right), suggestion(&right, &third), suggestion(&left, &third)];
    insert(storage, &[first.clone(), second.clone()]).await;

    first.apply(left.clone(), right.clone(), Vec::new(), DecidedBy::User, at(40));
    let mut unit = begin(storage).await;
    assert!(!unit.reconciliations().settle(&first, DecisionState::Applied).await.unwrap());
    assert!(unit.reconciliations().settle(&first, DecisionState::Suggested).await.unwrap());
    assert!(!unit.reconciliations().settle(&first, DecisionState::Suggested).await.unwrap());
    assert_eq!(unit.reconciliations().dismiss(owner, &[right.id], at(41)).await.unwrap(), 1);
    assert_eq!(unit.reconciliations().dismiss(owner, &[right.id], at(42)).await.unwrap(), 0);
    unit.commit().await.unwrap();
    assert_eq!(find(storage, &first).await, Some(first.clone()));
    let dismissed = Decision { state: DecisionState::Rejected, updated_at: at(41), ..second.clone() };
    assert_eq!(find(storage, &second).await, Some(dismissed));

    // What was applied later to one of the rows is named.
    later.apply(left.clone(), third.clone(), Vec::new(), DecidedBy::User, at(50));
    insert(storage, std::slice::from_ref(&later)).await;
    let mut unit = begin(storage).await;
    assert_eq!(unit.reconciliations().applied_after(&first).await.unwrap(), [later.id]);
    assert_eq!(unit.reconciliations().applied_after(&later).await.unwrap(), []);
    let mut about = unit.reconciliations().about(owner, &[right.id, third.id]).await.unwrap();
    about.sort_unstable_by_key(|decision| decision.id);
    let shown = |decision: &Decision| Decision { before: None, ..decision.clone() };
    let mut expected = [shown(&first), shown(&later)];
    expected.sort_unstable_by_key(|decision| decision.id);
    assert_eq!(about, expected, "neither rejected nor undone ones");
    assert_eq!(unit.reconciliations().about(owner, &[]).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// Of many that undo a decision at once, one does.
pub async fn one_of_many_undoes_a_decision(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let (left, right) = rows(&account);
    let mut applied = suggestion(&left, &right);
    let merged = applied.apply(left, right, Vec::new(), DecidedBy::Engine, at(40));
    insert(storage, std::slice::from_ref(&applied)).await;
    let answers = race(storage, |storage, _| {
        let (id, survivor) = (applied.id, merged.survivor.clone());
        async move {
            let mut unit = begin(&storage).await;
            let mut decision = unit.reconciliations().find(survivor.owner, id).await.unwrap().unwrap();
            let won = decision.undo(survivor, at(50)).is_some()
                && unit.reconciliations().settle(&decision, DecisionState::Applied).await.unwrap();
            unit.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(winners(&answers), 1);
    assert_eq!(find(storage, &applied).await.unwrap().state, DecisionState::Undone);
}

/// Once, whichever row comes first, and found from either account.
pub async fn rejected_pairs_are_remembered(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (account, other) =
        (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let (left, right) = rows(&account);
    let elsewhere = builders::transaction(&other, "p", day(1));
    let pairs = [RejectedPair::of(&right, &left), RejectedPair::of(&left, &elsewhere)];
    let mut unit = begin(storage).await;
    for pair in pairs.iter().chain([&RejectedPair::of(&left, &right)]) {
        unit.reconciliations().reject_pair(pair).await.unwrap();
    }
    let mut found = unit.reconciliations().rejected_pairs(owner, account.id).await.unwrap();
    found.sort_unstable();
    let mut expected = pairs.clone();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(unit.reconciliations().rejected_pairs(owner, other.id).await.unwrap(), pairs[1..]);
    unit.commit().await.unwrap();
}

/// Aliases lead to other rows and back, and are none any more.
pub async fn aliases_are_moved_and_removed(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let (left, right) = rows(&account);
    let own = Alias::of(&left, right.id);
    put(storage, std::slice::from_ref(&own)).await;
    let mut unit = begin(storage).await;
    let ids = [left.id, right.id];
    assert_eq!(unit.reconciliations().aliases_of(owner, &ids).await.unwrap(), std::slice::from_ref(&own));
    assert_eq!(unit.reconciliations().aliases_of(owner, &ids[..1]).await.unwrap(), []);
    unit.reconciliations().remove_alias(&own).await.unwrap();
    unit.reconciliations().remove_alias(&own).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(aliases(storage, &account, &["p"]).await, []);
}

/// Those about a row that the import brought, whichever of the two that is, each once; suggestions alone are dismissed.
pub async fn decisions_about_an_import_are_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let stranger = stored_user(storage).await.id;
    let (import, other) = (builders::import(owner), builders::import(owner));
    let mut unit = begin(storage).await;
    unit.imports().insert(&import).await.unwrap();
    unit.imports().insert(&other).await.unwrap();
    unit.commit().await.unwrap();
    let brought = |id: &str, by: ImportId| Transaction {
        import: Some(by),
        ..builders::transaction(&account, id, day(1))
    };
    let rows =
        [brought("a", import.id), brought("b", other.id), brought("c", other.id), brought("d", import.id)];
    assert_eq!(store(storage, &rows).await, 4);
    let [own, theirs, third, fourth] = &rows;
    let left = suggestion(own, theirs);
    let right = Decision { state: DecisionState::Applied, ..suggestion(third, own) };
    let closed = Decision { state: DecisionState::Rejected, ..suggestion(own, third) };
    let without = suggestion(theirs, third);
    let both = Decision { state: DecisionState::Applied, ..suggestion(own, fourth) };
    let all = [left.clone(), right.clone(), both.clone(), closed.clone(), without.clone()];
    insert(storage, &all).await;

    let limit = Limit::new(1).unwrap();
    let mut unit = begin(storage).await;
    let found = unit.reconciliations().applied_to_import(owner, import.id, limit).await.unwrap();
    assert_eq!(found, [right.id.min(both.id)]);
    let found = unit.reconciliations().applied_to_import(owner, import.id, Limit::default()).await.unwrap();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([right.id, both.id]));
    let none = unit.reconciliations().applied_to_import(stranger, import.id, limit).await.unwrap();
    assert_eq!(none, []);
    assert_eq!(unit.reconciliations().dismiss_import(stranger, import.id, at(40)).await.unwrap(), 0);
    assert_eq!(unit.reconciliations().dismiss_import(owner, import.id, at(40)).await.unwrap(), 1);
    assert_eq!(unit.reconciliations().dismiss_import(owner, import.id, at(41)).await.unwrap(), 0);
    unit.commit().await.unwrap();
    let dismissed = Decision { state: DecisionState::Rejected, updated_at: at(40), ..left };
    assert_eq!(find(storage, &dismissed).await, Some(dismissed));
    for decision in [right, both, closed, without] {
        assert_eq!(find(storage, &decision).await, Some(decision), "the others stand where they stood");
    }
}

/// Pending rows of an account, posted ones of days, and posted ones that a run did not see.
pub async fn rows_in_question_are_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let other = stored_account(storage, owner, "2").await;
    let run = SyncRunId(builders::id());
    let row = |id: &str, on: i64, status, seen_in| Transaction {
        status,
        seen_in,
        raw: None,
        ..builders::transaction(&account, id, day(on))
    };
    use TransactionStatus::{Pending, Posted, Removed};
    let stored = [
        row("a", 1, Pending, None),
        row("b", 2, Posted, None),
        row("c", 2, Posted, Some(run)),
        row("d", 2, Removed, None),
        row("e", 9, Posted, None),
        Transaction { import: Some(ImportId(builders::id())), ..row("f", 3, Posted, None) },
        Transaction { status: Pending, ..builders::transaction(&other, "a", day(1)) },
    ];
    assert_eq!(store(storage, &stored).await, 7);
    let mut unit = begin(storage).await;
    let transactions = unit.transactions();
    assert_eq!(transactions.pending(owner, account.id).await.unwrap(), stored[..1]);
    let mut posted = transactions.posted_on(owner, account.id, &[day(1), day(2)]).await.unwrap();
    posted.sort_unstable_by_key(|row| row.source_id.clone());
    assert_eq!(posted, stored[1..3]);
    assert_eq!(transactions.posted_on(owner, account.id, &[]).await.unwrap(), []);
    let window = TransactionWindow { from: day(1), to: day(8) };
    assert_eq!(transactions.unseen(owner, account.id, window, &run.into()).await.unwrap(), stored[1..2]);
    let all = Shown { run, unchanged: [stored[1].id].into() };
    assert_eq!(transactions.unseen(owner, account.id, window, &all).await.unwrap(), []);
}
