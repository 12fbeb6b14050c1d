//! Accounts that a person says are one, on a real database.

use dashtam_application::{
    Dashtam,
    connections::DeleteConnection,
    corrections::{CorrectAccount, CorrectTransaction, CorrectionError, TakeBackOfAccount},
    exports::{ExportData, ExportKind, ExportPage},
    ledger::{
        HistoryInterval, ListAllHoldings, ListBalances, ListHoldings, ListTransactions, ShowBalanceHistory,
    },
    reconciliations::{AcceptMatch, ListMatches, MergeTransactions, RejectMatch, UndoMatch},
    worth::ShowNetWorth,
};
use dashtam_domain::{
    connections::Connection,
    id::{AccountId, ImportId, TransactionId},
    ledger::{
        Account, AccountChange, AccountField, AccountSource, BalancePoint, DaySum, Decision, DecisionKind,
        DecisionState, Holding, LinkProblem, Transaction, TransactionChange, TransactionFilter,
    },
    money::{Currency, Decimal},
    page::Limit,
};
use dashtam_testkit::builders::{self, at, day, decimal};

use crate::{
    database::Disk,
    world::{World, assert_refused, unkept},
};

/// Rows and sums of days.
type Stored = (Vec<Transaction>, Vec<(Currency, DaySum)>);

/// An account of a connection and one of files.
struct Two {
    world: World,
    dashtam: Dashtam,
    disk: Disk,
    connection: Connection,
    connected: Account,
    filed: Account,
}

impl Two {
    async fn open() -> Self {
        let (mut world, disk) = Disk::open(|_| {}).await;
        world.now = day(40).start();
        world.clock.set(world.now);
        let connection = builders::connection(world.owner, "Mine");
        let told = |account: Account, balance: &str, on| Account {
            balance: Some(decimal(balance)),
            balance_as_of: Some(day(on).start()),
            ..account
        };
        let source = AccountSource::Connection(connection.id);
        let connected = told(builders::account(world.owner, source, "c"), "50", 20);
        let filed = told(builders::file_account(world.owner, "f"), "60", 30);
        let mut unit = disk.storage.store.begin().await.unwrap();
        unit.connections().insert_if_absent(&connection).await.unwrap();
        for account in [&connected, &filed] {
            unit.accounts().upsert(account).await.unwrap();
            let seconds = account.balance_as_of.unwrap().since(at(0)).num_seconds();
            let balance = account.balance.unwrap().to_string();
            let point: BalancePoint = builders::balance(account, &balance, seconds);
            unit.balances().record(&[point]).await.unwrap();
        }
        unit.commit().await.unwrap();
        let dashtam = world.build_on(disk.storage.clone());
        Self { world, dashtam, disk, connection, connected, filed }
    }

    fn row(&self, account: &Account, id: &str, on: i64, amount: &str, text: &str) -> Transaction {
        let import = (account.id == self.filed.id).then(|| ImportId(builders::id()));
        let (amount, description) = (decimal(amount), text.to_owned());
        let occurred_at = None;
        let row = builders::transaction(account, id, day(on));
        Transaction { amount, description, import, occurred_at, ..row }
    }

    async fn store(&self, rows: &[Transaction]) {
        let mut unit = self.disk.storage.store.begin().await.unwrap();
        unit.transactions().insert(rows).await.unwrap();
        unit.commit().await.unwrap();
    }

    async fn correct(&self, account: AccountId, change: AccountChange) -> Result<Account, CorrectionError> {
        let request = CorrectAccount { account, change };
        self.dashtam.corrections().correct_account(&self.world.call(), request).await
    }

    async fn link(&self, account: AccountId, to: AccountId) -> Result<Account, CorrectionError> {
        let same_as = Some(Some(to));
        self.correct(account, AccountChange { same_as, ..AccountChange::default() }).await
    }

    async fn unlink(&self, account: AccountId) -> Result<Account, CorrectionError> {
        let request = TakeBackOfAccount { account, field: AccountField::SameAs };
        self.dashtam.corrections().take_back_of_account(&self.world.call(), request).await
    }

    async fn rows(&self, account: Option<AccountId>) -> Vec<Transaction> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let filter = TransactionFilter { account, ..TransactionFilter::default() };
            // Small pages, so that lists of several accounts are joined.
            let request = ListTransactions { asked: filter.into(), after, limit: Limit::new(2).unwrap() };
            let page = self.dashtam.ledger().transactions(&self.world.call(), request).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    }

    async fn decisions(&self, state: DecisionState) -> Vec<Decision> {
        let request = ListMatches { state: Some(state), after: None, limit: Limit::default() };
        self.dashtam.reconciliations().list(&self.world.call(), request).await.unwrap().items
    }

    async fn net_worth(&self, on: i64) -> Option<Decimal> {
        let (from, to) = (Some(day(on)), Some(day(on)));
        let interval = HistoryInterval::Day;
        let request = ShowNetWorth { from, to, currency: Some(Currency::USD), interval, strict: false };
        let shown = self.dashtam.worth().net_worth(&self.world.call(), request).await.unwrap();
        shown.worth.points[0].total
    }

    async fn history(&self, account: AccountId) -> Vec<(Option<Decimal>, Decimal)> {
        let (from, to) = (Some(day(1)), Some(day(35)));
        let request = ShowBalanceHistory { account, from, to, interval: HistoryInterval::Day };
        let shown = self.dashtam.ledger().balance_history(&self.world.call(), request).await.unwrap();
        shown.balances.into_iter().map(|of_day| (of_day.end.balance, of_day.movements)).collect()
    }

    /// All that is stored of transactions and days, but for the instants of changes.
    async fn stored(&self) -> Vec<Stored> {
        let mut all = Vec::new();
        for account in [&self.connected, &self.filed] {
            let mut rows = Vec::new();
            for row in self.rows_of(account.id).await {
                rows.push(Transaction { updated_at: at(0), ..row });
            }
            let days = self.disk.storage.queries.day_sums(self.world.owner, account.id).await.unwrap();
            all.push((rows, days));
        }
        all
    }

    async fn rows_of(&self, account: AccountId) -> Vec<Transaction> {
        let filter = TransactionFilter { account: Some(account), ..TransactionFilter::default() };
        let queries = &self.disk.storage.queries;
        let listed = queries.transactions(self.world.owner, filter, None, Limit::default()).await.unwrap();
        let mut rows = Vec::new();
        for row in listed.items {
            rows.push(queries.transaction(self.world.owner, row.id).await.unwrap().unwrap());
        }
        rows
    }
}

fn ids(rows: &[Transaction]) -> Vec<TransactionId> {
    rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn what_both_sources_tell_is_one_until_they_are_two_again() {
    let two = Two::open().await;
    let (connected, filed) = (&two.connected, &two.filed);
    let c = [
        two.row(connected, "c1", 10, "-5", "CORNER CAFE"),
        two.row(connected, "c2", 12, "-7.50", "SQ JOES"),
        two.row(connected, "c3", 15, "-9", "SHELL OIL"),
    ];
    let memo = Some("Table 4".to_owned());
    let f = [
        // Known to the file alone: it is older.
        two.row(filed, "f0", 2, "-1", "CORNER CAFE"),
        Transaction { memo, ..two.row(filed, "f1", 11, "-5", "CORNER CAFE 0042") },
        two.row(filed, "f2", 12, "-7.50", "PIZZA"),
        two.row(filed, "f3", 18, "-9", "OTHER WORDS"),
    ];
    two.store(&c).await;
    two.store(&f).await;
    let change = TransactionChange { note: Some("with Ann".parse().ok()), ..TransactionChange::default() };
    let request = CorrectTransaction { transaction: f[2].id, change };
    two.dashtam.corrections().correct_transaction(&two.world.call(), request).await.unwrap();
    let before = two.stored().await;
    assert_eq!(two.net_worth(35).await, Some(decimal("110")));

    let linked = two.link(filed.id, connected.id).await.unwrap();
    assert_eq!(linked.same_as(), Some(connected.id));
    let primary = two.disk.storage.queries.account(two.world.owner, connected.id).await.unwrap().unwrap();
    assert_eq!(primary.linked(), [filed.id]);
    // Each row once, under either account, the connection's where both tell it.
    let expected = [f[3].id, c[2].id, c[1].id, c[0].id, f[0].id];
    for account in [None, Some(connected.id), Some(filed.id)] {
        assert_eq!(ids(&two.rows(account).await), expected, "{account:?}");
    }
    let applied = two.decisions(DecisionState::Applied).await;
    assert_eq!(applied.len(), 2);
    assert!(applied.iter().all(|decision| decision.kind == DecisionKind::CrossSource
        && (decision.account, decision.other_account) == (connected.id, Some(filed.id))));
    let suggested = two.decisions(DecisionState::Suggested).await;
    assert_eq!(
        suggested.iter().map(|open| (open.left, open.right)).collect::<Vec<_>>(),
        [(c[2].id, f[3].id)]
    );
    let rows = two.rows_of(connected.id).await;
    let row = |id| rows.iter().find(|row| row.id == id).unwrap();
    assert_eq!((row(c[0].id).memo.as_deref(), row(c[0].id).day), (Some("Table 4"), day(10)));
    assert_eq!(row(c[1].id).note(), Some("with Ann"), "what was corrected is corrected");
    // The latest balance counts, and both are anchors of one history.
    assert_eq!(two.net_worth(35).await, Some(decimal("60")));
    let request = ListBalances { after: None, limit: Limit::default() };
    let balances = two.dashtam.ledger().balances(&two.world.call(), request).await.unwrap().items;
    assert_eq!(
        balances.iter().map(|of| (of.id, of.balance)).collect::<Vec<_>>(),
        [(connected.id, Some(decimal("60")))]
    );
    let history = two.history(connected.id).await;
    assert_eq!(history, two.history(filed.id).await);
    assert_eq!(history[19].0, Some(decimal("50")));
    assert_eq!(
        history.iter().map(|(_, moved)| moved).sum::<Decimal>(),
        decimal("-31.50"),
        "9 is not merged yet"
    );

    // Linked once more, nothing happens.
    two.link(filed.id, connected.id).await.unwrap();
    assert_eq!(two.decisions(DecisionState::Applied).await.len(), 2);

    let parted = two.unlink(filed.id).await.unwrap();
    assert_eq!((parted.same_as(), parted.corrections), (None, None));
    assert_eq!(two.stored().await, before);
    assert_eq!(two.net_worth(35).await, Some(decimal("110")));
    assert_eq!(two.decisions(DecisionState::Suggested).await, []);
    assert_refused!(two.unlink(filed.id).await, CorrectionError::NotCorrected);
    // And one again.
    two.link(filed.id, connected.id).await.unwrap();
    assert_eq!(ids(&two.rows(None).await), expected);
}

#[tokio::test]
async fn what_a_person_parts_stays_parted() {
    let two = Two::open().await;
    let c = two.row(&two.connected, "c1", 10, "-5", "CORNER CAFE");
    let f = two.row(&two.filed, "f1", 10, "-5", "CORNER CAFE");
    let (c2, f2) = (
        two.row(&two.connected, "c2", 20, "-6", "SHELL OIL"),
        two.row(&two.filed, "f2", 23, "-6", "OTHER WORDS"),
    );
    two.store(&[c.clone(), f.clone(), c2.clone(), f2.clone()]).await;
    two.link(two.filed.id, two.connected.id).await.unwrap();
    let call = two.world.call();
    let applied = two.decisions(DecisionState::Applied).await;
    let undo = UndoMatch { decision: applied[0].id };
    two.dashtam.reconciliations().undo(&call, undo).await.unwrap();
    let open = two.decisions(DecisionState::Suggested).await;
    let reject = RejectMatch { decision: open[0].id };
    two.dashtam.reconciliations().reject(&call, reject).await.unwrap();
    // Neither when the accounts are held against each other again, nor when they are linked anew.
    for anew in [false, true] {
        if anew {
            two.unlink(two.filed.id).await.unwrap();
        }
        two.link(two.filed.id, two.connected.id).await.unwrap();
        assert_eq!(two.rows(None).await.len(), 4);
        assert_eq!(two.decisions(DecisionState::Suggested).await, []);
    }
    // By hand it is one all the same, in either order, and the connection's row stays.
    let merge = MergeTransactions { transaction: f2.id, other: c2.id };
    let merged = two.dashtam.reconciliations().merge(&call, merge, unkept).await.unwrap();
    assert_eq!((merged.left, merged.right), (c2.id, f2.id));
    // Which goes with the link, too.
    two.unlink(two.filed.id).await.unwrap();
    assert_eq!(two.rows(None).await.len(), 4);
    let merge = MergeTransactions { transaction: f2.id, other: c2.id };
    assert!(two.dashtam.reconciliations().merge(&call, merge, unkept).await.is_err());
}

#[tokio::test]
async fn a_second_file_under_other_ids_is_asked_about() {
    let two = Two::open().await;
    let c = two.row(&two.connected, "c1", 10, "-5", "CORNER CAFE");
    let first = two.row(&two.filed, "f1", 10, "-5", "CORNER CAFE");
    // The first file tells two purchases that are alike; the bank one of them.
    let twin = Transaction { import: first.import, ..two.row(&two.filed, "f2", 10, "-5", "CORNER CAFE") };
    two.store(&[c.clone(), first, twin]).await;
    two.link(two.filed.id, two.connected.id).await.unwrap();
    assert_eq!(two.decisions(DecisionState::Suggested).await, []);
    let again = two.row(&two.filed, "g1", 10, "-5", "Corner Cafe");
    two.store(std::slice::from_ref(&again)).await;
    two.link(two.filed.id, two.connected.id).await.unwrap();
    two.link(two.filed.id, two.connected.id).await.unwrap();
    let (call, before) = (two.world.call(), two.stored().await);
    let [open] = &two.decisions(DecisionState::Suggested).await[..] else { panic!("one is asked about") };
    assert_eq!((open.left, open.right), (c.id, again.id));
    let decision = open.id;
    two.dashtam.reconciliations().accept(&call, AcceptMatch { decision }).await.unwrap();
    assert_eq!(two.rows(None).await.len(), 2);
    two.dashtam.reconciliations().undo(&call, UndoMatch { decision }).await.unwrap();
    assert_eq!(two.stored().await, before);
    // They are two, and nobody is asked again.
    two.link(two.filed.id, two.connected.id).await.unwrap();
    assert_eq!(two.decisions(DecisionState::Suggested).await, []);
}

#[tokio::test]
async fn only_fitting_accounts_are_linked() {
    let two = Two::open().await;
    let mut others = Vec::new();
    let mut unit = two.disk.storage.store.begin().await.unwrap();
    for (number, currency) in [("g", "USD"), ("h", "EUR")] {
        let currency = currency.parse().unwrap();
        let account = Account { currency, ..builders::file_account(two.world.owner, number) };
        unit.accounts().upsert(&account).await.unwrap();
        others.push(account.id);
    }
    unit.commit().await.unwrap();
    let (connected, filed) = (two.connected.id, two.filed.id);
    let link = async |account, to| match two.link(account, to).await {
        Err(CorrectionError::Link(problem)) => Some(problem),
        other => other.map(|_| None).unwrap(),
    };
    assert_eq!(link(filed, filed).await, Some(LinkProblem::Itself));
    assert_eq!(link(filed, AccountId(builders::id())).await, Some(LinkProblem::Unknown));
    assert_eq!(link(others[1], connected).await, Some(LinkProblem::OtherCurrency));
    assert_eq!(link(filed, connected).await, None);
    assert_eq!(link(others[0], filed).await, Some(LinkProblem::Chain));
    assert_eq!(link(connected, others[0]).await, Some(LinkProblem::HasLinked));
    assert_eq!(link(others[0], connected).await, None);
    // To another one directly: it is parted from the first.
    two.unlink(others[0]).await.unwrap();
    assert_eq!(link(filed, others[0]).await, None);
    let of = async |id| two.disk.storage.queries.account(two.world.owner, id).await.unwrap().unwrap();
    assert_eq!((of(connected).await.linked(), of(others[0]).await.linked()), (&[][..], &[filed][..]));

    let distinct = async |from: Vec<AccountId>| {
        let distinct_from = Some(Some(from));
        two.correct(connected, AccountChange { distinct_from, ..AccountChange::default() }).await
    };
    assert_refused!(distinct(vec![connected]).await, CorrectionError::NotDistinct);
    assert_refused!(distinct(vec![AccountId(builders::id())]).await, CorrectionError::NotDistinct);
    let account = distinct(vec![filed]).await.unwrap();
    assert!(account.is_distinct_from(&of(filed).await));
}

#[tokio::test]
async fn positions_of_linked_accounts_are_those_of_one() {
    let two = Two::open().await;
    let hold = async |account: &Account, symbols: &[&str]| {
        let held: Vec<Holding> = symbols.iter().map(|symbol| builders::holding(account, symbol)).collect();
        let mut unit = two.disk.storage.store.begin().await.unwrap();
        unit.holdings().replace(two.world.owner, account.id, &held).await.unwrap();
        unit.commit().await.unwrap();
    };
    let all = async || {
        let request = ListAllHoldings { after: None, limit: Limit::default() };
        let page = two.dashtam.ledger().all_holdings(&two.world.call(), request).await.unwrap();
        let listed: Vec<AccountId> = page.items.into_iter().map(|held| held.account).collect();
        // What is exported is what is listed.
        let (kind, asked) = (ExportKind::Holdings, TransactionFilter::default().into());
        let request = ExportData { kind, asked, method: None, format: "csv", by_account: false };
        let mut export = two.dashtam.exports().begin(&two.world.call(), request).await.unwrap();
        let mut exported = Vec::new();
        while let Some(ExportPage::Holdings(rows)) = export.next().await.unwrap() {
            exported.extend(rows.into_iter().map(|held| held.account));
        }
        exported.sort_unstable();
        assert_eq!(exported, listed);
        listed
    };
    hold(&two.filed, &["a", "b"]).await;
    two.link(two.filed.id, two.connected.id).await.unwrap();
    assert_eq!(all().await, [two.filed.id, two.filed.id], "the primary account has none");
    hold(&two.connected, &["a"]).await;
    assert_eq!(all().await, [two.connected.id]);
    let request = ListHoldings { account: two.filed.id };
    assert_eq!(two.dashtam.ledger().holdings(&two.world.call(), request).await.unwrap().len(), 2);
    two.unlink(two.filed.id).await.unwrap();
    assert_eq!(all().await.len(), 3);
}

#[tokio::test]
async fn when_a_connection_goes_its_other_source_tells_everything_again() {
    let two = Two::open().await;
    let c = two.row(&two.connected, "c1", 10, "-5", "CORNER CAFE");
    let f = two.row(&two.filed, "f1", 10, "-5", "CORNER CAFE");
    two.store(&[c, f.clone()]).await;
    two.link(two.filed.id, two.connected.id).await.unwrap();
    assert_eq!(two.rows(None).await.len(), 1);
    let request = DeleteConnection { connection: two.connection.id };
    two.dashtam.connections().delete(&two.world.call(), request).await.unwrap();
    assert_eq!(ids(&two.rows(None).await), [f.id]);
    let left = two.disk.storage.queries.account(two.world.owner, two.filed.id).await.unwrap().unwrap();
    assert_eq!((left.same_as(), left.corrections), (None, None));
}
