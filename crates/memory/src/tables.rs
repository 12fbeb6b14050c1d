//! All tables, and what goes with what.

use dashtam_domain::{
    connections::{Connection, PendingAuthorization, SyncRun},
    delivery::MailRequest,
    delivery::notification::NotificationSettings,
    id::{AccountId, ConnectionId, SessionId, UserId},
    identity::{
        ChainHead, Challenge, OneTimeToken, PublishedKey, RefreshGeneration, SecondFactor, SecondFactorReset,
        SecurityConfig, SessionSnapshot, SignInBudget, SigningKey, TokenFloor,
    },
    ledger::{
        Account, Alias, BalancePoint, BulkEdit, ChangeKind, Decision, ExportJob, Holding, Import,
        ImportedBalance, RejectedPair, SavedLayout, SavedView, Security, ToldAccount, Transaction,
        meaning::{
            OwnCategory, Payee,
            rule::{Rule, RuleRun},
        },
        recurring::StreamMark,
        worth::FxRate,
    },
    live::LiveEvent,
    rate_limit::DenialCount,
    record::Record,
    store::StoreError,
    time::Timestamp,
    webhook::{Webhook, WebhookDelivery},
};
use uuid::Uuid;

use crate::{
    followed::{Clock, Followed, Removal},
    live_rows::LiveFloor,
    mark::Mark,
    meaning_rows::{ExportChunk, StoredPrice, StoredRunChange, StoredTargets, TransferSearch},
    notification_rows::ToldNotification,
    rows::{
        Answer, KeptPlace, Line, MailBudget, SecretMark, SecurityKey, StoredCredentials, StoredEvent,
        StoredPayload, StoredSession, StoredSnapshot, StoredTold, StoredUser,
    },
    table::Table,
};

macro_rules! tables {
    ($($name:ident: $row:ty,)+) => {
        /// Everything that is stored.
        #[derive(Default)]
        pub(crate) struct Tables {
            $(pub(crate) $name: Table<$row>,)+
        }

        impl Tables {
            /// Makes the other copy what this one is; costs what was written.
            pub(crate) fn commit(&mut self, committed: &mut Self) {
                $(self.$name.commit(&mut committed.$name);)+
            }

            /// Makes this copy what the other one is; costs what was written.
            pub(crate) fn roll_back(&mut self, committed: &Self) {
                $(self.$name.roll_back(&committed.$name);)+
            }
        }
    };
}

tables! {
    users: StoredUser,
    sessions: StoredSession,
    generations: RefreshGeneration,
    one_time_tokens: OneTimeToken,
    challenges: Challenge,
    sign_in_budgets: SignInBudget,
    mail_budgets: MailBudget,
    second_factors: SecondFactor,
    second_factor_resets: SecondFactorReset,
    security_config: SecurityConfig,
    audit: Line,
    chains: ChainHead,
    signing_key: SigningKey,
    published_keys: PublishedKey,
    denials: DenialCount,
    connections: Connection,
    credentials: StoredCredentials,
    authorizations: PendingAuthorization,
    sync_runs: SyncRun,
    accounts: Followed<Account>,
    balances: Followed<BalancePoint>,
    securities: Followed<Security>,
    security_keys: SecurityKey,
    holdings: Followed<Holding>,
    snapshots: StoredSnapshot,
    transactions: Followed<Transaction>,
    aliases: Alias,
    decisions: Followed<Decision>,
    transfer_places: TransferSearch,
    stream_marks: StreamMark,
    rejected_pairs: RejectedPair,
    imports: Import,
    rates: FxRate,
    categories: OwnCategory,
    rules: Rule,
    payees: Payee,
    rule_runs: RuleRun,
    rule_run_changes: StoredRunChange,
    saved_layouts: SavedLayout,
    bulk_edits: BulkEdit,
    saved_views: SavedView,
    export_jobs: ExportJob,
    export_chunks: ExportChunk,
    allocation_targets: StoredTargets,
    prices: StoredPrice,
    told_accounts: ToldAccount,
    told_balances: ImportedBalance,
    told_rows: StoredTold,
    remap_places: KeptPlace,
    payloads: StoredPayload,
    clocks: Clock,
    removals: Removal,
    live_events: LiveEvent,
    live_floors: LiveFloor,
    outbox: StoredEvent,
    answers: Answer,
    mail_requests: MailRequest,
    secret_marks: SecretMark,
    webhooks: Webhook,
    webhook_deliveries: WebhookDelivery,
    notification_settings: NotificationSettings,
    told_notifications: ToldNotification,
}

/// What an insert answers whose row belongs to nothing.
fn orphan(of: &'static str) -> StoreError {
    StoreError::Database(format!("there is no such {of}").into())
}

impl Tables {
    /// The tables of a new installation.
    pub(crate) fn new() -> Self {
        let mut tables = Self::default();
        let long_ago = Timestamp::new(Default::default());
        let floor =
            TokenFloor { version: 1, grace_until: long_ago, earlier_version: 1, earlier_until: long_ago };
        let config = SecurityConfig { floor, updated_at: long_ago, updated_by: None, reason: None };
        tables.security_config.put(config);
        tables
    }

    /// What counts for everybody's tokens. The one row is there from the beginning.
    pub(crate) fn config(&self) -> Result<&SecurityConfig, StoreError> {
        let missing = || StoreError::Corrupt {
            record: Record::TokenFloor,
            reason: "the one row is missing".to_owned(),
        };
        self.security_config.get(&()).ok_or_else(missing)
    }

    /// A session with its user.
    pub(crate) fn snapshot(&self, session: &StoredSession) -> Option<SessionSnapshot> {
        Some(SessionSnapshot {
            user: self.users.get(&session.session.user)?.user.clone(),
            floor: self.config().ok()?.floor,
            session: session.session.clone(),
        })
    }

    /// An error unless there is such a user.
    pub(crate) fn needs_user(&self, id: UserId) -> Result<(), StoreError> {
        self.users.get(&id).map(|_| ()).ok_or_else(|| orphan("user"))
    }

    /// An error unless the user has such a connection.
    pub(crate) fn needs_connection(&self, owner: UserId, id: ConnectionId) -> Result<(), StoreError> {
        let own = self.connections.get(&id).filter(|connection| connection.owner == owner);
        own.map(|_| ()).ok_or_else(|| orphan("connection"))
    }

    /// An error unless the user has such an account.
    pub(crate) fn needs_account(&self, owner: UserId, id: AccountId) -> Result<(), StoreError> {
        let own = self.accounts.get(&id).filter(|account| account.owner == owner);
        own.map(|_| ()).ok_or_else(|| orphan("account"))
    }

    /// An error unless there is such a session.
    pub(crate) fn needs_session(&self, id: SessionId) -> Result<(), StoreError> {
        self.sessions.get(&id).map(|_| ()).ok_or_else(|| orphan("session"))
    }

    /// Removes a session and its refresh tokens.
    pub(crate) fn remove_session(&mut self, id: SessionId) {
        self.generations.remove_marked(&Mark::Session(id), |_| true);
        self.sessions.remove(&id, |_| true);
    }

    /// Removes an account and what is in it.
    pub(crate) fn remove_account(&mut self, id: AccountId) {
        self.balances.remove_marked(&Mark::Account(id), |_| true);
        self.holdings.remove_marked(&Mark::Account(id), |_| true);
        self.snapshots.remove_marked(&Mark::Account(id), |_| true);
        self.aliases.remove_marked(&Mark::Account(id), |_| true);
        self.decisions.remove_marked(&Mark::Account(id), |_| true);
        self.stream_marks.remove_marked(&Mark::Account(id), |_| true);
        self.rejected_pairs.remove_marked(&Mark::Account(id), |_| true);
        self.transactions.remove_marked(&Mark::Account(id), |_| true);
        self.told_rows.remove_marked(&Mark::Account(id), |_| true);
        self.told_balances.remove_marked(&Mark::Account(id), |_| true);
        self.told_accounts.remove_marked(&Mark::Account(id), |_| true);
        self.payloads.remove_marked(&Mark::Account(id), |_| true);
        self.accounts.remove(&id, |_| true);
    }

    /// Removes a connection and all that hangs on it, except the audit trail.
    pub(crate) fn remove_connection(&mut self, id: ConnectionId) {
        self.credentials.remove(&id, |_| true);
        self.authorizations.remove_marked(&Mark::Connection(id), |_| true);
        self.sync_runs.remove_marked(&Mark::Connection(id), |_| true);
        let accounts: Vec<_> =
            self.accounts.marked(&Mark::Connection(id)).map(|account| account.id).collect();
        accounts.into_iter().for_each(|account| self.remove_account(account));
        self.connections.remove(&id, |_| true);
    }

    /// Removes a user and all that is the user's, except the audit trail.
    pub(crate) fn remove_user(&mut self, id: UserId) -> Result<(), StoreError> {
        if self.users.first(&Mark::ManagedBy(id)).is_some() {
            return Err(StoreError::Database("the user looks after others".into()));
        }
        let mine = Mark::Owner(id);
        let sessions: Vec<_> = self.sessions.marked(&mine).map(|session| session.session.id).collect();
        sessions.into_iter().for_each(|session| self.remove_session(session));
        let connections: Vec<_> = self.connections.marked(&mine).map(|connection| connection.id).collect();
        connections.into_iter().for_each(|connection| self.remove_connection(connection));
        let accounts: Vec<_> = self.accounts.marked(&mine).map(|account| account.id).collect();
        accounts.into_iter().for_each(|account| self.remove_account(account));
        self.prices.remove_marked(&mine, |_| true);
        self.securities.remove_marked(&mine, |_| true);
        self.security_keys.remove_marked(&mine, |_| true);
        self.one_time_tokens.remove_marked(&mine, |_| true);
        self.challenges.remove_marked(&mine, |_| true);
        self.sign_in_budgets.remove_marked(&mine, |_| true);
        self.second_factors.remove(&id, |_| true);
        self.second_factor_resets.remove(&id, |_| true);
        self.imports.remove_marked(&mine, |_| true);
        self.categories.remove_marked(&mine, |_| true);
        self.rules.remove_marked(&mine, |_| true);
        self.payees.remove_marked(&mine, |_| true);
        self.rule_runs.remove_marked(&mine, |_| true);
        self.rule_run_changes.remove_marked(&mine, |_| true);
        self.saved_layouts.remove_marked(&mine, |_| true);
        self.bulk_edits.remove(&id, |_| true);
        self.saved_views.remove_marked(&mine, |_| true);
        self.export_chunks.remove_marked(&mine, |_| true);
        self.export_jobs.remove_marked(&mine, |_| true);
        self.allocation_targets.remove(&id, |_| true);
        self.outbox.remove_marked(&mine, |_| true);
        self.webhooks.remove_marked(&mine, |_| true);
        self.webhook_deliveries.remove_marked(&mine, |_| true);
        self.notification_settings.remove(&id, |_| true);
        self.told_notifications.remove_marked(&mine, |_| true);
        self.clocks.remove(&id, |_| true);
        self.transfer_places.remove(&id, |_| true);
        self.removals.remove_marked(&mine, |_| true);
        self.live_events.remove_marked(&mine, |_| true);
        self.live_floors.remove(&id, |_| true);
        self.users.remove(&id, |_| true);
        Ok(())
    }
}

impl Tables {
    /// The number of this unit's changes to the owner's ledger. There is one writer, so that the order of the numbers is
    /// the order of the commits.
    pub(crate) fn change_number(&mut self, owner: UserId) -> i64 {
        let known = self.clocks.get(&owner).filter(|_| self.clocks.is_touched(&owner));
        if let Some(number) = known.and_then(|clock| clock.changes) {
            return number;
        }
        let number = self.take_number(owner);
        self.clocks.change(&owner, |_| true, |clock| clock.changes = Some(number));
        number
    }

    /// The next number of the owner's clock.
    pub(crate) fn take_number(&mut self, owner: UserId) -> i64 {
        let stored = self.clocks.get(&owner);
        let mut clock = stored.map(|stored| stored.clock).unwrap_or_default();
        // What an earlier unit changed is not this one's.
        let changes = stored.filter(|_| self.clocks.is_touched(&owner)).and_then(|stored| stored.changes);
        clock.seq += 1;
        self.clocks.put(Clock::new(owner, clock, changes));
        clock.seq
    }

    /// Remembers that these rows are deleted.
    pub(crate) fn note_removals(
        &mut self,
        owner: UserId,
        kind: ChangeKind,
        ids: impl IntoIterator<Item = Uuid>,
    ) {
        for id in ids {
            let seq = self.change_number(owner);
            self.removals.put(Removal::new(owner, kind, seq, id));
        }
    }
}
