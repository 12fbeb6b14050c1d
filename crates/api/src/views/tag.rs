//! Tags.

use dashtam_domain::ledger::TagInUse;
use serde::Serialize;
use utoipa::ToSchema;

/// A tag that a transaction has.
#[derive(Serialize, ToSchema)]
#[schema(as = Tag)]
pub(crate) struct TagView<'a> {
    /// As it was written. Upper and lower case are one tag.
    name: &'a str,
    /// How many transactions have it, hidden ones among them; 1000 stands for 1000 and more.
    #[schema(minimum = 1, maximum = 1000)]
    transaction_count: u64,
}

impl TagView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 72;
}

impl<'a> From<&'a TagInUse> for TagView<'a> {
    fn from(TagInUse { tag, transactions }: &'a TagInUse) -> Self {
        Self { name: tag.as_str(), transaction_count: *transactions }
    }
}
