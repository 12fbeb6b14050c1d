//! The lots of one security in one account.

use std::collections::{BTreeMap, HashMap};

use crate::{
    id::TransactionId,
    money::{Currency, Decimal},
    time::Day,
};

use super::super::parts::{TooLarge, both, less, maybe_shares, part, sum};
use super::{LotMethod, Pick, Side};

/// A lot, or a part of one.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) number: u32,
    pub(super) opened_by: Option<TransactionId>,
    pub(super) acquired: Option<Day>,
    pub(super) is_opening: bool,
    /// Positive, whichever side.
    pub(super) units: Decimal,
    pub(super) basis: Option<Decimal>,
}

/// Which lot goes first: the one with the least.
type Rank = (Decimal, Option<Day>, u32);

/// All lots are of one side: what comes on the other side ends them first.
#[derive(Debug)]
pub(super) struct Book {
    method: LotMethod,
    pub(super) currency: Currency,
    pub(super) side: Side,
    /// Units of all lots.
    pub(super) held: Decimal,
    /// The cost of all lots, of the average method alone: there a lot has none of its own.
    pool: Option<Decimal>,
    lots: BTreeMap<Rank, Parcel>,
}

impl Book {
    pub(super) fn new(method: LotMethod, currency: Currency) -> Self {
        let (side, lots) = (Side::Long, BTreeMap::new());
        Self { method, currency, side, held: Decimal::ZERO, pool: Some(Decimal::ZERO), lots }
    }

    fn rank(&self, lot: &Parcel) -> Rank {
        let is_by_cost = matches!(self.method, LotMethod::Hifo | LotMethod::Lofo);
        let cost = lot.basis.filter(|_| is_by_cost).and_then(|basis| basis.checked_div(lot.units));
        let first = match cost {
            Some(unit) => {
                let is_dearest_first = (self.method == LotMethod::Hifo) == (self.side == Side::Long);
                if is_dearest_first { -unit } else { unit }
            }
            // What cannot be compared goes last.
            None if is_by_cost => Decimal::MAX,
            None => Decimal::ZERO,
        };
        (first, lot.acquired, lot.number)
    }

    /// Adds a lot. A book without any takes the lot's side.
    pub(super) fn add(&mut self, mut lot: Parcel, side: Side) -> Result<(), TooLarge> {
        if lot.units.is_zero() {
            return Ok(());
        }
        if self.held.is_zero() {
            self.side = side;
            self.pool = Some(Decimal::ZERO);
        }
        self.held = sum(self.held, lot.units)?;
        if self.method == LotMethod::Average {
            self.pool = both(self.pool, lot.basis.take(), sum)?;
        }
        self.lots.insert(self.rank(&lot), lot);
        Ok(())
    }

    /// How many lots are looked through for these picks.
    pub(super) fn searched_for(&self, picks: &[Pick]) -> usize {
        if self.method == LotMethod::Specific && !picks.is_empty() { self.lots.len() } else { 0 }
    }

    /// Takes this many units, at most as many as there are, by the method; with their cost.
    pub(super) fn take(&mut self, units: Decimal, picks: &[Pick]) -> Result<Vec<Parcel>, TooLarge> {
        let (mut taken, mut left) = (Vec::new(), units);
        if self.searched_for(picks) > 0 {
            // A lot that was split up by what came and went is several.
            let mut ranks: HashMap<TransactionId, Vec<Rank>> = HashMap::new();
            for (rank, lot) in &self.lots {
                if let Some(opened_by) = lot.opened_by {
                    ranks.entry(opened_by).or_default().push(*rank);
                }
            }
            for pick in picks {
                let mut wanted = pick.units.min(left);
                for rank in ranks.get(&pick.opened_by).into_iter().flatten() {
                    if wanted.is_zero() {
                        break;
                    }
                    let cut = self.cut(*rank, wanted, &mut taken)?;
                    (wanted, left) = (less(wanted, cut)?, less(left, cut)?);
                }
            }
        }
        while left > Decimal::ZERO {
            let next = match self.method {
                LotMethod::Lifo => self.lots.last_key_value(),
                _ => self.lots.first_key_value(),
            };
            let Some(rank) = next.map(|(rank, _)| *rank) else { break };
            left = less(left, self.cut(rank, left, &mut taken)?)?;
        }
        let gone = less(units, left)?;
        if self.method == LotMethod::Average {
            let cost = self.pool.map(|pool| part(pool, gone, self.held)).transpose()?;
            self.pool = both(self.pool, cost, less)?;
            spread(&mut taken, cost)?;
        }
        self.held = less(self.held, gone)?;
        Ok(taken)
    }

    /// Takes up to this many units of one lot; how many that were.
    fn cut(&mut self, rank: Rank, most: Decimal, taken: &mut Vec<Parcel>) -> Result<Decimal, TooLarge> {
        let Some(mut lot) = self.lots.remove(&rank) else { return Ok(Decimal::ZERO) };
        if lot.units <= most {
            let units = lot.units;
            taken.push(lot);
            return Ok(units);
        }
        let basis = lot.basis.map(|basis| part(basis, most, lot.units)).transpose()?;
        taken.push(Parcel { units: most, basis, ..lot.clone() });
        lot.basis = both(lot.basis, basis, less)?;
        lot.units = less(lot.units, most)?;
        // What a unit of it cost is as before but for rounding, and so is its place.
        self.lots.insert(rank, lot);
        Ok(most)
    }

    /// All lots with their cost, by day and number.
    pub(super) fn all(&self) -> Result<Vec<Parcel>, TooLarge> {
        let mut all: Vec<Parcel> = self.lots.values().cloned().collect();
        all.sort_by_key(|lot| (lot.acquired, lot.number));
        if self.method == LotMethod::Average {
            spread(&mut all, self.pool)?;
        }
        Ok(all)
    }

    /// Takes all lots out, by day and number.
    pub(super) fn drain(&mut self) -> Result<Vec<Parcel>, TooLarge> {
        let all = self.all()?;
        self.lots.clear();
        self.held = Decimal::ZERO;
        self.pool = Some(Decimal::ZERO);
        Ok(all)
    }
}

/// Gives each its part of the cost, by its units.
fn spread(parcels: &mut [Parcel], cost: Option<Decimal>) -> Result<(), TooLarge> {
    let weights: Vec<Decimal> = parcels.iter().map(|parcel| parcel.units).collect();
    for (parcel, basis) in parcels.iter_mut().zip(maybe_shares(cost, &weights)?) {
        parcel.basis = basis;
    }
    Ok(())
}
