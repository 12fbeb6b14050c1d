//! Pages for people, served with their own files only.

pub(crate) mod callback;
mod docs;
mod links;
mod places;
pub(crate) mod shell;

use actix_web::{
    HttpResponse, Resource,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue},
    web::{self, Bytes, ServiceConfig},
};

use crate::{
    endpoint::{self, get},
    options::ApiOptions,
    represent::{constant_tag, tag},
};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Registers the pages; the documentation only if it is wanted.
pub(crate) fn configure(config: &mut ServiceConfig, options: &ApiOptions) {
    links::configure(config);
    places::configure(config, options.docs);
    config.service(resource(shell::STYLE).route(get().to(shell::style)));
    if options.docs {
        config
            .app_data(web::Data::new(docs::Document::of(&options.version)))
            .service(resource("/openapi.json").route(get().to(docs::document)))
            .service(resource("/docs").route(get().to(docs::swagger_page)))
            .service(resource("/docs/{file}").route(get().to(docs::swagger_file)))
            .service(resource("/redoc").route(get().to(docs::redoc_page)))
            .service(resource("/redoc/redoc.js").route(get().to(docs::redoc_script)));
    }
}

/// A page that anybody may look at as often as they like.
fn resource(path: &'static str) -> Resource {
    endpoint::page(path, path, &[])
}

/// A page that may load what `policy` says.
fn page(policy: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(HTML)))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)))
        .body(body.into())
}

/// A page that is the same for everybody until the program is replaced. It is asked for each time, and sent anew when it
/// has changed.
fn constant_page(name: &str, policy: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    let body = body.into();
    let tag = constant_tag(name, &body);
    let mut response = page(policy, body);
    response.headers_mut().insert(ETAG, tag);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A small file of a page, the same for everybody until the program is replaced.
fn file(kind: &str, body: impl Into<Bytes>) -> HttpResponse {
    let body = body.into();
    let tag = tag(&body);
    tagged_file(kind, body, tag)
}

/// The same for a large one, whose tag is computed once.
fn constant_file(name: &str, kind: &str, body: impl Into<Bytes>) -> HttpResponse {
    let body = body.into();
    let tag = constant_tag(name, &body);
    tagged_file(kind, body, tag)
}

fn tagged_file(kind: &str, body: Bytes, tag: HeaderValue) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")))
        .body(body)
}
