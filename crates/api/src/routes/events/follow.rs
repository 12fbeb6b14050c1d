//! `GET /api/v1/events`: tells the caller's programs what happens, as it happens.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::Data,
};
use dashtam_application::live::{FollowEvents, FollowFrom, Live};
use dashtam_domain::live::{LiveKind, LiveKinds};

use crate::{live::Listener, openapi::StreamProblems, options::ApiOptions, prelude::*};

endpoint!(FollowEvents);

/// How a client that comes again says how far it has come.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// Which events.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `EventsQuery`")]
struct EventsParams {
    /// Only of these types, divided by commas. Without it all of them.
    #[param(
        pattern = "^(transactions\\.changed|sync\\.started|sync\\.completed|sync\\.failed|connection\\.needs_action|import\\.finished|reconciliation\\.suggested|webhook\\.disabled|session\\.ended)(,(transactions\\.changed|sync\\.started|sync\\.completed|sync\\.failed|connection\\.needs_action|import\\.finished|reconciliation\\.suggested|webhook\\.disabled|session\\.ended))*$"
    )]
    types: Option<String>,
    /// The `id` of the last event that was seen, for clients that cannot send the header `Last-Event-ID`, which counts
    /// where both are given.
    #[param(min_length = 1)]
    last_event_id: Option<String>,
}

/// The events that are asked for.
struct EventsQuery {
    kinds: LiveKinds,
    last: Option<String>,
}

impl FromParams for EventsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let names = LiveKind::ALL.map(LiveKind::as_str).join(", ");
        let message = format!("The types must be some of these, divided by commas: {names}.");
        let kinds = params.read("types", "unknown", &message, |text| {
            text.split(',').map(LiveKind::parse).collect::<Option<LiveKinds>>()
        });
        let last = params.text("last_event_id");
        Self { kinds: kinds.unwrap_or_else(LiveKinds::all), last }
    }
}

/// From where on a client wants to be told.
fn from(request: &HttpRequest, asked: Option<String>) -> FollowFrom {
    let place = |text: &str| text.parse().map_or(FollowFrom::Unreadable, FollowFrom::Place);
    match request.headers().get(LAST_EVENT_ID) {
        Some(header) => header.to_str().map_or(FollowFrom::Unreadable, place),
        None => asked.map_or(FollowFrom::Now, |text| place(&text)),
    }
}

/// Hear of what happens as it happens.
///
/// An answer that does not end, of server-sent events (`text/event-stream`), as the `EventSource` of browsers reads them.
/// `event` is the type, `data` a JSON object with ids and nothing else, and `id` the place of the event: the second number
/// of it counts with the changes of `GET /api/v1/sync`, so that the feed, asked after the event came, holds its change.
///
/// | `event` | `data` | |
/// | --- | --- | --- |
/// | `transactions.changed` | `account_ids` | something that the feed tells has changed |
/// | `sync.started`, `sync.completed`, `sync.failed` | `provider_id`, `sync_id` | a synchronisation |
/// | `connection.needs_action` | `provider_id` | it has to be authorized again |
/// | `import.finished` | `import_id` | a statement file was read |
/// | `reconciliation.suggested` | | two transactions may be one |
/// | `webhook.disabled` | `webhook_id` | a webhook is told no more |
/// | `session.ended` | `session_id` | a session, or an API key, was ended |
/// | `resync` | | events are missing from here on: look at everything anew, with `GET /api/v1/sync` |
/// | `bye` | `reason` | the stream ends: `stopping`, `signed-out`, or `replaced` by others of the same user |
///
/// Whoever comes again with the last `id`, in the header `Last-Event-ID` or in `last_event_id`, is told what happened
/// meanwhile: nothing is left out and nothing is told twice, by whichever server. Events are kept for 7 days, and 10,000 of
/// each user. Without an `id` only what happens from now on is told. A user may have 5 streams at a server; with one more
/// the oldest ends. A stream ends within seconds once its credential is no longer good.
#[utoipa::path(get, path = "/api/v1/events", tag = "sync",
    params(EventsParams, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was seen.")),
    responses((status = OK, description = "The events, for as long as the client listens", body = String,
        content_type = "text/event-stream"), StreamProblems))]
async fn handle(
    call: CallFor<FollowEvents>,
    query: Query<EventsQuery>,
    live: Data<Live>,
    options: Data<ApiOptions>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let EventsQuery { kinds, last } = query.0;
    let wanted = FollowEvents { from: from(&request, last), kinds };
    let following = live.follow(&call, wanted).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // For nginx, which would otherwise hold events back until it has a buffer full of them.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(Listener::new(request, &options.streams, following).stream()))
}
