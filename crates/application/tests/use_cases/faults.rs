//! What every error says about itself to the edge that answers for it.

use dashtam_application::{
    administration::AdministrationError,
    authorization::AuthorizationError,
    connections::ConnectionError,
    errors::CommonError,
    factor::SecondFactorError,
    imports::ImportError,
    ledger::LedgerError,
    profile::ProfileError,
    recovery::RecoveryError,
    registration::RegistrationError,
    sessions::SessionError,
    sign_in::{
        AskCodeError, LinkSignInError, PasswordSignInError, Refusal, ResendError, SecondStepError,
        StepUpError,
    },
    sync::SyncError,
    token_rotation::RotationError,
};
use dashtam_domain::{
    access::AccessDenied,
    connections::ProviderError,
    fault::{
        Fault,
        FaultKind::{
            self, BadGateway, Busy, Conflict, Forbidden, Internal, Invalid, Malformed, NoRoom, NotFound,
            TooLarge, Unauthenticated, Unavailable, Unsupported,
        },
    },
    identity::{HashError, InvalidAccessToken, PasswordRejection},
    ledger::statement::StatementError,
    record::Record,
    secret::SealError,
    store::{
        StorageTrouble::{self, Damaged, Failing, Full, Locked, ReadOnly, Unreachable},
        StoreError,
    },
};

use dashtam_testkit::builders::at;

use crate::world::{broken, kept_answer};

#[track_caller]
fn assert_says(cases: impl IntoIterator<Item = (Box<dyn Fault>, FaultKind, &'static str)>) {
    for (fault, kind, code) in cases {
        assert_eq!((fault.kind(), fault.code()), (kind, code), "{fault:?}");
        let retry_after = match kind {
            Busy => Some(1),
            Unavailable | NoRoom => Some(30),
            _ => None,
        };
        assert_eq!(fault.retry_after(), retry_after, "{fault:?}");
    }
}

fn contended() -> StoreError {
    StoreError::Contended("locked".into())
}

fn trouble(trouble: StorageTrouble) -> StoreError {
    StoreError::Storage { trouble, source: "13".into() }
}

/// The shared failures, wrapped by a service's error.
fn common<E: Fault + 'static>(wrap: fn(CommonError) -> E) {
    let cases: [(CommonError, FaultKind, &'static str); 19] = [
        (AccessDenied::Anonymous.into(), Unauthenticated, "unauthenticated"),
        (AccessDenied::Forbidden.into(), Forbidden, "forbidden"),
        (contended().into(), Busy, "busy"),
        (StoreError::Stale.into(), Conflict, "changed-meanwhile"),
        (broken().into(), Internal, "internal"),
        (StoreError::Aborted.into(), Internal, "internal"),
        (StoreError::Uncertain("lost".into()).into(), Internal, "outcome-unknown"),
        (trouble(Full).into(), NoRoom, "storage-full"),
        (trouble(ReadOnly).into(), Unavailable, "storage-read-only"),
        (trouble(Locked).into(), Unavailable, "storage-locked"),
        (trouble(Unreachable).into(), Unavailable, "storage-unreachable"),
        (trouble(Damaged).into(), Unavailable, "storage-damaged"),
        (trouble(Failing).into(), Unavailable, "storage-failing"),
        (
            StoreError::Corrupt { record: Record::User, reason: "no name".to_owned() }.into(),
            Internal,
            "internal",
        ),
        (SealError::Open.into(), Internal, "internal"),
        (HashError::Busy.into(), Busy, "busy"),
        (HashError::Failed.into(), Internal, "internal"),
        (CommonError::KeyReused, Invalid, "idempotency-key-reused"),
        (CommonError::Replay(kept_answer()), Internal, "internal"),
    ];
    assert_says(cases.map(|(error, kind, code)| (Box::new(wrap(error)) as Box<dyn Fault>, kind, code)));
}

#[test]
fn shared_failures_say_the_same_in_every_service() {
    common(|error| error);
    common(RegistrationError::from);
    common(RecoveryError::from);
    common(ProfileError::from);
    common(SecondFactorError::from);
    common(PasswordSignInError::from);
    common(LinkSignInError::from);
    common(SecondStepError::from);
    common(ResendError::from);
    common(AskCodeError::from);
    common(StepUpError::from);
    common(SessionError::from);
    common(RotationError::from);
    common(AdministrationError::from);
    common(ConnectionError::from);
    common(AuthorizationError::from);
    common(SyncError::from);
    common(LedgerError::from);
    common(ImportError::from);
}

#[test]
fn every_situation_of_a_service_has_its_kind_and_code() {
    let provider = || ProviderError::Unavailable;
    let dead = || ProviderError::NeedsReauthorization;
    let rejected = || ProviderError::Rejected { code: "invalid_grant".to_owned() };
    let claim = |error| AuthorizationError::Claim { said: "It was not accepted.".to_owned(), error };
    let unknown = ConnectionError::ProviderUnknown { available: "sandbox".to_owned() };
    let unset = ConnectionError::ProviderNotConfigured { missing: "X".to_owned() };
    let empty = ImportError::Unusable(StatementError::Empty);
    let no_statement = ImportError::Unusable(StatementError::NoStatement("no account".to_owned()));
    let bank_error =
        ImportError::Unusable(StatementError::InstitutionError { code: "15500".to_owned(), message: None });
    let cases: Vec<(Box<dyn Fault>, FaultKind, &'static str)> = vec![
        (Box::new(RegistrationError::InvitationOnly), Forbidden, "registration-by-invitation"),
        (Box::new(RegistrationError::Closed), Forbidden, "registration-closed"),
        (Box::new(RegistrationError::InvalidToken), Malformed, "invalid-or-expired-token"),
        (Box::new(PasswordSignInError::InvalidCredentials), Unauthenticated, "invalid-credentials"),
        (Box::new(PasswordSignInError::Refused(Refusal::DeletionScheduled)), Forbidden, "deletion-scheduled"),
        (Box::new(LinkSignInError::LinksDisabled), Forbidden, "login-links-disabled"),
        (Box::new(LinkSignInError::InvalidToken), Malformed, "invalid-or-expired-token"),
        (Box::new(LinkSignInError::OpenedElsewhere), Conflict, "link-opened-elsewhere"),
        (Box::new(LinkSignInError::FirstFactorNotAllowed), Forbidden, "first-factor-not-allowed"),
        (Box::new(SecondStepError::ChallengeExpired), Unauthenticated, "challenge-expired"),
        (Box::new(SecondStepError::ForeignPage), Forbidden, "csrf-failed"),
        (Box::new(ResendError::NoCodeToSend), Conflict, "no-code-by-mail"),
        (Box::new(StepUpError::CodeMissing), Invalid, "invalid-request"),
        (Box::new(StepUpError::NothingToProve), Conflict, "nothing-to-prove"),
        (Box::new(StepUpError::WrongPassword), Malformed, "wrong-password"),
        (Box::new(StepUpError::InvalidSecondFactor), Unauthenticated, "invalid-second-factor"),
        (Box::new(StepUpError::ChallengeExpired), Unauthenticated, "challenge-expired"),
        (Box::new(RecoveryError::InvalidToken), Malformed, "invalid-or-expired-token"),
        (Box::new(RecoveryError::SamePassword), Invalid, "invalid-request"),
        (Box::new(RecoveryError::Weak(PasswordRejection::Common)), Invalid, "invalid-request"),
        (Box::new(ProfileError::WrongPassword), Malformed, "wrong-password"),
        (Box::new(ProfileError::SamePassword), Invalid, "invalid-request"),
        (Box::new(ProfileError::Weak(PasswordRejection::TooShort)), Invalid, "invalid-request"),
        (Box::new(ProfileError::EmailNotHere), Invalid, "invalid-request"),
        (Box::new(ProfileError::SameEmail), Invalid, "invalid-request"),
        (Box::new(ProfileError::EmailChangedLately(at(0))), Conflict, "email-changed-lately"),
        (Box::new(ProfileError::EmailTaken), Conflict, "email-taken"),
        (Box::new(ProfileError::InvalidToken), Malformed, "invalid-or-expired-token"),
        (Box::new(SecondFactorError::InvalidCode), Unauthenticated, "invalid-second-factor"),
        (Box::new(SecondFactorError::WrongPassword), Malformed, "wrong-password"),
        (Box::new(SecondFactorError::NotEnabled), Conflict, "second-factor-not-enabled"),
        (Box::new(SecondFactorError::AlreadyEnabled), Conflict, "already-enrolled"),
        (Box::new(SecondFactorError::NotVerified), Forbidden, "email-not-verified"),
        (Box::new(PasswordSignInError::Refused(Refusal::Disabled)), Forbidden, "account-disabled"),
        (Box::new(PasswordSignInError::Refused(Refusal::NotVerified)), Forbidden, "email-not-verified"),
        (Box::new(PasswordSignInError::Token(InvalidAccessToken)), Internal, "internal"),
        (Box::new(SessionError::InvalidAccessToken), Unauthenticated, "invalid-access-token"),
        (Box::new(SessionError::InvalidRefreshToken), Unauthenticated, "invalid-refresh-token"),
        (Box::new(SessionError::RefreshTokenReused), Unauthenticated, "refresh-token-reused"),
        (Box::new(SessionError::NotFound), NotFound, "not-found"),
        (Box::new(SessionError::CurrentSession), Malformed, "current-session"),
        (Box::new(SessionError::AlreadyEnded), Malformed, "session-already-revoked"),
        (Box::new(SessionError::InvalidLink), Malformed, "invalid-or-expired-token"),
        (Box::new(RotationError::NotFound), NotFound, "not-found"),
        (Box::new(AdministrationError::NotFound), NotFound, "not-found"),
        (Box::new(SessionError::Token(InvalidAccessToken)), Internal, "internal"),
        (Box::new(ConnectionError::NotFound), NotFound, "not-found"),
        (Box::new(unknown), Malformed, "provider-not-available"),
        (Box::new(unset), Malformed, "provider-not-configured"),
        (Box::new(ConnectionError::AliasTaken), Conflict, "alias-taken"),
        (Box::new(AuthorizationError::NotFound), NotFound, "not-found"),
        (Box::new(AuthorizationError::ProviderUnavailable), Conflict, "provider-not-available"),
        (Box::new(AuthorizationError::InvalidState), Malformed, "invalid-authorization-state"),
        (Box::new(AuthorizationError::NotGranted), Malformed, "authorization-not-granted"),
        (Box::new(AuthorizationError::MissingCode), Malformed, "missing-authorization-code"),
        (Box::new(AuthorizationError::Exchange(rejected())), Malformed, "authorization-exchange-failed"),
        (Box::new(AuthorizationError::Exchange(provider())), BadGateway, "authorization-exchange-failed"),
        (Box::new(AuthorizationError::Begin(provider())), BadGateway, "authorization-not-begun"),
        (Box::new(AuthorizationError::Outcome(provider())), BadGateway, "authorization-outcome-unknown"),
        (Box::new(AuthorizationError::NotFinished), Conflict, "authorization-not-finished"),
        (Box::new(AuthorizationError::NotUnderWay), Conflict, "no-authorization-under-way"),
        (Box::new(AuthorizationError::LinkedAlready("Mine".to_owned())), Conflict, "accounts-linked-already"),
        (Box::new(claim(rejected())), Malformed, "link-failed"),
        (Box::new(claim(provider())), BadGateway, "link-failed"),
        (Box::new(AuthorizationError::WrongLink), Conflict, "wrong-way-of-linking"),
        (Box::new(AuthorizationError::WrongSecrets(Vec::new())), Invalid, "invalid-request"),
        (Box::new(AuthorizationError::NotConnected), Conflict, "provider-not-connected"),
        (Box::new(AuthorizationError::Refresh(dead())), Conflict, "reauthorization-needed"),
        (Box::new(AuthorizationError::Refresh(provider())), BadGateway, "refresh-failed"),
        (Box::new(SyncError::NotFound), NotFound, "not-found"),
        (Box::new(SyncError::Credentials(dead())), BadGateway, "provider-failed"),
        (Box::new(SyncError::NotConnected), Conflict, "provider-not-connected"),
        (Box::new(SyncError::TakenOver), Conflict, "sync-taken-over"),
        (Box::new(SyncError::NoHints), NotFound, "not-found"),
        (Box::new(SyncError::Unproven), Unauthenticated, "unproven-message"),
        (Box::new(SyncError::Provider(provider())), BadGateway, "provider-failed"),
        (Box::new(LedgerError::NotFound("account")), NotFound, "not-found"),
        (Box::new(ImportError::NotFound), NotFound, "not-found"),
        (Box::new(ImportError::Unusable(StatementError::Unrecognised)), Unsupported, "unsupported-format"),
        (Box::new(ImportError::Unusable(StatementError::TooLarge { most: 1 })), TooLarge, "too-large"),
        (Box::new(empty), Invalid, "empty-file"),
        (Box::new(no_statement), Invalid, "no-statement"),
        (Box::new(bank_error), Invalid, "institution-error"),
        (Box::new(ImportError::UnknownProfile), Invalid, "profile-unsuitable"),
        (Box::new(ImportError::ProfileNotNeeded), Invalid, "profile-unsuitable"),
    ];
    assert_says(cases);
}

#[test]
fn too_many_attempts_say_when_to_come_back() {
    let faults: [Box<dyn Fault>; 2] = [
        Box::new(PasswordSignInError::Throttled { seconds: 7 }),
        Box::new(ProfileError::Throttled { seconds: 7 }),
    ];
    let said = faults.map(|fault| (fault.kind(), fault.code(), fault.retry_after()));
    assert_eq!(said[0], (FaultKind::RateLimited, "sign-in-throttled", Some(7)));
    assert_eq!(said[1], (FaultKind::RateLimited, "password-check-throttled", Some(7)));
}

#[test]
fn a_broken_rule_of_an_account_names_its_field() {
    let fields = |fault: &dyn Fault| {
        let fields = fault.fields();
        let [field] = fields.as_slice() else { panic!("one field is expected: {fields:?}") };
        assert!(!field.message.is_empty());
        format!("{}:{}", field.field, field.code)
    };
    assert_eq!(fields(&RecoveryError::Weak(PasswordRejection::Common)), "new_password:too_common");
    assert_eq!(fields(&RecoveryError::SamePassword), "new_password:same");
    assert_eq!(fields(&ProfileError::Weak(PasswordRejection::NoDigit)), "new_password:no_digit");
    assert_eq!(fields(&ProfileError::SamePassword), "new_password:same");
    assert_eq!(fields(&ProfileError::EmailNotHere), "email:not_here");
    assert_eq!(fields(&ProfileError::SameEmail), "new_email:same");
    assert!(
        ProfileError::WrongPassword.fields().is_empty() && RecoveryError::InvalidToken.fields().is_empty()
    );
}

#[test]
fn a_file_that_cannot_be_used_says_so_of_its_field() {
    let fields = ImportError::Unusable(StatementError::Empty).fields();
    let [field] = fields.as_slice() else { panic!("one field is expected: {fields:?}") };
    assert_eq!((field.field.as_str(), field.code), ("file", "unusable"));
    assert_eq!(field.message, "The file is empty.");
    assert!(ImportError::NotFound.fields().is_empty());
}
