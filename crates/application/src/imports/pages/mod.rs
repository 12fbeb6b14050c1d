//! Gathers the rows of a file into pages and stores each in one unit of work.

mod close;

use std::collections::HashSet;

use dashtam_domain::{
    id::AccountId,
    ledger::{
        Account, AccountTerms, Corrected, Import, StatementMerge, StatementTarget, Survey, ToldAccount,
        Transaction,
        statement::{
            StatementAccount, StatementBalance, StatementBalanceKind, StatementHoldings, StatementProblem,
            StatementRow,
        },
    },
    store::UnitOfWork,
    time::{Day, Timestamp},
};

use super::{
    ImportError, Imports,
    accounts::{Chosen, Unnamed, made},
    preview::ImportPreview,
    tally::{PageSeen, Tally},
    units::Units,
};
use crate::{known::rows_as_told, rules::decide, securities::name_securities};

/// Rows per unit of work: few enough that other writers never wait long, enough to be fast.
const PAGE: usize = 500;

/// The import under way.
pub(super) struct Pages<'a> {
    imports: &'a Imports,
    units: Units<'a>,
    /// What a preview shows, if this is one.
    tally: Option<Tally>,
    import: Import,
    now: Timestamp,
    survey: &'a Survey,
    unnamed: Unnamed,
    again: Option<Box<Account>>,
    /// Statements begun so far.
    begun: usize,
    accounts: HashSet<AccountId>,
    /// Rows read so far.
    read: u64,
    current: Option<Current<'a>>,
    /// From which day on and until which the current account's rows are.
    days: Option<(Day, Day)>,
}

/// The account whose rows are being read.
struct Current<'a> {
    account: Account,
    /// Whether the account has just been made.
    is_fresh: bool,
    /// Whether it is noted that the import tells of the account.
    is_noted: bool,
    merge: StatementMerge<'a>,
    rows: Vec<StatementRow>,
    /// What a preview wants to know of these rows.
    seen: PageSeen,
    ledger: Option<StatementBalance>,
    available: Option<StatementBalance>,
    held: Option<StatementHoldings>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        imports: &'a Imports,
        units: Units<'a>,
        import: Import,
        survey: &'a Survey,
        chosen: Chosen,
    ) -> Self {
        let Chosen { unnamed, again } = chosen;
        Self {
            imports,
            units,
            tally: None,
            now: import.created_at,
            import,
            survey,
            unnamed,
            again,
            begun: 0,
            accounts: HashSet::new(),
            read: 0,
            current: None,
            days: None,
        }
    }

    /// The same for a preview.
    pub(super) fn shown_by(self, tally: Tally) -> Self {
        Self { tally: Some(tally), ..self }
    }

    /// Opens a unit that holds the owner's clock, unless the import was given up meanwhile.
    async fn begin(&mut self) -> Result<Box<dyn UnitOfWork>, ImportError> {
        let mut work = self.units.begin().await?;
        if !work.imports().goes_on(self.import.owner, self.import.id).await? {
            return Err(ImportError::Interrupted);
        }
        Ok(work)
    }

    /// Another account begins: stores what is left of the last one, and finds or makes this one.
    pub(super) async fn account(&mut self, stated: StatementAccount) -> Result<(), ImportError> {
        self.close().await?;
        // Read a second time, the file has the same statements.
        let Some(statement) = self.survey.statements.get(self.begun) else { return Ok(()) };
        self.begun += 1;
        if let Some(note) = statement.note() {
            self.note(note);
        }
        let identity = stated.identity();
        let is_named = identity.is_none() && matches!(self.unnamed, Unnamed::Into(_));
        let (account, is_fresh) = match (&self.unnamed, &identity) {
            (Unnamed::Into(account), None) => (Account::clone(account), false),
            _ => self.find_or_make(stated).await?,
        };
        if identity.is_none() {
            self.unnamed = Unnamed::Into(Box::new(account.clone()));
        }
        self.accounts.insert(account.id);
        self.import.counts.accounts = i64::try_from(self.accounts.len()).unwrap_or(i64::MAX);
        self.current = Some(Current {
            is_noted: !is_named,
            is_fresh,
            account,
            merge: StatementMerge::new(statement, is_fresh),
            rows: Vec::with_capacity(PAGE),
            seen: PageSeen::default(),
            ledger: None,
            available: None,
            held: None,
        });
        Ok(())
    }

    /// The stored account, and whether it has just been made.
    async fn find_or_make(&mut self, stated: StatementAccount) -> Result<(Account, bool), ImportError> {
        if stated.currency.is_none() {
            self.note(StatementProblem {
                line: stated.line,
                reason: "The statement names no ISO 4217 currency; XXX is used.".to_owned(),
            });
        }
        let owner = self.import.owner;
        let identity =
            stated.identity().map(|identity| identity.hashed(owner, &*self.imports.account_hasher));
        let mut earlier = identity.as_ref().map(|identity| identity.earlier.clone()).unwrap_or_default();
        earlier.extend(self.again.take_if(|_| identity.is_some()).map(|account| account.external_id));
        let new_id = self.imports.sources.ids.next();
        let file_name = self.import.file_name.as_deref();
        let mut account = made(owner, stated, identity, file_name, new_id, self.now);
        let mut work = self.begin().await?;
        if !earlier.is_empty() {
            let accounts = work.accounts();
            accounts.rename(account.owner, &account.source, &earlier, &account.external_id).await?;
        }
        account.id = work.accounts().upsert(&account).await?;
        let is_fresh = account.id == AccountId(new_id);
        let told = ToldAccount::of(&account, self.import.id, is_fresh, self.now);
        work.told().note_account(&told).await?;
        self.units.end(work).await?;
        Ok((account, is_fresh))
    }

    pub(super) async fn row(&mut self, row: StatementRow) -> Result<(), ImportError> {
        let Some(current) = &mut self.current else {
            self.refused(StatementProblem {
                line: row.line,
                reason: "The row belongs to no account.".to_owned(),
            });
            return Ok(());
        };
        self.read += 1;
        if self.tally.is_some() {
            current.seen.note(self.read, &row);
        }
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

    pub(super) fn holdings(&mut self, held: StatementHoldings) {
        if let Some(current) = &mut self.current {
            current.held = Some(held);
        }
    }

    pub(super) fn terms(&mut self, terms: AccountTerms) {
        if let Some(current) = &mut self.current {
            current.account.terms = terms;
        }
    }

    pub(super) fn refused(&mut self, problem: StatementProblem) {
        self.import.counts.refused += 1;
        self.read += 1;
        if let Some(tally) = &mut self.tally {
            let account = self.current.as_ref().map(|current| current.account.id);
            tally.refused(self.read, account, &problem);
        }
        self.import.report(problem);
    }

    pub(super) fn note(&mut self, problem: StatementProblem) {
        self.import.report(problem);
    }

    /// Stores what is left and hands the report back, its entries in the order of the file's lines.
    pub(super) async fn finish(mut self) -> Result<Import, ImportError> {
        self.close().await?;
        self.import.problems.sort_by_key(|problem| problem.line);
        Ok(self.import)
    }

    /// Ends a preview: nothing of it is stored when this returns.
    pub(super) async fn give_up(mut self) -> Result<ImportPreview, ImportError> {
        self.close().await?;
        self.units.roll_back().await;
        self.import.problems.sort_by_key(|problem| problem.line);
        let tally = self.tally.unwrap_or_default();
        Ok(tally.finish(self.import))
    }

    /// Notes in this unit that the import tells of the current account, if that is not noted yet.
    async fn note_account(&mut self, work: &mut dyn UnitOfWork) -> Result<(), ImportError> {
        let Some(current) = self.current.as_mut().filter(|current| !current.is_noted) else { return Ok(()) };
        let told = ToldAccount::of(&current.account, self.import.id, current.is_fresh, self.now);
        work.told().note_account(&told).await?;
        current.is_noted = true;
        Ok(())
    }

    /// Stores the gathered rows in one unit of work.
    async fn flush(&mut self) -> Result<(), ImportError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::replace(&mut current.rows, Vec::with_capacity(PAGE));
        let mut seen = std::mem::take(&mut current.seen);
        let (owner, account) = (self.import.owner, current.account.id);
        let corrections: Vec<(u64, String, bool)> = rows
            .iter()
            .filter_map(|row| row.corrects.as_ref().map(|c| (row.line, c.source_id.clone(), c.delete)))
            .collect();
        let ids = current.merge.source_ids(&rows);
        // A row that only deletes another is an instruction, not a transaction.
        let rows: Vec<StatementRow> =
            rows.into_iter().filter(|row| row.corrects.as_ref().is_none_or(|c| !c.delete)).collect();

        let mut work = self.begin().await?;
        self.note_account(&mut *work).await?;
        let Some(current) = &mut self.current else { return Ok(()) };
        let known = rows_as_told(&mut *work, owner, account, &ids).await?;
        let is_corrected = |row: &&Transaction| corrections.iter().any(|(_, id, _)| *id == row.source_id);
        let corrected: Vec<Transaction> = if corrections.is_empty() {
            Vec::new()
        } else {
            known.iter().filter(is_corrected).cloned().collect()
        };
        seen.finds(&known);
        for row in &rows {
            let (from, to) = self.days.unwrap_or((row.day, row.day));
            self.days = Some((from.min(row.day), to.max(row.day)));
        }
        let into = StatementTarget {
            owner,
            account,
            import: self.import.id,
            currency: current.account.currency,
            now: self.now,
        };
        let mut plan = current.merge.plan(into, known, rows, || self.imports.sources.ids.next());
        name_securities(&mut *work, &*self.imports.sources.ids, owner, &mut plan.added, self.now).await?;
        let days = current.merge.days_to_compare(&plan);
        if !days.is_empty() {
            let stored = work.transactions().on_days(owner, account, &days, self.import.id).await?;
            current.merge.compare(&plan, &stored);
        }
        // A preview shows nothing of what rules decide, and stores nothing.
        if self.tally.is_none() {
            decide(&mut *work, owner, &mut plan.added).await?;
        }
        let stored = work.transactions().insert(&plan.added).await?;
        let mut told = plan.told();
        let (mut notes, mut removed, mut without_effect) = (Vec::new(), 0, 0);
        for (line, source_id, is_instruction) in corrections {
            let rows = || corrected.iter().chain(&plan.added);
            let mut fate = Corrected::of(&source_id, rows());
            if fate == Corrected::One
                && work.transactions().remove(owner, account, &source_id, self.now).await? == 0
            {
                fate = Corrected::Gone;
            }
            if is_instruction {
                *(if fate == Corrected::One { &mut removed } else { &mut without_effect }) += 1;
            }
            let marked = fate.told(&source_id, rows());
            seen.corrects(fate, marked.first().map(|row| row.transaction));
            told.extend(marked);
            notes.extend(fate.note(line));
        }
        if !told.is_empty() {
            work.told().note_rows(owner, self.import.id, account, &told).await?;
        }
        self.units.end(work).await?;

        // What another import of the same rows stored a moment before is known, too.
        let stored = i64::try_from(stored).unwrap_or(0);
        let beaten = i64::try_from(plan.added.len()).unwrap_or(0) - stored;
        self.import.counts.taken += stored + removed;
        self.import.counts.known += plan.known + beaten + without_effect;
        if let Some(tally) = &mut self.tally {
            tally.page(account, seen, &plan);
        }
        plan.notes.into_iter().chain(notes).for_each(|note| self.note(note));
        tracing::debug!(import.id = %self.import.id, taken = self.import.counts.taken, "page stored");
        Ok(())
    }
}
