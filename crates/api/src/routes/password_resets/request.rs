//! `POST /api/v1/password-resets/`: asks for a link that leads to a new password.

use actix_web::web::Data;
use dashtam_application::recovery::{Recovery, RequestReset};

use crate::{
    openapi::PublicProblems,
    prelude::*,
    routes::mailed::{AddressBody, asked_for},
    views::AskedForView,
};

endpoint!(RequestReset, limits: [PasswordReset]);

/// Ask for a link that leads to a new password.
///
/// The answer is the same for every address. A link goes out once a minute and ten times a day at most; it works for
/// an hour, and only the newest does. Asked again within a minute, it changes nothing and says when it will.
#[utoipa::path(post, path = "/api/v1/password-resets/", tag = "auth", request_body = AddressBody,
    responses((status = ACCEPTED, body = AskedForView, headers(("Retry-After" = u32))), PublicProblems))]
async fn handle(asked: Asked<RequestReset, Json<AddressBody>>, recovery: Data<Recovery>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let asked = recovery.request(&call, RequestReset { email: body.parse()? }).await?;
    let on_its_way =
        "If there is an account with this address, a link to choose a new password is on its way.";
    Ok(asked_for(&call, on_its_way, asked))
}
