//! `GET /`: what this is and where things are.

use actix_web::web::Data;

use crate::{
    answer::Answer,
    endpoint::endpoint,
    extract::Plain,
    options::ApiOptions,
    views::{Areas, Root, Versions},
};

endpoint!(public "system.root", limits: []);

/// What this is and where things are.
#[utoipa::path(get, path = "/", tag = "system", responses((status = OK, body = Root)))]
async fn handle(_: Plain, options: Data<ApiOptions>) -> Answer {
    Answer::ok(&Root {
        name: "Dashtam",
        version: &options.version,
        status: "running",
        docs: if options.docs { "/docs" } else { "disabled" },
        api: Versions {
            v1: "/api/v1",
            endpoints: Areas {
                providers: "/api/v1/providers",
                auth: "/api/v1/auth",
                accounts: "/api/v1/accounts",
                transactions: "/api/v1/transactions",
                imports: "/api/v1/imports",
                health: "/health",
            },
        },
    })
}
