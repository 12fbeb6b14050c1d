//! Stores what is left at the end of a statement: its last rows, its balances, and what the account held.

use dashtam_domain::{
    id::{AccountId, BalanceId},
    ledger::{
        Account, BalanceParts, BalancePoint, BalanceSource, HeldPosition, HoldingSnapshot, ImportedBalance,
        statement::{StatementBalance, StatementBalanceKind, StatementHoldings},
        total_value,
    },
    store::UnitOfWork,
    time::Day,
};

use super::{
    super::{ImportError, Imports, holdings::show_latest, preview::PreviewAccount},
    Current, Pages,
};
use crate::{
    reconciliations::{AcrossSources, suggest_duplicates},
    securities::securities_of_holdings,
};

impl Pages<'_> {
    /// Stores the last rows and the balances of the current account.
    pub(super) async fn close(&mut self) -> Result<(), ImportError> {
        self.flush().await?;
        if self.current.is_none() {
            return Ok(());
        }
        let mut work = self.begin().await?;
        self.note_account(&mut *work).await?;
        let Some(Current { mut account, is_fresh, merge, ledger, available, held, .. }) = self.current.take()
        else {
            return Ok(());
        };
        let end = merge.finish();
        end.notes.into_iter().for_each(|note| self.note(note));
        let known = work.accounts().find(account.owner, account.id).await?;
        let (ledger, parts) = match held {
            None => (ledger, BalanceParts::default()),
            Some(held) => self.close_holdings(&mut *work, &account, held, ledger).await?,
        };
        let as_of = ledger.as_ref().and_then(|balance| balance.as_of).map(|day| day.start());
        let is_linked = known.as_ref().is_some_and(Account::is_linked);
        // An older statement must not overwrite what a newer one said. Without a balance its last row says how old it is.
        let told_on = as_of.or(self.days.map(|(_, last)| last.start()));
        if let Some(known) = known.as_ref().filter(|known| known.balance_as_of > told_on && told_on.is_some())
        {
            account.terms = known.terms;
        }
        let newest = match (known.and_then(|known| known.balance_as_of), as_of) {
            (Some(before), Some(stated)) => stated >= before,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let mut balance = None;
        if let Some(ledger) = ledger {
            let as_of = as_of.unwrap_or(self.now);
            let point = BalancePoint {
                id: BalanceId(self.imports.sources.ids.next()),
                account: account.id,
                owner: account.owner,
                balance: ledger.amount,
                available: available.as_ref().map(|balance| balance.amount),
                parts,
                currency: account.currency,
                as_of,
                source: BalanceSource::Statement,
                created_at: self.now,
            };
            work.balances().record(std::slice::from_ref(&point)).await?;
            let told = ImportedBalance { import: self.import.id, point: point.clone() };
            work.told().note_balance(&told).await?;
            balance = Some(point);
            if newest {
                account.balance = Some(ledger.amount);
                account.parts = parts;
                account.available = available.map(|balance| balance.amount);
                account.balance_as_of = Some(as_of);
            }
        }
        account.last_synced_at = Some(self.now);
        suggest_duplicates(&mut *work, &*self.imports.sources.ids, account.owner, &end.alike, self.now)
            .await?;
        work.accounts().upsert(&account).await?;
        self.units.end(work).await?;
        if let Some(days) = self.days.take().filter(|_| is_linked && self.tally.is_none()) {
            self.pair_rows(account.id, days).await?;
        }
        if let Some(tally) = &mut self.tally {
            tally.account(PreviewAccount { account, is_new: is_fresh, balance });
        }
        Ok(())
    }

    /// Looks for rows that another source of the same account told, too.
    async fn pair_rows(&self, account: AccountId, days: (Day, Day)) -> Result<(), ImportError> {
        let Imports { store, sources, .. } = self.imports;
        let (owner, now) = (self.import.owner, self.now);
        let pairs = AcrossSources { store: &**store, ids: &*sources.ids, owner, listed: None, now };
        Ok(pairs.run(account, days).await?)
    }

    /// Stores the positions of the current account, and answers its balance: what the statement states, or else the cash and
    /// the positions together, where each is told. What it is made of stands beside it.
    async fn close_holdings(
        &self,
        work: &mut dyn UnitOfWork,
        account: &Account,
        held: StatementHoldings,
        ledger: Option<StatementBalance>,
    ) -> Result<(Option<StatementBalance>, BalanceParts), ImportError> {
        let StatementHoldings { line, as_of, positions, has_gaps, cash, margin_debt } = held;
        let parts = BalanceParts { cash, margin_debt, ..BalanceParts::default() };
        let Some(positions) = positions else { return Ok((ledger, parts)) };
        let (ids, now) = (&*self.imports.sources.ids, self.now);
        let securities = securities_of_holdings(work, ids, account.owner, &positions, now).await?;
        let day = as_of.unwrap_or_else(|| now.day());
        let positions: Vec<HeldPosition> = positions
            .into_iter()
            .zip(securities)
            .map(|(told, security)| HeldPosition {
                external_id: told.external_id,
                security,
                symbol: told.symbol,
                name: told.name,
                asset_class: told.asset_class,
                quantity: told.quantity,
                price: told.price,
                market_value: told.market_value,
                cost_basis: told.cost_basis,
                option: told.option,
                currency: told.currency,
            })
            .collect();
        let value = total_value(&positions, account.currency).filter(|_| !has_gaps);
        let snapshot = HoldingSnapshot {
            owner: account.owner,
            account: account.id,
            day,
            import: Some(self.import.id),
            taken_at: now,
            value,
            positions,
        };
        work.holding_days().take(&snapshot).await?;
        show_latest(work, ids, account.owner, account.id, now).await?;
        let total = cash.zip(value).and_then(|(cash, value)| cash.checked_add(value));
        let stated = total.map(|amount| StatementBalance {
            line,
            kind: StatementBalanceKind::Ledger,
            amount,
            as_of: Some(day),
        });
        Ok((ledger.or(stated), parts))
    }
}
