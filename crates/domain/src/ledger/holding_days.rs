//! What an account held on the days for which it was told.

use async_trait::async_trait;

use crate::{
    id::{AccountId, HoldingId, ImportId, SecurityId, UserId},
    money::{Currency, Decimal},
    page::{Limit, Page},
    store::StoreError,
    time::{Day, Timestamp},
};

use super::{AssetClass, Holding, OptionTerms};

/// A position as it was told for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPosition {
    /// The source's key of the position, unique within the account.
    pub external_id: String,
    /// The security that was held; `None` where nothing names one.
    pub security: Option<SecurityId>,
    /// Ticker.
    pub symbol: Option<String>,
    /// Name of the security.
    pub name: Option<String>,
    /// What sort of asset.
    pub asset_class: AssetClass,
    /// Signed units.
    pub quantity: Decimal,
    /// Price of one unit.
    pub price: Option<Decimal>,
    /// Value of the position.
    pub market_value: Option<Decimal>,
    /// What it cost in total.
    pub cost_basis: Option<Decimal>,
    /// What an option gives a right to.
    pub option: Option<OptionTerms>,
    /// Currency of the figures.
    pub currency: Currency,
}

impl From<&Holding> for HeldPosition {
    fn from(holding: &Holding) -> Self {
        Self {
            external_id: holding.external_id.clone(),
            security: holding.security,
            symbol: holding.symbol.clone(),
            name: holding.name.clone(),
            asset_class: holding.asset_class,
            quantity: holding.quantity,
            price: holding.price,
            market_value: holding.market_value,
            cost_basis: holding.cost_basis,
            option: holding.option.clone(),
            currency: holding.currency,
        }
    }
}

impl HeldPosition {
    /// Whether it is money that a source shows among the positions, as brokers do with what they keep as cash: no security, and
    /// so no position of one. A fund that invests in the money
    /// market is a security.
    pub fn is_money(&self) -> bool {
        is_money(self.security, self.asset_class)
    }

    /// The position as one that the account holds.
    pub fn held(
        self,
        owner: UserId,
        account: AccountId,
        id: HoldingId,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Holding {
        Holding {
            id,
            account,
            owner,
            external_id: self.external_id,
            security: self.security,
            symbol: self.symbol,
            name: self.name,
            asset_class: self.asset_class,
            quantity: self.quantity,
            price: self.price,
            market_value: self.market_value,
            cost_basis: self.cost_basis,
            option: self.option,
            currency: self.currency,
            as_of: Some(as_of),
            updated_at: now,
        }
    }
}

/// Money has no security: [`PulledHolding::is_money`](crate::connections::PulledHolding::is_money) sees to that.
pub(super) fn is_money(security: Option<SecurityId>, class: AssetClass) -> bool {
    security.is_none() && class == AssetClass::CashEquivalent
}

/// All that was told of an account's positions for a day, by a synchronisation or an import. There is one of each import
/// and day, and one of all synchronisations: the last of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldingSnapshot {
    /// Whose.
    pub owner: UserId,
    /// Of which account.
    pub account: AccountId,
    /// For which day.
    pub day: Day,
    /// The import that told it; `None`: a synchronisation did.
    pub import: Option<ImportId>,
    /// When it was told. Of several of one day the latest counts.
    pub taken_at: Timestamp,
    /// What all positions are worth in the account's currency, without money among them; `None` where that is not told of each, or where some
    /// positions could not be read.
    pub value: Option<Decimal>,
    /// The positions, by external id; none for an account that held nothing.
    pub positions: Vec<HeldPosition>,
}

/// What positions are worth together in this currency, without money that is shown among them; `None` when one of them does not tell its value, or tells it in
/// another currency, or the sum is too large to keep.
pub fn total_value(positions: &[HeldPosition], currency: Currency) -> Option<Decimal> {
    positions.iter().filter(|held| !held.is_money()).try_fold(Decimal::ZERO, |sum, held| {
        sum.checked_add(held.market_value.filter(|_| held.currency == currency)?)
    })
}

/// Place of a position in the history of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoldingDayKey {
    /// Its day.
    pub day: Day,
    /// The source's id of it.
    pub external_id: String,
}

/// What accounts held, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait HoldingDayRepository: Send {
    /// Stores what was told for a day, in the place of what the same import, or a synchronisation, told for it before.
    async fn take(&mut self, snapshot: &HoldingSnapshot) -> Result<(), StoreError>;
    /// The latest of the account: that of the last day, and of several of that day the one that was told last.
    async fn latest(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Option<HoldingSnapshot>, StoreError>;
    /// Removes what this import told of the account; how many days.
    async fn forget(
        &mut self,
        owner: UserId,
        account: AccountId,
        import: ImportId,
    ) -> Result<u64, StoreError>;
}

/// Reading side of what accounts held.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait HoldingDayQueries: Send + Sync {
    /// What the owner's account held at the end of a day, as it was told for it or last before it.
    async fn holdings_on(
        &self,
        owner: UserId,
        account: AccountId,
        day: Day,
    ) -> Result<Option<HoldingSnapshot>, StoreError>;
    /// What was told of the account's positions for these days, the earliest first.
    async fn holding_days(
        &self,
        owner: UserId,
        account: AccountId,
        days: (Day, Day),
        after: Option<HoldingDayKey>,
        limit: Limit,
    ) -> Result<Page<(Day, HeldPosition), HoldingDayKey>, StoreError>;
    /// What was told of the owner's security for these days, both included, in all accounts: the earliest first. Of what was told of
    /// an account for one day the last counts.
    async fn security_days(
        &self,
        owner: UserId,
        security: SecurityId,
        days: (Day, Day),
    ) -> Result<Vec<(AccountId, Day, HeldPosition)>, StoreError>;
    /// The owner's accounts of which positions were ever told, by their ids. [Money](HeldPosition::is_money) is no position.
    async fn holders(&self, owner: UserId) -> Result<Vec<AccountId>, StoreError>;
}
