//! What sort of transaction, by the bank transaction code of ISO 20022, which some banks tell.

use dashtam_domain::{ledger::TransactionKind, money::Decimal};
use dashtam_provider_kit::lenient::text;
use serde_json::Value;

/// The sort of a row with this amount.
pub(super) fn read(row: &Value, amount: Decimal) -> TransactionKind {
    let code = row.get("bank_transaction_code").unwrap_or(&Value::Null);
    let told = ["sub_code", "code"].map(|field| text(code, field).unwrap_or_default().to_ascii_uppercase());
    // The finer word comes first.
    let mut words = told.iter().flat_map(|told| told.split(|c: char| !c.is_ascii_alphanumeric()));
    let out = amount.is_sign_negative();
    let by_code = words.find_map(|word| meaning(word, out));
    by_code.unwrap_or(match () {
        () if amount.is_zero() => TransactionKind::Other,
        () if out => TransactionKind::Debit,
        () => TransactionKind::Credit,
    })
}

fn meaning(word: &str, out: bool) -> Option<TransactionKind> {
    Some(match word {
        "STDO" => TransactionKind::StandingOrder,
        "RDDT" | "IDDT" | "ESDD" | "PMDD" | "BBDD" => TransactionKind::DirectDebit,
        "CWDL" => TransactionKind::Cash,
        "POSD" | "POSC" | "POSP" => TransactionKind::PointOfSale,
        "CHRG" | "COMM" | "FEES" if out => TransactionKind::Fee,
        "INTR" => TransactionKind::Interest,
        "DVCA" | "DVID" => TransactionKind::Dividend,
        "SALA" | "PAYR" if !out => TransactionKind::DirectDeposit,
        "RCHQ" | "ICHQ" | "CCHQ" => TransactionKind::Check,
        "CDPT" => TransactionKind::Deposit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sorts_follow_codes_and_signs() {
        let of =
            |code: Value, amount: i64| read(&json!({"bank_transaction_code": code}), Decimal::from(amount));
        let code =
            |code: &str, sub_code: &str| json!({"description": "x", "code": code, "sub_code": sub_code});
        assert_eq!(of(code("PMNT", "ICDT-STDO"), -1), TransactionKind::StandingOrder);
        assert_eq!(of(code("PMNT-RDDT", "ESDD"), -1), TransactionKind::DirectDebit);
        assert_eq!(of(code("PMNT-CCRD-POSD", ""), -1), TransactionKind::PointOfSale);
        assert_eq!(of(code("pmnt", "rcdt-sala"), 1), TransactionKind::DirectDeposit);
        assert_eq!(of(code("PMNT", "MDOP-CHRG"), -1), TransactionKind::Fee);
        assert_eq!(of(code("PMNT", "MDOP-CHRG"), 1), TransactionKind::Credit);
        assert_eq!(of(code("ACMT", "MCOP-INTR"), 1), TransactionKind::Interest);
        for untold in [Value::Null, json!({}), json!([]), json!("PMNT"), code("166", "")] {
            assert_eq!(of(untold.clone(), -1), TransactionKind::Debit, "{untold}");
            assert_eq!(of(untold.clone(), 1), TransactionKind::Credit, "{untold}");
            assert_eq!(of(untold, 0), TransactionKind::Other);
        }
    }
}
