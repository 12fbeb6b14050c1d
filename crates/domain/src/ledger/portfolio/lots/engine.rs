//! Makes lots of happenings.

use std::collections::{BTreeMap, HashMap};

use crate::{
    id::{AccountId, SecurityId},
    ledger::portfolio::parts::{TooLarge, both, less, maybe_shares, part, sum},
    money::{Currency, Decimal},
    time::Day,
};

use super::{
    Acquisition, Action, Closing, Happening, Lot, LotMethod, Lots, Pick, Side,
    book::{Book, Parcel},
};

/// Keeps lots while happenings come, one after the other.
///
/// Between happenings it stands still, so a caller with many may let others have their turn.
#[derive(Debug, Default)]
pub struct LotKeeper {
    methods: HashMap<AccountId, LotMethod>,
    books: BTreeMap<(AccountId, SecurityId), Book>,
    closed: Vec<Closing>,
    acquired: Vec<Acquisition>,
    lots: u32,
    steps: usize,
}

/// Units for money.
pub(super) struct Deal<'a> {
    pub(super) units: Decimal,
    /// What all of them cost or brought, fees included.
    pub(super) money: Option<Decimal>,
    pub(super) picks: &'a [Pick],
    pub(super) acquired: Option<Day>,
    pub(super) is_opening: bool,
}

impl LotKeeper {
    /// One with these methods; of an account without one the oldest lots go first.
    pub fn new(methods: HashMap<AccountId, LotMethod>) -> Self {
        Self { methods, ..Self::default() }
    }

    /// What became of these happenings, whatever their order.
    #[cfg(test)]
    pub(super) fn keep(
        methods: &HashMap<AccountId, LotMethod>,
        happenings: &[Happening],
    ) -> Result<Lots, TooLarge> {
        let mut ordered = happenings.to_vec();
        super::in_order(&mut ordered);
        let mut keeper = Self::new(methods.clone());
        ordered.iter().try_for_each(|happening| keeper.take(happening))?;
        keeper.lots()
    }

    /// How much there was to do: one step for each happening, one for each lot that it changed without ending it, and one for
    /// each that was looked at to find those that are named.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Takes the next happening. They must come [in order](super::in_order).
    pub fn take(&mut self, happening: &Happening) -> Result<(), TooLarge> {
        self.steps += 1;
        let day = Some(happening.day);
        let picks: &[Pick] = &[];
        match &happening.action {
            &Action::Opening { units, basis } => {
                let deal = Deal { units, money: basis, picks, acquired: None, is_opening: true };
                self.deal(happening, happening.security, deal)
            }
            Action::Trade { units, gross, fees, picks } => {
                let money = money(*units, *gross, *fees, Decimal::ZERO)?;
                let deal = Deal { units: *units, money, picks, acquired: day, is_opening: false };
                self.deal(happening, happening.security, deal)
            }
            &Action::Transfer { units } if units.is_sign_negative() => {
                let gone = self.book(happening, happening.security).take_long(-units)?;
                let units = sum(units, total(&gone)?)?;
                let deal = Deal { units, money: None, picks, acquired: day, is_opening: false };
                self.deal(happening, happening.security, deal)
            }
            &Action::Transfer { units } => {
                let deal = Deal { units, money: None, picks, acquired: None, is_opening: false };
                self.deal(happening, happening.security, deal)
            }
            &Action::Moved { units, to } => self.hand_over(happening, units, to),
            &Action::Split(came) => self.split(happening, came),
            &Action::Merger { gone, into, units } => self.merge(happening, gone, into, units),
            &Action::ReturnOfCapital { amount } => self.give_back(happening, amount),
            &Action::Delivered { contracts: units, .. } => {
                let deal = Deal { units, money: None, picks, acquired: day, is_opening: false };
                self.deal(happening, happening.security, deal)
            }
            &Action::Exercise { contracts, underlying, units, gross, fees } => {
                let premium = self.premium(happening, contracts)?;
                let money = match premium {
                    Some(premium) => money(units, gross, fees, premium)?,
                    None => None,
                };
                let deal = Deal { units, money, picks, acquired: day, is_opening: false };
                self.deal(happening, underlying, deal)
            }
        }
    }

    /// What is held now, and what is gone.
    pub fn lots(self) -> Result<Lots, TooLarge> {
        let mut open = Vec::new();
        for (&(account, security), book) in &self.books {
            open.extend(book.all()?.into_iter().map(|lot| Lot {
                number: lot.number,
                account,
                security,
                currency: book.currency,
                units: if book.side == Side::Short { -lot.units } else { lot.units },
                basis: lot.basis,
                acquired: lot.acquired,
                opened_by: lot.opened_by,
                is_opening: lot.is_opening,
            }));
        }
        Ok(Lots { open, closed: self.closed, acquired: self.acquired })
    }

    pub(super) fn book(&mut self, happening: &Happening, security: SecurityId) -> &mut Book {
        self.book_of(happening.account, security, happening.currency)
    }

    pub(super) fn book_of(
        &mut self,
        account: AccountId,
        security: SecurityId,
        currency: Currency,
    ) -> &mut Book {
        let method = self.methods.get(&account).copied().unwrap_or(LotMethod::Fifo);
        self.books.entry((account, security)).or_insert_with(|| Book::new(method, currency))
    }

    pub(super) fn changed(&mut self, lots: usize) {
        self.steps += lots;
    }

    /// Ends lots of the other side, and makes one of the units that are left.
    pub(super) fn deal(
        &mut self,
        happening: &Happening,
        security: SecurityId,
        deal: Deal<'_>,
    ) -> Result<(), TooLarge> {
        let Deal { units, money, picks, acquired, is_opening } = deal;
        let side = if units.is_sign_negative() { Side::Short } else { Side::Long };
        let book = self.book(happening, security);
        // Money of another currency says nothing of what these lots cost.
        let money = money.filter(|_| book.currency == happening.currency || book.held.is_zero());
        if book.held.is_zero() {
            book.currency = happening.currency;
        }
        let whole = units.abs();
        let ends = if book.side == side { Decimal::ZERO } else { book.held.min(whole) };
        let mut left = money;
        if !ends.is_zero() {
            let currency = book.currency;
            let searched = book.searched_for(picks);
            let gone = book.take(ends, picks)?;
            self.changed(searched + picks.len());
            let share = money.map(|money| part(money, ends, whole)).transpose()?;
            left = both(money, share, less)?;
            self.end(happening, security, (currency, side), gone, share)?;
        }
        let rest = less(whole, ends)?;
        if rest.is_zero() {
            return Ok(());
        }
        self.lots += 1;
        let number = self.lots;
        let opened_by = happening.transaction;
        let account = happening.account;
        // What was there before, or came from elsewhere, was not bought on this day.
        if matches!(happening.action, Action::Trade { .. } | Action::Exercise { .. }) {
            self.acquired.push(Acquisition {
                lot: number,
                account,
                security,
                side,
                day: happening.day,
                units: rest,
                basis: left,
            });
        }
        let lot = Parcel { number, opened_by, acquired, is_opening, units: rest, basis: left };
        self.book(happening, security).add(lot, side)
    }

    /// Writes down that these are gone, for this money in all.
    pub(super) fn end(
        &mut self,
        happening: &Happening,
        security: SecurityId,
        (currency, by): (Currency, Side),
        gone: Vec<Parcel>,
        money: Option<Decimal>,
    ) -> Result<(), TooLarge> {
        let weights: Vec<Decimal> = gone.iter().map(|parcel| parcel.units).collect();
        for (parcel, share) in gone.into_iter().zip(maybe_shares(money, &weights)?) {
            // What was bought ends what was sold short.
            let (side, basis, proceeds) = match by {
                Side::Long => (Side::Short, share, parcel.basis),
                Side::Short => (Side::Long, parcel.basis, share),
            };
            self.closed.push(Closing {
                lot: parcel.number,
                account: happening.account,
                security,
                currency,
                side,
                units: parcel.units,
                basis,
                proceeds,
                gain: both(proceeds, basis, less)?,
                acquired: parcel.acquired,
                day: happening.day,
                opened_by: parcel.opened_by,
                closed_by: happening.transaction,
                is_opening: parcel.is_opening,
            });
        }
        Ok(())
    }

    /// Ends these contracts without a gain; what was received for them, below zero for what was paid. Nothing where that is
    /// not known.
    fn premium(&mut self, happening: &Happening, contracts: Decimal) -> Result<Option<Decimal>, TooLarge> {
        let side = if contracts.is_sign_negative() { Side::Long } else { Side::Short };
        let book = self.book(happening, happening.security);
        if book.side != side || book.held < contracts.abs() || book.currency != happening.currency {
            return Ok(None);
        }
        let gone = book.take(contracts.abs(), &[])?;
        let mut premium = Some(Decimal::ZERO);
        for parcel in gone {
            premium = both(premium, parcel.basis, sum)?;
        }
        Ok(premium.map(|premium| if side == Side::Long { -premium } else { premium }))
    }
}

impl Book {
    /// Takes units that are held, as many as there are; none of a short position.
    pub(super) fn take_long(&mut self, units: Decimal) -> Result<Vec<Parcel>, TooLarge> {
        if self.side == Side::Short { Ok(Vec::new()) } else { self.take(units.min(self.held), &[]) }
    }
}

/// The units of all of them.
pub(super) fn total(parcels: &[Parcel]) -> Result<Decimal, TooLarge> {
    parcels.iter().try_fold(Decimal::ZERO, |all, parcel| sum(all, parcel.units))
}

/// What units cost with their fees, or brought without them, after what was received for an option.
fn money(
    units: Decimal,
    gross: Option<Decimal>,
    fees: Decimal,
    premium: Decimal,
) -> Result<Option<Decimal>, TooLarge> {
    let Some(gross) = gross else { return Ok(None) };
    let money = if units.is_sign_negative() {
        sum(less(gross, fees)?, premium)
    } else {
        less(sum(gross, fees)?, premium)
    };
    money.map(Some)
}
