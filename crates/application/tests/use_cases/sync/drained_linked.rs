//! Lists of changes of an account that is one with another.

use dashtam_application::{
    corrections::{CorrectAccount, TakeBackOfAccount},
    reconciliations::ListMatches,
    sync::{RequestSync, RunNextSync},
};
use dashtam_domain::{
    connections::{Busy, Changes, ChangesPage, SyncRun, SyncState},
    ledger::{Account, AccountChange, AccountField, Decision, DecisionState, TransactionStatus},
    page::Limit,
};
use dashtam_testkit::builders::{self, at, day};

use super::drained::{Bench, counts, gone, page, row};
use crate::world::unkept;

/// A bank that tells both accounts of one purchase; the second one's row counts.
struct Linked(Bench);

impl Linked {
    async fn open() -> Self {
        let mut bench = Bench::open().await;
        let both = vec![row("a", "a1", 3), row("b", "b1", 3)];
        bench.bank.will_tell(Ok(Changes::Page(page(both, "c1", false))));
        bench.sync(at(1_000)).await;
        let (account, to) = (bench.account("a").await, bench.account("b").await);
        let change = AccountChange { same_as: Some(Some(to)), ..AccountChange::default() };
        let request = CorrectAccount { account, change };
        bench.dashtam.corrections().correct_account(&bench.world.call(), request).await.unwrap();
        assert_eq!(bench.shown("a").await, ["Row b1"]);
        Self(bench)
    }

    async fn decisions(&self, state: DecisionState) -> Vec<Decision> {
        let request = ListMatches { state: Some(state), after: None, limit: Limit::default() };
        self.0.dashtam.reconciliations().list(&self.0.world.call(), request).await.unwrap().items
    }

    /// Makes the accounts two again.
    async fn part(&self) {
        let request = TakeBackOfAccount { account: self.0.account("a").await, field: AccountField::SameAs };
        self.0.dashtam.corrections().take_back_of_account(&self.0.world.call(), request).await.unwrap();
    }
}

#[tokio::test]
async fn a_row_that_is_taken_back_and_told_under_another_id_is_still_the_same_transaction() {
    for in_two in [false, true] {
        let mut linked = Linked::open().await;
        let before = linked.0.rows("b", None).await;
        let removed = vec![gone("a", "a1")];
        let first = match in_two {
            true => Vec::new(),
            false => vec![row("a", "a2", 3)],
        };
        let listing = ChangesPage { removed, ..page(first, "c2", false) };
        linked.0.bank.will_tell(Ok(Changes::Page(listing)));
        linked.0.sync(at(5_000)).await;
        if in_two {
            let [undone] = &linked.decisions(DecisionState::Undone).await[..] else {
                panic!("one is undone")
            };
            assert_eq!(undone.before, None);
            linked.0.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "a2", 3)], "c3", false))));
            linked.0.sync(at(9_000)).await;
        }
        assert_eq!(linked.0.rows("a", None).await, before, "it counts once: {in_two}");
        assert_eq!(linked.decisions(DecisionState::Applied).await.len(), 1);
        // What was taken back does not come again when the accounts are two.
        linked.part().await;
        assert_eq!(linked.0.shown("a").await, ["Row a2"]);
        assert_eq!(linked.0.shown("b").await, ["Row b1"]);
        assert_eq!(linked.0.rows("a", Some(TransactionStatus::Removed)).await.len(), 1);
    }
}

#[tokio::test]
async fn what_one_source_takes_back_stays_while_the_other_tells_it() {
    let mut linked = Linked::open().await;
    let before = linked.0.rows("b", None).await;
    let listing = ChangesPage { removed: vec![gone("a", "a1")], ..page(Vec::new(), "c2", false) };
    linked.0.bank.will_tell(Ok(Changes::Page(listing)));
    assert_eq!(linked.0.sync(at(5_000)).await.counts, counts(0, 0, 0), "nothing that counts is gone");
    assert_eq!(linked.0.rows("a", None).await, before);
    // Told once more, it is the same again.
    linked.0.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "a1", 3)], "c3", false))));
    linked.0.sync(at(9_000)).await;
    assert_eq!(linked.0.rows("a", None).await, before);
    assert_eq!(linked.decisions(DecisionState::Applied).await.len(), 1);
}

#[tokio::test]
async fn the_former_id_of_a_row_that_was_booked_takes_nothing_back() {
    let mut linked = Linked::open().await;
    let mut pending = row("a", "p", 2);
    pending.row.status = TransactionStatus::Pending;
    linked.0.bank.will_tell(Ok(Changes::Page(page(vec![pending], "c2", false))));
    linked.0.sync(at(5_000)).await;
    let mut booked = row("a", "a2", 2);
    booked.row.replaces = Some("p".to_owned());
    linked.0.bank.will_tell(Ok(Changes::Page(page(vec![booked, row("b", "b2", 2)], "c3", false))));
    linked.0.sync(at(9_000)).await;
    let before = linked.0.rows("a", None).await;
    assert_eq!(before.len(), 2, "{before:?}");
    let listing = ChangesPage { removed: vec![gone("a", "p")], ..page(Vec::new(), "c4", false) };
    linked.0.bank.will_tell(Ok(Changes::Page(listing)));
    linked.0.sync(at(13_000)).await;
    assert_eq!(linked.0.rows("a", None).await, before);
    assert!(linked.decisions(DecisionState::Undone).await.is_empty());
}

impl Linked {
    /// Stores a row of each account behind the program's back, so many days ago.
    async fn store_both(&self, back: i64) {
        let mut unit = self.0.disk.unwatched.store.begin().await.unwrap();
        for account in ["a", "b"] {
            let account = Account {
                id: self.0.account(account).await,
                ..builders::file_account(self.0.world.owner, account)
            };
            let row = builders::transaction(&account, &format!("{back} days ago"), day(-back));
            unit.transactions().insert(&[row]).await.unwrap();
        }
        unit.commit().await.unwrap();
    }

    /// How many transactions there are, each once.
    async fn count(&self) -> usize {
        self.0.rows("a", None).await.len()
    }
}

#[tokio::test]
async fn only_the_days_that_a_listing_told_of_are_compared() {
    let mut linked = Linked::open().await;
    linked.store_both(300).await;
    linked.store_both(200).await;
    assert_eq!(linked.count().await, 5);
    linked.0.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "c2", false))));
    linked.0.sync(at(5_000)).await;
    assert_eq!(linked.count().await, 5, "nothing was told");
    let far = vec![row("a", "a2", 0), row("a", "a3", 401)];
    linked.0.bank.will_tell(Ok(Changes::Page(page(far, "c3", false))));
    linked.0.sync(at(9_000)).await;
    assert_eq!(linked.count().await, 7, "those between were not told of");
    // A row that was told is near; so are the rows beside it.
    linked.0.bank.will_tell(Ok(Changes::Page(page(vec![row("a", "a4", 203)], "c4", false))));
    linked.0.sync(at(13_000)).await;
    assert_eq!(linked.count().await, 7);
    // So is one that was taken back.
    let listing = ChangesPage { removed: vec![gone("a", "a3")], ..page(Vec::new(), "c5", false) };
    linked.0.bank.will_tell(Ok(Changes::Page(listing)));
    linked.0.sync(at(17_000)).await;
    assert_eq!(linked.count().await, 6);
}

#[tokio::test]
async fn all_days_are_compared_when_a_worker_died_before_it_came_that_far() {
    let mut linked = Linked::open().await;
    linked.store_both(300).await;
    let bench = &mut linked.0;
    let request = RequestSync { connection: bench.connection.id };
    bench.dashtam.sync().request(&bench.world.call(), request, unkept).await.unwrap();
    let mut unit = bench.disk.unwatched.store.begin().await.unwrap();
    let (now, until) = (at(5_000), at(5_000).plus(SyncRun::LEASE));
    unit.sync_runs().claim(now, until, &Busy::default()).await.unwrap().unwrap();
    unit.commit().await.unwrap();
    bench.world.clock.set(at(6_000));
    bench.world.now = at(6_000);
    bench.bank.will_tell(Ok(Changes::Page(page(Vec::new(), "c2", false))));
    let run = bench.dashtam.sync().run_next(&bench.world.system(), RunNextSync).await.unwrap().unwrap();
    assert_eq!((run.state, run.attempts), (SyncState::Completed, 2));
    assert_eq!(linked.count().await, 2);
}
