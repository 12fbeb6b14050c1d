//! What the program says of itself.

use serde::Serialize;
use utoipa::ToSchema;

/// Whether the program can do its work.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health<'a> {
    /// `healthy` or `degraded`.
    pub(crate) status: &'static str,
    /// `connected` or `disconnected`.
    pub(crate) database: &'static str,
    /// `connected` or `disconnected`; there only where Redis is used, because monitors know the rest as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) redis: Option<&'static str>,
    pub(crate) version: &'a str,
}

/// The program runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Live<'a> {
    /// Always `healthy`.
    pub(crate) status: &'static str,
    pub(crate) version: &'a str,
}

/// What this is and where things are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Root<'a> {
    pub(crate) name: &'static str,
    pub(crate) version: &'a str,
    /// Always `running`.
    pub(crate) status: &'static str,
    /// Where the documentation is, or `disabled`.
    pub(crate) docs: &'static str,
    pub(crate) api: Versions,
}

/// The versions of the API.
#[derive(Serialize, ToSchema)]
pub(crate) struct Versions {
    pub(crate) v1: &'static str,
    pub(crate) endpoints: Areas,
}

/// Where the areas of the API are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Areas {
    pub(crate) providers: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) accounts: &'static str,
    pub(crate) transactions: &'static str,
    pub(crate) imports: &'static str,
    pub(crate) health: &'static str,
}
