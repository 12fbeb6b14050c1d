//! `POST /api/v1/imports?dry_run=true`: what an import would do.

use dashtam_application::imports::{Imports, PreviewImport};
use dashtam_domain::{call::Call, page::Limit};

use crate::{
    cursor::{self, FileRow},
    prelude::*,
    views::ImportPreviewView,
};

/// Whether the file is imported.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `Asked`")]
pub(super) struct CreateParams {
    /// True to see what an import would do, without doing it.
    dry_run: Option<bool>,
    /// Rows of a page; only with `dry_run=true`.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before, for the same file; only with `dry_run=true`.
    cursor: Option<String>,
}

/// What is asked of a file.
pub(super) enum Asked {
    /// To import it.
    Import,
    /// To show a page of what an import would do.
    Preview {
        /// Behind the row with this number.
        after: u64,
        limit: Limit,
    },
}

impl FromParams for Asked {
    fn take(params: &mut Params<'_>) -> Self {
        let message = "This parameter must be true or false.";
        let is_dry = params.read("dry_run", "boolean", message, |text| text.parse::<bool>().ok());
        let (limit, place) = (params.limit(), params.cursor::<FileRow>());
        if is_dry == Some(true) {
            return Self::Preview { after: place.map_or(0, |FileRow(number)| number), limit };
        }
        for (name, is_given) in [("limit", params.has("limit")), ("cursor", place.is_some())] {
            if is_given {
                params.refuse(
                    name,
                    "not_needed",
                    "An import has no pages; send this with dry_run=true only.",
                );
            }
        }
        Self::Import
    }
}

pub(super) async fn preview(call: &Call, request: PreviewImport, imports: &Imports) -> Answered {
    let shown = imports.preview(call, request).await?;
    let next = shown.rows.next.map(|number| cursor::encode(&FileRow(number)));
    Ok(Answer::ok(&ImportPreviewView::new(&shown, next)))
}
