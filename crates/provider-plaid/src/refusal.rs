//! What Plaid's error codes mean. Plaid asks to go by `error_code`; its messages are not for the eyes of users.

use dashtam_domain::connections::ProviderError;
use serde_json::Value;

/// Longer codes are none of Plaid's.
const LONGEST: usize = 60;

/// Only the user can mend it, by signing in at the bank once more.
const SIGN_IN: [&str; 10] = [
    "ITEM_LOGIN_REQUIRED",
    "ITEM_NOT_FOUND",
    "INVALID_ACCESS_TOKEN",
    "ACCESS_NOT_GRANTED",
    "INVALID_CREDENTIALS",
    "INVALID_MFA",
    "INSUFFICIENT_CREDENTIALS",
    "USER_PERMISSION_REVOKED",
    "USER_ACCOUNT_REVOKED",
    "ITEM_CONCURRENTLY_DELETED",
];

/// Only the operator can mend it, in Plaid's dashboard or in the settings.
const OPERATOR: [&str; 9] = [
    "INVALID_API_KEYS",
    "MISSING_FIELDS",
    "UNAUTHORIZED_ENVIRONMENT",
    "UNAUTHORIZED_ROUTE_ACCESS",
    "INVALID_PRODUCT",
    "INVALID_CONFIGURATION",
    "INSTITUTION_REGISTRATION_REQUIRED",
    "PRODUCT_UNAVAILABLE",
    "DIRECT_INTEGRATION_NOT_ENABLED",
];

/// It passes.
const PASSING: [&str; 6] = [
    "INSTITUTION_DOWN",
    "INSTITUTION_NOT_RESPONDING",
    "INSTITUTION_NOT_AVAILABLE",
    "INTERNAL_SERVER_ERROR",
    "PLANNED_MAINTENANCE",
    "PRODUCT_NOT_READY",
];

/// The item does not have what was asked for, and that is no fault of anybody.
const WITHOUT: [&str; 7] = [
    "PRODUCTS_NOT_SUPPORTED",
    "PRODUCT_NOT_ENABLED",
    "NO_ACCOUNTS",
    "NO_INVESTMENT_ACCOUNTS",
    "NO_LIABILITY_ACCOUNTS",
    "NO_INVESTMENT_AUTH_ACCOUNTS",
    "ADDITIONAL_CONSENT_REQUIRED",
];

/// An answer of Plaid's that is not the one that was asked for.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Plaid's code, if it gave one that can be one.
    code: Option<String>,
    /// Whether the message is about a cursor.
    about_cursor: bool,
    /// What it means.
    pub(crate) error: ProviderError,
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Self { code: None, about_cursor: false, error }
    }
}

impl From<Refusal> for ProviderError {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

impl Refusal {
    /// What a body with this status says.
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match (Self::of(&body), status) {
            (Some(refusal), _) => refusal,
            // It is the operator's access that is in the headers.
            (None, 401) => ProviderError::Misconfigured.into(),
            (None, status) => ProviderError::Rejected { code: format!("http_{status}") }.into(),
        }
    }

    /// What an error object says, in an answer of its own or in an item; `None` when it has no code.
    pub(crate) fn of(error: &Value) -> Option<Self> {
        let code = error.get("error_code").and_then(Value::as_str).filter(|code| is_code(code))?;
        let kind = error.get("error_type").and_then(Value::as_str).unwrap_or_default();
        let message = error.get("error_message").and_then(Value::as_str).unwrap_or_default();
        Some(Self {
            code: Some(code.to_owned()),
            about_cursor: message.contains("cursor"),
            error: meaning(kind, code),
        })
    }

    fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the list of changes moved on while it was read.
    pub(crate) fn is_mutation(&self) -> bool {
        self.is("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
    }

    /// Whether the cursor is not one of this item's.
    pub(crate) fn is_of_cursor(&self) -> bool {
        self.about_cursor && self.is("INVALID_FIELD")
    }

    /// Whether it is only that Plaid has not collected it yet.
    pub(crate) fn is_not_ready(&self) -> bool {
        self.is("PRODUCT_NOT_READY")
    }

    /// Whether the item does not have what was asked for.
    pub(crate) fn is_without(&self) -> bool {
        self.code.as_deref().is_some_and(|code| WITHOUT.contains(&code))
    }

    /// Whether Plaid knows no such session, or no longer.
    pub(crate) fn is_of_session(&self) -> bool {
        self.is("INVALID_LINK_TOKEN")
    }

    /// Whether Plaid knows no such item, or no longer.
    pub(crate) fn is_of_item(&self) -> bool {
        self.is("ITEM_NOT_FOUND") || self.is("INVALID_ACCESS_TOKEN")
    }
}

/// What is not of this form may be anything, and is not handed on.
fn is_code(code: &str) -> bool {
    (1..=LONGEST).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn meaning(kind: &str, code: &str) -> ProviderError {
    match code {
        _ if SIGN_IN.contains(&code) => ProviderError::NeedsReauthorization,
        _ if OPERATOR.contains(&code) => ProviderError::Misconfigured,
        _ if PASSING.contains(&code) => ProviderError::Unavailable,
        _ if kind == "RATE_LIMIT_EXCEEDED" || code == "RATE_LIMIT_EXCEEDED" => {
            ProviderError::RateLimited { retry_after: None }
        }
        _ if kind == "API_ERROR" => ProviderError::Unavailable,
        // Whatever consent there was is over.
        _ if kind == "OAUTH_ERROR" => ProviderError::NeedsReauthorization,
        _ => ProviderError::Rejected { code: code.to_ascii_lowercase().chars().take(40).collect() },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, code: &str) -> ProviderError {
        let body = json!({"error_type": kind, "error_code": code, "error_message": "planted", "display_message": null});
        Refusal::read(400, body.to_string().as_bytes()).error
    }

    #[test]
    fn codes_say_what_to_do() {
        use ProviderError as E;
        let rejected = |code: &str| E::Rejected { code: code.to_owned() };
        let slow = E::RateLimited { retry_after: None };
        for (kind, code, expected) in [
            ("ITEM_ERROR", "ITEM_LOGIN_REQUIRED", E::NeedsReauthorization),
            ("ITEM_ERROR", "ITEM_NOT_FOUND", E::NeedsReauthorization),
            ("INVALID_INPUT", "INVALID_ACCESS_TOKEN", E::NeedsReauthorization),
            ("OAUTH_ERROR", "ANYTHING", E::NeedsReauthorization),
            ("ITEM_ERROR", "ITEM_LOCKED", rejected("item_locked")),
            ("ITEM_ERROR", "USER_SETUP_REQUIRED", rejected("user_setup_required")),
            (
                "INSTITUTION_ERROR",
                "INSTITUTION_NO_LONGER_SUPPORTED",
                rejected("institution_no_longer_supported"),
            ),
            ("INVALID_INPUT", "INVALID_API_KEYS", E::Misconfigured),
            ("INVALID_INPUT", "INVALID_PRODUCT", E::Misconfigured),
            ("INSTITUTION_ERROR", "INSTITUTION_REGISTRATION_REQUIRED", E::Misconfigured),
            ("INSTITUTION_ERROR", "INSTITUTION_DOWN", E::Unavailable),
            ("API_ERROR", "OF_A_LATER_DAY", E::Unavailable),
            ("ITEM_ERROR", "PRODUCT_NOT_READY", E::Unavailable),
            ("RATE_LIMIT_EXCEEDED", "TRANSACTIONS_SYNC_LIMIT", slow.clone()),
            ("RATE_LIMIT_EXCEEDED", "RATE_LIMIT_EXCEEDED", slow),
            ("INVALID_REQUEST", "INVALID_FIELD", rejected("invalid_field")),
        ] {
            assert_eq!(of(kind, code), expected, "{code}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_handed_on() {
        for code in ["", "item login", "secret-9d2e", "ÄNDERUNG", &"X".repeat(61)] {
            assert_eq!(of("ITEM_ERROR", code), ProviderError::Rejected { code: "http_400".to_owned() });
        }
        for body in ["", "<html>", "[]", "{}", r#"{"error_code": 7}"#, "null"] {
            let refusal = Refusal::read(403, body.as_bytes());
            assert_eq!(refusal.error, ProviderError::Rejected { code: "http_403".to_owned() }, "{body}");
        }
    }
}
