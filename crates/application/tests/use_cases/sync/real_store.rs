//! Whole runs on a real database.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    connections::GetConnection,
    ledger::{AccountCoverage, ListAccounts, ListHoldings, ListTransactions, ShowCoverage},
    reconciliations::{ListMatches, UndoMatch},
    sync::{RequestSync, RunNextSync},
};
use dashtam_domain::{
    call::Call,
    connections::{
        Busy, Connection, ConnectionState, ProviderError, PulledAccount, PulledTransaction, RefusedRow,
        SyncCounts, SyncRun, SyncState, TransactionPage,
    },
    id::AccountId,
    ledger::{Account, Covered, DecisionState, TransactionFilter, TransactionStatus},
    page::Limit,
    time::Timestamp,
};
use dashtam_testkit::{
    builders::{self, at, day},
    fakes::{ProviderCall, ScriptedProvider},
};

use super::bench::{credentials, page, pulled, pulled_account, sealed};
use crate::{
    database::Disk,
    world::{World, unkept},
};

/// A linked instance on a real database, with credentials that end soon.
pub(super) struct Linked {
    pub(super) world: World,
    pub(super) dashtam: Dashtam,
    pub(super) bank: Arc<ScriptedProvider>,
    connection: Connection,
    pub(super) disk: Disk,
}

impl Linked {
    pub(super) async fn open() -> Self {
        let mut bank = None;
        let (world, disk) = Disk::open(|world| {
            let scripted = Arc::new(ScriptedProvider::new("sandbox", &world.open));
            world.provider(scripted.clone());
            bank = Some(scripted);
        })
        .await;
        let mut connection = builders::connection(world.owner, "Mine");
        connection.linked(at(0));
        let mut stored = sealed(&connection, "access", Some("refresh"));
        let mut unit = disk.storage.store.begin().await.unwrap();
        unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.credentials().put(&mut stored).await.unwrap();
        unit.commit().await.unwrap();
        let dashtam = world.build_on(disk.storage.clone());
        Self { world, dashtam, bank: bank.unwrap(), connection, disk }
    }

    /// Asks for a run at this instant and carries it out.
    pub(super) async fn sync(&mut self, now: Timestamp) -> SyncRun {
        self.world.now = now;
        self.world.clock.set(now);
        let request = RequestSync { connection: self.connection.id };
        self.dashtam.sync().request(&self.world.call(), request, unkept).await.unwrap();
        self.dashtam.sync().run_next(&self.world.system(), RunNextSync).await.unwrap().unwrap()
    }

    async fn connection(&self) -> Connection {
        let request = GetConnection { connection: self.connection.id };
        self.dashtam.connections().get(&self.world.call(), request).await.unwrap().connection
    }

    pub(super) async fn account(&self) -> Account {
        let request =
            ListAccounts { connection: Some(self.connection.id), after: None, limit: Limit::default() };
        let mut accounts = self.dashtam.ledger().accounts(&self.world.call(), request).await.unwrap().items;
        assert_eq!(accounts.len(), 1);
        accounts.remove(0)
    }

    /// The descriptions of the account's rows of this status, newest first.
    pub(super) async fn rows(&self, account: AccountId, status: Option<TransactionStatus>) -> Vec<String> {
        let filter = TransactionFilter { account: Some(account), status, ..TransactionFilter::default() };
        let request = ListTransactions { asked: filter.into(), after: None, limit: Limit::default() };
        let page = self.dashtam.ledger().transactions(&self.world.call(), request).await.unwrap();
        page.items.into_iter().map(|row| row.description).collect()
    }
}

#[tokio::test]
async fn runs_bring_in_what_is_new_change_what_changed_and_remove_what_is_gone() {
    let mut linked = Linked::open().await;
    let announced = PulledTransaction { status: TransactionStatus::Pending, ..pulled("p", day(-1)) };
    let refused = vec![RefusedRow { external_id: None, day: None, reason: "no amount".to_owned() }];
    linked
        .bank
        .will_show_accounts(Ok(vec![pulled_account("a")]))
        .will_show_page("a", Ok(page(vec![pulled("1", day(-3)), pulled("2", day(-2))], Some("more"))))
        .will_show_page("a", Ok(TransactionPage { refused, ..page(vec![announced], None) }));
    let first = linked.sync(at(1_000)).await;
    assert_eq!(first.state, SyncState::Completed);
    assert_eq!(first.counts, SyncCounts { accounts: 1, added: 3, updated: 0, removed: 0, refused: 1 });
    let account = linked.account().await;
    assert_eq!(account.last_synced_at, Some(at(1_000)));
    let first_day = at(1_000).day().plus_days(-ScriptedProvider::HISTORY_DAYS);
    let days = Some(Covered { from: first_day, to: at(1_000).day() });
    let call = linked.world.call();
    let request = ShowCoverage { connection: linked.connection.id };
    let covered = linked.dashtam.ledger().coverage(&call, request).await.unwrap();
    assert_eq!(covered, [AccountCoverage { account: account.id, days }]);
    assert_eq!(linked.rows(account.id, None).await, ["Row p", "Row 2", "Row 1"]);

    // The announced row is booked under another id, and the second one is gone.
    let booked = PulledTransaction { replaces: Some("p".to_owned()), ..pulled("b", day(-1)) };
    linked
        .bank
        .will_show_accounts(Ok(vec![pulled_account("a")]))
        .will_show_page("a", Ok(page(vec![pulled("1", day(-3)), booked, pulled("3", day(0))], None)));
    let second = linked.sync(at(5_000)).await;
    assert_eq!(second.counts, SyncCounts { accounts: 1, added: 1, updated: 1, removed: 1, refused: 0 });
    let again = linked.account().await;
    assert_eq!((again.id, again.covered), (account.id, days), "what was known stays known");
    assert_eq!(linked.rows(account.id, None).await, ["Row 3", "Row b", "Row 1"]);
    assert_eq!(linked.rows(account.id, Some(TransactionStatus::Removed)).await, ["Row 2"]);
    let call = linked.world.call();
    let holdings = linked.dashtam.ledger().holdings(&call, ListHoldings { account: account.id }).await;
    assert!(holdings.unwrap().is_empty());
    let connection = linked.connection().await;
    assert_eq!((connection.last_sync_at, connection.accounts_count), (Some(at(5_000)), 1));
}

#[tokio::test]
async fn what_a_person_parted_is_not_linked_again_although_the_institution_says_so() {
    let mut linked = Linked::open().await;
    let announced = PulledTransaction { status: TransactionStatus::Pending, ..pulled("p", day(-1)) };
    let booked = || PulledTransaction { replaces: Some("p".to_owned()), ..pulled("b", day(-1)) };
    let shows = |linked: &Linked, row| {
        let page = page(vec![row], None);
        linked.bank.will_show_accounts(Ok(vec![pulled_account("a")])).will_show_page("a", Ok(page));
    };
    let applied = async |linked: &Linked| {
        let state = Some(DecisionState::Applied);
        let request = ListMatches { state, after: None, limit: Limit::default() };
        linked.dashtam.reconciliations().list(&linked.world.call(), request).await.unwrap().items
    };
    shows(&linked, announced);
    linked.sync(at(1_000)).await;
    shows(&linked, booked());
    linked.sync(at(2_000)).await;
    let request = UndoMatch { decision: applied(&linked).await[0].id };
    linked.dashtam.reconciliations().undo(&linked.world.call(), request).await.unwrap();
    for second in [3_000, 4_000] {
        shows(&linked, booked());
        let run = linked.sync(at(second)).await;
        assert_eq!(run.counts.updated, 0);
        assert_eq!(applied(&linked).await, []);
        let account = linked.account().await;
        assert_eq!(linked.rows(account.id, None).await, ["Row b"]);
        assert_eq!(linked.rows(account.id, Some(TransactionStatus::Removed)).await, ["Row p"]);
    }
}

#[tokio::test]
async fn a_run_that_fails_half_way_leaves_the_next_one_to_go_on_from_where_the_last_good_one_was() {
    let mut linked = Linked::open().await;
    let shows = |linked: &Linked, answer| {
        linked.bank.will_show_accounts(Ok(vec![pulled_account("a")])).will_show_page("a", answer);
    };
    shows(&linked, Ok(page(Vec::new(), None)));
    linked.sync(at(1_000)).await;
    shows(&linked, Err(ProviderError::Unavailable));
    let failed = linked.sync(at(2_000)).await;
    assert_eq!(failed.state, SyncState::Failed);
    assert_eq!(linked.account().await.last_synced_at, Some(at(1_000)));
    assert_eq!(linked.connection().await.error_count, 1);

    shows(&linked, Ok(page(Vec::new(), None)));
    linked.sync(at(3_000)).await;
    let first_days: Vec<_> = linked
        .bank
        .calls()
        .into_iter()
        .filter_map(|call| match call {
            ProviderCall::Page { window, .. } => Some(window.from),
            _ => None,
        })
        .collect();
    let today = at(1_000).day();
    let overlap = today.plus_days(-10);
    assert_eq!(first_days, [today.plus_days(-ScriptedProvider::HISTORY_DAYS), overlap, overlap]);
    assert_eq!(linked.connection().await.error_count, 0);
}

#[tokio::test]
async fn a_clock_that_jumped_ahead_and_is_set_back_leaves_a_working_connection() {
    let mut linked = Linked::open().await;
    let shows = |linked: &Linked| {
        linked
            .bank
            .will_refresh(Ok(credentials("access", None)))
            .will_show_accounts(Ok(vec![pulled_account("a")]))
            .will_show_page("a", Ok(page(Vec::new(), None)));
    };
    let ahead = at(1_000).plus(TimeDelta::days(60));
    shows(&linked);
    assert_eq!(linked.sync(ahead).await.state, SyncState::Completed);
    assert_eq!(linked.account().await.last_synced_at, Some(ahead));
    for second in [2_000, 3_000] {
        shows(&linked);
        let run = linked.sync(at(second)).await;
        assert_eq!((run.state, run.error), (SyncState::Completed, None));
        let connection = linked.connection().await;
        assert_eq!((connection.state, connection.last_sync_at), (ConnectionState::Active, Some(at(second))));
        let next = at(second).plus(TimeDelta::milliseconds(3_600 * 1_091));
        assert_eq!(connection.next_sync_at, Some(next));
        assert_eq!(linked.account().await.last_synced_at, Some(at(second)));
    }
    let windows: Vec<_> = linked
        .bank
        .calls()
        .into_iter()
        .filter_map(|call| match call {
            ProviderCall::Page { window, .. } => Some((window.from, window.to)),
            _ => None,
        })
        .collect();
    let (today, days) = (at(2_000).day(), ScriptedProvider::HISTORY_DAYS);
    let expected = [(today.plus_days(-days), today.plus_days(1)), (today.plus_days(-10), today.plus_days(1))];
    assert_eq!(windows[1..], expected, "all of it once, and then the usual overlap");
}

#[tokio::test]
async fn a_rotated_refresh_token_is_the_one_used_next_time() {
    let mut linked = Linked::open().await;
    for (at_second, answer) in [(10_000, Some("second")), (20_000, None), (30_000, Some("third"))] {
        linked.bank.will_refresh(Ok(credentials("access", answer))).will_show_accounts(Ok(Vec::new()));
        assert_eq!(linked.sync(at(at_second)).await.state, SyncState::Completed);
    }
    let shown: Vec<_> = linked
        .bank
        .calls()
        .into_iter()
        .filter_map(|call| match call {
            ProviderCall::Refresh { refresh_token } => refresh_token,
            _ => None,
        })
        .collect();
    assert_eq!(shown, ["refresh", "second", "second"]);
}

#[tokio::test]
async fn three_bad_runs_make_an_error_and_a_good_one_mends_it() {
    let mut linked = Linked::open().await;
    for count in 1..=3 {
        linked.bank.will_show_accounts(Err(ProviderError::Unavailable));
        linked.sync(at(1_000 + count)).await;
    }
    assert_eq!(linked.connection().await.state, ConnectionState::Error);
    linked.bank.will_show_accounts(Ok(Vec::new()));
    linked.sync(at(2_000)).await;
    assert_eq!(linked.connection().await.state, ConnectionState::Active);
}

#[tokio::test]
async fn an_instance_has_one_run_at_a_time_and_a_silent_worker_loses_it() {
    let linked = Linked::open().await;
    let request = || RequestSync { connection: linked.connection.id };
    let call = linked.world.call();
    let asked = linked.dashtam.sync().request(&call, request(), unkept).await.unwrap();
    let again = linked.dashtam.sync().request(&call, request(), unkept).await.unwrap();
    assert_eq!(asked.id, again.id);

    // A worker that breaks down in the middle: its run is free again once the lease has run out.
    let sync = linked.dashtam.sync();
    let mut unit = linked.disk.storage.store.begin().await.unwrap();
    let now = linked.world.now;
    unit.sync_runs().claim(now, now.plus(SyncRun::LEASE), &Busy::default()).await.unwrap().unwrap();
    unit.commit().await.unwrap();
    assert_eq!(sync.run_next(&linked.world.system(), RunNextSync).await.unwrap(), None);
    linked.world.clock.advance(TimeDelta::seconds(31));
    let later = Call::system(now.plus(TimeDelta::seconds(31)));
    linked.bank.will_show_accounts(Ok(Vec::new()));
    let run = sync.run_next(&later, RunNextSync).await.unwrap().unwrap();
    assert_eq!((run.id, run.state), (asked.id, SyncState::Completed));
}

#[tokio::test]
async fn what_was_sent_of_an_account_and_is_too_long_leaves_nothing_of_before() {
    let mut linked = Linked::open().await;
    for (second, length, kept) in [(1_000, 10, 1), (2_000, 70_000, 0), (3_000, 10, 1)] {
        let raw = serde_json::Value::from("x".repeat(length)).into();
        linked.bank.will_show_accounts(Ok(vec![PulledAccount { raw, ..pulled_account("a") }]));
        linked.bank.will_show_page("a", Ok(page(Vec::new(), None)));
        linked.sync(at(second)).await;
        let account = linked.account().await;
        let mut unit = linked.disk.storage.store.begin().await.unwrap();
        let payloads = unit.remaps().payloads(account.owner, account.id).await.unwrap();
        unit.roll_back().await;
        assert_eq!(payloads.len(), kept, "{length}");
    }
}
