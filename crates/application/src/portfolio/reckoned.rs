//! A portfolio that was reckoned once, for whoever wants several of its figures.

use std::collections::{BTreeMap, HashMap, HashSet};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, SecurityId, TransactionId},
    ledger::{
        Account, HoldingSnapshot, Security,
        portfolio::{LotMethod, Lots},
    },
    time::Day,
};

use super::{Investing, Moved, Portfolio, PortfolioError, ToldNow};
use crate::request::{authorize, request};

/// By which method a portfolio is reckoned. No API key may have all of it at once: each has scopes for some of it.
#[derive(Debug, Default)]
pub struct ReckonPortfolio {
    /// Which lots a sale took first in all accounts; `None`: as each account says.
    pub method: Option<LotMethod>,
}

request!(ReckonPortfolio, "portfolio.reckon", Access::User(Needs::own()));

/// Of which account and security; `None`: of all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chosen {
    /// The account, as it counts.
    pub account: Option<AccountId>,
    /// The security.
    pub security: Option<SecurityId>,
}

impl Chosen {
    pub(super) fn has(&self, account: AccountId, security: SecurityId) -> bool {
        self.account.is_none_or(|of| of == account) && self.security.is_none_or(|of| of == security)
    }
}

/// A portfolio, reckoned: whoever wants several of its figures reckons it once and reads them off it.
#[derive(Debug)]
pub struct Reckoning {
    pub(super) lots: Lots,
    pub(super) told: BTreeMap<(AccountId, SecurityId), ToldNow>,
    pub(super) securities: HashMap<SecurityId, Security>,
    pub(super) methods: HashMap<AccountId, LotMethod>,
    pub(super) accounts: Vec<Account>,
    pub(super) investing: Investing,
    pub(super) snapshots: BTreeMap<AccountId, HoldingSnapshot>,
    pub(super) income: Vec<Moved>,
    /// The transactions that are one trade: of those lots can be named.
    pub(super) trades: HashSet<TransactionId>,
}

impl Reckoning {
    /// Which lots a sale takes first in this account.
    pub fn method(&self, account: AccountId) -> LotMethod {
        self.methods.get(&account).copied().unwrap_or(LotMethod::USUAL)
    }

    /// The security of this id, where a position, a lot or a payment is of it.
    pub fn security(&self, id: SecurityId) -> Option<&Security> {
        self.securities.get(&id)
    }

    /// The accounts that count: of several that are one, that one.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| account.same_as().is_none())
    }

    /// How far each account is one of securities.
    pub fn investing(&self) -> &Investing {
        &self.investing
    }

    /// The earliest and the latest of the days for which accounts last told what they hold; `None` where none did.
    pub fn told_for(&self) -> Option<(Day, Day)> {
        let days = || self.snapshots.values().map(|snapshot| snapshot.day);
        days().min().zip(days().max())
    }
}

impl Portfolio {
    /// The caller's whole portfolio, with dividends and interest.
    #[tracing::instrument(name = "portfolio.reckon", skip_all)]
    pub async fn reckoned(&self, call: &Call, request: ReckonPortfolio) -> Result<Reckoning, PortfolioError> {
        let owner = authorize::<ReckonPortfolio>(call)?.user;
        self.reckon(owner, request.method, call.now.day()).await
    }
}
