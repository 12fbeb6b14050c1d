//! A ledger, and what happens to it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    authorization::LinkWithSecret,
    connections::CreateConnection,
    corrections::CorrectTransaction,
    imports::{ImportError, ImportStatement, UndoImport},
    reconciliations::{AcceptMatch, ReconciliationError, RejectMatch, UndoMatch},
    sync::{RequestSync, RunNextSync},
};
use dashtam_domain::{
    call::Call,
    connections::SyncState,
    id::{ConnectionId, ImportId, TransactionId, UserId},
    identity::User,
    ledger::{Decision, DecisionState, Sign, TransactionChange},
    money::Decimal,
    secret::SecretText,
    store::{Storage, Store, StoreError, UnitOfWork},
    time::{Day, Timestamp},
};
use dashtam_local::{LocalBell, ringing};
use dashtam_testkit::{builders, fakes::SequentialIds};

use super::{
    bank::{Bank, KEY},
    checks::Follower,
    files::{FILE_ROWS, file, file_id, file_row},
    steps::{Fix, Step},
};
use crate::world::{World, unkept};

/// The day on which everything begins.
pub(super) fn begins() -> Timestamp {
    Timestamp::parse("2026-03-10T09:00:00Z").unwrap()
}
/// After so many nights no more go by: an institution changes no row that a listing no longer covers.
const NIGHTS: i64 = 4;
/// A store whose process dies after so many units of work.
struct Mortal {
    store: Arc<dyn Store>,
    left: Arc<AtomicUsize>,
}

const IMMORTAL: usize = usize::MAX;

#[async_trait]
impl Store for Mortal {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let less = |left: usize| if left == IMMORTAL { Some(left) } else { left.checked_sub(1) };
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(_) => self.store.begin().await,
            Err(_) => Err(StoreError::Database("the process was killed".into())),
        }
    }
}

/// A ledger with an institution, two workers and a client that follows.
pub(super) struct History {
    pub(super) owner: UserId,
    pub(super) now: Timestamp,
    pub(super) bank: Arc<Bank>,
    /// The program that people talk to; it is a worker too.
    pub(super) first: Dashtam,
    second: Dashtam,
    pub(super) storage: Storage,
    world: World,
    life: Arc<AtomicUsize>,
    connection: ConnectionId,
    nights: i64,
    pub(super) follower: Follower,
    /// Whether the ledger has seen the books as they are.
    pub(super) is_synced: bool,
    /// What people wrote on rows.
    pub(super) notes: HashMap<TransactionId, Option<String>>,
    /// The ids that each import told, until it is undone.
    imports: Vec<(ImportId, Vec<(usize, bool)>)>,
}

impl History {
    /// A new user on a store that two processes work on.
    pub(super) async fn begin([storage, other]: [Storage; 2]) -> Self {
        // Histories share a store, and no two rows of it an id.
        static IDS: OnceLock<Arc<SequentialIds>> = OnceLock::new();
        let mut world = World::new();
        world.ids = IDS.get_or_init(Arc::default).clone();
        let bank = Arc::new(Bank::new());
        world.provider(bank.clone());
        world.readers(dashtam_statements::readers());
        world.owner = UserId(builders::id());
        let user = builders::user();
        let email = format!("{}@example.com", world.owner).parse().unwrap();
        let mut unit = storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&User { id: world.owner, email, ..user }).await.unwrap();
        unit.commit().await.unwrap();
        let life = Arc::new(AtomicUsize::new(IMMORTAL));
        // Both tell what they did. Nobody waits for a bell: whoever follows looks.
        let bell = Arc::new(LocalBell::default());
        let tells = |storage: &Storage| ringing(storage.clone(), bell.clone(), world.clock.clone());
        let (telling, other) = (tells(&storage), tells(&other));
        let mortal =
            Storage { store: Arc::new(Mortal { store: telling.store, left: life.clone() }), ..telling };
        let now = begins();
        world.clock.set(now);
        world.now = now;
        let (first, second) = (world.build_on(mortal), world.build_on(other));
        let call = world.call();
        let wanted = CreateConnection { provider_key: KEY.to_owned(), alias: "Model".parse().unwrap() };
        let connection = first.connections().create(&call, wanted, unkept).await.unwrap().connection.id;
        let secrets = [("word".to_owned(), SecretText::new("let-me-in"))].into();
        let link = LinkWithSecret { connection, secrets };
        first.authorization().link_with_secret(&call, link).await.unwrap();
        let (owner, imports) = (world.owner, Vec::new());
        Self {
            owner,
            now,
            bank,
            first,
            second,
            storage,
            world,
            life,
            connection,
            nights: 0,
            follower: Follower::default(),
            is_synced: false,
            notes: HashMap::new(),
            imports,
        }
    }

    /// A call of the owner.
    pub(super) fn call(&self) -> Call {
        self.world.call()
    }

    fn advance(&mut self, by: TimeDelta) {
        self.now = self.now.plus(by);
        self.world.now = self.now;
        self.world.clock.set(self.now);
    }

    /// Lets one thing happen.
    pub(super) async fn take(&mut self, step: Step) {
        self.advance(TimeDelta::minutes(1));
        match step {
            Step::Night if self.nights < NIGHTS => {
                self.nights += 1;
                self.advance(TimeDelta::days(1));
                self.is_synced = false;
            }
            Step::Night => {}
            Step::Syncs => self.sync().await,
            Step::BreaksOff { after } => {
                self.bank.fails_after(Some(after));
                self.run(1).await;
                self.bank.fails_after(None);
                self.is_synced = false;
            }
            Step::Dies { after } => self.die(after).await,
            Step::Races => self.run(2).await,
            Step::Imports { from, rows, anew } => self.import(from, rows, anew).await,
            Step::Undoes { which } => self.undo_import(which).await,
            Step::Accepts { which } => self.decide(which, true).await,
            Step::Rejects { which } => self.decide(which, false).await,
            Step::Parts { which } => self.part(which).await,
            Step::Corrects { which, fix } => self.correct(which, fix).await,
            other => {
                self.books(other);
                self.is_synced = false;
            }
        }
    }

    async fn request(&self) {
        let request = RequestSync { connection: self.connection };
        self.second.sync().request(&self.call(), request, unkept).await.unwrap();
    }

    /// Has a run carried out by one worker or by two; it need not end well.
    async fn run(&mut self, workers: usize) {
        self.request().await;
        let call = self.world.system();
        let ran = if workers == 1 {
            let ran = self.second.sync().run_next(&call, RunNextSync).await;
            vec![ran.unwrap()]
        } else {
            let (one, other) = tokio::join!(
                self.first.sync().run_next(&call, RunNextSync),
                self.second.sync().run_next(&call, RunNextSync)
            );
            vec![one.unwrap(), other.unwrap()]
        };
        let ran: Vec<_> = ran.into_iter().flatten().collect();
        assert_eq!(ran.len(), 1, "one run is carried out once");
        self.is_synced = ran[0].state == SyncState::Completed;
    }

    async fn sync(&mut self) {
        self.run(1).await;
        assert!(self.is_synced, "the institution is well");
    }

    async fn die(&mut self, after: usize) {
        self.request().await;
        self.life.store(after, Ordering::SeqCst);
        let ran = self.first.sync().run_next(&self.world.system(), RunNextSync).await;
        self.life.store(IMMORTAL, Ordering::SeqCst);
        match ran {
            Ok(run) => self.is_synced = run.is_some_and(|run| run.state == SyncState::Completed),
            Err(_) => {
                self.advance(TimeDelta::hours(1));
                let run = self.second.sync().run_next(&self.world.system(), RunNextSync).await.unwrap();
                self.is_synced = run.is_some_and(|run| run.state == SyncState::Completed);
                assert!(self.is_synced, "another worker takes over");
            }
        }
    }

    /// One of the decisions that stand there.
    async fn decision(&self, state: DecisionState, which: usize) -> Option<Decision> {
        let mut open = self.decisions().await;
        open.retain(|decision| decision.state == state);
        (!open.is_empty()).then(|| open.swap_remove(which % open.len()))
    }

    /// Whether both rows of a decision are one purchase, as far as the institution knows.
    fn is_true(&self, decision: &Decision) -> bool {
        let books = self.bank.books();
        let real = |id: &str| books.issued.get(id);
        let [left, right] = [&decision.evidence.left, &decision.evidence.right];
        match (real(&left.source_id), real(&right.source_id)) {
            (Some(left), Some(right)) => left == right,
            // Files told them.
            _ => true,
        }
    }

    /// People accept what is true, and refuse anything.
    async fn decide(&mut self, which: usize, accept: bool) {
        let Some(decision) = self.decision(DecisionState::Suggested, which).await else { return };
        let (call, id) = (self.call(), decision.id);
        let reconciliations = self.second.reconciliations();
        let answer = if accept && self.is_true(&decision) {
            reconciliations.accept(&call, AcceptMatch { decision: id }).await
        } else {
            reconciliations.reject(&call, RejectMatch { decision: id }).await
        };
        answer.unwrap();
        self.forget_notes(&decision);
    }

    /// A decision is taken back.
    async fn part(&mut self, which: usize) {
        let Some(decision) = self.decision(DecisionState::Applied, which).await else { return };
        let request = UndoMatch { decision: decision.id };
        match self.second.reconciliations().undo(&self.call(), request).await {
            // The next listing tells which of the two is there.
            Ok(_) => self.is_synced = false,
            Err(ReconciliationError::Later(later)) => assert!(!later.is_empty()),
            Err(other) => panic!("{other:?}"),
        }
        self.forget_notes(&decision);
    }

    /// Of two rows that were both written on, one stays: which is another test's matter.
    fn forget_notes(&mut self, decision: &Decision) {
        if self.notes.contains_key(&decision.right) {
            self.notes.remove(&decision.left);
            self.notes.remove(&decision.right);
        }
    }

    async fn correct(&mut self, which: usize, fix: Fix) {
        let mut rows = Vec::new();
        for account in self.accounts().await {
            rows.extend(self.rows(account.id).await);
        }
        if rows.is_empty() {
            return;
        }
        let row = &rows[which % rows.len()];
        let note = format!("seen on {}", self.now);
        let day = row.day.plus_days(-1);
        let change = match fix {
            Fix::Note => TransactionChange { note: Some(note.parse().ok()), ..Default::default() },
            Fix::Sign => TransactionChange { sign: Some(Some(Sign::Positive)), ..Default::default() },
            Fix::Day => TransactionChange { day: Some(Some(day)), ..Default::default() },
            Fix::Hidden => TransactionChange { hidden: Some(Some(true)), ..Default::default() },
            Fix::TakeBack => TransactionChange {
                note: Some(None),
                sign: Some(None),
                day: Some(None),
                hidden: Some(None),
                ..Default::default()
            },
        };
        let request = CorrectTransaction { transaction: row.id, change };
        self.first.corrections().correct_transaction(&self.call(), request).await.unwrap();
        match fix {
            Fix::Note => drop(self.notes.insert(row.id, Some(note))),
            Fix::TakeBack => drop(self.notes.insert(row.id, None)),
            Fix::Sign | Fix::Day | Fix::Hidden => {}
        }
    }

    async fn import(&mut self, from: usize, rows: usize, anew: bool) {
        let told: Vec<(usize, bool)> = (from..(from + rows).min(FILE_ROWS)).map(|at| (at, anew)).collect();
        let file = file(&told);
        let statement = ImportStatement { file_name: None, file, account: None, profile: None };
        let import = self.second.imports().create(&self.call(), statement, unkept).await.unwrap();
        assert_eq!(import.counts.refused, 0, "{import:?}");
        self.imports.push((import.id, told));
    }

    async fn undo_import(&mut self, which: usize) {
        if self.imports.is_empty() {
            return;
        }
        let at = which % self.imports.len();
        let request = UndoImport { import: self.imports[at].0 };
        match self.second.imports().undo(&self.call(), request).await {
            Ok(_) => drop(self.imports.remove(at)),
            Err(ImportError::Merged(decisions)) => assert!(!decisions.is_empty()),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// What the imports that stand have told, by id.
    pub(super) fn told_by_files(&self) -> BTreeMap<String, (Day, Decimal, String)> {
        let told = self.imports.iter().flat_map(|(_, told)| told);
        told.map(|(at, anew)| (file_id(*at, *anew), file_row(*at))).collect()
    }
}
