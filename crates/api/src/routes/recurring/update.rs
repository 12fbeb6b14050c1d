//! `PATCH /api/v1/recurring/{stream_id}`: renames a recurring stream.

use actix_web::web::Data;
use dashtam_application::recurring::{Recurring, RenameStream};
use dashtam_domain::{id::StreamId, ledger::Line};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, RecurringView},
};

endpoint!(RenameStream, limits: [Correction]);

/// What a stream is called.
#[derive(Deserialize, ToSchema)]
struct RenameBody {
    /// Null: as its transactions are.
    #[serde(default)]
    #[schema(value_type = Option<String>, required, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Field,
}

impl RenameBody {
    fn parse(self) -> Result<Option<Line>, Problem> {
        let mut checks = Checks::default();
        let name: Option<Option<Line>> = checks.clearable_wording("name", self.name);
        if name.is_none() {
            checks.broken("name", "required", "This field is required.");
        }
        checks.finish()?;
        Ok(name.flatten())
    }
}

/// Call a recurring stream something else.
#[utoipa::path(patch, path = "/api/v1/recurring/{stream_id}", tag = "recurring",
    params(("stream_id" = views::Id, Path)), request_body = RenameBody,
    responses((status = OK, body = RecurringView), ChangeProblems))]
async fn handle(
    asked: Asked<RenameStream, Json<RenameBody>>,
    id: Id<StreamId>,
    recurring: Data<Recurring>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = RenameStream { stream: id.0, name: body.parse()? };
    Ok(Answer::ok(&RecurringView::from(&recurring.rename(&call, request).await?)))
}
