//! `GET /api/v1/imports/formats`: the formats that can be imported.

use actix_web::web::Data;
use dashtam_application::imports::Imports;

use crate::{answer::Answer, endpoint::endpoint, extract::Limited, views::FormatView};

endpoint!(public "imports.formats", limits: [PublicRead]);

/// The formats that can be imported.
#[utoipa::path(get, path = "/api/v1/imports/formats", tag = "imports",
    responses((status = OK, body = Vec<FormatView>)))]
async fn handle(_: Limited, imports: Data<Imports>) -> Answer {
    let formats = imports.formats();
    Answer::ok(&formats.iter().map(|(format, layouts)| FormatView::new(format, layouts)).collect::<Vec<_>>())
}
