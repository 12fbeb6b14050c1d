//! Positions.

use dashtam_domain::{
    connections::PulledHolding,
    time::{Day, Timestamp},
};
use dashtam_provider_kit::lenient::{required_decimal, text};
use serde_json::{Value, json};

use super::{currency, figure, id, security::Security};

/// The security with the id that the row names, in the answer that the row is in.
pub(crate) fn security_of<'a>(row: &Value, answer: &'a Value) -> Option<&'a Value> {
    let id = text(row, "security_id")?;
    let securities = answer.get("securities")?.as_array()?;
    securities.iter().find(|security| text(security, "security_id").as_deref() == Some(&id))
}

/// Reads a position of this security.
pub(crate) fn read(row: &Value, security: Option<&Value>) -> Result<PulledHolding, String> {
    let told = Security(security.unwrap_or(&Value::Null));
    let day = text(row, "institution_price_as_of").and_then(|day| Day::parse(&day)).map(Day::start);
    let at = text(row, "institution_price_datetime").and_then(|at| Timestamp::parse(&at));
    Ok(PulledHolding {
        external_id: id(row, "security_id")?,
        ids: told.ids(),
        symbol: told.symbol(),
        name: told.name(),
        asset_class: told.class(),
        is_money: told.is_cash(),
        quantity: required_decimal(row, "quantity")?,
        price: figure(row, "institution_price"),
        market_value: figure(row, "institution_value"),
        cost_basis: figure(row, "cost_basis"),
        option: told.option(),
        currency: currency(row)?,
        as_of: at.or(day),
        raw: json!({"holding": row, "security": security}).into(),
    })
}

/// Reads a position as it is kept.
pub(crate) fn kept(kept: &Value) -> Result<PulledHolding, String> {
    let security = kept.get("security").filter(|security| security.is_object());
    read(kept.get("holding").unwrap_or(&Value::Null), security)
}

#[cfg(test)]
mod tests {
    use dashtam_domain::ledger::AssetClass;

    use super::*;

    fn class(security: Value) -> AssetClass {
        Security(&security).class()
    }

    #[test]
    fn classes_follow_plaids_words() {
        for (kind, expected) in [
            ("cash", AssetClass::CashEquivalent),
            ("cryptocurrency", AssetClass::Cryptocurrency),
            ("derivative", AssetClass::Other),
            ("equity", AssetClass::Equity),
            ("etf", AssetClass::Etf),
            ("fixed income", AssetClass::FixedIncome),
            ("mutual fund", AssetClass::MutualFund),
            ("loan", AssetClass::Other),
            ("of a later day", AssetClass::Other),
        ] {
            assert_eq!(class(json!({"type": kind})), expected, "{kind}");
        }
        let money = json!({"type": "mutual fund", "is_cash_equivalent": true});
        assert_eq!(class(money), AssetClass::CashEquivalent);
        let coin = json!({"type": "cryptocurrency", "is_cash_equivalent": true});
        assert_eq!(class(coin), AssetClass::Cryptocurrency);
        let option = json!({"type": "derivative", "option_contract": {"contract_type": "put"}});
        assert_eq!(class(option), AssetClass::Option);
    }

    #[test]
    fn money_among_the_positions_names_no_security() {
        let row =
            json!({"security_id": "s", "quantity": 5, "institution_value": 5, "iso_currency_code": "USD"});
        let read = |kind: &str, symbol: &str| {
            let security = json!({"security_id": "s", "type": kind, "ticker_symbol": symbol, "name": "U S Dollar",
                "is_cash_equivalent": true});
            let told = read(&row, Some(&security)).unwrap();
            (told.is_money, told.facts().keys().is_empty(), told.asset_class)
        };
        let money = (true, true, AssetClass::CashEquivalent);
        for (kind, symbol) in
            [("cash", "USD"), ("cash", "CUR:USD"), ("equity", "CUR:USD"), ("other", "CUR:EUR")]
        {
            assert_eq!(read(kind, symbol), money, "{kind} {symbol}");
        }
        assert_eq!(read("cryptocurrency", "CUR:BTC"), (false, false, AssetClass::Cryptocurrency));
        assert_eq!(read("mutual fund", "VMFXX"), (false, false, AssetClass::CashEquivalent));
        assert_eq!(read("equity", "CURL"), (false, false, AssetClass::Equity));
    }

    #[test]
    fn a_position_is_read_as_it_was_kept() {
        let row = json!({"security_id": "s", "quantity": 23.567, "institution_price": 27, "cost_basis": 23.5,
            "institution_value": 636.309, "institution_price_as_of": "2021-04-13", "iso_currency_code": "USD"});
        let securities = json!({"securities": [{"security_id": "s", "ticker_symbol": "MIPTX", "type": "mutual fund",
            "isin": "US5771308344", "cusip": "577130834", "market_identifier_code": "XNAS"}]});
        let security = security_of(&row, &securities);
        for security in [security, None] {
            let told = read(&row, security).unwrap();
            assert_eq!(kept(&told.raw).unwrap(), told);
        }
        let told = read(&row, security).unwrap();
        assert_eq!(told.ids.own.as_deref(), Some("plaid:s"));
        assert!(told.ids.isin.is_some() && told.ids.cusip.is_some());
        assert_eq!(told.cost_basis.unwrap().to_string(), "23.5", "of the whole position");
    }
}
