//! The storage contract on both engines.

mod support;

mod sqlite {
    use super::support::{Guard, sqlite};
    use dashtam_domain::store::Storage;

    async fn fresh(_test: &str) -> Option<(Storage, Guard)> {
        let (database, guard) = sqlite().await;
        Some((database.storage, guard))
    }

    dashtam_contract::storage_contract!(fresh);
}

mod postgres {
    use super::support::{Guard, postgres};
    use dashtam_domain::store::Storage;

    async fn fresh(test: &str) -> Option<(Storage, Guard)> {
        let (database, guard) = postgres(test).await?;
        Some((database.storage, guard))
    }

    dashtam_contract::storage_contract!(fresh);
}
