//! What is stored of live events, and what a unit of work has to tell.

use std::collections::BTreeMap;

use dashtam_domain::{
    id::{SessionId, UserId},
    live::LiveEvent,
};

use crate::{mark::Mark, rows::row, table::Row};

row!(LiveEvent, (UserId, i64), |row| (row.owner, row.seq), [Mark::Owner(row.owner)]);

/// The number of the last event of a user that is kept no more.
#[derive(Clone)]
pub(crate) struct LiveFloor {
    pub(crate) owner: UserId,
    pub(crate) seq: i64,
}

row!(LiveFloor, UserId, |row| row.owner, []);

/// What a unit of work has to tell.
#[derive(Default)]
pub(crate) struct ToTell {
    /// The last event of each owner that the unit added.
    pub(crate) last: BTreeMap<UserId, i64>,
    /// Sessions that it ended.
    pub(crate) ended: Vec<(UserId, SessionId)>,
}
