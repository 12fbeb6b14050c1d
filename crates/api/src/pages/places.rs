//! Places that mails lead to, where no page for people stands before them: each says where the thing is done.

use actix_web::{
    HttpResponse,
    web::{Path, ServiceConfig},
};

use super::{
    resource,
    shell::{PLAIN, escape, shell},
};
use crate::endpoint::get;

/// Registers them; `docs` tells whether there is documentation to point at.
pub(super) fn configure(config: &mut ServiceConfig, docs: bool) {
    let reading = if docs {
        "<p>The <a href=\"/docs\">documentation</a> shows every request, and can send them.</p>\n"
    } else {
        ""
    };
    let login = format!(
        "<p>The pages for people are switched off here. Sign in with the program you use it with, or send \
         <code>POST /api/v1/auth/login</code> to this address.</p>\n{reading}"
    );
    let keys = format!(
        "<p>There is no page for this yet. <code>GET /api/v1/auth/api-keys</code> lists your API keys, \
         <code>DELETE /api/v1/auth/api-keys/{{key_id}}</code> revokes one, and \
         <code>POST /api/v1/auth/api-keys/{{key_id}}/rotate</code> replaces one.</p>\n{reading}"
    );
    for (path, title, content) in [("/login", "Sign in", login), ("/api-keys", "Your API keys", keys)] {
        let html = shell(title, "", &content, "");
        config.service(resource(path).route(get().to(move || {
            let html = html.clone();
            async move { super::page(PLAIN, html) }
        })));
    }
    config.service(
        resource("/providers/{provider_id}")
            .route(get().to(move |id: Path<String>| async move { provider(&id, reading) })),
    );
}

/// Where a connection is renewed.
fn provider(id: &str, reading: &str) -> HttpResponse {
    let id = escape(id);
    let content = format!(
        "<p>The pages for people are switched off here. <code>GET /api/v1/auth/{id}/authorize</code> answers with the address \
         at your institution where you renew the connection; providers that are linked by a secret take it at \
         <code>POST /api/v1/auth/{id}/link</code>.</p>\n{reading}"
    );
    super::page(PLAIN, shell("Renew a connection", "", &content, ""))
}
