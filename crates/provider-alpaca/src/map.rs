//! Accounts and positions, from Alpaca's JSON to Dashtam's language. Reasons for refusals name fields, never
//! values.

use dashtam_domain::{
    connections::{PulledAccount, PulledHolding},
    ledger::{AccountKind, AccountTerms, AssetClass, BalanceParts, SecurityIds, mask_number},
    money::{Currency, Decimal},
};
use dashtam_provider_kit::lenient::{required_decimal, required_text, text};
use serde_json::{Value, json};

use crate::figures::{class_of_symbol, figure, option_of, signed, symbol_of};

/// Reads an id, and refuses one that is too long or has control characters.
pub(crate) fn id(row: &Value, field: &'static str) -> Result<String, String> {
    let id = required_text(row, field)?;
    let usable = id.len() <= 200 && !id.chars().any(char::is_control);
    if usable { Ok(id) } else { Err(format!("{field} is not an id")) }
}

pub(crate) fn currency(row: &Value) -> Result<Currency, String> {
    required_text(row, "currency")?.parse().map_err(|why| format!("currency {why}"))
}

pub(crate) fn account(row: &Value, paper: bool) -> Result<PulledAccount, String> {
    let (cash, unborrowed) = (figure(row, "cash"), figure(row, "non_marginable_buying_power"));
    Ok(PulledAccount {
        external_id: id(row, "id")?,
        institution: None,
        name: if paper { "Alpaca paper account" } else { "Alpaca account" }.to_owned(),
        kind: AccountKind::Brokerage,
        currency: currency(row)?,
        mask: text(row, "account_number").and_then(|number| mask_number(&number)),
        balance: figure(row, "equity").or_else(|| figure(row, "portfolio_value")),
        // Buying power is two to four times what there is to spend: it is mostly borrowed.
        available: cash.zip(unborrowed).map(|(cash, other)| cash.min(other)).or(cash).or(unborrowed),
        parts: BalanceParts {
            // Below zero it is what was borrowed.
            margin_debt: cash.map(|cash| -cash.min(Decimal::ZERO)),
            cash,
            money_market: None,
        },
        terms: AccountTerms::default(),
        as_of: None,
        raw: kept(row, paper).into(),
    })
}

/// An account as it is kept: with what is not in it, and without its number.
fn kept(row: &Value, paper: bool) -> Value {
    let mut row = row.clone();
    if let Some(number) = row.get_mut("account_number") {
        *number = number.as_str().and_then(mask_number).into();
    }
    json!({"account": row, "paper": paper})
}

/// Reads an account as it is kept.
pub(crate) fn kept_account(kept: &Value) -> Result<PulledAccount, String> {
    let paper = kept.get("paper").and_then(Value::as_bool).unwrap_or_default();
    account(kept.get("account").unwrap_or(&Value::Null), paper)
}

/// `account` is the currency of the account, in which figures without a block of their own are.
pub(crate) fn holding(row: &Value, account: Currency) -> Result<PulledHolding, String> {
    let told = id(row, "symbol")?;
    let quantity = required_decimal(row, "qty")?;
    let short = quantity.is_sign_negative() || text(row, "side").as_deref() == Some("short");
    // An account in another currency shows its figures in dollars in a block.
    let (figures, currency) = match row.get("usd").filter(|block| block.is_object()) {
        Some(block) => (block, Currency::USD),
        None => (row, account),
    };
    let asset_class = match text(row, "asset_class").as_deref() {
        Some("us_equity") => AssetClass::Equity,
        Some("us_option") => AssetClass::Option,
        // Perpetual futures on coins too.
        Some(class) if class.starts_with("crypto") => AssetClass::Cryptocurrency,
        Some(_) => AssetClass::Other,
        None => class_of_symbol(&told),
    };
    Ok(PulledHolding {
        external_id: id(row, "asset_id").unwrap_or_else(|_| told.clone()),
        ids: SecurityIds {
            own: id(row, "asset_id").ok().map(|id| format!("alpaca:{id}")),
            ..SecurityIds::default()
        },
        option: option_of(&told, asset_class),
        symbol: Some(symbol_of(&told, asset_class)),
        asset_class,
        name: None,
        is_money: false,
        quantity: signed(quantity, short),
        price: figure(figures, "current_price"),
        market_value: figure(figures, "market_value")
            .map(|value| if short { signed(value, true) } else { value }),
        cost_basis: figure(figures, "cost_basis"),
        currency,
        as_of: None,
        raw: row.clone().into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(row: Value) -> (String, Option<String>, Option<String>, Option<String>) {
        let held = holding(&row, "EUR".parse().unwrap()).unwrap();
        let text = |figure: Option<Decimal>| figure.map(|figure| figure.to_string());
        (held.quantity.to_string(), text(held.price), text(held.market_value), text(held.cost_basis))
    }

    #[test]
    fn what_can_be_spent_is_not_what_can_be_borrowed() {
        let available = |row: Value| {
            let mut account = json!({"id": "a", "currency": "USD", "buying_power": "262113.632"});
            account.as_object_mut().unwrap().extend(row.as_object().unwrap().clone());
            super::account(&account, false).unwrap().available.map(|figure| figure.to_string())
        };
        assert_eq!(
            available(json!({"cash": "-23140.2", "non_marginable_buying_power": "7386.56"})).as_deref(),
            Some("-23140.2")
        );
        assert_eq!(
            available(json!({"cash": "100", "non_marginable_buying_power": "7.5"})).as_deref(),
            Some("7.5")
        );
        assert_eq!(available(json!({"cash": "100"})).as_deref(), Some("100"));
        assert_eq!(available(json!({"cash": "NaN"})), None);
    }

    #[test]
    fn a_position_sold_short_is_negative_however_it_is_told() {
        let row = |quantity: &str, side: &str| json!({"symbol": "T", "qty": quantity, "side": side, "market_value": "20", "cost_basis": "-18"});
        for (quantity, side) in [("5", "short"), ("-5", "short"), ("-5", "long")] {
            let (quantity, _, value, cost) = shown(row(quantity, side));
            assert_eq!(
                (quantity.as_str(), value.as_deref(), cost.as_deref()),
                ("-5", Some("-20"), Some("-18"))
            );
        }
        assert_eq!(shown(row("5", "long")).0, "5");
    }

    #[test]
    fn dollars_are_taken_from_their_block() {
        let mut row = json!({"asset_id": "x", "symbol": "AAPL", "qty": "1", "current_price": "9"});
        assert_eq!(holding(&row, "EUR".parse().unwrap()).unwrap().currency.as_str(), "EUR");
        row["usd"] = json!({"current_price": "10.5", "market_value": "10.5"});
        let held = holding(&row, "EUR".parse().unwrap()).unwrap();
        assert_eq!((held.currency, held.price.unwrap().to_string()), (Currency::USD, "10.5".to_owned()));
        assert_eq!((held.external_id.as_str(), held.cost_basis), ("x", None));
    }

    #[test]
    fn digits_are_kept_or_the_figure_is_left_out() {
        let row = json!({"symbol": "BTCUSD", "qty": "2.619370000000000000001",
            "current_price": "1234567.123456789012345678901", "market_value": "12345678.123456789012345678901",
            "cost_basis": "51498.3174"});
        let kept = shown(row);
        assert_eq!(kept.0, "2.619370000000000000001");
        assert_eq!(kept.1.as_deref(), Some("1234567.123456789012345678901"));
        assert_eq!(
            (kept.2.as_deref(), kept.3.as_deref()),
            (Some("12345678.123456789012345678901"), Some("51498.3174"))
        );
        let too_long =
            json!({"symbol": "BTCUSD", "qty": "1", "market_value": "123456789.123456789012345678901"});
        assert_eq!(shown(too_long).2, None);
        let unusable = json!({"symbol": "BTCUSD", "qty": "123456789.123456789012345678901"});
        assert_eq!(holding(&unusable, Currency::USD).unwrap_err(), "qty has more than 28 significant digits");
    }
}
