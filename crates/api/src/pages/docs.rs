//! The OpenAPI document and two ways to read it, all from this program: nothing is loaded from elsewhere.

use std::sync::{Arc, LazyLock};

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_ENCODING, ContentEncoding},
    web::{Bytes, Data, Path},
};
use utoipa_swagger_ui::Config;

use super::{HTML, SCRIPT, file, page};
use crate::problem::Problem;

/// Swagger UI and Redoc set styles from their scripts, and Redoc searches in a worker.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DOCUMENT: &str = "/openapi.json";

/// The document as it is sent.
pub(super) struct Document(pub(super) Bytes);

pub(super) async fn document(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}

/// The start page. Its files are named from the root, so that it works with and without a slash at its end.
pub(super) async fn swagger_page() -> Result<HttpResponse, Problem> {
    let index = swagger("index.html")?;
    let index = String::from_utf8_lossy(&index.bytes);
    let index = index
        .replace("href=\"./", "href=\"/docs/")
        .replace("src=\"./", "src=\"/docs/")
        .replace("href=\"index.css", "href=\"/docs/index.css");
    Ok(page(POLICY, index))
}

pub(super) async fn swagger_file(name: Path<String>) -> Result<HttpResponse, Problem> {
    if *name == "index.html" {
        return swagger_page().await;
    }
    let found = swagger(&name)?;
    let kind = if found.content_type.starts_with("text/html") { HTML } else { &found.content_type };
    let mut response = file(kind, found.bytes.into_owned());
    if found.gzpipped {
        let encoding = (CONTENT_ENCODING, ContentEncoding::Gzip);
        actix_web::http::header::TryIntoHeaderPair::try_into_pair(encoding)
            .map(|(name, value)| response.headers_mut().insert(name, value))
            .ok();
    }
    Ok(response)
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
    page(POLICY, include_str!("redoc.html"))
}

/// The reader's script and its start, taken out of the page that comes with them: our policy allows no script
/// inside a page.
pub(super) async fn redoc_script() -> HttpResponse {
    static REDOC: LazyLock<Bytes> = LazyLock::new(|| {
        let page = aide::redoc::Redoc::new(DOCUMENT).html();
        let script = page.split_once("<script>").and_then(|(_, rest)| rest.rsplit_once("</script>"));
        script.map_or_else(Bytes::new, |(script, _)| Bytes::copy_from_slice(script.as_bytes()))
    });
    file(SCRIPT, REDOC.clone())
}
