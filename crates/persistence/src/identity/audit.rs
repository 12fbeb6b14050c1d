//! [`AuditTrail`] on the unit of work. Lines are linked to their chains when the unit commits.

use std::{collections::BTreeMap, sync::LazyLock};

use async_trait::async_trait;
use dashtam_domain::{
    identity::{AuditEntry, AuditRecord, AuditTrail, ChainHead},
    record::Record,
    store::StoreError,
};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QueryTrait, Set};
use uuid::Uuid;

use crate::{
    rows::{
        audit_chains,
        audit_log::{Column, Entity, row},
        columns,
    },
    unit_of_work::SeaUnitOfWork,
};

/// Takes the head of a chain until the unit ends, and makes it if it is missing: whoever comes second waits here.
static TAKE_HEAD: LazyLock<String> = LazyLock::new(|| {
    let head = columns("audit_chains", audit_chains::Column::iter());
    format!(
        "INSERT INTO audit_chains (chain_id, position, hash) VALUES ($1, 0, $2) \
         ON CONFLICT (chain_id) DO UPDATE SET position = audit_chains.position RETURNING {head}"
    )
});

#[async_trait]
impl AuditTrail for SeaUnitOfWork {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.lines.push(AuditRecord::unlinked(entry));
        Ok(())
    }
}

impl SeaUnitOfWork {
    /// Links and writes the lines of this unit. Chains are taken in the order of their ids, so that two units never
    /// wait for each other, and just before the commit, so that others wait for as short as can be.
    pub(crate) async fn write_audit(&mut self) -> Result<(), StoreError> {
        let mut chains: BTreeMap<Uuid, Vec<AuditRecord>> = BTreeMap::new();
        for line in std::mem::take(&mut self.lines) {
            chains.entry(line.chain).or_default().push(line);
        }
        for (chain, mut lines) in chains {
            let mut head = self.take_head(chain).await?;
            let seal = self.seal.clone();
            for line in &mut lines {
                line.link(&mut head, &*seal);
            }
            self.execute(&Entity::insert_many(lines.into_iter().map(row)).into_query()).await?;
            let moved = audit_chains::ActiveModel {
                position: Set(head.position),
                hash: Set(head.hash.to_hex()),
                ..Default::default()
            };
            let update = audit_chains::Entity::update_many()
                .set(moved)
                .filter(audit_chains::Column::ChainId.eq(chain));
            self.execute(&update.into_query()).await?;
        }
        Ok(())
    }

    /// The head, locked. A new chain first takes over the lines that are older than chains are.
    async fn take_head(&mut self, chain: Uuid) -> Result<ChainHead, StoreError> {
        let start = ChainHead::start(chain);
        let statement =
            self.statement(&TAKE_HEAD, &TAKE_HEAD, vec![chain.into(), start.hash.to_hex().into()]);
        let Some(mut head) = self.rows_raw::<ChainHead>(statement).await?.pop() else {
            return self.fail(StoreError::Corrupt {
                record: Record::AuditChain,
                reason: "a head was neither found nor made".to_owned(),
            });
        };
        if head.position == 0 {
            let old = Entity::find().filter(Column::ChainId.eq(chain)).order_by_asc(Column::Position);
            let seal = self.seal.clone();
            for line in self.rows::<AuditRecord>(&old.into_query()).await? {
                head.adopt(&line, &*seal);
            }
        }
        Ok(head)
    }
}
