//! Places at which a debug build stands still until it is killed, for tests of what a crash leaves behind. A release
//! build has none of this.
//!
//! `DASHTAM_FAILPOINT` names one: `refresh` or `exchange`, then `asking` (before the institution is asked), `answered`
//! (after its answer, before anything is stored) or `stored` (after the commit, before the tokens are used), e.g.
//! `refresh-answered`. Or `matching`, the end of an account's listing, or `remap`, some rows read again, then `writing`
//! (before the commit) or `written` (after it); or `export`, the first chunk of a file that is prepared, likewise. Or
//! `restoring-written`, when all rows of an account that is brought back are written and not committed. Who comes there is
//! held, and standard error says `failpoint reached`.

// Whoever stands before a port hands on every method of it.
#![warn(clippy::missing_trait_methods)]

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AuthorizationGrant, AuthorizationRequest, Credentials, Feeds, HintsFeed, Linking, OAuthLink,
        Provider, ProviderDescriptor, ProviderError, Revocation, SyncPace,
    },
    store::{self, Storage, Store, StoreError, UnitOfWork},
    time::Timestamp,
};
use url::Url;

const VARIABLE: &str = "DASHTAM_FAILPOINT";

/// The failpoint of this process.
struct Failpoint {
    name: String,
    /// The institution has answered what the failpoint is about; credentials stored next are that answer.
    answered: AtomicBool,
    /// The worker of exports has taken one; what it stores next is a chunk.
    is_exporting: AtomicBool,
}

impl Failpoint {
    fn named(name: String) -> Self {
        Self { name, answered: AtomicBool::new(false), is_exporting: AtomicBool::new(false) }
    }

    /// Stops whoever comes here, if this is the named place.
    async fn pass(&self, operation: &str, moment: &str) {
        if self.name == format!("{operation}-{moment}") {
            self.hold().await;
        }
        if moment == "answered" && self.name == format!("{operation}-stored") {
            self.answered.store(true, Ordering::SeqCst);
        }
    }

    /// Stands still. Commands have no log.
    async fn hold(&self) {
        let _ = writeln!(std::io::stderr().lock(), "failpoint reached: {}", self.name);
        std::future::pending::<()>().await;
    }
}

/// Stops a command here if the environment names this place.
pub(crate) async fn pass(name: &str) {
    if std::env::var(VARIABLE).is_ok_and(|named| named == name) {
        Failpoint::named(name.to_owned()).hold().await;
    }
}

/// Watches store and institutions if the environment names a failpoint.
pub(crate) fn install(
    storage: Storage,
    providers: Vec<Arc<dyn Provider>>,
) -> (Storage, Vec<Arc<dyn Provider>>) {
    let Ok(name) = std::env::var(VARIABLE) else { return (storage, providers) };
    let point = Arc::new(Failpoint::named(name));
    let watched = providers.into_iter().map(|inner| {
        let point = point.clone();
        Arc::new(WatchedProvider { inner, point }) as Arc<dyn Provider>
    });
    let providers = watched.collect();
    (Storage { store: Arc::new(WatchedStore { inner: storage.store, point }), ..storage }, providers)
}

struct WatchedProvider {
    inner: Arc<dyn Provider>,
    point: Arc<Failpoint>,
}

impl WatchedProvider {
    fn link(&self) -> Result<&dyn OAuthLink, ProviderError> {
        match self.inner.linking() {
            Linking::OAuth(link) => Ok(link),
            _ => Err(ProviderError::Misconfigured),
        }
    }
}

impl Provider for WatchedProvider {
    fn pace(&self) -> SyncPace {
        self.inner.pace()
    }

    fn descriptor(&self) -> &ProviderDescriptor {
        self.inner.descriptor()
    }

    fn linking(&self) -> Linking<'_> {
        match self.inner.linking() {
            Linking::OAuth(_) => Linking::OAuth(self),
            other => other,
        }
    }

    fn feeds(&self) -> Feeds<'_> {
        self.inner.feeds()
    }

    fn hints(&self) -> Option<&dyn HintsFeed> {
        self.inner.hints()
    }
}

#[async_trait]
impl OAuthLink for WatchedProvider {
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Result<Url, ProviderError> {
        self.link()?.authorization_url(request, now).await
    }

    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        self.point.pass("exchange", "asking").await;
        let answer = self.link()?.exchange(grant, now).await;
        self.point.pass("exchange", "answered").await;
        answer
    }

    async fn refresh(&self, current: &Credentials, now: Timestamp) -> Result<Credentials, ProviderError> {
        self.point.pass("refresh", "asking").await;
        let answer = self.link()?.refresh(current, now).await;
        self.point.pass("refresh", "answered").await;
        answer
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        self.link()?.revoke(current).await
    }
}

struct WatchedStore {
    inner: Arc<dyn Store>,
    point: Arc<Failpoint>,
}

#[async_trait]
impl Store for WatchedStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let inner = self.inner.begin().await?;
        Ok(Box::new(WatchedUnit { inner, point: self.point.clone(), touched: Vec::new() }))
    }
}

struct WatchedUnit {
    inner: Box<dyn UnitOfWork>,
    point: Arc<Failpoint>,
    /// The repositories that this unit of work has to do with.
    touched: Vec<&'static str>,
}

impl WatchedUnit {
    /// What it is about, if that has a failpoint.
    fn operation(&self) -> Option<&'static str> {
        let touches = |names: &[&'static str]| names.iter().all(|name| self.touched.contains(name));
        match () {
            () if touches(&["sync_runs", "reconciliations", "accounts"]) => Some("matching"),
            () if touches(&["remaps", "transactions"]) => Some("remap"),
            // What people ask, which holds their row too, is no step of the worker.
            () if touches(&["exports"]) && !touches(&["users"]) => Some("export"),
            () => None,
        }
    }
}

macro_rules! hands_on {
    ($(#$_about:tt)* $work:ident: $($(#$_what:tt)* $name:ident -> $port:path,)+) => {
        impl store::$work for WatchedUnit {
            $(fn $name(&mut self) -> &mut dyn $port {
                self.touched.push(stringify!($name));
                self.inner.$name()
            })+
        }
    };
}
dashtam_domain::repositories!(hands_on);

#[async_trait]
impl UnitOfWork for WatchedUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let operation = self.operation();
        let Self { inner, point, touched } = *self;
        let is_claim =
            |operation: &&str| *operation == "export" && !point.is_exporting.swap(true, Ordering::SeqCst);
        let operation = operation.filter(|operation| !is_claim(operation));
        if let Some(operation) = operation {
            point.pass(operation, "writing").await;
        }
        inner.commit().await?;
        if let Some(operation) = operation {
            point.pass(operation, "written").await;
        }
        if touched.contains(&"credentials") && point.answered.load(Ordering::SeqCst) {
            point.hold().await;
        }
        Ok(())
    }

    async fn roll_back(self: Box<Self>) {
        self.inner.roll_back().await;
    }
}
