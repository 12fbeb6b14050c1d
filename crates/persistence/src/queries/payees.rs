//! [`PayeeQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{PayeeId, UserId},
    ledger::meaning::{Payee, PayeeQueries},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::{Iterable, prelude::Uuid};

use super::{SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{columns, payees},
};

static PAYEES: LazyLock<String> = LazyLock::new(|| {
    let payee = columns("p", payees::Column::iter());
    format!("SELECT {payee} FROM payees p WHERE p.user_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3")
});

#[async_trait]
impl PayeeQueries for SqlQueries {
    async fn payees(
        &self,
        owner: UserId,
        after: Option<PayeeId>,
        limit: Limit,
    ) -> Result<Page<Payee, PayeeId>, StoreError> {
        let after = after.map_or(Uuid::nil(), |after| after.0);
        let args = [Arg::Id(owner.0), Arg::Id(after), count(limit)];
        self.pool.page(&PAYEES, &args, limit, |payee: &Payee| payee.id).await
    }
}
