//! One position of an investment account.

use std::collections::HashMap;

use dashtam_domain::{
    connections::{PulledHolding, SentJson},
    ledger::{AssetClass, statement::StatementHoldings},
    money::{Currency, Decimal},
    time::Day,
};

use super::{
    aggregate::Aggregate,
    amounts::Marks,
    dates::day_and_instant,
    listed::SecurityList,
    trade::{Place, Security},
};

/// What a statement says that the account held.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The line of the list of positions.
    pub(super) line: u64,
    /// The positions; `None` where there is no list of them.
    pub(super) positions: Option<Positions>,
    /// Whether some positions could not be read.
    pub(super) has_gaps: bool,
    /// The cash, what is on margin, and what came of short sales.
    pub(super) cash: Option<Decimal>,
    pub(super) margin: Option<Decimal>,
    pub(super) short: Option<Decimal>,
}

impl Held {
    /// What there is to tell of it; `None` when nothing is said. Where money is in several pots, whether the cash holds the
    /// others too is not known, and it is not told then.
    pub(super) fn finish(self, as_of: Option<Day>) -> Option<StatementHoldings> {
        let nothing = |figure: Option<Decimal>| figure.is_none_or(|figure| figure.is_zero());
        let owed = self.margin.filter(Decimal::is_sign_negative);
        let is_plain = nothing(self.short) && (owed.is_some() || nothing(self.margin));
        let cash = self.cash.filter(|_| is_plain).and_then(|cash| cash.checked_add(owed.unwrap_or_default()));
        (self.positions.is_some() || cash.is_some()).then(|| StatementHoldings {
            line: self.line,
            as_of,
            positions: self.positions.map(Positions::finish),
            has_gaps: self.has_gaps,
            cash,
            margin_debt: owed.map(|owed| -owed),
        })
    }
}

/// The positions of a statement. Rows of one security, as of several parts of the account, are one position.
#[derive(Debug, Default)]
pub(super) struct Positions {
    held: Vec<PulledHolding>,
    places: HashMap<String, usize>,
}

impl Positions {
    pub(super) fn take(&mut self, one: PulledHolding) {
        let Some(held) = self.places.get(&one.external_id).and_then(|place| self.held.get_mut(*place)) else {
            self.places.insert(one.external_id.clone(), self.held.len());
            self.held.push(one);
            return;
        };
        held.quantity = held.quantity.saturating_add(one.quantity);
        held.market_value = held.market_value.zip(one.market_value).and_then(|(a, b)| a.checked_add(b));
        held.cost_basis = held.cost_basis.zip(one.cost_basis).and_then(|(a, b)| a.checked_add(b));
        held.price = held.price.filter(|price| Some(*price) == one.price);
    }

    /// What is really held.
    pub(super) fn finish(self) -> Vec<PulledHolding> {
        let is_held = |one: &PulledHolding| {
            !one.quantity.is_zero() || one.market_value.is_some_and(|value| !value.is_zero())
        };
        self.held.into_iter().filter(is_held).collect()
    }
}

/// Reads a position. An error is a sentence without any value of the file.
pub(super) fn read(
    of: &Aggregate<'_>,
    place: Place<'_>,
    securities: &SecurityList,
    marks: &mut dyn FnMut() -> Marks,
) -> Result<PulledHolding, String> {
    let security = Security::of(of, place, securities);
    let (sort, id) = security.called.ok_or("UNIQUEID is missing.")?;
    let own = of.text("CURSYM").map(|code| code.parse().unwrap_or(Currency::NONE));
    let currency = own.or(place.currency);
    let mut figure = |leaf: &str| of.figure(leaf, currency, &mut *marks);
    let quantity = figure("UNITS")?.ok_or("UNITS is missing.")?;
    // Without a figure the position is still one.
    let (price, value) = (figure("UNITPRICE").ok().flatten(), figure("MKTVAL").ok().flatten());
    let cost = figure("AVGCOSTBASIS").ok().flatten().and_then(|cost| cost.checked_mul(quantity.abs()));
    // Some banks leave it to the sort of a position to say that it is sold short.
    let is_turned = of.text("POSTYPE") == Some("SHORT") && !quantity.is_sign_negative();
    let turned = |figure: Decimal| if is_turned { -figure } else { figure };
    let as_of = of.text("DTPRICEASOF").and_then(day_and_instant);
    Ok(PulledHolding {
        external_id: format!("{sort}:{id}"),
        ids: security.ids,
        symbol: security.symbol,
        name: security.name,
        asset_class: security.asset_class.unwrap_or(AssetClass::Other),
        is_money: false,
        quantity: turned(quantity),
        price,
        market_value: value.map(turned),
        cost_basis: cost,
        option: security.option,
        currency: currency.unwrap_or(Currency::NONE),
        as_of: as_of.map(|(day, instant)| instant.unwrap_or_else(|| day.start())),
        raw: SentJson::default(),
    })
}
