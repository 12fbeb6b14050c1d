//! The key pair of access tokens: made once, rotated without signing anybody out, replaced when it is compromised.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_application::{
    Dashtam,
    keystore::{AdvanceSigningKeys, GetNewestKey, LoadSigningKeys, RotateSigningKey, SigningError},
    sealed::{ForgetLost, Keys},
};
use dashtam_domain::{
    call::Call,
    identity::{KeyPair, KeyState, Keystore, OpenKeys, PublicJwk, SigningKeyId, SigningKeys, UnusableKey},
    page::Limit,
    sealed::SealedField,
    secret::{Sealed, SecretText},
    time::Timestamp,
};
use dashtam_testkit::fakes::XorCipher;

use crate::{
    database::Disk,
    world::{World, assert_refused},
};

/// Pairs that are named by letters in the order they were made. Shared by "processes".
#[derive(Default)]
struct Letters {
    made: Arc<AtomicU8>,
    installed: Mutex<Option<OpenKeys>>,
}

impl Letters {
    /// Another process that makes pairs of the same alphabet.
    fn beside(&self) -> Arc<Self> {
        Arc::new(Self { made: self.made.clone(), installed: Mutex::default() })
    }
}

fn id(letter: char) -> SigningKeyId {
    letter.to_string().repeat(43).parse().unwrap()
}

#[async_trait]
impl SigningKeys for Letters {
    async fn generate(&self) -> Result<KeyPair, UnusableKey> {
        let letter = char::from(b'a' + self.made.fetch_add(1, Ordering::SeqCst));
        let (public, private) = (format!("public {letter}"), SecretText::new(format!("private {letter}")));
        Ok(KeyPair { id: id(letter), public, private })
    }

    fn install(&self, keys: OpenKeys) -> Result<(), UnusableKey> {
        let public = keys.current.public.replace("public", "private");
        if keys.current.private.expose() != public {
            return Err(UnusableKey);
        }
        *self.installed.lock().unwrap() = Some(keys);
        Ok(())
    }

    fn current(&self) -> Option<SigningKeyId> {
        self.installed.lock().unwrap().as_ref().map(|keys| keys.current.id.clone())
    }

    fn published(&self) -> Vec<PublicJwk> {
        let installed = self.installed.lock().unwrap();
        let keys = installed.iter().flat_map(|keys| {
            std::iter::once(&keys.current.id).chain(keys.others.iter().map(|(id, _, _)| id))
        });
        keys.map(|id| PublicJwk { id: id.clone(), n: String::new(), e: String::new() }).collect()
    }
}

async fn keystore(disk: &Disk) -> Keystore {
    disk.storage.queries.keystore().await.unwrap().unwrap()
}

/// A database without a pair, and a process on it.
async fn process() -> (World, Disk, Arc<Letters>, Dashtam) {
    let keys = Arc::new(Letters::default());
    let shared = keys.clone();
    let (world, disk) = Disk::open(|world| world.signing_keys = Some(shared)).await;
    let dashtam = world.build_on(disk.storage.clone());
    (world, disk, keys, dashtam)
}

fn at(world: &World, later: TimeDelta) -> Call {
    Call::system(world.now.plus(later))
}

async fn advance(dashtam: &Dashtam, call: &Call) {
    dashtam.signing().advance(call, AdvanceSigningKeys).await.unwrap();
}

#[tokio::test]
async fn every_process_loads_the_one_pair() {
    let (mut world, disk, keys, dashtam) = process().await;
    let call = world.system();
    assert_eq!(dashtam.signing().load(&call, LoadSigningKeys).await.unwrap(), id('a'));
    assert_eq!(dashtam.signing().load(&call, LoadSigningKeys).await.unwrap(), id('a'));

    let other = keys.beside();
    world.signing_keys = Some(other.clone());
    let beside = world.build_on(disk.storage.clone());
    assert_eq!(beside.signing().load(&call, LoadSigningKeys).await.unwrap(), id('a'));
    assert_eq!(other.current(), Some(id('a')));
    assert_eq!(keys.made.load(Ordering::SeqCst), 1, "no pair was made in vain");
    let stored = keystore(&disk).await.current;
    assert!(!stored.private.as_str().contains("private a"), "the private half is sealed");
}

/// Making another pair would sign everybody out, and hide what is wrong.
#[tokio::test]
async fn a_pair_that_cannot_be_used_is_never_replaced_in_silence() {
    let (world, disk, _, dashtam) = process().await;
    let call = world.system();
    dashtam.signing().load(&call, LoadSigningKeys).await.unwrap();
    let good = keystore(&disk).await.current;
    let mut unit = disk.storage.store.begin().await.unwrap();
    let damaged = dashtam_domain::identity::SigningKey { private: Sealed::new("damaged"), ..good.clone() };
    unit.keystore().replace(&good.id, &damaged).await.unwrap();
    unit.commit().await.unwrap();
    assert_refused!(
        dashtam.signing().load(&call, LoadSigningKeys).await,
        SigningError::Sealed(_) | SigningError::Unusable(_)
    );
    assert_eq!(keystore(&disk).await.current, damaged);
}

#[tokio::test]
async fn a_rotation_publishes_first_signs_later_and_retires_last() {
    let (mut world, disk, keys, dashtam) = process().await;
    let now = world.system();
    dashtam.signing().load(&now, LoadSigningKeys).await.unwrap();
    let other = keys.beside();
    world.signing_keys = Some(other.clone());
    let beside = world.build_on(disk.storage.clone());
    beside.signing().load(&now, LoadSigningKeys).await.unwrap();

    let request = RotateSigningKey { compromised: false, newest: None };
    let rotation = dashtam.signing().rotate(&now, request).await.unwrap();
    let due: Timestamp = world.now.plus(Keystore::PUBLISHED_AHEAD);
    assert_eq!((rotation.key, rotation.signs_from), (id('b'), due));
    let again = dashtam.signing().rotate(&now, RotateSigningKey { compromised: false, newest: None }).await;
    assert_refused!(again, SigningError::UnderWay(from) if from == due);

    // Both know the next key well before it signs.
    let early = at(&world, Keystore::PUBLISHED_AHEAD - TimeDelta::microseconds(1));
    for (process, keys) in [(&dashtam, &keys), (&beside, &other)] {
        advance(process, &early).await;
        assert_eq!(keys.current(), Some(id('a')));
        assert_eq!(process.signing().published().len(), 2);
    }
    let late = at(&world, Keystore::PUBLISHED_AHEAD);
    for (process, keys) in [(&beside, &other), (&dashtam, &keys)] {
        advance(process, &late).await;
        assert_eq!(keys.current(), Some(id('b')));
        assert_eq!(process.signing().published().len(), 2, "the old one still verifies");
    }
    let stored = keystore(&disk).await;
    let retired = &stored.published[..];
    assert_eq!((retired.len(), &retired[0].id, retired[0].state), (1, &id('a'), KeyState::Retired));
    assert_eq!(retired[0].private, None, "a private key that is not needed is not kept");
    let end = retired[0].until.unwrap();
    assert_eq!(end, late.now.plus(TimeDelta::minutes(30) + TimeDelta::seconds(60)));

    advance(&dashtam, &Call::system(end)).await;
    assert_eq!(dashtam.signing().published().len(), 2);
    advance(&dashtam, &Call::system(end.plus(TimeDelta::microseconds(1)))).await;
    assert_eq!(dashtam.signing().published().len(), 1);
    assert_eq!(keystore(&disk).await.published, []);
}

/// It was never used, so that its place is all that matters.
#[tokio::test]
async fn a_next_key_that_cannot_be_opened_gives_its_place_to_another() {
    let (world, disk, keys, dashtam) = process().await;
    let now = world.system();
    dashtam.signing().load(&now, LoadSigningKeys).await.unwrap();
    dashtam.signing().rotate(&now, RotateSigningKey { compromised: false, newest: None }).await.unwrap();
    spoil(&disk, SealedField::NextSigningKey).await;
    advance(&dashtam, &at(&world, Keystore::PUBLISHED_AHEAD)).await;
    assert_eq!((keystore(&disk).await.published, keys.current()), (Vec::new(), Some(id('a'))));
    dashtam.signing().rotate(&now, RotateSigningKey { compromised: false, newest: None }).await.unwrap();
    advance(&dashtam, &at(&world, Keystore::PUBLISHED_AHEAD)).await;
    assert_eq!(keys.current(), Some(id('c')));
}

/// Access tokens made so far stop working; that is for an operator to decide.
#[tokio::test]
async fn a_pair_that_no_key_opens_can_be_given_up_for_another() {
    let (world, disk, keys, dashtam) = process().await;
    let call = world.system();
    dashtam.signing().load(&call, LoadSigningKeys).await.unwrap();
    spoil(&disk, SealedField::SigningKey).await;
    let refused = dashtam.signing().load(&call, LoadSigningKeys).await.unwrap_err();
    assert!(refused.to_string().contains("dashtam keys forget --lost"), "{refused}");
    let ring = Keys::new(&disk.storage, dashtam_local::sources(), Arc::new(XorCipher));
    let request = ForgetLost { field: SealedField::SigningKey, after: None, limit: Limit::default() };
    assert_eq!(ring.forget_lost(&call, request).await.unwrap().forgotten, 1);
    dashtam.signing().load(&call, LoadSigningKeys).await.unwrap();
    assert_eq!(keys.current(), Some(id('b')));
}

/// Puts something no key opens in the place of the column's values.
async fn spoil(disk: &Disk, field: SealedField) {
    let values = disk.storage.queries.sealed_values(field, None, Limit::default()).await.unwrap();
    let mut unit = disk.storage.store.begin().await.unwrap();
    for value in values.items {
        let lost = Sealed::new("under a key that is lost");
        assert!(unit.sealed_values().replace_if_same(field, &value, &lost).await.unwrap());
    }
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn a_compromised_key_is_replaced_at_once_and_everything_else_forgotten() {
    let (world, disk, keys, dashtam) = process().await;
    let now = world.system();
    dashtam.signing().load(&now, LoadSigningKeys).await.unwrap();
    dashtam.signing().rotate(&now, RotateSigningKey { compromised: false, newest: None }).await.unwrap();
    let rotation =
        dashtam.signing().rotate(&now, RotateSigningKey { compromised: true, newest: None }).await.unwrap();
    assert_eq!((rotation.key, rotation.signs_from), (id('c'), world.now));
    let stored = keystore(&disk).await;
    assert_eq!((stored.current.id, stored.published), (id('c'), Vec::new()));
    advance(&dashtam, &now).await;
    assert_eq!(keys.current(), Some(id('c')));
    assert_eq!(dashtam.signing().published().len(), 1);
}

/// A form that is sent twice rotates once, whichever rotation it asked for.
#[tokio::test]
async fn a_rotation_that_names_the_newest_key_happens_once() {
    let (world, disk, _, dashtam) = process().await;
    let (now, administrator) = (world.system(), world.administrator());
    dashtam.signing().load(&now, LoadSigningKeys).await.unwrap();
    let newest = async || dashtam.signing().newest(&administrator, GetNewestKey).await.unwrap();
    let rotate = async |compromised, newest| {
        let request = RotateSigningKey { compromised, newest: Some(newest) };
        dashtam.signing().rotate(&administrator, request).await
    };
    assert_eq!(newest().await, id('a'));
    assert_eq!(rotate(false, id('a')).await.unwrap().key, id('b'));
    assert_refused!(rotate(false, id('a')).await, SigningError::Overtaken);
    assert_refused!(rotate(true, id('a')).await, SigningError::Overtaken);
    assert_eq!((newest().await, keystore(&disk).await.current.id), (id('b'), id('a')));
    assert_refused!(rotate(false, id('b')).await, SigningError::UnderWay(_));
    let replaced = rotate(true, id('b')).await.unwrap().key;
    assert_refused!(rotate(true, id('b')).await, SigningError::Overtaken);
    assert_eq!((keystore(&disk).await.current.id, newest().await), (replaced.clone(), replaced));
}

#[tokio::test]
async fn a_pair_of_ninety_days_is_rotated_by_itself() {
    let (world, disk, _, dashtam) = process().await;
    dashtam.signing().load(&world.system(), LoadSigningKeys).await.unwrap();
    let ninety = TimeDelta::days(90);
    advance(&dashtam, &at(&world, ninety - TimeDelta::microseconds(1))).await;
    assert_eq!(keystore(&disk).await.published, []);
    for _ in 0..2 {
        advance(&dashtam, &at(&world, ninety)).await;
        assert_eq!(keystore(&disk).await.next().map(|next| next.id.clone()), Some(id('b')));
    }
}

#[tokio::test]
async fn without_key_pairs_every_request_says_so() {
    let mut world = World::new();
    let call = world.system();
    let dashtam = world.build();
    assert_refused!(dashtam.signing().load(&call, LoadSigningKeys).await, SigningError::NoKeyPair);
    assert_eq!(dashtam.signing().published(), []);
}
