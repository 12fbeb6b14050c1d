//! What has to hold after every step.

use std::collections::{BTreeMap, BTreeSet};

use dashtam_application::ledger::{
    FeedPlace, HistoryInterval, ListAccounts, ListChanges, ListTransactions, ShowBalanceHistory,
};
use dashtam_application::{reconciliations::ListMatches, worth::ShowNetWorth};
use dashtam_domain::{
    id::AccountId,
    ledger::{
        Account, ChangedRow, DecidedBy, Decision, DecisionKind, DecisionState, Hidden, Transaction,
        TransactionFilter, TransactionStatus,
    },
    live::LiveBody,
    money::{Currency, Decimal},
    page::Limit,
    time::Day,
};
use uuid::Uuid;

use super::history::History;

/// A client that only follows events, and the feed when they say so.
#[derive(Default)]
pub(super) struct Follower {
    rows: BTreeMap<Uuid, ChangedRow>,
    place: Option<FeedPlace>,
    /// The last event that was heard.
    heard: i64,
}

impl Follower {
    /// Reads the events since the last time; the accounts they name, if they tell that anything changed.
    async fn hear(&mut self, of: &History) -> Option<BTreeSet<Uuid>> {
        let mut told = None;
        loop {
            let events = of.storage.queries.live_events(of.owner, self.heard, 3).await.unwrap().events;
            let Some(last) = events.last() else { return told };
            assert!(events.is_sorted_by(|one, next| one.seq < next.seq) && events[0].seq > self.heard);
            self.heard = last.seq;
            for event in events {
                if let LiveBody::TransactionsChanged { accounts } = event.body {
                    told.get_or_insert_with(BTreeSet::new).extend(accounts.iter().map(|account| account.0));
                }
            }
        }
    }

    /// Asks until there is no more; the accounts of the rows that changed and are there.
    async fn follow(&mut self, of: &History, limit: u16) -> BTreeSet<Uuid> {
        let mut changed = BTreeSet::new();
        loop {
            let limit = Limit::new(limit).unwrap();
            let request = ListChanges { after: self.place, kinds: None, limit };
            let page = of.first.ledger().changes(&of.call(), request).await.unwrap();
            for (_, change) in page.items {
                let id = change.key.id;
                match change.row {
                    ChangedRow::Removed => {
                        self.rows.remove(&id);
                        // With an account everything it held is gone.
                        self.rows.retain(|_, row| account_of(row) != Some(id));
                    }
                    row => {
                        changed.extend(account_of(&row));
                        self.rows.insert(id, visible(row));
                    }
                }
            }
            self.place = Some(page.next);
            if !page.has_more {
                return changed;
            }
        }
    }
}

/// The row without what no client is shown: which run saw it last.
fn visible(row: ChangedRow) -> ChangedRow {
    match row {
        ChangedRow::Transaction(row) => {
            ChangedRow::Transaction(Box::new(Transaction { seen_in: None, ..*row }))
        }
        other => other,
    }
}

fn account_of(row: &ChangedRow) -> Option<Uuid> {
    match row {
        ChangedRow::Holding(row) => Some(row.account.0),
        ChangedRow::Transaction(row) => Some(row.account.0),
        ChangedRow::Balance(row) => Some(row.account.0),
        ChangedRow::Match(row) => Some(row.account.0),
        ChangedRow::Account(_) | ChangedRow::Security(_) | ChangedRow::Removed => None,
    }
}

/// What a row of the list says of a transaction.
type Said = (Day, Decimal, String);

fn said(row: &Transaction) -> Said {
    (row.day, row.amount, row.description.clone())
}

impl History {
    /// The accounts of the ledger.
    pub(super) async fn accounts(&self) -> Vec<Account> {
        let request = ListAccounts { connection: None, after: None, limit: Limit::default() };
        self.first.ledger().accounts(&self.call(), request).await.unwrap().items
    }

    /// The transactions of an account, hidden ones among them.
    pub(super) async fn rows(&self, account: AccountId) -> Vec<Transaction> {
        let filter = TransactionFilter {
            account: Some(account),
            hidden: Hidden::With,
            ..TransactionFilter::default()
        };
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let filter = filter.clone();
            let request = ListTransactions { asked: filter.into(), after, limit: Limit::new(7).unwrap() };
            let page = self.first.ledger().transactions(&self.call(), request).await.unwrap();
            rows.extend(page.items);
            after = page.next;
            if after.is_none() {
                return rows;
            }
        }
    }

    /// The decisions, the oldest first.
    pub(super) async fn decisions(&self) -> Vec<Decision> {
        let request = ListMatches { state: None, after: None, limit: Limit::new(500).unwrap() };
        let mut all = self.first.reconciliations().list(&self.call(), request).await.unwrap().items;
        all.reverse();
        all
    }

    /// Compares everything with everything.
    pub(super) async fn check(&mut self, limit: u16) {
        let accounts = self.accounts().await;
        let mut worth = Decimal::ZERO;
        let mut listed: Vec<Transaction> = Vec::new();
        for account in &accounts {
            let rows = self.rows(account.id).await;
            self.check_days(account, &rows).await;
            worth += self.balance(account).await.unwrap_or_default();
            listed.extend(rows);
        }
        self.check_worth(worth).await;
        self.check_notes(&listed);

        let mut follower = std::mem::take(&mut self.follower);
        // Only who is told that something changed asks what it was.
        if let Some(told) = follower.hear(self).await {
            let changed = follower.follow(self, limit).await;
            assert!(changed.is_subset(&told), "{changed:?} changed and {told:?} was told");
        }
        let mut fresh = Follower::default();
        fresh.follow(self, 500).await;
        for id in follower.rows.keys().chain(fresh.rows.keys()) {
            let (held, shown) = (follower.rows.get(id), fresh.rows.get(id));
            assert_eq!(held, shown, "who follows holds what who begins is shown");
        }
        let told = fresh.rows.values().filter(|row| matches!(row, ChangedRow::Transaction(_))).count();
        assert_eq!(told, listed.len(), "the feed tells of the rows of the lists");
        for row in &listed {
            let Some(ChangedRow::Transaction(told)) = fresh.rows.get(&row.id.0) else {
                panic!("the feed does not tell of {row:?}")
            };
            let facts = |row: &Transaction| (said(row), row.status, row.shown_amount(), row.shown_day());
            assert_eq!(facts(told), facts(row));
        }
        self.follower = follower;

        let decisions = self.decisions().await;
        self.check_rejected(&decisions);
        self.check_bank(&accounts, &decisions, &listed).await;
        self.check_files(&accounts, &decisions, &listed);
    }

    /// The sums of the days are those of the rows.
    async fn check_days(&self, account: &Account, rows: &[Transaction]) {
        let mut sums: BTreeMap<(Day, String), (Decimal, i64)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.status == TransactionStatus::Posted) {
            let (sum, count) = sums.entry((row.shown_day(), row.currency.to_string())).or_default();
            *sum += row.shown_amount();
            *count += 1;
        }
        let kept = self.storage.queries.day_sums(self.owner, account.id).await.unwrap();
        let kept: BTreeMap<_, _> = kept
            .into_iter()
            .filter(|(_, sum)| sum.count != 0)
            .map(|(currency, sum)| ((sum.day, currency.to_string()), (sum.sum, sum.count)))
            .collect();
        assert_eq!(kept, sums, "the days of {}", account.name);
    }

    /// The balance at the end of today.
    async fn balance(&self, account: &Account) -> Option<Decimal> {
        let today = Some(self.now.day());
        let request = ShowBalanceHistory {
            account: account.id,
            from: today,
            to: today,
            interval: HistoryInterval::Day,
        };
        let history = self.first.ledger().balance_history(&self.call(), request).await.unwrap();
        history.balances.last().and_then(|balance| balance.end.balance)
    }

    async fn check_worth(&self, expected: Decimal) {
        let today = Some(self.now.day());
        let request = ShowNetWorth {
            from: today,
            to: today,
            currency: Some(Currency::USD),
            interval: HistoryInterval::Day,
            strict: false,
        };
        let over = self.first.worth().net_worth(&self.call(), request).await.unwrap();
        let total = over.worth.points.last().and_then(|point| point.total).unwrap_or_default();
        assert_eq!(total, expected, "the net worth is the sum of the balances");
    }

    /// What people wrote is still there, wherever the row is.
    fn check_notes(&self, rows: &[Transaction]) {
        for row in rows {
            if let Some(note) = self.notes.get(&row.id) {
                assert_eq!(row.note(), note.as_deref(), "{row:?}");
            }
        }
    }

    /// What people said are two is never one again.
    fn check_rejected(&self, decisions: &[Decision]) {
        for (at, decision) in decisions.iter().enumerate() {
            let is_refused = matches!(decision.state, DecisionState::Rejected | DecisionState::Undone);
            if is_refused && decision.by == DecidedBy::User {
                let ids = |of: &Decision| {
                    let mut ids = [of.evidence.left.source_id.clone(), of.evidence.right.source_id.clone()];
                    ids.sort();
                    (of.account, ids)
                };
                let again = decisions[at + 1..].iter().find(|later| {
                    let is_open = matches!(later.state, DecisionState::Applied | DecisionState::Suggested);
                    is_open && later.right == decision.right && ids(later) == ids(decision)
                });
                assert!(again.is_none(), "it was refused and came again: {decision:?} {again:?}");
            }
        }
    }

    /// After a whole synchronisation the posted rows are those of the institution, and so is the balance.
    async fn check_bank(&self, accounts: &[Account], decisions: &[Decision], listed: &[Transaction]) {
        let Some(account) = accounts.iter().find(|account| account.external_id == "1") else { return };
        if !self.is_synced {
            return;
        }
        let rows: Vec<&Transaction> = listed.iter().filter(|row| row.account == account.id).collect();
        let posted = rows.iter().filter(|row| row.status == TransactionStatus::Posted);
        let mut posted: Vec<Said> = posted.map(|row| said(row)).collect();
        posted.sort();
        let (mut expected, balance, pending) = {
            let books = self.bank.books();
            let of = |is_posted: bool| {
                let entries = books.entries.iter().filter(move |entry| entry.is_posted == is_posted);
                entries.map(|entry| (entry.day, Decimal::new(entry.cents, 2), entry.text.clone()))
            };
            (of(true).collect::<Vec<_>>(), books.balance(), of(false).count())
        };
        expected.sort();
        assert_eq!(posted, expected, "the posted rows of the institution");
        assert_eq!(self.balance(account).await, Some(balance), "the balance of the institution");
        let waiting = rows.iter().filter(|row| row.status == TransactionStatus::Pending).count();
        let answered = decisions.iter().filter(|decision| {
            decision.state == DecisionState::Applied && decision.kind == DecisionKind::PendingPosted
        });
        assert!(waiting <= pending && pending <= waiting + answered.count(), "{waiting} and {pending} wait");
    }

    /// The rows of files are those of the imports that stand, each id once.
    fn check_files(&self, accounts: &[Account], decisions: &[Decision], listed: &[Transaction]) {
        let account = accounts.iter().find(|account| account.external_id != "1");
        let told = self.told_by_files();
        let Some(account) = account else {
            assert!(told.is_empty(), "there is no account for {told:?}");
            return;
        };
        let rows = listed.iter().filter(|row| row.account == account.id);
        let mut stored: Vec<Said> = rows.map(said).collect();
        let merged = decisions
            .iter()
            .filter(|decision| decision.account == account.id && decision.state == DecisionState::Applied)
            .map(|decision| &decision.evidence.right);
        stored.extend(merged.map(|row| (row.day, row.amount, row.description.clone())));
        stored.sort();
        let mut expected: Vec<Said> = told.into_values().collect();
        expected.sort();
        assert_eq!(stored, expected, "the rows of the files");
    }
}
