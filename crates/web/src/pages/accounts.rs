//! All accounts.

use askama::Template;

use super::rows::{self, AccountGroup};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    frame: Frame,
    groups: Vec<AccountGroup>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let accounts = rows::balances(&visit).await?;
    let connections = rows::connections(&visit).await?;
    let groups = rows::groups(&visit, &accounts, &connections);
    Reply::page(&Page { frame: visit.frame("Accounts", "accounts"), groups })
}
