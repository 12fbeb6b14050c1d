//! The first account of an installation, made by whoever has the link that the program printed at its start.

use chrono::TimeDelta;
use dashtam_domain::{
    access::Access,
    call::Call,
    id::{OutboxId, UserId},
    identity::{AuditAction, AuditLine, EmailAddress, PersonName, PlainPassword, User, UserFilter},
    page::Limit,
    secret::{OpaqueSecret, SecretKind, SecretText},
    store::Inserted,
    time::Timestamp,
};
use url::Url;
use uuid::Uuid;

use super::{Registration, RegistrationError};
use crate::{Request, request::request};

/// How long a printed link works.
pub const SET_UP_LINK: TimeDelta = TimeDelta::hours(24);

/// Asks for a link to make the first account by.
#[derive(Debug)]
pub struct MakeSetUpLink;

request!(MakeSetUpLink, "registration.make_set_up_link", Access::System);

/// Asks whether a token would make the first account now.
#[derive(Debug)]
pub struct CheckSetUp {
    /// The token of the link.
    pub token: SecretText,
}

request!(CheckSetUp, "registration.check_set_up", Access::Public);

/// The first account wanted.
#[derive(Debug)]
pub struct SetUp {
    /// The token of the link.
    pub token: SecretText,
    /// Its address, which counts as proved: whoever can read what the program prints needs to prove nothing.
    pub email: EmailAddress,
    /// The person's name.
    pub name: PersonName,
    /// Its password, which obeys the rule.
    pub password: PlainPassword,
}

request!(SetUp, "registration.set_up", Access::Public);

impl Registration {
    /// A link by which the first account is made; `None` when there is an account. Nothing is stored of it: every process
    /// with the same secret key knows it, until its time is over or there is an account.
    pub async fn make_set_up_link(
        &self,
        call: &Call,
        _request: MakeSetUpLink,
    ) -> Result<Option<Url>, RegistrationError> {
        call.permits(Access::System)?;
        if self.has_accounts().await? {
            return Ok(None);
        }
        let moment = u64::try_from(call.now.as_micros()).unwrap_or_default();
        let token = format!("{moment:x}.{}", self.set_up_secret(moment).expose());
        let mut link = self.policy.page("set-up");
        link.query_pairs_mut().append_pair("token", &token);
        Ok(Some(link))
    }

    /// Whether there is no account yet.
    pub async fn awaits_set_up(&self) -> Result<bool, RegistrationError> {
        Ok(!self.has_accounts().await?)
    }

    /// Refuses a token that makes no account now.
    pub async fn check_set_up(&self, call: &Call, request: CheckSetUp) -> Result<(), RegistrationError> {
        call.permits(CheckSetUp::ACCESS)?;
        if !self.is_set_up_token(request.token.expose(), call.now) || self.has_accounts().await? {
            return Err(RegistrationError::InvalidToken);
        }
        Ok(())
    }

    /// Makes the first account: verified, and an administrator. Of many who hold the link at once one gets it, because
    /// the account is added only where there is none, decided in the unit of work that adds it.
    #[tracing::instrument(name = "registration.set_up", skip_all)]
    pub async fn set_up(&self, call: &Call, request: SetUp) -> Result<UserId, RegistrationError> {
        let SetUp { token, email, name, password } = request;
        // Asked first: the work that a password costs is not for everybody who makes a token up.
        self.check_set_up(call, CheckSetUp { token }).await?;
        let hash = self.hasher.hash(&password).await?;
        let id = UserId(self.sources.ids.next());
        let mut user = User { administrator: true, ..User::register(id, email, name, hash, call.now) };
        user.verified(call.now);

        let mut work = self.store.begin().await?;
        if work.users().insert_first(&user).await? == Inserted::Exists {
            return Err(RegistrationError::InvalidToken);
        }
        for action in [AuditAction::UserRegistered, AuditAction::AdministratorGranted] {
            work.note(&self.sources, call, AuditLine::new(action, id)).await?;
        }
        work.commit().await?;
        Ok(id)
    }

    async fn has_accounts(&self) -> Result<bool, RegistrationError> {
        let one = Limit::new(1).unwrap_or_default();
        let page = self.queries.users(&UserFilter::default(), None, one).await?;
        Ok(!page.items.is_empty())
    }

    /// The secret of a link that was made at this moment. Mails have ids that no moment has.
    fn set_up_secret(&self, moment: u64) -> OpaqueSecret {
        self.mailed_secrets.derive(SecretKind::SetUp, OutboxId(Uuid::from_u128(moment.into())))
    }

    fn is_set_up_token(&self, token: &str, now: Timestamp) -> bool {
        let Some((moment, secret)) = token.split_once('.') else { return false };
        let Ok(moment) = u64::from_str_radix(moment, 16) else { return false };
        let made = i64::try_from(moment).ok().and_then(Timestamp::from_micros);
        // Compared by their hashes, in a time that tells nothing.
        let shown = OpaqueSecret::parse(SecretKind::SetUp, secret);
        let is_right = shown.is_some_and(|shown| self.set_up_secret(moment).hash().matches(&shown.hash()));
        is_right && made.is_some_and(|made| now.is_within(SET_UP_LINK, made))
    }
}
