//! A transaction to begin with, for tests that are about something else: they say what matters to them and take the rest.

use uuid::Uuid;

use super::{Transaction, TransactionDetails, TransactionKind, TransactionStatus};
use crate::{
    id::{AccountId, TransactionId, UserId},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// A posted debit of one dollar on 1 March 2026, of nobody and in no account, with nothing that an institution need not tell.
pub(crate) fn transaction() -> Transaction {
    let day = Day::new(2026, 3, 1).unwrap();
    Transaction {
        id: TransactionId(Uuid::nil()),
        account: AccountId(Uuid::nil()),
        owner: UserId(Uuid::nil()),
        source_id: "s".to_owned(),
        ordinal: 0,
        day,
        occurred_at: None,
        amount: Decimal::NEGATIVE_ONE,
        currency: Currency::USD,
        description: "SHOP".to_owned(),
        kind: TransactionKind::Debit,
        status: TransactionStatus::Posted,
        memo: None,
        check_number: None,
        announced: None,
        trade: None,
        details: TransactionDetails::default(),
        import: None,
        seen_in: None,
        raw: None,
        corrections: None,
        transfer: None,
        decided: None,
        created_at: Timestamp::from_micros(0).unwrap(),
        updated_at: Timestamp::from_micros(0).unwrap(),
    }
}
