//! Transfers that runs find, on a real database.

use dashtam_application::{
    corrections::CorrectTransaction,
    ledger::{ListTransactions, Over, ShowIncome, ShowSpending},
    reconciliations::{AcceptMatch, ReconciliationError, RejectMatch, UndoMatch},
    transfers::{LinkTransfer, ListTransfers},
};
use dashtam_domain::{
    connections::{PulledAccount, PulledTransaction},
    id::TransactionId,
    ledger::{
        AccountKind, DecidedBy, Decision, DecisionState, Sign, Transaction, TransactionChange,
        TransactionFilter, TransactionKind, TransactionStatus,
        meaning::{CategorizedBy, Grouping},
        transfer::TransferKind,
    },
    page::Limit,
    time::Day,
};
use dashtam_testkit::builders::{at, day, decimal};

use super::{
    bench::{page, pulled, pulled_account},
    real_store::Linked,
};
use crate::world::unkept;

pub(super) fn row(id: &str, on: Day, amount: &str, text: &str) -> PulledTransaction {
    let (amount, kind) = (decimal(amount), TransactionKind::Other);
    PulledTransaction { amount, kind, description: text.to_owned(), ..pulled(id, on) }
}

impl Linked {
    /// Shows a checking account "c" and a savings account "s" with these rows, and carries a run out.
    pub(super) async fn shows(
        &mut self,
        second: i64,
        checking: Vec<PulledTransaction>,
        savings: Vec<PulledTransaction>,
    ) {
        let other = PulledAccount { kind: AccountKind::Savings, ..pulled_account("s") };
        self.bank.will_show_accounts(Ok(vec![pulled_account("c"), other]));
        self.bank.will_show_page("c", Ok(page(checking, None)));
        self.bank.will_show_page("s", Ok(page(savings, None)));
        self.sync(at(second)).await;
    }

    pub(super) async fn transfers(&self, state: Option<DecisionState>) -> Vec<Decision> {
        let request = ListTransfers { state, after: None, limit: Limit::default() };
        self.dashtam.transfers().list(&self.world.call(), request).await.unwrap().items
    }

    async fn states(&self) -> Vec<DecisionState> {
        self.transfers(None).await.into_iter().map(|transfer| transfer.state).collect()
    }

    async fn all(&self) -> Vec<Transaction> {
        let (filter, limit) = (TransactionFilter::default(), Limit::default());
        let request = ListTransactions { asked: filter.into(), after: None, limit };
        self.dashtam.ledger().transactions(&self.world.call(), request).await.unwrap().items
    }

    pub(super) async fn one(&self, source_id: &str) -> Transaction {
        self.all().await.into_iter().find(|row| row.source_id == source_id).unwrap()
    }

    /// How many transactions were spent and earned.
    pub(super) async fn flows(&self) -> (u64, u64) {
        let over = || Over { from: Some(day(-40)), to: Some(day(1)), by: Grouping::Category, currency: None };
        let (ledger, call) = (self.dashtam.ledger(), self.world.call());
        let spent = ledger.spending(&call, ShowSpending(over())).await.unwrap();
        let earned = ledger.income(&call, ShowIncome(over())).await.unwrap();
        let count =
            |all: &[dashtam_domain::ledger::meaning::Total]| all.iter().map(|total| total.count).sum();
        (count(&spent.sums.all), count(&earned.sums.all))
    }

    pub(super) async fn accept(&self, transfer: &Decision) -> Result<Decision, ReconciliationError> {
        let request = AcceptMatch { decision: transfer.id };
        self.dashtam.reconciliations().accept(&self.world.call(), request).await
    }

    pub(super) async fn undo(&self, transfer: &Decision) -> Result<Decision, ReconciliationError> {
        let request = UndoMatch { decision: transfer.id };
        self.dashtam.reconciliations().undo(&self.world.call(), request).await
    }

    pub(super) async fn pair_up(
        &self,
        one: TransactionId,
        other: TransactionId,
    ) -> Result<Decision, ReconciliationError> {
        let request = LinkTransfer { transaction: one, other };
        self.dashtam.transfers().link(&self.world.call(), request, unkept).await
    }
}

/// One transfer that nothing else could be.
fn sides() -> (Vec<PulledTransaction>, Vec<PulledTransaction>) {
    let out = row("out", day(-3), "-500.00", "TRANSFER TO SAVINGS");
    let shop = row("shop", day(-3), "-12.00", "SHOP");
    (vec![out, shop], vec![row("in", day(-2), "500", "TRANSFER FROM CHECKING")])
}

#[tokio::test]
async fn a_transfer_is_found_once_left_out_of_sums_and_taken_back_for_good() {
    let mut linked = Linked::open().await;
    let (checking, savings) = sides();
    linked.shows(1_000, checking.clone(), savings.clone()).await;
    let [transfer] = &linked.transfers(None).await[..] else { panic!() };
    assert_eq!(
        (transfer.state, transfer.by, transfer.score()),
        (DecisionState::Applied, DecidedBy::Engine, Some(960))
    );
    let (out, into) = (linked.one("out").await, linked.one("in").await);
    assert_eq!((transfer.left, transfer.right), (out.id, into.id));
    for side in [&out, &into] {
        let link = side.transfer.unwrap();
        assert_eq!((link.id, link.kind), (transfer.id, TransferKind::Internal));
        assert_eq!(side.category().unwrap().1, CategorizedBy::Transfer);
    }
    assert_eq!(out.category().unwrap().0.to_string(), "transfer_out.account");
    assert_eq!(linked.flows().await, (1, 0));
    // The same rows again are nothing new.
    linked.shows(5_000, checking.clone(), savings.clone()).await;
    assert_eq!(linked.states().await, [DecisionState::Applied]);
    // What a person calls it says nothing of whose money it is.
    let change = TransactionChange { category: Some(Some("food".parse().unwrap())), ..Default::default() };
    let request = CorrectTransaction { transaction: out.id, change };
    linked.dashtam.corrections().correct_transaction(&linked.world.call(), request).await.unwrap();
    assert_eq!(linked.one("out").await.category().unwrap().1, CategorizedBy::User);
    assert_eq!(linked.flows().await, (1, 0));

    let undone = linked.undo(transfer).await.unwrap();
    assert_eq!((undone.state, undone.by), (DecisionState::Undone, DecidedBy::User));
    assert_eq!((linked.one("out").await.transfer, linked.one("in").await.transfer), (None, None));
    assert_eq!(linked.flows().await, (2, 1));
    assert!(matches!(linked.undo(transfer).await, Err(ReconciliationError::Decided(DecisionState::Undone))));
    // Even if both change.
    let changed = |rows: &[PulledTransaction]| -> Vec<PulledTransaction> {
        rows.iter().map(|row| PulledTransaction { memo: Some("Memo".to_owned()), ..row.clone() }).collect()
    };
    linked.shows(9_000, changed(&checking), changed(&savings)).await;
    assert_eq!(linked.states().await, [DecisionState::Undone]);
    // A person may say it, nevertheless.
    let made = linked.pair_up(into.id, out.id).await.unwrap();
    assert_eq!(
        (made.state, made.by, made.left, made.tier),
        (DecisionState::Applied, DecidedBy::User, out.id, None)
    );
    assert_eq!(linked.flows().await, (1, 0));
    assert!(matches!(linked.pair_up(into.id, out.id).await, Err(ReconciliationError::InTransfer)));
    let shop = linked.one("shop").await.id;
    for (one, other) in [(shop, shop), (shop, out.id)] {
        assert!(matches!(linked.pair_up(one, other).await, Err(ReconciliationError::Unsuitable(_))));
    }
}

#[tokio::test]
async fn a_suggestion_is_asked_once_and_accepted_once() {
    let mut linked = Linked::open().await;
    let cash = row("out", day(-3), "-50.00", "ATM");
    let back = row("in", day(-1), "50.00", "ALEX");
    linked.shows(1_000, vec![cash.clone()], vec![back.clone()]).await;
    linked
        .shows(
            2_000,
            vec![PulledTransaction { memo: Some("!".to_owned()), ..cash.clone() }],
            vec![back.clone()],
        )
        .await;
    let [asked] = &linked.transfers(Some(DecisionState::Suggested)).await[..] else { panic!() };
    assert_eq!((asked.score(), linked.flows().await), (Some(620), (1, 1)));

    assert_eq!(linked.accept(asked).await.unwrap().by, DecidedBy::User);
    assert!(matches!(linked.accept(asked).await, Err(ReconciliationError::Decided(DecisionState::Applied))));
    assert_eq!((linked.flows().await, linked.states().await), ((0, 0), vec![DecisionState::Applied]));
}

#[tokio::test]
async fn a_rejected_pair_is_never_asked_about_again() {
    let mut linked = Linked::open().await;
    let (cash, back) = (row("out", day(-3), "-50.00", "ATM"), row("in", day(-1), "50.00", "ALEX"));
    linked.shows(1_000, vec![cash.clone()], vec![back.clone()]).await;
    let [asked] = &linked.transfers(None).await[..] else { panic!() };
    let request = RejectMatch { decision: asked.id };
    linked.dashtam.reconciliations().reject(&linked.world.call(), request).await.unwrap();
    let again = PulledTransaction { description: "TRANSFER".to_owned(), ..cash };
    linked.shows(2_000, vec![again], vec![back]).await;
    assert_eq!(linked.states().await, [DecisionState::Rejected]);
    assert!(matches!(linked.accept(asked).await, Err(ReconciliationError::Decided(DecisionState::Rejected))));
}

#[tokio::test]
async fn a_side_that_posts_stays_and_one_that_goes_dissolves_the_transfer() {
    let mut linked = Linked::open().await;
    let pending = PulledTransaction {
        status: TransactionStatus::Pending,
        ..row("p", day(-3), "-500", "TRANSFER TO SAVINGS")
    };
    let came = row("in", day(-2), "500", "TRANSFER FROM CHECKING");
    linked.shows(1_000, vec![pending], vec![came.clone()]).await;
    let before = linked.one("p").await;
    let link = before.transfer.unwrap();
    // Booked under another id: the transaction, and what it is a side of, stay.
    let booked = PulledTransaction {
        replaces: Some("p".to_owned()),
        ..row("b", day(-2), "-500", "TRANSFER TO SAVINGS")
    };
    linked.shows(3_000, vec![booked], vec![came.clone()]).await;
    let after = linked.one("b").await;
    assert_eq!((after.id, after.status, after.transfer), (before.id, TransactionStatus::Posted, Some(link)));
    assert_eq!(linked.states().await, [DecisionState::Applied]);

    // It goes, and another one takes its place.
    let other = row("other", day(-1), "-500", "TRANSFER TO SAVINGS 2");
    linked.shows(5_000, vec![row("x", day(-1), "-1", "SHOP")], vec![came.clone()]).await;
    assert_eq!((linked.one("in").await.transfer, linked.states().await), (None, vec![DecisionState::Undone]));
    assert_eq!(linked.transfers(None).await[0].by, DecidedBy::Engine);
    linked.shows(7_000, vec![other], vec![came]).await;
    let now = linked.one("in").await.transfer.unwrap();
    assert!(now.id != link.id && linked.one("other").await.transfer == Some(now));
}

/// What was suggested of other amounts is asked about no longer, and no two rows that go the same way are a transfer.
#[tokio::test]
async fn a_suggestion_goes_with_what_it_is_founded_on() {
    let mut linked = Linked::open().await;
    let (cash, back) = (row("out", day(-3), "-50.00", "ATM"), row("in", day(-1), "50.00", "ALEX"));
    linked.shows(1_000, vec![cash.clone()], vec![back.clone()]).await;
    let [asked] = &linked.transfers(None).await[..] else { panic!() };
    let change = TransactionChange { sign: Some(Some(Sign::Positive)), ..Default::default() };
    let request = CorrectTransaction { transaction: linked.one("out").await.id, change };
    linked.dashtam.corrections().correct_transaction(&linked.world.call(), request).await.unwrap();
    assert!(matches!(linked.accept(asked).await, Err(ReconciliationError::Changed(_))));
    linked.shows(2_000, vec![cash], vec![back]).await;
    assert_eq!(linked.states().await, [DecisionState::Rejected]);
    assert_eq!(linked.transfers(None).await[0].by, DecidedBy::Engine);
}

/// Of a row that could be one with two others the second is asked about when the first is not it.
#[tokio::test]
async fn after_a_rejection_the_next_pair_is_asked_about() {
    let mut linked = Linked::open().await;
    let out = row("out", day(-3), "-50.00", "ATM");
    let came = vec![row("near", day(-3), "50.00", "ALEX"), row("far", day(-1), "50.00", "KIM")];
    linked.shows(1_000, vec![out.clone()], came.clone()).await;
    let [asked] = &linked.transfers(None).await[..] else { panic!() };
    assert_eq!(asked.right, linked.one("near").await.id);
    let request = RejectMatch { decision: asked.id };
    linked.dashtam.reconciliations().reject(&linked.world.call(), request).await.unwrap();
    linked.shows(2_000, vec![out], came).await;
    let open = linked.transfers(Some(DecisionState::Suggested)).await;
    assert_eq!(open.iter().map(|of| of.right).collect::<Vec<_>>(), [linked.one("far").await.id]);
}

/// As it is when the first is no longer what it was.
#[tokio::test]
async fn after_a_withdrawal_the_next_pair_is_asked_about() {
    let mut linked = Linked::open().await;
    let out = row("out", day(-3), "-50.00", "ATM");
    let (near, far) = (row("near", day(-3), "50.00", "ALEX"), row("far", day(-1), "50.00", "KIM"));
    linked.shows(1_000, vec![out.clone()], vec![near, far.clone()]).await;
    let [asked] = &linked.transfers(None).await[..] else { panic!() };
    assert_eq!(asked.right, linked.one("near").await.id);
    // It has another amount.
    let other = row("near", day(-3), "7.00", "ALEX");
    linked.shows(2_000, vec![out], vec![other, far]).await;
    let open = linked.transfers(Some(DecisionState::Suggested)).await;
    assert_eq!(open.iter().map(|of| of.right).collect::<Vec<_>>(), [linked.one("far").await.id]);
}
