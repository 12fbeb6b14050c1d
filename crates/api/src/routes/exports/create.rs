//! `POST /api/v1/exports`: lets a worker prepare a file.

use std::collections::BTreeMap;

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    exports::{AskExport, ExportError, Exports},
    portfolio::PortfolioError,
};
use dashtam_domain::{ledger::ExportJob, time::Day};
use serde::Deserialize;
use utoipa::ToSchema;

use super::prepared::{read, wanted};
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    routes::{transactions::NARROWED, views::texts},
    views::ExportJobView,
};

endpoint!(AskExport, limits: [Export]);

/// What a file is narrowed by beside what narrows transactions.
const SOURCES: [&str; 2] = ["account_id", "provider_id"];

/// A file wanted.
#[derive(Deserialize, ToSchema)]
struct AskExportBody {
    /// As in `GET /exports`.
    #[serde(default)]
    #[cfg_attr(
        feature = "parquet",
        schema(value_type = String, required, pattern = "^(csv|jsonl|ofx|hledger|beancount|parquet)$")
    )]
    #[cfg_attr(
        not(feature = "parquet"),
        schema(value_type = String, required, pattern = "^(csv|jsonl|ofx|hledger|beancount)$")
    )]
    format: Text,
    /// As in `GET /exports`.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, pattern = "^(transactions|holdings|balances|lots|closings)$")]
    kind: Text,
    /// Whether a table begins with the mark by which Excel knows UTF-8.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    excel: Field,
    /// Of lots and closings: which lots a sale takes first, as in `GET /portfolio/lots`.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, pattern = "^(fifo|lifo|hifo|lofo|average|specific)$")]
    method: Text,
    /// The other parameters of `GET /exports` by their names, each a string as it stands in a query.
    #[serde(default)]
    #[schema(value_type = Option<Object>, required = false)]
    filter: Field,
}

impl AskExportBody {
    fn parse(self, day: Day) -> Result<AskExport, Problem> {
        let mut checks = Checks::default();
        let mut asked = BTreeMap::new();
        let format = checks.text("format", self.format);
        let has_format = format.is_some();
        let kind = checks.optional_text("kind", self.kind);
        let method = checks.optional_text("method", self.method);
        let excel = checks.given_flag("excel", &self.excel).map(|excel| excel.to_string());
        let members = checks.clearable_object("filter", self.filter).flatten();
        if let Some(members) = members {
            asked = texts(&mut checks, members, [&NARROWED, &SOURCES]);
        }
        let named = [("format", format), ("kind", kind), ("method", method), ("excel", excel)];
        let names = named.each_ref().map(|(name, _)| *name);
        asked.extend(named.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))));
        let (query, read) = read(&asked);
        let mut broken = read.into_broken();
        // What is missing was told already.
        broken.retain(|error| has_format || error.field != "format");
        for error in &mut broken {
            if !names.contains(&error.field.as_str()) {
                error.field = format!("filter.{}", error.field);
            }
        }
        checks.extend(broken);
        checks.finish()?;
        Ok(wanted(&query, asked, day))
    }
}

fn present(job: &ExportJob) -> Answer {
    Answer::new(StatusCode::ACCEPTED, &ExportJobView::from(job))
}

/// Let a file be prepared that is too large to wait for.
///
/// It holds what `GET /exports` would send for the same parameters. A worker writes it, one file of a person after the other, and
/// keeps it for 48 hours; `GET /exports/{export_id}` tells how far it is, and `GET /exports/{export_id}/content` sends the file
/// once it is whole. There may be 5 at a time, whatever became of them, and a file has at most 1 GiB.
#[utoipa::path(post, path = "/api/v1/exports", tag = "transactions", params(IdempotencyHeader),
    request_body = AskExportBody,
    responses((status = ACCEPTED, body = ExportJobView), ChangeProblems))]
async fn handle(asked: Asked<AskExport, Json<AskExportBody>>, exports: Data<Exports>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let stored = |job: &ExportJob| present(job).to_stored();
    let asked = exports.ask(&call, body.parse(call.now.day())?, stored).await;
    // In a query it has another name.
    if let Err(ExportError::Portfolio(PortfolioError::UnsuitableTime)) = &asked {
        let message = "The days must not end before they begin.";
        return Err(Problem::field("filter.from", "out_of_range", message));
    }
    Ok(present(&asked?))
}
