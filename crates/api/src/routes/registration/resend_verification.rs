//! `POST /api/v1/auth/resend-verification`: mails the verification link once more.

use actix_web::web::Data;
use dashtam_application::registration::{Registration, ResendVerification};

use crate::{
    openapi::PublicProblems,
    prelude::*,
    routes::mailed::{AddressBody, asked_for},
    views::AskedForView,
};

endpoint!(ResendVerification, limits: [ResendVerification]);

/// Mail the verification link once more.
///
/// The answer is the same for every address. A link goes out if the address waits to be verified, once a minute and
/// five times a day at most; earlier links work until one of them is used. Asked again within a minute, it changes nothing
/// and says when it will.
#[utoipa::path(post, path = "/api/v1/auth/resend-verification", tag = "auth", request_body = AddressBody,
    responses((status = ACCEPTED, body = AskedForView, headers(("Retry-After" = u32))), PublicProblems))]
async fn handle(
    asked: Asked<ResendVerification, Json<AddressBody>>,
    registration: Data<Registration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let asked = registration.resend_verification(&call, ResendVerification { email: body.parse()? }).await?;
    let on_its_way = "If this address waits to be verified, a new link is on its way.";
    Ok(asked_for(&call, on_its_way, asked))
}
