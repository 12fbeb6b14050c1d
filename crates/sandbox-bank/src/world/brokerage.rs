//! The brokerage account: contributions, trades, dividends, fees and what is held.

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    Holding, SecurityDetail, TransactionKind as Kind,
    book::{Book, Entry, cents},
    calendar::is_due,
    market::{BALANCED, BONDS, COUNT, Market, SECURITIES, STOCKS, TOTAL_MARKET},
    profile::Profile,
    rng::Key,
};

#[derive(Clone, Copy, Default)]
struct Position {
    quantity: Decimal,
    cost_basis: Decimal,
}

/// A brokerage account. Its balance is the cash.
pub(super) struct Brokerage {
    pub(super) book: Book,
    positions: [Position; COUNT],
    key: Key,
}

impl Brokerage {
    pub(super) fn new(account: Key, history_start: NaiveDate, market: &Market) -> Self {
        let mut rng = account.part(2).rng();
        let mut positions = [Position::default(); COUNT];
        for (index, position) in positions.iter_mut().enumerate() {
            let shares = if STOCKS.contains(&index) { rng.between(4, 20) } else { rng.between(25, 90) };
            position.quantity = Decimal::from(shares);
            // Bought somewhat below the price of the opening day.
            position.cost_basis = to_cents(position.quantity * market.price(index) * Decimal::new(91, 2));
        }
        let cash = cents(rng.between(90_000, 260_000));
        Self { book: Book::new(account.part(1), history_start, cash), positions, key: account.part(3) }
    }

    /// Writes the rows of a day, except the contribution from checking.
    pub(super) fn live(&mut self, day: NaiveDate, market: &Market, profile: &Profile) {
        let mut rng = self.key.day(day).rng();
        if is_due(day, 7) {
            for (index, amount) in [(TOTAL_MARKET, 22_000), (BONDS, 8_000), (BALANCED, 6_000)] {
                let money = cents(profile.scaled(day, amount));
                self.invest(day, market, index, money, "BUY");
            }
        }
        if is_due(day, 18) && rng.chance(3, 5) {
            let index = rng.pick(&STOCKS);
            self.buy(day, market, index, Decimal::from(rng.between(1, 4)), cents(99), "BUY");
        }
        if matches!(day.month(), 5 | 11) && is_due(day, 20) {
            let index = rng.pick(&STOCKS);
            let part = self.position(index).quantity / Decimal::from(4);
            self.sell(day, market, index, part.trunc(), cents(99));
        }
        for (index, security) in SECURITIES.iter().enumerate() {
            // Spread over the month, so that not everything pays on one day.
            let pay_day = 10 + u32::try_from(index).unwrap_or(0) * 2;
            if security.pays_in.contains(&day.month()) && is_due(day, pay_day) {
                self.pay_dividend(day, market, index);
            }
        }
        if matches!(day.month(), 1 | 4 | 7 | 10) && is_due(day, 3) {
            self.book.post(day, Entry::new(Kind::Fee, cents(-750), "QUARTERLY ACCOUNT FEE"));
        }
        if is_due(day, 24) {
            let interest = to_cents(self.book.balance() * Decimal::new(2, 2) / Decimal::from(12));
            if interest > Decimal::ZERO {
                self.book.post(day, Entry::new(Kind::Interest, interest, "CASH SWEEP INTEREST"));
            }
        }
    }

    /// The securities held, at the prices of the day.
    pub(super) fn holdings(&self, market: &Market) -> Vec<Holding> {
        let rows = self.positions.iter().zip(&SECURITIES).enumerate();
        rows.filter(|(_, (position, _))| position.quantity > Decimal::ZERO)
            .map(|(index, (position, security))| Holding {
                symbol: security.symbol,
                isin: security.isin,
                name: security.name,
                asset_type: security.asset_type,
                quantity: position.quantity.normalize(),
                price: market.price(index),
                market_value: to_cents(position.quantity * market.price(index)),
                cost_basis: position.cost_basis,
            })
            .collect()
    }

    fn position(&self, index: usize) -> Position {
        self.positions.get(index).copied().unwrap_or_default()
    }

    /// Buys for an amount of money, in fractions of a share.
    fn invest(&mut self, day: NaiveDate, market: &Market, index: usize, money: Decimal, verb: &str) {
        let quantity = (money / market.price(index)).round_dp_with_strategy(4, RoundingStrategy::ToZero);
        self.buy(day, market, index, quantity, Decimal::ZERO, verb);
    }

    fn buy(
        &mut self,
        day: NaiveDate,
        market: &Market,
        index: usize,
        quantity: Decimal,
        fees: Decimal,
        verb: &str,
    ) {
        let price = market.price(index);
        let cost = to_cents(quantity * price) + fees;
        if quantity <= Decimal::ZERO || cost > self.book.balance() {
            return;
        }
        if let Some(position) = self.positions.get_mut(index) {
            position.quantity += quantity;
            position.cost_basis += cost;
        }
        self.trade(day, Kind::Buy, index, -cost, verb, (quantity, price, fees));
    }

    fn sell(&mut self, day: NaiveDate, market: &Market, index: usize, quantity: Decimal, fees: Decimal) {
        let price = market.price(index);
        let proceeds = to_cents(quantity * price) - fees;
        let Some(position) = self.positions.get_mut(index) else { return };
        if quantity <= Decimal::ZERO || position.quantity < quantity {
            return;
        }
        // Average cost: the shares sold take their part of the cost with them.
        position.cost_basis -= to_cents(position.cost_basis * quantity / position.quantity);
        position.quantity -= quantity;
        self.trade(day, Kind::Sell, index, proceeds, "SELL", (-quantity, price, fees));
    }

    fn pay_dividend(&mut self, day: NaiveDate, market: &Market, index: usize) {
        let Some(security) = SECURITIES.get(index) else { return };
        let rate = Decimal::new(security.dividend, 4);
        let amount = to_cents(self.position(index).quantity * market.price(index) * rate);
        if amount <= Decimal::ZERO {
            return;
        }
        let mut entry = Entry::new(Kind::Dividend, amount, format!("DIVIDEND {}", security.symbol));
        entry.security = Some(detail(index, None));
        self.book.post(day, entry);
        if index == TOTAL_MARKET {
            self.invest(day, market, index, amount, "DIVIDEND REINVESTMENT");
        }
    }

    fn trade(
        &mut self,
        day: NaiveDate,
        kind: Kind,
        index: usize,
        amount: Decimal,
        verb: &str,
        terms: (Decimal, Decimal, Decimal),
    ) {
        let security = detail(index, Some(terms));
        let mut entry = Entry::new(kind, amount, format!("{verb} {}", security.symbol));
        entry.security = Some(security);
        self.book.post(day, entry);
    }
}

/// The security of a row, with quantity, price and fees when it was traded.
fn detail(index: usize, terms: Option<(Decimal, Decimal, Decimal)>) -> SecurityDetail {
    let (symbol, isin, name) = SECURITIES
        .get(index)
        .map_or(("", "", ""), |security| (security.symbol, security.isin, security.name));
    SecurityDetail {
        symbol,
        isin,
        name,
        quantity: terms.map(|(quantity, ..)| quantity.normalize()),
        price: terms.map(|(_, price, _)| price),
        fees: terms.map(|(.., fees)| fees.max(cents(0))),
    }
}

fn to_cents(amount: Decimal) -> Decimal {
    let mut amount = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(2);
    amount
}
