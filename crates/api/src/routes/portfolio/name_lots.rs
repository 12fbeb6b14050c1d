//! `PUT /api/v1/portfolio/closings/{transaction_id}/lots`: names the lots that a sale takes.

use actix_web::web::Data;
use dashtam_application::corrections::{Corrections, NameLots};
use dashtam_domain::{
    id::TransactionId,
    ledger::portfolio::{MOST_NAMED, Pick},
    money::{Decimal, plain_decimal},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, TransactionDetailView},
};

endpoint!(NameLots, limits: [Report, Correction]);

/// A lot, and how much of it a sale takes.
#[derive(ToSchema)]
#[schema(as = NamedLotBody)]
#[allow(dead_code, reason = "describes what `pick` reads")]
struct NamedLotBody {
    /// The transaction that the lot came with.
    #[schema(value_type = String, format = Uuid)]
    transaction_id: String,
    /// How many of its units, more than none.
    #[schema(pattern = r"^[0-9]{1,18}(\.[0-9]{1,10})?$")]
    units: String,
}

/// The lots that a sale takes.
#[derive(Deserialize, ToSchema)]
struct NameLotsBody {
    /// In this order; what the sale takes beyond them is of the oldest.
    #[serde(default)]
    #[schema(value_type = Vec<NamedLotBody>, required, min_items = 1, max_items = 500)]
    lots: Field,
}

/// The members of a lot.
const MEMBERS: &str = "transaction_id, units";

impl NameLotsBody {
    fn parse(self) -> Result<Vec<Pick>, Problem> {
        let mut checks = Checks::default();
        let items = checks.list("lots", self.lots, 1..=MOST_NAMED, "lots");
        let picks = items.and_then(|items| checks.each(items, pick));
        checks.finish()?;
        Ok(picks.unwrap_or_default())
    }
}

fn pick(checks: &mut Checks, at: usize, item: Value) -> Option<Pick> {
    let mut members = checks.object(&format!("lots[{at}]"), item, MEMBERS)?;
    let field = format!("lots[{at}].transaction_id");
    let opened_by = checks.member_text(&field, members.remove("transaction_id")).and_then(|text| {
        let id = text.parse::<TransactionId>().ok();
        if id.is_none() {
            checks.broken(&field, "malformed", "This field must be the id of a transaction.");
        }
        id
    });
    let field = format!("lots[{at}].units");
    let units = checks.member_text(&field, members.remove("units")).and_then(|text| {
        let units = plain_decimal(&text).filter(|units| *units > Decimal::ZERO);
        if units.is_none() {
            checks.broken(&field, "decimal", "This field must be a decimal number above zero such as 12.30.");
        }
        units
    });
    checks.refuse_members(&format!("lots[{at}]"), &members, MEMBERS);
    Some(Pick { opened_by: opened_by?, units: units? })
}

/// Name the lots that a sale takes, in the place of those that were named before.
///
/// They count in an account whose `lot_method` is `specific`, and where `method=specific` is asked for. They are a correction of the
/// transaction: no synchronisation and no import writes over it, and `DELETE /transactions/{transaction_id}/corrections/lots`
/// takes it back. The lots must be there before the sale, in its account and of its security, with as many units, and no later
/// sale may lose what it is named. An opening lot has no transaction and cannot be named.
#[utoipa::path(put, path = "/api/v1/portfolio/closings/{transaction_id}/lots", tag = "securities",
    params(("transaction_id" = views::Id, Path)), request_body = NameLotsBody,
    responses((status = OK, body = TransactionDetailView), ChangeProblems))]
async fn handle(
    asked: Asked<NameLots, Json<NameLotsBody>>,
    id: Id<TransactionId>,
    corrections: Data<Corrections>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = NameLots { transaction: id.0, lots: body.parse()? };
    let transaction = corrections.name_lots(&call, request).await?;
    Ok(Answer::ok(&TransactionDetailView::from(&transaction)))
}
