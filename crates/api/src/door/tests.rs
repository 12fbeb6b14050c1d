//! Tests of the door.

use std::{net::IpAddr, rc::Rc, sync::Arc, time::Duration};

use actix_web::{error::PayloadError, rt::time, web::Bytes};
use futures_util::{StreamExt, stream};

use super::*;

const LIMITS: ClientLimits = ClientLimits { all: 20, per_client: 5, per_site: 10, reserved_percent: 20 };

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The standings of so many connections that stay open, and the connections.
fn open(admission: &Arc<Admission>, from: &str, count: usize) -> Vec<Place> {
    (0..count).map_while(|_| admission.connection(ip(from), false)).collect()
}

fn reserved(places: &[Place]) -> usize {
    places.iter().filter(|place| place.standing() == ConnectionStanding::Reserved).count()
}

#[test]
fn a_client_has_its_share_and_leaves_the_rest_to_others() {
    let admission = Admission::new(LIMITS);
    let first = open(&admission, "192.0.2.1", 9);
    assert_eq!((first.len(), reserved(&first)), (5, 1), "five, the last of them from the reserve");
    assert_eq!(admission.occupied(), Occupied { open: 5, turned_away: 1 });
    let second = open(&admission, "192.0.2.2", 1);
    assert_eq!((second.len(), reserved(&second)), (1, 0), "another client is not concerned");
    drop(first);
    assert_eq!(reserved(&open(&admission, "192.0.2.1", 4)), 0, "what was given back is there again");
    drop(second);
    assert_eq!(admission.occupied().open, 0);
    assert!(admission.counts_nobody());
}

#[test]
fn sixes_are_counted_by_network_and_by_site() {
    let admission = Admission::new(LIMITS);
    let network = open(&admission, "2001:db8:1:1::1", 4);
    assert_eq!(open(&admission, "2001:db8:1:1:ffff::2", 4).len(), 1, "one network is one client");
    let neighbours: Vec<_> =
        (2..12).flat_map(|n| open(&admission, &format!("2001:db8:1:{n:x}::1"), 1)).collect();
    assert_eq!((neighbours.len(), reserved(&neighbours)), (6, 2), "ten of one site");
    assert_eq!(open(&admission, "2001:db8:2:1::1", 1).len(), 1, "another site");
    assert_eq!(network.len(), 4);
}

#[test]
fn all_together_leave_the_reserve_to_requests_that_may_use_it() {
    let admission = Admission::new(LIMITS);
    let places: Vec<_> = (1..40).flat_map(|n| open(&admission, &format!("198.51.100.{n}"), 1)).collect();
    assert_eq!((places.len(), reserved(&places)), (20, 4));
}

#[test]
fn a_proxy_is_many_clients() {
    let admission = Admission::new(LIMITS);
    let proxy: Vec<_> = (0..12).filter_map(|_| admission.connection(ip("10.0.0.1"), true)).collect();
    assert_eq!((proxy.len(), reserved(&proxy)), (12, 0));
    let requests: Vec<_> = (0..7).filter_map(|_| admission.forwarded(ip("192.0.2.1"))).collect();
    assert_eq!((requests.len(), reserved(&requests)), (5, 1));
    assert_eq!(admission.occupied().open, 12, "a request is no connection");
}

#[test]
fn no_limits_are_never_reached() {
    let admission = Admission::new(ClientLimits::NONE);
    let places = open(&admission, "192.0.2.1", 1_000);
    assert_eq!((places.len(), reserved(&places)), (1_000, 0));
}

#[test]
fn a_connection_knows_since_when_it_is_quiet() {
    let admission = Admission::new(LIMITS);
    let connection: Rc<Connection> = Connection::new(admission.connection(ip("192.0.2.1"), false).unwrap());
    let opened = connection.quiet_since().unwrap();
    assert!(!connection.has_answered());
    let (one, two) = (connection.begin(), connection.begin());
    drop(one);
    assert!(connection.quiet_since().is_none(), "the other is under way");
    drop(two);
    assert!(connection.quiet_since().unwrap() > opened && connection.has_answered());
}

const DEADLINES: BodyDeadlines = BodyDeadlines {
    grace: Duration::from_millis(1_200),
    bytes_per_second: 25,
    whole: Duration::from_millis(3_600),
};

/// Reads a body whose parts of this size come after this pause each: how many came, and whether it then ended by
/// itself.
async fn read(size: usize, pause_ms: u64, parts: usize) -> (usize, bool) {
    let source = stream::unfold(0, move |sent| async move {
        time::sleep(Duration::from_millis(pause_ms)).await;
        (sent < parts).then(|| (Ok::<_, PayloadError>(Bytes::from(vec![b'x'; size])), sent + 1))
    });
    let mut body = TimedBody::new(Box::pin(source), DEADLINES);
    let mut came = 0;
    loop {
        match body.next().await {
            Some(Ok(_)) => came += 1,
            Some(Err(error)) => {
                assert!(is_timeout(&error), "{error}");
                return (came, false);
            }
            None => return (came, true),
        }
    }
}

#[actix_web::test]
async fn a_body_that_trickles_ends() {
    let (came, whole) = read(1, 200, 100).await;
    assert!((2..=7).contains(&came) && !whole, "{came} parts, ended by itself: {whole}");
}

#[actix_web::test]
async fn a_body_that_comes_at_the_rate_is_read_until_the_whole_takes_too_long() {
    assert_eq!(read(20, 240, 8).await, (8, true), "2 s of waiting, 160 bytes");
    let (came, whole) = read(20, 240, 1_000).await;
    assert!((5..=15).contains(&came) && !whole, "{came} parts, ended by itself: {whole}");
}
