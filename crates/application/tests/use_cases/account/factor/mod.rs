//! Second factors, on a real database: set up, checked, used once, guessed, and given up.

mod codes;
mod mailed_codes;
mod set_up;

use dashtam_application::factor::{
    ConfirmTotp, DisableTotp, EnrolTotp, FactorStatus, GetFactorStatus, SecondFactorError,
};
use dashtam_domain::{
    call::{Call, Caller, Principal},
    identity::{BackupCode, EmailChallenge, FactorMethod, PlainPassword, TotpKey},
    secret::SecretText,
};

use crate::{
    account::{Flow, Person},
    world::client,
};

type Outcome<T> = Result<T, SecondFactorError>;

fn password(text: &str) -> PlainPassword {
    PlainPassword::presented(text).unwrap()
}

impl Flow {
    /// A call by this person with the rights the session really has.
    async fn really(&self, person: &Person) -> Call {
        let found = self.disk.storage.queries.session(person.session).await.unwrap().unwrap();
        Call { client: client(), caller: Caller::User(Principal::of(&found)), ..Call::anonymous(self.now()) }
    }

    async fn enrol(&self, person: &Person) -> TotpKey {
        let call = self.really(person).await;
        let enrolment = self.dashtam.second_factors().enrol_totp(&call, EnrolTotp).await.unwrap();
        TotpKey::from_base32(enrolment.secret.expose()).unwrap()
    }

    fn step(&self) -> i64 {
        self.now().as_seconds() / 30
    }

    async fn confirm(&self, person: &Person, code: &str) -> Outcome<Vec<BackupCode>> {
        let call = self.really(person).await;
        let code = SecretText::new(code);
        self.dashtam.second_factors().confirm_totp(&call, ConfirmTotp { code }).await
    }

    /// Sets an authenticator up; its key and the backup codes.
    async fn with_totp(&self, person: &Person) -> (TotpKey, Vec<BackupCode>) {
        let key = self.enrol(person).await;
        let codes = self.confirm(person, key.code(self.step()).expose()).await.unwrap();
        (key, codes)
    }

    /// Checks a code and consumes it in a unit of its own.
    async fn show(&self, person: &Person, method: FactorMethod, code: &str) -> Outcome<()> {
        self.show_mailed(person, method, code, None).await
    }

    async fn show_mailed(
        &self,
        person: &Person,
        method: FactorMethod,
        code: &str,
        mailed: Option<EmailChallenge>,
    ) -> Outcome<()> {
        let (call, code) = (self.anonymous(), SecretText::new(code));
        let user = self.user(person.user).await.unwrap();
        let factors = self.dashtam.second_factors();
        let accepted = factors.check(&call, &user, method, &code, mailed).await?;
        assert_eq!(accepted.method(), method);
        let mut work = self.disk.storage.store.begin().await.unwrap();
        factors.consume(&call, &mut *work, accepted).await?;
        work.commit().await.unwrap();
        Ok(())
    }

    async fn status(&self, person: &Person) -> FactorStatus {
        let call = self.really(person).await;
        self.dashtam.second_factors().status(&call, GetFactorStatus).await.unwrap()
    }

    async fn disable(&self, person: &Person, typed: &str, method: FactorMethod, code: &str) -> Outcome<()> {
        let call = self.really(person).await;
        let request = DisableTotp { password: password(typed), method, code: SecretText::new(code) };
        self.dashtam.second_factors().disable_totp(&call, request).await
    }
}

fn shown(code: &BackupCode) -> String {
    code.shown().expose().to_owned()
}
