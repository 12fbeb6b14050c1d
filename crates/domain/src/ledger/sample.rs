//! A transaction and an account to begin with, for tests that are about something else: they say what matters to them and
//! take the rest.

use uuid::Uuid;

use super::{
    Account, AccountKind, AccountSource, AccountTerms, BalanceParts, Transaction, TransactionDetails,
    TransactionKind, TransactionStatus,
};
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

/// A checking account in dollars that files tell of, of nobody, of which no balance is known.
pub(crate) fn account() -> Account {
    Account {
        id: AccountId(Uuid::nil()),
        owner: UserId(Uuid::nil()),
        source: AccountSource::Files { institution_id: String::new() },
        external_id: "x".to_owned(),
        institution: None,
        institution_url: None,
        name: "Account".to_owned(),
        mask: None,
        kind: AccountKind::Checking,
        currency: Currency::USD,
        balance: None,
        available: None,
        parts: BalanceParts::default(),
        terms: AccountTerms::default(),
        balance_as_of: None,
        is_active: true,
        covered: None,
        last_synced_at: None,
        corrections: None,
        created_at: Timestamp::from_micros(0).unwrap(),
        updated_at: Timestamp::from_micros(0).unwrap(),
    }
}
