//! Room for a request: which may come in when there is little, and until when it counts as under way.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, StatusCode,
        header::{AUTHORIZATION, HeaderMap},
    },
    web::Bytes,
};

use crate::{
    client::client_address,
    cookies,
    door::{Connection, ConnectionStanding, TimedBody, UnderWay, reserve},
    options::ApiOptions,
    problem::Problem,
};

/// What must be answered even when hardly anything else is: whether the program lives and can work.
const HEALTH: [&str; 4] = ["/health", "/health/live", "/health/ready", "/api/v1/health"];

/// Lets a request in, if its connection and its client may send it now.
pub(super) fn enter(request: &ServiceRequest, options: &ApiOptions) -> Result<UnderWay, Problem> {
    let connection = request.request().conn_data::<Rc<Connection>>();
    let mut under_way = connection.map_or_else(UnderWay::default, |connection| connection.begin());
    if is_health(request.path()) {
        return Ok(under_way);
    }
    if !options.trusted_proxies.is_empty() {
        let peer = request.head().peer_addr.map(|peer| peer.ip().to_canonical());
        let client = client_address(request.request(), &options.trusted_proxies);
        if let Some(client) = client.filter(|_| client != peer) {
            let place = options.admission.forwarded(client).ok_or_else(Problem::crowded)?;
            under_way = under_way.holding(place);
        }
    }
    if under_way.standing() == ConnectionStanding::Reserved {
        if let Some(connection) = connection {
            connection.turn_away();
        }
        if !shows_credential(request.headers()) {
            return Err(Problem::crowded());
        }
        reserve(request);
    }
    Ok(under_way)
}

/// Ends a body that comes too slowly.
pub(super) fn time_body(request: &mut ServiceRequest, options: &ApiOptions) {
    let Some(deadlines) = options.bodies else { return };
    match request.take_payload() {
        Payload::None => {}
        payload => {
            let timed = TimedBody::new(payload, deadlines);
            request.set_payload(Payload::Stream { payload: Box::pin(timed) });
        }
    }
}

/// The request is under way until its answer is sent. A client that was too slow, or that has a place of the reserve,
/// goes on by another connection.
pub(super) fn leave(under_way: UnderWay, mut response: ServiceResponse) -> ServiceResponse {
    let crowded = under_way.standing() == ConnectionStanding::Reserved;
    if crowded || matches!(response.status(), StatusCode::REQUEST_TIMEOUT) {
        close(response.response_mut());
    }
    // A whole body is handed over at once, and the connection itself sees to its being read.
    match response.response().body().size() {
        BodySize::Stream => {
            response.map_body(|_, body| BoxBody::new(Counted { body, _under_way: under_way }))
        }
        BodySize::None | BodySize::Sized(_) => response,
    }
}

/// Nothing more comes by the connection of this answer.
pub(super) fn close(response: &mut HttpResponse) {
    response.head_mut().set_connection_type(ConnectionType::Close);
}

fn is_health(path: &str) -> bool {
    HEALTH.contains(&path.trim_end_matches('/'))
}

/// Whether a request shows anything that may be a credential; whether it is good is found out later.
fn shows_credential(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || cookies::values(headers, cookies::SESSION).next().is_some()
}

/// A body that is written bit by bit.
struct Counted {
    body: BoxBody,
    _under_way: UnderWay,
}

impl MessageBody for Counted {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
