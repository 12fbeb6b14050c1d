//! What concerns the whole installation: which institutions are set up, which key signs, and whose tokens count.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    keystore::{GetNewestKey, RotateSigningKey},
    token_rotation::{GetSecurityConfig, RotateEverybody},
};
use dashtam_domain::{connections::ProviderDescriptor, identity::SigningKeyId};

use super::told;
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// Where one goes whose form had been sent before, or was made before another rotation.
const ROTATED_BEFORE: &str = "/administration/installation?said=tokens-rotated-before";

/// An institution, and what it still needs.
struct Institution {
    name: String,
    key: String,
    missing: Option<String>,
}

/// The last time that everybody's tokens were made void.
struct Rotation {
    when: String,
    by: String,
    reason: String,
    /// Until when sessions that began before go on, while they do.
    until: Option<String>,
}

#[derive(Template)]
#[template(path = "administration_installation.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    institutions: Vec<Institution>,
    keys: Vec<String>,
    rotation: Option<Rotation>,
}

#[derive(Template)]
#[template(path = "administration_key.html")]
struct Key {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    /// The newest key when the form was made; empty where there is none.
    newest: String,
    is_compromised: bool,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "administration_tokens.html")]
struct Tokens<'a> {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    /// What counted when the form was made.
    version: i32,
    reason: &'a str,
    shortest: usize,
    longest: usize,
    grace: String,
    most: u32,
    wrong: Wrong,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let dashtam = visit.dashtam();
    let config = dashtam.token_rotation().security_config(&visit.call, GetSecurityConfig).await?;
    let institution = |descriptor: ProviderDescriptor| Institution {
        key: descriptor.key.as_str().to_owned(),
        name: descriptor.name,
        missing: descriptor.missing_configuration,
    };
    let until = config.floor.grace_until;
    let rotation = config.updated_by.map(|by| Rotation {
        when: words::ago(config.updated_at, visit.now()),
        by: by.strip_prefix("USER:").unwrap_or(&by).to_owned(),
        reason: config.reason.unwrap_or_default(),
        until: (until > visit.now()).then(|| words::until(until, visit.now())),
    });
    Reply::page(&Page {
        frame: visit.frame("Installation", "administration"),
        section: "installation",
        is_administrator: true,
        institutions: dashtam.connections().available().into_iter().map(institution).collect(),
        keys: dashtam.signing().published().iter().map(|key| key.id.to_string()).collect(),
        rotation,
    })
}

pub(crate) async fn ask_key(visit: Visit) -> Outcome {
    let newest = newest(&visit).await?;
    key(&visit, newest, Wrong::default())
}

/// The newest key; `None` where there is no pair of keys.
async fn newest(visit: &Visit) -> Result<Option<SigningKeyId>, Problem> {
    match visit.dashtam().signing().newest(&visit.call, GetNewestKey).await.map_err(Problem::from) {
        Ok(newest) => Ok(Some(newest)),
        Err(problem) if problem.code() == "no-key-pair" => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn key(visit: &Visit, newest: Option<SigningKeyId>, wrong: Wrong) -> Outcome {
    let page = Key {
        frame: visit.frame("Rotate the signing key?", "administration"),
        section: "installation",
        is_administrator: true,
        newest: newest.map(|newest| newest.to_string()).unwrap_or_default(),
        is_compromised: visit.form.has("compromised"),
        wrong,
    };
    page.wrong.shown(&page)
}

/// Publishes the next key, or puts another one in the place of one that is in wrong hands; once for one form.
pub(crate) async fn rotate_key(visit: Visit) -> Outcome {
    let compromised = visit.form.has("compromised");
    let known = visit.form.text("newest").parse::<SigningKeyId>().ok();
    let newest = newest(&visit).await?;
    if newest.is_some() && known.is_none() {
        let wrong = Wrong::at("key", "The form did not say which key is to be followed. Send it again.");
        return key(&visit, newest, wrong);
    }
    let wanted = RotateSigningKey { compromised, newest: known };
    match visit.dashtam().signing().rotate(&visit.call, wanted).await.map_err(Problem::from) {
        Ok(_) if compromised => Ok(Reply::to("/administration/installation?said=key-replaced")),
        Ok(_) => Ok(Reply::to("/administration/installation?said=key-published")),
        // Of two clicks this is the second one.
        Err(problem) if problem.code() == "changed-meanwhile" => {
            Ok(Reply::to("/administration/installation?said=key-rotated-before"))
        }
        Err(problem) => key(&visit, newest, told(problem, "key")?),
    }
}

pub(crate) async fn ask_tokens(visit: Visit) -> Outcome {
    let version = version(&visit).await?;
    tokens(&visit, version, Wrong::default())
}

/// What counts now.
async fn version(visit: &Visit) -> Result<i32, Problem> {
    let config = visit.dashtam().token_rotation().security_config(&visit.call, GetSecurityConfig).await?;
    Ok(config.floor.version)
}

fn tokens(visit: &Visit, version: i32, wrong: Wrong) -> Outcome {
    let grace = match visit.form.text("grace") {
        "" => RotateEverybody::DEFAULT_GRACE.to_string(),
        typed => typed.to_owned(),
    };
    let page = Tokens {
        frame: visit.frame("Make everybody's tokens void?", "administration"),
        section: "installation",
        is_administrator: true,
        version,
        reason: visit.form.text("reason"),
        shortest: *RotateEverybody::REASON.start(),
        longest: *RotateEverybody::REASON.end(),
        grace,
        most: *RotateEverybody::GRACE_MINUTES.end(),
        wrong,
    };
    page.wrong.shown(&page)
}

/// Makes everybody's tokens void, once for one form: who clicks twice meant one rotation.
pub(crate) async fn rotate_tokens(visit: Visit) -> Outcome {
    let form = &visit.form;
    let version = version(&visit).await?;
    // Before anything else: a form that is shown again, with what is wrong with it, is one of now.
    if form.text("version").parse::<i32>().ok() != Some(version) {
        return Ok(Reply::to(ROTATED_BEFORE));
    }
    let (reason, grace) = (form.text("reason"), form.text("grace").parse::<u32>().ok());
    let mut wrong = Wrong::default();
    if !RotateEverybody::REASON.contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        let (from, to) = (*RotateEverybody::REASON.start(), *RotateEverybody::REASON.end());
        wrong.note("reason", format!("The reason must be {from} to {to} characters long, in one line."));
    }
    let grace = grace.filter(|minutes| RotateEverybody::GRACE_MINUTES.contains(minutes));
    if grace.is_none() {
        let most = *RotateEverybody::GRACE_MINUTES.end();
        wrong.note("grace", format!("This must be a whole number of minutes from 0 to {most}."));
    }
    let (Some(grace_minutes), true) = (grace, wrong.is_empty()) else {
        return tokens(&visit, version, wrong);
    };
    let wanted = RotateEverybody { reason: reason.to_owned(), grace_minutes, version: Some(version) };
    match visit.dashtam().token_rotation().global(&visit.call, wanted).await.map_err(Problem::from) {
        Ok(_) => Ok(Reply::to("/administration/installation?said=tokens-rotated")),
        // Of two clicks at the same moment this is the second one.
        Err(problem) if problem.code() == "changed-meanwhile" => Ok(Reply::to(ROTATED_BEFORE)),
        Err(problem) => Err(problem),
    }
}
