//! Ids of one transaction that come and go: a booked row that is issued anew or taken back while its pending one is still
//! shown, and rows of a linked account.

use dashtam_application::{
    corrections::CorrectAccount,
    ledger::{ListAccounts, ListTransactions},
    reconciliations::{AcceptMatch, ListMatches, UndoMatch},
};
use dashtam_domain::{
    connections::{PulledTransaction, RefusedRow, TransactionPage},
    ledger::{AccountChange, Decision, DecisionState, Transaction, TransactionFilter, TransactionStatus},
    page::Limit,
};
use dashtam_testkit::builders::{at, day, decimal};

use super::{
    bench::{page, pulled, pulled_account},
    real_store::Linked,
};

use TransactionStatus::{Pending, Posted, Removed};

fn row(id: &str, status: TransactionStatus) -> PulledTransaction {
    let (amount, description) = (decimal("-50"), "BISTRO 21".to_owned());
    PulledTransaction { amount, description, status, occurred_at: None, ..pulled(id, day(-1)) }
}

impl Linked {
    /// Shows these rows of each account, and looks for work.
    async fn shown(&mut self, second: i64, accounts: &[(&str, &[PulledTransaction])]) {
        let told = accounts.iter().map(|(account, _)| pulled_account(account)).collect();
        self.bank.will_show_accounts(Ok(told));
        for (account, rows) in accounts {
            self.bank.will_show_page(account, Ok(page(rows.to_vec(), None)));
        }
        self.sync(at(second)).await;
    }

    async fn listed(&self) -> Vec<Transaction> {
        let request = ListTransactions {
            asked: TransactionFilter::default().into(),
            after: None,
            limit: Limit::default(),
        };
        self.dashtam.ledger().transactions(&self.world.call(), request).await.unwrap().items
    }

    /// The ids and states of the rows of the lists.
    async fn told(&self) -> Vec<(String, TransactionStatus)> {
        let mut told: Vec<_> =
            self.listed().await.into_iter().map(|row| (row.source_id, row.status)).collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    }

    /// Says that the second account is the first one, or that it is not.
    async fn link(&self, is_same: bool) {
        let request = ListAccounts { connection: None, after: None, limit: Limit::default() };
        let accounts = self.dashtam.ledger().accounts(&self.world.call(), request).await.unwrap().items;
        let [first, second] = &accounts[..] else { panic!("{accounts:?}") };
        let change = AccountChange { same_as: Some(is_same.then_some(first.id)), ..AccountChange::default() };
        let request = CorrectAccount { account: second.id, change };
        self.dashtam.corrections().correct_account(&self.world.call(), request).await.unwrap();
    }

    async fn decisions(&self, state: DecisionState) -> Vec<Decision> {
        let request = ListMatches { state: Some(state), after: None, limit: Limit::default() };
        self.dashtam.reconciliations().list(&self.world.call(), request).await.unwrap().items
    }

    /// A pending row and its booked one, both shown, which a person says are one.
    async fn accepted(&mut self) -> Decision {
        self.shown(1_000, &[("a", &[row("p", Pending)])]).await;
        self.shown(2_000, &[("a", &[row("p", Pending), row("t", Posted)])]).await;
        let open = self.decisions(DecisionState::Suggested).await;
        let request = AcceptMatch { decision: open[0].id };
        self.dashtam.reconciliations().accept(&self.world.call(), request).await.unwrap()
    }
}

#[tokio::test]
async fn a_booked_row_that_is_issued_anew_beside_its_pending_one_counts_once() {
    let mut linked = Linked::open().await;
    let decision = linked.accepted().await;
    for (second, id) in [(3_000, "r"), (4_000, "r"), (5_000, "s")] {
        linked.shown(second, &[("a", &[row("p", Pending), row(id, Posted)])]).await;
        assert_eq!(linked.told().await, [(id.to_owned(), Posted)], "{second}");
        assert_eq!(linked.listed().await[0].id, decision.left, "it is the same transaction");
    }
    linked.shown(6_000, &[("a", &[row("s", Posted)])]).await;
    assert_eq!(linked.told().await, [("s".to_owned(), Posted)]);
}

#[tokio::test]
async fn a_booking_that_is_taken_back_leaves_the_pending_row() {
    let mut linked = Linked::open().await;
    let decision = linked.accepted().await;
    linked.shown(3_000, &[("a", &[row("p", Pending)])]).await;
    assert_eq!(linked.told().await, [("t".to_owned(), Pending)]);
    // Booked again, it is the same one, under whichever id.
    linked.shown(4_000, &[("a", &[row("p", Pending), row("t", Posted)])]).await;
    assert_eq!(linked.told().await, [("t".to_owned(), Posted)]);
    linked.shown(5_000, &[("a", &[row("p", Pending)])]).await;
    let undo = UndoMatch { decision: decision.id };
    linked.dashtam.reconciliations().undo(&linked.world.call(), undo).await.unwrap();
    assert_eq!(linked.told().await, [("p".to_owned(), Pending)]);
    linked.shown(6_000, &[("a", &[row("p", Pending), row("t", Posted)])]).await;
    assert_eq!(linked.told().await, [("p".to_owned(), Pending), ("t".to_owned(), Posted)], "they are two");
    linked.shown(7_000, &[("a", &[row("t", Posted)])]).await;
    assert_eq!(linked.told().await, [("t".to_owned(), Posted)]);
}

#[tokio::test]
async fn a_row_of_a_linked_account_that_is_issued_anew_is_still_the_other_accounts() {
    let mut linked = Linked::open().await;
    let own = [row("t", Posted)];
    linked.shown(1_000, &[("a", &own), ("b", &[row("x", Posted)])]).await;
    linked.link(true).await;
    let told = [("t".to_owned(), Posted)];
    assert_eq!(linked.told().await, told);
    for (at, ids) in [(2_000, &["x"][..]), (3_000, &["y"]), (4_000, &["y"]), (5_000, &["z"])] {
        let rows: Vec<_> = ids.iter().map(|id| row(id, Posted)).collect();
        linked.shown(at, &[("a", &own), ("b", &rows)]).await;
        assert_eq!(linked.told().await, told, "{ids:?}");
    }
    // A second purchase is a second one.
    linked.shown(6_000, &[("a", &own), ("b", &[row("z", Posted), row("n", Posted)])]).await;
    assert_eq!(linked.told().await, [("n".to_owned(), Posted), ("t".to_owned(), Posted)]);
    // Two accounts again: what was withdrawn stays so.
    linked.link(false).await;
    let mut ids: Vec<String> = linked.told().await.into_iter().map(|(id, _)| id).collect();
    ids.sort();
    assert_eq!(ids, ["n", "t", "z"]);
    assert!(linked.listed().await.iter().all(|row| row.status != Removed));
}

#[tokio::test]
async fn a_pending_row_of_two_linked_accounts_is_shown_once_and_booked_once() {
    let mut linked = Linked::open().await;
    linked.shown(1_000, &[("a", &[row("p", Pending)]), ("b", &[row("x", Pending)])]).await;
    assert_eq!(linked.told().await.len(), 2);
    linked.link(true).await;
    assert_eq!(linked.told().await, [("p".to_owned(), Pending)]);
    let booked = [("t".to_owned(), Posted)];
    for (second, rows) in [
        (2_000, &[row("x", Pending)][..]),
        // The second institution books it under another id, and shows both for a while.
        (3_000, &[row("x", Pending), row("y", Posted)]),
        (4_000, &[row("y", Posted)]),
    ] {
        linked.shown(second, &[("a", &[row("t", Posted)]), ("b", rows)]).await;
        assert_eq!(linked.told().await, booked, "{second}");
    }
    linked.link(false).await;
    assert_eq!(linked.told().await, [("t".to_owned(), Posted), ("y".to_owned(), Posted)]);
}

#[tokio::test]
async fn a_row_of_a_linked_account_that_cannot_be_read_this_time_was_not_withdrawn() {
    let mut linked = Linked::open().await;
    let own = [row("t", Posted)];
    linked.shown(1_000, &[("a", &own), ("b", &[row("x", Posted)])]).await;
    linked.link(true).await;
    assert_eq!(linked.told().await, [("t".to_owned(), Posted)]);
    // The row is still there, and a second purchase of the same amount beside it.
    linked.bank.will_show_accounts(Ok(vec![pulled_account("a"), pulled_account("b")]));
    linked.bank.will_show_page("a", Ok(page(own.to_vec(), None)));
    let external_id = Some("x".to_owned());
    let refused = vec![RefusedRow { external_id, day: Some(day(-1)), reason: "no amount".to_owned() }];
    let told = TransactionPage { refused, ..page(vec![row("n", Posted)], None) };
    linked.bank.will_show_page("b", Ok(told));
    linked.sync(at(2_000)).await;
    assert_eq!(linked.told().await, [("n".to_owned(), Posted), ("t".to_owned(), Posted)], "both count");
}
