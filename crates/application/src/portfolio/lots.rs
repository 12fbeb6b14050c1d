//! The lots of what is held, and how they stand to what institutions tell.

use std::collections::BTreeMap;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, SecurityId},
    identity::Scope,
    ledger::{
        Security,
        portfolio::{Lot, LotMethod},
    },
    money::{Currency, Decimal},
};

use super::{Portfolio, PortfolioError, ToldNow, reckoning::Reckoning};
use crate::request::{authorize, request};

/// Which lots.
#[derive(Debug, Default)]
pub struct ListLots {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
    /// Which lots a sale took first; `None`: the oldest.
    pub method: Option<LotMethod>,
}

request!(ListLots, "portfolio.lots", Access::User(Needs::read(Scope::HoldingsRead)));

/// Which positions.
#[derive(Debug, Default)]
pub struct ListPositions {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
    /// Which lots a sale took first; `None`: the oldest.
    pub method: Option<LotMethod>,
}

request!(ListPositions, "portfolio.positions", Access::User(Needs::read(Scope::HoldingsRead)));

/// A lot, with its security and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuedLot {
    /// The lot.
    pub lot: Lot,
    /// Its security.
    pub security: Option<Security>,
    /// What it is worth, by what the institution told of the whole position; `None` where that is not told, or is told of
    /// another quantity.
    pub value: Option<Decimal>,
    /// What it would gain at that.
    pub gain: Option<Decimal>,
}

/// How far a reckoned position agrees with what its institution tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The transactions come to what is held.
    Complete,
    /// They do with an opening lot for what nobody told.
    Opened,
    /// They do not.
    Differs,
    /// The institution tells of no positions.
    Untold,
}

impl Agreement {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Opened => "opened",
            Self::Differs => "differs",
            Self::Untold => "untold",
        }
    }
}

/// A position, reckoned and told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// In which account.
    pub account: AccountId,
    /// Its security's id.
    pub id: SecurityId,
    /// Its security.
    pub security: Option<Security>,
    /// Currency of the reckoned cost.
    pub currency: Currency,
    /// Signed units of all lots.
    pub units: Decimal,
    /// What they cost; `None`: not known.
    pub basis: Option<Decimal>,
    /// What the institution tells.
    pub told: Option<ToldNow>,
    /// How far the two agree.
    pub agreement: Agreement,
}

impl Portfolio {
    /// The caller's lots, by account, security and day.
    #[tracing::instrument(name = "portfolio.lots", skip_all)]
    pub async fn lots(&self, call: &Call, request: ListLots) -> Result<Vec<ValuedLot>, PortfolioError> {
        let owner = authorize::<ListLots>(call)?.user;
        let account = self.counted(owner, request.account).await?;
        let method = request.method.unwrap_or(LotMethod::Fifo);
        let reckoning = self.reckon(owner, method, call.now.day()).await?;
        let positions = positions(&reckoning);
        let shown = reckoning.lots.open.iter().filter(|lot| account.is_none_or(|of| lot.account == of));
        let valued = |lot: &Lot| {
            let position = positions.get(&(lot.account, lot.security));
            let told = position.and_then(|of| of.told.filter(|told| told.units == of.units));
            let told = told.filter(|told| told.currency == lot.currency);
            let value = told.and_then(|told| {
                told.value?.checked_mul(lot.units)?.checked_div(told.units).map(|value| value.round_dp(10))
            });
            let gain = value.zip(lot.basis).and_then(|(value, basis)| {
                // What was sold short costs what it is worth, and brought its basis.
                if lot.units.is_sign_negative() { basis.checked_add(value) } else { value.checked_sub(basis) }
            });
            let security = reckoning.securities.get(&lot.security).cloned();
            ValuedLot { lot: lot.clone(), security, value, gain }
        };
        Ok(shown.map(valued).collect())
    }

    /// The caller's positions, by account and security, reckoned and told.
    #[tracing::instrument(name = "portfolio.positions", skip_all)]
    pub async fn positions(
        &self,
        call: &Call,
        request: ListPositions,
    ) -> Result<Vec<Position>, PortfolioError> {
        let owner = authorize::<ListPositions>(call)?.user;
        let account = self.counted(owner, request.account).await?;
        let method = request.method.unwrap_or(LotMethod::Fifo);
        let reckoning = self.reckon(owner, method, call.now.day()).await?;
        let shown = positions(&reckoning).into_values();
        Ok(shown.filter(|position| account.is_none_or(|of| position.account == of)).collect())
    }
}

fn positions(reckoning: &Reckoning) -> BTreeMap<(AccountId, SecurityId), Position> {
    let mut all: BTreeMap<(AccountId, SecurityId), Position> = BTreeMap::new();
    let begin = |account, id, currency, told: Option<ToldNow>| Position {
        account,
        id,
        security: reckoning.securities.get(&id).cloned(),
        currency,
        units: Decimal::ZERO,
        basis: Some(Decimal::ZERO),
        told,
        agreement: if told.is_some() { Agreement::Complete } else { Agreement::Untold },
    };
    for (&(account, id), told) in &reckoning.told {
        all.insert((account, id), begin(account, id, told.currency, Some(*told)));
    }
    for lot in &reckoning.lots.open {
        let key = (lot.account, lot.security);
        let of = all.entry(key).or_insert_with(|| begin(lot.account, lot.security, lot.currency, None));
        of.currency = lot.currency;
        of.units = of.units.saturating_add(lot.units);
        of.basis = of.basis.zip(lot.basis).and_then(|(all, basis)| all.checked_add(basis));
        if lot.is_opening && of.agreement == Agreement::Complete {
            of.agreement = Agreement::Opened;
        }
    }
    for of in all.values_mut() {
        if of.told.is_some_and(|told| told.units != of.units) {
            of.agreement = Agreement::Differs;
        }
    }
    all
}
