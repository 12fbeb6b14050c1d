//! What a test was told of every unit of work, held against what is stored.

use std::collections::BTreeSet;

use dashtam_domain::store::{Storage, StoreError};
use dashtam_persistence::{Options, connect};
use dashtam_testkit::builders::{self, day};
use uuid::Uuid;

use super::{raw, texts};
use crate::support::Guard;

/// Units that were acknowledged, refused, or left open by a lost answer; each stores one user.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) acknowledged: BTreeSet<Uuid>,
    pub(crate) refused: BTreeSet<Uuid>,
    pub(crate) uncertain: BTreeSet<Uuid>,
}

impl Ledger {
    /// Notes what became of a unit.
    pub(crate) fn note(&mut self, (id, outcome): (Uuid, Result<(), StoreError>)) -> Result<(), StoreError> {
        let page = match &outcome {
            Ok(()) => &mut self.acknowledged,
            Err(StoreError::Uncertain(_)) => &mut self.uncertain,
            Err(_) => &mut self.refused,
        };
        page.insert(id);
        outcome
    }

    /// Compares with what somebody finds who comes later.
    pub(crate) async fn compare(&self, guard: &Guard) {
        let later = connect(Options::new(guard.url())).await.unwrap();
        let mut stored = BTreeSet::new();
        for id in self.acknowledged.iter().chain(&self.refused).chain(&self.uncertain) {
            if later.storage.queries.user(dashtam_domain::id::UserId(*id)).await.unwrap().is_some() {
                stored.insert(*id);
            }
        }
        let lost: Vec<_> = self.acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "{} of {} acknowledged units are lost", lost.len(), self.acknowledged.len());
        let kept: Vec<_> = self.refused.intersection(&stored).collect();
        assert!(kept.is_empty(), "{} of {} refused units are stored", kept.len(), self.refused.len());
        // Whole units only: every user came with an account.
        let db = raw(guard).await;
        let alone = "SELECT CAST(COUNT(*) AS TEXT) FROM users u \
            WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.user_id = u.id)";
        assert_eq!(texts(&db, alone).await, ["0"]);
        // Nobody holds a lock.
        later.storage.store.begin().await.unwrap().commit().await.unwrap();
        later.close().await;
    }
}

/// Stores a user with an account and so many transactions in one unit of work.
pub(crate) async fn unit(storage: &Storage, rows: usize) -> (Uuid, Result<(), StoreError>) {
    let user = builders::user();
    let account = builders::file_account(user.id, "1");
    let rows: Vec<_> =
        (0..rows).map(|row| builders::transaction(&account, &format!("row {row}"), day(1))).collect();
    let stored = async {
        let mut unit = storage.store.begin().await?;
        unit.users().insert_if_absent(&user).await?;
        unit.accounts().upsert(&account).await?;
        for page in rows.chunks(500) {
            unit.transactions().insert(page).await?;
        }
        unit.commit().await
    };
    (user.id.0, stored.await)
}

/// A unit that is given up without an error, as a refused request does.
pub(crate) async fn given_up(storage: &Storage) {
    let Ok(mut unit) = storage.store.begin().await else { return };
    let _ = unit.users().insert_if_absent(&builders::user()).await;
}
