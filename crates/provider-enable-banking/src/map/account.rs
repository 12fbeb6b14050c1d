//! Accounts.

use dashtam_domain::{
    connections::{PulledAccount, PulledInstitution},
    ledger::{AccountKind, AccountTerms, BalanceParts, mask_number},
    money::{Currency, Decimal},
    secret::SecretHash,
    time::Timestamp,
};
use dashtam_provider_kit::lenient::{required_text, text};
use serde_json::{Map, Value, json};

use super::{currency, figure, words};

/// Longer names are cut to this length.
const NAME: usize = 200;
/// Longer hashes are replaced by a hash of them.
const LONGEST_HASH: usize = 150;

/// What is kept of an account: whatever tells it from others and describes it, and no number.
const KEPT: [&str; 8] = [
    "identification_hash",
    "name",
    "details",
    "product",
    "cash_account_type",
    "usage",
    "currency",
    "credit_limit",
];

/// What is booked, the latest first; and what may be spent (codes of ISO 20022).
const BOOKED: [&str; 7] = ["ITBD", "CLBD", "XPCD", "PRCD", "OPBD", "OTHR", "VALU"];
const AVAILABLE: [&str; 3] = ["ITAV", "CLAV", "OPAV"];

/// An account as it is kept, without its number; `None` of one that has nothing by which it could be known again in another
/// session. The number stands in as a hash where Enable Banking gives none.
pub(crate) fn trimmed(row: &Value) -> Option<Value> {
    let number = number(row);
    let kept = KEPT.iter().filter_map(|field| Some(((*field).to_owned(), row.get(*field)?.clone())));
    let mut kept: Map<String, Value> = kept.collect();
    if text(row, "identification_hash").is_none() {
        let hash = SecretHash::of(number.as_deref()?).to_hex();
        kept.insert("identification_hash".to_owned(), hash.into());
    }
    if let Some(mask) = number.as_deref().and_then(mask_number) {
        kept.insert("mask".to_owned(), mask.into());
    }
    Some(Value::Object(kept))
}

/// The account's number: its IBAN, or what else the bank calls it.
fn number(row: &Value) -> Option<String> {
    let named = row.get("account_id")?;
    let iban = text(named, "iban").map(|iban| iban.replace(' ', ""));
    iban.or_else(|| text(named.get("other")?, "identification"))
}

/// What an account is known by in every session. One number can stand for accounts in several currencies.
pub(crate) fn id(row: &Value) -> Result<String, String> {
    let hash = required_text(row, "identification_hash")?;
    let is_usable = hash.len() <= LONGEST_HASH && hash.bytes().all(|byte| byte.is_ascii_graphic());
    let hash = if is_usable { hash } else { SecretHash::of(&hash).to_hex() };
    Ok(format!("{hash}:{}", currency(row)?))
}

fn kind(row: &Value) -> AccountKind {
    match text(row, "cash_account_type").unwrap_or_default().to_ascii_uppercase().as_str() {
        "CACC" | "CASH" | "TRAN" | "TRAS" => AccountKind::Checking,
        "SVGS" => AccountKind::Savings,
        "CARD" => AccountKind::CreditCard,
        "LOAN" => AccountKind::Loan,
        "MOMA" => AccountKind::MoneyMarket,
        _ => AccountKind::Other,
    }
}

/// The first balance of these sorts that is in the account's currency, and when it held.
fn balance(balances: &[Value], sorts: &[&str], account: Currency) -> Option<(Decimal, Option<Timestamp>)> {
    sorts.iter().find_map(|sort| {
        let is_of = |row: &&Value| text(row, "balance_type").as_deref() == Some(*sort);
        balances.iter().filter(is_of).find_map(|row| {
            let told = row.get("balance_amount")?;
            let amount = figure(told, "amount").filter(|_| currency(told) == Ok(account))?;
            let at = text(row, "last_change_date_time").and_then(|at| Timestamp::parse(&at));
            Some((amount, at))
        })
    })
}

/// Reads an account as it is kept, with its balances.
pub(crate) fn read(row: &Value, balances: &[Value], institution: &str) -> Result<PulledAccount, String> {
    let external_id = id(row)?;
    let (kind, account) = (kind(row), currency(row)?);
    let available = balance(balances, &AVAILABLE, account);
    // Some banks tell one of them only.
    let booked = balance(balances, &BOOKED, account).or(available);
    let owes = matches!(kind, AccountKind::Loan);
    // Banks write what is left of a loan with either sign, and owe nothing on one themselves.
    let present = booked.map(|(amount, _)| if owes && amount > Decimal::ZERO { -amount } else { amount });
    let limit = row.get("credit_limit").and_then(|limit| {
        figure(limit, "amount").filter(|_| kind == AccountKind::CreditCard && currency(limit) == Ok(account))
    });
    let name = ["details", "product", "name"].into_iter().find_map(|field| words(row, field, NAME));
    Ok(PulledAccount {
        external_id,
        institution: Some(PulledInstitution { name: institution.to_owned(), url: None }),
        name: name.unwrap_or_else(|| "Account".to_owned()),
        kind,
        currency: account,
        mask: text(row, "mask"),
        balance: present,
        available: available.map(|(amount, _)| amount).filter(|_| !owes),
        parts: BalanceParts::default(),
        terms: AccountTerms { credit_limit: limit, interest_rate: None, closed_since: None },
        as_of: booked.and_then(|(_, at)| at),
        raw: json!({"account": row, "balances": balances, "institution": institution}).into(),
    })
}

/// Reads an account as it was kept.
pub(crate) fn kept(kept: &Value) -> Result<PulledAccount, String> {
    let balances = kept.get("balances").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let institution = required_text(kept, "institution")?;
    read(kept.get("account").unwrap_or(&Value::Null), balances, &institution)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Value {
        json!({"account_id": {"iban": "FI21 1234 5600 0007 85"}, "name": "A. Aalto", "details": "Käyttötili",
            "usage": "PRIV", "cash_account_type": "CACC", "product": "Current", "currency": "EUR",
            "psu_status": "Account Holder", "uid": "07cc67f4", "identification_hash": "WwpbCiJhY2NvdW50"})
    }

    fn balances() -> Vec<Value> {
        let of = |kind: &str, amount: Value, currency: &str| {
            json!({"name": "x", "balance_type": kind, "balance_amount": {"amount": amount, "currency": currency},
                "last_change_date_time": "2026-11-30T09:00:00Z"})
        };
        vec![
            of("CLBD", json!("100.10"), "EUR"),
            of("ITBD", json!("9"), "SEK"),
            of("ITAV", json!("150.1000000000000000000001"), "EUR"),
        ]
    }

    #[test]
    fn an_account_has_its_balances_and_no_number() {
        let row = trimmed(&sent()).unwrap();
        let told = read(&row, &balances(), "Nordea").unwrap();
        assert_eq!((told.external_id.as_str(), told.name.as_str()), ("WwpbCiJhY2NvdW50:EUR", "Käyttötili"));
        assert_eq!((told.kind, told.mask.as_deref()), (AccountKind::Checking, Some("****0785")));
        // The balance in another currency is none of this account's.
        assert_eq!(told.balance.unwrap().to_string(), "100.10");
        assert_eq!(told.available.unwrap().to_string(), "150.1000000000000000000001");
        assert_eq!(told.as_of, Timestamp::parse("2026-11-30T09:00:00Z"));
        assert!(!told.raw.to_string().contains("5600"));
        assert_eq!(kept(&told.raw).unwrap(), told);
    }

    #[test]
    fn an_account_is_known_by_its_hash_or_by_that_of_its_number() {
        let mut row = sent();
        row["identification_hash"] = Value::Null;
        let spaced = id(&trimmed(&row).unwrap()).unwrap();
        row["account_id"] = json!({"iban": "FI2112345600000785"});
        assert_eq!(id(&trimmed(&row).unwrap()).unwrap(), spaced);
        assert!(!spaced.contains("0785"));
        row["account_id"] = json!({"other": {"identification": "4711", "scheme_name": "BBAN"}});
        assert_ne!(id(&trimmed(&row).unwrap()).unwrap(), spaced);
        row["account_id"] = Value::Null;
        assert_eq!(trimmed(&row), None);
        row["identification_hash"] = "x".repeat(500).into();
        assert_eq!(id(&trimmed(&row).unwrap()).unwrap().len(), 64 + 4);
    }

    #[test]
    fn loans_are_owed_and_cards_have_limits() {
        let mut row = trimmed(&sent()).unwrap();
        row["credit_limit"] = json!({"amount": "2000", "currency": "EUR"});
        let of = |row: &Value, kind: &str| {
            let mut row = row.clone();
            row["cash_account_type"] = kind.into();
            read(&row, &balances(), "Nordea").unwrap()
        };
        let loan = of(&row, "LOAN");
        assert_eq!((loan.balance.unwrap().to_string().as_str(), loan.available), ("-100.10", None));
        let card = of(&row, "CARD");
        assert_eq!(
            (card.kind, card.terms.credit_limit),
            (AccountKind::CreditCard, Some(Decimal::from(2000)))
        );
        assert_eq!(of(&row, "CACC").terms.credit_limit, None);
        assert_eq!(of(&row, "of a later day").kind, AccountKind::Other);
    }

    #[test]
    fn reasons_name_fields() {
        for (field, value, reason) in [
            ("identification_hash", Value::Null, "identification_hash is missing"),
            ("currency", Value::Null, "currency is missing"),
        ] {
            let mut row = trimmed(&sent()).unwrap();
            row[field] = value;
            assert_eq!(read(&row, &[], "Nordea").unwrap_err(), reason);
        }
    }
}
