//! Accounts and what is owed on them.

use dashtam_domain::{
    connections::{PulledAccount, PulledInstitution},
    ledger::{AccountKind, AccountTerms, BalanceParts, mask_number},
    money::Decimal,
    time::Timestamp,
};
use dashtam_provider_kit::lenient::text;
use serde_json::{Value, json};

use super::{NAME, currency, figure, id, words};

/// Subtypes of investment accounts from which one lives later, in several countries.
const RETIREMENT: [&str; 29] = [
    "401a",
    "401k",
    "403b",
    "457b",
    "ira",
    "roth",
    "roth 401k",
    "roth 403b",
    "sep ira",
    "simple ira",
    "sarsep",
    "keogh",
    "pension",
    "retirement",
    "profit sharing plan",
    "thrift savings plan",
    "rrsp",
    "rrif",
    "rlif",
    "lif",
    "lira",
    "lrif",
    "lrsp",
    "prif",
    "sipp",
    "drrf",
    "fixed annuity",
    "variable annuity",
    "other annuity",
];

/// What sort of account Plaid means.
fn kind(row: &Value) -> AccountKind {
    let [sort, subtype] =
        ["type", "subtype"].map(|field| text(row, field).unwrap_or_default().to_lowercase());
    match (sort.as_str(), subtype.as_str()) {
        ("depository", "savings" | "hsa") => AccountKind::Savings,
        ("depository", "money market") => AccountKind::MoneyMarket,
        ("depository", "cd" | "gic") => AccountKind::CertificateOfDeposit,
        ("depository", _) => AccountKind::Checking,
        ("credit", "credit card") => AccountKind::CreditCard,
        ("credit", _) => AccountKind::LineOfCredit,
        ("loan", "line of credit" | "home equity" | "overdraft") => AccountKind::LineOfCredit,
        ("loan", _) => AccountKind::Loan,
        // The second is an earlier word for the first.
        ("investment" | "brokerage", subtype) if RETIREMENT.contains(&subtype) => AccountKind::Retirement,
        ("investment" | "brokerage", _) => AccountKind::Brokerage,
        _ => AccountKind::Other,
    }
}

/// Whether Plaid counts what is owed on it as positive.
fn is_owed(kind: AccountKind) -> bool {
    matches!(kind, AccountKind::CreditCard | AccountKind::LineOfCredit | AccountKind::Loan)
}

/// The name of a bank.
pub(crate) fn institution(row: &Value) -> Option<String> {
    words(row, "name", NAME)
}

/// Its name for people.
pub(crate) fn name(row: &Value) -> Option<String> {
    words(row, "name", NAME).or_else(|| words(row, "official_name", NAME))
}

/// Its masked number.
pub(crate) fn mask(row: &Value) -> Option<String> {
    text(row, "mask").and_then(|mask| mask_number(&mask))
}

/// Reads an account. `rate` is its interest for a year in percent, which Plaid tells elsewhere; `institution` is the bank's name.
pub(crate) fn read(
    row: &Value,
    rate: Option<Decimal>,
    institution: Option<&str>,
) -> Result<PulledAccount, String> {
    let kind = kind(row);
    let balances = row.get("balances").unwrap_or(&Value::Null);
    let current = figure(balances, "current");
    let available = figure(balances, "available");
    let balance = match is_owed(kind) {
        true => current.map(|owed| -owed),
        // Some banks tell one of them only.
        false => current.or(available),
    };
    Ok(PulledAccount {
        external_id: id(row, "account_id")?,
        institution: institution.map(|name| PulledInstitution { name: name.to_owned(), url: None }),
        name: name(row).unwrap_or_else(|| "Account".to_owned()),
        kind,
        currency: currency(balances).map_err(|reason| format!("balances.{reason}"))?,
        mask: mask(row),
        balance,
        available,
        parts: BalanceParts::default(),
        terms: AccountTerms {
            credit_limit: figure(balances, "limit").filter(|_| is_owed(kind)),
            interest_rate: rate,
            closed_since: None,
        },
        as_of: text(balances, "last_updated_datetime").and_then(|at| Timestamp::parse(&at)),
        raw: json!({"account": row, "rate": rate.map(|rate| rate.to_string()), "institution": institution})
            .into(),
    })
}

/// Reads an account as it is kept.
pub(crate) fn kept(kept: &Value) -> Result<PulledAccount, String> {
    let institution = text(kept, "institution");
    read(kept.get("account").unwrap_or(&Value::Null), figure(kept, "rate"), institution.as_deref())
}

/// The interest for a year of the account with this id, in an answer about what is owed.
pub(crate) fn rate(liabilities: &Value, account: &str) -> Option<Decimal> {
    let of = |sort: &str| {
        let rows = liabilities.get(sort).and_then(Value::as_array).into_iter().flatten();
        rows.into_iter().find(|row| text(row, "account_id").as_deref() == Some(account))
    };
    let purchases = |row: &Value| {
        let rates = row.get("aprs")?.as_array()?;
        let rate = rates.iter().find(|rate| text(rate, "apr_type").as_deref() == Some("purchase_apr"))?;
        figure(rate, "apr_percentage")
    };
    of("credit")
        .and_then(purchases)
        .or_else(|| figure(of("mortgage")?.get("interest_rate")?, "percentage"))
        .or_else(|| figure(of("student")?, "interest_rate_percentage"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(kind: &str, subtype: &str) -> PulledAccount {
        let row = json!({"account_id": "a", "name": "A", "type": kind, "subtype": subtype, "mask": "0000",
            "balances": {"current": 110.10, "available": 100, "limit": 2000, "iso_currency_code": "USD"}});
        read(&row, None, None).unwrap()
    }

    #[test]
    fn what_is_owed_is_below_zero() {
        for (kind, subtype, expected, balance) in [
            ("depository", "checking", AccountKind::Checking, "110.1"),
            ("depository", "cash management", AccountKind::Checking, "110.1"),
            ("depository", "hsa", AccountKind::Savings, "110.1"),
            ("depository", "cd", AccountKind::CertificateOfDeposit, "110.1"),
            ("credit", "credit card", AccountKind::CreditCard, "-110.1"),
            ("credit", "paypal", AccountKind::LineOfCredit, "-110.1"),
            ("loan", "student", AccountKind::Loan, "-110.1"),
            ("loan", "home equity", AccountKind::LineOfCredit, "-110.1"),
            ("investment", "403B", AccountKind::Retirement, "110.1"),
            ("investment", "brokerage", AccountKind::Brokerage, "110.1"),
            ("other", "other", AccountKind::Other, "110.1"),
            ("of a later day", "", AccountKind::Other, "110.1"),
        ] {
            let account = account(kind, subtype);
            let owed = balance.starts_with('-');
            assert_eq!(
                (account.kind, account.balance.unwrap().normalize().to_string().as_str()),
                (expected, balance)
            );
            assert_eq!(account.terms.credit_limit.is_some(), owed, "{subtype}");
        }
    }

    #[test]
    fn an_account_is_read_as_it_was_kept() {
        let row = json!({"account_id": "a", "name": "Card", "type": "credit", "subtype": "credit card",
            "balances": {"current": 1, "available": null, "limit": null, "unofficial_currency_code": "BTC"}});
        let told = read(&row, Some("12.50".parse().unwrap()), Some("Village Bank")).unwrap();
        assert_eq!(kept(&told.raw).unwrap(), told);
        assert_eq!(told.currency.as_str(), "BTC");
        let lacks = |row: Value| read(&row, None, None).unwrap_err();
        assert_eq!(lacks(json!({"balances": {"iso_currency_code": "USD"}})), "account_id is missing");
        assert_eq!(lacks(json!({"account_id": "a"})), "balances.iso_currency_code is missing");
    }
}
