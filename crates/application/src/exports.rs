//! Hands out what a user has, page by page, for files that other programs read.

mod ask;
mod error;
mod fetch;
mod files;
mod list;
mod remove;
mod run;
mod sweep;

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    delivery::WorkSignal,
    id::{AccountId, UserId},
    identity::{AuditAction, AuditLine, UserQueries},
    ledger::meaning::OwnCategory,
    ledger::portfolio::LotMethod,
    ledger::{
        Account, AccountKind, BalancePoint, ExportQueries, Holding, ListOrder, Transaction, TransactionKey,
    },
    page::Limit,
    sources::Sources,
    store::{Store, StoreError},
    time::{Day, Timestamp},
};
use serde_json::json;

use crate::{
    ledger::{AskedTransactions, Asking, Ledger, LedgerError},
    portfolio::{Chosen, Portfolio, PortfolioError, ShownClosing, ValuedLot, Within},
    request::{authorize, request},
};

pub use ask::AskExport;
pub use error::ExportError;
pub use fetch::{ExportContent, FetchExport};
pub use files::{ExportFile, ExportFiles, FileError};
pub use list::{GetExport, ListExports};
pub use remove::RemoveExport;
pub use run::RunNextExport;
pub use sweep::SweepExports;

/// Hands out what a user has.
pub struct Exports {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) jobs: Arc<dyn ExportQueries>,
    pub(crate) users: Arc<dyn UserQueries>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) sources: Sources,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) portfolio: Arc<Portfolio>,
}

/// So many lots are a part of a file.
const TOGETHER: usize = 500;

/// What is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// Transactions.
    Transactions,
    /// Positions as they are.
    Holdings,
    /// Recorded balances.
    Balances,
    /// The lots of what is held.
    Lots,
    /// The parts of lots that are gone, with what each gained.
    Closings,
}

impl ExportKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Holdings => "holdings",
            Self::Balances => "balances",
            Self::Lots => "lots",
            Self::Closings => "closings",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Transactions, Self::Holdings, Self::Balances, Self::Lots, Self::Closings];
        all.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What shall be handed out.
#[derive(Debug)]
pub struct ExportData {
    /// What.
    pub kind: ExportKind,
    /// Of which accounts, and which transactions; of what is gone its days.
    pub asked: AskedTransactions,
    /// Which lots a sale took first; `None`: as each account says.
    pub method: Option<LotMethod>,
    /// As what sort of file, for the trail.
    pub format: &'static str,
    /// Whether one account comes after the other, those of cards last; else transactions are in the order of their days.
    pub by_account: bool,
}

request!(ExportData, "exports.get", Access::User(Needs::own()));

impl ExportData {
    /// From which day and up to which day what is gone is asked for.
    fn days(&self, today: Day) -> Result<(Option<Day>, Day), PortfolioError> {
        let (from, to) = (self.asked.filter.from, self.asked.filter.to.unwrap_or(today));
        let is_of_lots = matches!(self.kind, ExportKind::Lots | ExportKind::Closings);
        match from {
            Some(from) if is_of_lots && from > to => Err(PortfolioError::UnsuitableTime),
            from => Ok((from, to)),
        }
    }
}

/// A part of an export.
#[derive(Debug)]
pub enum ExportPage {
    /// Some transactions, the earliest first.
    Transactions {
        /// The account they are in, where one account comes after the other.
        account: Option<AccountId>,
        /// The transactions.
        rows: Vec<Transaction>,
        /// Whether they are the first of their account, or of all.
        begins: bool,
        /// Whether they are the last.
        ends: bool,
    },
    /// The positions of one account.
    Holdings(Vec<Holding>),
    /// The balances of one account, the earliest first.
    Balances(Vec<BalancePoint>),
    /// Some lots, by account, security and day.
    Lots(Vec<ValuedLot>),
    /// Some of what is gone, in the order in which it went.
    Closings(Vec<ShownClosing>),
}

impl ExportPage {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        match self {
            Self::Transactions { rows, .. } => rows.len(),
            Self::Holdings(rows) => rows.len(),
            Self::Balances(rows) => rows.len(),
            Self::Lots(rows) => rows.len(),
            Self::Closings(rows) => rows.len(),
        }
    }
}

/// An export that is read as it is sent: no more than a page of it is in memory. Each page is read by itself, in the order of
/// days and ids, so that what changes meanwhile may show in a part of it.
pub struct Export {
    ledger: Arc<Ledger>,
    owner: UserId,
    kind: ExportKind,
    by_account: bool,
    /// All accounts of the owner, for what is said of them.
    accounts: Vec<Account>,
    /// The categories of the owner's own.
    categories: Vec<OwnCategory>,
    lists: VecDeque<(Option<AccountId>, Asking)>,
    wanted: VecDeque<AccountId>,
    /// What was reckoned at the beginning, all of it at once.
    reckoned: VecDeque<ExportPage>,
    after: Option<TransactionKey>,
}

impl Exports {
    /// Begins an export for the caller, and notes that in the audit trail.
    #[tracing::instrument(name = "exports.get", skip_all)]
    pub async fn begin(&self, call: &Call, request: ExportData) -> Result<Export, ExportError> {
        let owner = authorize::<ExportData>(call)?.user;
        let details = json!({"kind": request.kind.as_str(), "format": request.format});
        let export = self.gather(owner, call.now, request).await?;
        self.note(call, AuditLine::new(AuditAction::DataExported, owner).with(details)).await?;
        Ok(export)
    }

    /// An export of this owner, of which nothing was handed out yet.
    async fn gather(
        &self,
        owner: UserId,
        now: Timestamp,
        request: ExportData,
    ) -> Result<Export, ExportError> {
        let (kind, method, today) = (request.kind, request.method, now.day());
        let days = request.days(today)?;
        let mut export = self.open(owner, request).await?;
        export.reckoned = self.reckon(&export, kind, method, days, today).await?;
        Ok(export)
    }

    /// What has to be reckoned as a whole.
    async fn reckon(
        &self,
        export: &Export,
        kind: ExportKind,
        method: Option<LotMethod>,
        (from, to): (Option<Day>, Day),
        today: Day,
    ) -> Result<VecDeque<ExportPage>, PortfolioError> {
        if !matches!(kind, ExportKind::Lots | ExportKind::Closings) {
            return Ok(VecDeque::new());
        }
        let reckoning = self.portfolio.reckon(export.owner, method, today).await?;
        let (chosen, wanted) = (Chosen::default(), export.wanted_as());
        if kind == ExportKind::Lots {
            let mut lots = reckoning.lots(chosen);
            lots.retain(|of| wanted.contains(&of.lot.account));
            return Ok(lots.chunks(TOGETHER).map(|part| ExportPage::Lots(part.to_vec())).collect());
        }
        let mut gone = reckoning.closings(Within { chosen, from, to }).await?;
        gone.retain(|of| wanted.contains(&of.closing.account));
        Ok(gone.chunks(TOGETHER).map(|part| ExportPage::Closings(part.to_vec())).collect())
    }

    async fn note(&self, call: &Call, line: AuditLine) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        Ok(())
    }

    async fn open(&self, owner: UserId, request: ExportData) -> Result<Export, LedgerError> {
        let ExportData { kind, mut asked, by_account, .. } = request;
        asked.filter.order = Some(ListOrder::Oldest);
        asked.filter.reads_all = true;
        let accounts = self.ledger.all_accounts(owner).await?;
        let asking = self.ledger.asking(owner, asked).await?;
        let named = asking.accounts();
        let is_wanted = |account: &&Account| named.is_none_or(|named| named.contains(&account.id));
        let mut wanted: Vec<&Account> = accounts.iter().filter(is_wanted).collect();
        wanted.sort_by_key(|account| account.shown_kind() == AccountKind::CreditCard);
        let mut wanted: VecDeque<AccountId> = wanted.into_iter().map(|account| account.id).collect();
        if kind == ExportKind::Holdings {
            let told = self.ledger.told_elsewhere(owner, named).await?;
            wanted.retain(|account| !told.contains(account));
        }
        let lists = match by_account {
            true => wanted.iter().map(|account| (Some(*account), asking.of(*account))).collect(),
            false => [(None, asking)].into(),
        };
        let ledger = self.ledger.clone();
        let categories = ledger.categories.categories(owner).await?;
        let reckoned = VecDeque::new();
        Ok(Export {
            ledger,
            owner,
            kind,
            by_account,
            accounts,
            categories,
            lists,
            wanted,
            reckoned,
            after: None,
        })
    }
}

impl Export {
    /// All accounts of the owner.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The accounts that are wanted, as they count: lots are those of all accounts that are one, and have the id of that one.
    fn wanted_as(&self) -> HashSet<AccountId> {
        let wanted = self.accounts.iter().filter(|account| self.wanted.contains(&account.id));
        wanted.map(Account::counts_as).collect()
    }

    /// The categories of the owner's own.
    pub fn categories(&self) -> &[OwnCategory] {
        &self.categories
    }

    /// How many rows there are, where all were reckoned at the beginning.
    fn known_rows(&self) -> Option<i64> {
        let is_reckoned = matches!(self.kind, ExportKind::Lots | ExportKind::Closings);
        let rows = self.reckoned.iter().map(ExportPage::rows).sum::<usize>();
        i64::try_from(rows).ok().filter(|_| is_reckoned)
    }

    /// The next part; `None` behind the last.
    pub async fn next(&mut self) -> Result<Option<ExportPage>, LedgerError> {
        let (ledger, owner) = (self.ledger.clone(), self.owner);
        if self.kind == ExportKind::Transactions {
            let Some((account, list)) = self.lists.front() else { return Ok(None) };
            let account = *account;
            let begins = self.after.is_none();
            let most = Limit::new(Limit::MAX).unwrap_or_default();
            let page = ledger.page_of(owner, list, self.after, most).await?;
            self.after = page.next;
            let ends = page.next.is_none();
            if ends {
                self.lists.pop_front();
            }
            debug_assert_eq!(account.is_some(), self.by_account);
            return Ok(Some(ExportPage::Transactions { account, rows: page.items, begins, ends }));
        }
        if matches!(self.kind, ExportKind::Lots | ExportKind::Closings) {
            return Ok(self.reckoned.pop_front());
        }
        let Some(account) = self.wanted.pop_front() else { return Ok(None) };
        Ok(Some(match self.kind {
            ExportKind::Balances => {
                ExportPage::Balances(ledger.queries.balance_points(owner, account).await?)
            }
            _ => ExportPage::Holdings(ledger.queries.holdings(owner, account).await?),
        }))
    }
}
