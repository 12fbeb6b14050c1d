//! What an error of the copying says about itself to the edge that answers for it.

use dashtam_application::errors::CommonError;
use dashtam_domain::{
    access::AccessDenied,
    fault::{Fault, FaultKind},
    record::Record,
    store::{StorageTrouble, StoreError},
};
use dashtam_reference::{ReferenceError, ReferenceImportError};

#[test]
fn every_situation_has_its_kind_and_code() {
    let unreadable = ReferenceError::Unavailable("the cable was pulled".into());
    let foreign = ReferenceError::Foreign("it has no table users".to_owned());
    for (error, kind, code) in [
        (ReferenceImportError::from(unreadable), FaultKind::BadGateway, "reference-unavailable"),
        (ReferenceImportError::from(foreign), FaultKind::Unsupported, "not-a-reference-database"),
    ] {
        assert_eq!((error.kind(), error.code(), error.retry_after()), (kind, code, None), "{error:?}");
    }
}

#[test]
fn shared_failures_say_the_same_as_in_every_service() {
    let full = || StoreError::Storage { trouble: StorageTrouble::Full, source: "13".into() };
    let common: [fn() -> CommonError; 6] = [
        || AccessDenied::Forbidden.into(),
        || StoreError::Contended("locked".into()).into(),
        || StoreError::Stale.into(),
        || StoreError::Aborted.into(),
        || StoreError::Corrupt { record: Record::User, reason: "no name".to_owned() }.into(),
        || CommonError::KeyReused,
    ];
    for common in common {
        let (plain, wrapped) = (common(), ReferenceImportError::from(common()));
        let says = |fault: &dyn Fault| (fault.kind(), fault.code(), fault.retry_after());
        assert_eq!(says(&plain), says(&wrapped));
    }
    assert_eq!(ReferenceImportError::from(full()).kind(), FaultKind::NoRoom);
    assert_eq!(ReferenceImportError::from(AccessDenied::Anonymous).kind(), FaultKind::Unauthenticated);
}
