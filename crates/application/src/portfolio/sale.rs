//! The lots that a sale takes, or a purchase that ends a short position, and those that it could take.

use std::collections::{HashMap, HashSet};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{TransactionId, UserId},
    identity::Scope,
    ledger::{
        Security,
        portfolio::{Action, Happening, Lot, LotMethod, Lots, LotsProblem, Pick, check_picks, unhonoured},
    },
    money::Decimal,
    time::Day,
};

use super::{Portfolio, PortfolioError, reckoning::Gathered};
use crate::request::{authorize, request};

/// Of which sale.
#[derive(Debug)]
pub struct ShowSaleLots {
    /// The transaction.
    pub transaction: TransactionId,
}

request!(ShowSaleLots, "portfolio.sale_lots", Access::User(Needs::read(Scope::HoldingsRead)));

/// A lot that a sale could take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleLot {
    /// The lot as it is before the sale.
    pub lot: Lot,
    /// How many of its units a person named of the sale, positive; `None` where it is not named. Of several lots that came with
    /// one transaction it is of all of them.
    pub named: Option<Decimal>,
    /// How many of its units the sale takes, positive.
    pub taken: Decimal,
}

/// A sale, and the lots that it could take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleLots {
    /// The sale.
    pub sale: Happening,
    /// How many units it takes of lots, positive: of what was sold beyond that a short position began.
    pub units: Decimal,
    /// What is sold.
    pub security: Option<Security>,
    /// Which lots sales take first in the account.
    pub method: LotMethod,
    /// The lots that there are before it, by day and number.
    pub lots: Vec<SaleLot>,
}

impl Gathered {
    /// The transactions that are one trade and nothing else: of those lots can be named.
    pub(super) fn trades(&self) -> HashSet<TransactionId> {
        let mut seen: HashMap<TransactionId, bool> = HashMap::with_capacity(self.happenings.len());
        for of in &self.happenings {
            let Some(transaction) = of.transaction else { continue };
            let is_trade = matches!(of.action, Action::Trade { .. });
            seen.entry(transaction).and_modify(|alone| *alone = false).or_insert(is_trade);
        }
        seen.into_iter().filter_map(|(transaction, alone)| alone.then_some(transaction)).collect()
    }

    /// The trade that a transaction is, by its place; `None` where it is none, or more than one.
    fn trade_of(&self, transaction: TransactionId) -> Option<usize> {
        let mut of = self.happenings.iter().enumerate().filter(|(_, of)| of.transaction == Some(transaction));
        match (of.next(), of.next()) {
            (Some((place, Happening { action: Action::Trade { .. }, .. })), None) => Some(place),
            _ => None,
        }
    }
}

/// The lots that a trade could end, of those that there are before it, and how many units it ends at most.
fn could_end<'a>(before: &'a Lots, trade: &Happening) -> (Vec<&'a Lot>, Decimal) {
    let Action::Trade { units, .. } = trade.action else { return (Vec::new(), Decimal::ZERO) };
    let is_of_it = |lot: &&Lot| {
        (lot.account, lot.security) == (trade.account, trade.security)
            && lot.units.is_sign_negative() != units.is_sign_negative()
    };
    let lots: Vec<&Lot> = before.open.iter().filter(is_of_it).collect();
    let held = lots.iter().fold(Decimal::ZERO, |sum, lot| sum.saturating_add(lot.units.abs()));
    (lots, held.min(units.abs()))
}

impl Portfolio {
    /// A sale of the caller's, with the lots that it takes and those that it could take. A purchase that ends a short position is
    /// one here.
    #[tracing::instrument(name = "portfolio.sale_lots", skip_all)]
    pub async fn sale_lots(&self, call: &Call, request: ShowSaleLots) -> Result<SaleLots, PortfolioError> {
        let owner = authorize::<ShowSaleLots>(call)?.user;
        let transaction = request.transaction;
        let mut gathered = self.gathered(owner, None, call.now.day()).await?;
        let place = gathered.trade_of(transaction).ok_or(PortfolioError::NotFound("sale"))?;
        let sale = gathered.happenings.get(place).cloned().ok_or(PortfolioError::NotFound("sale"))?;
        let method = gathered.methods.get(&sale.account).copied().unwrap_or(LotMethod::USUAL);
        let openings = gathered.openings().await?;
        // What can be named is what is there where names count.
        gathered.methods.insert(sale.account, LotMethod::Specific);
        let before = gathered.lots(&openings, Some(transaction)).await?;
        gathered.methods.insert(sale.account, method);
        let (lots, units) = could_end(&before, &sale);
        if lots.is_empty() {
            return Err(PortfolioError::NotFound("sale"));
        }
        let after = gathered.lots(&openings, None).await?;
        let mut taken: HashMap<u32, Decimal> = HashMap::new();
        for closing in after.closed.iter().filter(|closing| closing.closed_by == Some(transaction)) {
            let of = taken.entry(closing.lot).or_default();
            *of = of.saturating_add(closing.units);
        }
        let picks: &[Pick] = match &sale.action {
            Action::Trade { picks, .. } => picks,
            _ => &[],
        };
        let named = |lot: &Lot| picks.iter().find(|pick| Some(pick.opened_by) == lot.opened_by);
        let lots = lots.into_iter().map(|lot| SaleLot {
            named: named(lot).map(|pick| pick.units),
            taken: taken.get(&lot.number).copied().unwrap_or_default(),
            lot: lot.clone(),
        });
        let lots = lots.collect();
        let security = self.queries.security(owner, sale.security).await?;
        Ok(SaleLots { sale, units, security, method, lots })
    }

    /// Whether a sale of the owner's can take these lots, and every later one still gets those that it is named, if the account
    /// asks for names.
    pub(crate) async fn can_take(
        &self,
        owner: UserId,
        today: Day,
        transaction: TransactionId,
        picks: &[Pick],
    ) -> Result<Result<(), LotsProblem>, PortfolioError> {
        let mut gathered = self.gathered(owner, None, today).await?;
        let place = gathered.trade_of(transaction).ok_or(PortfolioError::NotFound("sale"))?;
        let sale = gathered.happenings.get(place).cloned().ok_or(PortfolioError::NotFound("sale"))?;
        gathered.methods.insert(sale.account, LotMethod::Specific);
        let openings = gathered.openings().await?;
        let before = gathered.lots(&openings, Some(transaction)).await?;
        let (lots, units) = could_end(&before, &sale);
        if lots.is_empty() {
            return Err(PortfolioError::NotFound("sale"));
        }
        let lots: Vec<Lot> = lots.into_iter().cloned().collect();
        if let Err(problem) = check_picks(picks, units, &lots) {
            return Ok(Err(problem));
        }
        // As it is now, with the names that this sale has.
        let earlier = unhonoured(&gathered.happenings, &gathered.lots(&openings, None).await?);
        if let Some(Happening { action: Action::Trade { picks: named, .. }, .. }) =
            gathered.happenings.get_mut(place)
        {
            *named = picks.to_vec();
        }
        let later = unhonoured(&gathered.happenings, &gathered.lots(&openings, None).await?);
        Ok(if later.is_subset(&earlier) { Ok(()) } else { Err(LotsProblem::NamedElsewhere) })
    }
}
