//! `POST /api/v1/accounts/{account_id}/balances`: states what an account held.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::corrections::{Corrections, StateBalance};
use dashtam_domain::{id::AccountId, money::plain_decimal, time::Day};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, RecordedBalanceView},
};

endpoint!(StateBalance, limits: [Correction]);

/// What an account held at the end of a day.
#[derive(Deserialize, ToSchema)]
struct StateBalanceBody {
    /// The day, of which no later one than today.
    #[serde(default)]
    #[schema(value_type = String, format = Date, required)]
    date: Text,
    /// In the account's currency; below zero is owed.
    #[serde(default)]
    #[schema(value_type = String, required, pattern = r"^-?[0-9]{1,18}(\.[0-9]{1,10})?$")]
    balance: Text,
}

impl StateBalanceBody {
    fn parse(self, account: AccountId) -> Result<StateBalance, Problem> {
        let mut checks = Checks::default();
        let day = checks.text("date", self.date).map(|text| Day::parse(&text));
        if day == Some(None) {
            checks.broken("date", "day", "This field must be a day such as 2026-01-31.");
        }
        let balance = checks.text("balance", self.balance).map(|text| plain_decimal(&text));
        if balance == Some(None) {
            checks.broken("balance", "decimal", "This field must be a decimal number such as -12.30.");
        }
        match (day.flatten(), balance.flatten()) {
            (Some(day), Some(balance)) => Ok(StateBalance { account, day, balance }),
            _ => Err(checks.into_problem()),
        }
    }
}

/// State what an account held at the end of a day.
///
/// It is a balance to reckon from where no institution and no statement tells one, such as the opening balance of an account of
/// files. What they told of that day goes before it. Stated again for the same day, it takes the place of the former one.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/balances", tag = "accounts",
    params(("account_id" = views::Id, Path)), request_body = StateBalanceBody,
    responses((status = CREATED, body = RecordedBalanceView), ChangeProblems))]
async fn handle(
    asked: Asked<StateBalance, Json<StateBalanceBody>>,
    id: Id<AccountId>,
    corrections: Data<Corrections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let point = corrections.state_balance(&call, body.parse(id.0)?).await?;
    Ok(Answer::new(StatusCode::CREATED, &RecordedBalanceView::from(&point)))
}
