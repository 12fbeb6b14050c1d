//! What somebody wants to hear of.

use std::collections::HashSet;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    delivery::notification::{
        LargeFrom, LowBelow, NotificationPreferences, NotificationProblem, NotificationSettings,
        NotificationSwitches,
    },
    id::{AccountId, UserId},
    identity::Scope,
    page::Limit,
    store::StoreError,
};

use super::{Notifications, NotificationsError};
use crate::request::{authorize, request};

/// What the caller wants to hear of.
#[derive(Debug)]
pub struct GetNotifications;

request!(GetNotifications, "notifications.get", Access::User(Needs::read(Scope::AccountsRead)));

/// What the caller wants to hear of from now on, in the place of all that was said before.
#[derive(Debug)]
pub struct SetNotifications {
    /// What is told or not, without a figure.
    pub switches: NotificationSwitches,
    /// From which amounts on transactions are told.
    pub large: Vec<LargeFrom>,
    /// Below which balances accounts are told of.
    pub low: Vec<LowBelow>,
}

request!(SetNotifications, "notifications.set", Access::User(Needs::change(Scope::AccountsWrite)));

impl Notifications {
    /// What the caller wants to hear of, without accounts that are gone; nothing, as long as nobody said so.
    pub async fn get(
        &self,
        call: &Call,
        _: GetNotifications,
    ) -> Result<NotificationPreferences, NotificationsError> {
        let owner = authorize::<GetNotifications>(call)?.user;
        let settings = self.queries.notification_settings(owner).await?;
        let mut wanted = settings.map(|settings| settings.preferences).unwrap_or_default();
        if !wanted.low().is_empty() {
            let accounts = self.accounts_of(owner).await?;
            wanted.keep_accounts(|id| accounts.contains(&id));
        }
        Ok(wanted)
    }

    /// Says what the caller wants to hear of. What is switched on is told from now on: nothing that happened before.
    #[tracing::instrument(name = "notifications.set", skip_all)]
    pub async fn set(
        &self,
        call: &Call,
        request: SetNotifications,
    ) -> Result<NotificationPreferences, NotificationsError> {
        let owner = authorize::<SetNotifications>(call)?.user;
        let SetNotifications { switches, large, low } = request;
        let wanted = NotificationPreferences::new(switches, large, low)?;
        if !wanted.low().is_empty() {
            let accounts = self.accounts_of(owner).await?;
            let unknown = wanted.low().iter().position(|of| !accounts.contains(&of.account));
            if let Some(at) = unknown {
                return Err(NotificationProblem::UnknownAccount(at).into());
            }
        }
        // Read before the settings are held: what comes in between is told.
        let seq = self.queries.clock(owner).await?.seq;
        let mut work = self.store.begin().await?;
        let settings = match work.notifications().find(owner).await? {
            Some(mut settings) => {
                settings.want(wanted, seq, call.now);
                // Nobody looks whether it is over, so that it is news when it is wanted again.
                for kind in settings.preferences.unwanted() {
                    work.notifications().keep_told(owner, kind, &[]).await?;
                }
                settings
            }
            None => NotificationSettings::new(owner, wanted, seq, call.now),
        };
        work.notifications().put(&settings).await?;
        work.commit().await?;
        Ok(settings.preferences)
    }

    /// The ids of the owner's accounts.
    async fn accounts_of(&self, owner: UserId) -> Result<HashSet<AccountId>, StoreError> {
        let most = Limit::new(Limit::MAX).unwrap_or_default();
        let (mut ids, mut after) = (HashSet::new(), None);
        loop {
            let page = self.queries.accounts(owner, None, after, most).await?;
            ids.extend(page.items.iter().map(|account| account.id));
            after = page.next;
            if after.is_none() {
                return Ok(ids);
            }
        }
    }
}
