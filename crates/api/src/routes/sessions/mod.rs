//! The caller's sessions, and "this was not me".

mod disown;
mod end;
mod end_all;
mod end_others;
mod list;
mod note;
mod refresh;
mod sign_out;

use dashtam_application::sessions::{EndSessions, Sessions, Which};
use dashtam_domain::call::Call;

use crate::{
    answer::{Answer, Answered},
    endpoint::Endpoint,
    views::RevokedMany,
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    list::ENDPOINT,
    refresh::ENDPOINT,
    sign_out::ENDPOINT,
    note::ENDPOINT,
    end::ENDPOINT,
    end_others::ENDPOINT,
    end_all::ENDPOINT,
    disown::ENDPOINT,
];

async fn end_many(call: &Call, which: Which, sessions: &Sessions) -> Answered {
    let revoked_count = sessions.end_many(call, EndSessions { which }).await?;
    Ok(Answer::ok(&RevokedMany { message: "The sessions were revoked.", revoked_count }))
}
