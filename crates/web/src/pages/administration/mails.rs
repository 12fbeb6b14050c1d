//! Mails that were given up: listed, sent again, or removed. What they say, and to which address, is not shown.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    administration::NameUsers,
    delivery::{DeadLetterError, DropDeadLetter, GetDeadLetter, ListDeadLetters, RetryDeadLetter},
};
use dashtam_domain::{
    delivery::DeadLetter,
    id::{OutboxId, UserId},
    page::Limit,
};

use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many mails are shown at once.
const ROWS: u16 = 50;

/// Where one goes whose form had been sent before.
const DONE_BEFORE: &str = "/administration/mails?said=mail-before";

/// A mail that was given up.
struct Row {
    id: String,
    what: String,
    user: String,
    /// The address of the account, if it is still there.
    account: Option<String>,
    attempts: String,
    when: String,
    exactly: String,
    why: String,
}

#[derive(Template)]
#[template(path = "administration_mails.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    is_later_page: bool,
    rows: Vec<Row>,
    more: Option<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let after: Option<OutboxId> = visit.query.text("after").parse().ok();
    let wanted = ListDeadLetters { after, limit: Limit::new(ROWS).unwrap_or_default() };
    let found = visit.dashtam().delivery().dead_letters(&visit.call, wanted).await?;
    let rows = rows(&visit, &found.items).await?;
    Reply::page(&Page {
        frame: visit.frame("Mails that were given up", "administration"),
        section: "mails",
        is_administrator: true,
        is_later_page: after.is_some(),
        rows,
        more: found.next.map(|next| format!("/administration/mails?after={next}")),
    })
}

async fn rows(visit: &Visit, letters: &[DeadLetter]) -> Result<Vec<Row>, Problem> {
    let users: Vec<UserId> = letters.iter().map(|letter| letter.user).collect();
    let names = visit.dashtam().administration().name_users(&visit.call, NameUsers { users }).await?;
    let row = |letter: &DeadLetter| Row {
        id: letter.id.to_string(),
        what: what(letter),
        user: letter.user.to_string(),
        account: names.get(&letter.user).map(|address| address.as_str().to_owned()),
        attempts: words::count(u64::try_from(letter.attempts).unwrap_or_default()),
        when: words::ago(letter.created_at, visit.now()),
        exactly: letter.created_at.to_string(),
        why: letter.last_error.clone().unwrap_or_default(),
    };
    Ok(letters.iter().map(row).collect())
}

/// What happened that the mail is about: `identity.email_verified` as people write it.
fn what(letter: &DeadLetter) -> String {
    let name = letter.event.rsplit('.').next().unwrap_or_default();
    words::capital(name.replace('_', " "))
}

/// What may be done about a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Send,
    Drop,
}

#[derive(Template)]
#[template(path = "administration_mail.html")]
struct Question {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    row: Row,
    meaning: &'static str,
    path: &'static str,
    button: &'static str,
    is_dangerous: bool,
}

pub(crate) async fn ask_send(visit: Visit) -> Outcome {
    ask(&visit, Act::Send).await
}

pub(crate) async fn ask_drop(visit: Visit) -> Outcome {
    ask(&visit, Act::Drop).await
}

async fn ask(visit: &Visit, act: Act) -> Outcome {
    let wanted = GetDeadLetter { id: visit.id()? };
    let letter = visit.dashtam().delivery().dead_letter(&visit.call, wanted).await?;
    let Some(row) = rows(visit, std::slice::from_ref(&letter)).await?.pop() else {
        return Ok(Reply::to(DONE_BEFORE));
    };
    let (title, meaning, path, button) = match act {
        Act::Send => (
            "Send this mail again?",
            "It is sent at once, and tried as often as before. If it is refused for good once more, it is given up again.",
            "send",
            "Send it again",
        ),
        Act::Drop => (
            "Remove this mail?",
            "It is never sent. Whoever waits for it can ask for another one.",
            "drop",
            "Remove it",
        ),
    };
    Reply::page(&Question {
        frame: visit.frame(title, "administration"),
        section: "mails",
        is_administrator: true,
        row,
        meaning,
        path,
        button,
        is_dangerous: act == Act::Drop,
    })
}

/// Has a mail sent again.
pub(crate) async fn send(visit: Visit) -> Outcome {
    let wanted = RetryDeadLetter { id: visit.id()? };
    let sent = visit.dashtam().delivery().retry_dead_letter(&visit.call, wanted).await;
    done(sent, "mail-sent")
}

/// Removes a mail.
pub(crate) async fn drop_mail(visit: Visit) -> Outcome {
    let wanted = DropDeadLetter { id: visit.id()? };
    let dropped = visit.dashtam().delivery().drop_dead_letter(&visit.call, wanted).await;
    done(dropped, "mail-dropped")
}

/// The list with what was done. Of two clicks, the second finds that the first one did it.
fn done(outcome: Result<(), DeadLetterError>, said: &str) -> Outcome {
    match outcome {
        Ok(()) => Ok(Reply::to(format!("/administration/mails?said={said}"))),
        Err(DeadLetterError::NotDead) => Ok(Reply::to(DONE_BEFORE)),
        Err(error) => Err(error.into()),
    }
}
