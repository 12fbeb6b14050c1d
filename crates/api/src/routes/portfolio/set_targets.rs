//! `PUT /api/v1/portfolio/targets`: sets what parts a portfolio shall be made of.

use actix_web::web::Data;
use dashtam_application::portfolio::{Portfolio, SetTargets};
use dashtam_domain::{
    ledger::portfolio::{AllocationBy, Target, TargetOf, Targets},
    money::{Currency, plain_decimal},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{answer, cursor::Ordinal, openapi::ChangeProblems, prelude::*, views::TargetView};

endpoint!(SetTargets, limits: [Correction]);

/// What part of everything in a currency something shall be.
#[derive(ToSchema)]
#[schema(as = TargetBody)]
#[allow(dead_code, reason = "describes what `target` reads")]
struct TargetBody {
    /// The side that it is on: `class`, `security` or `account`.
    #[schema(pattern = "^(class|security|account)$")]
    by: String,
    /// The sort of asset, or the id of the security or account.
    #[schema(min_length = 1, max_length = 40)]
    key: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// More than 0 and at most 100, to four places.
    #[schema(pattern = r"^[0-9]{1,3}(\.[0-9]{1,4})?$")]
    percent: String,
}

/// What a portfolio shall be made of.
#[derive(Deserialize, ToSchema)]
struct SetTargetsBody {
    /// All targets, in the place of those that there are; none says that there are none.
    #[serde(default)]
    #[schema(value_type = Vec<TargetBody>, required, max_items = 500)]
    targets: Field,
}

/// The members of a target.
const MEMBERS: &str = "by, key, currency, percent";

impl SetTargetsBody {
    fn parse(self) -> Result<Vec<Target>, Problem> {
        let mut checks = Checks::default();
        let items = checks.list("targets", self.targets, 0..=Targets::MOST, "targets");
        let targets = items.and_then(|items| checks.each(items, target));
        checks.finish()?;
        Ok(targets.unwrap_or_default())
    }
}

fn target(checks: &mut Checks, at: usize, item: Value) -> Option<Target> {
    let place = format!("targets[{at}]");
    let mut members = checks.object(&place, item, MEMBERS)?;
    let mut text = |name: &str| checks.member_text(&format!("{place}.{name}"), members.remove(name));
    let [by, key, currency, percent] = ["by", "key", "currency", "percent"].map(&mut text);
    let mut wrong = |name: &str, code, message: &str| {
        checks.broken(&format!("{place}.{name}"), code, message);
    };
    let by = by.and_then(|text| {
        // All parts are parts of one currency.
        let by = AllocationBy::parse(&text).filter(|by| *by != AllocationBy::Currency);
        if by.is_none() {
            wrong("by", "unknown", "This field must be class, security or account.");
        }
        by
    });
    let of = by.zip(key).and_then(|(by, key)| {
        let of = TargetOf::parse(by, &key);
        if of.is_none() {
            wrong("key", "malformed", "This field must be a sort of asset, or an id, as the side wants it.");
        }
        of
    });
    let currency = currency.and_then(|text| {
        let currency = text.parse::<Currency>().ok().filter(|currency| currency.as_str() == text);
        if currency.is_none() {
            wrong("currency", "malformed", "This field must be a currency such as EUR.");
        }
        currency
    });
    let percent = percent.and_then(|text| {
        let percent = plain_decimal(&text);
        if percent.is_none() {
            wrong("percent", "decimal", "This field must be a decimal number such as 12.5.");
        }
        percent
    });
    checks.refuse_members(&place, &members, MEMBERS);
    Some(Target { of: of?, currency: currency?, percent: percent? })
}

/// Set what parts your portfolio shall be made of, in the place of all that was set before.
///
/// A target is a part of everything in its currency, on one side; those of one side and currency come to 100 percent at most, and what
/// they leave is for what has none. `GET /portfolio/allocation` says how far each part is from its target. Of a security or an account
/// that is gone since its target was set, the target may be sent again as it was read, or left out.
#[utoipa::path(put, path = "/api/v1/portfolio/targets", tag = "securities", request_body = SetTargetsBody,
    responses((status = OK, body = List<TargetView>), ChangeProblems))]
async fn handle(asked: Asked<SetTargets, Json<SetTargetsBody>>, portfolio: Data<Portfolio>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let targets = portfolio.set_targets(&call, SetTargets { by: None, targets: body.parse()? }).await?;
    Ok(answer::list(targets.as_slice(), None::<&Ordinal>, TargetView::SIZE, TargetView::from))
}
