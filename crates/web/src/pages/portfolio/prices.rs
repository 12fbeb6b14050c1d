//! Prices of one's own: the series there are, and a form that brings more.

use askama::Template;
use dashtam_application::portfolio::{
    ImportPrices, ImportedPrice, ListPriceSeries, PortfolioError, PriceFate, PricesReport, RemovePrices,
};
use dashtam_domain::{
    id::SecurityId,
    ledger::{
        Security,
        portfolio::{PRICE_LASTS, PriceSeries, PriceSource},
    },
    time::Day,
};

use super::tell;
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many rows of a table are shown.
const MOST_ROWS: usize = 100;

/// What a series tells of a security.
struct Row {
    source: String,
    security: String,
    security_id: String,
    prices: String,
    days: String,
    /// How old the last price is, where it is too old for today.
    stale: Option<String>,
}

/// What became of a row of a table, or would.
struct Fate {
    line: u64,
    what: String,
    is_refused: bool,
}

/// What became of a table, or would.
struct Report {
    title: &'static str,
    summary: String,
    rows: Vec<Fate>,
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "portfolio_prices.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    source: String,
    is_adjusted: bool,
    adds_securities: bool,
    report: Option<Report>,
    wrong: Wrong,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    shown(&visit, None, Wrong::default()).await
}

async fn shown(visit: &Visit, report: Option<Report>, wrong: Wrong) -> Outcome {
    let series = visit.dashtam().portfolio().price_series(&visit.call, ListPriceSeries).await?;
    let page = Page {
        frame: visit.frame("Prices of your own", "portfolio"),
        rows: series.iter().map(|(of, security)| row(of, security.as_ref(), visit.today())).collect(),
        source: visit.form.text("source").to_owned(),
        is_adjusted: visit.form.has("adjusted"),
        adds_securities: visit.form.has("adds"),
        report,
        wrong,
    };
    page.wrong.shown(&page)
}

fn row(of: &PriceSeries, security: Option<&Security>, today: Day) -> Row {
    let age = today.days_since(of.last);
    Row {
        source: of.source.to_string(),
        security: tell::name(security),
        security_id: of.security.to_string(),
        prices: words::counted(of.prices, "price", "prices"),
        days: match of.first == of.last {
            true => words::day(of.last),
            false => format!("{} to {}", words::day(of.first), words::day(of.last)),
        },
        stale: (age > PRICE_LASTS).then(|| format!("{} old", words::counted(age, "day", "days"))),
    }
}

/// Takes a table in, or shows what that would do.
pub(crate) async fn send(mut visit: Visit) -> Outcome {
    let file = visit.files.drain(..).next().map(|file| file.content).filter(|content| !content.is_empty());
    let typed = visit.form.text("source").trim();
    let source = PriceSource::parse(if typed.is_empty() { "file" } else { typed });
    let mut wrong = Wrong::default();
    if file.is_none() {
        wrong.note("file", "Choose a file first.");
    }
    if source.is_none() {
        wrong.note("source", "Write a name of at most 64 letters.");
    }
    let (Some(file), Some(source)) = (file, source) else { return shown(&visit, None, wrong).await };
    let request = ImportPrices {
        file,
        source,
        is_adjusted: visit.form.has("adjusted"),
        adds_securities: visit.form.has("adds"),
        is_dry: visit.form.text("act") != "import",
    };
    match visit.dashtam().portfolio().import_prices(&visit.call, request).await {
        Ok(done) if !done.is_dry && done.count("refused") == 0 => {
            Ok(Reply::to("/portfolio/prices?said=prices"))
        }
        Ok(done) => shown(&visit, Some(report(&done)), Wrong::default()).await,
        Err(PortfolioError::Prices(error)) => shown(&visit, None, Wrong::at("file", error.to_string())).await,
        Err(error) => Err(error.into()),
    }
}

/// What became of a table: of what was stored the rows that were not.
fn report(of: &PricesReport) -> Report {
    let is_told = |row: &&ImportedPrice| of.is_dry || matches!(row.fate, PriceFate::Refused(_));
    let told: Vec<&ImportedPrice> = of.rows.iter().filter(is_told).collect();
    let more = i64::try_from(told.len().saturating_sub(MOST_ROWS)).unwrap_or(i64::MAX);
    let count = |fate: &str| words::count(of.count(fate));
    let summary = format!(
        "{} new, {} changed, {} known already, {} refused.",
        count("new"),
        count("changed"),
        count("known"),
        count("refused")
    );
    Report {
        title: if of.is_dry { "What the file would do" } else { "What was taken in" },
        summary,
        rows: told.into_iter().take(MOST_ROWS).map(fate).collect(),
        more: (more > 0).then(|| words::counted(more, "further row", "further rows")),
    }
}

fn fate(of: &ImportedPrice) -> Fate {
    let price = of.told.map(|(day, price, currency)| {
        let currency = currency.map_or_else(String::new, |currency| format!("\u{a0}{currency}"));
        format!("{} on {}: ", words::decimal(price, 2) + &currency, words::day(day))
    });
    let what = match &of.fate {
        PriceFate::New => "new".to_owned(),
        PriceFate::Changed => "takes the place of another price".to_owned(),
        PriceFate::Known => "known already".to_owned(),
        PriceFate::Refused(reason) => format!("refused: {reason}"),
    };
    let is_refused = matches!(of.fate, PriceFate::Refused(_));
    Fate { line: of.line, what: format!("{}{what}", price.unwrap_or_default()), is_refused }
}

/// Removes what a series tells of a security.
pub(crate) async fn remove(visit: Visit) -> Outcome {
    let source = PriceSource::parse(visit.form.text("source"));
    let security: Option<SecurityId> = visit.form.text("security").parse().ok();
    // What names nothing is gone already.
    if let (Some(source), Some(security)) = (source, security) {
        let request = RemovePrices { source, security: Some(security) };
        visit.dashtam().portfolio().remove_prices(&visit.call, request).await?;
    }
    Ok(Reply::to("/portfolio/prices?said=prices-gone"))
}
