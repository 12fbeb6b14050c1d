//! What is known of a connection while it is open.

use std::{cell::Cell, rc::Rc, time::Instant};

use super::{ConnectionStanding, Place};

/// A connection, from its listener to the requests that come by it. It belongs to one thread.
#[derive(Debug)]
pub struct Connection {
    place: Place,
    under_way: Cell<usize>,
    answered: Cell<bool>,
    turned_away: Cell<bool>,
    quiet_since: Cell<Instant>,
}

impl Connection {
    /// Begins to watch a connection that was just opened.
    pub fn new(place: Place) -> Rc<Self> {
        Rc::new(Self {
            place,
            under_way: Cell::new(0),
            answered: Cell::new(false),
            turned_away: Cell::new(false),
            quiet_since: Cell::new(Instant::now()),
        })
    }

    /// Tells what it may be used for.
    pub fn standing(&self) -> ConnectionStanding {
        self.place.standing()
    }

    /// Tells since when no request is under way; `None` while one is.
    pub fn quiet_since(&self) -> Option<Instant> {
        (self.under_way.get() == 0).then(|| self.quiet_since.get())
    }

    /// Whether any request came by it yet.
    pub fn has_answered(&self) -> bool {
        self.answered.get()
    }

    /// Whether its place is needed for others: whatever else it sends is not waited for.
    pub fn is_turned_away(&self) -> bool {
        self.turned_away.get() && self.under_way.get() == 0
    }

    /// Gives its place to others once it is answered.
    pub(crate) fn turn_away(&self) {
        self.turned_away.set(true);
    }

    /// The client took something it was sent: from here on it is quiet.
    pub fn was_read(&self) {
        self.quiet_since.set(Instant::now());
    }

    /// Notes that a request has come.
    pub(crate) fn begin(self: &Rc<Self>) -> UnderWay {
        self.under_way.set(self.under_way.get() + 1);
        UnderWay { connection: Some(self.clone()), place: None }
    }
}

/// A request under way, with the place its client has in it. It ends on drop.
#[derive(Debug, Default)]
pub(crate) struct UnderWay {
    connection: Option<Rc<Connection>>,
    place: Option<Place>,
}

impl UnderWay {
    /// Holds the place of a client behind a proxy too.
    pub(crate) fn holding(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// What the request may be: what its connection and its client both may.
    pub(crate) fn standing(&self) -> ConnectionStanding {
        let connection = self.connection.as_ref().map(|connection| connection.standing());
        let place = self.place.as_ref().map(Place::standing);
        if [connection, place].contains(&Some(ConnectionStanding::Reserved)) {
            ConnectionStanding::Reserved
        } else {
            ConnectionStanding::Free
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.under_way.set(connection.under_way.get().saturating_sub(1));
            connection.answered.set(true);
            connection.quiet_since.set(Instant::now());
        }
    }
}
