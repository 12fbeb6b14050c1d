//! `GET /api/v1/recurring`: lists recurring streams.

use actix_web::web::Data;
use dashtam_application::recurring::{ListStreams, Recurring};
use dashtam_domain::id::AccountId;

use crate::{answer, openapi::ListProblems, prelude::*, views::RecurringView};

endpoint!(ListStreams, limits: [Report]);

/// Which streams.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `StreamsQuery`")]
struct StreamsParams {
    /// `with` to have those among them that you dismissed; by default they are left out.
    #[param(pattern = "^(with|without)$")]
    dismissed: Option<String>,
}

/// The streams that are asked for.
struct StreamsQuery(ListStreams);

impl FromParams for StreamsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let words = "This must be with or without.";
        let read = |text: &str| match text {
            "with" => Some(true),
            "without" => Some(false),
            _ => None,
        };
        let with_dismissed = params.read("dismissed", "unknown", words, read).unwrap_or(false);
        Self(ListStreams { with_dismissed })
    }
}

/// List what comes back at regular times, such as salaries and subscriptions, by the day on which each comes next.
///
/// It is found in your posted transactions of the last two years as they are now; transfers between your own accounts are
/// none. What you said of a stream stays.
#[utoipa::path(get, path = "/api/v1/recurring", tag = "recurring", params(StreamsParams),
    responses((status = OK, body = List<RecurringView>), ListProblems))]
async fn handle(
    call: CallFor<ListStreams>,
    query: Query<StreamsQuery>,
    recurring: Data<Recurring>,
) -> Answered {
    let streams = recurring.list(&call, query.0.0).await?;
    Ok(answer::list(&streams, None::<&AccountId>, RecurringView::SIZE, RecurringView::from))
}
