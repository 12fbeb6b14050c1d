//! What sessions remember, how they are listed and ended, and the token floor.

use chrono::TimeDelta;
use dashtam_domain::{
    identity::{
        Activity, EndReason, Familiarity, GlobalRotation, OtherClient, Session, SessionKey, SessionNote,
        SessionSnapshot, TokenFloor, Transport, User, fingerprint,
    },
    page::Limit,
    store::Storage,
    time::Timestamp,
};

use crate::builders::{self, at};
use crate::storage::{begin, stored_user};

async fn store_session(storage: &Storage, session: &Session) {
    let mut unit = begin(storage).await;
    unit.sessions().insert(session).await.unwrap();
    unit.commit().await.unwrap();
}

pub(in crate::storage) async fn read(storage: &Storage, session: &Session) -> Session {
    storage.queries.session(session.id).await.unwrap().unwrap().session
}

fn rotation(now: i64, grace: i64) -> GlobalRotation {
    let (by, reason) = ("USER:ann@example.com".to_owned(), "A key was in the wrong place".to_owned());
    GlobalRotation { at: at(now), grace: TimeDelta::seconds(grace), by, reason }
}

/// Device, place, fingerprint, name and trust survive, and so do their absences.
pub async fn a_session_remembers_its_client(storage: &Storage) {
    let user = stored_user(storage).await;
    let full = Session {
        global_version: 7,
        api_calls: i64::from(u32::MAX) + 1,
        device: "Safari on iOS".to_owned(),
        location: Some("Zürich, Switzerland".to_owned()),
        fingerprint: fingerprint(None),
        is_trusted: true,
        label: Some("Küche".parse().unwrap()),
        ..builders::session(&user)
    };
    let bare = Session { location: None, label: None, address: None, ..builders::session(&user) };
    for session in [&full, &bare] {
        store_session(storage, session).await;
        assert_eq!(read(storage, session).await, *session);
    }
}

/// A name, trust, both or neither; not on somebody else's session and not on one that has ended.
pub async fn a_note_changes_what_it_says_and_nothing_else(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let mut session = builders::session(&user);
    store_session(storage, &session).await;
    let label = Some("Laptop".parse().unwrap());
    for note in [
        SessionNote { label: Some(label.clone()), is_trusted: None },
        SessionNote { label: None, is_trusted: Some(true) },
        SessionNote::default(),
        SessionNote { label: Some(None), is_trusted: Some(false) },
    ] {
        let mut unit = begin(storage).await;
        assert!(!unit.sessions().note(stranger.id, session.id, &note).await.unwrap());
        assert!(unit.sessions().note(user.id, session.id, &note).await.unwrap());
        unit.commit().await.unwrap();
        session.label = note.label.unwrap_or(session.label);
        session.is_trusted = note.is_trusted.unwrap_or(session.is_trusted);
        assert_eq!(read(storage, &session).await, session);
    }
    let mut unit = begin(storage).await;
    assert!(unit.sessions().end(user.id, session.id, EndReason::Revoked, at(1)).await.unwrap());
    assert!(!unit.sessions().note(user.id, session.id, &SessionNote::default()).await.unwrap());
}

/// Calls add up over writes, and no last request moves backwards.
pub async fn activity_adds_up_and_never_goes_back(storage: &Storage) {
    let user = stored_user(storage).await;
    let sessions: Vec<Session> = (0..700).map(|_| builders::session(&user)).collect();
    let mut unit = begin(storage).await;
    for session in &sessions {
        unit.sessions().insert(session).await.unwrap();
    }
    unit.commit().await.unwrap();
    for (calls, seen) in [(3, 50), (2, 20)] {
        let did = |session: &Session| Activity { session: session.id, calls, last_seen: at(seen) };
        // One of them is gone meanwhile.
        let gone = builders::session(&user);
        let batch: Vec<_> = sessions[1..].iter().chain([&gone]).map(did).collect();
        let mut unit = begin(storage).await;
        unit.sessions().record_activity(&batch).await.unwrap();
        unit.sessions().record_activity(&[]).await.unwrap();
        unit.commit().await.unwrap();
    }
    assert_eq!(read(storage, &sessions[0]).await, sessions[0]);
    for session in [&sessions[1], &sessions[350], &sessions[699]] {
        let expected = Session { api_calls: 5, last_seen_at: at(50), ..session.clone() };
        assert_eq!(read(storage, session).await, expected);
    }
}

/// All of an owner's but one, and API keys only when they are meant; past ones are not counted.
pub async fn sessions_end_together(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let mine: Vec<_> = (0..4).map(|_| builders::session(&user)).collect();
    let key = Session { transport: Transport::ApiKey, ..builders::session(&user) };
    let past = Session { expires_at: at(5), ..builders::session(&user) };
    let foreign = builders::session(&stranger);
    for session in mine.iter().chain([&key, &past, &foreign]) {
        store_session(storage, session).await;
    }
    let end = async |spared, keys, reason, second| {
        let mut unit = begin(storage).await;
        let ended = unit.sessions().end_all(user.id, spared, keys, reason, at(second)).await.unwrap();
        unit.commit().await.unwrap();
        ended
    };
    assert_eq!(end(Some(mine[0].id), false, EndReason::Revoked, 10).await, 3);
    assert_eq!(end(Some(mine[0].id), false, EndReason::Revoked, 11).await, 0);
    assert_eq!(read(storage, &mine[0]).await.ended, None);
    assert_eq!(read(storage, &mine[1]).await.ended, Some((at(10), EndReason::Revoked)));
    assert_eq!(read(storage, &key).await.ended, None);
    assert_eq!(end(None, true, EndReason::Rotated, 12).await, 2);
    assert_eq!(read(storage, &key).await.ended, Some((at(12), EndReason::Rotated)));
    assert_eq!(read(storage, &foreign).await.ended, None);
}

/// First, known or new: by device and network together, whether or not the earlier session goes on.
pub async fn clients_are_recognised_by_device_and_network(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let session = Session {
        ended: Some((at(1), EndReason::SignedOut)),
        device: "Chrome on macOS".to_owned(),
        ..builders::session(&user)
    };
    let ask = async |device: &str, network: &str| {
        storage.queries.familiarity(user.id, device, network).await.unwrap()
    };
    assert_eq!(ask("Chrome on macOS", "192.0.2.0/24").await, Familiarity::First);
    store_session(storage, &builders::session(&stranger)).await;
    assert_eq!(ask("Firefox on Linux", "192.0.2.0/24").await, Familiarity::First);
    store_session(storage, &session).await;
    assert_eq!(ask("Chrome on macOS", "192.0.2.0/24").await, Familiarity::Known);
    assert_eq!(ask("Chrome on macOS", "198.51.100.0/24").await, Familiarity::New);
    assert_eq!(ask("Chrome on Windows", "192.0.2.0/24").await, Familiarity::New);
}

/// By a session that goes on, is trusted, no API key, and began on exactly this client; wherever that was.
pub async fn a_trusted_client_is_known_by_a_session_that_goes_on(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let print = fingerprint(Some("Mine/1.0"));
    let trusted = Session { fingerprint: print, is_trusted: true, ..builders::session(&user) };
    let asked = async || storage.queries.trusts(user.id, &print, at(1)).await.unwrap();
    for (other, trusts) in [
        (Session { id: builders::session(&user).id, is_trusted: false, ..trusted.clone() }, false),
        (Session { user: stranger.id, id: builders::session(&user).id, ..trusted.clone() }, false),
        (
            Session {
                id: builders::session(&user).id,
                ended: Some((at(1), EndReason::Revoked)),
                ..trusted.clone()
            },
            false,
        ),
        (
            Session { id: builders::session(&user).id, fingerprint: fingerprint(None), ..trusted.clone() },
            false,
        ),
        (trusted.clone(), true),
    ] {
        store_session(storage, &other).await;
        assert_eq!(asked().await, trusts, "{other:?}");
    }
}

/// The first, the next, and one that was the last; each by its fingerprint.
pub async fn other_clients_of_a_session_are_told_apart(storage: &Storage) {
    let user = stored_user(storage).await;
    let (session, quiet) = (builders::session(&user), builders::session(&user));
    store_session(storage, &session).await;
    store_session(storage, &quiet).await;
    for (client, expected) in [
        ("curl", OtherClient::First),
        ("curl", OtherClient::Noted),
        ("wget", OtherClient::Another),
        ("curl", OtherClient::Another),
        ("curl", OtherClient::Noted),
    ] {
        let mut unit = begin(storage).await;
        let print = fingerprint(Some(client));
        assert_eq!(unit.sessions().note_other_client(session.id, &print).await.unwrap(), expected);
        unit.commit().await.unwrap();
    }
    assert_eq!(read(storage, &session).await, session, "the session itself is as it was");
    let mut unit = begin(storage).await;
    let print = fingerprint(Some("curl"));
    assert_eq!(unit.sessions().note_other_client(quiet.id, &print).await.unwrap(), OtherClient::First);
}

/// Every id of an owner's list, read in pages of this size.
async fn listed(storage: &Storage, user: &User, now: Timestamp, size: u16) -> Vec<Session> {
    let (mut sessions, mut after) = (Vec::new(), None);
    loop {
        let limit = Limit::new(size).unwrap();
        let page = storage.queries.sessions(user.id, now, after, limit).await.unwrap();
        sessions.extend(page.items);
        after = page.next;
        if after.is_none() {
            return sessions;
        }
    }
}

/// The latest request first, in pages, each session once.
pub async fn sessions_come_latest_request_first(storage: &Storage) {
    let user = stored_user(storage).await;
    let mut expected: Vec<_> =
        (0..25).map(|n| Session { last_seen_at: at(n * 7 % 5), ..builders::session(&user) }).collect();
    for session in &expected {
        store_session(storage, session).await;
    }
    let key = |s: &Session| SessionKey { last_seen_at: s.last_seen_at, id: s.id };
    expected.sort_by_key(|session| std::cmp::Reverse((key(session).last_seen_at, session.id)));
    for size in [1, 7, 25, 26] {
        assert_eq!(listed(storage, &user, at(100), size).await, expected, "pages of {size}");
    }
    assert_eq!(storage.queries.count_sessions(user.id, at(100)).await.unwrap(), 25);
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as u64) as usize].clone()
    }
}

/// Both lists hold exactly what the rule admits: random sessions, at and around every instant that matters.
pub async fn the_list_is_the_rule(storage: &Storage) {
    let (week, mut dice) = (168 * 3_600, Dice(2_026));
    let mut user = stored_user(storage).await;
    let mut unit = begin(storage).await;
    unit.users().rotate_tokens(user.id, at(0)).await.unwrap();
    unit.token_floor().rotate(&rotation(1_000, 500)).await.unwrap();
    let floor = unit.token_floor().rotate(&rotation(1_200, 600)).await.unwrap().floor;
    let mut sessions = Vec::new();
    for _ in 0..250 {
        let micros = dice.roll(3) as i64 - 1;
        let near = |second: i64| at(second).plus(TimeDelta::microseconds(micros));
        let (from, to) = (dice.pick(&[0, 900, 1_500]), dice.pick(&[1_500, 1_800, 2 * week]));
        let session = Session {
            transport: dice.pick(&[Transport::Token, Transport::Cookie, Transport::ApiKey]),
            long_lived: dice.roll(2) == 0,
            created_at: near(from),
            expires_at: near(to),
            ended: (dice.roll(4) == 0).then(|| (near(1_500), EndReason::Revoked)),
            last_seen_at: near(dice.pick(&[0, 1_500, 1_800 - week, week])),
            token_version: dice.pick(&[1, 2, 3]),
            global_version: dice.pick(&[floor.version - 2, floor.version - 1, floor.version]),
            ..builders::session(&user)
        };
        unit.sessions().insert(&session).await.unwrap();
        sessions.push(session);
    }
    unit.commit().await.unwrap();
    user = storage.queries.user(user.id).await.unwrap().unwrap();
    let mut admitted = 0;
    for second in [0, 899, 900, 1_499, 1_500, 1_501, 1_799, 1_800, 1_801, 1_500 + week, 2 * week] {
        for micros in [-1, 0, 1] {
            let now = at(second).plus(TimeDelta::microseconds(micros));
            let good = |session: &Session| {
                let (session, version) = (session.clone(), session.token_version);
                SessionSnapshot { session, user: user.clone(), floor }.admits(version, now)
            };
            let those = |keys: bool| -> Vec<_> {
                let kind = |session: &&Session| (session.transport == Transport::ApiKey) == keys;
                sessions.iter().filter(kind).filter(|one| good(one)).map(|session| session.id).collect()
            };
            let (mut expected, mut expected_keys) = (those(false), those(true));
            let keys = storage.queries.api_keys(user.id, now).await.unwrap();
            let mut keys: Vec<_> = keys.iter().map(|key| key.id).collect();
            keys.sort_unstable();
            expected_keys.sort_unstable();
            assert_eq!(keys, expected_keys, "keys at {second} s and {micros} µs");
            let mut found: Vec<_> =
                listed(storage, &user, now, 100).await.iter().map(|session| session.id).collect();
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "at {second} s and {micros} µs");
            let counted = storage.queries.count_sessions(user.id, now).await.unwrap();
            assert_eq!(counted, expected.len() as u64);
            admitted += expected.len();
        }
    }
    assert!(admitted > 100, "the rule admits some: {admitted}");
}

/// A rotation raises the version, keeps its grace, and never prolongs the grace of one before.
pub async fn the_token_floor_rises_step_by_step(storage: &Storage) {
    let before = storage.queries.security_config().await.unwrap();
    assert_eq!((before.updated_by, before.reason), (None, None));
    assert!(before.floor.admits(before.floor.version, at(0)));
    let rotate = async |now, grace| {
        let mut unit = begin(storage).await;
        let config = unit.token_floor().rotate(&rotation(now, grace)).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(storage.queries.security_config().await.unwrap(), config);
        config
    };
    let start = before.floor.version;
    let first = rotate(100, 50).await;
    assert_eq!(first.floor.version, start + 1);
    assert_eq!((first.floor.grace_until, first.updated_at), (at(150), at(100)));
    assert_eq!(first.updated_by.as_deref(), Some("USER:ann@example.com"));
    assert!(first.floor.admits(start, at(149)) && !first.floor.admits(start, at(150)));
    let second = rotate(120, 500).await;
    let expected = TokenFloor {
        version: start + 2,
        grace_until: at(620),
        earlier_version: start + 1,
        earlier_until: at(150),
    };
    assert_eq!(second.floor, expected);
    // A third while both run: the shortest counts for all that is older than the second.
    let third = rotate(130, 60).await;
    assert_eq!((third.floor.earlier_version, third.floor.earlier_until), (start + 2, at(150)));
    assert_eq!((third.floor.version, third.floor.grace_until), (start + 3, at(190)));
    // With nothing running any more, the step before keeps its own end.
    let fourth = rotate(1_000, 0).await;
    assert_eq!((fourth.floor.earlier_version, fourth.floor.earlier_until), (start + 3, at(190)));
    assert!(!fourth.floor.admits(start + 3, at(1_000)) && fourth.floor.admits(start + 4, at(1_000)));
}

/// Sessions that will end by a rotation, and their users.
pub async fn sessions_of_older_versions_are_counted(storage: &Storage) {
    let (one, two) = (stored_user(storage).await, stored_user(storage).await);
    for (user, version, expires) in
        [(&one, 1, 100), (&one, 2, 100), (&one, 3, 100), (&two, 2, 100), (&two, 1, 9)]
    {
        let session = Session { global_version: version, expires_at: at(expires), ..builders::session(user) };
        store_session(storage, &session).await;
    }
    assert_eq!(storage.queries.sessions_below(3, at(10)).await.unwrap(), (3, 2));
    assert_eq!(storage.queries.sessions_below(1, at(10)).await.unwrap(), (0, 0));
}

/// The user's version rises, and older copies of the user become outdated.
pub async fn a_users_tokens_rotate(storage: &Storage) {
    let mut user = stored_user(storage).await;
    let mut unit = begin(storage).await;
    assert_eq!(unit.users().rotate_tokens(user.id, at(9)).await.unwrap(), Some(2));
    assert_eq!(unit.users().rotate_tokens(builders::user().id, at(9)).await.unwrap(), None);
    unit.commit().await.unwrap();
    let read = storage.queries.user(user.id).await.unwrap().unwrap();
    assert_eq!((read.token_version, read.updated_at), (2, at(9)));
    let mut unit = begin(storage).await;
    assert!(unit.users().update(&mut user).await.is_err());
}
