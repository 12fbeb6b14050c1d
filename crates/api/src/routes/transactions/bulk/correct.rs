//! `POST /api/v1/transactions/bulk`: corrects many transactions alike.

use actix_web::web::Data;
use dashtam_application::corrections::{BulkCorrect, BulkCorrected, Corrections};
use dashtam_domain::{
    id::TransactionId,
    ledger::{BulkChange, Tags},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    routes::transactions::{
        correct::CATEGORY,
        tags::{self, TagBody},
    },
    views::{self, BulkCorrectedView},
};

endpoint!(BulkCorrect, limits: [BulkCorrection]);

/// What shall be shown of many transactions instead; what is left out stays as it is, and null takes a correction back.
#[derive(Deserialize, ToSchema)]
struct BulkCorrectBody {
    /// Which ones. One that is there twice counts once.
    #[serde(default)]
    #[schema(value_type = Vec<views::Id>, required, min_items = 1, max_items = 500)]
    transactions: Field,
    /// The key of a category that everybody has, the id of one of the caller's own, or `none` for none at all.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^([a-z_]+(\\.[a-z_]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    category: Field,
    /// The other side.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    merchant: Field,
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    note: Field,
    /// Whether lists leave them out unless they are asked for what is hidden. They count in balances all the same.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    hidden: Field,
    /// Tags that each shall have beside those that it has. None of the transactions may come to more than 20.
    #[serde(default)]
    #[schema(value_type = Vec<TagBody>, required = false, max_items = 20)]
    add_tags: Field,
    /// Tags that none shall have, in upper or lower case. None of them may be among those that are added.
    #[serde(default)]
    #[schema(value_type = Vec<TagBody>, required = false, max_items = 20)]
    remove_tags: Field,
}

impl BulkCorrectBody {
    fn parse(self) -> Result<BulkCorrect, Problem> {
        let mut checks = Checks::default();
        let transactions = ids(&mut checks, self.transactions);
        let add_tags = tags_of(&mut checks, "add_tags", self.add_tags);
        let remove_tags = tags_of(&mut checks, "remove_tags", self.remove_tags);
        for at in BulkChange::contradictions(&add_tags, &remove_tags) {
            let message = "This tag is among those that are added.";
            checks.broken(&format!("remove_tags[{at}]"), "contradicts", message);
        }
        let change = BulkChange {
            category: checks.clearable_word("category", self.category, CATEGORY, |text| text.parse().ok()),
            merchant: checks.clearable_wording("merchant", self.merchant),
            note: checks.clearable_wording("note", self.note),
            hidden: checks.given_flag("hidden", &self.hidden),
            add_tags,
            remove_tags,
        };
        checks.finish()?;
        Ok(BulkCorrect { transactions, change })
    }
}

/// Reads the ids of the transactions.
fn ids(checks: &mut Checks, value: Field) -> Vec<TransactionId> {
    const FIELD: &str = "transactions";
    let items = checks.list(FIELD, value, 1..=BulkChange::MOST, "transactions");
    let ids = items.and_then(|items| {
        checks.each(items, |checks, at, item| {
            let id = item.as_str().and_then(|text| text.parse().ok());
            if id.is_none() {
                checks.broken(&format!("{FIELD}[{at}]"), "uuid", "This must be the id of a transaction.");
            }
            id
        })
    });
    // What is wrong with them has been told.
    ids.unwrap_or_default()
}

/// Reads tags, of which there are none where nothing is said.
fn tags_of(checks: &mut Checks, name: &str, value: Field) -> Tags {
    if matches!(value, Field::Given(Value::Null)) {
        checks.broken(name, "wrong_type", "This field must be a list of tags.");
    }
    tags::read(checks, name, value).flatten().unwrap_or_default()
}

fn present(corrected: &BulkCorrected) -> Answer {
    Answer::ok(&BulkCorrectedView::from(corrected))
}

/// Correct many transactions alike.
///
/// All that is the caller's of them is corrected at once, or nothing is: a value that cannot be refuses the whole request. Each
/// transaction is told to be `changed`, `unchanged` because it was like that before, or `not_found`. What the institutions say
/// stays beside it. Until the next request of this kind it can be taken back by its `edit_id`.
#[utoipa::path(post, path = "/api/v1/transactions/bulk", tag = "transactions", params(IdempotencyHeader),
    request_body = BulkCorrectBody, responses((status = OK, body = BulkCorrectedView), ChangeProblems))]
async fn handle(
    asked: Asked<BulkCorrect, Json<BulkCorrectBody>>,
    corrections: Data<Corrections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let stored = |corrected: &BulkCorrected| present(corrected).to_stored();
    Ok(present(&corrections.bulk_correct(&call, body.parse()?, stored).await?))
}
