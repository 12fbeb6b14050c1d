//! `PATCH /api/v1/accounts/{account_id}`: corrects an account.

use actix_web::web::Data;
use dashtam_application::corrections::{CorrectAccount, Corrections, MOST_DISTINCT};
use dashtam_domain::{
    id::{AccountId, IdError},
    ledger::{AccountChange, AccountKind, portfolio::LotMethod},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
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
    /// Another of your accounts, in the same currency, that this one is, too, as another source knows it. Their transactions are
    /// paired, and shown and counted once; null makes them two again, as they were.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    same_account_as: Field,
    /// Your accounts that this one is not, though they look alike: it is not proposed as one of them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<views::Id>>, min_items = 1, max_items = 50)]
    distinct_from: Field,
    /// Which lots of its securities a sale takes first: `fifo` (the oldest), `lifo` (the newest), `hifo` (those that leave the
    /// least gain), `lofo` (the most), `average`, or `specific` (those that were named of
    /// the sale, and then the oldest). Null is `fifo`. All figures are reckoned anew.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(fifo|lifo|hifo|lofo|average|specific)$")]
    lot_method: Field,
}

/// Reads a list of accounts that null takes back.
fn distinct(checks: &mut Checks, value: Field) -> Option<Option<Vec<AccountId>>> {
    let items = checks.clearable_list("distinct_from", value, 1..=MOST_DISTINCT, "accounts")?;
    let Some(items) = items else { return Some(None) };
    let ids: Option<Vec<AccountId>> = items.iter().map(|item| item.as_str()?.parse().ok()).collect();
    if ids.is_none() {
        checks.broken("distinct_from", "malformed", "Each of these must be a UUID.");
    }
    ids.map(Some)
}

impl CorrectAccountBody {
    fn parse(self) -> Result<AccountChange, Problem> {
        let mut checks = Checks::default();
        let kinds = "This field must be the word for a sort of account, such as checking, or null.";
        let methods = "This field must be fifo, lifo, hifo, lofo, average or specific, or null.";
        let change = AccountChange {
            name: checks.clearable_wording("name", self.name),
            kind: checks.clearable_word("account_type", self.account_type, kinds, AccountKind::parse),
            in_net_worth: checks.given_flag("include_in_net_worth", &self.include_in_net_worth),
            same_as: checks.clearable("same_account_as", self.same_account_as, |_: &IdError| "malformed"),
            distinct_from: distinct(&mut checks, self.distinct_from),
            lot_method: checks.clearable_word("lot_method", self.lot_method, methods, LotMethod::parse),
        };
        checks.finish()?;
        Ok(change)
    }
}

/// Correct an account.
///
/// What the institution says stays beside it, and no later synchronisation or import writes over a correction. Of two
/// corrections of a field the later one counts.
///
/// `same_account_as` joins an account of imported files to the same one of a connection, or an account that came back under
/// new ids to what it was. The transactions of both are shown under either, each once: what two sources told is one
/// transaction, and what may be is suggested under `/reconciliations`.
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
