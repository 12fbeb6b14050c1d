//! Of what a portfolio is made.

use std::collections::BTreeMap;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
    identity::Scope,
    ledger::{Account, HoldingSnapshot},
    money::{Currency, Decimal},
};

use super::{Portfolio, PortfolioError, Reckoning};
use crate::request::{authorize, request};

/// By what a portfolio is taken apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AllocationBy {
    /// By the sort of asset.
    #[default]
    Class,
    /// By security.
    Security,
    /// By currency.
    Currency,
    /// By account.
    Account,
}

impl AllocationBy {
    /// Every side.
    pub const ALL: [Self; 4] = [Self::Class, Self::Security, Self::Account, Self::Currency];

    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Security => "security",
            Self::Currency => "currency",
            Self::Account => "account",
        }
    }

    /// Reads the shown form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }
}

/// Which allocation.
#[derive(Debug, Default)]
pub struct ShowAllocation {
    /// By what.
    pub by: AllocationBy,
}

request!(ShowAllocation, "portfolio.allocation", Access::User(Needs::read(Scope::HoldingsRead)));

/// A part of a portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// The sort of asset, the currency, or the id of the security or account.
    pub key: String,
    /// What people call it.
    pub name: Option<String>,
    /// The currency.
    pub currency: Currency,
    /// What it is worth.
    pub value: Decimal,
    /// What part of all in that currency, in percent to four places; `None` where all of it is worth nothing.
    pub share: Option<Decimal>,
    /// How many positions.
    pub positions: usize,
    /// Of how many of them nobody tells what they are worth: they are not in the sum.
    pub unvalued: usize,
}

impl Portfolio {
    /// What the caller's positions are worth, as their institutions last told, by one of their sides. Currencies are added up
    /// apart.
    #[tracing::instrument(name = "portfolio.allocation", skip_all)]
    pub async fn allocation(
        &self,
        call: &Call,
        request: ShowAllocation,
    ) -> Result<Vec<Allocated>, PortfolioError> {
        let owner = authorize::<ShowAllocation>(call)?.user;
        let (accounts, _) = self.all_investing(owner).await?;
        let snapshots = self.snapshots(owner, &accounts, call.now.day()).await?;
        allocated(&accounts, &snapshots, request.by)
    }
}

impl Reckoning {
    /// What the positions are worth, as their institutions last told, by one of their sides.
    pub fn allocation(&self, by: AllocationBy) -> Result<Vec<Allocated>, PortfolioError> {
        allocated(&self.accounts, &self.snapshots, by)
    }
}

fn allocated(
    accounts: &[Account],
    snapshots: &BTreeMap<AccountId, HoldingSnapshot>,
    by: AllocationBy,
) -> Result<Vec<Allocated>, PortfolioError> {
    let mut parts: BTreeMap<(Currency, String), Allocated> = BTreeMap::new();
    let mut wholes: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for (account, snapshot) in snapshots {
        for held in snapshot.positions.iter().filter(|held| !held.is_money()) {
            let called = held.symbol.clone().or_else(|| held.name.clone());
            let (key, name) = match by {
                AllocationBy::Class => (held.asset_class.as_str().to_owned(), None),
                AllocationBy::Security => match held.security {
                    Some(id) => (id.to_string(), called),
                    None => (held.external_id.clone(), called),
                },
                AllocationBy::Currency => (held.currency.to_string(), None),
                AllocationBy::Account => {
                    let of = accounts.iter().find(|of| of.id == *account);
                    (account.to_string(), of.map(|of| of.shown_name().to_owned()))
                }
            };
            let part = parts.entry((held.currency, key.clone())).or_insert_with(|| Allocated {
                key,
                name,
                currency: held.currency,
                value: Decimal::ZERO,
                share: None,
                positions: 0,
                unvalued: 0,
            });
            part.positions += 1;
            let Some(value) = held.market_value else {
                part.unvalued += 1;
                continue;
            };
            let whole = wholes.entry(held.currency).or_default();
            *whole = whole.checked_add(value).ok_or(PortfolioError::TooLarge)?;
            part.value = part.value.checked_add(value).ok_or(PortfolioError::TooLarge)?;
        }
    }
    let mut parts: Vec<Allocated> = parts.into_values().collect();
    for part in &mut parts {
        let whole = wholes.get(&part.currency).copied().unwrap_or_default();
        let percent = part.value.checked_mul(Decimal::ONE_HUNDRED);
        part.share = percent.and_then(|of| of.checked_div(whole)).map(|share| share.round_dp(4));
    }
    parts.sort_by(|one, other| (one.currency, other.value).cmp(&(other.currency, one.value)));
    Ok(parts)
}
