//! `DELETE /api/v1/accounts/{account_id}/balances/{date}`: takes a stated balance back.

use actix_web::web::Data;
use dashtam_application::corrections::{Corrections, TakeBackBalance};
use dashtam_domain::{id::AccountId, time::Day};

use crate::{
    extract::{PathWord, Word},
    openapi::ThingProblems,
    prelude::*,
    views::{self, Message},
};

endpoint!(TakeBackBalance, limits: [Correction]);

impl PathWord for Day {
    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// Take back what you stated that an account held at the end of a day. What institutions and statements told stays.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/balances/{date}", tag = "accounts",
    params(("account_id" = views::Id, Path), ("date" = String, Path, format = Date)),
    responses((status = OK, body = Message), ThingProblems))]
async fn handle(
    call: CallFor<TakeBackBalance>,
    id: Id<AccountId>,
    date: Word<Day>,
    corrections: Data<Corrections>,
) -> Answered {
    corrections.take_back_balance(&call, TakeBackBalance { account: id.0, day: date.0 }).await?;
    Ok(Answer::ok(&Message { message: "The balance was taken back." }))
}
