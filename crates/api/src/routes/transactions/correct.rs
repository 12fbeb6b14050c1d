//! `PATCH /api/v1/transactions/{transaction_id}`: corrects a transaction.

use actix_web::web::Data;
use dashtam_application::corrections::{CorrectTransaction, Corrections};
use dashtam_domain::{
    id::TransactionId,
    ledger::{Sign, TransactionChange},
    time::Day,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    split::{self, SplitPartBody},
    tags::{self, TagBody},
};
use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, TransactionDetailView},
};

endpoint!(CorrectTransaction, limits: [Correction]);

/// What shall be shown instead; what is left out stays as it is, and null takes a correction back.
#[derive(Deserialize, ToSchema)]
struct CorrectTransactionBody {
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    description: Field,
    /// The other side.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    merchant: Field,
    /// The key of a category that everybody has, the id of one of the caller's own, or `none` for none at all.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^([a-z_]+(\\.[a-z_]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    category: Field,
    /// Another day. Balances follow it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    day: Field,
    /// Which way the money went: `positive` is into the account. Balances follow it.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(positive|negative)$")]
    sign: Field,
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    note: Field,
    /// Whether lists leave it out unless they are asked for what is hidden. It counts in balances all the same.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    hidden: Field,
    /// The parts it is made of, which come to its amount.
    #[serde(default)]
    #[schema(value_type = Option<Vec<SplitPartBody>>, min_items = 2, max_items = 100)]
    split: Field,
    /// By which words of one's own it is found: at most 20, each once in upper or lower case, without commas. An empty list says
    /// that it has none.
    #[serde(default)]
    #[schema(value_type = Option<Vec<TagBody>>, max_items = 20)]
    tags: Field,
}

/// What the name of a category must be.
pub(super) const CATEGORY: &str =
    "This field must be the key of a category such as food.coffee, the id of one of your own, none or null.";

impl CorrectTransactionBody {
    fn parse(self) -> Result<TransactionChange, Problem> {
        let mut checks = Checks::default();
        let day = "This field must be a day such as 2026-01-31, or null.";
        let sign = "This field must be positive, negative or null.";
        let change = TransactionChange {
            description: checks.clearable_wording("description", self.description),
            merchant: checks.clearable_wording("merchant", self.merchant),
            category: checks.clearable_word("category", self.category, CATEGORY, |text| text.parse().ok()),
            day: checks.clearable_word("day", self.day, day, Day::parse),
            sign: checks.clearable_word("sign", self.sign, sign, Sign::parse),
            note: checks.clearable_wording("note", self.note),
            hidden: checks.given_flag("hidden", &self.hidden).map(Some),
            split: split::read(&mut checks, self.split),
            tags: tags::read(&mut checks, "tags", self.tags),
            // They are named where what can be named is known: `PUT /portfolio/closings/{transaction_id}/lots`.
            lots: None,
        };
        checks.finish()?;
        Ok(change)
    }
}

/// Correct a transaction.
///
/// What the institution says stays beside it, and no later synchronisation or import writes over a correction. Of two
/// corrections of a field the later one counts.
#[utoipa::path(patch, path = "/api/v1/transactions/{transaction_id}", tag = "transactions",
    params(("transaction_id" = views::Id, Path)), request_body = CorrectTransactionBody,
    responses((status = OK, body = TransactionDetailView), ChangeProblems))]
async fn handle(
    asked: Asked<CorrectTransaction, Json<CorrectTransactionBody>>,
    id: Id<TransactionId>,
    corrections: Data<Corrections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = CorrectTransaction { transaction: id.0, change: body.parse()? };
    let transaction = corrections.correct_transaction(&call, request).await?;
    Ok(Answer::ok(&TransactionDetailView::from(&transaction)))
}
