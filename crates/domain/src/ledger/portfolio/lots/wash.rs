//! Losses behind which the same was bought again, as the tax law of the United States looks at them. A hint, and no advice.

use std::collections::{BTreeMap, HashMap};

use crate::{
    id::SecurityId,
    ledger::portfolio::parts::{TooLarge, less, part, sum},
    money::Decimal,
    time::Day,
};

use super::{Acquisition, Closing, Lots, Side};

/// How many days before and behind a loss a purchase counts.
const NEAR: i64 = 30;

/// A loss that may not count yet, because the same was bought again near it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WashSale {
    /// The place of the loss among what is gone.
    pub closing: usize,
    /// The number of the lot that was bought again.
    pub lot: u32,
    /// How many units of both.
    pub units: Decimal,
    /// The part of the loss that may not count, positive.
    pub disallowed: Decimal,
    /// What the units that were bought again would then have cost, or of a short position have brought.
    pub basis: Option<Decimal>,
    /// Since when they would then be held.
    pub held_since: Option<Day>,
}

/// Purchases by day and lot.
type Bought<'a> = BTreeMap<(Day, u32), &'a Acquisition>;

/// Finds such losses, whichever accounts the two sides are in. Units count as they were counted on their day: a split between
/// the two is not looked at.
pub fn wash_sales(lots: &Lots) -> Result<Vec<WashSale>, TooLarge> {
    // What of a purchase can replace nothing any more is taken out, so that each loss looks at what is left.
    let mut bought: HashMap<(SecurityId, bool), Bought<'_>> = HashMap::new();
    for acquisition in &lots.acquired {
        let key = (acquisition.security, acquisition.side == Side::Long);
        bought.entry(key).or_default().insert((acquisition.day, acquisition.lot), acquisition);
    }
    let mut used: HashMap<u32, Decimal> = HashMap::new();
    let mut gone: HashMap<u32, Decimal> = HashMap::new();
    let mut found = Vec::new();
    let mut counted = 0;
    for (at, closing) in lots.closed.iter().enumerate() {
        // All that goes with one transaction goes at once.
        while let Some(next) = lots.closed.get(counted).filter(|next| counted <= at || is_with(next, closing))
        {
            let all = gone.entry(next.lot).or_default();
            *all = sum(*all, next.units)?;
            counted += 1;
        }
        let Some(loss) = closing.gain.filter(|gain| *gain < Decimal::ZERO) else { continue };
        let Some(bought) = bought.get_mut(&(closing.security, closing.side == Side::Long)) else { continue };
        let mut left = closing.units;
        let mut next = (closing.day.plus_days(-NEAR), 0);
        let last = (closing.day.plus_days(NEAR), u32::MAX);
        while !left.is_zero()
            && let Some((&place, &again)) = bought.range(next..=last).next()
        {
            next = (place.0, place.1 + 1);
            if again.lot == closing.lot {
                continue;
            }
            // What was bought before and is gone by then replaces nothing.
            let sold = if again.day <= closing.day { gone.get(&again.lot).copied() } else { None };
            let taken = used.entry(again.lot).or_default();
            let free = less(less(again.units, sold.unwrap_or_default())?, *taken)?;
            let units = free.min(left);
            if units == free {
                bought.remove(&place);
            }
            if units <= Decimal::ZERO {
                continue;
            }
            *taken = sum(*taken, units)?;
            left = less(left, units)?;
            found.push(replaced(at, closing, -loss, again, units)?);
        }
    }
    Ok(found)
}

fn is_with(one: &Closing, other: &Closing) -> bool {
    one.closed_by.is_some() && one.closed_by == other.closed_by && one.security == other.security
}

fn replaced(
    at: usize,
    closing: &Closing,
    loss: Decimal,
    again: &Acquisition,
    units: Decimal,
) -> Result<WashSale, TooLarge> {
    let disallowed = part(loss, units, closing.units)?;
    let cost = again.basis.map(|basis| part(basis, units, again.units)).transpose()?;
    let basis = cost.map(|cost| match again.side {
        Side::Long => sum(cost, disallowed),
        Side::Short => less(cost, disallowed),
    });
    Ok(WashSale {
        closing: at,
        lot: again.lot,
        units,
        disallowed,
        basis: basis.transpose()?,
        held_since: closing.days().map(|days| again.day.plus_days(-days)),
    })
}
