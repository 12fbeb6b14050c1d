//! What the tests stand on: the application with its real adapters, an invented bank and a mailbox.

mod contract;
mod doubles;
mod listening;
mod pages_bank;
mod reply;
mod user;

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, atomic::AtomicBool},
};

use actix_web::{
    dev::Service,
    http::Method,
    test::{self, TestRequest},
};
use dashtam_api::{ApiOptions, app, callback_app};
use dashtam_application::{
    Dashtam, Policy, Security,
    administration::SetAdministrator,
    delivery::{AnswerMailRequests, Dispatch},
};
use dashtam_domain::{
    call::Call,
    connections::Provider,
    delivery::{Attempt, OutboxItem},
    event::DomainEvent,
    id::{OutboxId, UserId},
    identity::{GuestTokens, SessionCache},
    live::LiveBell,
    secret::SecretText,
    store::Storage,
};
use dashtam_local::{KnownClients, LocalBell, MemoryActivityLog, MemorySessionCache, ringing};
use dashtam_persistence::{Database, Options, connect};
use dashtam_security::{
    Argon2Hasher, Argon2Parameters, DerivedAuditSeal, DerivedEmailCodes, DerivedFingerprints,
    DerivedMailedSecrets, DerivedRefreshSecrets, HmacAccountHasher, JwtAccessTokens, KeyRing,
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use serde_json::{Value, json};

use crate::log;
use doubles::{Bank, Endpoint, Health, Later, Looks, Mailbox};

pub(crate) use listening::Listening;
pub(crate) use pages_bank::{Does, PagesBank};
pub(crate) use reply::Reply;
pub(crate) use user::User;

pub(crate) const PASSWORD: &str = "Correct-Horse-7";

/// What tokens are signed with.
pub(crate) const MASTER: &str = "a signing key that is long enough for every check 123";

/// The application, put together.
type Door = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, (Method, String, Reply)>>;

/// An application and its surroundings.
pub(crate) struct World {
    pub(crate) dashtam: Dashtam,
    pub(crate) storage: Storage,
    options: ApiOptions,
    pub(crate) healthy: Arc<AtomicBool>,
    pub(crate) database: Database,
    cache: Arc<MemorySessionCache>,
    mailbox: Arc<Mailbox>,
    pub(crate) endpoint: Arc<Endpoint>,
    door: RefCell<Option<Door>>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another policy.
    pub(crate) async fn with(change: impl FnOnce(&mut Policy)) -> Self {
        Self::with_guests(change, |_| None).await
    }

    /// With tokens beside those of sessions.
    pub(crate) async fn with_guests(
        change: impl FnOnce(&mut Policy),
        guests: impl FnOnce(&Storage) -> Option<Arc<dyn GuestTokens>>,
    ) -> Self {
        Self::build(change, guests, None).await
    }

    /// With a bank of the test's own.
    pub(crate) async fn with_bank(bank: Arc<dyn Provider>) -> Self {
        Self::build(|_| {}, |_| None, Some(bank)).await
    }

    async fn build(
        change: impl FnOnce(&mut Policy),
        guests: impl FnOnce(&Storage) -> Option<Arc<dyn GuestTokens>>,
        bank: Option<Arc<dyn Provider>>,
    ) -> Self {
        log::listen();
        let folder = tempfile::tempdir().unwrap();
        let master = SecretText::new(MASTER);
        let mut options = Options::new(folder.path().join("test.db").to_string_lossy());
        options.audit_seal = Arc::new(DerivedAuditSeal::new(&master));
        let database = connect(options).await.unwrap();
        database.migrate().await.unwrap();
        let sources = dashtam_local::sources();
        let fernet =
            format!("fernet:{}", dashtam_security::generate_fernet_key(&*sources.randomness).expose());
        let cache = Arc::new(MemorySessionCache::new());
        let cipher =
            KeyRing::parse([&SecretText::new(fernet)], sources.clock.clone(), sources.randomness.clone());
        let cipher = Arc::new(cipher.unwrap());
        let security = Security {
            hasher: Arc::new(Argon2Hasher::new(Argon2Parameters::FLOOR, sources.randomness.clone()).unwrap()),
            access_tokens: Arc::new(JwtAccessTokens::new(&master, "dashtam", "dashtam").unwrap()),
            refresh_secrets: Arc::new(DerivedRefreshSecrets::new(&master)),
            mailed_secrets: Arc::new(DerivedMailedSecrets::new(&master)),
            email_codes: Arc::new(DerivedEmailCodes::new(&master)),
            cipher: cipher.clone(),
            signing_keys: None,
            session_cache: cache.clone(),
            audit_seal: Arc::new(DerivedAuditSeal::new(&master)),
        };
        let mailbox = Arc::new(Mailbox::default());
        let endpoint = Arc::new(Endpoint::default());
        let mut policy = Policy::new("https://dashtam.example/".parse().unwrap());
        change(&mut policy);
        let bell: Arc<dyn LiveBell> = Arc::new(LocalBell::default());
        let storage = ringing(database.storage.clone(), bell.clone(), sources.clock.clone());
        let mut builder = Dashtam::builder(storage.clone(), sources.clone())
            .bell(bell)
            .identity(security, policy)
            .connections(cipher)
            .ledger(Arc::new(HmacAccountHasher::new(&master)))
            .mailer(mailbox.clone())
            .webhooks(endpoint.clone())
            .activity(Arc::new(MemoryActivityLog::new()))
            .inspector(Arc::new(Looks))
            .clients(Arc::new(KnownClients::without_locations()))
            .provider(Arc::new(Bank::new("bank", None)))
            .provider(Arc::new(Bank::new("unset", Some("UNSET_API_KEY is missing"))))
            .statements(dashtam_statements::readers())
            .price_readers(dashtam_statements::price_readers());
        if let Some(bank) = bank {
            builder = builder.provider(bank);
        }
        if let Some(guests) = guests(&storage) {
            builder = builder.guests(guests);
        }
        let dashtam = builder.build();
        let healthy = Arc::new(AtomicBool::new(true));
        let readiness = Arc::new(Health(healthy.clone()));
        let url = "https://dashtam.example/".parse().unwrap();
        let fingerprints = Arc::new(DerivedFingerprints::new(&master));
        let options = ApiOptions::new(url, "1.2.3", sources, readiness, fingerprints);
        // Streams of events end as soon as they begin, so that every answer has an end.
        options.streams.end();
        Self {
            database: database.clone(),
            storage,
            dashtam,
            options,
            healthy,
            cache,
            mailbox,
            endpoint,
            door: RefCell::default(),
            _folder: folder,
        }
    }

    /// How the application is set up.
    pub(crate) fn options(&self) -> &ApiOptions {
        &self.options
    }

    /// Sets the application up otherwise from now on.
    pub(crate) fn change(&mut self) -> &mut ApiOptions {
        self.door.take();
        &mut self.options
    }

    /// Sends one request to the API, and holds the answer against the document.
    pub(crate) async fn send(&self, request: TestRequest) -> Reply {
        let (method, path, reply) = self.answer(request).await;
        contract::assert_told(&method, &path, &reply);
        reply
    }

    /// Sends one request to the callback listener.
    pub(crate) async fn send_callback(&self, request: TestRequest) -> Reply {
        let app = test::init_service(callback_app(&self.dashtam, &self.options)).await;
        reply::of(app.call(request.to_request()).await).await
    }

    /// With the pages for people.
    pub(crate) async fn with_pages() -> Self {
        Self::new().await.and_pages()
    }

    /// The same world with the pages for people.
    pub(crate) fn and_pages(mut self) -> Self {
        self.change().pages = Some(dashtam_web::pages);
        self
    }

    /// Sends one request for a page, which the document tells nothing of.
    pub(crate) async fn visit(&self, request: TestRequest) -> Reply {
        self.answer(request).await.2
    }

    /// Asks the application, which is put together once: that takes far longer than most answers. The method and the path
    /// come with the answer.
    async fn answer(&self, request: TestRequest) -> (Method, String, Reply) {
        let known = self.door.borrow().clone();
        let door = match known {
            Some(door) => door,
            None => {
                let app = Rc::new(test::init_service(app(&self.dashtam, &self.options)).await);
                let door: Door = Rc::new(move |request: TestRequest| {
                    let (app, request) = (Rc::clone(&app), request.to_request());
                    let (method, path) = (request.method().clone(), request.path().to_owned());
                    async move { (method, path, reply::of(app.call(request).await).await) }.boxed_local()
                });
                self.door.replace(Some(Rc::clone(&door)));
                door
            }
        };
        door(request).await
    }

    /// The same world without the pages for people.
    pub(crate) fn close_pages(&mut self) {
        self.change().pages = None;
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(TestRequest::get().uri(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(TestRequest::post().uri(path).set_json(body)).await
    }

    /// Delivers mails and hands out the last verification token.
    pub(crate) async fn mailed_token(&self) -> String {
        let now = self.options.sources.clock.now();
        let (delivery, call) = (self.dashtam.delivery(), Call::system(now));
        delivery.answer_mail_requests(&call, AnswerMailRequests).await.unwrap();
        delivery.dispatch(&call, Dispatch).await.unwrap();
        let (_, link) = self.mailbox.0.lock().unwrap().pop().expect("a mail with a link");
        link.query_pairs().find(|(name, _)| name == "token").unwrap().1.into_owned()
    }

    /// Delivers mails and hands out the token of the last one to this address.
    pub(crate) async fn token_mailed_to(&self, email: &str) -> String {
        let now = self.options.sources.clock.now();
        let (delivery, call) = (self.dashtam.delivery(), Call::system(now));
        delivery.answer_mail_requests(&call, AnswerMailRequests).await.unwrap();
        delivery.dispatch(&call, Dispatch).await.unwrap();
        let links = self.mailbox.0.lock().unwrap();
        let newest = links.iter().rev().find(|(to, _)| to == email).expect("a mail with a link");
        newest.1.query_pairs().find(|(name, _)| name == "token").unwrap().1.into_owned()
    }

    /// Delivers mails and hands out the last code mailed to this address.
    pub(crate) async fn code_mailed_to(&self, email: &str) -> String {
        let now = self.options.sources.clock.now();
        self.dashtam.delivery().dispatch(&Call::system(now), Dispatch).await.unwrap();
        let codes = self.mailbox.1.lock().unwrap();
        codes.iter().rev().find(|(to, _)| to == email).expect("a mail with a code").1.clone()
    }

    /// Registers an address that nobody proves.
    pub(crate) async fn register(&self, email: &str) -> Reply {
        let body = json!({"email": email, "password": PASSWORD, "name": "Ada Lovelace"});
        self.post("/api/v1/auth/register", body).await
    }

    /// Tries to sign in.
    pub(crate) async fn login(&self, email: &str, password: &str) -> Reply {
        self.post("/api/v1/auth/login", json!({"email": email, "password": password})).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(TestRequest::patch().uri(path).set_json(body)).await
    }

    /// Switches an account off.
    pub(crate) async fn disable(&self, email: &str) {
        let mut unit = self.storage.store.begin().await.unwrap();
        let mut user = unit.users().find_by_email(&email.parse().unwrap()).await.unwrap().unwrap();
        user.is_active = false;
        unit.users().update(&mut user).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// Lets nobody who is remembered pass for what was known of them.
    pub(crate) fn forget(&self, user: UserId) {
        self.cache.forget_user(user);
    }

    /// Writes an account anew; sessions that are remembered know it at once.
    pub(crate) async fn alter(&self, email: &str, change: impl FnOnce(&mut dashtam_domain::identity::User)) {
        let mut unit = self.storage.store.begin().await.unwrap();
        let mut user = unit.users().find_by_email(&email.parse().unwrap()).await.unwrap().unwrap();
        change(&mut user);
        unit.users().update(&mut user).await.unwrap();
        unit.commit().await.unwrap();
        self.cache.forget_user(user.id);
    }

    /// From now on, requests come this much later.
    pub(crate) fn later(&mut self, by: chrono::TimeDelta) {
        let clock = self.options.sources.clock.clone();
        self.change().sources.clock = Arc::new(Later { clock, by });
    }

    /// Signs a registered user in with this software.
    pub(crate) async fn sign_in(&self, email: &str, user_agent: &str) -> User<'_> {
        let request = TestRequest::post()
            .uri("/api/v1/auth/login")
            .insert_header(("user-agent", user_agent))
            .set_json(json!({"email": email, "password": PASSWORD}));
        let login = self.send(request).await;
        assert_eq!(login.status, 200, "{}", login.text());
        User { world: self, login: login.json() }
    }

    /// A mail about this account that was given up for this reason; its id.
    pub(crate) async fn dead_letter(&self, user: &str, why: &str) -> String {
        let (now, user) = (self.options.sources.clock.now(), user.parse().unwrap());
        let (delivery, call) = (self.dashtam.delivery(), Call::system(now));
        while delivery.dispatch(&call, Dispatch).await.unwrap() > 0 {}
        let id = OutboxId(self.options.sources.ids.next());
        let mut unit = self.storage.store.begin().await.unwrap();
        unit.outbox().push(id, DomainEvent::EmailVerified { user }, now).await.unwrap();
        let held = unit.outbox().claim(now, now.plus(OutboxItem::LEASE), 9).await.unwrap();
        assert_eq!(held.len(), 1, "nothing else waits");
        let (until, end) = (held[0].held_until, Attempt::Undelivered);
        assert!(unit.outbox().failed(id, until, end, None, why).await.unwrap());
        unit.commit().await.unwrap();
        id.to_string()
    }

    /// Makes a registered user an administrator.
    pub(crate) async fn grant(&self, email: &str) {
        self.set_administrator(email, true).await;
    }

    /// Makes an administrator a user like others.
    pub(crate) async fn demote(&self, email: &str) {
        self.set_administrator(email, false).await;
    }

    async fn set_administrator(&self, email: &str, administrator: bool) {
        let call = Call::system(self.options.sources.clock.now());
        let request = SetAdministrator { email: email.parse().unwrap(), administrator };
        assert!(self.dashtam.administration().set_administrator(&call, request).await.unwrap());
    }

    /// Registers, verifies and signs in.
    pub(crate) async fn user(&self, email: &str) -> User<'_> {
        let body = json!({"email": email, "password": PASSWORD, "name": "Ada Lovelace"});
        assert_eq!(self.post("/api/v1/auth/register", body).await.status, 201);
        let token = self.token_mailed_to(email).await;
        let verified = self.post("/api/v1/auth/verify-email", json!({"token": token})).await;
        assert_eq!(verified.status, 200, "{}", verified.text());
        let login = self.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(login.status, 200, "{}", login.text());
        User { world: self, login: login.json() }
    }
}
