//! Provider instances, their credentials, authorizations under way and sync runs.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const OWNED: &[&str] = &["user_id", "connection_id"];
const PROVIDER: (&str, &[&str]) = ("providers", &["user_id", "id"]);

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let providers = table(
            "providers",
            [
                id(),
                uuid("user_id"),
                short("provider_key", 50),
                short("alias", 255),
                word("status", &["pending", "active", "expired", "revoked", "error"]),
                maybe_time("connected_at"),
                maybe_time("last_sync_at"),
                maybe_time("next_sync_at"),
                int("sync_frequency_minutes"),
                maybe_text("error_message"),
                int("error_count"),
                int("accounts_count"),
                time("created_at"),
                time("updated_at"),
                int("revision"),
            ],
        )
        .foreign_key(&mut belongs(("providers", &["user_id"]), ("users", &["id"])))
        .take();
        let credentials = table(
            "provider_credentials",
            [
                uuid("connection_id").primary_key().take(),
                uuid("user_id"),
                text("access_token_encrypted"),
                maybe_text("refresh_token_encrypted"),
                maybe_text("id_token_encrypted"),
                text("token_type"),
                maybe_text("scope"),
                maybe_time("expires_at"),
                maybe_time("grant_expires_at"),
                maybe_time("refresh_lease_until"),
                maybe_time("last_refreshed_at"),
                int("refresh_count"),
                time("created_at"),
                time("updated_at"),
                int("revision"),
            ],
        )
        .foreign_key(&mut belongs(("provider_credentials", OWNED), PROVIDER))
        .take();
        let pending = table(
            "pending_authorizations",
            [
                id(),
                uuid("user_id"),
                uuid("connection_id"),
                hash("state_hash"),
                text("verifier_encrypted"),
                time("created_at"),
                time("expires_at"),
            ],
        )
        .foreign_key(&mut belongs(("pending_authorizations", OWNED), PROVIDER))
        .take();
        let sync_runs = table(
            "sync_runs",
            [
                id(),
                uuid("user_id"),
                uuid("connection_id"),
                word("state", &["queued", "running", "completed", "failed"]),
                time("requested_at"),
                maybe_time("started_at"),
                maybe_time("finished_at"),
                maybe_time("lease_until"),
                int("accounts"),
                int("added"),
                int("updated"),
                int("removed"),
                int("refused"),
                maybe_text("error"),
            ],
        )
        .foreign_key(&mut belongs(("sync_runs", OWNED), PROVIDER))
        .take();
        // At most one run per connection is queued or running, whoever asks at the same time.
        let open = || Expr::cust("state IN ('queued', 'running')");
        // What is referred to has to be unique before the first reference is made.
        let own = [unique("providers", &["user_id", "id"]), unique("providers", &["user_id", "alias"])];
        create(manager, [providers], own).await?;
        create(
            manager,
            [credentials, pending, sync_runs],
            [
                index("provider_credentials", OWNED),
                unique("pending_authorizations", OWNED),
                unique("pending_authorizations", &["state_hash"]),
                unique("sync_runs", OWNED).and_where(open()).take(),
                index("sync_runs", &["user_id", "connection_id", "requested_at", "id"]),
                // The queue of all users: only what waits or runs is in it, so it stays small.
                index("sync_runs", &["requested_at", "id"]).and_where(open()).take(),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["sync_runs", "pending_authorizations", "provider_credentials", "providers"]).await
    }
}
