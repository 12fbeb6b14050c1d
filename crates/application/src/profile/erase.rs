//! Erases accounts whose time has come.
//!
//! The audit trail is append-only and stays as it is. Its lines name a user by the id alone: what tied that id to a
//! person (the account's row, its sessions and every other row with an address or a name) is destroyed here, so that
//! the id that is left is a pseudonym nobody can resolve from this database.

use chrono::TimeDelta;
use dashtam_domain::{
    access::Access,
    call::Call,
    id::{ConnectionId, UserId},
    identity::{AuditAction, AuditLine},
    page::Limit,
    time::Timestamp,
};
use serde_json::json;

use super::{Profile, ProfileError};
use crate::{authorization::vault, request::request};

/// One account whose time has come.
#[derive(Debug)]
pub struct EraseDueAccount;

request!(EraseDueAccount, "profile.erase_due", Access::System);

/// How long a worker has an account to itself. What it did not manage in that time is continued.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Rows of one unit of work.
const BATCH: u32 = 2_000;
/// Worn-out budgets removed in one round.
const WORN_OUT: u32 = 500;

impl Profile {
    /// Erases one account: asks the institutions to forget their grants, as a courtesy, then removes the rows in
    /// batches and at last the account. Whether there was one.
    #[tracing::instrument(name = "profile.erase_due", skip_all)]
    pub async fn erase_due(&self, call: &Call, _request: EraseDueAccount) -> Result<bool, ProfileError> {
        call.permits(Access::System)?;
        let until = call.now.plus(LEASE);
        let mut work = self.store.begin().await?;
        let Some(user) = work.erasure().claim_due(call.now, until).await? else {
            let budgets = work.sign_in_budgets().purge(call.now, WORN_OUT).await?;
            if budgets + work.mail_budgets().purge(call.now, WORN_OUT).await? > 0 {
                work.commit().await?;
            }
            return Ok(false);
        };
        work.commit().await?;

        self.revoke_grants(call, user).await?;
        loop {
            if self.sources.clock.now() >= until {
                tracing::info!("an account is too large to be erased in one go; the next round continues");
                return Ok(true);
            }
            let mut work = self.store.begin().await?;
            let erased = work.erasure().erase_rows(user, BATCH).await?;
            if erased == 0 {
                return self.finish(call, work, user).await;
            }
            work.commit().await?;
        }
    }

    async fn finish(
        &self,
        call: &Call,
        mut work: Box<dyn dashtam_domain::store::UnitOfWork>,
        user: UserId,
    ) -> Result<bool, ProfileError> {
        let now: Timestamp = call.now;
        if work.erasure().erase_user(user, now).await? {
            work.note(&self.sources, call, AuditLine::new(AuditAction::AccountErased, user)).await?;
            work.commit().await?;
        }
        self.cache.forget_user(user);
        Ok(true)
    }

    /// Takes the credentials away, then asks each institution to forget the grant.
    async fn revoke_grants(&self, call: &Call, user: UserId) -> Result<(), ProfileError> {
        let mut after: Option<ConnectionId> = None;
        loop {
            let page = self.queries.connections(user, after, Limit::default()).await?;
            for overview in &page.items {
                let connection = &overview.connection;
                let mut work = self.store.begin().await?;
                // Locked in the order in which everything else takes the two.
                if work.connections().find(user, connection.id).await?.is_none() {
                    continue;
                }
                let Some(sealed) = work.credentials().find(connection.id).await? else { continue };
                work.credentials().delete(connection.id).await?;
                let line = AuditLine::new(AuditAction::ConnectionRevoked, user)
                    .about(connection.id)
                    .with(json!({"provider_key": connection.provider.as_str(), "deleted": true}));
                work.note(&self.sources, call, line).await?;
                work.commit().await?;
                if let Some(provider) = self.catalogue.get(&connection.provider) {
                    vault::revoke(&*self.cipher, &sealed, &**provider).await;
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}
