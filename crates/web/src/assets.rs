//! The files that pages load: a stylesheet, a script and an icon, each under an address that changes with its content.

use std::sync::LazyLock;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LOCATION},
    web::ServiceConfig,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use dashtam_api::visit;
use sha2::{Digest, Sha256};

/// A file of the pages.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const FILES: [Asset; 3] = [
    Asset { name: "app.css", kind: "text/css; charset=utf-8", content: include_str!("../assets/app.css") },
    Asset {
        name: "app.js",
        kind: "text/javascript; charset=utf-8",
        content: concat!(
            include_str!("../assets/page.js"),
            include_str!("../assets/drop.js"),
            include_str!("../assets/list.js"),
            include_str!("../assets/live.js"),
            include_str!("../assets/app.js"),
        ),
    },
    Asset { name: "icon.svg", kind: "image/svg+xml", content: include_str!("../assets/icon.svg") },
];

/// Where the files are, in the order of [`FILES`]. Browsers keep them for as long as they like: another content has another
/// address.
static PLACES: LazyLock<[String; 3]> = LazyLock::new(|| {
    FILES.map(|file| {
        let hash = BASE64.encode(&Sha256::digest(file.content)[..9]);
        format!("/assets/{hash}/{}", file.name)
    })
});

/// The addresses of stylesheet, script and icon.
pub(crate) fn places() -> [&'static str; 3] {
    let [style, script, icon] = &*PLACES;
    [style, script, icon]
}

/// Registers the files.
pub(crate) fn configure(config: &mut ServiceConfig) {
    // Where browsers look for an icon beside pages that name none, as those of an institution that is made up.
    let icon = visit::page("/favicon.ico", &[], &[], "GET, HEAD");
    config.service(icon.route(visit::get().to(|| async {
        let [_, _, icon] = places();
        HttpResponse::PermanentRedirect().insert_header((LOCATION, icon)).finish()
    })));
    for (file, place) in FILES.iter().zip(PLACES.iter()) {
        let resource = visit::page(place, &[], &[], "GET, HEAD");
        config.service(resource.route(visit::get().to(move || async move {
            let tag = HeaderValue::from_str(&format!("\"{}\"", place.trim_start_matches("/assets/")));
            HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, file.kind))
                .insert_header((ETAG, tag.unwrap_or(HeaderValue::from_static("\"\""))))
                .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
                .body(file.content)
        })));
    }
}
