//! `POST /api/v1/transfers`: makes a transfer of two transactions.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::transfers::{LinkTransfer, Transfers};
use dashtam_domain::ledger::Decision;

use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    routes::pair::PairBody,
    views::TransferView,
};

endpoint!(LinkTransfer, limits: [Correction]);

fn present(decision: &Decision) -> Answer {
    Answer::new(StatusCode::CREATED, &TransferView::from(decision))
}

/// Make a transfer of two transactions of two of your accounts.
///
/// One takes money and the other one brings it; their days and amounts may be whatever they are. You can undo it.
#[utoipa::path(post, path = "/api/v1/transfers", tag = "transfers",
    params(IdempotencyHeader), request_body = PairBody,
    responses((status = CREATED, body = TransferView), ChangeProblems))]
async fn handle(asked: Asked<LinkTransfer, Json<PairBody>>, transfers: Data<Transfers>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let (transaction, other) = body.parse()?;
    let request = LinkTransfer { transaction, other };
    Ok(present(&transfers.link(&call, request, |made| present(made).to_stored()).await?))
}
