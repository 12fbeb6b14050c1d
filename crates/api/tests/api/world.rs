//! What the tests stand on: the application with its real adapters, an invented bank and a mailbox.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{
    dev::Service,
    http::{Method, StatusCode, header::HeaderMap},
    test::{self, TestRequest},
};
use async_trait::async_trait;
use dashtam_api::{ApiOptions, Readiness, app, callback_app};
use dashtam_application::{
    Dashtam, Policy, Security,
    administration::SetAdministrator,
    delivery::{AnswerMailRequests, Dispatch},
};
use dashtam_domain::{
    call::Call,
    connections::{
        AuthorizationGrant, AuthorizationRequest, Credentials, Feature, Linking, OAuthLink, Provider,
        ProviderDescriptor, ProviderError, ProviderType, Revocation,
    },
    delivery::{
        MailError, Mailer, Receipt,
        mail::{Mail, MailContent},
    },
    identity::SessionCache,
    secret::SecretText,
    sources::Clock,
    store::Storage,
    time::Timestamp,
};
use dashtam_local::{KnownClients, MemoryActivityLog, MemorySessionCache};
use dashtam_persistence::{Database, Options, connect};
use dashtam_security::{
    Argon2Hasher, Argon2Parameters, DerivedAuditSeal, DerivedEmailCodes, DerivedFingerprints,
    DerivedMailedSecrets, DerivedRefreshSecrets, JwtAccessTokens, KeyRing,
};
use serde_json::{Value, json};
use url::Url;

use crate::log;

pub(crate) const PASSWORD: &str = "Correct-Horse-7";

/// An application and its surroundings.
pub(crate) struct World {
    pub(crate) dashtam: Dashtam,
    pub(crate) storage: Storage,
    pub(crate) options: ApiOptions,
    pub(crate) healthy: Arc<AtomicBool>,
    pub(crate) database: Database,
    cache: Arc<MemorySessionCache>,
    mailbox: Arc<Mailbox>,
    _folder: tempfile::TempDir,
}

/// One answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON expected: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Checks the whole shape of a problem and hands it back.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(self.status.as_u16(), status, "{problem}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["type"], format!("https://dashtam.example/errors/{code}"));
        assert_eq!(problem["status"], status);
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        assert!(problem["instance"].as_str().unwrap().starts_with('/'));
        assert_eq!(problem["trace_id"].as_str(), self.header("x-trace-id"));
        assert_eq!(problem["errors"].is_array(), status == 422 && problem.get("errors").is_some());
        problem
    }

    /// A 422; the broken rules as `field:code`, sorted.
    pub(crate) fn broken_rules(&self) -> Vec<String> {
        let problem = self.problem(422, "invalid-request");
        let errors = problem["errors"].as_array().unwrap().iter();
        let mut rules: Vec<_> = errors
            .map(|error| {
                assert!(!error["message"].as_str().unwrap().is_empty());
                format!("{}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap())
            })
            .collect();
        rules.sort();
        rules
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another policy.
    pub(crate) async fn with(change: impl FnOnce(&mut Policy)) -> Self {
        log::listen();
        let folder = tempfile::tempdir().unwrap();
        let master = SecretText::new("a signing key that is long enough for every check 123");
        let mut options = Options::new(folder.path().join("test.db").to_string_lossy());
        options.audit_seal = Arc::new(DerivedAuditSeal::new(&master));
        let database = connect(options).await.unwrap();
        database.migrate().await.unwrap();
        let sources = dashtam_local::sources();
        let fernet =
            format!("fernet:{}", dashtam_security::generate_fernet_key(&*sources.randomness).expose());
        let cache = Arc::new(MemorySessionCache::new());
        let security = Security {
            hasher: Arc::new(Argon2Hasher::new(Argon2Parameters::FLOOR, sources.randomness.clone()).unwrap()),
            access_tokens: Arc::new(JwtAccessTokens::new(&master, "dashtam", "dashtam").unwrap()),
            refresh_secrets: Arc::new(DerivedRefreshSecrets::new(&master)),
            mailed_secrets: Arc::new(DerivedMailedSecrets::new(&master)),
            email_codes: Arc::new(DerivedEmailCodes::new(&master)),
            cipher: Arc::new(
                KeyRing::parse([&SecretText::new(fernet)], sources.clock.clone(), sources.randomness.clone())
                    .unwrap(),
            ),
            signing_keys: None,
            session_cache: cache.clone(),
            audit_seal: Arc::new(DerivedAuditSeal::new(&master)),
        };
        let mailbox = Arc::new(Mailbox::default());
        let mut policy = Policy::new("https://dashtam.example/".parse().unwrap());
        change(&mut policy);
        let dashtam = Dashtam::builder(database.storage.clone(), sources.clone(), security, policy)
            .mailer(mailbox.clone())
            .activity(Arc::new(MemoryActivityLog::new()))
            .clients(Arc::new(KnownClients::without_locations()))
            .provider(Arc::new(Bank::new("bank", None)))
            .provider(Arc::new(Bank::new("unset", Some("UNSET_API_KEY is missing"))))
            .statements(dashtam_statements::readers())
            .build();
        let healthy = Arc::new(AtomicBool::new(true));
        let readiness = Arc::new(Health(healthy.clone()));
        let url = "https://dashtam.example/".parse().unwrap();
        let fingerprints = Arc::new(DerivedFingerprints::new(&master));
        let options = ApiOptions::new(url, "1.2.3", sources, readiness, fingerprints);
        Self {
            database: database.clone(),
            storage: database.storage.clone(),
            dashtam,
            options,
            healthy,
            cache,
            mailbox,
            _folder: folder,
        }
    }

    /// Sends one request to the API.
    pub(crate) async fn send(&self, request: TestRequest) -> Reply {
        let app = test::init_service(app(&self.dashtam, &self.options)).await;
        reply(app.call(request.to_request()).await).await
    }

    /// Sends one request to the callback listener.
    pub(crate) async fn send_callback(&self, request: TestRequest) -> Reply {
        let app = test::init_service(callback_app(&self.dashtam, &self.options)).await;
        reply(app.call(request.to_request()).await).await
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
        self.options.sources.clock = Arc::new(Later { clock, by });
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

/// Somebody who is signed in.
pub(crate) struct User<'a> {
    pub(crate) world: &'a World,
    pub(crate) login: Value,
}

impl User<'_> {
    pub(crate) fn token(&self) -> &str {
        self.login["access_token"].as_str().unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header(("authorization", format!("Bearer {}", self.token())))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.world.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.world.send(self.request(Method::PATCH, path).set_json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.world.send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.world.send(self.request(Method::POST, path).set_json(body)).await
    }

    pub(crate) async fn delete_with(&self, path: &str, body: Value) -> Reply {
        self.world.send(self.request(Method::DELETE, path).set_json(body)).await
    }

    /// A provider instance, not linked.
    pub(crate) async fn provider(&self, alias: &str) -> Value {
        let body = json!({"provider_key": "bank", "alias": alias});
        let created = self.post("/api/v1/providers/create", body).await;
        assert_eq!(created.status, 201, "{}", created.text());
        created.json()
    }

    /// Sends a file as a browser would.
    pub(crate) fn upload(&self, name: &str, file: &str, boundary: &str) -> TestRequest {
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/x-ofx\r\n\r\n{file}\r\n--{boundary}--\r\n"
        );
        self.request(Method::POST, "/api/v1/imports")
            .insert_header(("content-type", format!("multipart/form-data; boundary={boundary}")))
            .set_payload(body)
    }
}

async fn reply(answer: Result<actix_web::dev::ServiceResponse, actix_web::Error>) -> Reply {
    let response = match answer {
        Ok(response) => response.into_parts().1,
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = actix_web::body::to_bytes(response.into_body()).await.unwrap_or_default().to_vec();
    Reply { status, headers, body }
}

/// Links and codes.
#[derive(Default)]
struct Mailbox(Mutex<Vec<(String, Url)>>, Mutex<Vec<(String, String)>>);

#[async_trait]
impl Mailer for Mailbox {
    async fn send(&self, mail: &Mail) -> Result<Receipt, MailError> {
        let link = match &mail.content {
            MailContent::VerifyEmail { link, .. }
            | MailContent::ResetPassword { link, .. }
            | MailContent::LoginLink { link, .. }
            | MailContent::Invitation { link, .. }
            | MailContent::ConfirmEmail { link, .. } => Some(link),
            MailContent::FactorCode { code, .. } => {
                self.1.lock().unwrap().push((mail.to.as_str().to_owned(), code.expose().to_owned()));
                None
            }
            MailContent::NewClient { not_me, .. } => Some(not_me),
            MailContent::EmailChanged { undo, .. } => Some(undo),
            MailContent::DeletionScheduled { cancel, .. } => Some(cancel),
            MailContent::SecondFactorResetRequested { keep, .. } => Some(keep),
            _ => None,
        };
        if let Some(link) = link {
            self.0.lock().unwrap().push((mail.to.as_str().to_owned(), link.clone()));
        }
        Ok(Receipt(String::new()))
    }
}

/// A clock that is ahead of another.
struct Later {
    clock: Arc<dyn Clock>,
    by: chrono::TimeDelta,
}

impl Clock for Later {
    fn now(&self) -> Timestamp {
        self.clock.now().plus(self.by)
    }
}

struct Health(Arc<AtomicBool>);

#[async_trait]
impl Readiness for Health {
    async fn database(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A bank that takes the code `good` and is out of order for `down`.
struct Bank(ProviderDescriptor);

impl Bank {
    fn new(key: &str, missing: Option<&str>) -> Self {
        Self(ProviderDescriptor {
            key: key.parse().unwrap(),
            name: "Example Bank".to_owned(),
            provider_type: ProviderType::Banking,
            description: "A bank for tests.".to_owned(),
            icon_url: None,
            features: vec![Feature::Oauth2, Feature::Accounts],
            missing_configuration: missing.map(str::to_owned),
        })
    }
}

impl Provider for Bank {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.0
    }

    fn linking(&self) -> Linking<'_> {
        Linking::OAuth(self)
    }
}

#[async_trait]
impl OAuthLink for Bank {
    fn authorization_url(&self, request: &AuthorizationRequest) -> Result<Url, ProviderError> {
        let pairs = [("state", request.state.expose())];
        Ok(Url::parse_with_params("https://bank.example/authorize", pairs).unwrap())
    }

    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        match grant.code.expose() {
            "C0.good@code" => Ok(Credentials {
                access_token: SecretText::new("bank-access-secret"),
                refresh_token: Some(SecretText::new("bank-refresh-secret")),
                id_token: None,
                token_type: "Bearer".to_owned(),
                scope: Some("accounts".to_owned()),
                expires_at: Some(now.plus(chrono::TimeDelta::seconds(1_800))),
                grant_expires_at: Some(now.plus(chrono::TimeDelta::days(7))),
            }),
            "down" => Err(ProviderError::Unavailable),
            _ => Err(ProviderError::Rejected { code: "invalid_grant".to_owned() }),
        }
    }

    async fn refresh(&self, _: &Credentials, _: Timestamp) -> Result<Credentials, ProviderError> {
        Err(ProviderError::Unavailable)
    }

    async fn revoke(&self, _: &Credentials) -> Result<Revocation, ProviderError> {
        Ok(Revocation::Unsupported)
    }
}
