//! [`SecurityQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{Security, SecurityQueries},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Guided, SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{columns, securities},
};

static SECURITY: LazyLock<String> = LazyLock::new(|| {
    let security = columns("s", securities::Column::iter());
    format!("SELECT {security} FROM securities s WHERE s.user_id = $1 AND s.id = $2")
});
static SECURITIES: LazyLock<Guided> = LazyLock::new(|| {
    let security = columns("s", securities::Column::iter());
    Guided::by("uq_securities_user_id_id", |index| {
        format!(
            "SELECT {security} FROM securities s{index} WHERE s.user_id = $1 AND s.id > $2 ORDER BY s.id LIMIT $3"
        )
    })
});

#[async_trait]
impl SecurityQueries for SqlQueries {
    async fn security(&self, owner: UserId, id: SecurityId) -> Result<Option<Security>, StoreError> {
        self.pool.row(&SECURITY, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn securities(
        &self,
        owner: UserId,
        after: Option<SecurityId>,
        limit: Limit,
    ) -> Result<Page<Security, SecurityId>, StoreError> {
        let after = Arg::Id(after.map_or_else(Uuid::nil, |id| id.0));
        let args = [Arg::Id(owner.0), after, count(limit)];
        self.pool.page(SECURITIES.of(&self.pool), &args, limit, |last: &Security| last.id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::ledger::tests::{plan, schema};

    #[tokio::test]
    async fn the_list_is_a_range_of_its_index() {
        let plan = plan(&schema().await, &SECURITIES.sqlite).await;
        assert!(plan.contains("(user_id=? AND id>?)") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
