//! Whole flows around an account, on a real database: lockout, new passwords, another address, the end.

mod administration;
mod archive;
mod clients;
mod deletion;
mod email;
mod factor;
mod lockout;
mod login_links;
mod managers;
mod modes;
mod password;
mod resend;
mod reset;
mod second_factor_reset;
mod second_step;

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    delivery::{AnswerMailRequests, Dispatch},
    registration::{Register, VerifyEmail},
    sign_in::{Holding, PasswordSignInError, SignInWithPassword, SignedIn},
};
use dashtam_domain::{
    call::{Call, Caller, ClientInfo, Principal},
    delivery::mail::{Mail, MailContent},
    id::{SessionId, UserId},
    identity::{AuditAction, EmailAddress, Identifier, PlainPassword, SessionCache, SessionSnapshot, User},
    page::Limit,
    secret::{OpaqueSecret, SecretText},
};
use dashtam_testkit::fakes::ScriptedProvider;
use url::Url;

use crate::{
    database::Disk,
    world::{World, client, unkept},
};

const PASSWORD: &str = "Correct-Horse-7";
const OTHER_PASSWORD: &str = "Another-Horse-8";
const ADA: &str = "ada@example.com";

/// The program on a real database, with a clock that the test moves and a mailbox it reads.
struct Flow {
    world: World,
    disk: Disk,
    dashtam: Dashtam,
    /// Delivers mails, several at once.
    postman: Dashtam,
    bank: Arc<ScriptedProvider>,
}

/// Somebody who is signed in.
struct Person {
    user: UserId,
    session: SessionId,
}

impl Flow {
    async fn open() -> Self {
        let mut bank = None;
        let (world, disk) = Disk::open(|world| {
            let scripted = Arc::new(ScriptedProvider::new("sandbox", &world.open));
            world.provider(scripted.clone());
            bank = Some(scripted);
        })
        .await;
        let dashtam = world.build_on(disk.storage.clone());
        let postman = world.build_on(disk.unwatched.clone());
        Self { world, disk, dashtam, postman, bank: bank.unwrap() }
    }

    /// A flow with Ada, who is verified and signed in.
    async fn with_ada() -> (Self, Person) {
        let flow = Self::open().await;
        flow.register(ADA).await;
        flow.verify(ADA).await;
        let ada = flow.person(ADA).await;
        (flow, ada)
    }

    fn wait(&self, time: TimeDelta) {
        self.world.clock.advance(time);
    }

    fn anonymous(&self) -> Call {
        Call { client: client(), ..Call::anonymous(self.now()) }
    }

    fn now(&self) -> dashtam_domain::time::Timestamp {
        use dashtam_domain::sources::Clock;
        self.world.clock.now()
    }

    /// A call by this person.
    fn by(&self, person: &Person) -> Call {
        Call { client: client(), ..Call::user(person.user, person.session, self.now()) }
    }

    /// A call by this person with the rights the account has now.
    async fn with_rights(&self, person: &Person) -> Call {
        let user = self.user(person.user).await.unwrap();
        let caller = Caller::User(Principal::of_user(&user, person.session, self.now()));
        Call { caller, ..self.by(person) }
    }

    /// Writes an account anew.
    async fn alter(&self, id: UserId, change: impl FnOnce(&mut User)) {
        let mut unit = self.disk.unwatched.store.begin().await.unwrap();
        let mut user = unit.users().find(id).await.unwrap().unwrap();
        change(&mut user);
        unit.users().update(&mut user).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// Somebody else who is verified and signed in.
    async fn another(&self, email: &str) -> Person {
        self.register(email).await;
        self.verify(email).await;
        self.person(email).await
    }

    async fn register(&self, email: &str) {
        let (email, name): (EmailAddress, _) = (email.parse().unwrap(), "Ada Lovelace".parse().unwrap());
        let password = PlainPassword::chosen(PASSWORD, &email, &name).unwrap();
        let request = Register { email, name, password };
        self.dashtam.registration().register(&self.anonymous(), request, unkept).await.unwrap();
    }

    async fn verify(&self, email: &str) {
        let token = self.token(email, "VerifyEmail").await;
        self.dashtam.registration().verify_email(&self.anonymous(), VerifyEmail { token }).await.unwrap();
    }

    /// Looks at what was asked for, and delivers what waits; every mail so far to this address.
    async fn mails(&self, to: &str) -> Vec<Mail> {
        let call = Call::system(self.now());
        self.dashtam.delivery().answer_mail_requests(&call, AnswerMailRequests).await.unwrap();
        while self.postman.delivery().dispatch(&call, Dispatch).await.unwrap() > 0 {}
        let to: EmailAddress = to.parse().unwrap();
        self.world.mailer.sent().into_iter().filter(|mail| mail.to == to).collect()
    }

    /// How many mails of this kind the address got.
    async fn count(&self, to: &str, kind: &str) -> usize {
        self.mails(to).await.iter().filter(|mail| format!("{:?}", mail.content) == kind).count()
    }

    /// The token of the newest mail of this kind.
    async fn token(&self, to: &str, kind: &str) -> SecretText {
        let mails = self.mails(to).await;
        let newest = mails.iter().rev().find(|mail| format!("{:?}", mail.content) == kind);
        let newest = newest.unwrap_or_else(|| panic!("no {kind} to {to}: {mails:?}"));
        let link = link(&newest.content).expect("the mail has a link");
        SecretText::new(link.query_pairs().find(|(name, _)| name == "token").unwrap().1)
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, PasswordSignInError> {
        self.sign_in_from(client(), None, email, password).await
    }

    async fn sign_in_from(
        &self,
        client: ClientInfo,
        mark: Option<OpaqueSecret>,
        email: &str,
        password: &str,
    ) -> Result<SignedIn, PasswordSignInError> {
        let password = PlainPassword::presented(password).unwrap();
        let request = SignInWithPassword {
            identifier: Identifier::Email(email.parse().unwrap()),
            password,
            mark,
            holding: Holding::Tokens,
        };
        let call = Call { client, ..self.anonymous() };
        let step = self.dashtam.password_sign_in().sign_in(&call, request).await?;
        Ok(step.signed_in().expect("nobody here has a second factor"))
    }

    /// Signs somebody in, with the password everybody has here.
    async fn person(&self, email: &str) -> Person {
        let signed_in = self.sign_in(email, PASSWORD).await.unwrap();
        let session = self.world.access_tokens.issued().pop().unwrap().session;
        Person { user: signed_in.user.id, session }
    }

    async fn user(&self, id: UserId) -> Option<User> {
        self.disk.storage.queries.user(id).await.unwrap()
    }

    /// The session as a request would find it, and whether it would pass.
    async fn is_signed_in(&self, person: &Person) -> bool {
        let cached = self.world.cache.get(person.session).is_some();
        let found: Option<SessionSnapshot> = self.disk.storage.queries.session(person.session).await.unwrap();
        let good = found.is_some_and(|found| found.admits(found.session.token_version, self.now()));
        assert!(good || !cached, "an ended session is still in the cache");
        good
    }

    /// What the audit trail says of a user, oldest first.
    async fn trail(&self, user: UserId) -> Vec<AuditAction> {
        let lines = self.disk.storage.queries.all_audit_lines(user, None, Limit::default()).await.unwrap();
        lines.items.iter().map(|line| line.action).collect()
    }
}

/// The link of a mail that has one with a token.
fn link(content: &MailContent) -> Option<&Url> {
    match content {
        MailContent::VerifyEmail { link, .. }
        | MailContent::ResetPassword { link, .. }
        | MailContent::LoginLink { link, .. }
        | MailContent::ConfirmEmail { link, .. } => Some(link),
        MailContent::EmailChanged { undo, .. } => Some(undo),
        MailContent::DeletionScheduled { cancel, .. } => Some(cancel),
        MailContent::Invitation { link, .. } => Some(link),
        MailContent::SecondFactorResetRequested { keep, .. } => Some(keep),
        _ => None,
    }
}

/// A client nobody saw before.
fn stranger() -> ClientInfo {
    ClientInfo { address: Some([203, 0, 113, 66].into()), user_agent: Some("curl/8".to_owned()) }
}
