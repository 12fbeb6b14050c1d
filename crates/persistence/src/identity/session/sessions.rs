//! [`SessionRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{
        Activity, ApiKeyInserted, ApiKeyNotice, Assurance, EndReason, OtherClient, Reauthentication, Session,
        SessionNote, SessionRepository, SessionSnapshot, Transport,
    },
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet, ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Set, UpdateMany, Value,
};
use uuid::Uuid;

use crate::{
    queries::SESSION,
    rows::sessions::{ActiveModel, Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

/// The row is read and then acted on, so that on Postgres nobody may change it in between.
static LOCKED: LazyLock<String> = LazyLock::new(|| format!("{} FOR NO KEY UPDATE OF s", *SESSION));

const FIRST_OTHER: &str = "UPDATE sessions SET other_client = $2 WHERE id = $1 AND other_client IS NULL";
const NEXT_OTHER: &str = "UPDATE sessions SET other_client = $2 WHERE id = $1 AND other_client <> $2";

#[async_trait]
impl SessionRepository for SeaUnitOfWork {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(session)).into_query()).await.map(drop)
    }

    async fn end(
        &mut self,
        owner: UserId,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = ending(owner, reason, now).filter(Column::Id.eq(id.0));
        Ok(self.end_sessions(owner, update).await? == 1)
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        let statement = self.statement(&SESSION, &LOCKED, vec![id.0.into()]);
        Ok(self.rows_raw(statement).await?.pop())
    }

    async fn end_all(
        &mut self,
        owner: UserId,
        spared: Option<SessionId>,
        with_api_keys: bool,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut update = ending(owner, reason, now).filter(Column::ExpiresAt.gte(now.as_chrono()));
        if let Some(spared) = spared {
            update = update.filter(Column::Id.ne(spared.0));
        }
        if !with_api_keys {
            update = update.filter(Column::Transport.ne(Transport::ApiKey.as_str()));
        }
        self.end_sessions(owner, update).await
    }

    async fn end_one_factor(
        &mut self,
        owner: UserId,
        spared: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let update = ending(owner, reason, now)
            .filter(Column::Id.ne(spared.0))
            .filter(Column::Transport.ne(Transport::ApiKey.as_str()))
            .filter(Column::Assurance.eq(Assurance::OneFactor.as_str()));
        self.end_sessions(owner, update).await
    }

    async fn note(&mut self, owner: UserId, id: SessionId, note: &SessionNote) -> Result<bool, StoreError> {
        // Writing the owner again leaves a statement even where nothing is noted, which still says whether there is
        // such a session.
        let model = ActiveModel {
            user_id: Set(owner.0),
            label: note
                .label
                .as_ref()
                .map_or(NotSet, |label| Set(label.as_ref().map(|label| label.as_str().to_owned()))),
            is_trusted: note.is_trusted.map_or(NotSet, Set),
            ..ActiveModel::default()
        };
        let update = Entity::update_many()
            .set(model)
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::Transport.ne(Transport::ApiKey.as_str()))
            .filter(Column::EndedAt.is_null());
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn note_other_client(
        &mut self,
        id: SessionId,
        fingerprint: &SecretHash,
    ) -> Result<OtherClient, StoreError> {
        for (statement, noted) in [(FIRST_OTHER, OtherClient::First), (NEXT_OTHER, OtherClient::Another)] {
            let values = vec![id.0.into(), fingerprint.to_hex().into()];
            if self.execute_raw(self.statement(statement, statement, values)).await? == 1 {
                return Ok(noted);
            }
        }
        Ok(OtherClient::Noted)
    }

    async fn reauthenticate(
        &mut self,
        owner: UserId,
        id: SessionId,
        proof: &Reauthentication,
    ) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .set(ActiveModel {
                authenticated_at: Set(proof.at.as_chrono()),
                assurance: Set(proof.assurance.as_str().to_owned()),
                credential_hash: proof.credential.map_or(NotSet, |hash| Set(Some(hash.to_hex()))),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::EndedAt.is_null());
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn insert_key(&mut self, key: &Session, now: Timestamp) -> Result<ApiKeyInserted, StoreError> {
        self.insert_api_key(key, now).await
    }

    async fn replace_key(
        &mut self,
        owner: UserId,
        id: SessionId,
        by: SessionId,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.replace_api_key(owner, id, by, until, now).await
    }

    async fn settle_key_notice(
        &mut self,
        notice: &ApiKeyNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.settle_notice_of_key(notice, next).await
    }

    async fn record_activity(&mut self, activities: &[Activity]) -> Result<(), StoreError> {
        for batch in activities.chunks(Self::chunk(4)) {
            let mut values: Vec<Value> = Vec::with_capacity(batch.len() * 4);
            for Activity { session, calls, last_seen } in batch {
                // What is stored beyond that was seen by a clock that was ahead.
                let latest = last_seen.plus(Timestamp::SKEW).as_chrono().into();
                values.extend([session.0.into(), (*calls).into(), last_seen.as_chrono().into(), latest]);
            }
            let statement =
                self.statement(&activity_sqlite(batch.len()), &activity_postgres(batch.len()), values);
            self.execute_raw(statement).await?;
        }
        Ok(())
    }
}

impl SeaUnitOfWork {
    /// Ends sessions of this owner, and remembers which they were; how many.
    async fn end_sessions(&mut self, owner: UserId, update: UpdateMany<Entity>) -> Result<u64, StoreError> {
        let mut update = update.into_query();
        update.returning_col(Column::Id);
        let ended: Vec<Uuid> = self.rows(&update).await?;
        let count = ended.len() as u64;
        self.to_tell.ended(owner, ended.into_iter().map(SessionId));
        Ok(count)
    }
}

/// Ends this owner's sessions that have not ended; callers say which.
fn ending(owner: UserId, reason: EndReason, now: Timestamp) -> UpdateMany<Entity> {
    Entity::update_many()
        .set(ActiveModel {
            ended_at: Set(Some(now.as_chrono())),
            end_reason: Set(Some(reason.as_str().to_owned())),
            ..ActiveModel::default()
        })
        .filter(Column::UserId.eq(owner.0))
        .filter(Column::EndedAt.is_null())
}

/// `($1, $2, $3, $4), ($5, …` for this many rows, each value followed by its type.
fn tuples(rows: usize, types: [&str; 4]) -> String {
    let [id, calls, seen, latest] = types;
    let tuple = |row: usize| {
        let at = row * 4;
        format!("(${}{id}, ${}{calls}, ${}{seen}, ${}{latest})", at + 1, at + 2, at + 3, at + 4)
    };
    (0..rows).map(tuple).collect::<Vec<_>>().join(", ")
}

fn activity_sqlite(rows: usize) -> String {
    format!(
        "UPDATE sessions SET api_calls = api_calls + v.column2, \
         last_seen_at = CASE WHEN last_seen_at > v.column4 THEN v.column3 \
         ELSE MAX(last_seen_at, v.column3) END \
         FROM (VALUES {}) AS v WHERE sessions.id = v.column1",
        tuples(rows, ["", "", "", ""])
    )
}

fn activity_postgres(rows: usize) -> String {
    format!(
        "UPDATE sessions SET api_calls = api_calls + v.calls, \
         last_seen_at = CASE WHEN last_seen_at > v.latest THEN v.seen \
         ELSE GREATEST(last_seen_at, v.seen) END \
         FROM (VALUES {}) AS v (id, calls, seen, latest) WHERE sessions.id = v.id",
        tuples(rows, ["::uuid", "::bigint", "::timestamptz", "::timestamptz"])
    )
}
