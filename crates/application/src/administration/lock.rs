//! Locks that wrong passwords and wrong codes put on an account: who looks after it can see them, and lift them.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::UserId,
    identity::{AuditAction, EmailAddress, Scope, SignInBudget, User},
    store::UnitOfWork,
    time::Timestamp,
};
use serde_json::json;

use super::{Administration, AdministrationError, ManagedUser};
use crate::request::{authorize, request};

/// Whose locks shall be lifted.
#[derive(Debug)]
pub struct LiftLocks {
    /// The user it is about.
    pub user: UserId,
}

request!(
    LiftLocks,
    "administration.lift_locks",
    Access::Administrator(Needs::change(Scope::AdminWrite).fresh())
);

/// Whose locks shall be lifted, for the command line of the host.
#[derive(Debug)]
pub struct LiftLocksOf {
    /// The account's address.
    pub email: EmailAddress,
}

request!(LiftLocksOf, "administration.lift_locks_of", Access::System);

/// Which account to show, for the command line of the host.
#[derive(Debug)]
pub struct FindUser {
    /// The account's address.
    pub email: EmailAddress,
}

request!(FindUser, "administration.find_user", Access::System);

/// What keeps people from signing in to an account for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Locks {
    /// Wrong passwords one after the other, of clients that are not known.
    pub failed_sign_ins: i32,
    /// Until when clients that are not known are refused.
    pub sign_ins_until: Option<Timestamp>,
    /// Until when no code of the second factor is looked at.
    pub second_factor_until: Option<Timestamp>,
}

impl Administration {
    /// Gives the account all its tries back: wrong passwords of clients that are not known, and wrong codes. Whether
    /// there was a lock.
    #[tracing::instrument(name = "administration.lift_locks", skip_all, fields(user.id = %request.user))]
    pub async fn lift_locks(&self, call: &Call, request: LiftLocks) -> Result<bool, AdministrationError> {
        let by = authorize::<LiftLocks>(call)?;
        let mut work = self.store.begin().await?;
        let user = self.found(&mut *work, by, request.user).await?;
        self.lift(call, work, &user).await
    }

    /// The same for the account with this address.
    #[tracing::instrument(name = "administration.lift_locks_of", skip_all)]
    pub async fn lift_locks_of(
        &self,
        call: &Call,
        request: LiftLocksOf,
    ) -> Result<bool, AdministrationError> {
        call.permits(Access::System)?;
        let mut work = self.store.begin().await?;
        let user = work.users().find_by_email(&request.email).await?;
        let user = user.ok_or(AdministrationError::NotFound)?;
        self.lift(call, work, &user).await
    }

    /// The account with this address.
    pub async fn find_user(
        &self,
        call: &Call,
        request: FindUser,
    ) -> Result<ManagedUser, AdministrationError> {
        call.permits(Access::System)?;
        let user = self.queries.user_by_email(&request.email).await?;
        self.managed(call, user.ok_or(AdministrationError::NotFound)?).await
    }

    /// The locks that are on an account.
    pub(super) async fn locks(&self, call: &Call, user: &User) -> Result<Locks, AdministrationError> {
        let budgets = self.queries.sign_in_budgets(&[SignInBudget::of_address(&user.email)]).await?;
        let factor = self.queries.second_factor(user.id).await?;
        let counts = |budget: &&SignInBudget| call.now.since(budget.last_at) <= SignInBudget::MEMORY;
        Ok(Locks {
            failed_sign_ins: budgets.iter().find(counts).map_or(0, |budget| budget.failures),
            sign_ins_until: budgets.iter().find_map(|budget| budget.spent_until(call.now)),
            second_factor_until: factor
                .and_then(|factor| factor.locked_until)
                .filter(|until| *until > call.now),
        })
    }

    async fn lift(
        &self,
        call: &Call,
        mut work: Box<dyn UnitOfWork>,
        user: &User,
    ) -> Result<bool, AdministrationError> {
        let locks = self.locks(call, user).await?;
        work.sign_in_budgets().lift(&SignInBudget::of_address(&user.email)).await?;
        let factor = work.second_factors().lift(user.id).await?;
        let lifted = factor || locks != Locks::default();
        if lifted {
            let details = json!({
                "sign_ins": locks.sign_ins_until.is_some(), "second_factor": locks.second_factor_until.is_some(),
            });
            self.note(&mut *work, call, AuditAction::LockLifted, user.id, details).await?;
        }
        work.commit().await?;
        Ok(lifted)
    }
}
