//! From the errors of services to problems.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use dashtam_application::{
    administration::AdministrationError,
    api_keys::ApiKeyError,
    authorization::AuthorizationError,
    categories::CategoriesError,
    connections::ConnectionError,
    corrections::CorrectionError,
    delivery::DeadLetterError,
    errors::CommonError,
    exports::ExportError,
    factor::SecondFactorError,
    imports::ImportError,
    keystore::SigningError,
    ledger::LedgerError,
    merchants::MerchantsError,
    notifications::NotificationsError,
    portfolio::PortfolioError,
    profile::ProfileError,
    reconciliations::ReconciliationError,
    recovery::RecoveryError,
    recurring::RecurringError,
    registration::RegistrationError,
    rules::RulesError,
    saved_views::SavedViewsError,
    sessions::SessionError,
    sign_in::{
        AskCodeError, LinkSignInError, PasswordSignInError, ResendError, SecondStepError, StepUpError,
    },
    sync::SyncError,
    token_rotation::RotationError,
    webhooks::WebhooksError,
    worth::WorthError,
};
use dashtam_domain::{
    access::AccessDenied,
    fault::{Fault, with_causes},
};

use super::{Problem, public_detail, status_of};

/// An error of a service.
pub(super) trait ServiceError: Fault {
    /// What it shares with the errors of all services.
    fn common(&self) -> Option<&CommonError>;
}

macro_rules! service_errors {
    ($($error:ident),+ $(,)?) => {$(
        impl ServiceError for $error {
            fn common(&self) -> Option<&CommonError> {
                match self {
                    Self::Common(common) => Some(common),
                    _ => None,
                }
            }
        }
    )+};
}

service_errors!(
    AdministrationError,
    ApiKeyError,
    AskCodeError,
    AuthorizationError,
    CategoriesError,
    SavedViewsError,
    ConnectionError,
    CorrectionError,
    DeadLetterError,
    ImportError,
    LedgerError,
    LinkSignInError,
    MerchantsError,
    PasswordSignInError,
    NotificationsError,
    PortfolioError,
    ProfileError,
    ReconciliationError,
    RecurringError,
    RecoveryError,
    RegistrationError,
    ResendError,
    RotationError,
    RulesError,
    SecondFactorError,
    SecondStepError,
    SessionError,
    StepUpError,
    SigningError,
    SyncError,
    WebhooksError,
    WorthError,
);

impl ServiceError for ExportError {
    fn common(&self) -> Option<&CommonError> {
        self.common()
    }
}

impl ServiceError for CommonError {
    fn common(&self) -> Option<&CommonError> {
        Some(self)
    }
}

impl<E: ServiceError> From<E> for Problem {
    fn from(error: E) -> Self {
        let kind = error.kind();
        let status = status_of(kind);
        let server = status.is_server_error();
        let detail: Cow<'static, str> =
            if server { public_detail(status, error.code()).into() } else { error.to_string().into() };
        let mut problem = Self::new(kind, error.code(), detail);
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            problem.0.fields = error.fields();
        }
        problem.0.retry_after = error.retry_after();
        problem.0.extensions = error.extensions();
        match error.common() {
            Some(CommonError::Replay(answer)) => problem.0.replay = Some(answer.clone()),
            Some(CommonError::Denied(AccessDenied::InsufficientScope(scope))) => {
                problem.0.extensions.push(("required", vec![scope.as_str()].into()));
            }
            _ => {}
        }
        if server && problem.0.replay.is_none() {
            problem.0.cause = Some(with_causes(&error));
        }
        problem
    }
}

impl From<AccessDenied> for Problem {
    fn from(denied: AccessDenied) -> Self {
        CommonError::from(denied).into()
    }
}
