//! How rows of banks are read.

use dashtam_domain::ledger::TransactionKind;

use super::*;

fn row() -> Value {
    json!({"entry_reference": "5561990681", "merchant_category_code": "5511",
        "transaction_amount": {"currency": "EUR", "amount": "1.23"},
        "creditor": {"name": "MyPreferredAisp", "postal_address": null},
        "creditor_account": {"iban": "FI0455231152453547"},
        "debtor": {"name": "A. Aalto"}, "debtor_account": {"iban": "FI2112345600000785"},
        "bank_transaction_code": {"description": "Utlandsbetalning", "code": "12", "sub_code": "32"},
        "credit_debit_indicator": "DBIT", "status": "BOOK", "booking_date": "2026-11-20", "value_date": "2026-11-21",
        "transaction_date": "2026-11-19", "remittance_information": ["RF07850352502356628678117", "Gift for Alex"],
        "note": null, "transaction_id": "changes-each-time"})
}

fn with(fields: &Value) -> Value {
    let mut row = row();
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

fn told(fields: &Value) -> PulledTransaction {
    read(&with(fields), 0).unwrap()
}

#[test]
fn a_row_is_read_as_it_was_kept_and_keeps_no_number_of_its_own_account() {
    let row = told(&json!({}));
    assert_eq!(
        (row.external_id.as_str(), row.replaces.as_deref()),
        ("booked:5561990681", Some("pending:5561990681"))
    );
    assert_eq!((row.amount.to_string().as_str(), row.currency.as_str()), ("-1.23", "EUR"));
    assert_eq!((row.day.to_string().as_str(), row.kind), ("2026-11-20", TransactionKind::Debit));
    assert_eq!(row.description, "MyPreferredAisp");
    assert_eq!(row.memo.as_deref(), Some("RF07850352502356628678117 Gift for Alex"));
    assert!(!row.raw.to_string().contains("FI2112345600000785"));
    assert!(row.raw.to_string().contains("FI0455231152453547"));
    assert_eq!(kept(&row.raw).unwrap(), row);
    let third = read(&with(&json!({"entry_reference": null})), 2).unwrap();
    assert!(third.external_id.ends_with("#2"));
    assert_eq!(kept(&third.raw).unwrap(), third);
    assert_eq!(kept(&json!({"row": {}})).unwrap_err(), "nth is missing");
}

#[test]
fn the_word_for_the_direction_counts() {
    for (word, amount, expected) in [
        ("DBIT", "1.23", "-1.23"),
        ("DBIT", "-1.23", "-1.23"),
        ("CRDT", "1.23", "1.23"),
        ("CRDT", "-1.23", "1.23"),
        ("DBIT", "0", "0"),
    ] {
        let fields = json!({"credit_debit_indicator": word, "transaction_amount": {"amount": amount, "currency": "EUR"}});
        assert_eq!(told(&fields).amount.to_string(), expected, "{word} {amount}");
    }
    let income = told(&json!({"credit_debit_indicator": "CRDT"}));
    assert_eq!((income.description.as_str(), income.kind), ("A. Aalto", TransactionKind::Credit));
    assert!(!income.raw.to_string().contains("FI0455231152453547"));
}

#[test]
fn pending_rows_are_not_those_that_are_booked() {
    let pending = told(&json!({"status": "PDNG", "booking_date": null}));
    assert_eq!((pending.external_id.as_str(), pending.replaces), ("pending:5561990681", None));
    assert_eq!(
        (pending.status, pending.day.to_string().as_str()),
        (TransactionStatus::Pending, "2026-11-19")
    );
    assert_eq!(told(&json!({"status": "HOLD"})).status, TransactionStatus::Pending);
    let unnamed = |status: &str| told(&json!({"status": status, "entry_reference": null})).external_id;
    assert_ne!(unnamed("PDNG"), unnamed("BOOK"));
    for status in ["CNCL", "RJCT", "SCHD"] {
        assert!(moves_nothing(&with(&json!({"status": status}))));
    }
    let odd = told(&json!({"status": "OF A LATER DAY"}));
    assert_eq!(
        (odd.status, odd.details.flags.as_slice()),
        (TransactionStatus::Posted, &[TransactionFlag::StatusUnknown][..])
    );
}

#[test]
fn a_row_without_a_reference_is_known_by_what_it_says() {
    let of = |fields: Value| identity(&with(&fields)).unwrap();
    let plain = of(json!({"entry_reference": null}));
    assert!(matches!(plain, Identity::Content(_)));
    // What may change while the row stays the same counts for nothing.
    assert_eq!(of(json!({"entry_reference": "NOTPROVIDED", "transaction_id": "another"})), plain);
    assert_eq!(of(json!({"entry_reference": "000", "balance_after_transaction": {"amount": "1"}})), plain);
    assert_eq!(
        of(json!({"entry_reference": "", "transaction_amount": {"amount": 1.230, "currency": "EUR"}})),
        plain
    );
    for other in [
        json!({"entry_reference": null, "booking_date": "2026-11-21"}),
        json!({"entry_reference": null, "credit_debit_indicator": "CRDT"}),
        json!({"entry_reference": null, "remittance_information": ["another"]}),
        json!({"entry_reference": null, "transaction_amount": {"amount": "1.23", "currency": "SEK"}}),
        json!({"entry_reference": null, "creditor": null}),
    ] {
        assert_ne!(of(other.clone()), plain, "{other}");
    }
    let long = of(json!({"entry_reference": "x".repeat(500)}));
    assert!(matches!(&long, Identity::Reference(id) if id.len() < 100), "{long:?}");
}

#[test]
fn words_come_from_wherever_there_are_some() {
    let told = |fields: Value| {
        let row = told(&fields);
        (row.description, row.memo)
    };
    assert_eq!(
        told(json!({"creditor": null, "remittance_information": "one <b>text</b>"})),
        ("one text".to_owned(), Some("Utlandsbetalning".to_owned()))
    );
    assert_eq!(
        told(json!({"creditor": {}, "remittance_information": [7, " ", null]})),
        ("Utlandsbetalning".to_owned(), None)
    );
    let nothing = json!({"creditor": 7, "remittance_information": {}, "bank_transaction_code": []});
    assert_eq!(told(nothing), (String::new(), None));
}

#[test]
fn a_second_currency_has_its_rate_where_it_is_that_way_round() {
    let of = |unit: &str, instructed: &str| {
        told(&json!({"exchange_rate": {"unit_currency": unit, "exchange_rate": "0.0871", "rate_type": "AGRD",
            "instructed_amount": {"amount": "14.12", "currency": instructed}}}))
        .details
        .exchange
    };
    let rate = "0.0871".parse().unwrap();
    let krona = Exchange { currency: "SEK".parse().unwrap(), rate: Some(rate), is_converted: true };
    assert_eq!(of("SEK", "SEK"), Some(krona.clone()));
    assert_eq!(of("EUR", "SEK"), Some(Exchange { rate: None, ..krona }));
    assert_eq!(of("EUR", "EUR"), None);
}

#[test]
fn digits_are_those_of_the_text() {
    let mut exact = row();
    exact["transaction_amount"]["amount"] = serde_json::from_str("0.1000000000000000000000000001").unwrap();
    assert_eq!(read(&exact, 0).unwrap().amount.to_string(), "-0.1000000000000000000000000001");
}

#[test]
fn reasons_name_fields() {
    for (fields, reason) in [
        (json!({"credit_debit_indicator": null}), "credit_debit_indicator is missing"),
        (json!({"credit_debit_indicator": "DEBIT"}), "credit_debit_indicator is neither CRDT nor DBIT"),
        (json!({"transaction_amount": null}), "amount is missing"),
        (json!({"transaction_amount": {"amount": "1"}}), "currency is missing"),
        (
            json!({"booking_date": "soon", "value_date": null, "transaction_date": null}),
            "booking_date is missing",
        ),
    ] {
        assert_eq!(read(&with(&fields), 0).unwrap_err(), reason);
    }
}
