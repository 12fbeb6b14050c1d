//! Accounts and positions, read again as their institutions sent them last.

use dashtam_domain::{
    call::Call,
    connections::{Provider, PulledHolding},
    id::{AccountId, BalanceId, UserId},
    ledger::{
        Account, BalancePoint, BalanceSource, FieldChange, Holding, KeptAccount, KeptPayload, remap_account,
        remap_holding,
    },
    store::UnitOfWork,
};

use super::{Remap, RemapPage};
use crate::{errors::CommonError, securities::securities_of_holdings};

/// An account, or a position of it, that says something else now.
#[derive(Debug, Clone, PartialEq)]
pub struct RemappedAccount {
    /// Whose it is.
    pub owner: UserId,
    /// The account.
    pub account: AccountId,
    /// The source's id of the position; `None`: it is the account itself.
    pub position: Option<String>,
    /// What it says otherwise.
    pub changes: Vec<FieldChange>,
}

impl Remap {
    /// Reads an account and its positions again, in one unit of work in which nobody else changes them.
    pub(super) async fn read_account(
        &self,
        call: &Call,
        of: &KeptAccount,
        dry_run: bool,
        page: &mut RemapPage,
    ) -> Result<(), CommonError> {
        let Some(provider) = of.provider.as_ref().and_then(|key| self.catalogue.get(key)) else {
            return Ok(());
        };
        let mut work = self.store.begin().await?;
        // What is kept is read once nobody else writes any more: what a synchronisation told meanwhile is newer.
        if let Some(account) = work.corrections().hold_account(of.owner, of.id).await? {
            let payloads = work.remaps().payloads(of.owner, of.id).await?;
            let (own, held): (Vec<_>, Vec<_>) =
                payloads.into_iter().partition(|payload| payload.position.is_none());
            for KeptPayload { raw, .. } in own {
                page.payloads += 1;
                match provider.feeds().accounts.map(|feed| feed.read_account(&raw)) {
                    Some(Ok(told)) => {
                        let name = &provider.descriptor().name;
                        let (read, changes) = remap_account(&account, told, name, call.now);
                        if !changes.is_empty() {
                            self.write_account(&mut *work, call, &account, &read).await?;
                            page.accounts.push(changed(&account, None, changes));
                        }
                    }
                    Some(Err(_)) => page.unreadable += 1,
                    None => page.unmapped += 1,
                }
            }
            if !held.is_empty() {
                self.read_positions(&mut *work, call, &account, held, &**provider, page).await?;
            }
        }
        if dry_run {
            work.roll_back().await;
        } else {
            work.commit().await?;
        }
        Ok(())
    }

    /// Writes what the account says now, and its balance where the one that is recorded of that instant is another one.
    async fn write_account(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        stored: &Account,
        read: &Account,
    ) -> Result<(), CommonError> {
        work.accounts().upsert(read).await?;
        let is_other =
            (stored.balance, stored.available, stored.parts) != (read.balance, read.available, read.parts);
        if let (Some(balance), Some(as_of), true) = (read.balance, read.balance_as_of, is_other)
            && !read.tells_cash_alone()
        {
            let point = BalancePoint {
                id: BalanceId(self.ids.next()),
                account: read.id,
                owner: read.owner,
                balance,
                available: read.available,
                parts: read.parts,
                currency: read.currency,
                as_of,
                source: BalanceSource::Sync,
                created_at: call.now,
            };
            work.balances().record(&[point]).await?;
        }
        Ok(())
    }

    async fn read_positions(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        account: &Account,
        payloads: Vec<KeptPayload>,
        provider: &dyn Provider,
        page: &mut RemapPage,
    ) -> Result<(), CommonError> {
        // Whoever would change them waits for the clock that this unit holds.
        let stored = self.queries.holdings(account.owner, account.id).await?;
        let mut found: Vec<(&Holding, PulledHolding)> = Vec::new();
        for payload in payloads {
            let held = stored.iter().find(|held| Some(&held.external_id) == payload.position.as_ref());
            let Some(held) = held else { continue };
            page.payloads += 1;
            match provider.feeds().holdings.map(|feed| feed.read_holding(account.currency, &payload.raw)) {
                Some(Ok(told)) => found.push((held, told)),
                Some(Err(_)) => page.unreadable += 1,
                None => page.unmapped += 1,
            }
        }
        found.retain(|(held, told)| !remap_holding(held, told.clone(), call.now).1.is_empty());
        let told: Vec<PulledHolding> = found.iter().map(|(_, told)| told.clone()).collect();
        let securities = securities_of_holdings(work, &*self.ids, account.owner, &told, call.now).await?;
        let mut written = Vec::with_capacity(found.len());
        for ((held, told), security) in found.into_iter().zip(securities) {
            let (read, changes) = remap_holding(held, told, call.now);
            page.accounts.push(changed(account, Some(held.external_id.clone()), changes));
            written.push(Holding { security, ..read });
        }
        if !written.is_empty() {
            work.holdings().merge(account.owner, account.id, &written).await?;
        }
        Ok(())
    }
}

fn changed(account: &Account, position: Option<String>, changes: Vec<FieldChange>) -> RemappedAccount {
    RemappedAccount { owner: account.owner, account: account.id, position, changes }
}
