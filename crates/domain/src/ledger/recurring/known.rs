//! By what a stream is known, so that what a person says of it is found again.
//!
//! The id of a stream is made of what makes it one: a hash of account, currency, direction and other side, and behind that
//! the step on which its usual amount stands, so that two subscriptions of one merchant are two. What else comes and goes
//! beside a stream changes neither.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::{Stream, StreamMark};
use crate::{
    id::{AccountId, StreamId},
    ledger::matching::Words,
    money::{Currency, Decimal},
};

/// Each step is this much above the one before.
const STEP: Decimal = Decimal::from_parts(125, 0, 0, false, 2);
/// What was said of a stream is said of one whose usual amount is so many steps away: one that became dearer by half.
const NEAR: u32 = 2;
/// So many bytes of an id say whose stream it is; the others are the step.
const GROUP: usize = 12;

/// What comes back together: rows of one account, currency, direction and other side.
pub(super) type Key = (AccountId, Currency, bool, Words);

/// How many steps above a hundredth this amount is.
fn step(usual: Decimal) -> u32 {
    let (mut edge, mut step) = (Decimal::new(1, 2), 0);
    while edge < usual.abs() {
        let Some(next) = edge.checked_mul(STEP) else { break };
        // More places than any amount has only cost.
        (edge, step) = (next.round_dp(4), step + 1);
    }
    step
}

/// The id of the stream of these rows, whose usual amount is this.
pub(super) fn id((account, currency, is_in, words): &Key, usual: Decimal) -> StreamId {
    let mut hash = Sha256::new();
    hash.update(account.0.as_bytes());
    hash.update(currency.as_str().as_bytes());
    hash.update([u8::from(*is_in)]);
    for word in words.as_slice() {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    let mut bytes = Uuid::nil().into_bytes();
    let hashed = hash.finalize();
    let parts = hashed.iter().copied().take(GROUP).chain(step(usual).to_be_bytes());
    bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    StreamId(Builder::from_custom_bytes(bytes).into_uuid())
}

/// Whose stream it is, and its step.
fn parts(id: StreamId) -> ([u8; GROUP], u32) {
    let (mut group, mut step) = ([0; GROUP], [0; 4]);
    let bytes = id.0.as_bytes();
    group.iter_mut().zip(bytes).for_each(|(part, byte)| *part = *byte);
    step.iter_mut().zip(&bytes[GROUP..]).for_each(|(part, byte)| *part = *byte);
    (group, u32::from_be_bytes(step))
}

/// Each stream with what was said of it, under the id that it had then: of streams and marks that could belong together
/// the nearest do.
pub fn marked(streams: Vec<Stream>, marks: Vec<StreamMark>) -> Vec<(Stream, Option<StreamMark>)> {
    let mut known: HashMap<[u8; GROUP], Vec<(u32, usize)>> = HashMap::new();
    for (at, mark) in marks.iter().enumerate() {
        let (group, step) = parts(mark.id);
        known.entry(group).or_default().push((step, at));
    }
    let mut near: Vec<(u32, usize, usize)> = Vec::new();
    for (at, stream) in streams.iter().enumerate() {
        let (group, step) = parts(stream.id);
        let of_group = known.get(&group).into_iter().flatten();
        near.extend(
            of_group.map(|(of, mark)| (of.abs_diff(step), at, *mark)).filter(|(apart, ..)| *apart <= NEAR),
        );
    }
    near.sort_unstable();
    let mut given: Vec<Option<usize>> = vec![None; streams.len()];
    let mut taken = vec![false; marks.len()];
    for (_, stream, mark) in near {
        if given[stream].is_none() && !taken[mark] {
            (given[stream], taken[mark]) = (Some(mark), true);
        }
    }
    let mut marks: Vec<Option<StreamMark>> = marks.into_iter().map(Some).collect();
    let each = streams.into_iter().zip(given);
    each.map(|(stream, mark)| match mark.and_then(|at| marks[at].take()) {
        Some(mark) => (Stream { id: mark.id, ..stream }, Some(mark)),
        None => (stream, None),
    })
    .collect()
}
