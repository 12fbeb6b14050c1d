//! Reads a stream of events bit by bit.

use std::{future::poll_fn, pin::Pin, time::Duration};

use actix_web::{
    body::{BoxBody, MessageBody},
    dev::Service,
    http::{StatusCode, header::HeaderMap},
    rt::time::timeout,
    test::{self, TestRequest},
};
use dashtam_api::app;
use serde_json::Value;

use super::World;

/// How long an event that has to come may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One event, as a browser reads it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// Somebody who listens.
pub(crate) struct Listening {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Pin<Box<BoxBody>>,
    text: String,
    /// The last id that was told, with whatever it came.
    pub(crate) last_id: String,
}

impl World {
    /// Begins to listen.
    pub(crate) async fn listen(&self, request: TestRequest) -> Listening {
        let app = test::init_service(app(&self.dashtam, &self.options)).await;
        let response = app.call(request.to_request()).await.unwrap().into_parts().1;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = Box::pin(response.into_body());
        Listening { status, headers, body, text: String::new(), last_id: String::new() }
    }
}

impl Listening {
    /// The lines up to the next empty one; `None` at the end.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let part = timeout(PATIENCE, poll_fn(|cx| self.body.as_mut().poll_next(cx))).await;
            match part.expect("something is told in time") {
                Some(part) => self.text += std::str::from_utf8(&part.unwrap()).unwrap(),
                None => {
                    assert_eq!(self.text, "", "an event broke off");
                    return None;
                }
            }
        }
    }

    /// The next event; `None` at the end.
    pub(crate) async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
            };
            if let Some(id) = field("id") {
                self.last_id = id;
            }
            // Without data it is no event.
            let Some(data) = field("data") else { continue };
            let data = serde_json::from_str(&data).unwrap();
            return Some(Event { id: self.last_id.clone(), kind: field("event").unwrap(), data });
        }
    }

    /// The kind of the next event.
    pub(crate) async fn kind(&mut self) -> Option<String> {
        Some(self.event().await?.kind)
    }
}
