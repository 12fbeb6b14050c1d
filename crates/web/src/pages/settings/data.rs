//! Taking everything along, and the end of the account.

use askama::Template;
use dashtam_api::{Problem, visit};
use dashtam_application::profile::{DeleteAccount, GetProfile};

use super::{Wrong, told, typed};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "settings_data.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    email: String,
    wrong: Wrong,
}

async fn page(visit: &Visit, wrong: Wrong) -> Outcome {
    let account = visit.dashtam().profile().get(&visit.call, GetProfile).await?;
    let email = account.user().email.as_str().to_owned();
    let page = Page { email, frame: visit.frame("Your data", "settings"), section: "data", wrong };
    page.wrong.shown(&page)
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    page(&visit, Wrong::default()).await
}

/// Deletes the account, after the time in which a mailed link keeps it.
pub(crate) async fn delete(visit: Visit) -> Outcome {
    let password = match typed(&visit, "password") {
        Ok(password) => password,
        Err(wrong) => return page(&visit, wrong).await,
    };
    match visit
        .dashtam()
        .profile()
        .delete(&visit.call, DeleteAccount { password })
        .await
        .map_err(Problem::from)
    {
        Ok(_) => Ok(Reply::to("/sign-in?said=deleting").with_cookies(visit::cleared())),
        Err(problem) => page(&visit, told(problem, "password")?).await,
    }
}
