//! `GET /api/v1/imports`: lists the caller's imports.

use actix_web::web::Data;
use dashtam_application::imports::{Imports, ListImports};
use dashtam_domain::ledger::{ImportFilter, ImportState};

use crate::{answer, openapi::ThingProblems, prelude::*, views::ImportSummaryView};

endpoint!(ListImports);

/// Which imports.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `ImportsQuery`")]
struct ImportParams {
    /// `running`, `completed`, `interrupted` or `undone`.
    #[param(pattern = "^(running|completed|interrupted|undone)$")]
    status: Option<String>,
    /// Only those whose file speaks of this account, and that are not undone.
    #[param(value_type = Option<String>, format = Uuid)]
    account_id: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The imports that are asked for.
struct ImportsQuery(ListImports);

impl FromParams for ImportsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let status = "The status must be running, completed, interrupted or undone.";
        let state = params.read("status", "unknown", status, ImportState::parse);
        let filter = ImportFilter { state, account: params.id("account_id") };
        Self(ListImports { filter, after: params.cursor(), limit: params.limit() })
    }
}

/// List the caller's imports, newest first, without what was refused and noticed.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", params(ImportParams),
    responses((status = OK, body = List<ImportSummaryView>), ThingProblems))]
async fn handle(call: CallFor<ListImports>, query: Query<ImportsQuery>, imports: Data<Imports>) -> Answered {
    let page = imports.list(&call, query.0.0).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), ImportSummaryView::SIZE, ImportSummaryView::from))
}
