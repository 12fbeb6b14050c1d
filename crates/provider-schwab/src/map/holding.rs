//! Positions.

use std::collections::HashMap;

use dashtam_domain::{
    connections::{ProviderError, PulledHolding, PulledHoldings},
    ledger::AssetClass,
    money::{Currency, Decimal},
};
use serde_json::Value;

use super::{account::positions, instrument::Instrument};
use crate::wire;

/// The positions of an account. Rows of one instrument, as of its long and its short side, are one position. A
/// row that cannot be told apart or has no quantity is a gap; when none is left, the answer is not usable.
pub(crate) fn holdings(entry: &Value) -> Result<PulledHoldings, ProviderError> {
    let mut held: Vec<PulledHolding> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let rows = positions(entry);
    let mut gaps = Vec::new();
    for row in rows {
        match holding(row) {
            Ok(one) => match places.get(&one.external_id) {
                Some(place) => merge(&mut held[*place], one),
                None => {
                    places.insert(one.external_id.clone(), held.len());
                    held.push(one);
                }
            },
            Err(reason) => {
                tracing::warn!(%reason, "a position was left out");
                gaps.push(format!("The position {} could not be read: {reason}.", called(row)));
            }
        }
    }
    if !gaps.is_empty() && gaps.len() == rows.len() {
        return Err(ProviderError::Malformed { at: "positions" });
    }
    held.retain(|one| !one.quantity.is_zero() || one.market_value.is_some_and(|value| !value.is_zero()));
    Ok(PulledHoldings::Told { holdings: held, gaps })
}

/// Reads a position as it is kept: all rows of it.
pub(crate) fn kept_holding(kept: &Value) -> Result<PulledHolding, String> {
    let rows = kept.as_array().ok_or("it is no list of rows")?;
    let mut held: Option<PulledHolding> = None;
    for row in rows {
        let read = holding(row)?;
        match &mut held {
            Some(held) => merge(held, read),
            None => held = Some(read),
        }
    }
    held.ok_or_else(|| "there is no row".to_owned())
}

fn merge(one: &mut PulledHolding, other: PulledHolding) {
    let sum = |a: Option<Decimal>, b: Option<Decimal>| a?.checked_add(b?);
    one.quantity = one.quantity.checked_add(other.quantity).unwrap_or(one.quantity);
    one.market_value = sum(one.market_value, other.market_value);
    one.cost_basis = sum(one.cost_basis, other.cost_basis);
    one.price = one.price.or(other.price);
    if let (Value::Array(rows), Value::Array(more)) = (&mut *one.raw, &*other.raw) {
        rows.extend_from_slice(more);
    }
}

fn holding(row: &Value) -> Result<PulledHolding, String> {
    let instrument = Instrument(row.get("instrument").unwrap_or(&Value::Null));
    let external_id = instrument.key().ok_or("instrument has no identifier")?;
    let (long, short) = (wire::units(row, "longQuantity")?, wire::units(row, "shortQuantity")?);
    let quantity = match (long, short) {
        (None, None) => return Err("longQuantity and shortQuantity are missing".to_owned()),
        (long, short) => long.unwrap_or_default().checked_sub(short.unwrap_or_default()),
    };
    let quantity = quantity.ok_or("longQuantity is too large")?.normalize();
    // Without a figure the position is still one.
    let figure = |read: Result<Option<Decimal>, String>| {
        read.unwrap_or_else(|reason| {
            tracing::warn!(%reason, "a figure of a position was left out");
            None
        })
    };
    let market_value = figure(wire::money(row, "marketValue"));
    let multiplier = instrument.multiplier();
    let asset_class = instrument.asset_class();
    let cost_basis = if asset_class == AssetClass::CashEquivalent {
        market_value
    } else {
        figure(wire::units(row, "averagePrice"))
            .zip(multiplier)
            .and_then(|(price, multiplier)| price.checked_mul(quantity)?.checked_mul(multiplier))
            .map(wire::money_of)
    };
    let price = market_value
        .zip(multiplier)
        .and_then(|(value, multiplier)| value.checked_div(quantity)?.checked_div(multiplier))
        .map(wire::price_of);
    Ok(PulledHolding {
        external_id,
        ids: instrument.ids(),
        symbol: instrument.symbol(),
        name: instrument.name(),
        asset_class,
        is_money: instrument.is_cash(),
        quantity,
        price,
        market_value,
        cost_basis,
        option: instrument.option(),
        currency: Currency::USD,
        as_of: None,
        raw: Value::Array(vec![row.clone()]).into(),
    })
}

/// What a row is called, for people: its symbol, its name or its key, as far as there is one.
fn called(row: &Value) -> String {
    let instrument = Instrument(row.get("instrument").unwrap_or(&Value::Null));
    let said = instrument.symbol().or_else(|| instrument.name()).or_else(|| instrument.key());
    said.map_or("without a name".to_owned(), |said| format!("\u{201c}{said}\u{201d}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(positions: Value) -> Result<Vec<PulledHolding>, ProviderError> {
        holdings(&json!({"securitiesAccount": {"positions": positions}})).map(PulledHoldings::shown)
    }

    fn text(value: Option<Decimal>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }

    #[test]
    fn price_and_cost_come_with_the_multiplier() {
        let held = of(json!([
            {"shortQuantity": 1.0, "longQuantity": 0.0, "averagePrice": 2.7733, "marketValue": -75.0,
             "instrument": {"assetType": "OPTION", "symbol": "META  250131P00525000", "cusip": "0META"}},
            {"longQuantity": 10000.0, "averagePrice": 99.1234, "marketValue": 9912.34,
             "instrument": {"assetType": "FIXED_INCOME", "cusip": "912797AB1"}},
            {"longQuantity": 3, "averagePrice": 1, "marketValue": 10, "instrument": {"symbol": "A"}},
        ]))
        .unwrap();
        let shown: Vec<_> = held
            .iter()
            .map(|one| (one.quantity.to_string(), text(one.price), text(one.cost_basis)))
            .collect();
        assert_eq!(shown[0], ("-1".to_owned(), "0.75".to_owned(), "-277.33".to_owned()));
        assert_eq!(shown[1], ("10000".to_owned(), "99.1234".to_owned(), "9912.34".to_owned()));
        assert_eq!(shown[2], ("3".to_owned(), "3.333333333333".to_owned(), "3.00".to_owned()));
    }

    #[test]
    fn both_sides_of_an_instrument_are_one_position_and_nothing_is_none() {
        let side = |long: i32, short: i32, value: i32| {
            json!({"longQuantity": long, "shortQuantity": short, "marketValue": value, "averagePrice": 5,
                "instrument": {"cusip": "1", "assetType": "EQUITY"}})
        };
        let held = of(json!([side(10, 0, 100), side(0, 4, -40)])).unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!((held[0].quantity, held[0].market_value), (Decimal::from(6), Some(Decimal::from(60))));
        assert_eq!(held[0].cost_basis, Some(Decimal::from(30)));
        assert_eq!(of(json!([side(10, 10, 0)])), Ok(Vec::new()));
        assert_eq!(of(json!([])), Ok(Vec::new()));
    }

    #[test]
    fn cash_among_the_positions_names_no_security() {
        let row = |kind: &str, asset_type: &str, symbol: &str| {
            json!({"longQuantity": 250.0, "marketValue": 250.0, "averagePrice": 1,
                "instrument": {"assetType": asset_type, "type": kind, "symbol": symbol, "cusip": format!("C{symbol}"),
                    "description": "BANK SWEEP", "instrumentId": 7}})
        };
        let held = of(json!([
            row("SWEEP_VEHICLE", "CASH_EQUIVALENT", "MMDA1"),
            row("MONEY_MARKET_FUND", "MUTUAL_FUND", "SWVXX"),
        ]))
        .unwrap();
        let shown: Vec<_> = held.iter().map(|one| (one.is_money, one.facts().keys().is_empty())).collect();
        assert_eq!(shown, [(true, true), (false, false)]);
        assert_eq!(held[0].asset_class, AssetClass::CashEquivalent);
    }

    #[test]
    fn bad_rows_do_not_take_their_neighbours_with_them() {
        let read = |positions| holdings(&json!({"securitiesAccount": {"positions": positions}}));
        let gaps = |told| match told {
            Ok(PulledHoldings::Told { gaps, .. }) => gaps,
            other => panic!("{other:?}"),
        };
        assert_eq!(gaps(read(json!([{"longQuantity": 1, "instrument": {"cusip": "1"}}, 17]))).len(), 1);
        assert!(gaps(read(json!([]))).is_empty());
        let held = of(json!([
            {"longQuantity": "NaN", "instrument": {"cusip": "1"}},
            {"longQuantity": 1, "instrument": {}},
            {"instrument": {"cusip": "2"}},
            17,
            {"longQuantity": "79228162514264337593543950335", "shortQuantity": "-79228162514264337593543950335",
             "instrument": {"cusip": "3"}},
            {"longQuantity": 1, "marketValue": "1e400", "averagePrice": [], "instrument": {"cusip": "4"}},
            {"longQuantity": "79228162514264337593543950335", "averagePrice": "79228162514264337593543950335",
             "marketValue": 1, "instrument": {"cusip": "5"}},
        ]))
        .unwrap();
        let shown: Vec<_> = held
            .iter()
            .map(|one| (one.external_id.as_str(), one.market_value.is_some(), one.cost_basis.is_some()))
            .collect();
        assert_eq!(shown, [("4", false, false), ("5", true, false)]);
        assert_eq!(of(json!([17])), Err(ProviderError::Malformed { at: "positions" }));
    }
}
