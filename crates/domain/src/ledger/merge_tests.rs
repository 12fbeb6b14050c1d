//! Tests of the merge.

use super::*;
use crate::{
    connections::SentJson,
    id::DecisionId,
    ledger::{Announced, DecidedBy, Decision, DecisionKind, Merged, TransactionDetails, TransactionKind},
    money::{Currency, exact_decimal},
    time::Day,
};

fn now() -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000).unwrap()
}

fn owner() -> UserId {
    UserId(Uuid::nil())
}

fn account() -> AccountId {
    AccountId(Uuid::from_u128(2))
}

fn pulled(id: &str, replaces: Option<&str>, amount: &str, status: TransactionStatus) -> PulledTransaction {
    PulledTransaction {
        external_id: id.into(),
        replaces: replaces.map(str::to_owned),
        day: Day::new(2026, 3, 1).unwrap(),
        occurred_at: None,
        amount: exact_decimal(amount).unwrap(),
        currency: Currency::USD,
        description: "Card".into(),
        kind: TransactionKind::PointOfSale,
        status,
        memo: None,
        trade: None,
        details: TransactionDetails::default(),
        raw: SentJson::default(),
    }
}

fn reconciled(known: impl Into<KnownRows>, page: Vec<PulledTransaction>) -> PullChanges {
    let known = known.into();
    let mut id = known.rows.len() as u128;
    let into = PullTarget { owner: owner(), account: account(), run: SyncRunId(Uuid::nil()), now: now() };
    reconcile(into, known, page, || {
        id += 1;
        Uuid::from_u128(id)
    })
}

/// What is stored after a page, if only these rows were before.
fn after(known: KnownRows, changes: PullChanges) -> KnownRows {
    let PullChanges { added, changed, mut aliases, links, .. } = changes;
    let mut rows: HashMap<TransactionId, Transaction> =
        known.rows.into_iter().chain(added).map(|row| (row.id, row)).collect();
    rows.extend(changed.into_iter().map(|row| (row.id, row)));
    for Link { pending, posted, is_stored } in links {
        let (merged, _) = linked(rows[&pending].clone(), posted);
        if is_stored {
            rows.insert(merged.gone.id, merged.gone);
        }
        rows.insert(merged.survivor.id, merged.survivor);
        aliases.push(merged.alias);
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by_key(|row| row.id);
    KnownRows { rows, aliases: [known.aliases, aliases].concat() }
}

/// What becomes of linked rows, and the decision about them.
fn linked(pending: Transaction, posted: Transaction) -> (Merged, Decision) {
    let (id, kind) = (DecisionId(Uuid::nil()), DecisionKind::PendingPosted);
    let mut decision = Decision::suggested(id, kind, None, (&pending, &posted), (None, None), now());
    let (left, right) = if decision.left == pending.id { (pending, posted) } else { (posted, pending) };
    (decision.apply(left, right, Vec::new(), DecidedBy::Engine, now()), decision)
}

#[test]
fn a_posted_row_takes_over_its_pending_one() {
    use TransactionStatus::{Pending, Posted, Removed};
    let first = reconciled(vec![], vec![pulled("p", None, "-5", Pending)]).added;
    let again = reconciled(first.clone(), vec![pulled("p", None, "-5", Pending)]);
    assert_eq!((again.added.len(), again.changed.len(), again.unchanged.len()), (0, 0, 1));

    let posted = reconciled(first.clone(), vec![pulled("q", Some("p"), "-6", Posted)]);
    assert!(posted.added.is_empty() && posted.changed.is_empty());
    let known = after(first.clone().into(), posted);
    let [row] = &known.rows[..] else { panic!("{known:?}") };
    assert_eq!((row.id, row.source_id.as_str(), row.status), (first[0].id, "q", Posted));

    // Both are stored already: they are merged, and the older one stays.
    let own = reconciled(first.clone(), vec![pulled("q", None, "-6", Posted)]).added;
    let (pending, own) = (first[0].id, own[0].clone());
    let both =
        reconciled([first.clone(), vec![own.clone()]].concat(), vec![pulled("q", Some("p"), "-6", Posted)]);
    assert_eq!((both.links.len(), both.changed.len(), both.links[0].is_stored), (1, 0, true));
    let known = after([first, vec![own.clone()]].concat().into(), both);
    let [survivor, gone] = &known.rows[..] else { panic!("{known:?}") };
    assert!(gone.id == own.id && gone.status == Removed && gone.is_merged());
    assert_eq!((survivor.id, survivor.source_id.as_str(), survivor.status), (pending, "q", Posted));
    let [alias] = &known.aliases[..] else { panic!("{known:?}") };
    assert_eq!((alias.source_id.as_str(), alias.transaction, alias.merged), ("p", pending, Some(own.id)));
}

#[test]
fn what_a_booked_row_was_while_it_was_pending_is_kept() {
    use TransactionStatus::{Pending, Posted};
    let was = Some(Announced { amount: exact_decimal("-5").unwrap(), day: Day::new(2026, 3, 1).unwrap() });
    for (id, replaces) in [("p", None), ("q", Some("p"))] {
        let mut known =
            after(KnownRows::default(), reconciled(vec![], vec![pulled("p", None, "-5", Pending)]));
        for (amount, day, status, expected) in
            [("-6", 3, Posted, was), ("-7", 4, Posted, was), ("-7", 4, Pending, None)]
        {
            let day = Day::new(2026, 3, day).unwrap();
            let told = PulledTransaction { day, ..pulled(id, replaces, amount, status) };
            let changes = reconciled(known.clone(), vec![told]);
            known = after(known, changes);
            assert_eq!(
                (known.rows.len(), known.rows[0].announced),
                (1, expected),
                "{id} {amount} {status:?}"
            );
        }
    }
}

#[test]
fn a_pending_row_shown_again_is_the_posted_one() {
    use TransactionStatus::{Pending, Posted};
    let mut known = KnownRows::default();
    for page in [
        vec![pulled("p", None, "-5", Pending)],
        vec![pulled("q", Some("p"), "-6", Posted)],
        vec![pulled("p", None, "-5", Pending)],
        vec![pulled("p", None, "-5", Pending), pulled("q", Some("p"), "-6", Posted)],
        vec![pulled("q", None, "-6", Posted), pulled("p", None, "-5", Pending)],
    ] {
        let changes = reconciled(known.clone(), page);
        known = after(known, changes);
        assert_eq!(known.rows.len(), 1, "{known:?}");
    }
    assert_eq!((known.rows[0].source_id.as_str(), known.rows[0].status), ("q", Posted));
    assert_eq!(known.rows[0].amount, exact_decimal("-6").unwrap());
}

#[test]
fn a_pending_row_that_comes_after_the_posted_one_is_none_of_its_own() {
    use TransactionStatus::{Pending, Posted};
    for page in [
        vec![pulled("q", Some("p"), "-6", Posted)],
        vec![pulled("p", None, "-5", Pending), pulled("q", Some("p"), "-6", Posted)],
    ] {
        let known = after(KnownRows::default(), reconciled(vec![], page));
        assert_eq!((known.rows.len(), known.rows[0].source_id.as_str()), (1, "q"));
        let again = reconciled(known, vec![pulled("p", None, "-5", Pending)]);
        assert_eq!((again.added.len(), again.changed.len(), again.echoes.len()), (0, 0, 1));
        // Whether the posted one is still there is not said.
        assert_eq!((again.unchanged.len(), again.echoes[0].status), (0, Pending));
        assert_eq!(again.echoes[0].source_id, "q");
    }
}

#[test]
fn a_row_that_went_comes_back_under_whichever_id() {
    use TransactionStatus::{Pending, Posted, Removed};
    let known = after(KnownRows::default(), reconciled(vec![], vec![pulled("p", None, "-5", Pending)]));
    let changes = reconciled(known.clone(), vec![pulled("q", Some("p"), "-6", Posted)]);
    let mut known = after(known, changes);
    known.rows[0].status = Removed;
    let back = reconciled(known, vec![pulled("p", None, "-5", Pending)]);
    assert!(back.added.is_empty() && back.aliases.is_empty());
    assert_eq!((back.changed[0].source_id.as_str(), back.changed[0].status), ("q", Pending));
}

#[test]
fn a_row_told_twice_in_one_page_counts_once() {
    use TransactionStatus::Posted;
    let changes = reconciled(vec![], vec![pulled("a", None, "-5", Posted), pulled("a", None, "-6", Posted)]);
    assert_eq!(changes.added.len(), 1);
    assert_eq!(changes.added[0].amount, exact_decimal("-6").unwrap());
}

#[test]
fn a_row_that_is_one_of_another_account_is_told_of_there() {
    let elsewhere = Transaction {
        account: AccountId(Uuid::from_u128(8)),
        ..after(
            KnownRows::default(),
            reconciled(vec![], vec![pulled("c", None, "-5", TransactionStatus::Posted)]),
        )
        .rows
        .remove(0)
    };
    let alias =
        Alias { account: account(), source_id: "s".to_owned(), ..Alias::of(&elsewhere, elsewhere.id) };
    let known = KnownRows { rows: vec![elsewhere], aliases: vec![alias] };
    let changes = reconciled(known.clone(), vec![pulled("s", None, "-6", TransactionStatus::Posted)]);
    assert_eq!(changes, PullChanges::default());
    // Its own row, which lies merged, is noted as seen.
    let mut stored = known.clone();
    let own = TransactionId(Uuid::from_u128(77));
    stored.aliases[0].merged = Some(own);
    let changes = reconciled(stored, vec![pulled("s", None, "-6", TransactionStatus::Posted)]);
    assert_eq!(changes, PullChanges { unchanged: vec![own], ..PullChanges::default() });
    // A row that names it as its predecessor is a new one.
    let changes = reconciled(known, vec![pulled("t", Some("s"), "-6", TransactionStatus::Posted)]);
    assert_eq!((changes.added.len(), changes.links.len(), changes.aliases.len()), (1, 0, 0));
}

#[test]
fn what_only_a_statement_tells_stays_while_the_row_stays_booked() {
    let page = |status| vec![pulled("c", None, "-5", status)];
    let mut known = after(KnownRows::default(), reconciled(vec![], page(TransactionStatus::Posted)));
    known.rows[0].memo = Some("Table 4".to_owned());
    known.rows[0].check_number = Some("17".to_owned());
    let changes = reconciled(known.clone(), page(TransactionStatus::Posted));
    assert_eq!((changes.changed.len(), changes.unchanged.len()), (0, 1));
    let other = pulled("c", None, "-7", TransactionStatus::Posted);
    let changes = reconciled(known.clone(), vec![other.clone()]);
    assert_eq!(changes.changed[0].memo.as_deref(), Some("Table 4"));
    let told = PulledTransaction { memo: Some("Own".to_owned()), ..other };
    let changes = reconciled(known, vec![told]);
    assert_eq!(changes.changed[0].memo.as_deref(), Some("Own"));
}
