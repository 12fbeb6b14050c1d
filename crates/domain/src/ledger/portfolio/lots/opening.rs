//! Lots for a history that nobody told: what an institution says is held, beyond what the happenings come to.

use std::{borrow::Borrow, collections::BTreeMap};

use crate::{
    id::{AccountId, SecurityId},
    ledger::portfolio::parts::{TooLarge, less, ratio, rounded, sum},
    money::{Currency, Decimal},
    time::Day,
};

use super::{Action, Happening, Lots, UnitsCame};

/// What an institution says of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldPosition {
    /// In which account.
    pub account: AccountId,
    /// Of which security.
    pub security: SecurityId,
    /// Currency of the basis.
    pub currency: Currency,
    /// For which day it was told.
    pub day: Day,
    /// Signed units. An account that tells of its positions holds none of those it does not tell of.
    pub units: Decimal,
    /// What they cost.
    pub basis: Option<Decimal>,
}

/// How far the cost that is found may be from the one that is told.
const NEAR: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// So many reckonings find what they cost.
const GUESSES: usize = 3;

/// The happenings that are missing at the beginning, so that what is held is what is told: one for each position of which more
/// is held than the happenings come to, and for each without any. What they cost follows from the cost that is told of the position, where that is told,
/// a part of them is still there, and nothing else of the position is unknown; elsewhere it is not known.
///
/// Where less is held than the happenings come to, nobody can say when the rest went, and nothing is added.
///
/// What is left of their cost grows evenly with it, so two guesses tell the rest; a third reckoning shows whether that is so,
/// which by some methods it is not. The caller does the reckoning, and may take its time.
#[derive(Debug)]
pub struct Openings {
    found: Vec<Happening>,
    told: Vec<Option<Decimal>>,
    /// What is left of the cost by each guess.
    left: Vec<Vec<Option<Decimal>>>,
}

impl Openings {
    /// What is missing of these happenings, which come to these lots.
    pub fn new<H: Borrow<Happening>>(
        happenings: &[H],
        lots: &Lots,
        told: &[ToldPosition],
    ) -> Result<Self, TooLarge> {
        let reckoned = held(lots)?;
        let mut splits: BTreeMap<(AccountId, SecurityId), Vec<UnitsCame>> = BTreeMap::new();
        let mut firsts: BTreeMap<(AccountId, SecurityId), Day> = BTreeMap::new();
        for happening in happenings {
            let happening = happening.borrow();
            for place in happening.places() {
                let first = firsts.entry(place).or_insert(happening.day);
                *first = happening.day.min(*first);
            }
            if let Action::Split(came) = happening.action {
                splits.entry((happening.account, happening.security)).or_default().push(came);
            }
        }
        let mut openings = Self { found: Vec::new(), told: Vec::new(), left: Vec::new() };
        for position in told {
            let place = (position.account, position.security);
            let (now, first) = (reckoned.get(&place), firsts.get(&place));
            let mut units = less(position.units, now.map(|(units, _)| *units).unwrap_or_default())?;
            // A position of which nothing is told but itself is all opening, whichever way.
            let is_alone = first.is_none() && now.is_none();
            if units.is_zero() || (units < Decimal::ZERO && !is_alone) {
                continue;
            }
            for came in splits.get(&place).into_iter().flatten() {
                if let UnitsCame::Ratio { to, from } = *came {
                    units = ratio(units, from, to)?;
                }
            }
            openings.found.push(Happening {
                account: position.account,
                security: position.security,
                currency: position.currency,
                day: first.copied().unwrap_or(position.day),
                at: None,
                transaction: None,
                action: Action::Opening { units: rounded(units), basis: None },
            });
            openings.told.push(position.basis);
        }
        if openings.told.iter().any(Option::is_some) {
            openings.set(|_, _| Some(Decimal::ZERO));
        } else {
            openings.left.resize(GUESSES, Vec::new());
        }
        Ok(openings)
    }

    /// What is missing, as far as it is known.
    pub fn found(&self) -> &[Happening] {
        &self.found
    }

    /// Whether all that can be found is found. Until then, [`learn`](Self::learn) wants to know what the happenings come to
    /// with [what is missing](Self::found).
    pub fn is_done(&self) -> bool {
        self.left.len() == GUESSES
    }

    /// Learns what the happenings come to with what is missing.
    pub fn learn(&mut self, lots: &Lots) -> Result<(), TooLarge> {
        let held = held(lots)?;
        let left =
            |opening: &Happening| held.get(&(opening.account, opening.security)).and_then(|(_, left)| *left);
        let now: Vec<Option<Decimal>> = self.found.iter().map(left).collect();
        let told = std::mem::take(&mut self.told);
        match &self.left[..] {
            [] => self.set(|_, opening| Some(units(opening))),
            [nothing] => {
                let (nothing, now) = (nothing.clone(), &now);
                self.set(|at, opening| {
                    let (without, with) = (nothing[at]?, now[at]?);
                    let grows = with.checked_sub(without)?;
                    let missing = told[at]?.checked_sub(without)?;
                    let basis = missing.checked_mul(units(opening))?.checked_div(grows)?;
                    (!basis.is_sign_negative() || basis.is_zero()).then(|| rounded(basis))
                });
            }
            _ => self.set(|at, opening| {
                let off = now[at]?.checked_sub(told[at]?)?;
                basis(opening).filter(|_| off.abs() <= NEAR)
            }),
        }
        self.told = told;
        self.left.push(now);
        Ok(())
    }

    fn set(&mut self, basis: impl Fn(usize, &Happening) -> Option<Decimal>) {
        for (at, opening) in self.found.iter_mut().enumerate() {
            let basis = basis(at, opening);
            opening.action = Action::Opening { units: units(opening), basis };
        }
    }
}

fn units(opening: &Happening) -> Decimal {
    match opening.action {
        Action::Opening { units, .. } => units,
        _ => Decimal::ZERO,
    }
}

fn basis(opening: &Happening) -> Option<Decimal> {
    match opening.action {
        Action::Opening { basis, .. } => basis,
        _ => None,
    }
}

/// Signed units and what they cost.
type Held = (Decimal, Option<Decimal>);

fn held(lots: &Lots) -> Result<BTreeMap<(AccountId, SecurityId), Held>, TooLarge> {
    let mut held: BTreeMap<(AccountId, SecurityId), Held> = BTreeMap::new();
    for lot in &lots.open {
        let all = held.entry((lot.account, lot.security)).or_insert((Decimal::ZERO, Some(Decimal::ZERO)));
        all.0 = sum(all.0, lot.units)?;
        all.1 = all.1.zip(lot.basis).map(|(all, basis)| sum(all, basis)).transpose()?;
    }
    Ok(held)
}
