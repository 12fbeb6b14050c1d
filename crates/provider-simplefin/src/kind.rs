//! The protocol does not say what sort an account is; its name often does.

use dashtam_domain::ledger::AccountKind;

/// Words in the order in which they count: "IRA savings" is a retirement account.
const WORDS: [(AccountKind, &[&str]); 9] = [
    (AccountKind::Retirement, &["401k", "401 k", "403b", "457b", "ira", "roth", "pension", "retirement"]),
    (AccountKind::LineOfCredit, &["line of credit", "heloc", "credit line"]),
    (AccountKind::Loan, &["loan", "mortgage"]),
    (AccountKind::Checking, &["checking", "chequing", "current account", "debit"]),
    (AccountKind::CreditCard, &["card", "visa", "mastercard", "amex", "american express"]),
    (AccountKind::MoneyMarket, &["money market"]),
    (AccountKind::CertificateOfDeposit, &["cd", "certificate", "certificate of deposit"]),
    (AccountKind::Savings, &["savings", "saving", "save"]),
    (AccountKind::Brokerage, &["brokerage", "investment", "investments", "securities", "trading"]),
];

/// The sort of account that its name tells of; one with positions is a securities account at least.
pub(crate) fn of(name: &str, has_holdings: bool) -> AccountKind {
    let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let name: String = name.chars().map(plain).collect();
    let name = format!(" {} ", name.split_whitespace().collect::<Vec<_>>().join(" "));
    let told =
        |(_, words): &&(AccountKind, &[&str])| words.iter().any(|word| name.contains(&format!(" {word} ")));
    match WORDS.iter().find(told).map(|(kind, _)| *kind) {
        Some(AccountKind::Retirement) => AccountKind::Retirement,
        _ if has_holdings => AccountKind::Brokerage,
        Some(kind) => kind,
        None => AccountKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_sort() {
        for (name, kind) in [
            ("Everyday Checking", AccountKind::Checking),
            ("PRIME SAVINGS", AccountKind::Savings),
            ("Costco Anywhere Visa® Card", AccountKind::CreditCard),
            ("Castle Mortgage", AccountKind::Loan),
            ("Individual Brokerage", AccountKind::Brokerage),
            ("401(k) Plan", AccountKind::Retirement),
            ("Traditional IRA (1234)", AccountKind::Retirement),
            ("12-month CD", AccountKind::CertificateOfDeposit),
            ("Home Equity Line-of-Credit", AccountKind::LineOfCredit),
            ("Community Credit Union Savings", AccountKind::Savings),
            ("Unicorn Pot", AccountKind::Other),
            ("Miranda", AccountKind::Other),
        ] {
            assert_eq!(of(name, false), kind, "{name}");
        }
        assert_eq!(of("Dr Evil", true), AccountKind::Brokerage);
        assert_eq!(of("Roth IRA", true), AccountKind::Retirement);
    }
}
