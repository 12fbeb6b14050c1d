//! The lots that a sale takes, and a form that names them.

use std::collections::HashSet;

use askama::Template;
use dashtam_api::{Problem, visit::Fields};
use dashtam_application::{
    corrections::{CorrectionError, NameLots, TakeBackOfTransaction},
    portfolio::{SaleLot, SaleLots, ShowSaleLots},
};
use dashtam_domain::{
    id::TransactionId,
    ledger::{
        TransactionField,
        portfolio::{LotMethod, Pick},
    },
    money::{Decimal, plain_decimal},
};

use super::tell::{self, Told};
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many lots are on the page, the oldest.
const MOST: usize = 200;

/// A lot that the sale could take.
struct Row {
    since: String,
    /// The transaction that it came with, by which it is named; `None` where it has none, or stands for it in an earlier row.
    id: Option<String>,
    units: String,
    cost: Told,
    taken: String,
    /// What is typed of it.
    typed: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "portfolio_lots.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    security: String,
    account_id: String,
    day: String,
    iso: String,
    units: String,
    method: &'static str,
    /// Whether the account asks for names.
    asks: bool,
    is_named: bool,
    rows: Vec<Row>,
    more: Option<String>,
    /// What is wrong with the lots as a whole.
    error: Option<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    shown(&visit, Wrong::default()).await
}

fn field(id: TransactionId) -> String {
    format!("units-{id}")
}

/// The page, with what is wrong with a form that was sent: the form then keeps what it said.
async fn shown(visit: &Visit, wrong: Wrong) -> Outcome {
    let id: TransactionId = visit.id()?;
    let request = ShowSaleLots { transaction: id };
    let sale = visit.dashtam().portfolio().sale_lots(&visit.call, request).await?;
    let is_named = sale.lots.iter().any(|of| of.named.is_some());
    let mut seen = HashSet::new();
    let row = |of: &SaleLot| {
        let own = of.lot.opened_by.filter(|id| seen.insert(*id));
        let typed = match (own, wrong.is_empty()) {
            (Some(id), false) => visit.form.text(&field(id)).to_owned(),
            (Some(_), true) => of.named.map_or_else(String::new, |named| named.normalize().to_string()),
            (None, _) => String::new(),
        };
        Row {
            since: of.lot.acquired.map_or_else(|| "nobody knows".to_owned(), words::day),
            error: own.and_then(|id| wrong.of(&field(id)).map(str::to_owned)),
            id: own.map(|id| id.to_string()),
            units: words::decimal(of.lot.units, 0),
            cost: match of.lot.basis {
                Some(basis) => Told::Known(tell::plain(basis, of.lot.currency)),
                None => Told::Unknown("nobody told it, or told it in another currency"),
            },
            taken: words::decimal(of.taken, 0),
            typed,
        }
    };
    let rows = sale.lots.iter().take(MOST).map(row).collect();
    let SaleLots { sale, units, security, method, lots } = sale;
    let page = Page {
        frame: visit.frame("Lots of a sale", "portfolio"),
        id: id.to_string(),
        name: tell::name(security.as_ref()),
        security: sale.security.to_string(),
        account_id: sale.account.to_string(),
        day: words::day(sale.day),
        iso: words::iso(sale.day),
        units: words::decimal(units, 0),
        method: tell::method(method),
        asks: method == LotMethod::Specific,
        is_named,
        rows,
        more: super::security::rest(lots.len().saturating_sub(MOST)),
        error: wrong.of("lots").map(str::to_owned),
    };
    wrong.shown(&page)
}

/// Names the lots of the form, or none any more.
pub(crate) async fn save(visit: Visit) -> Outcome {
    let id: TransactionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    if visit.form.has("forget") {
        let request = TakeBackOfTransaction { transaction: id, field: TransactionField::Lots };
        return match dashtam.corrections().take_back_of_transaction(call, request).await {
            // They were taken back already: a second click.
            Ok(_) | Err(CorrectionError::NotCorrected) => {
                Ok(Reply::to(format!("/portfolio/closings/{id}?said=unnamed")))
            }
            Err(CorrectionError::Lots(problem)) => {
                shown(&visit, Wrong::at("lots", problem.to_string())).await
            }
            Err(error) => Err(error.into()),
        };
    }
    let sale = dashtam.portfolio().sale_lots(call, ShowSaleLots { transaction: id }).await?;
    let lots = match picks(&visit.form, &sale) {
        Ok(lots) => lots,
        Err(wrong) => return shown(&visit, wrong).await,
    };
    let places: Vec<TransactionId> = lots.iter().map(|pick| pick.opened_by).collect();
    match dashtam.corrections().name_lots(call, NameLots { transaction: id, lots }).await {
        Ok(_) => Ok(Reply::to(format!("/portfolio/closings/{id}?said=named"))),
        Err(CorrectionError::Lots(problem)) => {
            let at = problem.place().and_then(|at| places.get(at).copied());
            let field = at.map_or_else(|| "lots".to_owned(), field);
            shown(&visit, Wrong::at(&field, problem.to_string())).await
        }
        Err(error) => Err(Problem::from(error)),
    }
}

/// The lots of a form, in their order.
fn picks(form: &Fields, sale: &SaleLots) -> Result<Vec<Pick>, Wrong> {
    let (mut wrong, mut picks): (Wrong, Vec<Pick>) = (Wrong::default(), Vec::new());
    let mut seen = HashSet::new();
    for opened_by in sale.lots.iter().take(MOST).filter_map(|of| of.lot.opened_by) {
        let field = field(opened_by);
        let text = form.text(&field).trim();
        if text.is_empty() || !seen.insert(opened_by) {
            continue;
        }
        match plain_decimal(text) {
            Some(units) if units > Decimal::ZERO => picks.push(Pick { opened_by, units }),
            Some(units) if units.is_zero() => {}
            _ => wrong.note(&field, "Write how many units, such as 12.5."),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // What a program named beyond the lots of the page stays.
    for of in sale.lots.iter().skip(MOST) {
        if let (Some(opened_by), Some(units)) = (of.lot.opened_by, of.named)
            && seen.insert(opened_by)
        {
            picks.push(Pick { opened_by, units });
        }
    }
    if picks.is_empty() {
        return Err(Wrong::at("lots", "Write how many units the sale takes of at least one lot."));
    }
    Ok(picks)
}
