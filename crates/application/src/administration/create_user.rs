//! Makes an account for somebody, who chooses its password.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    event::DomainEvent,
    id::UserId,
    identity::{AuditAction, EmailAddress, PersonName, Quota, Scope, User},
    store::{Admitted, Inserted, UnitOfWork},
};
use serde_json::Value;

use super::{
    Administration, AdministrationError, UserChange, administrators_only,
    change::{check_manager, facts},
};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// An account wanted.
#[derive(Debug)]
pub struct CreateUser {
    /// Its address.
    pub email: EmailAddress,
    /// The person's name.
    pub name: PersonName,
    /// What differs from a plain account, or, of a sub-user, from what its manager is kept from.
    pub change: UserChange,
}

request!(CreateUser, "administration.create_user", Access::Manager(Needs::change(Scope::AdminWrite).fresh()));

impl Administration {
    /// Makes an account without a password and mails its owner a link to choose one. What a manager makes is a
    /// sub-user; how many there may be is decided where it is stored. Where registration is closed, nobody makes any.
    #[tracing::instrument(name = "administration.create_user", skip_all)]
    pub async fn create_user(
        &self,
        call: &Call,
        request: CreateUser,
        present: Present<User>,
    ) -> Result<User, AdministrationError> {
        let by = authorize::<CreateUser>(call)?;
        if !self.policy.registration.lets_invite() {
            return Err(AdministrationError::RegistrationClosed);
        }
        let CreateUser { email, name, mut change } = request;
        if change.is_for_administrators() {
            administrators_only(by)?;
        }
        let id = UserId(self.sources.ids.next());
        let mut user = User::without_password(id, email, name, call.now);

        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let manager = if by.administrator { change.managed_by.flatten() } else { Some(by.user) };
        change.managed_by = Some(manager);
        if let Some(manager) = manager
            && let Some(manager) = work.users().find(manager).await?
        {
            // As strict as the manager, unless said otherwise.
            user.flags = manager.flags;
            user.flags.user_limit = Quota::NONE;
            user.expires_at = manager.expires_at;
        }
        change.apply(&mut user, call);
        self.add(call, &mut *work, &user).await?;
        self.tell(&mut *work, call, DomainEvent::AccountCreated { user: id }).await?;
        once::finish(call, &mut *work, &user, present).await?;
        work.commit().await?;

        self.signal.ring();
        Ok(user)
    }

    /// Stores a new account, within the limit of its manager if it has one.
    pub(super) async fn add(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        user: &User,
    ) -> Result<(), AdministrationError> {
        check_manager(work, None, user).await?;
        let admitted = match user.managed_by {
            Some(_) => work.users().insert_sub_user(user).await?,
            None => match work.users().insert_if_absent(user).await? {
                Inserted::New => Admitted::New,
                Inserted::Exists => Admitted::Exists,
            },
        };
        match admitted {
            Admitted::New => {}
            Admitted::Exists => return Err(AdministrationError::EmailTaken),
            Admitted::Full => return Err(AdministrationError::UserLimitReached),
        }
        let details = Value::Object(facts(user));
        Ok(self.note(work, call, AuditAction::AccountCreated, user.id, details).await?)
    }
}
