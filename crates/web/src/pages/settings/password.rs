//! Another password.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::profile::{ChangePassword, GetProfile};
use dashtam_domain::secret::SecretText;

use super::{Wrong, told, typed};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "settings_password.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    email: String,
    has_password: bool,
    wrong: Wrong,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    page(&visit, Wrong::default()).await
}

async fn page(visit: &Visit, wrong: Wrong) -> Outcome {
    let account = visit.dashtam().profile().get(&visit.call, GetProfile).await?;
    let page = Page {
        frame: visit.frame("Password", "settings"),
        section: "password",
        email: account.user().email.as_str().to_owned(),
        has_password: account.user().password.is_some(),
        wrong,
    };
    page.wrong.shown(&page)
}

pub(crate) async fn change(visit: Visit) -> Outcome {
    let current_password = match typed(&visit, "password") {
        Ok(password) => password,
        Err(wrong) => return page(&visit, wrong).await,
    };
    let wanted =
        ChangePassword { current_password, new_password: SecretText::new(visit.form.raw("new_password")) };
    match visit.dashtam().profile().change_password(&visit.call, wanted).await.map_err(Problem::from) {
        Ok(()) => Ok(Reply::to("/settings/password?said=password")),
        Err(problem) => {
            let wrong = told(problem, "new_password")?;
            page(&visit, wrong).await
        }
    }
}
