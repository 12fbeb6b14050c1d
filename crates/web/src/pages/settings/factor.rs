//! The second step of signing in: setting one up, its backup codes, and turning it off.

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use dashtam_api::Problem;
use dashtam_application::{
    factor::{
        ConfirmEmailCodes, ConfirmTotp, DisableEmailCodes, DisableTotp, EnrolEmailCodes, EnrolTotp,
        FactorStatus, GetFactorStatus, ReplaceBackupCodes,
    },
    profile::GetProfile,
};
use dashtam_domain::identity::{BackupCode, FactorMethod, SecondFactorKind};
use qrcode::{QrCode, render::svg};
use url::Url;

use super::{Wrong, told, typed};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

#[derive(Template)]
#[template(path = "settings_factor.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    /// `none`, `totp` or `email`.
    kind: &'static str,
    since: String,
    codes_left: String,
    email: String,
    are_few: bool,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "settings_totp.html")]
struct Totp {
    frame: Frame,
    section: &'static str,
    /// The key for an authenticator: as an address, as a picture, and to be typed.
    uri: String,
    picture: Option<String>,
    key: String,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "settings_mail_code.html")]
struct MailCode {
    frame: Frame,
    section: &'static str,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "settings_codes.html")]
struct Codes {
    frame: Frame,
    section: &'static str,
    is_new: bool,
    codes: Vec<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    page(&visit, Wrong::default()).await
}

async fn page(visit: &Visit, wrong: Wrong) -> Outcome {
    let FactorStatus { kind, enabled_at, backup_codes_left, .. } =
        visit.dashtam().second_factors().status(&visit.call, GetFactorStatus).await?;
    let account = visit.dashtam().profile().get(&visit.call, GetProfile).await?;
    let left = i64::try_from(backup_codes_left).unwrap_or(i64::MAX);
    let page = Page {
        frame: visit.frame("Second step", "settings"),
        section: "second-factor",
        kind: kind.as_str(),
        since: enabled_at.map(|at| words::ago(at, visit.now())).unwrap_or_default(),
        codes_left: words::counted(left, "backup code", "backup codes"),
        email: account.user().email.as_str().to_owned(),
        are_few: backup_codes_left < 3,
        wrong,
    };
    page.wrong.shown(&page)
}

/// Makes a key for an authenticator, and shows it. Nothing else changes before a code of it is shown.
pub(crate) async fn enrol_totp(visit: Visit) -> Outcome {
    let enrolment = visit.dashtam().second_factors().enrol_totp(&visit.call, EnrolTotp).await?;
    totp(&visit, enrolment.uri.expose(), Wrong::default())
}

fn totp(visit: &Visit, uri: &str, wrong: Wrong) -> Outcome {
    let key = Url::parse(uri).ok().filter(|uri| uri.scheme() == "otpauth").and_then(|uri| {
        let key = uri.query_pairs().find(|(name, _)| name == "secret")?.1;
        Some(key.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" "))
    });
    // A form that was tampered with: begun again, there is another key.
    let Some(key) = key else { return Ok(Reply::to("/settings/second-factor")) };
    let code = QrCode::new(uri).ok();
    let picture = code.map(|code| code.render::<svg::Color<'_>>().min_dimensions(220, 220).build());
    let page = Totp {
        frame: visit.frame("Set up an authenticator", "settings"),
        section: "second-factor",
        uri: uri.to_owned(),
        picture: picture.map(|svg| BASE64.encode(svg)),
        key,
        wrong,
    };
    page.wrong.shown(&page)
}

pub(crate) async fn confirm_totp(visit: Visit) -> Outcome {
    let factors = visit.dashtam().second_factors();
    match factors
        .confirm_totp(&visit.call, ConfirmTotp { code: visit.typed_code() })
        .await
        .map_err(Problem::from)
    {
        Ok(made) => codes(&visit, true, &made),
        Err(problem) => {
            let wrong = told(problem, "code")?;
            totp(&visit, visit.form.text("uri"), wrong)
        }
    }
}

/// Has a code mailed that proves that codes by mail arrive.
pub(crate) async fn enrol_email(visit: Visit) -> Outcome {
    let factors = visit.dashtam().second_factors();
    match factors.enrol_email(&visit.call, EnrolEmailCodes).await.map_err(Problem::from) {
        Ok(_) => mail_code(&visit, Wrong::default()),
        // The code that was mailed before still works.
        Err(problem) if problem.code() == "code-mail-throttled" => {
            mail_code(&visit, Wrong::at("code", problem.detail()))
        }
        Err(problem) => page(&visit, told(problem, "mail")?).await,
    }
}

fn mail_code(visit: &Visit, wrong: Wrong) -> Outcome {
    let page = MailCode { frame: visit.frame("Codes by mail", "settings"), section: "second-factor", wrong };
    page.wrong.shown(&page)
}

pub(crate) async fn confirm_email(visit: Visit) -> Outcome {
    let factors = visit.dashtam().second_factors();
    match factors
        .confirm_email(&visit.call, ConfirmEmailCodes { code: visit.typed_code() })
        .await
        .map_err(Problem::from)
    {
        Ok(made) => codes(&visit, true, &made),
        Err(problem) => mail_code(&visit, told(problem, "code")?),
    }
}

/// Makes other backup codes; the earlier ones work no more.
pub(crate) async fn replace_codes(visit: Visit) -> Outcome {
    let made = visit.dashtam().second_factors().replace_backup_codes(&visit.call, ReplaceBackupCodes).await?;
    codes(&visit, false, &made)
}

fn codes(visit: &Visit, is_new: bool, made: &[BackupCode]) -> Outcome {
    Reply::page(&Codes {
        frame: visit.frame("Your backup codes", "settings"),
        section: "second-factor",
        is_new,
        codes: made.iter().map(|code| code.shown().expose().to_owned()).collect(),
    })
}

pub(crate) async fn disable(visit: Visit) -> Outcome {
    let password = match typed(&visit, "password") {
        Ok(password) => password,
        Err(wrong) => return page(&visit, wrong).await,
    };
    let method = match visit.form.text("method") {
        "backup_code" => FactorMethod::BackupCode,
        _ => FactorMethod::Totp,
    };
    let request = DisableTotp { password, method, code: visit.typed_code() };
    match visit.dashtam().second_factors().disable_totp(&visit.call, request).await.map_err(Problem::from) {
        Ok(()) => Ok(Reply::to("/settings/second-factor?said=factor-off")),
        Err(problem) => page(&visit, told(problem, "code")?).await,
    }
}

pub(crate) async fn disable_email(visit: Visit) -> Outcome {
    let password = match typed(&visit, "password") {
        Ok(password) => password,
        Err(wrong) => return page(&visit, wrong).await,
    };
    let request = DisableEmailCodes { password };
    match visit.dashtam().second_factors().disable_email(&visit.call, request).await.map_err(Problem::from) {
        Ok(()) => Ok(Reply::to("/settings/second-factor?said=factor-off")),
        Err(problem) => page(&visit, told(problem, "password")?).await,
    }
}

/// The ways of the second step of an account, the usual one first.
pub(crate) fn methods(kind: SecondFactorKind) -> &'static [FactorMethod] {
    match kind {
        SecondFactorKind::None => &[],
        SecondFactorKind::Totp => &[FactorMethod::Totp, FactorMethod::BackupCode],
        SecondFactorKind::Email => &[FactorMethod::Email, FactorMethod::BackupCode],
    }
}
