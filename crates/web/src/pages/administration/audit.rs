//! What happened to everybody's accounts, or to those of the own sub-users: what was done, when, from where and by whom.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{administration::NameUsers, audit::ListAudit};
use dashtam_domain::{
    id::{AuditId, UserId},
    identity::{AuditEntry, EmailAddress},
    page::{Limit, Page as Found},
};
use url::form_urlencoded::Serializer;

use super::{is_administrator, of_address};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many lines are shown at once.
const ROWS: u16 = 50;

/// Somebody whom a line names.
struct Person {
    id: String,
    /// The e-mail address; the id of who is gone, or looked after by others.
    name: String,
    /// Whether there is a page of the account.
    has_page: bool,
}

struct Row {
    what: String,
    when: String,
    exactly: String,
    /// Whose account it is about, and who did it, where the line says so.
    whose: Option<Person>,
    by: Option<Person>,
    reason: Option<String>,
    from: String,
}

#[derive(Template)]
#[template(path = "administration_audit.html")]
struct Page<'a> {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    user: &'a str,
    error: Option<&'static str>,
    rows: Vec<Row>,
    more: Option<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let text = visit.query.text("user");
    let before: Option<AuditId> = visit.query.text("before").parse().ok();
    let (found, error) = match about(&visit, text).await? {
        Ok(user) => {
            let wanted = ListAudit { user, before, limit: Limit::new(ROWS).unwrap_or_default() };
            (visit.dashtam().audit().list(&visit.call, wanted).await?, None)
        }
        Err(error) => (Found { items: Vec::new(), next: None }, Some(error)),
    };
    let own = visit.call.principal()?.user;
    let users = found.items.iter().flat_map(|entry| entry.user.into_iter().chain(by(entry))).collect();
    let names = visit.dashtam().administration().name_users(&visit.call, NameUsers { users }).await?;
    let person = |id: UserId| Person {
        id: id.to_string(),
        name: match names.get(&id) {
            Some(address) => address.as_str().to_owned(),
            None if id == own => "you".to_owned(),
            None => id.to_string(),
        },
        has_page: names.contains_key(&id),
    };
    Reply::page(&Page {
        frame: visit.frame("Audit log", "administration"),
        section: "audit",
        is_administrator: is_administrator(&visit)?,
        user: text,
        error,
        rows: found.items.iter().map(|entry| row(&visit, entry, &person)).collect(),
        more: found.next.map(|next| further(text, next)),
    })
}

/// Whose account is asked for, by its address or its id, or what is wrong with that. The trail outlives accounts, so that
/// an id need not be one.
async fn about(visit: &Visit, text: &str) -> Result<Result<Option<UserId>, &'static str>, Problem> {
    if text.is_empty() {
        return Ok(Ok(None));
    }
    if let Ok(id) = text.parse::<UserId>() {
        return Ok(Ok(Some(id)));
    }
    let found = match text.parse::<EmailAddress>() {
        Ok(address) => of_address(visit, &address).await?,
        Err(_) => return Ok(Err("This is neither an e-mail address nor an id.")),
    };
    Ok(found.map(|user| Some(user.id)).ok_or("There is no account with this address."))
}

/// A text that is told of what happened.
fn fact<'e>(entry: &'e AuditEntry, name: &str) -> Option<&'e str> {
    entry.details.get(name).and_then(|fact| fact.as_str())
}

/// Who did it to somebody else's account.
fn by(entry: &AuditEntry) -> Option<UserId> {
    fact(entry, "by")?.parse::<UserId>().ok().filter(|by| Some(*by) != entry.user)
}

fn row(visit: &Visit, entry: &AuditEntry, person: &impl Fn(UserId) -> Person) -> Row {
    Row {
        what: words::capital(entry.action.as_str().replace('_', " ")),
        when: words::ago(entry.at, visit.now()),
        exactly: entry.at.to_string(),
        whose: entry.user.map(person),
        by: by(entry).map(person),
        reason: fact(entry, "reason").map(str::to_owned),
        from: entry.address.map(|address| address.to_string()).unwrap_or_default(),
    }
}

/// The address of the next page.
fn further(user: &str, next: AuditId) -> String {
    let mut query = Serializer::new(String::new());
    if !user.is_empty() {
        query.append_pair("user", user);
    }
    format!("/administration/audit?{}", query.append_pair("before", &next.to_string()).finish())
}
