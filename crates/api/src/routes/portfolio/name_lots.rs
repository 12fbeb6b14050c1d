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

impl NameLotsBody {
    fn parse(self) -> Result<Vec<Pick>, Problem> {
        let mut checks = Checks::default();
        let items = match self.lots {
            Field::Given(Value::Array(items)) => items,
            Field::Absent | Field::Given(Value::Null) => {
                checks.broken("lots", "missing", "This field is required.");
                return Err(checks.into_problem());
            }
            Field::Given(_) => {
                checks.broken("lots", "wrong_type", "This field must be a list of lots.");
                return Err(checks.into_problem());
            }
        };
        if items.is_empty() || items.len() > MOST_NAMED {
            let code = if items.is_empty() { "too_short" } else { "too_long" };
            checks.broken("lots", code, "There must be 1 to 500 lots.");
            return Err(checks.into_problem());
        }
        let picks = items.into_iter().enumerate().map(|(at, item)| pick(&mut checks, at, item));
        // Every lot is read, so that everything that is wrong is told at once.
        let picks: Vec<Option<Pick>> = picks.collect();
        checks.finish()?;
        Ok(picks.into_iter().flatten().collect())
    }
}

fn pick(checks: &mut Checks, at: usize, item: Value) -> Option<Pick> {
    let Value::Object(mut members) = item else {
        let message = "This must be an object with a transaction_id and units.";
        checks.broken(&format!("lots[{at}]"), "wrong_type", message);
        return None;
    };
    let field = format!("lots[{at}].transaction_id");
    let opened_by = text(checks, &field, members.remove("transaction_id")).and_then(|text| {
        let id = text.parse::<TransactionId>().ok();
        if id.is_none() {
            checks.broken(&field, "malformed", "This field must be the id of a transaction.");
        }
        id
    });
    let field = format!("lots[{at}].units");
    let units = text(checks, &field, members.remove("units")).and_then(|text| {
        let units = plain_decimal(&text).filter(|units| *units > Decimal::ZERO);
        if units.is_none() {
            checks.broken(&field, "decimal", "This field must be a decimal number above zero such as 12.30.");
        }
        units
    });
    for name in members.keys().take(20) {
        let name: String = name.chars().take(64).collect();
        let message = "There is no such field. There is: transaction_id, units.";
        checks.broken(&format!("lots[{at}].{name}"), "unknown", message);
    }
    Some(Pick { opened_by: opened_by?, units: units? })
}

fn text(checks: &mut Checks, field: &str, value: Option<Value>) -> Option<String> {
    let (code, message) = match value {
        None | Some(Value::Null) => ("missing", "This field is required."),
        Some(Value::String(text)) => return Some(text),
        Some(_) => ("wrong_type", "This field must be a string."),
    };
    checks.broken(field, code, message);
    None
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
