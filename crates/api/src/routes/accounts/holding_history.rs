//! `GET /api/v1/accounts/{account_id}/holdings/history`: lists what an account held, day by day.

use actix_web::web::Data;
use dashtam_application::portfolio::{ListHoldingDays, Portfolio};
use dashtam_domain::{id::AccountId, ledger::HoldingDayKey, time::Day};

use crate::{
    answer,
    openapi::ThingProblems,
    prelude::*,
    views::{self, HoldingDayView},
};

endpoint!(ListHoldingDays);

/// Which days.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `DaysQuery`")]
struct DaysParams {
    /// From this day on; without it, from the first.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day; without it, today (UTC).
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The days that are asked for, of an account that is named in the path.
struct DaysQuery(ListHoldingDays);

impl FromParams for DaysQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let day = "This parameter must be a day such as 2026-01-31.";
        Self(ListHoldingDays {
            account: AccountId(Default::default()),
            from: params.read("from", "day", day, Day::parse),
            to: params.read("to", "day", day, Day::parse),
            after: params.cursor::<HoldingDayKey>(),
            limit: params.limit(),
        })
    }
}

/// List what was told of an account's positions, the earliest day first.
///
/// Each day has all positions that were told for it; a day for which nothing was told is not there, and neither is one on which
/// nothing was held.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/holdings/history", tag = "accounts",
    params(("account_id" = views::Id, Path), DaysParams),
    responses((status = OK, body = List<HoldingDayView>), ThingProblems))]
async fn handle(
    call: CallFor<ListHoldingDays>,
    id: Id<AccountId>,
    query: Query<DaysQuery>,
    portfolio: Data<Portfolio>,
) -> Answered {
    let request = ListHoldingDays { account: id.0, ..query.0.0 };
    let page = portfolio.holding_days(&call, request).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), HoldingDayView::SIZE, |(day, held)| {
        HoldingDayView::of(*day, held)
    }))
}
