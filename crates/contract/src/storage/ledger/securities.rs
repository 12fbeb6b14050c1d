//! Securities: known by their keys, each owner's own.

use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{AssetClass, ChangeKey, ChangeKind, ChangedRow, Cusip, Figi, Isin, KnownSecurity, Security},
    money::Currency,
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, decimal};
use crate::storage::{begin, races::race, stored_user};

/// A security of this user of which everything is told.
fn security(owner: UserId) -> Security {
    Security {
        id: SecurityId(builders::id()),
        owner,
        symbol: Some("ACME".to_owned()),
        exchange: Some("NYSE".to_owned()),
        isin: Isin::parse("US0378331005"),
        cusip: Cusip::parse("037833100"),
        figi: Figi::parse("BBG000B9XRY4"),
        name: Some("Acme Corporation".to_owned()),
        asset_class: AssetClass::Equity,
        currency: Some(Currency::USD),
        multiplier: Some(decimal("100")),
        created_at: at(1),
        updated_at: at(2),
    }
}

/// Stores a security under these keys.
async fn put(storage: &Storage, security: &Security, keys: &[&str]) {
    let keys: Vec<_> = keys.iter().map(|key| ((*key).to_owned(), security.id)).collect();
    let mut unit = begin(storage).await;
    unit.securities().put(security.owner, std::slice::from_ref(security), &keys).await.unwrap();
    unit.commit().await.unwrap();
}

async fn known(storage: &Storage, owner: UserId, keys: &[&str]) -> Vec<(String, SecurityId)> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let mut unit = begin(storage).await;
    let found = unit.securities().known(owner, &keys).await.unwrap();
    let alone = unit.securities().known_alone(owner, &keys).await.unwrap();
    unit.roll_back().await;
    let told = |found: Vec<KnownSecurity>| {
        let mut found: Vec<_> = found.into_iter().map(|known| (known.key, known.security.id)).collect();
        found.sort_unstable();
        found
    };
    let found = told(found);
    assert_eq!(told(alone), found);
    found
}

/// Whole, by id and by key, and each owner finds only what is the owner's.
pub async fn a_security_comes_back_as_stored(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let whole = security(owner);
    let bare = Security {
        id: SecurityId(builders::id()),
        symbol: None,
        exchange: None,
        isin: None,
        cusip: None,
        figi: None,
        name: None,
        currency: None,
        multiplier: None,
        ..whole.clone()
    };
    put(storage, &whole, &["isin:A", "symbol:ACME@@NYSE"]).await;
    put(storage, &bare, &["name:\u{e9} it's"]).await;
    for stored in [&whole, &bare] {
        assert_eq!(storage.queries.security(owner, stored.id).await.unwrap().as_ref(), Some(stored));
        assert_eq!(storage.queries.security(stranger, stored.id).await.unwrap(), None);
    }
    let keys = ["isin:A", "name:\u{e9} it's", "isin:B"];
    let expected = [("isin:A".to_owned(), whole.id), ("name:\u{e9} it's".to_owned(), bare.id)];
    assert_eq!(known(storage, owner, &keys).await, expected);
    assert_eq!(known(storage, stranger, &keys).await, []);
    assert_eq!(known(storage, owner, &[]).await, []);

    // Page by page, oldest first.
    let one = Limit::new(1).unwrap();
    let first = storage.queries.securities(owner, None, one).await.unwrap();
    let second = storage.queries.securities(owner, first.next, one).await.unwrap();
    assert_eq!((first.items, second.items, second.next), (vec![whole], vec![bare], None));
    assert_eq!(storage.queries.securities(stranger, None, one).await.unwrap().items, []);
}

/// What is learnt is written and told by the feed; the day on which it was first told, and the keys that lead somewhere, stay.
pub async fn more_is_learnt_of_a_security(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let bare = Security { isin: None, name: None, ..security(owner) };
    let other = Security { id: SecurityId(builders::id()), ..bare.clone() };
    put(storage, &bare, &["symbol:ACME@USD"]).await;
    put(storage, &other, &["symbol:OTHER@USD"]).await;
    let seen = storage.queries.clock(owner).await.unwrap().seq;
    let learnt =
        Security { created_at: at(9), updated_at: at(9), ..Security { id: bare.id, ..security(owner) } };
    put(storage, &learnt, &["isin:A", "symbol:OTHER@USD"]).await;
    let stored = storage.queries.security(owner, bare.id).await.unwrap().unwrap();
    assert_eq!(stored, Security { created_at: at(1), ..learnt });
    let keys = ["isin:A", "symbol:ACME@USD", "symbol:OTHER@USD"];
    let expected = [("isin:A", bare.id), ("symbol:ACME@USD", bare.id), ("symbol:OTHER@USD", other.id)];
    assert_eq!(known(storage, owner, &keys).await, expected.map(|(key, id)| (key.to_owned(), id)));

    let clock = storage.queries.clock(owner).await.unwrap().seq;
    let place = ChangeKey::end_of(seen);
    let changes =
        storage.queries.changes(owner, ChangeKind::Security, place, clock, Limit::default()).await.unwrap();
    let told: Vec<_> = changes.items.iter().map(|change| (change.is_new_after(place), &change.row)).collect();
    assert_eq!(told, [(false, &ChangedRow::Security(Box::new(stored)))]);
}

/// Nobody writes a security of somebody else.
pub async fn a_security_stays_its_owners(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let mine = security(owner);
    put(storage, &mine, &["isin:A"]).await;
    let mut unit = begin(storage).await;
    let forged = Security { owner: stranger, name: Some("forged".to_owned()), ..mine.clone() };
    // A store may refuse it or pass over it.
    if unit.securities().put(stranger, &[forged], &[]).await.is_ok() {
        unit.commit().await.unwrap();
    } else {
        unit.roll_back().await;
    }
    assert_eq!(storage.queries.security(owner, mine.id).await.unwrap(), Some(mine.clone()));
    assert_eq!(storage.queries.security(stranger, mine.id).await.unwrap(), None);
}

/// Thirty callers are told of one security at once; one makes it.
pub async fn one_of_many_makes_a_security(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let ids = race(storage, |storage, _| async move {
        let key = "isin:A".to_owned();
        let mut unit = begin(&storage).await;
        let known = unit.securities().known_alone(owner, std::slice::from_ref(&key)).await.unwrap();
        let id = match known.first() {
            Some(known) => known.security.id,
            None => {
                let made = security(owner);
                unit.securities().put(owner, std::slice::from_ref(&made), &[(key, made.id)]).await.unwrap();
                made.id
            }
        };
        unit.commit().await.unwrap();
        id
    })
    .await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let all = storage.queries.securities(owner, None, Limit::default()).await.unwrap();
    assert_eq!(all.items.len(), 1);
}
