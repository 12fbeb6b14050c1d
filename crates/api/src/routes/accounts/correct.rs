//! `PATCH /api/v1/accounts/{account_id}`: corrects an account.

use actix_web::web::Data;
use dashtam_application::corrections::{CorrectAccount, Corrections};
use dashtam_domain::{
    id::AccountId,
    ledger::{AccountChange, AccountKind},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    answer::{Answer, Answered},
    endpoint::endpoint,
    extract::{Asked, Checks, Field, Id, Json},
    openapi::ChangeProblems,
    problem::Problem,
    routes::transactions::wording_code,
    views::{self, AccountView},
};

endpoint!(CorrectAccount, limits: [Correction]);

/// What shall be shown instead; what is left out stays as it is, and null takes a correction back.
#[derive(Deserialize, ToSchema)]
struct CorrectAccountBody {
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Field,
    /// What sort of account it is.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(checking|savings|money_market|cd|credit_card|line_of_credit|loan|brokerage|retirement|other)$")]
    account_type: Field,
    /// Whether it counts in the net worth.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    include_in_net_worth: Field,
}

impl CorrectAccountBody {
    fn parse(self) -> Result<AccountChange, Problem> {
        let mut checks = Checks::default();
        let kinds = "This field must be the word for a sort of account, such as checking, or null.";
        let change = AccountChange {
            name: checks.clearable("name", self.name, wording_code),
            kind: checks.clearable_word("account_type", self.account_type, kinds, AccountKind::parse),
            in_net_worth: checks.given_flag("include_in_net_worth", &self.include_in_net_worth),
        };
        checks.finish()?;
        Ok(change)
    }
}

/// Correct an account.
///
/// What the institution says stays beside it, and no later synchronisation or import writes over a correction. Of two
/// corrections of a field the later one counts.
#[utoipa::path(patch, path = "/api/v1/accounts/{account_id}", tag = "accounts",
    params(("account_id" = views::Id, Path)), request_body = CorrectAccountBody,
    responses((status = OK, body = AccountView), ChangeProblems))]
async fn handle(
    asked: Asked<CorrectAccount, Json<CorrectAccountBody>>,
    id: Id<AccountId>,
    corrections: Data<Corrections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = CorrectAccount { account: id.0, change: body.parse()? };
    Ok(Answer::ok(&AccountView::from(&corrections.correct_account(&call, request).await?)))
}
