//! Changes somebody's account.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    event::DomainEvent,
    id::UserId,
    identity::{AuditAction, EmailAddress, EndReason, Purpose, Scope, Standing, User},
    store::{Inserted, StoreError, UnitOfWork},
};

use super::{
    Administration, AdministrationError, UserChange, administrators_only,
    change::{check_manager, differences, facts},
    keep_one,
};
use crate::{
    request::{authorize, request},
    webhooks,
};

/// Whose account, and what shall be different.
#[derive(Debug)]
pub struct UpdateUser {
    /// The user it is about.
    pub user: UserId,
    /// What is to be changed.
    pub change: UserChange,
    /// The revision of the account that the change was thought out for; `None` changes it whatever happened since.
    pub revision: Option<i32>,
}

request!(UpdateUser, "administration.update_user", Access::Manager(Needs::change(Scope::AdminWrite).fresh()));

impl Administration {
    /// Changes what is given. Whoever can no longer use the account is signed out in the same unit of work; other
    /// changes are in force for sessions under way within seconds. The account as it then is; [`StoreError::Stale`] when it
    /// has another revision than the one that was asked for.
    #[tracing::instrument(name = "administration.update_user", skip_all, fields(user.id = %request.user))]
    pub async fn update_user(&self, call: &Call, request: UpdateUser) -> Result<User, AdministrationError> {
        let by = authorize::<UpdateUser>(call)?;
        let UpdateUser { user: id, change, revision } = request;
        if change.is_for_administrators() {
            administrators_only(by)?;
        }
        let mut work = self.store.begin().await?;
        let others = self.others(call, &mut *work, &change, id).await?;
        let user = self.found(&mut *work, by, id).await?;
        if revision.is_some_and(|revision| revision != user.revision) {
            return Err(StoreError::Stale.into());
        }
        if user.off_by_administrator && !by.administrator && change.disabled == Some(false) {
            return Err(AdministrationError::OffByAdministrator);
        }
        let mut after = user.clone();
        change.apply(&mut after, call);
        self.write(call, work, user, after, change.email, others).await
    }

    /// Who else there is for the installation to count on, where the change makes that a question.
    pub(super) async fn others(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        change: &UserChange,
        user: UserId,
    ) -> Result<Option<Standing>, AdministrationError> {
        Ok(match change.may_lower() {
            true => Some(work.users().other_administrators(user, call.now).await?),
            false => None,
        })
    }

    /// Writes a changed account with its lines, if the rules allow the change.
    pub(super) async fn write(
        &self,
        call: &Call,
        mut work: Box<dyn UnitOfWork>,
        before: User,
        mut after: User,
        email: Option<EmailAddress>,
        others: Option<Standing>,
    ) -> Result<User, AdministrationError> {
        let email = email.filter(|email| *email != before.email);
        if email.is_none() && after == (User { updated_at: after.updated_at, ..before.clone() }) {
            return Ok(before);
        }
        keep_one(before.standing(call.now), after.standing(call.now), others)?;
        check_manager(&mut *work, Some(&before), &after).await?;
        // Who gets a manager has no sub-users to look after.
        if before.managed_by.is_none()
            && after.managed_by.is_some()
            && work.users().has_sub_users(after.id).await?
        {
            return Err(AdministrationError::HasSubUsers);
        }
        let usable = after.is_usable(call.now);
        let moved = email.is_some();
        if let Some(email) = email {
            // Whoever has the new mailbox has to say so before anybody signs in.
            after.email = email;
            after.email_verified_at = None;
            after.email_changed_at = None;
        }
        let ends_all = moved || (!usable && before.is_usable(call.now));
        if ends_all {
            // Before the address, which nobody may refer to the account while it changes.
            webhooks::end_all(&mut *work, &self.sources, call, after.id).await?;
        }
        if !moved {
            work.users().update(&mut after).await?;
        } else if work.users().update_email(&mut after).await? == Inserted::Exists {
            return Err(AdministrationError::EmailTaken);
        }
        if moved {
            // Who took the mailbox away from its owner must not be the only one to know.
            let (user, from) = (after.id, before.email.clone());
            self.tell(&mut *work, call, DomainEvent::EmailReplaced { user, from, at: call.now }).await?;
            work.one_time_tokens().revoke(after.id, &MAILED).await?;
            work.sign_in_budgets().forget_clients(after.id).await?;
            self.tell(&mut *work, call, DomainEvent::VerificationRequested { user: after.id }).await?;
        }
        if ends_all {
            let reason = EndReason::Administered;
            work.sessions().end_all(after.id, None, true, reason, call.now).await?;
        }
        for action in actions(&before, &after) {
            self.note(&mut *work, call, action, after.id, differences(&before, &after)).await?;
        }
        work.commit().await?;

        self.cache.forget_user(after.id);
        if moved {
            self.signal.ring();
        }
        Ok(after)
    }
}

/// Tokens that went to the earlier mailbox.
const MAILED: [Purpose; 8] = [
    Purpose::EmailVerification,
    Purpose::PasswordReset,
    Purpose::EmailChange,
    Purpose::EmailChangeUndo,
    Purpose::DeletionCancel,
    Purpose::NotMe,
    Purpose::LoginLink,
    Purpose::SecondFactorKeep,
];

/// What the trail calls these changes.
fn actions(before: &User, after: &User) -> Vec<AuditAction> {
    let mut actions = Vec::new();
    let switched = |from: bool, to: bool, on, off| match (from, to) {
        (false, true) => Some(on),
        (true, false) => Some(off),
        _ => None,
    };
    let (granted, revoked) = (AuditAction::AdministratorGranted, AuditAction::AdministratorRevoked);
    actions.extend(switched(before.administrator, after.administrator, granted, revoked));
    let (enabled, disabled) = (AuditAction::AccountEnabled, AuditAction::AccountDisabled);
    actions.extend(switched(before.is_active, after.is_active, enabled, disabled));
    let rest = User { administrator: before.administrator, is_active: before.is_active, ..after.clone() };
    if facts(&rest) != facts(before) || before.name != after.name || before.email != after.email {
        actions.push(AuditAction::AccountFlagsChanged);
    }
    // An administrator switched off what a manager had.
    if after.off_by_administrator && !before.off_by_administrator && !before.is_active {
        actions.push(AuditAction::AccountDisabled);
    }
    // Kept after all, and nothing else.
    if actions.is_empty() {
        actions.push(AuditAction::DeletionCancelled);
    }
    actions
}
