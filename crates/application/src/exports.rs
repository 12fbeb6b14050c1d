//! Hands out what a user has, page by page, for files that other programs read.

use std::{collections::VecDeque, sync::Arc};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, UserId},
    identity::{AuditAction, AuditLine},
    ledger::meaning::OwnCategory,
    ledger::{Account, AccountKind, BalancePoint, Holding, ListOrder, Transaction, TransactionKey},
    page::Limit,
    sources::Sources,
    store::Store,
};
use serde_json::json;

use crate::{
    ledger::{AskedTransactions, Asking, Ledger, LedgerError},
    request::{authorize, request},
};

/// Hands out what a user has.
pub struct Exports {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sources: Sources,
    pub(crate) ledger: Arc<Ledger>,
}

/// What is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// Transactions.
    Transactions,
    /// Positions as they are.
    Holdings,
    /// Recorded balances.
    Balances,
}

impl ExportKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Holdings => "holdings",
            Self::Balances => "balances",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Transactions, Self::Holdings, Self::Balances].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What shall be handed out.
#[derive(Debug)]
pub struct ExportData {
    /// What.
    pub kind: ExportKind,
    /// Of which accounts, and which transactions.
    pub asked: AskedTransactions,
    /// As what sort of file, for the trail.
    pub format: &'static str,
    /// Whether one account comes after the other, those of cards last; else transactions are in the order of their days.
    pub by_account: bool,
}

request!(ExportData, "exports.get", Access::User(Needs::own()));

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
    after: Option<TransactionKey>,
}

impl Exports {
    /// Begins an export for the caller, and notes that in the audit trail.
    #[tracing::instrument(name = "exports.get", skip_all)]
    pub async fn begin(&self, call: &Call, request: ExportData) -> Result<Export, LedgerError> {
        let owner = authorize::<ExportData>(call)?.user;
        let ExportData { kind, mut asked, format, by_account } = request;
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
        let mut work = self.store.begin().await?;
        let line = AuditLine::new(AuditAction::DataExported, owner)
            .with(json!({"kind": kind.as_str(), "format": format}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        let ledger = self.ledger.clone();
        let categories = ledger.categories.categories(owner).await?;
        Ok(Export { ledger, owner, kind, by_account, accounts, categories, lists, wanted, after: None })
    }
}

impl Export {
    /// All accounts of the owner.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The categories of the owner's own.
    pub fn categories(&self) -> &[OwnCategory] {
        &self.categories
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
        let Some(account) = self.wanted.pop_front() else { return Ok(None) };
        Ok(Some(match self.kind {
            ExportKind::Balances => {
                ExportPage::Balances(ledger.queries.balance_points(owner, account).await?)
            }
            _ => ExportPage::Holdings(ledger.queries.holdings(owner, account).await?),
        }))
    }
}
