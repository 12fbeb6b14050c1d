//! What every error can say about itself to the edge that has to answer for it.

use std::error::Error;

/// An error with all its causes, on one line.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// The sort of situation an error describes. Each edge has one table from these to its own codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The request could not be understood.
    Malformed,
    /// Nobody is signed in, or the credential is not valid.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing, or not for this caller.
    NotFound,
    /// It was there, and will not be again.
    Gone,
    /// The present state does not allow it.
    Conflict,
    /// The input is larger than allowed.
    TooLarge,
    /// The input's media type or format is not one we read.
    Unsupported,
    /// The request was understood and breaks a rule.
    Invalid,
    /// Too many requests.
    RateLimited,
    /// A defect or a broken dependency of ours.
    Internal,
    /// An institution answered with something we cannot use.
    BadGateway,
    /// Overloaded for a moment; the same request may succeed later.
    Busy,
    /// Something everything depends on does not work; the same request may succeed once somebody has mended it.
    Unavailable,
    /// There is no room left to store anything.
    NoRoom,
}

/// One rule broken by one field of the input. Never holds the rejected value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field as the client wrote it, e.g. `email` or `file`.
    pub field: String,
    /// Stable slug, e.g. `too_short`.
    pub code: &'static str,
    /// One sentence for a person.
    pub message: String,
}

impl FieldError {
    /// Builds a field error.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// An error that knows which situation it is. Implemented by every service error.
pub trait Fault: Error {
    /// The sort of situation.
    fn kind(&self) -> FaultKind;
    /// Stable slug of the problem type, e.g. `invalid-credentials`.
    fn code(&self) -> &'static str;
    /// The broken rules when the kind is [`FaultKind::Invalid`]; empty otherwise.
    fn fields(&self) -> Vec<FieldError> {
        Vec::new()
    }
    /// Seconds after which trying again makes sense, if known.
    fn retry_after(&self) -> Option<u32> {
        None
    }
    /// Further members of the problem, each with a name of its own; never a secret.
    fn extensions(&self) -> Vec<(&'static str, serde_json::Value)> {
        Vec::new()
    }
}
