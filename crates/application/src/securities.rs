//! Which securities a source tells of.

use dashtam_domain::{
    connections::{PulledHolding, PulledTransaction},
    id::{SecurityId, UserId},
    ledger::{Leg, SecurityFacts, Trade, Transaction, TransactionDetails, identify},
    money::Currency,
    sources::Ids,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};

/// Finds the owner's securities of these facts, one for each in their order, and makes those that nobody told of before.
/// `None` stands for what nothing names. Where all is known already, one statement is all there is.
pub(crate) async fn securities_of(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    owner: UserId,
    told: &[SecurityFacts],
    now: Timestamp,
) -> Result<Vec<Option<SecurityId>>, StoreError> {
    let mut keys: Vec<String> = told.iter().flat_map(SecurityFacts::keys).collect();
    if keys.is_empty() {
        return Ok(vec![None; told.len()]);
    }
    keys.sort_unstable();
    keys.dedup();
    let known = work.securities().known(owner, &keys).await?;
    let found = identify(owner, told, known, || ids.next(), now);
    if found.is_settled() {
        return Ok(found.ids);
    }
    // Somebody else may be making one of them; from here on nobody is.
    let known = work.securities().known_alone(owner, &keys).await?;
    let found = identify(owner, told, known, || ids.next(), now);
    if !found.is_settled() {
        work.securities().put(owner, &found.written, &found.keys).await?;
    }
    Ok(found.ids)
}

/// The same of positions.
pub(crate) async fn securities_of_holdings(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    owner: UserId,
    holdings: &[PulledHolding],
    now: Timestamp,
) -> Result<Vec<Option<SecurityId>>, StoreError> {
    let told: Vec<SecurityFacts> = holdings.iter().map(PulledHolding::facts).collect();
    securities_of(work, ids, owner, &told, now).await
}

/// A row that may be about securities.
pub(crate) trait Trades {
    /// What it trades, what it is made of, and its currency.
    fn traded(&mut self) -> (Option<&mut Trade>, &mut TransactionDetails, Currency);
}

impl Trades for PulledTransaction {
    fn traded(&mut self) -> (Option<&mut Trade>, &mut TransactionDetails, Currency) {
        (self.trade.as_mut(), &mut self.details, self.currency)
    }
}

impl Trades for Transaction {
    fn traded(&mut self) -> (Option<&mut Trade>, &mut TransactionDetails, Currency) {
        (self.trade.as_mut(), &mut self.details, self.currency)
    }
}

/// Notes in these rows which securities they are about.
pub(crate) async fn name_securities<T: Trades>(
    work: &mut dyn UnitOfWork,
    ids: &dyn Ids,
    owner: UserId,
    rows: &mut [T],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut told = Vec::new();
    for row in &mut *rows {
        let (trade, details, currency) = row.traded();
        told.extend(details.legs.iter().filter_map(Leg::facts));
        told.extend(trade.map(|trade| trade.facts(details, currency)));
    }
    if told.is_empty() {
        return Ok(());
    }
    let found = securities_of(work, ids, owner, &told, now).await?;
    let mut found = found.into_iter();
    for row in rows {
        let (trade, details, _) = row.traded();
        for leg in details.legs.iter_mut().filter(|leg| leg.facts().is_some()) {
            leg.security = found.next().flatten();
        }
        if let Some(trade) = trade {
            trade.security = found.next().flatten();
        }
    }
    Ok(())
}
