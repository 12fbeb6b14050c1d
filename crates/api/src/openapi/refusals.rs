//! The refusals an endpoint tells of, in groups.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{Content, Ref, RefOr, Response},
};

use crate::problem::PROBLEM_JSON;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($status:literal)+;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$($status),+].into_iter().map(problem).collect()
            }
        }
    )+};
}

problems! {
    /// Refusals of public routes with a body.
    PublicProblems: 400 413 415 422 503;
    /// Refusals of registrations.
    RegistrationProblems: 400 403 413 415 422 503;
    /// Refusals of sign-in.
    LoginProblems: 400 401 403 413 415 422 429 503;
    /// Refusals of second steps of a sign-in.
    SecondStepProblems: 400 401 403 409 413 415 422 429 503;
    /// Refusals of requests for a login link.
    LinkRequestProblems: 400 403 413 415 422;
    /// Refusals of sign-ins by a mailed link.
    LinkSignInProblems: 400 403 409 413 415 422;
    /// Refusals of changes to the caller's account.
    ProfileProblems: 400 401 409 413 415 422 429 503;
    /// Refusals of changes to the second factor.
    FactorProblems: 400 401 403 409 413 415 422 429 503;
    /// Refusals of mailed links.
    LinkProblems: 400 409 413 415 422;
    /// Refusals of refresh.
    SignInProblems: 400 401 403 413 415 422 503;
    /// Refusals of the caller's own account.
    UserProblems: 400 401 413 415 422;
    /// Refusals of lists.
    ListProblems: 401 422;
    /// Refusals of the change feed.
    FeedProblems: 401 403 410 422;
    /// Refusals of streams.
    StreamProblems: 401 403 422;
    /// Refusals of a revocation.
    RevokeProblems: 400 401 404 422;
    /// Refusals of what only administrators see.
    AdminListProblems: 401 403 422;
    /// Refusals of what only administrators change.
    AdminChangeProblems: 400 401 403 404 413 415 422;
    /// Refusals of what is done to other people's accounts.
    AdminUserProblems: 400 401 403 404 409 413 415 422 429;
    /// Refusals of one thing.
    ThingProblems: 401 404 409 422;
    /// Refusals of what begins at an institution.
    BeginProblems: 401 404 409 422 502;
    /// Refusals where an institution has a say.
    InstitutionProblems: 400 401 404 409 413 415 422 502;
    /// Refusals of changes.
    ChangeProblems: 400 401 404 409 413 415 422;
    /// Refusals of files.
    UploadProblems: 400 401 413 415 422;
    /// Refusals of messages of institutions.
    HintProblems: 400 401 404 413 415 422 502;
    /// Refusals of callbacks.
    CallbackProblems: 400 403 404 409 422 502;
}

/// Describes the refusal with this status.
pub(super) fn problem(status: u16) -> (String, RefOr<Response>) {
    let description = match status {
        400 => "The request could not be understood.",
        401 => "Nobody is signed in, or the credential is not valid.",
        403 => "The caller may not do this.",
        404 => "There is no such thing, or not for this caller.",
        408 => "The body took too long to arrive.",
        409 => "The present state does not allow it.",
        410 => "It was there, and will not be again.",
        413 => "The body is too large.",
        415 => "The body's media type or format is not one that is read.",
        422 => "The request breaks a rule; see errors.",
        429 => "Too many attempts; Retry-After says when to come back.",
        500 => {
            "Something broke inside, or it is not known whether the change was stored: look before you ask again."
        }
        502 => "The institution gave an answer that cannot be used.",
        507 => "There is no room left to store anything.",
        _ => "The server is busy, or its database cannot be used; Retry-After says when to try again.",
    };
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let mut response = Response::new(description);
    response.content.insert(PROBLEM_JSON.to_owned(), content.into());
    (status.to_string(), response.into())
}
