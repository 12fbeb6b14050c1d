//! `GET /api/v1/sync`: follows what changes in the caller's ledger.

use actix_web::web::Data;
use dashtam_application::ledger::{FeedPlace, Ledger, ListChanges};
use dashtam_domain::{
    id::UserId,
    ledger::{ChangeKind, ChangeKinds},
};

use crate::{cursor::FeedCursor, openapi::FeedProblems, prelude::*, views::ChangesView};

endpoint!(ListChanges);

/// Which changes.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `ChangesQuery`")]
struct ChangesParams {
    /// Only of these sorts of rows, divided by commas: `account`, `security`, `holding`, `transaction`, `balance`, `match`. Without it
    /// those that the credential may read. A cursor goes on with the types it began with, and takes no others.
    #[param(
        pattern = "^(account|security|holding|transaction|balance|match)(,(account|security|holding|transaction|balance|match))*$"
    )]
    types: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the answer before. Without it, and with an empty one, everything there is.
    cursor: Option<String>,
}

/// The changes that are asked for.
struct ChangesQuery {
    cursor: Option<FeedCursor>,
    request: ListChanges,
}

impl FromParams for ChangesQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let types =
            "The types must be account, security, holding, transaction, balance or match, divided by commas.";
        let kinds = params.read("types", "unknown", types, |text| {
            text.split(',').map(ChangeKind::parse).collect::<Option<ChangeKinds>>()
        });
        Self { cursor: params.cursor(), request: ListChanges { after: None, kinds, limit: params.limit() } }
    }
}

/// The place a cursor stands for, if it was given to this user.
fn place(cursor: FeedCursor, owner: UserId) -> Result<FeedPlace, Problem> {
    if cursor.owner == owner {
        return Ok(cursor.place);
    }
    Err(Problem::field("cursor", "invalid", "This cursor is not one of this account's feed."))
}

/// Follow what changes in accounts, securities, positions, transactions, balances and reconciliations of all connections and files.
///
/// Without a cursor everything there is comes, page by page; go on with `next_cursor`, keep it, and ask again with it
/// whenever you like: then only what changed since comes, each row once and as it is now. Insert or replace rows by their
/// id, and delete those that are removed; with an account everything it held is gone. Where `has_more` is false, what
/// you hold is a state the ledger was in. A cursor never ends, unless an earlier state of the database is restored: then
/// the answer is 410, and you begin again without one.
#[utoipa::path(get, path = "/api/v1/sync", tag = "sync", params(ChangesParams),
    responses((status = OK, body = ChangesView), FeedProblems))]
async fn handle(call: CallFor<ListChanges>, query: Query<ChangesQuery>, ledger: Data<Ledger>) -> Answered {
    let ChangesQuery { cursor, mut request } = query.0;
    let owner = call.principal()?.user;
    request.after = cursor.map(|cursor| place(cursor, owner)).transpose()?;
    let page = ledger.changes(&call, request).await?;
    Ok(Answer::ok(&ChangesView::of(&page, owner)))
}
