//! A look at some of the stored values at the start of a server: whether its keys are those of its database.

use dashtam_domain::{access::Access, call::Call, page::Limit, sealed::SealedField};

use super::{CountKeys, Keys};
use crate::{errors::CommonError, request::request};

/// A look at the beginning of each column.
#[derive(Debug, Clone, Copy)]
pub struct InspectKeys {
    /// How many values of each column.
    pub limit: Limit,
}

request!(InspectKeys, "keys.inspect", Access::System);

/// What the keys open of what was looked at. Values that live for minutes only are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFit {
    /// Values that some key opens.
    pub opened: u64,
    /// Values that no key opens.
    pub unreadable: u64,
    /// The columns they stand in.
    pub columns: Vec<SealedField>,
}

impl KeyFit {
    /// Whether there are values and none of them opens: these are not the keys of this database.
    pub fn is_foreign(&self) -> bool {
        self.opened == 0 && self.unreadable > 0
    }
}

impl Keys {
    /// Opens some values of each column and changes nothing. The time it takes does not grow with the database.
    #[tracing::instrument(name = "keys.inspect", skip_all)]
    pub async fn inspect(&self, call: &Call, request: InspectKeys) -> Result<KeyFit, CommonError> {
        call.permits(Access::System)?;
        let mut fit = KeyFit::default();
        for &field in SealedField::ALL.iter().filter(|field| !field.is_short_lived()) {
            let page = CountKeys { field, after: None, limit: request.limit };
            let counts = self.count(call, page).await?;
            let unreadable = u64::try_from(counts.unreadable.len()).unwrap_or(u64::MAX);
            fit.opened += counts.by_key.iter().sum::<u64>();
            fit.unreadable += unreadable;
            if unreadable > 0 {
                fit.columns.push(field);
            }
        }
        Ok(fit)
    }
}
