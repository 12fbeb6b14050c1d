//! A linked instance whose run is about to be carried out, and the units of work that a run goes through.

use std::sync::Arc;

use dashtam_application::sync::{RunNextSync, SyncError};
use dashtam_domain::{
    connections::{
        Connection, Credentials, PulledAccount, PulledTransaction, SealedCredentials, SentJson, SyncRun,
        SyncState, TransactionPage,
    },
    event::DomainEvent,
    id::{AccountId, TransactionId},
    identity::{AuditEntry, FieldCipher, User},
    ledger::{
        Account, AccountKind, AccountTerms, Alias, BalanceParts, BalancePoint, Decision, Holding, KnownAs,
        Transaction, TransactionDetails, TransactionKind, TransactionStatus,
    },
    money::Currency,
    page::Page,
    sealed::SealedField,
    secret::{Sealed, SecretText},
    store::Inserted,
    time::Day,
};
use dashtam_testkit::{
    builders::{self, decimal},
    fakes::{Recorder, ScriptedProvider, XorCipher},
    mocks::MockUnitOfWork,
};
use serde_json::json;

use crate::world::{Unit, World};

/// Credentials of this connection as they are stored.
pub(crate) fn sealed(connection: &Connection, access: &str, refresh: Option<&str>) -> SealedCredentials {
    let seal = |text: &str, field: SealedField| -> Sealed {
        XorCipher.seal(&SecretText::new(text), field.at(connection.id.0)).unwrap()
    };
    SealedCredentials {
        access_token: seal(access, SealedField::AccessToken),
        refresh_token: refresh.map(|text| seal(text, SealedField::RefreshToken)),
        expires_at: Some(builders::at(10_000)),
        ..builders::credentials(connection)
    }
}

/// What an institution hands out.
pub(crate) fn credentials(access: &str, refresh: Option<&str>) -> Credentials {
    Credentials {
        access_token: SecretText::new(access),
        refresh_token: refresh.map(SecretText::new),
        id_token: None,
        token_type: "Bearer".to_owned(),
        scope: Some("accounts".to_owned()),
        expires_at: Some(builders::at(10_000)),
        grant_expires_at: None,
    }
}

/// An account as the institution shows it.
pub(super) fn pulled_account(id: &str) -> PulledAccount {
    PulledAccount {
        external_id: id.to_owned(),
        institution: None,
        name: format!("Account {id}"),
        kind: AccountKind::Checking,
        currency: Currency::USD,
        mask: Some("****0001".to_owned()),
        balance: Some(decimal("12.50")),
        available: Some(decimal("10.00")),
        parts: BalanceParts::default(),
        terms: AccountTerms::default(),
        as_of: Some(builders::at(900)),
        raw: SentJson::default(),
    }
}

/// A posted transaction as the institution shows it.
pub(super) fn pulled(id: &str, day: Day) -> PulledTransaction {
    PulledTransaction {
        external_id: id.to_owned(),
        replaces: None,
        day,
        occurred_at: None,
        amount: decimal("-3.50"),
        currency: Currency::USD,
        description: format!("Row {id}"),
        kind: TransactionKind::PointOfSale,
        status: TransactionStatus::Posted,
        memo: None,
        trade: None,
        details: TransactionDetails::default(),
        raw: json!({"id": id}).into(),
    }
}

pub(super) fn page(rows: Vec<PulledTransaction>, next: Option<&str>) -> TransactionPage {
    let next = next.map(str::to_owned);
    TransactionPage {
        rows,
        refused: Vec::new(),
        next,
        covered_from: None,
        gaps: Vec::new(),
        notes: Vec::new(),
    }
}

/// What the unit of a page wrote.
pub(super) struct PageWritten {
    pub(super) unit: Unit,
    pub(super) added: Recorder<Vec<Transaction>>,
    pub(super) changed: Recorder<Vec<Transaction>>,
    pub(super) seen: Recorder<Vec<TransactionId>>,
    pub(super) aliases: Recorder<Vec<Alias>>,
    pub(super) decisions: Recorder<Vec<Decision>>,
}

/// What the unit of the accounts wrote.
pub(super) struct AccountsWritten {
    pub(super) unit: Unit,
    pub(super) accounts: Recorder<Account>,
    pub(super) points: Recorder<Vec<BalancePoint>>,
    pub(super) kept: Recorder<Vec<AccountId>>,
}

/// What the last unit of an account wrote.
pub(super) struct AccountFinished {
    pub(super) unit: Unit,
    pub(super) account: Recorder<Account>,
    pub(super) holdings: Recorder<Vec<Holding>>,
}

/// What the end of a run wrote.
pub(super) struct Ended {
    pub(super) unit: Unit,
    pub(super) run: Recorder<SyncRun>,
    pub(super) connection: Recorder<Connection>,
    pub(super) lines: Recorder<AuditEntry>,
    pub(super) events: Recorder<DomainEvent>,
}

pub(super) struct Bench {
    pub(super) world: World,
    pub(super) bank: Arc<ScriptedProvider>,
    pub(super) connection: Connection,
    pub(super) run: SyncRun,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(|bank| bank)
    }

    /// With a bank that can do less, say.
    pub(super) fn with(prepare: impl FnOnce(ScriptedProvider) -> ScriptedProvider) -> Self {
        let mut world = World::new();
        let bank = Arc::new(prepare(ScriptedProvider::new("sandbox", &world.open)));
        world.provider(bank.clone());
        let mut connection = builders::connection(world.owner, "Mine");
        connection.linked(builders::at(1));
        let run = SyncRun {
            state: SyncState::Running,
            started_at: Some(world.now),
            lease_until: Some(world.now.plus(SyncRun::LEASE)),
            attempts: 1,
            ..builders::sync_run(&connection, 990)
        };
        Self { world, bank, connection, run }
    }

    /// A run that was claimed, with credentials that work, of accounts nothing is known of.
    pub(super) fn under_way() -> Self {
        let mut bench = Self::new();
        bench.claims();
        bench.has_credentials(sealed(&bench.connection, "access", Some("refresh")));
        bench.knows_accounts(Vec::new());
        bench
    }

    /// The first unit: takes the run.
    pub(super) fn claims(&mut self) -> (Unit, Recorder<AuditEntry>) {
        let (now, until) = (self.world.now, self.world.now.plus(SyncRun::LEASE));
        let (run, connection) = (self.run.clone(), self.connection.clone());
        let mut lines = Recorder::new();
        let unit = self.world.unit(|unit| {
            unit.sync_runs
                .expect_claim()
                .withf(move |at, end, _| (*at, *end) == (now, until))
                .times(1)
                .return_once(|_, _, _| Ok(Some(run)));
            finds(unit, connection);
            let owner = User { id: self.connection.owner, ..builders::user() };
            unit.users.expect_find().times(1).return_once(|_| Ok(Some(owner)));
            lines = unit.records_audit();
        });
        (unit, lines)
    }

    /// The credentials the next look-up finds.
    pub(super) fn has_credentials(&mut self, sealed: SealedCredentials) {
        let (owner, id) = (self.connection.owner, self.connection.id);
        self.world
            .queries
            .connections
            .expect_credentials()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .times(1)
            .return_once(|_, _| Ok(Some(sealed)));
    }

    /// What earlier runs left behind.
    pub(super) fn knows_accounts(&mut self, accounts: Vec<Account>) {
        let (owner, id) = (self.connection.owner, Some(self.connection.id));
        self.world
            .queries
            .ledger
            .expect_accounts()
            .withf(move |asked, of, _, _| (*asked, *of) == (owner, id))
            .times(1)
            .return_once(|_, _, _, _| Ok(Page { items: accounts, next: None }));
    }

    /// The unit of the accounts, which get these ids.
    pub(super) fn stores_accounts(&mut self, ids: Vec<AccountId>) -> AccountsWritten {
        let (accounts, points, kept) = (Recorder::new(), Recorder::new(), Recorder::new());
        let (new, recorded, keep) = (accounts.clone(), points.clone(), kept.clone());
        let mut left = ids.into_iter();
        let unit = self.world.unit(|unit| {
            prolongs(unit);
            unit.accounts.expect_upsert().returning(move |account| {
                new.push(account.clone());
                Ok(left.next().expect("the test names an id for each account"))
            });
            unit.balances.expect_record().times(1).returning(move |points| {
                recorded.push(points.to_vec());
                Ok(())
            });
            unit.accounts.expect_deactivate_others().returning(move |_, _, ids, _| {
                keep.push(ids.to_vec());
                Ok(0)
            });
        });
        AccountsWritten { unit, accounts, points, kept }
    }

    /// The unit of a page, of whose rows these are stored already.
    pub(super) fn stores_page(&mut self, known: Vec<Transaction>) -> PageWritten {
        let (added, changed, seen) = (Recorder::new(), Recorder::new(), Recorder::new());
        let (new, other, same) = (added.clone(), changed.clone(), seen.clone());
        let (aliases, decisions) = (Recorder::new(), Recorder::new());
        let (further, decided) = (aliases.clone(), decisions.clone());
        let run = self.run.id;
        let unit = self.world.unit(|unit| {
            prolongs(unit);
            unit.knows_no_aliases();
            let rows = known.clone();
            unit.transactions.expect_find_all().returning(move |_, ids| {
                Ok(rows.iter().filter(|row| ids.contains(&row.id)).cloned().collect())
            });
            unit.reconciliations.expect_aliases_of().returning(|_, _| Ok(Vec::new()));
            unit.reconciliations.expect_rejected_pairs().returning(|_, _| Ok(Vec::new()));
            unit.reconciliations.expect_dismiss().returning(|_, _, _| Ok(0));
            unit.reconciliations.expect_insert().returning(move |decisions| {
                decided.push(decisions.to_vec());
                Ok(())
            });
            let known_as: Vec<KnownAs> = known.iter().map(KnownAs::from).collect();
            unit.transactions.expect_known().times(0..=1).return_once(|_, _, _| Ok(known_as));
            unit.transactions.expect_with_source_ids().times(0..=1).returning(move |_, _, ids| {
                Ok(known.iter().filter(|row| ids.contains(&row.source_id)).cloned().collect())
            });
            unit.reconciliations.expect_put_aliases().returning(move |aliases| {
                further.push(aliases.to_vec());
                Ok(())
            });
            unit.transactions.expect_insert().times(1).returning(move |rows| {
                new.push(rows.to_vec());
                Ok(rows.len() as u64)
            });
            unit.transactions.expect_update().times(1..).returning(move |rows| {
                other.push(rows.to_vec());
                Ok(())
            });
            unit.transactions.expect_mark_seen().withf(move |_, _, by| *by == run).times(1).returning(
                move |_, ids, _| {
                    same.push(ids.to_vec());
                    Ok(())
                },
            );
        });
        PageWritten { unit, added, changed, seen, aliases, decisions }
    }

    /// The last unit of an account; so many rows are gone.
    pub(super) fn finishes_account(&mut self, removed: u64) -> AccountFinished {
        let (account, holdings) = (Recorder::new(), Recorder::new());
        let (written, replaced) = (account.clone(), holdings.clone());
        let unit = self.world.unit(|unit| {
            prolongs(unit);
            unit.has_nothing_to_match();
            unit.knows_no_securities();
            unit.transactions.expect_remove_unseen().times(1).returning(move |_, _, _, _, _, _| Ok(removed));
            unit.holdings.expect_replace().returning(move |_, _, holdings| {
                replaced.push(holdings.to_vec());
                Ok(())
            });
            unit.accounts.expect_find().returning(|_, _| Ok(None));
            unit.accounts.expect_upsert().times(1).returning(move |account| {
                written.push(account.clone());
                Ok(account.id)
            });
        });
        AccountFinished { unit, account, holdings }
    }

    /// The end of a run, which finds the instance as it was at the beginning.
    pub(super) fn ends(&mut self) -> Ended {
        self.ends_with(self.connection.clone())
    }

    /// The unit that finds the run taken over at its end.
    pub(super) fn is_taken_over_at_its_end(&mut self) -> Unit {
        let found = self.connection.clone();
        self.world.unit(|unit| {
            finds(unit, found);
            unit.has_nothing_to_pair();
            unit.sync_runs.expect_finish().times(1).returning(|_| Ok(false));
        })
    }

    /// The end of a run, which finds the instance like this.
    pub(super) fn ends_with(&mut self, found: Connection) -> Ended {
        let (run, connection, mut lines) = (Recorder::new(), Recorder::new(), Recorder::new());
        let mut events = Recorder::new();
        let (finished, updated) = (run.clone(), connection.clone());
        let unit = self.world.unit(|unit| {
            unit.sync_runs.expect_finish().times(1).returning(move |run| {
                finished.push(run.clone());
                Ok(true)
            });
            finds(unit, found);
            unit.connections.expect_update().times(1).returning(move |connection| {
                updated.push(connection.clone());
                Ok(Inserted::New)
            });
            events = unit.records_events();
            lines = unit.records_audit();
            unit.has_nothing_to_pair();
        });
        Ended { unit, run, connection, lines, events }
    }

    /// Carries the run out.
    pub(super) async fn run_next(&mut self) -> Result<Option<SyncRun>, SyncError> {
        let call = self.world.system();
        self.world.build().sync().run_next(&call, RunNextSync).await
    }
}

/// The unit finds the instance.
pub(super) fn finds(unit: &mut MockUnitOfWork, connection: Connection) {
    let (owner, id) = (connection.owner, connection.id);
    unit.connections
        .expect_find()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(Some(connection)));
}

/// The unit prolongs the lease it holds; what exactly is held, and until when, is a test of its own.
fn prolongs(unit: &mut MockUnitOfWork) {
    let claimed_until = builders::at(1_000).plus(SyncRun::LEASE);
    unit.sync_runs
        .expect_prolong()
        .withf(move |_, attempt, until, _| *attempt == 1 && *until >= claimed_until)
        .times(1)
        .returning(|_, _, _, _| Ok(true));
}
