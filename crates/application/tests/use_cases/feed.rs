//! Following a ledger, on a real database.

use std::collections::BTreeMap;

use dashtam_application::{
    Dashtam,
    errors::CommonError,
    ledger::{ChangeOperation, FeedPlace, LedgerError, ListChanges},
};
use dashtam_domain::{
    access::AccessDenied,
    call::{Call, Caller},
    identity::Scope,
    ledger::{Account, ChangeKind, ChangeKinds, ChangedRow, Transaction},
    page::Limit,
};
use dashtam_testkit::builders::{self, day};
use uuid::Uuid;

use crate::{
    database::Disk,
    world::{World, assert_refused},
};

struct Place {
    world: World,
    dashtam: Dashtam,
    disk: Disk,
    account: Account,
}

impl Place {
    /// A ledger with an account and these rows.
    async fn open(rows: &[&str]) -> Self {
        let (world, disk) = Disk::open(|_| {}).await;
        let dashtam = world.build_on(disk.storage.clone());
        let account = builders::file_account(world.owner, "1");
        let mut unit = disk.storage.store.begin().await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.commit().await.unwrap();
        let place = Self { world, dashtam, disk, account };
        for row in rows {
            place.add(row).await;
        }
        place
    }

    async fn add(&self, source_id: &str) -> Transaction {
        let row = builders::transaction(&self.account, source_id, day(3));
        let mut unit = self.disk.storage.store.begin().await.unwrap();
        unit.transactions().insert(std::slice::from_ref(&row)).await.unwrap();
        unit.commit().await.unwrap();
        row
    }

    async fn remove(&self, source_id: &str) {
        let mut unit = self.disk.storage.store.begin().await.unwrap();
        let (owner, account) = (self.account.owner, self.account.id);
        unit.transactions().remove(owner, account, source_id, builders::at(9)).await.unwrap();
        unit.commit().await.unwrap();
    }
}

/// Whoever follows: what is known, and how far.
#[derive(Default)]
struct Client {
    rows: BTreeMap<Uuid, ChangedRow>,
    place: Option<FeedPlace>,
    told: Vec<(ChangeOperation, ChangeKind)>,
}

impl Client {
    /// One answer; whether there is more.
    async fn ask(&mut self, dashtam: &Dashtam, call: &Call, limit: u16) -> bool {
        let request = ListChanges { after: self.place, kinds: None, limit: Limit::new(limit).unwrap() };
        let page = dashtam.ledger().changes(call, request).await.unwrap();
        assert!(page.items.len() <= usize::from(limit));
        for (operation, change) in page.items {
            self.told.push((operation, change.key.kind));
            if change.row == ChangedRow::Removed {
                // It may have gone before it was ever told.
                self.rows.remove(&change.key.id);
            } else {
                let known = self.rows.insert(change.key.id, change.row).is_some();
                assert_eq!(known, operation == ChangeOperation::Modified, "{:?}", change.key);
            }
        }
        self.place = Some(page.next);
        page.has_more
    }
}

#[tokio::test]
async fn a_client_that_begins_is_shown_what_there_is_and_then_what_changes() {
    use ChangeKind::{Account, Transaction};
    use ChangeOperation::{Added, Modified, Removed};
    let place = Place::open(&["a", "b", "gone"]).await;
    place.remove("gone").await;
    let (dashtam, call) = (&place.dashtam, place.world.call());
    let mut client = Client::default();
    // What changes while it reads the first pages comes with the later ones or behind them.
    assert!(client.ask(dashtam, &call, 1).await);
    place.remove("a").await;
    while client.ask(dashtam, &call, 1).await {}
    assert_eq!(client.told, [(Added, Account), (Added, Transaction), (Removed, Transaction)]);
    assert!(!client.ask(dashtam, &call, 1).await);
    assert_eq!(client.told.len(), 3, "nothing happened");

    let row = place.add("c").await;
    let mut unit = place.disk.storage.store.begin().await.unwrap();
    unit.accounts().upsert(&place.account).await.unwrap();
    unit.transactions().remove(row.owner, row.account, "b", builders::at(9)).await.unwrap();
    unit.commit().await.unwrap();
    client.told.clear();
    while client.ask(dashtam, &call, 2).await {}
    assert_eq!(client.told, [(Added, Transaction), (Modified, Account), (Removed, Transaction)]);
    assert_eq!(client.rows.len(), 2);
    // The same answer again, because the first was lost, changes nothing.
    let before = client.rows.clone();
    let request = ListChanges { after: client.place, kinds: None, limit: Limit::default() };
    assert!(dashtam.ledger().changes(&call, request).await.unwrap().items.is_empty());
    assert_eq!(client.rows, before);
}

#[tokio::test]
async fn sorts_are_chosen_by_who_asks_and_by_what_the_key_may_read() {
    let place = Place::open(&["a"]).await;
    let kinds = async |call: &Call, kinds: Option<Vec<ChangeKind>>| {
        let kinds = kinds.map(ChangeKinds::from_iter);
        let request = ListChanges { after: None, kinds, limit: Limit::default() };
        let page = place.dashtam.ledger().changes(call, request).await?;
        Ok::<_, LedgerError>(page.items.iter().map(|(_, change)| change.key.kind).collect::<Vec<_>>())
    };
    let call = place.world.call();
    assert_eq!(kinds(&call, None).await.unwrap(), [ChangeKind::Account, ChangeKind::Transaction]);
    let asked = Some(vec![ChangeKind::Transaction, ChangeKind::Balance]);
    assert_eq!(kinds(&call, asked.clone()).await.unwrap(), [ChangeKind::Transaction]);

    let mut key = place.world.call();
    if let Caller::User(principal) = &mut key.caller {
        principal.scopes = Some([Scope::AccountsRead].into_iter().collect());
    }
    assert_eq!(kinds(&key, None).await.unwrap(), [ChangeKind::Account]);
    let refused = kinds(&key, asked).await;
    assert_refused!(
        refused,
        LedgerError::Common(CommonError::Denied(AccessDenied::InsufficientScope(Scope::TransactionsRead)))
    );
}

#[tokio::test]
async fn a_place_of_a_state_that_was_given_up_is_refused() {
    let place = Place::open(&["a"]).await;
    let call = place.world.call();
    let mut client = Client::default();
    client.ask(&place.dashtam, &call, 10).await;
    let known = client.place.unwrap();
    let ahead = FeedPlace { after: dashtam_domain::ledger::ChangeKey::end_of(99), ..known };
    for gone in [FeedPlace { epoch: known.epoch + 1, ..known }, ahead] {
        let request = ListChanges { after: Some(gone), kinds: None, limit: Limit::default() };
        assert_refused!(place.dashtam.ledger().changes(&call, request).await, LedgerError::PlaceExpired);
    }
}

#[tokio::test]
async fn a_place_goes_on_with_the_sorts_it_began_with() {
    let place = Place::open(&["a"]).await;
    let call = place.world.call();
    let ask = async |call: &Call, after, kinds: Option<&[ChangeKind]>| {
        let kinds = kinds.map(|kinds| kinds.iter().copied().collect());
        let request = ListChanges { after, kinds, limit: Limit::default() };
        place.dashtam.ledger().changes(call, request).await
    };
    let accounts = ask(&call, None, Some(&[ChangeKind::Account])).await.unwrap();
    let mut key = place.world.call();
    if let Caller::User(principal) = &mut key.caller {
        principal.scopes = Some([Scope::AccountsRead].into_iter().collect());
    }
    place.add("b").await;
    // Everything is not asked for: only what was followed comes, whoever asks.
    for call in [&call, &key] {
        assert!(ask(call, Some(accounts.next), None).await.unwrap().items.is_empty());
    }
    let other = ask(&call, Some(accounts.next), Some(&[ChangeKind::Account, ChangeKind::Transaction])).await;
    assert_refused!(other, LedgerError::OtherKinds);
    let all = ask(&call, None, None).await.unwrap();
    let refused = ask(&key, Some(all.next), None).await;
    assert_refused!(refused, LedgerError::Common(CommonError::Denied(AccessDenied::InsufficientScope(_))));
}
