//! Categories: those that everybody has, and users' own.

mod create;
mod delete;
mod list;
mod update;

use dashtam_domain::ledger::meaning::{CategoryKey, Flow};

use crate::{
    endpoint::Endpoint,
    extract::{Checks, Field},
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[list::ENDPOINT, create::ENDPOINT, update::ENDPOINT, delete::ENDPOINT];

/// Reads the name of a group; null is none.
fn group(checks: &mut Checks, value: Field) -> Option<Option<CategoryKey>> {
    let message = "This field must be the key of a group such as food, the id of one of your own, or null.";
    checks.clearable_word("group", value, message, |text| text.parse().ok())
}

/// Reads which way the money of a category goes.
fn flow(checks: &mut Checks, value: Field) -> Option<Flow> {
    let message = "This field must be income, expense or transfer.";
    match checks.clearable_word("flow", value, message, Flow::parse) {
        Some(None) => {
            checks.broken("flow", "wrong_type", message);
            None
        }
        given => given.flatten(),
    }
}
