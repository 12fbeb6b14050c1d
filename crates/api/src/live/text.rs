//! How events are written: each a few lines, and an empty one behind them.

use std::fmt::Write as _;

use dashtam_application::live::Told;
use dashtam_domain::live::LivePlace;

use crate::streams::Farewell;

/// A line that says nothing: it keeps the connection open, and finds out whether it is.
pub(super) const KEEP: &str = ": keep\n\n";

/// The last event of a stream.
pub(super) fn bye(farewell: Farewell) -> String {
    let retry = if farewell == Farewell::Stopping { "retry: 1000\n" } else { "" };
    format!("{retry}event: bye\ndata: {{\"reason\":\"{}\"}}\n\n", farewell.as_str())
}

/// What a stream begins with: how long clients wait before they come again, and the place from which they go on if
/// nothing happens until then. It is no event.
pub(super) fn opening(place: LivePlace) -> String {
    format!("retry: 3000\nid: {place}\n\n")
}

/// What was read. `place` is where it ends.
pub(super) fn told(told: &Told, place: LivePlace) -> String {
    let mut text = String::new();
    if told.is_cut {
        text += &format!("id: {place}\nevent: resync\ndata: {{}}\n\n");
    }
    for event in &told.events {
        let id = LivePlace { epoch: place.epoch, seq: event.seq };
        // Nothing can fail that is written into a text. The data is one line: JSON has no line breaks of its own.
        let _ =
            write!(text, "id: {id}\nevent: {}\ndata: {}\n\n", event.body.kind().as_str(), event.body.data());
    }
    text
}

#[cfg(test)]
mod tests {
    use dashtam_domain::{
        id::{AccountId, UserId},
        live::{LiveBody, LiveEvent},
        time::Timestamp,
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn events_are_written_as_the_standard_says() {
        let event = |seq, body| LiveEvent {
            owner: UserId(Uuid::nil()),
            seq,
            at: Timestamp::new(Default::default()),
            body,
        };
        let account = AccountId(Uuid::from_u128(7));
        let events = vec![
            event(41, LiveBody::TransactionsChanged { accounts: vec![account] }),
            event(42, LiveBody::ReconciliationSuggested),
        ];
        let place = LivePlace { epoch: 3, seq: 42 };
        let text = told(&Told { events, ..Told::default() }, place);
        assert_eq!(
            text,
            "id: 3.41\nevent: transactions.changed\n\
             data: {\"account_ids\":[\"00000000-0000-0000-0000-000000000007\"]}\n\n\
             id: 3.42\nevent: reconciliation.suggested\ndata: {}\n\n"
        );
        let cut = told(&Told { is_cut: true, ..Told::default() }, place);
        assert_eq!(cut, "id: 3.42\nevent: resync\ndata: {}\n\n");
        assert_eq!(opening(place), "retry: 3000\nid: 3.42\n\n");
        assert_eq!(bye(Farewell::SignedOut), "event: bye\ndata: {\"reason\":\"signed-out\"}\n\n");
        assert!(bye(Farewell::Stopping).starts_with("retry: 1000\nevent: bye\n"));
    }
}
