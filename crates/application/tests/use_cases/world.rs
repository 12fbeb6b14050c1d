//! The whole program on mocks and fakes, and the calls that tests make.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use dashtam_application::{Dashtam, Policy, RegistrationMode, Security};
use dashtam_domain::{
    call::{Call, Caller, ClientInfo, Once},
    connections::Provider,
    delivery::idempotency::{Begun, Fingerprint, StoredAnswer},
    id::{SessionId, UserId},
    identity::{AuditAction, AuditEntry, GuestTokens, PlainSeal, SigningKeys},
    ledger::{AccountHasher, PlainAccountHasher, statement::StatementReader},
    secret::SecretHash,
    sources::Sources,
    store::{Storage, StoreError},
    time::Timestamp,
    webhook::WebhookSender,
};
use dashtam_local::{KnownClients, MemoryActivityLog};
use dashtam_testkit::{
    builders,
    fakes::{
        CountingRandomness, FakeAccessTokens, FakeEmailCodes, FakeMailedSecrets, FakeRefreshSecrets,
        JumpingTimer, ManualClock, MapSessionCache, OpenUnits, PlainHasher, Recorder, RecordingMailer,
        RecordingSignal, ScriptedReader, SequentialIds, XorCipher,
    },
    mocks::{MockQueries, MockUnitOfWork, store_of},
};

/// The adapters of one test, and what the store is expected to be asked.
pub(crate) struct World {
    /// When everything happens, unless the test moves the clock.
    pub(crate) now: Timestamp,
    /// The signed-in user.
    pub(crate) owner: UserId,
    /// That user's session.
    pub(crate) session: SessionId,
    pub(crate) open: OpenUnits,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) timer: Arc<JumpingTimer>,
    pub(crate) ids: Arc<SequentialIds>,
    pub(crate) randomness: Arc<CountingRandomness>,
    pub(crate) hasher: Arc<PlainHasher>,
    pub(crate) access_tokens: Arc<FakeAccessTokens>,
    pub(crate) cache: Arc<MapSessionCache>,
    pub(crate) activity: Arc<MemoryActivityLog>,
    pub(crate) clients: Arc<KnownClients>,
    /// What other tokens are accepted, if any.
    pub(crate) guests: Option<Arc<dyn GuestTokens>>,
    pub(crate) signal: Arc<RecordingSignal>,
    pub(crate) mailer: Arc<RecordingMailer>,
    pub(crate) has_mailer: bool,
    /// Where webhooks are sent, if they are.
    pub(crate) webhooks: Option<Arc<dyn WebhookSender>>,
    /// Hashes the account numbers of imported statements.
    pub(crate) account_hasher: Arc<dyn AccountHasher>,
    pub(crate) queries: MockQueries,
    /// How accounts come to be in what is built next.
    pub(crate) registration: RegistrationMode,
    pub(crate) signing_keys: Option<Arc<dyn SigningKeys>>,
    providers: Vec<Arc<dyn Provider>>,
    readers: Vec<Arc<dyn StatementReader>>,
    units: Vec<MockUnitOfWork>,
}

/// Whether a unit of work was committed.
#[derive(Debug, Clone)]
pub(crate) struct Unit(Arc<AtomicBool>);

impl Unit {
    pub(crate) fn is_committed(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let open = OpenUnits::new();
        let now = builders::at(1_000);
        let clock = Arc::new(ManualClock::new(now));
        Self {
            now,
            owner: UserId(builders::id()),
            session: SessionId(builders::id()),
            timer: Arc::new(JumpingTimer::new(clock.clone(), &open)),
            clock,
            ids: Arc::default(),
            randomness: Arc::default(),
            hasher: Arc::new(PlainHasher::new(&open)),
            access_tokens: Arc::default(),
            cache: Arc::default(),
            activity: Arc::default(),
            clients: Arc::default(),
            guests: None,
            signal: Arc::new(RecordingSignal::new(&open)),
            mailer: Arc::new(RecordingMailer::new(&open)),
            has_mailer: true,
            webhooks: None,
            account_hasher: Arc::new(PlainAccountHasher),
            queries: MockQueries::new(),
            registration: RegistrationMode::Open,
            signing_keys: None,
            providers: Vec::new(),
            readers: Vec::new(),
            units: Vec::new(),
            open,
        }
    }

    /// The next unit of work, which will be opened.
    pub(crate) fn unit(&mut self, expect: impl FnOnce(&mut MockUnitOfWork)) -> Unit {
        let mut unit = MockUnitOfWork::new();
        expect(&mut unit);
        let committed = Unit(unit.committed.clone());
        self.units.push(unit);
        committed
    }

    /// The next unit of work, whose commit fails.
    pub(crate) fn failing_unit(&mut self, expect: impl FnOnce(&mut MockUnitOfWork)) {
        self.unit(|unit| {
            expect(unit);
            unit.commit_error = Some(StoreError::Aborted);
        });
    }

    pub(crate) fn provider(&mut self, provider: Arc<dyn Provider>) {
        self.providers.push(provider);
    }

    pub(crate) fn reader(&mut self, reader: ScriptedReader) {
        self.readers.push(Arc::new(reader));
    }

    pub(crate) fn readers(&mut self, readers: Vec<Arc<dyn StatementReader>>) {
        self.readers.extend(readers);
    }

    /// The program on the mocks prepared so far.
    pub(crate) fn build(&mut self) -> Dashtam {
        let storage = Storage {
            store: Arc::new(store_of(&self.open, std::mem::take(&mut self.units))),
            queries: Arc::new(std::mem::take(&mut self.queries)),
        };
        self.build_on(storage)
    }

    /// The program on another store.
    pub(crate) fn build_on(&self, storage: Storage) -> Dashtam {
        let sources = Sources {
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            randomness: self.randomness.clone(),
            timer: self.timer.clone(),
        };
        let security = Security {
            hasher: self.hasher.clone(),
            access_tokens: self.access_tokens.clone(),
            refresh_secrets: Arc::new(FakeRefreshSecrets),
            mailed_secrets: Arc::new(FakeMailedSecrets),
            email_codes: Arc::new(FakeEmailCodes),
            cipher: Arc::new(XorCipher),
            signing_keys: self.signing_keys.clone(),
            session_cache: self.cache.clone(),
            audit_seal: Arc::new(PlainSeal),
        };
        let mut builder = Dashtam::builder(storage, sources)
            .identity(security, Policy { registration: self.registration, ..policy() })
            .connections(Arc::new(XorCipher))
            .ledger(self.account_hasher.clone())
            .signal(self.signal.clone())
            .activity(self.activity.clone())
            .clients(self.clients.clone())
            .statements(self.readers.iter().cloned());
        for provider in &self.providers {
            builder = builder.provider(provider.clone());
        }
        if let Some(guests) = &self.guests {
            builder = builder.guests(guests.clone());
        }
        if let Some(sender) = &self.webhooks {
            builder = builder.webhooks(sender.clone());
        }
        if self.has_mailer {
            builder = builder.mailer(self.mailer.clone());
        }
        builder.build()
    }

    /// A call by the signed-in user.
    pub(crate) fn call(&self) -> Call {
        Call { client: client(), ..Call::user(self.owner, self.session, self.now) }
    }

    /// A call by the signed-in user, who is an administrator.
    pub(crate) fn administrator(&self) -> Call {
        let mut call = self.call();
        if let Caller::User(principal) = &mut call.caller {
            principal.administrator = true;
        }
        call
    }

    /// A call by nobody known.
    pub(crate) fn anonymous(&self) -> Call {
        Call { client: client(), ..Call::anonymous(self.now) }
    }

    /// A call by the program itself.
    pub(crate) fn system(&self) -> Call {
        Call::system(self.now)
    }

    /// Who the signed-in user's idempotency keys belong to.
    pub(crate) fn user_scope(&self) -> String {
        format!("user:{}", self.owner)
    }
}

/// Half an hour, thirty days, two years; links begin with `https://dashtam.example/app`.
pub(crate) fn policy() -> Policy {
    Policy::new("https://dashtam.example/app/".parse().unwrap())
}

/// Where calls come from.
pub(crate) fn client() -> ClientInfo {
    ClientInfo { address: Some([192, 0, 2, 1].into()), user_agent: Some("Browser/1.0".to_owned()) }
}

/// What [`ClientInfo::address`] of [`client`] makes of an anonymous call's idempotency key.
pub(crate) const ANONYMOUS_SCOPE: &str = "address:192.0.2.1";

const KEY: &str = "the-clients-key";

fn fingerprint() -> Fingerprint {
    Fingerprint(SecretHash::of("route and body"))
}

/// The same call with an idempotency key.
pub(crate) fn once(call: Call) -> Call {
    Call { once: Some(Once { key: KEY.parse().unwrap(), fingerprint: fingerprint() }), ..call }
}

/// The answer to keep of an outcome that is shown like this.
pub(crate) fn kept(body: String) -> StoredAnswer {
    StoredAnswer { status: 201, body }
}

/// Presents the outcome of a call without a key, whose answer nobody keeps.
pub(crate) fn unkept<O>(_: &O) -> StoredAnswer {
    panic!("a call without a key keeps no answer")
}

/// The answer an earlier request left behind.
pub(crate) fn kept_answer() -> StoredAnswer {
    StoredAnswer { status: 201, body: "as before".to_owned() }
}

/// The unit asks for the key, and hears this.
pub(crate) fn begins(unit: &mut MockUnitOfWork, scope: String, begun: Begun) {
    unit.idempotency
        .expect_begin()
        .withf(move |asked, key, print, _| *asked == *scope && key.as_str() == KEY && *print == fingerprint())
        .times(1)
        .return_once(move |_, _, _, _| Ok(begun));
}

/// The unit takes the key and keeps an answer, which is handed to the test.
pub(crate) fn begins_and_finishes(unit: &mut MockUnitOfWork, scope: String) -> Recorder<StoredAnswer> {
    begins(unit, scope.clone(), Begun::Fresh);
    finishes(unit, scope)
}

/// The unit keeps an answer, which is handed to the test.
pub(crate) fn finishes(unit: &mut MockUnitOfWork, scope: String) -> Recorder<StoredAnswer> {
    let answers = Recorder::new();
    let seen = answers.clone();
    unit.idempotency
        .expect_finish()
        .withf(move |asked, key, _| *asked == *scope && key.as_str() == KEY)
        .times(1)
        .returning(move |_, _, answer| {
            seen.push(answer.clone());
            Ok(())
        });
    answers
}

/// Checks an audit line of the call: what, when, from where, about whom.
#[track_caller]
pub(crate) fn assert_line(entry: &AuditEntry, call: &Call, action: AuditAction, user: UserId) {
    let facts = (entry.action, entry.at, entry.user, entry.address, entry.user_agent.as_ref());
    let expected = (action, call.now, Some(user), call.client.address, call.client.user_agent.as_ref());
    assert_eq!(facts, expected);
}

/// The actions of these lines, in order.
pub(crate) fn actions(lines: &Recorder<AuditEntry>) -> Vec<AuditAction> {
    lines.all().iter().map(|line| line.action).collect()
}

/// A failure of the store that says nothing.
pub(crate) fn broken() -> StoreError {
    StoreError::Database("the cable was pulled".into())
}

/// Checks that the error is this variant of this type.
macro_rules! assert_refused {
    ($result:expr, $pattern:pat $(if $guard:expr)?) => {
        match $result {
            Err($pattern) $(if $guard)? => {}
            other => panic!("expected {}, got {other:?}", stringify!($pattern)),
        }
    };
}
pub(crate) use assert_refused;

/// Takes the outcome apart when only its `Debug` form matters.
pub(crate) fn shown<T: Debug>(value: &T) -> String {
    format!("{value:?}")
}
