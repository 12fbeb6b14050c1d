//! Of what a portfolio is made.

use std::collections::{BTreeMap, HashMap};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, SecurityId},
    identity::Scope,
    ledger::{
        Account, HoldingSnapshot, Security,
        portfolio::{AllocationBy, TargetOf, Targets},
    },
    money::{Currency, Decimal},
};

use super::{Portfolio, PortfolioError, Reckoning};
use crate::request::{authorize, request};

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
    /// What part it shall be, in percent; `None` where nobody said so.
    pub target: Option<Decimal>,
    /// What it is worth beyond its target, below zero where that is less; `None` without a target or a share.
    pub beyond: Option<Decimal>,
    /// How many positions.
    pub positions: usize,
    /// Of how many of them nobody tells what they are worth: they are not in the sum.
    pub unvalued: usize,
}

impl Allocated {
    /// A part that is worth nothing.
    pub fn nothing(key: String, name: Option<String>, currency: Currency) -> Self {
        Self {
            key,
            name,
            currency,
            value: Decimal::ZERO,
            share: None,
            target: None,
            beyond: None,
            positions: 0,
            unvalued: 0,
        }
    }

    /// How far its share is from its target, in points of a percent: below zero where it is less.
    pub fn drift(&self) -> Option<Decimal> {
        self.share?.checked_sub(self.target?)
    }
}

impl Portfolio {
    /// What the caller's positions are worth, as their institutions last told, by one of their sides, with what they shall be. Currencies
    /// are added up apart.
    #[tracing::instrument(name = "portfolio.allocation", skip_all)]
    pub async fn allocation(
        &self,
        call: &Call,
        request: ShowAllocation,
    ) -> Result<Vec<Allocated>, PortfolioError> {
        let owner = authorize::<ShowAllocation>(call)?.user;
        let (accounts, _) = self.all_investing(owner).await?;
        let snapshots = self.snapshots(owner, &accounts, call.now.day()).await?;
        let targets = self.queries.targets(owner).await?;
        let names = if targets.as_slice().is_empty() { HashMap::new() } else { self.by_id(owner).await? };
        allocated(&accounts, &snapshots, &names, &targets, request.by)
    }
}

impl Reckoning {
    /// What the positions are worth, as their institutions last told, by one of their sides, with what they shall be.
    pub fn allocation(&self, by: AllocationBy, targets: &Targets) -> Result<Vec<Allocated>, PortfolioError> {
        allocated(&self.accounts, &self.snapshots, &self.securities, targets, by)
    }
}

fn allocated(
    accounts: &[Account],
    snapshots: &BTreeMap<AccountId, HoldingSnapshot>,
    securities: &HashMap<SecurityId, Security>,
    targets: &Targets,
    by: AllocationBy,
) -> Result<Vec<Allocated>, PortfolioError> {
    let mut parts: BTreeMap<(Currency, String), Allocated> = BTreeMap::new();
    let mut wholes: BTreeMap<Currency, Decimal> = BTreeMap::new();
    let account_name =
        |id: AccountId| accounts.iter().find(|of| of.id == id).map(|of| of.shown_name().to_owned());
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
                AllocationBy::Account => (account.to_string(), account_name(*account)),
            };
            let part = parts
                .entry((held.currency, key.clone()))
                .or_insert_with(|| Allocated::nothing(key, name, held.currency));
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
    // What shall be a part and is none is one of nothing.
    for target in targets.as_slice().iter().filter(|target| target.of.by() == by) {
        let key = target.of.to_string();
        let part = parts.entry((target.currency, key.clone())).or_insert_with(|| {
            let name = match target.of {
                TargetOf::Account(id) => account_name(id),
                TargetOf::Security(id) => {
                    let security = securities.get(&id);
                    security.and_then(|of| of.symbol.clone().or_else(|| of.name.clone()))
                }
                TargetOf::Class(_) => None,
            };
            Allocated::nothing(key, name, target.currency)
        });
        part.target = Some(target.percent);
    }
    let mut parts: Vec<Allocated> = parts.into_values().collect();
    for part in &mut parts {
        let whole = wholes.get(&part.currency).copied().unwrap_or_default();
        let percent = part.value.checked_mul(Decimal::ONE_HUNDRED);
        part.share = percent.and_then(|of| of.checked_div(whole)).map(|share| share.round_dp(4));
        let target = part.target.filter(|_| part.share.is_some());
        let wanted = target.and_then(|target| whole.checked_mul(target)?.checked_div(Decimal::ONE_HUNDRED));
        part.beyond = wanted.and_then(|wanted| part.value.checked_sub(wanted));
    }
    parts.sort_by(|one, other| (one.currency, other.value).cmp(&(other.currency, one.value)));
    Ok(parts)
}
