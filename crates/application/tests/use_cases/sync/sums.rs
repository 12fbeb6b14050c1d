//! Transfers of which one side came as several transactions, as runs find them, on a real database.

use dashtam_application::{
    corrections::CorrectTransaction,
    reconciliations::{ReconciliationError, RejectMatch},
};
use dashtam_domain::{
    connections::PulledTransaction,
    ledger::{
        DecidedBy, Decision, DecisionState, Sign, Transaction, TransactionChange, matching::Tier,
        transfer::TransferKind,
    },
};
use dashtam_testkit::builders::day;

use super::{real_store::Linked, transfers::row};

/// One payment that arrives as two.
fn paid_once() -> (Vec<PulledTransaction>, Vec<PulledTransaction>) {
    let pieces = vec![
        row("in1", day(-3), "300.00", "PAYMENT RECEIVED"),
        row("in2", day(-1), "200", "PAYMENT RECEIVED"),
    ];
    (vec![row("out", day(-2), "-500", "TO THE OTHER ONE")], pieces)
}

fn with_memo(rows: &[PulledTransaction]) -> Vec<PulledTransaction> {
    rows.iter().map(|row| PulledTransaction { memo: Some("Memo".to_owned()), ..row.clone() }).collect()
}

impl Linked {
    /// The only decision about a transfer.
    async fn only(&self) -> Decision {
        let mut all = self.transfers(None).await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    async fn reject(&self, transfer: &Decision) -> Result<Decision, ReconciliationError> {
        let request = RejectMatch { decision: transfer.id };
        self.dashtam.reconciliations().reject(&self.world.call(), request).await
    }

    async fn these(&self, ids: [&str; 3]) -> Vec<Transaction> {
        let mut rows = Vec::new();
        for id in ids {
            rows.push(self.one(id).await);
        }
        rows
    }
}

#[tokio::test]
async fn a_sum_is_proposed_accepted_as_a_whole_and_taken_back_for_good() {
    let mut linked = Linked::open().await;
    let (out, pieces) = paid_once();
    // The last piece completes it.
    linked.shows(1_000, out.clone(), pieces[..1].to_vec()).await;
    assert!(linked.transfers(None).await.is_empty());
    linked.shows(3_000, out.clone(), pieces.clone()).await;
    let asked = linked.only().await;
    assert_eq!(
        (asked.state, asked.by, asked.tier),
        (DecisionState::Suggested, DecidedBy::Engine, Some(Tier::Sum))
    );
    let before = linked.these(["out", "in1", "in2"]).await;
    assert_eq!(asked.rows().collect::<Vec<_>>(), before.iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(linked.flows().await, (1, 2), "it is only a proposal");
    // The same rows again are nothing new.
    linked.shows(5_000, with_memo(&out), pieces.clone()).await;
    assert_eq!(linked.only().await.state, DecisionState::Suggested);

    let before = linked.these(["out", "in1", "in2"]).await;
    let accepted = linked.accept(&asked).await.unwrap();
    assert_eq!((accepted.state, accepted.by), (DecisionState::Applied, DecidedBy::User));
    for row in linked.these(["out", "in1", "in2"]).await {
        let link = row.transfer.unwrap();
        assert_eq!((link.id, link.kind), (asked.id, TransferKind::Internal));
    }
    assert_eq!(linked.flows().await, (0, 0));
    assert!(matches!(linked.accept(&asked).await, Err(ReconciliationError::Decided(DecisionState::Applied))));

    assert_eq!(linked.undo(&asked).await.unwrap().state, DecisionState::Undone);
    let after = linked.these(["out", "in1", "in2"]).await.into_iter().zip(&before);
    let after: Vec<Transaction> =
        after.map(|(row, was)| Transaction { updated_at: was.updated_at, ..row }).collect();
    assert_eq!(after, before);
    assert_eq!(linked.flows().await, (1, 2));
    linked.shows(9_000, out, with_memo(&pieces)).await;
    assert_eq!(linked.only().await.state, DecisionState::Undone);
}

#[tokio::test]
async fn two_payments_that_arrive_as_one_are_a_sum_that_is_rejected_for_good() {
    let mut linked = Linked::open().await;
    let pieces = vec![
        row("a", day(-3), "-300", "TRANSFER"),
        row("b", day(-2), "-200", "TRANSFER"),
        row("shop", day(-2), "-12", "SHOP"),
    ];
    let came = vec![row("in", day(-1), "500", "DEPOSIT")];
    linked.shows(1_000, pieces.clone(), came.clone()).await;
    let asked = linked.only().await;
    let ids: Vec<_> = linked.these(["a", "in", "b"]).await.iter().map(|row| row.id).collect();
    assert_eq!((asked.rows().collect::<Vec<_>>(), asked.score()), (ids, Some(820)));
    assert_eq!(linked.reject(&asked).await.unwrap().state, DecisionState::Rejected);
    assert!(matches!(
        linked.accept(&asked).await,
        Err(ReconciliationError::Decided(DecisionState::Rejected))
    ));
    linked.shows(3_000, with_memo(&pieces), with_memo(&came)).await;
    let only = linked.only().await;
    assert_eq!((only.id, only.state, only.by), (asked.id, DecisionState::Rejected, DecidedBy::User));
    assert_eq!(linked.flows().await, (3, 1));
}

/// Of two ways neither is said.
#[tokio::test]
async fn a_sum_that_is_not_the_only_one_is_not_proposed() {
    let mut linked = Linked::open().await;
    let (out, mut pieces) = paid_once();
    pieces.push(row("in3", day(-2), "200", "PAYMENT RECEIVED"));
    linked.shows(1_000, out, pieces).await;
    assert!(linked.transfers(None).await.is_empty());
}

/// What a new row seems to be made of may be something else by rows that did not change: of that neither is said.
#[tokio::test]
async fn a_piece_that_may_be_in_what_did_not_change_is_not_proposed() {
    let came = vec![
        row("in1", day(-5), "200", "PAYMENT RECEIVED"),
        row("in2", day(-5), "70", "PAYMENT RECEIVED"),
        row("in3", day(-4), "70.00", "PAYMENT RECEIVED"),
        row("in4", day(-4), "50", "PAYMENT RECEIVED"),
    ];
    let whole = row("new", day(-4), "-250", "TO THE OTHER ONE");
    let [shop, out] =
        [row("shop", day(-12), "-1.11", "SHOP"), row("out", day(-5), "-270", "TO THE OTHER ONE")];
    for (before, expected) in [(vec![shop], 1), (vec![out], 0)] {
        let mut linked = Linked::open().await;
        linked.shows(1_000, before.clone(), came.clone()).await;
        // Two ways to add up to the one that went first.
        assert!(linked.transfers(None).await.is_empty());
        let out = [before, vec![whole.clone()]].concat();
        linked.shows(3_000, out, came.clone()).await;
        assert_eq!(linked.transfers(None).await.len(), expected);
    }
}

#[tokio::test]
async fn a_proposal_goes_with_what_it_is_founded_on() {
    // A piece has another amount, or is there no longer.
    let (out, pieces) = paid_once();
    let other = vec![pieces[0].clone(), row("in2", day(-1), "199.99", "PAYMENT RECEIVED")];
    for now in [other, pieces[..1].to_vec()] {
        let mut linked = Linked::open().await;
        linked.shows(1_000, out.clone(), pieces.clone()).await;
        let asked = linked.only().await;
        linked.shows(3_000, out.clone(), now).await;
        let only = linked.only().await;
        assert_eq!((only.id, only.state, only.by), (asked.id, DecisionState::Rejected, DecidedBy::Engine));
    }
    // A person says that one goes the other way.
    let mut linked = Linked::open().await;
    linked.shows(1_000, out.clone(), pieces.clone()).await;
    let asked = linked.only().await;
    let change = TransactionChange { sign: Some(Some(Sign::Negative)), ..Default::default() };
    let request = CorrectTransaction { transaction: linked.one("in2").await.id, change };
    linked.dashtam.corrections().correct_transaction(&linked.world.call(), request).await.unwrap();
    assert!(matches!(linked.accept(&asked).await, Err(ReconciliationError::Changed(_))));
    assert!(linked.these(["out", "in1", "in2"]).await.iter().all(|row| row.transfer.is_none()));
    linked.shows(3_000, out, pieces).await;
    assert_eq!(linked.only().await.state, DecisionState::Rejected);
}

/// What the others of its rows may be besides is asked about then, though they did not change.
#[tokio::test]
async fn after_a_withdrawal_the_next_sum_is_asked_about() {
    let mut linked = Linked::open().await;
    let (out, mut pieces) = paid_once();
    linked.shows(1_000, out.clone(), pieces.clone()).await;
    let asked = linked.only().await;
    pieces.push(row("in3", day(-2), "150", "PAYMENT RECEIVED"));
    pieces.push(row("in4", day(-1), "50", "PAYMENT RECEIVED"));
    linked.shows(3_000, out.clone(), pieces.clone()).await;
    assert_eq!(linked.only().await.id, asked.id);
    pieces[1] = row("in2", day(-1), "199.99", "PAYMENT RECEIVED");
    linked.shows(5_000, out, pieces).await;
    let open = linked.transfers(Some(DecisionState::Suggested)).await;
    let ids: Vec<_> = open.iter().flat_map(Decision::rows).collect();
    let mut expected: Vec<_> = linked.these(["out", "in1", "in3"]).await.iter().map(|row| row.id).collect();
    expected.push(linked.one("in4").await.id);
    assert_eq!(ids, expected);
}

/// Whether it is sure that two rows are a transfer or somebody is asked: they are no piece of something else then.
#[tokio::test]
async fn two_rows_that_fit_count_more_than_a_sum() {
    for (text, expected) in
        [("TRANSFER FROM CHECKING", DecisionState::Applied), ("ALEX", DecisionState::Suggested)]
    {
        let mut linked = Linked::open().await;
        let out =
            vec![row("out", day(-2), "-500", if text == "ALEX" { "ATM" } else { "TRANSFER TO SAVINGS" })];
        let (_, mut came) = paid_once();
        linked.shows(1_000, out.clone(), came.clone()).await;
        let asked = linked.only().await;
        assert!(asked.is_sum());
        came.push(row("whole", day(-1), "500", text));
        linked.shows(3_000, out, came).await;
        let all = linked.transfers(None).await;
        let (sums, pairs): (Vec<&Decision>, Vec<&Decision>) = all.iter().partition(|of| of.is_sum());
        assert_eq!(
            sums.iter().map(|sum| (sum.state, sum.by)).collect::<Vec<_>>(),
            [(DecisionState::Rejected, DecidedBy::Engine)]
        );
        assert_eq!(pairs.iter().map(|pair| pair.state).collect::<Vec<_>>(), [expected]);
        assert!(matches!(linked.accept(&asked).await, Err(ReconciliationError::Decided(_))));
    }
}

#[tokio::test]
async fn a_piece_that_goes_dissolves_the_whole_transfer() {
    let mut linked = Linked::open().await;
    let (out, pieces) = paid_once();
    linked.shows(1_000, out.clone(), pieces.clone()).await;
    let asked = linked.only().await;
    linked.accept(&asked).await.unwrap();
    // In a transfer already, one by one.
    let (paid, first) = (linked.one("out").await.id, linked.one("in1").await.id);
    assert!(matches!(linked.pair_up(paid, first).await, Err(ReconciliationError::InTransfer)));
    linked.shows(3_000, out, pieces[..1].to_vec()).await;
    let only = linked.only().await;
    assert_eq!((only.id, only.state, only.by), (asked.id, DecisionState::Undone, DecidedBy::Engine));
    assert_eq!((linked.one("out").await.transfer, linked.one("in1").await.transfer), (None, None));
    // A person may say that the two rows that a proposal began with are a transfer by themselves.
    assert_eq!(linked.pair_up(paid, first).await.unwrap().further, []);
}
