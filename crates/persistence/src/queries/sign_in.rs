//! What a sign-in, a verification or a recovery waits for.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    identity::{Challenge, OneTimeToken, Purpose, SignInBudget, SignInQueries},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{auth_challenges, columns, one_time_tokens, sign_in_budgets},
};

static SIGN_IN_BUDGETS: LazyLock<String> = LazyLock::new(|| {
    let budget = columns("b", sign_in_budgets::Column::iter());
    format!("SELECT {budget} FROM sign_in_budgets b WHERE b.subject IN ($1, $2, $3)")
});
static ONE_TIME_TOKEN: LazyLock<String> = LazyLock::new(|| {
    let token = columns("t", one_time_tokens::Column::iter());
    format!(
        "SELECT {token} FROM one_time_tokens t WHERE t.token_hash = $1 AND t.purpose = $2 AND t.expires_at >= $3"
    )
});
static CHALLENGE: LazyLock<String> = LazyLock::new(|| {
    let challenge = columns("c", auth_challenges::Column::iter());
    format!("SELECT {challenge} FROM auth_challenges c WHERE c.token_hash = $1")
});

#[async_trait]
impl SignInQueries for SqlQueries {
    async fn one_time_token(
        &self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let hash = hash.to_hex();
        let args = [Arg::Text(&hash), Arg::Text(purpose.as_str()), Arg::Time(now.as_chrono())];
        self.pool.row(&ONE_TIME_TOKEN, &args).await
    }

    async fn challenge(&self, hash: &SecretHash) -> Result<Option<Challenge>, StoreError> {
        self.pool.row(&CHALLENGE, &[Arg::Text(&hash.to_hex())]).await
    }

    async fn sign_in_budgets(&self, subjects: &[SecretHash]) -> Result<Vec<SignInBudget>, StoreError> {
        // Three at most; a shorter list repeats its first.
        let hex: Vec<String> = subjects.iter().map(SecretHash::to_hex).collect();
        let Some(first) = hex.first() else { return Ok(Vec::new()) };
        let subject = |place: usize| Arg::Text(hex.get(place).unwrap_or(first));
        self.pool.rows(&SIGN_IN_BUDGETS, &[subject(0), subject(1), subject(2)]).await
    }
}
