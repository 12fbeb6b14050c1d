//! How accounts come to be, by the mode of registration, and that whoever began before it changed finishes.

use dashtam_application::{
    RegistrationMode,
    administration::{AdministrationError, CreateAdministrator, CreateUser, StartPasswordReset, UserChange},
    errors::CommonError,
    recovery::CompleteReset,
    registration::{Register, RegistrationError, ResendVerification},
};
use dashtam_domain::{
    access::AccessDenied,
    call::Call,
    identity::{EmailAddress, PlainPassword, Quota, User, UserFilter},
    page::Limit,
    secret::SecretText,
};

use super::{ADA, Flow, OTHER_PASSWORD, PASSWORD, Person};
use crate::world::{assert_refused, unkept};

const BOB: &str = "bob@example.com";
const CAROL: &str = "carol@example.com";
const MODES: [RegistrationMode; 3] =
    [RegistrationMode::Open, RegistrationMode::Invitation, RegistrationMode::Closed];

impl Flow {
    /// The program started anew with this mode.
    fn start_with(&mut self, mode: RegistrationMode) {
        self.world.registration = mode;
        self.dashtam = self.world.build_on(self.disk.storage.clone());
    }

    async fn tries_to_register(&self, email: &str) -> Result<(), RegistrationError> {
        let (email, name): (EmailAddress, _) = (email.parse().unwrap(), "Bob".parse().unwrap());
        let password = PlainPassword::chosen(PASSWORD, &email, &name).unwrap();
        let request = Register { email, name, password };
        self.dashtam.registration().register(&self.anonymous(), request, unkept).await.map(|_| ())
    }

    async fn creates(&self, by: &Person, email: &str) -> Result<User, AdministrationError> {
        let request = CreateUser {
            email: email.parse().unwrap(),
            name: "Carol".parse().unwrap(),
            change: UserChange::default(),
        };
        let call = self.with_rights(by).await;
        self.dashtam.administration().create_user(&call, request, unkept).await
    }

    /// Follows a mailed link to a first password, and signs in.
    async fn chooses_a_password(&self, email: &str) {
        let token = self.token(email, "Invitation").await;
        let chosen = CompleteReset { token, new_password: SecretText::new(OTHER_PASSWORD) };
        self.dashtam.recovery().complete(&self.anonymous(), chosen).await.unwrap();
        assert!(self.sign_in(email, OTHER_PASSWORD).await.unwrap().user.is_verified());
    }

    async fn accounts(&self) -> usize {
        let filter = UserFilter::default();
        self.disk.storage.queries.users(&filter, None, Limit::default()).await.unwrap().items.len()
    }
}

/// Ada is the administrator, Mary may have sub-users.
async fn household() -> (Flow, Person, Person) {
    let (flow, ada) = Flow::with_ada().await;
    flow.alter(ada.user, |user| user.administrator = true).await;
    let mary = flow.another("mary@example.com").await;
    flow.alter(mary.user, |user| user.flags.user_limit = Quota::new(5).unwrap()).await;
    (flow, ada, mary)
}

#[tokio::test]
async fn each_mode_lets_in_whom_it_says() {
    for mode in MODES {
        let (mut flow, ada, mary) = household().await;
        flow.start_with(mode);
        let before = flow.accounts().await;

        // Neither who is here nor who is not is told by a refusal.
        for email in [BOB, ADA] {
            let tried = flow.tries_to_register(email).await;
            match mode {
                RegistrationMode::Open => tried.unwrap(),
                RegistrationMode::Invitation => assert_refused!(tried, RegistrationError::InvitationOnly),
                RegistrationMode::Closed => assert_refused!(tried, RegistrationError::Closed),
            }
        }
        let is_open = mode == RegistrationMode::Open;
        assert_eq!(flow.accounts().await, before + usize::from(is_open), "{mode:?}");
        assert_eq!(flow.count(BOB, "VerifyEmail").await, usize::from(is_open), "{mode:?}");
        let to_ada = flow.mails(ADA).await.len();

        let before = flow.accounts().await;
        for (by, email) in [(&ada, CAROL), (&mary, "kid@example.com")] {
            if mode == RegistrationMode::Closed {
                // An address that is taken is refused no differently.
                for email in [email, ADA] {
                    let refused = flow.creates(by, email).await;
                    assert_refused!(refused, AdministrationError::RegistrationClosed);
                }
                assert!(flow.mails(email).await.is_empty());
            } else {
                flow.creates(by, email).await.unwrap();
                flow.chooses_a_password(email).await;
            }
        }
        let made = if mode == RegistrationMode::Closed { 0 } else { 2 };
        assert_eq!((flow.accounts().await, flow.mails(ADA).await.len()), (before + made, to_ada), "{mode:?}");
    }
}

#[tokio::test]
async fn who_may_make_no_accounts_learns_nothing_of_the_mode() {
    let (mut flow, _, mary) = household().await;
    flow.alter(mary.user, |user| user.flags.user_limit = Quota::NONE).await;
    flow.start_with(RegistrationMode::Closed);
    let refused = flow.creates(&mary, CAROL).await;
    assert_refused!(refused, AdministrationError::Common(CommonError::Denied(AccessDenied::Forbidden)));
}

#[tokio::test]
async fn the_host_makes_administrators_in_every_mode() {
    for mode in MODES {
        let mut flow = Flow::open().await;
        flow.start_with(mode);
        let wanted =
            CreateAdministrator { email: ADA.parse().unwrap(), name: "Root".parse().unwrap(), mail: true };
        let call = Call::system(flow.now());
        flow.dashtam.administration().create_administrator(&call, wanted).await.unwrap();
        flow.chooses_a_password(ADA).await;
    }
}

#[tokio::test]
async fn whoever_registered_before_the_mode_changed_proves_the_address_and_is_mailed_again() {
    for mode in [RegistrationMode::Invitation, RegistrationMode::Closed] {
        for again in [false, true] {
            let mut flow = Flow::open().await;
            flow.register(BOB).await;
            assert_eq!(flow.count(BOB, "VerifyEmail").await, 1);
            flow.start_with(mode);
            if again {
                flow.wait(chrono::TimeDelta::minutes(2));
                let request = ResendVerification { email: BOB.parse().unwrap() };
                let registration = flow.dashtam.registration();
                registration.resend_verification(&flow.anonymous(), request).await.unwrap();
                assert_eq!(flow.count(BOB, "VerifyEmail").await, 2);
            }
            flow.verify(BOB).await;
            flow.sign_in(BOB, PASSWORD).await.unwrap();
        }
    }
}

#[tokio::test]
async fn whoever_was_invited_before_registration_was_closed_finishes_and_can_be_mailed_again() {
    let (mut flow, ada, _) = household().await;
    let carol = flow.creates(&ada, CAROL).await.unwrap();
    let dave = flow.creates(&ada, "dave@example.com").await.unwrap();
    assert_eq!(flow.count("dave@example.com", "Invitation").await, 1);
    flow.start_with(RegistrationMode::Closed);
    flow.chooses_a_password(CAROL).await;
    assert!(flow.user(carol.id).await.unwrap().password.is_some());

    let call = flow.with_rights(&ada).await;
    let reset = StartPasswordReset { user: dave.id };
    flow.dashtam.administration().start_password_reset(&call, reset, unkept).await.unwrap();
    assert_eq!(flow.count("dave@example.com", "Invitation").await, 2, "the same as when it was made");
    flow.chooses_a_password("dave@example.com").await;
}
