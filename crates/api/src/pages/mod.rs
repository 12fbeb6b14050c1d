//! Pages for people, served with their own files only.

pub(crate) mod callback;
mod docs;
mod links;

use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue},
    },
    web::{self, Bytes, ServiceConfig},
};

use crate::routes::{on, resource};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const ALLOW: &str = "GET, HEAD";

/// Registers the pages; the documentation only if it is wanted.
pub(crate) fn configure(config: &mut ServiceConfig, document: Option<Bytes>) {
    let get = || on(Method::GET);
    links::configure(config);
    if let Some(document) = document {
        let document = web::Data::new(docs::Document(document));
        config
            .app_data(document)
            .service(resource("/openapi.json", ALLOW).route(get().to(docs::document)))
            .service(resource("/docs", ALLOW).route(get().to(docs::swagger_page)))
            .service(resource("/docs/{file}", ALLOW).route(get().to(docs::swagger_file)))
            .service(resource("/redoc", ALLOW).route(get().to(docs::redoc_page)))
            .service(resource("/redoc/redoc.js", ALLOW).route(get().to(docs::redoc_script)));
    }
}

/// A page that may load what `policy` says.
fn page(policy: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(HTML)))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)))
        .body(body.into())
}

/// A file of a page, the same for everybody until the program is replaced.
fn file(kind: &str, body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")))
        .body(body.into())
}
