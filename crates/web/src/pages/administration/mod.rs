//! Administration: the accounts that somebody looks after, all of them or those of the own sub-users, and for
//! administrators how the installation is. Nothing that owners keep in their accounts is shown.

pub(crate) mod acts;
pub(crate) mod audit;
pub(crate) mod edit;
pub(crate) mod installation;
pub(crate) mod mails;
pub(crate) mod user;
pub(crate) mod work;

use askama::Template;
use dashtam_api::{Problem, visit};
use dashtam_application::administration::{AdministrationError, ListUsers};
use dashtam_domain::{
    access::AccessDenied,
    id::UserId,
    identity::{EmailAddress, SecondFactorKind, User, UserFilter, UserKey, UserSearch},
    page::{Limit, Page as Found},
    time::Timestamp,
};
use url::form_urlencoded::Serializer;

use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many accounts are shown at once.
const ROWS: u16 = 50;

/// The fields of the address that narrow the list.
const FIELDS: [&str; 5] = ["q", "by", "state", "role", "managed_by"];

/// How an account stands: a class of the stylesheet, and a word.
struct Standing {
    tone: &'static str,
    word: &'static str,
}

impl Standing {
    fn of(user: &User, now: Timestamp) -> Self {
        let (tone, word) = match () {
            () if user.deletion_due_at.is_some() => ("bad", "Closed, and to be erased"),
            () if !user.is_active => ("bad", "Switched off"),
            () if user.is_expired(now) => ("bad", "Its time is over"),
            () if !user.is_verified() => ("busy", "Address not proved yet"),
            () => ("good", "In use"),
        };
        Self { tone, word }
    }
}

/// An account in the list.
struct Row {
    id: String,
    name: String,
    email: String,
    marks: Vec<&'static str>,
    standing: Standing,
    second_step: &'static str,
    seen: String,
}

#[derive(Template)]
#[template(path = "administration.html")]
struct Page<'a> {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    /// Whether accounts are made for others here.
    makes_accounts: bool,
    q: &'a str,
    by: &'a str,
    state: &'a str,
    role: &'a str,
    is_narrowed: bool,
    /// Whether these are the sub-users of one account.
    is_of_manager: bool,
    is_later_page: bool,
    /// What of the search could not be understood.
    error: Option<&'static str>,
    rows: Vec<Row>,
    more: Option<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let query = &visit.query;
    let after = visit::user_place(query.text("after"));
    let is_later_page = after.is_some();
    let (found, error) = match asked(&visit) {
        Ok(filter) => {
            let wanted = ListUsers { filter, after, limit: Limit::new(ROWS).unwrap_or_default() };
            (visit.dashtam().administration().list_users(&visit.call, wanted).await?, None)
        }
        // Of a question that is not understood, everybody would be a wrong answer.
        Err(error) => (Found { items: Vec::new(), next: None }, Some(error)),
    };
    let own = visit.call.principal()?.user;
    let row = |user: &User| Row {
        id: user.id.to_string(),
        name: user.name.as_str().to_owned(),
        email: user.email.as_str().to_owned(),
        marks: marks(user, own),
        standing: Standing::of(user, visit.now()),
        second_step: second_step(user),
        seen: seen(user, visit.now()),
    };
    Reply::page(&Page {
        frame: visit.frame("Administration", "administration"),
        section: "users",
        is_administrator: is_administrator(&visit)?,
        makes_accounts: visit.dashtam().registration().mode().lets_invite(),
        q: query.text("q"),
        by: query.text("by"),
        state: query.text("state"),
        role: query.text("role"),
        is_of_manager: managed_by(&visit).is_some(),
        is_narrowed: FIELDS.iter().any(|field| query.has(field)),
        is_later_page,
        error,
        rows: found.items.iter().map(row).collect(),
        more: found.next.map(|next| further(&visit, &next)),
    })
}

/// Which accounts the address asks for, or what of it could not be understood.
fn asked(visit: &Visit) -> Result<UserFilter, &'static str> {
    let query = &visit.query;
    let search = match (query.text("q"), query.text("by")) {
        ("", _) => UserSearch::Everybody,
        (text, _) if text.chars().any(char::is_control) => {
            return Err("The search must not contain control characters.");
        }
        (text, "name") => UserSearch::Name(text.to_ascii_lowercase()),
        (text, _) => UserSearch::Email(text.to_lowercase()),
    };
    let either = |field: &str, yes: &str, no: &str| match query.text(field) {
        "" => Ok(None),
        text if text == yes => Ok(Some(true)),
        text if text == no => Ok(Some(false)),
        _ => Err("The address asks for a state or a role that there is not."),
    };
    Ok(UserFilter {
        search,
        disabled: either("state", "off", "on")?,
        administrator: either("role", "administrators", "others")?,
        managed_by: match query.text("managed_by") {
            "" => None,
            _ => Some(
                managed_by(visit).ok_or("What is after managed_by in the address is no id of an account.")?,
            ),
        },
    })
}

/// Whose sub-users the address asks for.
fn managed_by(visit: &Visit) -> Option<UserId> {
    visit.query.text("managed_by").parse().ok()
}

/// The address of the next page.
fn further(visit: &Visit, next: &UserKey) -> String {
    let mut query = Serializer::new(String::new());
    for field in FIELDS {
        if visit.query.has(field) {
            query.append_pair(field, visit.query.text(field));
        }
    }
    format!("/administration?{}", query.append_pair("after", &visit::user_cursor(next)).finish())
}

/// Whether an account is there to be used. One that its owner gave up is not, though nobody switched it off: switching it on
/// keeps it.
fn is_on(user: &User) -> bool {
    user.is_active && user.deletion_due_at.is_none()
}

/// What an account is, beside one like any other.
fn marks(user: &User, own: UserId) -> Vec<&'static str> {
    let marks = [
        (user.id == own, "you"),
        (user.administrator, "administrator"),
        (user.managed_by.is_some(), "sub-user"),
        (user.flags.read_only, "read-only"),
    ];
    marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect()
}

/// What a sign-in asks for beside the first step.
fn second_step(user: &User) -> &'static str {
    match user.second_factor {
        SecondFactorKind::None => "none",
        SecondFactorKind::Totp => "authenticator",
        SecondFactorKind::Email => "codes by mail",
    }
}

/// When somebody last signed in.
fn seen(user: &User, now: Timestamp) -> String {
    user.last_login_at.map_or_else(|| "never".to_owned(), |at| words::ago(at, now))
}

/// Whether whoever asks looks after everybody.
fn is_administrator(visit: &Visit) -> Result<bool, AccessDenied> {
    Ok(visit.call.principal()?.administrator)
}

/// The account with this address, if whoever asks looks after it.
async fn of_address(visit: &Visit, address: &EmailAddress) -> Result<Option<User>, AdministrationError> {
    // Of all addresses that begin with it, it is the first.
    let search = UserSearch::Email(address.canonical().to_owned());
    let filter = UserFilter { search, ..UserFilter::default() };
    let wanted = ListUsers { filter, after: None, limit: Limit::new(1).unwrap_or_default() };
    let found = visit.dashtam().administration().list_users(&visit.call, wanted).await?;
    Ok(found.items.into_iter().find(|user| user.email == *address))
}

/// The page of an account, which says this.
fn place(user: UserId, said: &str) -> String {
    format!("/administration/users/{user}?said={said}")
}

/// A problem as something wrong with a field of the form, where it is that; `at` is the field of problems that name none.
fn told(problem: Problem, at: &str) -> Result<Wrong, Problem> {
    match problem.code() {
        "email-taken" => Ok(Wrong::at("email", problem.detail())),
        "last-administrator"
        | "has-sub-users"
        | "no-second-factor"
        | "user-limit-reached"
        | "too-many-mails"
        | "no-key-pair"
        | "rotation-under-way"
        | "off-by-administrator" => Ok(Wrong::at(at, problem.detail())),
        "invalid-request" if !problem.fields().is_empty() => Ok(Wrong::of_fields(problem.fields())),
        _ => Err(problem),
    }
}
