//! Making an account for somebody, and changing what one is kept from.

use askama::Template;
use chrono::TimeDelta;
use dashtam_api::{Problem, visit::Fields};
use dashtam_application::administration::{AdministrationError, CreateUser, UpdateUser, UserChange};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::UserId,
    identity::{EmailAddress, FlagChange, PersonName, Quota, User},
    time::{Day, Timestamp},
};

use super::{is_administrator, of_address, place, told, user};
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// What only administrators give and take.
const ADMINISTRATOR: &str = "administrator";

/// What is ticked or not: the name, which is also that of the API, and the words.
const FLAGS: [(&str, &str); 5] = [
    (ADMINISTRATOR, "It is an administrator's: looks after everybody's accounts and the installation"),
    ("readonly", "It may only look"),
    ("device_readonly", "Its connections stay as they are"),
    ("limit_commands", "It starts no synchronisation, refresh, disconnection or import"),
    ("fixed_email", "It keeps its e-mail address"),
];

/// What the fields of the form hold.
#[derive(Default, PartialEq, Eq)]
struct Held {
    name: String,
    email: String,
    ticked: Vec<&'static str>,
    device_limit: String,
    user_limit: String,
    expiration_time: String,
    managed_by: String,
}

impl Held {
    /// Of an account like any other.
    fn plain() -> Self {
        Self { user_limit: Quota::NONE.number().to_string(), ..Self::default() }
    }

    /// What was sent.
    fn sent(form: &Fields) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            name: text("name"),
            email: text("email"),
            ticked: FLAGS.into_iter().map(|(name, _)| name).filter(|name| form.has(name)).collect(),
            device_limit: text("device_limit"),
            user_limit: text("user_limit"),
            expiration_time: text("expiration_time"),
            managed_by: text("managed_by"),
        }
    }

    /// The same with what managers cannot send as it is.
    fn of_manager(self, now: &Self) -> Self {
        let (name, email) = (now.name.clone(), now.email.clone());
        let (user_limit, managed_by) = (now.user_limit.clone(), now.managed_by.clone());
        let mut ticked = self.ticked;
        ticked.retain(|name| *name != ADMINISTRATOR);
        Self { name, email, ticked, user_limit, managed_by, ..self }
    }

    /// What an account is; `manager` is the address of who looks after it.
    fn of(user: &User, manager: String) -> Self {
        let flags = &user.flags;
        let is = [
            user.administrator,
            flags.read_only,
            flags.device_read_only,
            flags.limit_commands,
            flags.fixed_email,
        ];
        let limit = |quota: Quota| match quota {
            Quota::UNLIMITED => String::new(),
            most => most.number().to_string(),
        };
        Self {
            name: user.name.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            ticked: FLAGS.into_iter().zip(is).filter(|(_, is)| *is).map(|((name, _), _)| name).collect(),
            device_limit: limit(flags.device_limit),
            user_limit: limit(flags.user_limit),
            expiration_time: user.expires_at.map(|at| words::iso(at.day())).unwrap_or_default(),
            managed_by: manager,
        }
    }
}

#[derive(Template)]
#[template(path = "administration_form.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    /// Of a new account the key by which it is made once; of another one nothing.
    once: Option<String>,
    /// Of another one what it was when the form was made.
    revision: Option<i32>,
    /// Where the form is sent, and where one goes who does not send it.
    action: String,
    back: String,
    /// Name, words, and whether it is ticked.
    flags: Vec<(&'static str, &'static str, bool)>,
    held: Held,
    wrong: Wrong,
}

fn shown(visit: &Visit, user: Option<&User>, held: Held, wrong: Wrong) -> Outcome {
    let is_administrator = is_administrator(visit)?;
    let title = match user {
        Some(user) => format!("Change the account of {}", user.name.as_str()),
        None => "A new account".to_owned(),
    };
    let back = user
        .map_or_else(|| "/administration".to_owned(), |user| format!("/administration/users/{}", user.id));
    let flags = FLAGS.into_iter().filter(|(name, _)| is_administrator || *name != ADMINISTRATOR);
    let page = Page {
        frame: visit.frame(title, "administration"),
        section: "users",
        is_administrator,
        once: user.is_none().then(|| visit.once()),
        revision: user.map(|user| user.revision),
        action: match user {
            Some(_) => format!("{back}/change"),
            None => "/administration/users/new".to_owned(),
        },
        back,
        flags: flags.map(|(name, label)| (name, label, held.ticked.contains(&name))).collect(),
        held,
        wrong,
    };
    page.wrong.shown(&page)
}

/// The form, where its account could be made.
pub(crate) async fn new(visit: Visit) -> Outcome {
    if !visit.dashtam().registration().mode().lets_invite() {
        return Err(AdministrationError::RegistrationClosed.into());
    }
    shown(&visit, None, Held::plain(), Wrong::default())
}

/// Makes an account, whose owner is mailed a link to choose a password.
pub(crate) async fn create(visit: Visit) -> Outcome {
    let again = |wrong| shown(&visit, None, Held::sent(&visit.form), wrong);
    let mut wrong = Wrong::default();
    let (name, email) = (name(&visit.form, &mut wrong), email(&visit.form, &mut wrong));
    let change = limits(&visit.form, None, is_administrator(&visit)?, &mut wrong);
    let (Some(name), Some(email), true) = (name, email, wrong.is_empty()) else { return again(wrong) };
    let wanted = CreateUser { email, name, change };
    // A second click leads to the same account.
    let present = |user: &User| StoredAnswer { status: 303, body: place(user.id, "user-made") };
    let made = visit.dashtam().administration().create_user(&visit.call, wanted, present).await;
    match made.map_err(Problem::from) {
        Ok(user) => Ok(Reply::to(place(user.id, "user-made"))),
        Err(problem) => again(told(problem, "account")?),
    }
}

pub(crate) async fn ask(visit: Visit) -> Outcome {
    let found = user::get(&visit).await?.user;
    let held = now(&visit, &found).await?;
    shown(&visit, Some(&found), held, Wrong::default())
}

/// What an account is now.
async fn now(visit: &Visit, user: &User) -> Result<Held, Problem> {
    let manager = match user.managed_by.filter(|_| is_administrator(visit).unwrap_or_default()) {
        Some(manager) => user::named(visit, manager).await?,
        None => None,
    };
    let manager = manager.map(|manager| manager.email.as_str().to_owned()).unwrap_or_default();
    Ok(Held::of(user, manager))
}

/// Changes an account to what the form says. A form tells all of it: of one that was made before another change, nothing
/// is taken, so that it does not take that back.
pub(crate) async fn save(visit: Visit) -> Outcome {
    let found = user::get(&visit).await?.user;
    let is_administrator = is_administrator(&visit)?;
    let revision = visit.form.text("revision").parse::<i32>().ok();
    if revision != Some(found.revision) {
        return outdated(&visit).await;
    }
    let again = |wrong| shown(&visit, Some(&found), Held::sent(&visit.form), wrong);
    let mut wrong = Wrong::default();
    let mut change = limits(&visit.form, Some(&found), is_administrator, &mut wrong);
    if is_administrator {
        change.name = name(&visit.form, &mut wrong);
        change.email = email(&visit.form, &mut wrong);
        change.managed_by = manager(&visit, &mut wrong).await?;
    }
    if !wrong.is_empty() {
        return again(wrong);
    }
    let wanted = UpdateUser { user: found.id, change, revision };
    let changed = visit.dashtam().administration().update_user(&visit.call, wanted).await;
    match changed.map_err(Problem::from) {
        Ok(user) if looks_after_nobody_now(&visit, &user)? => Ok(Reply::to("/settings?said=user-changed")),
        Ok(user) => Ok(Reply::to(place(user.id, "user-changed"))),
        // Somebody else was faster by less than it takes to answer.
        Err(problem) if problem.code() == "changed-meanwhile" => outdated(&visit).await,
        Err(problem) => again(told(problem, "account")?),
    }
}

/// Answers a form that was made before another change: with the account as it is now.
async fn outdated(visit: &Visit) -> Outcome {
    let found = user::get(visit).await?.user;
    let now = now(visit, &found).await?;
    let sent = Held::sent(&visit.form);
    let sent = if is_administrator(visit)? { sent } else { sent.of_manager(&now) };
    // Who clicked twice is told what the first click did.
    if sent == now {
        return Ok(Reply::to(place(found.id, "user-changed")));
    }
    let wrong =
        Wrong::at("account", "The account was changed after this form was made. This is what it is now.");
    shown(visit, Some(&found), now, wrong)
}

/// Whether whoever changed the own account has no business here any more.
fn looks_after_nobody_now(visit: &Visit, user: &User) -> Result<bool, Problem> {
    let is_own = visit.call.principal()?.user == user.id;
    Ok(is_own && !user.administrator && user.flags.user_limit == Quota::NONE)
}

fn name(form: &Fields, wrong: &mut Wrong) -> Option<PersonName> {
    let name = form.text("name").parse::<PersonName>();
    name.map_err(|error| wrong.note("name", format!("The name {error}."))).ok()
}

fn email(form: &Fields, wrong: &mut Wrong) -> Option<EmailAddress> {
    let email = form.text("email").parse::<EmailAddress>();
    email.map_err(|error| wrong.note("email", format!("The address {error}."))).ok()
}

/// Who is to look after the account, by an address; nobody where there is none.
async fn manager(visit: &Visit, wrong: &mut Wrong) -> Result<Option<Option<UserId>>, Problem> {
    let text = visit.form.text("managed_by");
    if text.is_empty() {
        return Ok(Some(None));
    }
    let found = match text.parse::<EmailAddress>() {
        Ok(address) => of_address(visit, &address).await?,
        Err(_) => None,
    };
    if found.is_none() {
        wrong.note("managed_by", "There is no account with this address.");
    }
    Ok(found.map(|manager| Some(manager.id)))
}

/// What the form says of the limits of an account. Of a new one, what is not ticked or filled in is as usual, or as with
/// its manager; of another one it is taken away.
fn limits(form: &Fields, before: Option<&User>, is_administrator: bool, wrong: &mut Wrong) -> UserChange {
    let flag = |name: &str| if form.has(name) { Some(true) } else { before.map(|_| false) };
    UserChange {
        administrator: if is_administrator { flag(ADMINISTRATOR) } else { None },
        expires_at: end(form, before, wrong),
        flags: FlagChange {
            read_only: flag("readonly"),
            device_read_only: flag("device_readonly"),
            limit_commands: flag("limit_commands"),
            fixed_email: flag("fixed_email"),
            device_limit: match before {
                None if !form.has("device_limit") => None,
                _ => quota(form, "device_limit", wrong),
            },
            user_limit: if is_administrator { quota(form, "user_limit", wrong) } else { None },
        },
        ..UserChange::default()
    }
}

/// How many of something there may be; any number where the field is empty.
fn quota(form: &Fields, field: &str, wrong: &mut Wrong) -> Option<Quota> {
    let text = form.text(field);
    if text.is_empty() {
        return Some(Quota::UNLIMITED);
    }
    let number = text.parse::<i32>().ok().filter(|number| *number >= 0);
    let quota = number.and_then(Quota::new);
    if quota.is_none() {
        wrong.note(field, "This must be a whole number, or empty for any number.");
    }
    quota
}

/// The last instant of the day that is chosen. A day that stays leaves the instant in it as it is.
fn end(form: &Fields, before: Option<&User>, wrong: &mut Wrong) -> Option<Option<Timestamp>> {
    let text = form.text("expiration_time");
    if text.is_empty() {
        return before.map(|_| None);
    }
    let was = before.and_then(|user| user.expires_at).map(Timestamp::day);
    match Day::parse(text) {
        Some(day) if was == Some(day) => None,
        Some(day) => Some(Some(day.plus_days(1).start().plus(TimeDelta::microseconds(-1)))),
        None => {
            wrong.note("expiration_time", "This is no day such as 2026-01-31.");
            None
        }
    }
}
