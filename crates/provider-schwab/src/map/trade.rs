//! The legs of a transaction: securities, fees and cash, made one trade.

use std::collections::HashMap;

use dashtam_domain::{
    ledger::{Leg, LegKind, PositionEffect, Trade},
    money::{Currency, Decimal},
};
use dashtam_provider_kit::clean_code;
use serde_json::Value;

use super::{instrument::Instrument, name};
use crate::wire;

/// What all legs of a row say together.
#[derive(Debug)]
pub(super) struct Legs {
    /// The security that changed hands. Of several, the one that moved most money; `all` has the others.
    pub(super) trade: Option<Trade>,
    /// What went to fees, positive; `None` when no leg is a fee.
    pub(super) fee: Option<Decimal>,
    /// Every leg as it was sent.
    pub(super) all: Vec<Leg>,
}

/// The legs that have the same instrument and the same price.
struct Group<'a> {
    instrument: Instrument<'a>,
    key: String,
    price: Option<Decimal>,
    amount: Decimal,
    cost: Decimal,
}

/// Reads the legs of a row.
pub(super) fn legs(row: &Value) -> Result<Legs, String> {
    let items = match row.get("transferItems") {
        None | Some(Value::Null) => return Ok(Legs { trade: None, fee: None, all: Vec::new() }),
        Some(Value::Array(items)) => items,
        Some(_) => return Err("transferItems is not a list".to_owned()),
    };
    let untold = Untold::of(row, items);
    let mut fees = None;
    let mut all = Vec::with_capacity(items.len());
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: HashMap<(String, Option<Decimal>), usize> = HashMap::new();
    for item in items {
        let cost = wire::money(item, "cost")?;
        let instrument = Instrument(item.get("instrument").unwrap_or(&Value::Null));
        let is_fee = !name(item, "feeType").is_empty() || untold.is_fee(instrument, cost);
        all.extend(leg(item, instrument, cost, is_fee)?);
        if is_fee {
            // Fees cost; some legs tell only how much.
            let fee = match cost {
                Some(cost) => -cost,
                None => wire::money(item, "amount")?.unwrap_or_default(),
            };
            fees = Some(add(fees.unwrap_or_default(), fee)?);
            continue;
        }
        if instrument.is_cash() {
            continue;
        }
        let Some(key) = instrument.key() else { continue };
        let price = wire::units(item, "price")?;
        // What does not tell its units is a leg all the same, and no part of the trade.
        let Some(amount) = wire::units(item, "amount")? else { continue };
        // An assignment may take a leg back with another one; what is left of them is what happened.
        let place = *places.entry((key.clone(), price)).or_insert_with(|| {
            groups.push(Group { instrument, key, price, amount: Decimal::ZERO, cost: Decimal::ZERO });
            groups.len() - 1
        });
        groups[place].amount = add(groups[place].amount, amount)?;
        groups[place].cost = add(groups[place].cost, cost.unwrap_or_default())?;
    }
    let trade = main_key(&groups)?.map(|key| trade(&groups, &key, fees)).transpose()?;
    Ok(Legs { trade, fee: fees.map(wire::money_of), all })
}

/// Tells fees that are not called so: money that a trade of something else cost, beyond what that cost itself.
struct Untold {
    /// Whether the row trades something for money.
    trades: bool,
    /// What was traded came to these sums, where its own leg says that it cost nothing: the money leg is the price.
    prices: Vec<Decimal>,
}

impl Untold {
    fn of(row: &Value, items: &[Value]) -> Self {
        let securities: Vec<(&Value, Instrument<'_>)> = items
            .iter()
            .map(|item| (item, Instrument(item.get("instrument").unwrap_or(&Value::Null))))
            .filter(|(item, one)| name(item, "feeType").is_empty() && !one.is_cash() && one.key().is_some())
            .collect();
        let price = |(item, instrument): &(&Value, Instrument<'_>)| {
            let figure = |field| wire::units(item, field).ok().flatten();
            let unpaid = figure("cost").is_none_or(|cost| cost.is_zero());
            let price =
                figure("price")?.checked_mul(figure("amount")?)?.checked_mul(instrument.multiplier()?)?;
            unpaid.then(|| wire::money_of(price.abs()))
        };
        let trades = name(row, "type") == "TRADE" && !securities.is_empty();
        Self { trades, prices: securities.iter().filter_map(price).collect() }
    }

    fn is_fee(&self, instrument: Instrument<'_>, cost: Option<Decimal>) -> bool {
        let taken = cost.filter(|cost| cost.is_sign_negative() && !cost.is_zero());
        let price = |cost: Decimal| self.prices.contains(&wire::money_of(cost.abs()));
        self.trades && instrument.is_money() && taken.is_some_and(|cost| !price(cost))
    }
}

/// One leg as it was sent; nothing for what is no leg at all. What it `cost` is what it did to the cash: below
/// zero for what was paid.
fn leg(
    item: &Value,
    instrument: Instrument<'_>,
    cost: Option<Decimal>,
    is_fee: bool,
) -> Result<Option<Leg>, String> {
    if !item.is_object() {
        return Ok(None);
    }
    let fee = name(item, "feeType");
    let kind = match () {
        () if is_fee => LegKind::Fee,
        () if instrument.is_money() => LegKind::Cash,
        () if instrument.is_cash() => LegKind::Other,
        () if instrument.key().is_some() => LegKind::Security,
        () => LegKind::Other,
    };
    let mut leg = Leg { amount: cost, ..Leg::new(kind, Currency::USD) };
    match kind {
        // Fees take; some legs tell only how much.
        LegKind::Fee => {
            leg.label = (!fee.is_empty()).then(|| clean_code(fee));
            leg.amount = match cost {
                Some(cost) => Some(cost),
                None => wire::money(item, "amount")?.map(|amount| -amount),
            };
        }
        // The units of money are money. It cost nothing to get it, and Schwab says so.
        LegKind::Cash => {
            let moved = wire::money(item, "amount")?;
            leg.amount = cost.filter(|cost| !cost.is_zero()).or(moved).or(cost);
        }
        // What money goes into by night is no security, whatever its symbol.
        LegKind::Other if instrument.is_cash() => leg.name = instrument.name(),
        LegKind::Security | LegKind::Other => {
            leg.quantity = wire::units(item, "amount")?;
            leg.price = wire::units(item, "price")?;
            leg.ids = instrument.ids();
            leg.symbol = instrument.symbol();
            leg.name = instrument.name();
            leg.asset_class = (kind == LegKind::Security).then(|| instrument.asset_class());
            leg.option = instrument.option();
            leg.effect = match name(item, "positionEffect") {
                "OPENING" => Some(PositionEffect::Opening),
                "CLOSING" => Some(PositionEffect::Closing),
                _ => None,
            };
        }
    }
    Ok(Some(leg))
}

fn add(a: Decimal, b: Decimal) -> Result<Decimal, String> {
    a.checked_add(b).ok_or_else(|| "a sum of legs is too large".to_owned())
}

/// The key of the instrument that moved most money, or of the first one.
fn main_key(groups: &[Group<'_>]) -> Result<Option<String>, String> {
    let mut costs: Vec<(&str, Decimal)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for group in groups {
        let place = *places.entry(&group.key).or_insert_with(|| {
            costs.push((&group.key, Decimal::ZERO));
            costs.len() - 1
        });
        costs[place].1 = add(costs[place].1, group.cost)?;
    }
    let mut main: Option<(&str, Decimal)> = None;
    for (key, cost) in costs {
        if main.is_none_or(|(_, most)| cost.abs() > most) {
            main = Some((key, cost.abs()));
        }
    }
    Ok(main.map(|(key, _)| key.to_owned()))
}

fn trade(groups: &[Group<'_>], key: &str, fees: Option<Decimal>) -> Result<Trade, String> {
    let own: Vec<&Group<'_>> = groups.iter().filter(|group| group.key == key).collect();
    let first = own.first().ok_or("legs have no security")?;
    let (mut quantity, mut cost) = (Decimal::ZERO, Decimal::ZERO);
    for group in &own {
        quantity = add(quantity, group.amount)?;
        cost = add(cost, group.cost)?;
    }
    let left: Vec<&&Group<'_>> = own.iter().filter(|group| !group.amount.is_zero()).collect();
    let price = match left.as_slice() {
        [] => first.price,
        [one] => one.price,
        // Fills at several prices: their average.
        _ => first.instrument.multiplier().and_then(|multiplier| {
            Some(wire::price_of(cost.abs().checked_div(quantity.abs())?.checked_div(multiplier)?))
        }),
    };
    Ok(Trade {
        security: None,
        symbol: first.instrument.symbol(),
        name: first.instrument.name(),
        asset_class: first.instrument.asset_class(),
        quantity: quantity.normalize(),
        price,
        fees: fees.map(wire::money_of),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(items: Value) -> Legs {
        legs(&json!({"transferItems": items})).unwrap()
    }

    fn sum(legs: &Legs) -> Decimal {
        legs.all.iter().map(|leg| leg.amount.unwrap()).sum()
    }

    fn equity(amount: i32, cost: i32, price: i32) -> Value {
        json!({"instrument": {"assetType": "EQUITY", "symbol": "SPY"},
            "amount": amount, "cost": cost, "price": price})
    }

    #[test]
    fn an_assignment_is_netted() {
        let option = json!({"instrument": {"assetType": "OPTION", "symbol": "SPY   260918C00580000"},
            "amount": 15, "cost": 0, "price": 0, "positionEffect": "CLOSING"});
        let legs = of(json!([
            equity(-1500, 870_000, 580),
            equity(1500, -870_000, 580),
            option,
            equity(-1500, 870_000, 580)
        ]));
        let trade = legs.trade.as_ref().unwrap();
        assert_eq!((trade.symbol.as_deref(), trade.quantity), (Some("SPY"), Decimal::from(-1500)));
        assert_eq!((trade.price, trade.fees), (Some(Decimal::from(580)), None));
        assert_eq!(legs.all.len(), 4);
        assert_eq!(sum(&legs), Decimal::from(870_000));
        assert_eq!(legs.all[2].effect, Some(PositionEffect::Closing));
    }

    #[test]
    fn fills_at_several_prices_have_an_average() {
        let trade = of(json!([equity(1, -10, 10), equity(2, -22, 11)])).trade.unwrap();
        assert_eq!(trade.quantity, Decimal::from(3));
        assert_eq!(trade.price.unwrap().to_string(), "10.666666666667");
    }

    #[test]
    fn fees_are_added_up_with_and_without_an_instrument() {
        let cash = json!({"assetType": "CURRENCY", "symbol": "CURRENCY_USD"});
        let legs = of(json!([
            {"instrument": cash, "amount": 0.65, "cost": -0.65, "feeType": "COMMISSION"},
            {"amount": 0.01, "feeType": "TAF_FEE"},
            equity(1, -248, 248),
        ]));
        assert_eq!(legs.trade.as_ref().unwrap().fees.unwrap().to_string(), "0.66");
        assert_eq!(legs.fee.unwrap().to_string(), "0.66");
        assert_eq!(sum(&legs).to_string(), "-248.66");
        let labels: Vec<_> = legs.all.iter().map(|leg| leg.label.as_deref()).collect();
        assert_eq!(labels, [Some("COMMISSION"), Some("TAF_FEE"), None]);
        for cost in [json!(0.0), json!(22.31), Value::Null] {
            let legs = of(json!([{"instrument": cash, "amount": 22.31, "cost": cost}]));
            assert!(legs.trade.is_none() && legs.fee.is_none());
            assert_eq!((legs.all[0].kind, sum(&legs).to_string().as_str()), (LegKind::Cash, "22.31"));
        }
    }

    #[test]
    fn money_that_a_trade_cost_besides_is_a_fee_whatever_it_is_called() {
        let row = |kind: &str, items: Value| legs(&json!({"type": kind, "transferItems": items})).unwrap();
        let cash = json!({"assetType": "CURRENCY", "symbol": "CURRENCY_USD"});
        let future = json!({"assetType": "FUTURE", "symbol": "/MESM6"});
        let items = json!([
            {"instrument": cash, "amount": 1.38, "cost": -1.38, "feeType": "COMMISSION"},
            {"instrument": cash, "amount": 1.42, "cost": -1.42, "feeType": "FUTURES_EXCHANGE_FEE"},
            {"instrument": cash, "amount": 0.02, "cost": -0.02},
            {"instrument": future, "amount": 1, "cost": 0, "price": 5321.25},
        ]);
        let read = row("TRADE", items.clone());
        assert_eq!(read.fee.unwrap().to_string(), "2.82");
        assert_eq!(read.trade.as_ref().unwrap().fees.unwrap().to_string(), "2.82");
        assert_eq!((read.all[2].kind, &read.all[2].label), (LegKind::Fee, &None));
        assert_eq!(sum(&read).to_string(), "-2.82");
        // Only a trade has fees of this kind.
        assert_eq!(row("JOURNAL", items).fee.unwrap().to_string(), "2.80");
        // What was paid for the security itself is none, and nor is what came in.
        for cost in [-50, 3] {
            let items = json!([equity(10, 0, 5), {"instrument": cash, "amount": cost, "cost": cost}]);
            let read = row("TRADE", items);
            assert_eq!((read.fee, read.all[1].kind), (None, LegKind::Cash), "{cost}");
        }
    }

    #[test]
    fn a_leg_that_does_not_tell_its_units_is_kept() {
        let legs = of(json!([{"instrument": {"symbol": "A"}, "cost": -3}, equity(1, -10, 10)]));
        assert_eq!((legs.all.len(), legs.all[0].quantity), (2, None));
        assert_eq!(legs.trade.unwrap().quantity, Decimal::ONE);
        assert_eq!(sum(&of(json!([{"instrument": {"symbol": "A"}, "cost": -3}]))).to_string(), "-3.00");
    }

    #[test]
    fn a_leg_without_an_instrument_is_kept() {
        let legs = of(json!([{"amount": 3, "cost": -4.5, "positionEffect": "AUTOMATIC"}]));
        let [leg] = legs.all.as_slice() else { panic!("{legs:?}") };
        assert_eq!((leg.kind, leg.quantity, leg.effect), (LegKind::Other, Some(Decimal::from(3)), None));
        assert_eq!(sum(&legs).to_string(), "-4.50");
    }

    #[test]
    fn legs_that_cannot_be_read_are_refused() {
        for items in [
            json!({}),
            json!([{"instrument": {"symbol": "A"}, "amount": "many"}]),
            json!([{"instrument": {"symbol": "A"}, "amount": 1, "cost": true}]),
            json!([equity(1, 1, 1), {"instrument": {"symbol": "A"}, "amount": 1, "cost": "1e400"}]),
            json!([
                {"instrument": {"symbol": "A"}, "amount": "79228162514264337593543950335", "cost": 0},
                {"instrument": {"symbol": "A"}, "amount": "79228162514264337593543950335", "cost": 0},
            ]),
        ] {
            assert!(legs(&json!({"transferItems": items})).is_err(), "{items}");
        }
        for row in [json!({}), json!({"transferItems": []}), json!({"transferItems": [7, "x"]})] {
            let legs = legs(&row).unwrap();
            assert!(legs.trade.is_none() && legs.all.is_empty(), "{row}");
        }
    }
}
