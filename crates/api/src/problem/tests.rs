//! What problems tell to whom.

use dashtam_application::{errors::CommonError, ledger::LedgerError};
use dashtam_domain::store::{StorageTrouble, StoreError};

use super::*;

#[test]
fn failures_of_ours_tell_the_log_why_and_the_client_nothing() {
    let cause = std::io::Error::other("disk s3cret is full");
    let error = CommonError::Store(StoreError::Database(Box::new(cause)));
    let problem = Problem::from(LedgerError::Common(error));
    assert_eq!(problem.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(problem.cause().unwrap().ends_with("the database failed: disk s3cret is full"));
    assert!(!problem.detail().contains("s3cret") && !problem.detail().contains("database"));
}

#[test]
fn busy_says_when_to_come_back() {
    let contended = StoreError::Contended("locked".into());
    let response = Problem::from(CommonError::Store(contended)).render("", None, None);
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "1");
}

#[test]
fn a_store_that_takes_nothing_has_problems_of_its_own() {
    for trouble in StorageTrouble::ALL {
        let error = StoreError::Storage { trouble, source: "error 13 of the database".into() };
        let problem = Problem::from(CommonError::Store(error));
        let status = if trouble == StorageTrouble::Full { 507 } else { 503 };
        assert_eq!(problem.status().as_u16(), status);
        assert_eq!(problem.code(), format!("storage-{}", trouble.as_str()));
        assert!(problem.cause().unwrap().contains("error 13") && !problem.detail().contains("13"));
        assert_eq!(problem.render("", None, None).headers().get(RETRY_AFTER).unwrap(), "30");
    }
}

#[test]
fn an_unknown_outcome_asks_nobody_to_repeat_it() {
    let problem = Problem::from(CommonError::Store(StoreError::Uncertain("lost".into())));
    assert_eq!((problem.status().as_u16(), problem.code()), (500, "outcome-unknown"));
    assert!(problem.render("", None, None).headers().get(RETRY_AFTER).is_none());
}

#[test]
fn slugs_make_titles() {
    assert_eq!(title("invalid-credentials"), "Invalid credentials");
    assert_eq!(title(""), "");
}
