//! [`OneTimeTokenRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{OneTimeToken, OneTimeTokenRepository, Purpose},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};

use crate::{
    mark::{Mark, hash_key},
    unit::Unit,
};

fn purpose_of(token: &OneTimeToken) -> Mark {
    Mark::Purpose(token.user, token.purpose.as_str())
}

#[async_trait]
impl OneTimeTokenRepository for Unit {
    async fn issue(&mut self, token: &OneTimeToken) -> Result<bool, StoreError> {
        self.run(|tables| {
            tables.needs_user(token.user)?;
            let key = hash_key(&token.hash);
            if token.purpose.earlier_stay_good() {
                let again = tables.one_time_tokens.change(
                    &key,
                    |_| true,
                    |stored| stored.expires_at = token.expires_at,
                );
                return if again {
                    Ok(true)
                } else {
                    tables.one_time_tokens.add(token.clone()).map(|()| true)
                };
            }
            let there = tables.one_time_tokens.first(&purpose_of(token));
            if there.is_some_and(|there| there.created_at > token.created_at) {
                return Ok(false);
            }
            tables.one_time_tokens.remove_marked(&purpose_of(token), |_| true);
            tables.one_time_tokens.add(token.clone()).map(|()| true)
        })
    }

    async fn prolong(&mut self, token: &OneTimeToken) -> Result<bool, StoreError> {
        let same = |stored: &OneTimeToken| stored.user == token.user && stored.purpose == token.purpose;
        self.run(|tables| {
            let key = hash_key(&token.hash);
            Ok(tables.one_time_tokens.change(&key, same, |stored| stored.expires_at = token.expires_at))
        })
    }

    async fn revoke(&mut self, user: UserId, purposes: &[Purpose]) -> Result<(), StoreError> {
        self.run(|tables| {
            for purpose in purposes {
                tables.one_time_tokens.remove_marked(&Mark::Purpose(user, purpose.as_str()), |_| true);
            }
            Ok(())
        })
    }

    async fn redeem(
        &mut self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        self.run(|tables| {
            let live = |token: &OneTimeToken| token.purpose == purpose && token.expires_at >= now;
            let token = tables.one_time_tokens.remove(&hash_key(hash), live);
            if let Some(token) = &token {
                tables.one_time_tokens.remove_marked(&purpose_of(token), |_| true);
            }
            Ok(token)
        })
    }
}
