//! `POST /api/v1/portfolio/prices`: takes in prices of a person's own.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest,
    web::{self, Data},
};
use dashtam_application::portfolio::{ImportPrices, ImportedPrice, Portfolio};
use dashtam_domain::{ledger::portfolio::PriceSource, page::Limit};
use futures_util::StreamExt;
use utoipa::ToSchema;

use super::price_source;
use crate::{
    cursor::{self, FileRow},
    extract::refuse_unknown_parts,
    openapi::UploadProblems,
    prelude::*,
    routes::{FILE_LIMIT, FILE_PART, read_part, refuse_part},
    views::PricesReportView,
};

endpoint!(ImportPrices, limits: [Import]);

/// The series of prices for which no name is said.
const USUAL: &str = "file";
/// So many other parts are told of at most.
const MOST_PARTS: usize = 20;

/// A form with a table of prices.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the multipart form")]
struct PriceForm {
    /// The table (CSV).
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// What the table is, and whether it is taken in.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `PricesQuery`")]
struct PricesParams {
    /// What the series is called by which its prices can be removed again.
    #[param(
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        default = "file"
    )]
    source: Option<String>,
    /// True for a series that was adjusted for splits, so that all of it is of one unit.
    #[param(default = false)]
    adjusted: Option<bool>,
    /// True to make securities that are not known, such as an index; else their rows are refused.
    #[param(default = false)]
    add_securities: Option<bool>,
    /// True to see what would become of each row, without storing any.
    #[param(default = false)]
    dry_run: Option<bool>,
    /// Rows of a page; only with `dry_run=true`.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before, for the same file; only with `dry_run=true`.
    cursor: Option<String>,
}

/// What is asked of a table.
struct PricesQuery {
    source: Option<PriceSource>,
    is_adjusted: bool,
    adds_securities: bool,
    /// Behind which line the page begins that is shown of a dry run, and how many rows it has.
    dry: Option<(u64, Limit)>,
}

impl FromParams for PricesQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let source = price_source(params);
        let mut flag = |name: &str| {
            let message = "This parameter must be true or false.";
            params.read(name, "boolean", message, |text| text.parse::<bool>().ok()) == Some(true)
        };
        let [is_adjusted, adds_securities, is_dry] = ["adjusted", "add_securities", "dry_run"].map(&mut flag);
        let (limit, place) = (params.limit(), params.cursor::<FileRow>());
        if !is_dry {
            for (name, is_given) in [("limit", params.has("limit")), ("cursor", place.is_some())] {
                if is_given {
                    let message = "What is stored has no pages; send this with dry_run=true only.";
                    params.refuse(name, "not_needed", message);
                }
            }
        }
        let dry = is_dry.then(|| (place.map_or(0, |FileRow(line)| line), limit));
        Self { source, is_adjusted, adds_securities, dry }
    }
}

/// The table of a form. Other parts are refused by their names.
async fn receive(mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let (mut file, mut others) = (None, Vec::new());
    while let Some(part) = form.next().await {
        let part = part.map_err(refuse_part)?;
        let is_wanted = part.name() == Some(FILE_PART);
        if is_wanted && file.is_some() {
            return Err(Problem::field(FILE_PART, "repeated", "Send one file at a time."));
        }
        if !is_wanted && others.len() < MOST_PARTS {
            others.push(part.name().unwrap_or("form").to_owned());
        }
        let content = read_part(part, is_wanted.then_some(FILE_LIMIT)).await?;
        if is_wanted {
            file = Some(content);
        }
    }
    refuse_unknown_parts(others, &[FILE_PART])?;
    file.ok_or_else(|| Problem::field(FILE_PART, "missing", "The form must have a part named file."))
}

/// Take in prices of your own from a table (CSV) of at most 50,000 rows, or see what that would do.
///
/// Its first line names the columns, in any order: `date` (or `day`), `price` (or `close`) and at least one of `symbol` (or `ticker`),
/// `isin`, `cusip` and `figi`; `currency`, `exchange` and `name` may be there as well. A security is found by its number, else by its
/// symbol where that is the only one. A row that cannot be used is told, and costs no other row. The same table once more changes
/// nothing. With `add_securities=true` securities are made that are not known, such as an index: they are known by their prices only.
///
/// Of each security, day and series (`source`) there is one price. A price is that of one unit of its day, and splits count as your
/// transactions tell of them when it is used; of a series that is adjusted for splits already, say `adjusted=true`.
///
/// What is stored answers with the rows that were refused, the first 500 of them; `dry_run=true` stores nothing and answers with all
/// rows, page by page.
#[utoipa::path(post, path = "/api/v1/portfolio/prices", tag = "securities", params(PricesParams),
    request_body(content = PriceForm, content_type = "multipart/form-data"),
    responses((status = OK, body = PricesReportView), UploadProblems))]
async fn handle(
    call: CallFor<ImportPrices>,
    request: HttpRequest,
    query: Query<PricesQuery>,
    payload: web::Payload,
    portfolio: Data<Portfolio>,
) -> Answered {
    let PricesQuery { source, is_adjusted, adds_securities, dry } = query.0;
    let file = receive(Multipart::new(request.headers(), payload)).await?;
    let usual = || Problem::internal("the usual name of a series is one".to_owned());
    let source = source.or_else(|| PriceSource::parse(USUAL)).ok_or_else(usual)?;
    let asked = ImportPrices { file, source, is_adjusted, adds_securities, is_dry: dry.is_some() };
    let report = portfolio.import_prices(&call, asked).await?;
    let shown: Vec<&ImportedPrice> = match dry {
        Some((after, limit)) => {
            report.rows.iter().filter(|row| row.line > after).take(limit.get() + 1).collect()
        }
        None => {
            let refused = report.rows.iter().filter(|row| row.fate.as_str() == "refused");
            refused.take(Limit::MAX.into()).collect()
        }
    };
    let most = dry.map_or(shown.len(), |(_, limit)| limit.get());
    let page = shown.get(..most).unwrap_or(&shown);
    let next = page.last().filter(|_| shown.len() > most).map(|row| cursor::encode(&FileRow(row.line)));
    Ok(Answer::ok(&PricesReportView::new(&report, page, next)))
}
