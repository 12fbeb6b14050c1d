//! What the endpoints that mail something to an address have in common.

use actix_web::http::StatusCode;
use dashtam_application::delivery::AskedFor;
use dashtam_domain::call::Call;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    prelude::*,
    views::{AskedForView, Moment},
};

/// An address.
#[derive(Deserialize, ToSchema)]
pub(super) struct AddressBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Email, max_length = 128)]
    email: Text,
}

impl AddressBody {
    /// Reads the address.
    pub(super) fn parse(self) -> Result<dashtam_domain::identity::EmailAddress, Problem> {
        let mut checks = Checks::default();
        checks.email("email", self.email).ok_or_else(|| checks.into_problem())
    }
}

/// What is told of a mail that was asked for: this, or that one was asked for a moment ago.
pub(super) fn asked_for(call: &Call, on_its_way: &'static str, asked: AskedFor) -> Answer {
    let message = match asked.taken {
        true => on_its_way,
        false => {
            "A link was asked for a moment ago. Another one is sent only after a minute; ask again then."
        }
    };
    let view = AskedForView { message, next_mail_at: Moment(asked.next_at) };
    Answer::new(StatusCode::ACCEPTED, &view).again_at(asked.next_at, call.now)
}
