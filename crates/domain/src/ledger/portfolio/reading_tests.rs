//! What sources tell of securities, as their mappers write it.

use uuid::Uuid;

use super::*;
use crate::{
    ledger::{TransactionDetails, sample},
    money::Currency,
};

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn security(n: u128) -> SecurityId {
    SecurityId(Uuid::from_u128(n))
}

fn leg(kind: LegKind, of: u128, units: Option<&str>, amount: &str) -> Leg {
    Leg {
        security: Some(security(of)),
        quantity: units.map(d),
        amount: Some(d(amount)),
        asset_class: Some(if of == 9 { AssetClass::Option } else { AssetClass::Equity }),
        ..Leg::new(kind, Currency::USD)
    }
}

fn row(kind: TransactionKind, description: &str, amount: &str, legs: Vec<Leg>) -> Transaction {
    let fee = legs.iter().filter(|leg| leg.kind == LegKind::Fee && leg.quantity.is_none());
    let fee = fee.map(|leg| -leg.amount.unwrap()).reduce(|one, other| one + other);
    Transaction {
        amount: d(amount),
        description: description.to_owned(),
        kind,
        details: TransactionDetails { legs, fee, ..TransactionDetails::default() },
        ..sample::transaction()
    }
}

fn told(row: &Transaction) -> Vec<(SecurityId, Action)> {
    happenings(row).into_iter().map(|of| (of.security, of.action)).collect()
}

fn trade(units: &str, gross: Option<&str>, fees: &str) -> Action {
    Action::Trade { units: d(units), gross: gross.map(d), fees: d(fees), picks: Vec::new() }
}

#[test]
fn units_for_money_are_trades() {
    use LegKind::{Cash, Fee, Security};
    use TransactionKind::Trade;
    let fee = || Leg { amount: Some(d("-1.50")), ..Leg::new(Fee, Currency::USD) };
    let bought = row(Trade, "Bought", "-101.50", vec![leg(Security, 1, Some("10"), "-100"), fee()]);
    assert_eq!(told(&bought), [(security(1), trade("10", Some("100"), "1.50"))]);
    let sold = row(Trade, "Sold", "98.50", vec![leg(Security, 1, Some("-10"), "100"), fee()]);
    assert_eq!(told(&sold), [(security(1), trade("-10", Some("100"), "1.50"))]);
    // A dividend that was reinvested: what came in went out again for units.
    let reinvested = vec![leg(Cash, 1, None, "3"), leg(Security, 1, Some("0.25"), "-3")];
    assert_eq!(told(&row(Trade, "", "0", reinvested)), [(security(1), trade("0.25", Some("3"), "0"))]);
    // The money apart from the units.
    let apart = vec![leg(Security, 1, Some("100"), "0"), leg(Cash, 1, None, "-5000")];
    assert_eq!(told(&row(Trade, "", "-5000", apart)), [(security(1), trade("100", Some("5000"), "0"))]);
    // An expired option, and a fee in units.
    let expired = row(Trade, "", "0", vec![leg(Security, 9, Some("2"), "0")]);
    assert_eq!(told(&expired), [(security(9), trade("2", Some("0"), "0"))]);
    let coins = Leg { price: Some(d("40000")), ..leg(Fee, 1, Some("-0.001"), "0") };
    let coins = row(TransactionKind::Fee, "Crypto fee", "0", vec![coins]);
    assert_eq!(told(&coins), [(security(1), trade("-0.001", Some("40"), "0"))]);
    // Units that came for nobody knows what.
    let gift = row(Trade, "", "0", vec![leg(Security, 1, Some("3"), "0")]);
    assert_eq!(told(&gift), [(security(1), trade("3", None, "0"))]);
}

#[test]
fn what_issuers_do_is_told_by_its_legs_and_words() {
    use LegKind::{Cash, Security};
    use TransactionKind::{Dividend, Other, Transfer};
    let split =
        row(Other, "Split ACME", "0.40", vec![leg(Security, 1, Some("30"), "0"), leg(Cash, 1, None, "0.40")]);
    assert_eq!(told(&split), [(security(1), Action::Split(UnitsCame::Count(d("30"))))]);
    // As statements tell it: with the fraction that the cash is for, and without.
    let labelled = |label: &str, leg: Leg| Leg { label: Some(label.to_owned()), ..leg };
    let reverse = |fraction: Option<&str>| {
        let cash = labelled("FRACCASH", leg(Cash, 1, fraction, "7"));
        row(Other, "", "7", vec![labelled("SPLIT", leg(Security, 1, Some("-90"), "0")), cash])
    };
    let of_units = (security(1), Action::Split(UnitsCame::Count(d("-90"))));
    assert_eq!(
        told(&reverse(Some("-0.5"))),
        [of_units.clone(), (security(1), trade("-0.5", Some("7"), "0"))]
    );
    let unknown = (security(1), Action::ReturnOfCapital { amount: None });
    assert_eq!(told(&reverse(None)), [of_units, unknown]);
    let transfer = |units| Action::Transfer { units: d(units) };
    let moved = row(Transfer, "", "0", vec![leg(Security, 1, Some("-30"), "0")]);
    assert_eq!(told(&moved), [(security(1), transfer("-30"))]);
    let spun = row(Other, "Spin-off NEWCO", "0", vec![leg(Security, 2, Some("6"), "0")]);
    assert_eq!(told(&spun), [(security(2), transfer("6"))]);
    let merged = vec![leg(Security, 1, Some("-30"), "0"), leg(Security, 2, Some("6"), "0")];
    let into = Action::Merger { gone: d("30"), into: security(2), units: d("6") };
    assert_eq!(told(&row(Other, "Merger", "0", merged.clone())), [(security(1), into)]);
    // With money beside: what part of the units that was paid for, nobody tells.
    let paid = [(security(1), trade("-30", None, "0")), (security(2), transfer("6"))];
    assert_eq!(told(&row(Other, "Merger", "100", merged)), paid);
    let merged = vec![leg(Security, 1, Some("-30"), "100"), leg(Security, 2, Some("6"), "0")];
    assert_eq!(told(&row(Other, "Merger", "100", merged)), paid);
    let back = row(Dividend, "Return of capital", "12", vec![leg(Cash, 1, None, "12")]);
    assert_eq!(told(&back), [(security(1), Action::ReturnOfCapital { amount: Some(d("12")) })]);
    let back =
        row(TransactionKind::Credit, "ACME", "12", vec![labelled("RETOFCAP", leg(Cash, 1, None, "12"))]);
    assert_eq!(told(&back), [(security(1), Action::ReturnOfCapital { amount: Some(d("12")) })]);
    // Within the account, nothing moves.
    let within = vec![leg(Security, 1, Some("-5"), "0"), leg(Security, 1, Some("5"), "0")];
    assert_eq!(told(&row(Transfer, "", "0", within)), []);
    assert_eq!(told(&row(Dividend, "Dividend", "12", vec![leg(Cash, 1, None, "12")])), []);
}

#[test]
fn the_name_of_a_security_tells_nothing() {
    let of = |description: &str, name: &str| {
        let named = Leg { name: Some(name.to_owned()), ..leg(LegKind::Security, 1, Some("30"), "0") };
        told(&row(TransactionKind::Other, description, "0", vec![named])).remove(0).1
    };
    let split = Action::Split(UnitsCame::Count(d("30")));
    for (description, name) in [
        ("Spin Master Corp", "Spin Master Corp"),
        ("INTERCONTINENTAL EXCHANGE", "Intercontinental Exchange Inc"),
        ("Split Spin Master Corp", "SPIN MASTER CORP"),
        ("VANGUARD EXCHANGE-TRADED FUND", "Vanguard ETF"),
        ("Respinning Emergers", "ACME"),
    ] {
        assert_eq!(of(description, name), split, "{description}");
    }
    for (description, name) in [("Spin-off", "Spin Master Corp"), ("EXCHANGE OFFER", "ACME")] {
        assert_eq!(of(description, name), Action::Transfer { units: d("30") }, "{description}");
    }
}

#[test]
fn options_that_delivered_are_not_closed_for_nothing() {
    let ended = |label: Option<&str>, description: &str, right| {
        let option = OptionTerms { strike: Some(d("50")), right, ..OptionTerms::default() };
        let label = label.map(str::to_owned);
        let leg = Leg { label, option: Some(option), ..leg(LegKind::Security, 9, Some("2"), "0") };
        told(&row(TransactionKind::Other, description, "0", vec![leg])).remove(0).1
    };
    let delivered = |terms: Option<&str>| {
        let terms = terms.map(|units| (d(units), d("50")));
        Action::Delivered { contracts: d("2"), fees: Decimal::ZERO, terms }
    };
    assert_eq!(ended(Some("ASSIGN"), "", Some(OptionRight::Put)), delivered(Some("200")));
    assert_eq!(ended(None, "Option assignment", Some(OptionRight::Call)), delivered(Some("-200")));
    assert_eq!(ended(None, "Option exercise", None), delivered(None));
    assert_eq!(ended(Some("EXPIRE"), "", Some(OptionRight::Put)), trade("2", Some("0"), "0"));
}

#[test]
fn an_option_and_what_it_delivers_are_one() {
    let legs = vec![
        leg(LegKind::Security, 1, Some("-1500"), "870000"),
        leg(LegKind::Security, 1, Some("1500"), "-870000"),
        leg(LegKind::Security, 9, Some("15"), "0"),
        leg(LegKind::Security, 1, Some("-1500"), "870000"),
    ];
    let delivered = Action::Exercise {
        contracts: d("15"),
        underlying: security(1),
        units: d("-1500"),
        gross: Some(d("870000")),
        fees: Decimal::ZERO,
    };
    assert_eq!(told(&row(TransactionKind::Trade, "", "870000", legs)), [(security(9), delivered)]);
}

#[test]
fn money_from_outside_is_told_by_its_kind() {
    let flow = |kind| external_flow(&row(kind, "", "-5", Vec::new()));
    assert_eq!(flow(TransactionKind::Withdrawal), Some(d("-5")));
    assert_eq!(flow(TransactionKind::Debit), Some(d("-5")));
    for inside in [TransactionKind::Trade, TransactionKind::Dividend, TransactionKind::Fee] {
        assert_eq!(flow(inside), None);
    }
}
