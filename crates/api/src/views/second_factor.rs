//! Second factors. What is secret here is shown once, to whoever set it up.

use dashtam_application::factor::{FactorStatus, TotpEnrolment};
use dashtam_domain::{identity::BackupCode, time::Timestamp};
use qrcode::{QrCode, render::svg};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Moment, seconds_left};

/// What an account has for a second factor.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub(crate) struct FactorStatusView {
    /// What a sign-in asks for: `none`, `totp` or `email`.
    r#type: &'static str,
    enabled_at: Option<Moment>,
    backup_codes_left: usize,
    backup_codes_created_at: Option<Moment>,
}

impl From<&FactorStatus> for FactorStatusView {
    fn from(status: &FactorStatus) -> Self {
        Self {
            r#type: status.kind.as_str(),
            enabled_at: status.enabled_at.map(Moment),
            backup_codes_left: status.backup_codes_left,
            backup_codes_created_at: status.backup_codes_created_at.map(Moment),
        }
    }
}

/// What an authenticator needs.
#[derive(Serialize, ToSchema)]
#[schema(as = TotpEnrolment)]
pub(crate) struct TotpEnrolmentView<'a> {
    /// The key in base 32, for people who type it.
    secret: &'a str,
    /// The key as an `otpauth://` URI.
    uri: &'a str,
    /// The URI as a QR code, an SVG document.
    qr_svg: String,
    /// Seconds until it can no longer be confirmed.
    expires_in: i64,
}

impl<'a> TotpEnrolmentView<'a> {
    /// `None` when the URI does not fit into a QR code.
    pub(crate) fn new(enrolment: &'a TotpEnrolment, now: Timestamp) -> Option<Self> {
        let code = QrCode::new(enrolment.uri.expose()).ok()?;
        Some(Self {
            secret: enrolment.secret.expose(),
            uri: enrolment.uri.expose(),
            qr_svg: code.render::<svg::Color<'_>>().min_dimensions(200, 200).build(),
            expires_in: seconds_left(enrolment.expires_at, now),
        })
    }
}

/// Backup codes. Each works once.
#[derive(Serialize, ToSchema)]
#[schema(as = BackupCodes)]
pub(crate) struct BackupCodesView {
    backup_codes: Vec<String>,
}

impl From<&[BackupCode]> for BackupCodesView {
    fn from(codes: &[BackupCode]) -> Self {
        Self { backup_codes: codes.iter().map(|code| code.shown().expose().to_owned()).collect() }
    }
}

/// A code is on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeMailed)]
pub(crate) struct CodeMailedView {
    pub(crate) message: &'static str,
    /// Seconds the code works.
    pub(crate) expires_in: i64,
}
