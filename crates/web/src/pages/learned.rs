//! What was learned of the other sides of transactions, and its refusal.

use askama::Template;
use dashtam_application::{
    categories::ListCategories,
    merchants::{ForgetMerchant, ListMerchants, UpdateMerchant},
};
use dashtam_domain::{
    id::PayeeId,
    ledger::meaning::{CategoryChoice, OwnCategory, Payee},
};

use super::rows;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// A payee in the list.
struct Row {
    id: String,
    name: String,
    /// What is done with what was learned.
    what: String,
    votes: String,
    is_refused: bool,
}

#[derive(Template)]
#[template(path = "learned.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
}

fn row(payee: &Payee, own: &[OwnCategory]) -> Row {
    let label = |choice: CategoryChoice| match choice.category() {
        Some(key) => rows::label(key, own).to_owned(),
        None => "no category".to_owned(),
    };
    let what = match payee.learned() {
        _ if payee.is_refused => "Nothing is learned of it, as you said.".to_owned(),
        Some(learned) if learned.is_given => {
            format!("New ones get {}.", rows::label(learned.category, own))
        }
        Some(learned) => format!("{} is proposed.", rows::label(learned.category, own)),
        None => "Too few choices, or too different ones.".to_owned(),
    };
    let vote = |(choice, count): &(CategoryChoice, u32)| {
        format!("{} {}", label(*choice), words::counted((*count).into(), "time", "times"))
    };
    Row {
        id: payee.id.to_string(),
        name: payee.name.as_str().to_owned(),
        what,
        votes: payee.votes.iter().map(vote).collect::<Vec<_>>().join(", "),
        is_refused: payee.is_refused,
    }
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let merchants = visit.dashtam().merchants();
    let own = visit.dashtam().categories().list(&visit.call, ListCategories).await?;
    let all = rows::whole(|after, limit| merchants.list(&visit.call, ListMerchants { after, limit })).await?;
    let mut rows: Vec<Row> = all.iter().map(|payee| row(payee, &own)).collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Reply::page(&Page { frame: visit.frame("Learned", "learned"), rows })
}

/// Refuses what is learned of a payee, or takes that back.
pub(crate) async fn refuse(visit: Visit) -> Outcome {
    let payee: PayeeId = visit.id()?;
    let is_refused = visit.form.text("refused") != "no";
    let asked = UpdateMerchant { payee, is_refused: Some(is_refused) };
    visit.dashtam().merchants().update(&visit.call, asked).await?;
    Ok(Reply::to(if is_refused { "/learned?said=refused" } else { "/learned?said=unrefused" }))
}

/// Forgets what is known of a payee.
pub(crate) async fn forget(visit: Visit) -> Outcome {
    let payee: PayeeId = visit.id()?;
    visit.dashtam().merchants().forget(&visit.call, ForgetMerchant { payee }).await?;
    Ok(Reply::to("/learned?said=forgotten"))
}
