//! What becomes of lots that are not sold: what issuers do, and what goes to another account.

use crate::{
    id::{AccountId, SecurityId},
    ledger::portfolio::parts::{TooLarge, both, less, part, ratio, rounded, shares, sum},
    money::{Currency, Decimal},
};

use super::{Action, Happening, LotKeeper, Side, UnitsCame, book::Parcel, engine::total};

impl LotKeeper {
    /// Moves lots to another account as they are.
    pub(super) fn hand_over(
        &mut self,
        happening: &Happening,
        units: Decimal,
        to: AccountId,
    ) -> Result<(), TooLarge> {
        let security = happening.security;
        let book = self.book(happening, security);
        let currency = book.currency;
        let gone = book.take_long(units)?;
        self.changed(gone.len());
        // What the first account was not known to hold came all the same.
        let unknown = less(units, total(&gone)?)?;
        for parcel in gone {
            self.arrive(happening, (to, security, currency), parcel)?;
        }
        self.untold(happening, (happening.account, security), -unknown)?;
        self.untold(happening, (to, security), unknown)
    }

    /// A lot that came from elsewhere. It ends what is owed there, as a purchase for its cost would.
    fn arrive(
        &mut self,
        happening: &Happening,
        (account, security, currency): (AccountId, SecurityId, Currency),
        parcel: Parcel,
    ) -> Result<(), TooLarge> {
        let book = self.book_of(account, security, currency);
        if book.held.is_zero() {
            book.currency = currency;
        }
        let owed = if book.side == Side::Short { book.held.min(parcel.units) } else { Decimal::ZERO };
        let is_same = book.currency == currency;
        let basis = parcel.basis.filter(|_| is_same);
        let cost = basis.map(|basis| part(basis, owed, parcel.units)).transpose()?;
        if !owed.is_zero() {
            let currency = book.currency;
            let gone = book.take(owed, &[])?;
            let happening = Happening { account, ..happening.clone() };
            self.end(&happening, security, (currency, Side::Long), gone, cost)?;
        }
        let (units, basis) = (less(parcel.units, owed)?, both(basis, cost, less)?);
        self.book_of(account, security, currency).add(Parcel { units, basis, ..parcel }, Side::Long)
    }

    pub(super) fn split(&mut self, happening: &Happening, came: UnitsCame) -> Result<(), TooLarge> {
        let book = self.book(happening, happening.security);
        let (side, held) = (book.side, book.held);
        let after = match came {
            UnitsCame::Ratio { to, from } => ratio(held, to, from).map(rounded)?,
            UnitsCame::Count(units) => sum(held, if side == Side::Short { -units } else { units })?,
        };
        // Units that came for none, or that leave none, were no split of what is known; they moved all the same.
        if held.is_zero() || after <= Decimal::ZERO {
            let UnitsCame::Count(units) = came else { return Ok(()) };
            return self.untold(happening, (happening.account, happening.security), units);
        }
        let lots = book.drain()?;
        self.changed(lots.len());
        let book = self.book(happening, happening.security);
        for (lot, units) in shared(lots, after)? {
            book.add(Parcel { units, ..lot }, side)?;
        }
        Ok(())
    }

    pub(super) fn merge(
        &mut self,
        happening: &Happening,
        gone: Decimal,
        into: SecurityId,
        units: Decimal,
    ) -> Result<(), TooLarge> {
        let book = self.book(happening, happening.security);
        let currency = book.currency;
        let lots = book.take_long(gone)?;
        self.changed(lots.len());
        // What came for units that nobody knew of cost nobody knows what.
        let held = total(&lots)?;
        let known = part(units, held, gone)?;
        for (lot, units) in shared(lots, known)? {
            self.arrive(happening, (happening.account, into, currency), Parcel { units, ..lot })?;
        }
        self.untold(happening, (happening.account, happening.security), less(held, gone)?)?;
        self.untold(happening, (happening.account, into), less(units, known)?)
    }

    /// Units that came or went, of which nothing else is known.
    fn untold(
        &mut self,
        happening: &Happening,
        (account, security): (AccountId, SecurityId),
        units: Decimal,
    ) -> Result<(), TooLarge> {
        if units.is_zero() {
            return Ok(());
        }
        let action = Action::Transfer { units };
        self.take(&Happening { account, security, action, ..happening.clone() })
    }

    pub(super) fn give_back(
        &mut self,
        happening: &Happening,
        amount: Option<Decimal>,
    ) -> Result<(), TooLarge> {
        let book = self.book(happening, happening.security);
        let (side, currency) = (book.side, book.currency);
        let lots = book.drain()?;
        self.changed(lots.len());
        let amount = amount.filter(|_| currency == happening.currency);
        for (lot, share) in shared(lots, amount.unwrap_or_default())? {
            let left = both(lot.basis, amount.map(|_| share), less)?;
            let beyond = left.filter(|left| side == Side::Long && *left < Decimal::ZERO).map(|left| -left);
            if let Some(beyond) = beyond {
                let nothing = Parcel { units: Decimal::ZERO, basis: Some(Decimal::ZERO), ..lot.clone() };
                self.end(
                    happening,
                    happening.security,
                    (currency, Side::Short),
                    vec![nothing],
                    Some(beyond),
                )?;
            }
            let basis = if beyond.is_some() { Some(Decimal::ZERO) } else { left };
            self.book(happening, happening.security).add(Parcel { basis, ..lot }, side)?;
        }
        Ok(())
    }
}

/// Shares an amount among lots, by their units.
fn shared(lots: Vec<Parcel>, amount: Decimal) -> Result<impl Iterator<Item = (Parcel, Decimal)>, TooLarge> {
    let weights: Vec<Decimal> = lots.iter().map(|lot| lot.units).collect();
    Ok(lots.into_iter().zip(shares(amount, &weights)?))
}
