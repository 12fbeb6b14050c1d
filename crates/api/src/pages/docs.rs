//! The OpenAPI document and two ways to read it, all from this program: nothing is loaded from elsewhere.

use std::{
    io::Read as _,
    sync::{Arc, LazyLock, OnceLock},
};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, ETAG, HeaderValue},
    web::{Bytes, Data, Path},
};
use utoipa_swagger_ui::Config;

use super::{HTML, SCRIPT, constant_file, constant_page};
use crate::{problem::Problem, represent::tag, routes};

/// Swagger UI and Redoc set styles from their scripts, and Redoc searches in a worker.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the reader would load from elsewhere.
const BADGE: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";

const DOCUMENT: &str = "/openapi.json";

/// The document as it is sent. It is made when it is first asked for: a server starts sooner without it.
pub(super) struct Document {
    version: String,
    made: OnceLock<(Bytes, HeaderValue)>,
}

impl Document {
    /// That of a program of this version.
    pub(super) fn of(version: &str) -> Self {
        Self { version: version.to_owned(), made: OnceLock::new() }
    }

    fn make(&self) -> (Bytes, HeaderValue) {
        let mut document = routes::openapi();
        document.info.version.clone_from(&self.version);
        // Strings, numbers, lists and maps with text keys: nothing that could fail.
        let bytes: Bytes = document.to_json().unwrap_or_default().into();
        let tag = tag(&bytes);
        (bytes, tag)
    }
}

pub(super) async fn document(document: Data<Document>) -> HttpResponse {
    let (bytes, tag) = document.made.get_or_init(|| document.make());
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((ETAG, tag.clone()))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        .body(bytes.clone())
}

/// The start page. Its files are named from the root, so that it works with and without a slash at its end.
pub(super) async fn swagger_page() -> Result<HttpResponse, Problem> {
    let index = swagger("index.html")?;
    let index = String::from_utf8_lossy(&index.bytes);
    let index = index
        .replace("href=\"./", "href=\"/docs/")
        .replace("src=\"./", "src=\"/docs/")
        .replace("href=\"index.css", "href=\"/docs/index.css");
    Ok(constant_page("/docs", POLICY, index))
}

pub(super) async fn swagger_file(name: Path<String>) -> Result<HttpResponse, Problem> {
    if *name == "index.html" {
        return swagger_page().await;
    }
    let found = swagger(&name)?;
    let kind = if found.content_type.starts_with("text/html") { HTML } else { &found.content_type };
    // Compressed or not as each client likes it, which is decided for every answer in one place.
    let bytes = if found.gzpipped { inflated(&found.bytes)? } else { found.bytes.into_owned() };
    Ok(constant_file(&format!("/docs/{name}"), kind, bytes))
}

fn inflated(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut plain = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain);
    read.map(|_| plain).map_err(|error| Problem::internal(error.to_string()))
}

fn swagger(name: &str) -> Result<utoipa_swagger_ui::SwaggerFile<'static>, Problem> {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::from(DOCUMENT).validator_url("none").persist_authorization(false)));
    match utoipa_swagger_ui::serve(name, CONFIG.clone()) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(Problem::no_route()),
        Err(error) => Err(Problem::internal(error.to_string())),
    }
}

pub(super) async fn redoc_page() -> HttpResponse {
    constant_page("/redoc", POLICY, include_str!("redoc.html"))
}

/// The reader's script and its start, taken out of the page that comes with them: our policy allows no script
/// inside a page.
pub(super) async fn redoc_script() -> HttpResponse {
    static REDOC: LazyLock<Bytes> = LazyLock::new(|| {
        let page = aide::redoc::Redoc::new(DOCUMENT).html();
        let script = page.split_once("<script>").and_then(|(_, rest)| rest.rsplit_once("</script>"));
        // Its maker's badge would be asked of a server elsewhere, by everybody who reads this.
        let script = script.map(|(script, _)| script.replace(BADGE, "data:,"));
        script.map_or_else(Bytes::new, Bytes::from)
    });
    constant_file("/redoc/redoc.js", SCRIPT, REDOC.clone())
}
