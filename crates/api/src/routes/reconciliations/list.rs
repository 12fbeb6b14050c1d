//! `GET /api/v1/reconciliations`: lists decisions about transactions that may be one.

use actix_web::web::Data;
use dashtam_application::reconciliations::{ListMatches, Reconciliations};
use dashtam_domain::ledger::DecisionState;

use crate::{answer, openapi::ListProblems, prelude::*, views::ReconciliationView};

endpoint!(ListMatches);

/// Which decisions.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `MatchesQuery`")]
struct MatchesParams {
    /// Only those that stand there: `suggested`, `applied`, `rejected` or `undone`.
    #[param(pattern = "^(suggested|applied|rejected|undone)$")]
    state: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The decisions that are asked for.
struct MatchesQuery(ListMatches);

impl FromParams for MatchesQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let states = "The state must be suggested, applied, rejected or undone.";
        let state = params.read("state", "unknown", states, DecisionState::parse);
        Self(ListMatches { state, after: params.cursor(), limit: params.limit() })
    }
}

/// List the decisions about transactions that may be one, the newest first.
///
/// Those that are `suggested` wait for you: accept or reject them.
#[utoipa::path(get, path = "/api/v1/reconciliations", tag = "reconciliations", params(MatchesParams),
    responses((status = OK, body = List<ReconciliationView>), ListProblems))]
async fn handle(
    call: CallFor<ListMatches>,
    query: Query<MatchesQuery>,
    reconciliations: Data<Reconciliations>,
) -> Answered {
    let page = reconciliations.list(&call, query.0.0).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), ReconciliationView::SIZE, ReconciliationView::from))
}
