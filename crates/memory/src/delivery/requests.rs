//! [`IdempotencyRepository`] and [`MailRequestRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{
        IdempotencyRepository, MailRequest, MailRequestRepository,
        idempotency::{Begun, Fingerprint, IdempotencyKey, StoredAnswer},
    },
    id::MailRequestId,
    store::StoreError,
    time::Timestamp,
};

use crate::{rows::Answer, unit::Unit};

#[async_trait]
impl IdempotencyRepository for Unit {
    /// A key without an answer belongs to a unit of work that did nothing worth repeating: it is free.
    async fn begin(
        &mut self,
        scope: &str,
        key: &IdempotencyKey,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let place = (scope.to_owned(), key.as_str().to_owned());
        self.run(|tables| {
            if let Some((stored, answer)) =
                tables.answers.get(&place).and_then(|row| Some((row.fingerprint, row.answer.clone()?)))
            {
                return Ok(if stored == fingerprint { Begun::Replay(answer) } else { Begun::Mismatch });
            }
            let (scope, key) = place;
            tables.answers.put(Answer { scope, key, fingerprint, created_at: now, answer: None });
            Ok(Begun::Fresh)
        })
    }

    async fn finish(
        &mut self,
        scope: &str,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let place = (scope.to_owned(), key.as_str().to_owned());
        self.run(|tables| {
            tables.answers.change(&place, |_| true, |row| row.answer = Some(answer.clone()));
            Ok(())
        })
    }
}

#[async_trait]
impl MailRequestRepository for Unit {
    async fn insert(&mut self, request: &MailRequest) -> Result<(), StoreError> {
        self.run(|tables| tables.mail_requests.add(request.clone()))
    }

    async fn take(&mut self, id: MailRequestId) -> Result<Option<MailRequest>, StoreError> {
        self.run(|tables| Ok(tables.mail_requests.remove(&id, |_| true)))
    }
}
