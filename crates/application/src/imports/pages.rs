//! Gathers the rows of a file into pages and stores each in one unit of work.

use dashtam_domain::{
    id::{AccountId, BalanceId},
    ledger::{
        Account, AccountSource, BalanceParts, BalancePoint, BalanceSource, Import, StatementMerge,
        mask_number,
        statement::{
            StatementAccount, StatementBalance, StatementBalanceKind, StatementProblem, StatementRow,
        },
    },
    money::Currency,
    time::Timestamp,
};

use super::{ImportError, Imports};

/// Rows per unit of work: few enough that other writers never wait long, enough to be fast.
const PAGE: usize = 500;

/// ISO 4217 for "no currency", used where a file names none.
const NO_CURRENCY: &str = "XXX";

/// The import under way.
pub(super) struct Pages<'a> {
    imports: &'a Imports,
    import: Import,
    now: Timestamp,
    current: Option<Current>,
}

/// The account whose rows are being read.
struct Current {
    account: Account,
    merge: StatementMerge,
    rows: Vec<StatementRow>,
    ledger: Option<StatementBalance>,
    available: Option<StatementBalance>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(imports: &'a Imports, import: Import, now: Timestamp) -> Self {
        Self { imports, import, now, current: None }
    }

    /// Another account begins: stores what is left of the last one, and finds or makes this one.
    pub(super) async fn account(&mut self, stated: StatementAccount) -> Result<(), ImportError> {
        self.close().await?;
        if stated.currency.is_none() {
            self.note(StatementProblem {
                line: stated.line,
                reason: "The statement names no ISO 4217 currency; XXX is used.".to_owned(),
            });
        }
        let currency = match stated.currency.map_or_else(|| NO_CURRENCY.parse(), Ok::<Currency, _>) {
            Ok(currency) => currency,
            Err(_) => Currency::USD,
        };
        let number = stated.number.unwrap_or_default();
        let mask = mask_number(&number);
        let institution = stated.institution.filter(|name| !name.is_empty());
        let name = format!(
            "{} {}",
            institution.as_deref().unwrap_or("Imported account"),
            mask.as_deref().unwrap_or("without a number")
        );
        let mut account = Account {
            id: AccountId(self.imports.sources.ids.next()),
            owner: self.import.owner,
            source: AccountSource::Files { institution_id: stated.institution_id },
            external_id: number,
            institution,
            institution_url: None,
            name,
            mask,
            kind: stated.kind,
            currency,
            balance: None,
            available: None,
            parts: BalanceParts::default(),
            balance_as_of: None,
            is_active: true,
            last_synced_at: None,
            created_at: self.now,
            updated_at: self.now,
        };
        let mut work = self.imports.store.begin().await?;
        account.id = work.accounts().upsert(&account).await?;
        work.commit().await?;
        self.import.counts.accounts += 1;
        self.current = Some(Current {
            account,
            merge: StatementMerge::default(),
            rows: Vec::with_capacity(PAGE),
            ledger: None,
            available: None,
        });
        Ok(())
    }

    pub(super) async fn row(&mut self, row: StatementRow) -> Result<(), ImportError> {
        let Some(current) = &mut self.current else {
            self.refused(StatementProblem {
                line: row.line,
                reason: "The row belongs to no account.".to_owned(),
            });
            return Ok(());
        };
        current.rows.push(row);
        if current.rows.len() == PAGE { self.flush().await } else { Ok(()) }
    }

    pub(super) fn balance(&mut self, balance: StatementBalance) {
        if let Some(current) = &mut self.current {
            match balance.kind {
                StatementBalanceKind::Ledger => current.ledger = Some(balance),
                StatementBalanceKind::Available => current.available = Some(balance),
            }
        }
    }

    pub(super) fn refused(&mut self, problem: StatementProblem) {
        self.import.counts.refused += 1;
        self.import.report(problem);
    }

    pub(super) fn note(&mut self, problem: StatementProblem) {
        self.import.report(problem);
    }

    /// Stores what is left and hands the report back.
    pub(super) async fn finish(mut self) -> Result<Import, ImportError> {
        self.close().await?;
        Ok(self.import)
    }

    /// Stores the gathered rows in one unit of work.
    async fn flush(&mut self) -> Result<(), ImportError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::replace(&mut current.rows, Vec::with_capacity(PAGE));
        let (owner, account) = (self.import.owner, current.account.id);
        let corrections: Vec<String> =
            rows.iter().filter_map(|row| row.corrects.as_ref()).map(|c| c.source_id.clone()).collect();
        // A row that only deletes another is an instruction, not a transaction.
        let (deletions, rows): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.corrects.as_ref().is_some_and(|c| c.delete));
        let ids = StatementMerge::source_ids(&rows);

        let mut work = self.imports.store.begin().await?;
        let known = work.transactions().with_source_ids(owner, account, &ids).await?;
        let next_id = || self.imports.sources.ids.next();
        let currency = current.account.currency;
        let plan =
            current.merge.plan(owner, account, self.import.id, currency, known, rows, self.now, next_id);
        let stored = work.transactions().insert(&plan.added).await?;
        for source_id in corrections {
            work.transactions().remove(owner, account, &source_id, self.now).await?;
        }
        work.commit().await?;

        // What another import of the same rows stored a moment before is known, too.
        let stored = i64::try_from(stored).unwrap_or(0);
        let beaten = i64::try_from(plan.added.len()).unwrap_or(0) - stored;
        self.import.counts.taken += stored + i64::try_from(deletions.len()).unwrap_or(0);
        self.import.counts.known += plan.known + beaten;
        for line in plan.ambiguous {
            self.note(StatementProblem {
                line,
                reason: "The row's id is also that of a different row; both are kept.".to_owned(),
            });
        }
        tracing::debug!(import.id = %self.import.id, taken = self.import.counts.taken, "page stored");
        Ok(())
    }

    /// Stores the last rows and the balances of the current account.
    async fn close(&mut self) -> Result<(), ImportError> {
        self.flush().await?;
        let Some(Current { mut account, ledger, available, .. }) = self.current.take() else { return Ok(()) };
        let known = self.imports.queries.account(account.owner, account.id).await?;
        let as_of = ledger.as_ref().and_then(|balance| balance.as_of).map(|day| day.start());
        // An older statement must not overwrite what a newer one said.
        let newest = match (known.and_then(|known| known.balance_as_of), as_of) {
            (Some(before), Some(stated)) => stated >= before,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let mut work = self.imports.store.begin().await?;
        if let Some(ledger) = ledger {
            let as_of = as_of.unwrap_or(self.now);
            let point = BalancePoint {
                id: BalanceId(self.imports.sources.ids.next()),
                account: account.id,
                owner: account.owner,
                balance: ledger.amount,
                available: available.as_ref().map(|balance| balance.amount),
                parts: BalanceParts::default(),
                currency: account.currency,
                as_of,
                source: BalanceSource::Statement,
                created_at: self.now,
            };
            work.balances().record(&[point]).await?;
            if newest {
                account.balance = Some(ledger.amount);
                account.available = available.map(|balance| balance.amount);
                account.balance_as_of = Some(as_of);
            }
        }
        account.last_synced_at = Some(self.now);
        work.accounts().upsert(&account).await?;
        Ok(work.commit().await?)
    }
}
