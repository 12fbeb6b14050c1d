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

use super::{Chosen, NotKnown, Portfolio, PortfolioError, Reckoning, ToldNow};
use crate::request::{authorize, request};

/// Which lots.
#[derive(Debug, Default)]
pub struct ListLots {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
    /// Of this security; `None`: of all.
    pub security: Option<SecurityId>,
    /// Which lots a sale took first; `None`: as each account says.
    pub method: Option<LotMethod>,
}

request!(ListLots, "portfolio.lots", Access::User(Needs::read(Scope::HoldingsRead)));

/// Which positions.
#[derive(Debug, Default)]
pub struct ListPositions {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
    /// Of this security; `None`: of all.
    pub security: Option<SecurityId>,
    /// Which lots a sale took first; `None`: as each account says.
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
    /// Which lots a sale takes first.
    pub method: LotMethod,
    /// What it is worth, by what the institution told of the whole position.
    pub value: Result<Decimal, NotKnown>,
    /// What it would gain at that.
    pub gain: Result<Decimal, NotKnown>,
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
    /// Which lots a sale takes first.
    pub method: LotMethod,
    /// Currency of the reckoned cost.
    pub currency: Currency,
    /// Of how many lots it is made.
    pub lots: usize,
    /// Signed units of all lots.
    pub units: Decimal,
    /// What they cost.
    pub basis: Result<Decimal, NotKnown>,
    /// What the institution tells.
    pub told: Option<ToldNow>,
    /// How far the two agree.
    pub agreement: Agreement,
}

impl Position {
    /// What units of it are worth, by what the institution told of the whole position.
    fn value_of(&self, units: Decimal, currency: Currency) -> Result<Decimal, NotKnown> {
        let told = self.told.ok_or(NotKnown::PositionUntold)?;
        if told.currency != currency {
            return Err(NotKnown::OtherCurrency);
        }
        if told.units != self.units {
            return Err(NotKnown::OtherUnits);
        }
        let value = told.value.ok_or(NotKnown::ValueUntold)?;
        if told.units == units {
            return Ok(value);
        }
        let part = value.checked_mul(units).and_then(|part| part.checked_div(told.units));
        part.map(|part| part.round_dp(10)).ok_or(NotKnown::TooLarge)
    }

    /// What it is worth.
    pub fn value(&self) -> Result<Decimal, NotKnown> {
        self.value_of(self.units, self.currency)
    }

    /// What it would gain at that.
    pub fn gain(&self) -> Result<Decimal, NotKnown> {
        gain(self.units, self.basis?, self.value()?)
    }
}

/// What units would gain. What was sold short costs what it is worth, and brought its basis.
fn gain(units: Decimal, basis: Decimal, value: Decimal) -> Result<Decimal, NotKnown> {
    let gain = if units.is_sign_negative() { basis.checked_add(value) } else { value.checked_sub(basis) };
    gain.ok_or(NotKnown::TooLarge)
}

impl Portfolio {
    /// The caller's lots, by account, security and day.
    #[tracing::instrument(name = "portfolio.lots", skip_all)]
    pub async fn lots(&self, call: &Call, request: ListLots) -> Result<Vec<ValuedLot>, PortfolioError> {
        let owner = authorize::<ListLots>(call)?.user;
        let ListLots { account, security, method } = request;
        let chosen = Chosen { account: self.counted(owner, account).await?, security };
        Ok(self.reckon(owner, method, call.now.day()).await?.lots(chosen))
    }

    /// The caller's positions, by account and security, reckoned and told.
    #[tracing::instrument(name = "portfolio.positions", skip_all)]
    pub async fn positions(
        &self,
        call: &Call,
        request: ListPositions,
    ) -> Result<Vec<Position>, PortfolioError> {
        let owner = authorize::<ListPositions>(call)?.user;
        let ListPositions { account, security, method } = request;
        let chosen = Chosen { account: self.counted(owner, account).await?, security };
        Ok(self.reckon(owner, method, call.now.day()).await?.positions(chosen))
    }
}

impl Reckoning {
    /// The lots of what is held, by account, security and day.
    pub fn lots(&self, chosen: Chosen) -> Vec<ValuedLot> {
        let positions = self.all_positions(chosen);
        let shown = self.lots.open.iter().filter(|lot| chosen.has(lot.account, lot.security));
        let valued = |lot: &Lot| {
            let value = match positions.get(&(lot.account, lot.security)) {
                Some(position) => position.value_of(lot.units, lot.currency),
                None => Err(NotKnown::PositionUntold),
            };
            let method = self.method(lot.account);
            let basis = lot.basis.ok_or_else(|| NotKnown::basis_of(lot, method));
            ValuedLot {
                lot: lot.clone(),
                security: self.securities.get(&lot.security).cloned(),
                method,
                value,
                gain: basis.and_then(|basis| gain(lot.units, basis, value?)),
            }
        };
        shown.map(valued).collect()
    }

    /// The positions, by account and security.
    pub fn positions(&self, chosen: Chosen) -> Vec<Position> {
        self.all_positions(chosen).into_values().collect()
    }

    fn all_positions(&self, chosen: Chosen) -> BTreeMap<(AccountId, SecurityId), Position> {
        let mut all: BTreeMap<(AccountId, SecurityId), Position> = BTreeMap::new();
        let begin = |account, id, currency, told: Option<ToldNow>| Position {
            account,
            id,
            security: self.securities.get(&id).cloned(),
            method: self.method(account),
            currency,
            lots: 0,
            units: Decimal::ZERO,
            basis: Ok(Decimal::ZERO),
            told,
            agreement: if told.is_some() { Agreement::Complete } else { Agreement::Untold },
        };
        for (&(account, id), told) in self.told.iter().filter(|((account, id), _)| chosen.has(*account, *id))
        {
            all.insert((account, id), begin(account, id, told.currency, Some(*told)));
        }
        for lot in self.lots.open.iter().filter(|lot| chosen.has(lot.account, lot.security)) {
            let key = (lot.account, lot.security);
            let of = all.entry(key).or_insert_with(|| begin(lot.account, lot.security, lot.currency, None));
            of.currency = lot.currency;
            of.lots += 1;
            of.units = of.units.saturating_add(lot.units);
            let method = of.method;
            of.basis = of.basis.and_then(|all| {
                let basis = lot.basis.ok_or_else(|| NotKnown::basis_of(lot, method))?;
                all.checked_add(basis).ok_or(NotKnown::TooLarge)
            });
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
}
