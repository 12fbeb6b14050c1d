//! What is done to an account with one button, and the question before it.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::administration::{
    AdministrationError, DeleteUser, EndUserSessions, LiftLocks, StartPasswordReset, StartSecondFactorReset,
    UpdateUser, UserChange,
};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::UserId,
    identity::{EmailAddress, User},
};

use super::{is_administrator, is_on, place, told, user};
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

/// What may be done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    SwitchOff,
    SwitchOn,
    ResetPassword,
    ResetSecondFactor,
    EndSessions,
    LiftLocks,
    Delete,
}

impl Act {
    /// The question, in a few words.
    fn title(self, name: &str) -> String {
        match self {
            Self::SwitchOff => format!("Switch off the account of {name}?"),
            Self::SwitchOn => format!("Switch on the account of {name}?"),
            Self::ResetPassword => format!("Have {name} choose a password?"),
            Self::ResetSecondFactor => format!("Take away the second step of {name}?"),
            Self::EndSessions => format!("Sign {name} out everywhere?"),
            Self::LiftLocks => format!("Lift the locks on the account of {name}?"),
            Self::Delete => format!("Delete the account of {name}?"),
        }
    }

    /// What comes of it.
    fn meaning(self) -> &'static str {
        match self {
            Self::SwitchOff => {
                "Nobody can sign in to it, and who is signed in is signed out. Its API keys end and its webhooks are switched \
                 off. What is in it stays, and it can be switched on again."
            }
            Self::SwitchOn => {
                "Its owner can sign in again. An account that was to be erased is kept. API keys that ended do not come back."
            }
            Self::ResetPassword => {
                "A mail to the address of the account has a link to choose a password by. Until it is used, the present \
                 password works."
            }
            Self::ResetSecondFactor => {
                "For somebody who has lost it. The owner is told by mail at once, and can object for a day. After that the \
                 password alone signs in, and every session ends."
            }
            Self::EndSessions => {
                "Every session of the account ends at once, its API keys too, and its webhooks are switched off."
            }
            Self::LiftLocks => {
                "After too many wrong passwords or codes no more are looked at for a while. The account gets all its tries \
                 back."
            }
            Self::Delete => {
                "It is switched off and signed out at once, and erased with everything in it seven days later. Until then, \
                 switching it on keeps it. Its owner is told by mail."
            }
        }
    }

    /// The last part of the address of its form.
    fn path(self) -> &'static str {
        match self {
            Self::SwitchOff | Self::SwitchOn => "switch",
            Self::ResetPassword => "password",
            Self::ResetSecondFactor => "second-factor",
            Self::EndSessions => "sessions",
            Self::LiftLocks => "locks",
            Self::Delete => "delete",
        }
    }

    fn button(self) -> &'static str {
        match self {
            Self::SwitchOff => "Switch it off",
            Self::SwitchOn => "Switch it on",
            Self::ResetPassword => "Send the mail",
            Self::ResetSecondFactor => "Begin the reset",
            Self::EndSessions => "Sign out everywhere",
            Self::LiftLocks => "Lift the locks",
            Self::Delete => "Delete the account",
        }
    }

    fn is_dangerous(self) -> bool {
        matches!(self, Self::SwitchOff | Self::Delete)
    }
}

#[derive(Template)]
#[template(path = "administration_act.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    is_administrator: bool,
    id: String,
    email: String,
    meaning: &'static str,
    path: &'static str,
    button: &'static str,
    is_dangerous: bool,
    /// Whether it is the account of whoever asks.
    is_own: bool,
    /// Of a switch, whether it is to be on afterwards: a form that is sent twice does the same twice.
    on: Option<&'static str>,
    /// Of a mail, the key by which it is sent once.
    once: Option<String>,
    /// Whether the address has to be typed.
    is_typed: bool,
    typed: String,
    wrong: Wrong,
}

async fn asking(visit: &Visit, act: Act, wrong: Wrong) -> Outcome {
    let user = user::get(visit).await?.user;
    asked(visit, act, &user, wrong)
}

fn asked(visit: &Visit, act: Act, user: &User, wrong: Wrong) -> Outcome {
    let page = Page {
        frame: visit.frame(act.title(user.name.as_str()), "administration"),
        section: "users",
        is_administrator: is_administrator(visit)?,
        id: user.id.to_string(),
        email: user.email.as_str().to_owned(),
        meaning: act.meaning(),
        path: act.path(),
        button: act.button(),
        is_dangerous: act.is_dangerous(),
        is_own: visit.call.principal()?.user == user.id,
        on: match act {
            Act::SwitchOn => Some("yes"),
            Act::SwitchOff => Some("no"),
            _ => None,
        },
        once: (act == Act::ResetPassword).then(|| visit.once()),
        is_typed: act == Act::Delete,
        typed: visit.form.text("email").to_owned(),
        wrong,
    };
    page.wrong.shown(&page)
}

/// The page of the account with what was done, or the question with what kept it from being done.
async fn done<T>(
    visit: &Visit,
    act: Act,
    outcome: Result<T, AdministrationError>,
    said: impl FnOnce(T) -> &'static str,
) -> Outcome {
    match outcome.map_err(Problem::from) {
        Ok(done) => Ok(Reply::to(place(visit.id::<UserId>()?, said(done)))),
        Err(problem) => asking(visit, act, told(problem, "act")?).await,
    }
}

/// Asks whether the account shall be switched to what it is not.
pub(crate) async fn ask_switch(visit: Visit) -> Outcome {
    asking_switch(&visit, Wrong::default()).await
}

async fn asking_switch(visit: &Visit, wrong: Wrong) -> Outcome {
    let user = user::get(visit).await?.user;
    let act = if is_on(&user) { Act::SwitchOff } else { Act::SwitchOn };
    asked(visit, act, &user, wrong)
}

pub(crate) async fn switch(visit: Visit) -> Outcome {
    let on = match visit.form.text("on") {
        "yes" => true,
        "no" => false,
        // No form of ours says nothing: nobody is signed out by one that was cut off.
        _ => {
            let wrong =
                Wrong::at("act", "The form did not say whether the account shall be on. Send it again.");
            return asking_switch(&visit, wrong).await;
        }
    };
    let change = UserChange { disabled: Some(!on), ..UserChange::default() };
    let wanted = UpdateUser { user: visit.id()?, change, revision: None };
    let outcome = visit.dashtam().administration().update_user(&visit.call, wanted).await;
    let (act, said) = if on { (Act::SwitchOn, "user-on") } else { (Act::SwitchOff, "user-off") };
    done(&visit, act, outcome, |_| said).await
}

pub(crate) async fn ask_password(visit: Visit) -> Outcome {
    asking(&visit, Act::ResetPassword, Wrong::default()).await
}

/// Mails a link to choose a password by.
pub(crate) async fn reset_password(visit: Visit) -> Outcome {
    let wanted = StartPasswordReset { user: visit.id()? };
    // A second click leads to where the first one did.
    let present = |user: &User| StoredAnswer { status: 303, body: place(user.id, "user-password") };
    let outcome = visit.dashtam().administration().start_password_reset(&visit.call, wanted, present).await;
    done(&visit, Act::ResetPassword, outcome, |()| "user-password").await
}

pub(crate) async fn ask_second_factor(visit: Visit) -> Outcome {
    asking(&visit, Act::ResetSecondFactor, Wrong::default()).await
}

/// Begins the reset of a second factor that was lost.
pub(crate) async fn reset_second_factor(visit: Visit) -> Outcome {
    let wanted = StartSecondFactorReset { user: visit.id()? };
    let outcome = visit.dashtam().administration().start_second_factor_reset(&visit.call, wanted).await;
    done(&visit, Act::ResetSecondFactor, outcome, |_| "user-factor").await
}

pub(crate) async fn ask_sessions(visit: Visit) -> Outcome {
    asking(&visit, Act::EndSessions, Wrong::default()).await
}

/// Signs somebody out everywhere.
pub(crate) async fn end_sessions(visit: Visit) -> Outcome {
    let wanted = EndUserSessions { user: visit.id()? };
    let outcome = visit.dashtam().administration().end_user_sessions(&visit.call, wanted).await;
    done(&visit, Act::EndSessions, outcome, |_| "user-sessions").await
}

pub(crate) async fn ask_locks(visit: Visit) -> Outcome {
    asking(&visit, Act::LiftLocks, Wrong::default()).await
}

/// Gives an account its tries back.
pub(crate) async fn lift_locks(visit: Visit) -> Outcome {
    let wanted = LiftLocks { user: visit.id()? };
    let outcome = visit.dashtam().administration().lift_locks(&visit.call, wanted).await;
    let said = |lifted| if lifted { "user-unlocked" } else { "user-not-locked" };
    done(&visit, Act::LiftLocks, outcome, said).await
}

pub(crate) async fn ask_deletion(visit: Visit) -> Outcome {
    asking(&visit, Act::Delete, Wrong::default()).await
}

/// Closes an account whose address was typed, so that nobody closes another one by mistake.
pub(crate) async fn delete(visit: Visit) -> Outcome {
    let user = user::get(&visit).await?.user;
    let typed = visit.form.text("email").parse::<EmailAddress>().ok();
    if typed.as_ref() != Some(&user.email) {
        let wrong = Wrong::at("email", "This is not the address of the account.");
        return asked(&visit, Act::Delete, &user, wrong);
    }
    let outcome =
        visit.dashtam().administration().delete_user(&visit.call, DeleteUser { user: user.id }).await;
    done(&visit, Act::Delete, outcome, |_| "user-deleted").await
}
