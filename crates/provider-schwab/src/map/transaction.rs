//! Transactions, row by row: one that cannot be used is refused with a reason, its neighbours are kept.

use std::collections::HashSet;

use dashtam_domain::{
    connections::{PulledTransaction, RefusedRow, SentJson},
    ledger::{
        LegKind, References, Trade, TransactionDetails, TransactionFlag, TransactionStatus, mask_number,
    },
    money::{Currency, Decimal},
    time::Day,
};
use dashtam_provider_kit::{clean_code, lenient};
use serde_json::Value;

use super::{
    kind::{Clues, is_without_cash, kind},
    name,
    trade::legs,
    words,
};
use crate::wire::{self, Moment};

/// Longest identifier of a row; the longest known have 13 digits.
const LONGEST_ID: usize = 40;

/// The rows of an answer, translated.
#[derive(Debug, Default)]
pub(crate) struct Mapped {
    pub(crate) rows: Vec<PulledTransaction>,
    pub(crate) refused: Vec<RefusedRow>,
}

/// Maps the rows of an answer. They are seen together because tax withheld from a dividend is a row of its own
/// that has only the dividend's words.
pub(crate) fn transactions(rows: Vec<Value>) -> Mapped {
    let dividends: HashSet<(Day, String)> = rows.iter().filter_map(dividend).collect();
    let mut mapped = Mapped::default();
    let mut uneven = 0_u32;
    for row in rows {
        let (external_id, day) = (id(&row).ok(), booked(&row).ok().map(|moment| moment.day));
        match transaction(row, &dividends) {
            Ok((row, even)) => {
                uneven += u32::from(!even);
                mapped.rows.push(row);
            }
            Err(reason) => mapped.refused.push(RefusedRow { external_id, day, reason }),
        }
    }
    if uneven > 0 {
        tracing::debug!(rows = uneven, "legs do not add up to the net amount, which is kept");
    }
    mapped
}

/// Maps rows that were kept as they were told; each by itself, but for the dividends among them.
pub(crate) fn kept(rows: Vec<Result<Value, String>>) -> Vec<Result<PulledTransaction, String>> {
    let dividends: HashSet<(Day, String)> = rows.iter().flatten().filter_map(dividend).collect();
    let read =
        |row: Result<Value, String>| row.and_then(|row| transaction(row, &dividends)).map(|(row, _)| row);
    rows.into_iter().map(read).collect()
}

fn dividend(row: &Value) -> Option<(Day, String)> {
    let paid = wire::money(row, "netAmount").ok().flatten().is_some_and(|net| net > Decimal::ZERO);
    let is_dividend = name(row, "type") == "DIVIDEND_OR_INTEREST" && paid;
    let day = booked(row).ok()?.day;
    is_dividend.then(|| words(row, "description")).flatten().map(|said| (day, said))
}

fn id(row: &Value) -> Result<String, String> {
    let id = lenient::required_text(row, "activityId")?;
    let plain = id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain { Ok(id) } else { Err("activityId is not an identifier".to_owned()) }
}

fn time(row: &Value, field: &str) -> Option<Moment> {
    lenient::text(row, field).and_then(|text| wire::moment(&text))
}

/// The day of the trade, else the time of entry.
fn booked(row: &Value) -> Result<Moment, String> {
    time(row, "tradeDate")
        .or_else(|| time(row, "time"))
        .ok_or_else(|| "tradeDate and time are missing or no dates".to_owned())
}

/// A row, and whether its legs add up to its net amount.
fn transaction(
    mut row: Value,
    dividends: &HashSet<(Day, String)>,
) -> Result<(PulledTransaction, bool), String> {
    if !row.is_object() {
        return Err("the row is not an object".to_owned());
    }
    let external_id = id(&row)?;
    let day = booked(&row)?.day;
    let row_type = name(&row, "type");
    let net = wire::money(&row, "netAmount")?;
    let legs = legs(&row)?;
    let made_of = TransactionDetails {
        fee: legs.fee,
        legs: legs.all,
        references: references(&row),
        ..TransactionDetails::default()
    };
    // What comes or goes in kind has a cost and moves no cash.
    let moves_cash = row_type == "TRADE"
        || (!is_without_cash(row_type) && made_of.legs.iter().all(|leg| leg.kind != LegKind::Security));
    let zero = wire::money_of(Decimal::ZERO);
    let (amount, derived) = match (net, made_of.legs_total()) {
        _ if is_without_cash(row_type) => (zero, false),
        (Some(net), _) => (net, false),
        (None, _) if row_type == "RECEIVE_AND_DELIVER" => (zero, false),
        (None, Some(total)) if moves_cash => (wire::money_of(total), true),
        (None, Some(total)) if total.is_zero() => (zero, true),
        (None, _) => return Err("netAmount is missing, and its legs do not tell it".to_owned()),
    };
    let even = !moves_cash || made_of.legs_total().is_none_or(|total| total == amount);
    let status = name(&row, "status");
    let known = matches!(status, "VALID" | "PENDING" | "INVALID");
    let flags = [
        (even, TransactionFlag::LegsDoNotAddUp),
        (known, TransactionFlag::StatusUnknown),
        (!derived, TransactionFlag::AmountFromLegs),
    ];
    let flags = flags.into_iter().filter(|(fine, _)| !fine).map(|(_, flag)| flag).collect();
    let said = words(&row, "description");
    let takes_from_dividend = amount.is_sign_negative()
        && said.as_ref().is_some_and(|said| dividends.contains(&(day, said.clone())));
    let kind = kind(Clues {
        kind: row_type,
        subtype: name(&row, "transactionSubType"),
        description: said.as_deref().unwrap_or_default(),
        amount,
        takes_from_dividend,
    });
    let pulled = PulledTransaction {
        external_id,
        replaces: None,
        day,
        occurred_at: time(&row, "time").and_then(|moment| moment.at),
        amount,
        currency: Currency::USD,
        description: said.unwrap_or_else(|| describe(row_type, legs.trade.as_ref())),
        kind,
        status: match status {
            "PENDING" => TransactionStatus::Pending,
            "INVALID" => TransactionStatus::Removed,
            _ => TransactionStatus::Posted,
        },
        memo: None,
        trade: legs.trade,
        details: TransactionDetails { flags, ..made_of },
        raw: SentJson::default(),
    };
    mask(&mut row);
    Ok((PulledTransaction { raw: row.into(), ..pulled }, even))
}

/// Schwab's own names of what the row belongs to. Zero names nothing.
fn references(row: &Value) -> References {
    let named = |field| {
        let name = lenient::text(row, field).filter(|name| name.len() <= LONGEST_ID && name != "0");
        name.map(|name| clean_code(&name)).filter(|name| !name.is_empty())
    };
    References { order: named("orderId"), position: named("positionId"), sub_account: named("subAccount") }
}

/// The row is kept as it was sent, but for the account's number: no row may carry that about.
fn mask(row: &mut Value) {
    if let Some(number) = row.get_mut("accountNumber") {
        let digits = match number {
            Value::String(text) => text.clone(),
            ref other => other.to_string(),
        };
        *number = mask_number(&digits).map_or(Value::Null, Value::String);
    }
}

/// Describes a row that comes without a description.
fn describe(row_type: &str, trade: Option<&Trade>) -> String {
    let what =
        trade.and_then(|trade| trade.symbol.as_ref().or(trade.name.as_ref()).map(|what| (trade, what)));
    if let (Some((trade, what)), "TRADE") = (what, row_type) {
        let verb = if trade.quantity.is_sign_negative() { "Sold" } else { "Bought" };
        return format!("{verb} {} {what}", trade.quantity.abs().normalize());
    }
    let mut words: String =
        row_type.chars().filter(|c| c.is_ascii_alphabetic() || *c == '_').take(40).collect();
    words = words.replace('_', " ").to_lowercase();
    match words.get_mut(..1) {
        Some(first) => first.make_ascii_uppercase(),
        None => words.push_str("Transaction"),
    }
    what.map_or(words.clone(), |(_, what)| format!("{words} {what}"))
}

#[cfg(test)]
mod tests {
    use dashtam_domain::ledger::TransactionKind;
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({"activityId": 1, "time": "2026-03-06T02:30:00+0000", "tradeDate": "2026-03-06T05:00:00+0000",
            "type": "TRADE", "status": "VALID", "accountNumber": "12345678", "netAmount": -10.000000000001,
            "transferItems": [{"instrument": {"assetType": "EQUITY", "symbol": "A"},
                "amount": 2, "cost": -10, "price": 5}]})
    }

    fn with(field: &str, value: Value) -> Value {
        let mut row = row();
        row[field] = value;
        row
    }

    fn one(row: Value) -> PulledTransaction {
        let mut mapped = transactions(vec![row]);
        assert_eq!(mapped.refused, []);
        mapped.rows.remove(0)
    }

    #[test]
    fn a_row_has_its_day_in_new_york_and_no_account_number() {
        let read = one(row());
        assert_eq!(read.day, Day::parse("2026-03-06").unwrap());
        assert_eq!(read.occurred_at.unwrap().to_string(), "2026-03-06T02:30:00.000000Z");
        assert_eq!(read.amount.to_string(), "-10.00");
        assert_eq!(read.description, "Bought 2 A");
        assert_eq!(read.raw["accountNumber"], "****5678");
        assert_eq!(read.raw["netAmount"].to_string(), "-10.000000000001");
        assert_eq!(one(with("tradeDate", Value::Null)).day, Day::parse("2026-03-05").unwrap());
        let dated = one(with("time", json!("2026-03-04")));
        assert_eq!((dated.day, dated.occurred_at), (Day::parse("2026-03-06").unwrap(), None));
        assert_eq!(one(with("accountNumber", json!(12_345_678))).raw["accountNumber"], "****5678");
    }

    #[test]
    fn states_of_a_row() {
        for (status, expected) in [
            ("VALID", TransactionStatus::Posted),
            ("PENDING", TransactionStatus::Pending),
            ("INVALID", TransactionStatus::Removed),
            ("UNKNOWN", TransactionStatus::Posted),
        ] {
            let read = one(with("status", json!(status)));
            assert_eq!(read.status, expected);
            let odd = read.details.flags.contains(&TransactionFlag::StatusUnknown);
            assert_eq!(odd, status == "UNKNOWN");
        }
    }

    #[test]
    fn rows_without_cash_move_none_whatever_they_say() {
        let mut row = with("type", json!("SMA_ADJUSTMENT"));
        row["transferItems"] = json!([]);
        let read = one(row);
        assert_eq!((read.amount, read.kind), (Decimal::ZERO, TransactionKind::Other));
        assert_eq!(read.description, "Sma adjustment");
        let mut row = with("netAmount", Value::Null);
        row["type"] = json!("RECEIVE_AND_DELIVER");
        assert_eq!(one(row).description, "Receive and deliver A");
    }

    #[test]
    fn tax_is_told_from_a_transfer_by_its_dividend() {
        let cash = |id: i32, kind: &str, net: i32, said: &str| json!({"activityId": id, "tradeDate": "2026-04-01", "type": kind, "netAmount": net, "description": said});
        let kinds = |rows| transactions(rows).rows.iter().map(|row| row.kind).collect::<Vec<_>>();
        assert_eq!(
            kinds(vec![
                cash(1, "JOURNAL", -2, "THE COCA-COLA CO"),
                cash(2, "DIVIDEND_OR_INTEREST", 22, "THE COCA-COLA CO"),
                cash(3, "JOURNAL", 2, "THE COCA-COLA CO"),
                cash(4, "JOURNAL", -2, "ELSEWHERE"),
            ]),
            [
                TransactionKind::Fee,
                TransactionKind::Dividend,
                TransactionKind::Transfer,
                TransactionKind::Transfer
            ]
        );
    }

    #[test]
    fn what_was_kept_is_read_as_it_was_told() {
        let cash = |id: i32, kind: &str, net: i32| json!({"activityId": id, "tradeDate": "2026-04-01", "type": kind, "netAmount": net, "description": "A CO"});
        let told =
            transactions(vec![row(), cash(2, "JOURNAL", -2), cash(3, "DIVIDEND_OR_INTEREST", 22)]).rows;
        let raw = |row: &PulledTransaction| Ok(serde_json::from_str(&row.raw.to_string()).unwrap());
        let again: Vec<_> = kept(told.iter().map(raw).collect()).into_iter().map(Result::unwrap).collect();
        assert_eq!(again, told);
        assert!(kept(vec![Err("no".to_owned())])[0].is_err());
    }

    #[test]
    fn a_bad_row_is_refused_and_its_neighbours_are_kept() {
        let bad = [
            json!(null),
            json!([]),
            with("activityId", Value::Null),
            with("activityId", json!("../../x")),
            json!({"activityId": 8, "type": "TRADE", "tradeDate": "2026-01-01"}),
            with("netAmount", json!("NaN")),
            with("netAmount", json!({"value": 1})),
            serde_json::from_str(r#"{"activityId": 2, "tradeDate": "2026-01-01", "netAmount": 1e400}"#)
                .unwrap(),
            with("transferItems", json!("none")),
            json!({"activityId": 3, "netAmount": 1, "tradeDate": "soon", "time": 5}),
        ];
        let count = bad.len();
        let mut rows = vec![row()];
        rows.extend(bad);
        rows.push(with("activityId", json!("9876543210")));
        let mapped = transactions(rows);
        let ids: Vec<_> = mapped.rows.iter().map(|row| row.external_id.as_str()).collect();
        assert_eq!(ids, ["1", "9876543210"]);
        assert_eq!(mapped.refused.len(), count);
        assert_eq!(mapped.refused[8].external_id.as_deref(), Some("1"));
        let told = |place: usize| mapped.refused[place].day.map(|day| day.to_string());
        assert_eq!([told(0), told(4), told(9)], [None, Some("2026-01-01".to_owned()), None]);
        for refused in mapped.refused {
            assert!(
                !refused.reason.contains("NaN") && !refused.reason.contains("soon"),
                "{}",
                refused.reason
            );
        }
    }

    #[test]
    fn an_amount_that_is_not_told_is_what_the_legs_come_to() {
        let mut trade = with("netAmount", Value::Null);
        trade["transferItems"] = json!([
            {"instrument": {"assetType": "EQUITY", "symbol": "A"}, "amount": 10, "cost": -1955.0, "price": 195.5},
            {"feeType": "COMMISSION", "cost": -0.65},
        ]);
        let read = one(trade.clone());
        assert_eq!((read.amount.to_string().as_str(), read.kind), ("-1955.65", TransactionKind::Trade));
        assert_eq!(read.details.flags, [TransactionFlag::AmountFromLegs]);
        assert_eq!(read.details.fee.unwrap().to_string(), "0.65");
        // A leg that does not tell leaves it open.
        trade["transferItems"][1]["cost"] = Value::Null;
        let mapped = transactions(vec![trade.clone()]);
        assert_eq!(mapped.refused[0].reason, "netAmount is missing, and its legs do not tell it");
        // Money alone, and what came in kind.
        let mut cash = with("netAmount", Value::Null);
        cash["type"] = json!("DIVIDEND_OR_INTEREST");
        cash["transferItems"] = json!([{"instrument": {"assetType": "CURRENCY"}, "amount": 13, "cost": 0}]);
        assert_eq!(one(cash).amount, Decimal::from(13));
        trade["type"] = json!("JOURNAL");
        trade["transferItems"] = json!([{"instrument": {"symbol": "A"}, "amount": 3, "cost": 0}]);
        assert_eq!(one(trade).amount, Decimal::ZERO);
    }

    #[test]
    fn what_a_row_belongs_to_is_kept() {
        let mut row = with("orderId", json!(1_003_000_000_001_i64));
        row["positionId"] = json!("77");
        row["subAccount"] = json!("MARGIN");
        let read = one(row).details.references;
        assert_eq!(
            [read.order.as_deref(), read.position.as_deref(), read.sub_account.as_deref()],
            [Some("1003000000001"), Some("77"), Some("MARGIN")]
        );
        assert_eq!(one(with("orderId", json!(0))).details.references, References::default());
        assert_eq!(one(with("positionId", json!([]))).details.references, References::default());
    }

    #[test]
    fn legs_that_do_not_add_up_do_not_change_the_amount() {
        let (read, even) = transaction(row(), &HashSet::new()).unwrap();
        assert!(even);
        let (other, even) = transaction(with("netAmount", json!(-9)), &HashSet::new()).unwrap();
        assert!(!even);
        assert_eq!((read.amount, other.amount), (Decimal::from(-10), Decimal::from(-9)));
        assert_eq!(read.details.flags, []);
        assert_eq!(other.details.flags, [TransactionFlag::LegsDoNotAddUp]);
        assert_eq!((read.details.legs.len(), read.details.legs_total()), (1, Some(Decimal::from(-10))));
    }
}
