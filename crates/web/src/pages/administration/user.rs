//! One account, as those see it who look after it.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::administration::{GetUser, ManagedUser};
use dashtam_domain::{
    id::UserId,
    identity::{Quota, SecondFactorKind, User},
};

use super::{Standing, is_administrator, is_on, second_step, seen};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

#[derive(Template)]
#[template(path = "administration_user.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    id: String,
    email: String,
    is_own: bool,
    is_on: bool,
    is_of_administrator: bool,
    standing: Standing,
    /// What it is called, and what it is.
    facts: Vec<(&'static str, String)>,
    /// Address and name of who looks after it.
    manager: Option<(String, String)>,
    limits: Vec<String>,
    locks: Vec<String>,
    has_second_step: bool,
    has_sub_users: bool,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let found = get(&visit).await?;
    let is_administrator = is_administrator(&visit)?;
    let (user, now) = (&found.user, visit.now());
    let manager = match user.managed_by.filter(|_| is_administrator) {
        Some(manager) => named(&visit, manager).await?.map(|manager| {
            (format!("/administration/users/{}", manager.id), manager.name.as_str().to_owned())
        }),
        None => None,
    };
    let mut facts = vec![
        ("Second step", second_step(user).to_owned()),
        ("Last sign-in", seen(user, now)),
        ("Sessions", words::count(found.sessions)),
        ("Made", words::ago(user.created_at, now)),
    ];
    facts.extend(user.expires_at.map(|at| ("Last day", words::day(at.day()))));
    facts.extend(user.deletion_due_at.map(|at| ("Erased", words::until(at, now))));
    Reply::page(&Page {
        frame: visit.frame(user.name.as_str(), "administration"),
        section: "users",
        is_administrator,
        id: user.id.to_string(),
        email: user.email.as_str().to_owned(),
        is_own: visit.call.principal()?.user == user.id,
        is_on: is_on(user),
        is_of_administrator: user.administrator,
        standing: Standing::of(user, now),
        facts,
        manager,
        limits: limits(user),
        locks: locks(&visit, &found),
        has_second_step: user.second_factor != SecondFactorKind::None,
        has_sub_users: user.flags.user_limit != Quota::NONE,
    })
}

/// The account that the address names.
pub(super) async fn get(visit: &Visit) -> Result<ManagedUser, Problem> {
    let user: UserId = visit.id()?;
    Ok(visit.dashtam().administration().get_user(&visit.call, GetUser { user }).await?)
}

/// Another account; `None` where there is none any more.
pub(super) async fn named(visit: &Visit, user: UserId) -> Result<Option<User>, Problem> {
    let found = visit.dashtam().administration().get_user(&visit.call, GetUser { user }).await;
    match found.map_err(Problem::from) {
        Ok(found) => Ok(Some(found.user)),
        Err(problem) if problem.code() == "not-found" => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// What the account is kept from, and how much it may have.
fn limits(user: &User) -> Vec<String> {
    let flags = &user.flags;
    let kept = [
        (flags.read_only, "It may only look."),
        (flags.device_read_only, "Its connections stay as they are."),
        (flags.limit_commands, "It starts no synchronisation, refresh, disconnection or import."),
        (flags.fixed_email, "It keeps its e-mail address."),
    ];
    let mut limits: Vec<String> =
        kept.into_iter().filter(|(is, _)| *is).map(|(_, what)| what.to_owned()).collect();
    if flags.device_limit != Quota::UNLIMITED {
        let most = words::counted(flags.device_limit.number().into(), "connection", "connections");
        limits.push(format!("It may have at most {most}."));
    }
    match flags.user_limit {
        Quota::NONE => {}
        Quota::UNLIMITED => limits.push("It may have any number of sub-users.".to_owned()),
        most => {
            let most = words::counted(most.number().into(), "sub-user", "sub-users");
            limits.push(format!("It may have at most {most}."));
        }
    }
    limits
}

/// What keeps people from signing in for a while.
fn locks(visit: &Visit, found: &ManagedUser) -> Vec<String> {
    let locks = &found.locks;
    let mut told = Vec::new();
    if locks.failed_sign_ins > 0 {
        let wrong = words::counted(locks.failed_sign_ins.into(), "wrong password", "wrong passwords");
        told.push(format!("{wrong} one after the other, from where the account is not known."));
    }
    if let Some(until) = locks.sign_ins_until {
        let until = words::until(until, visit.now());
        told.push(format!("Sign-ins from where it is not known are refused; that ends {until}."));
    }
    if let Some(until) = locks.second_factor_until {
        let until = words::until(until, visit.now());
        told.push(format!("No code of the second step is looked at; that ends {until}."));
    }
    told
}
