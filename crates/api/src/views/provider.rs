//! The provider catalogue and provider instances.

use dashtam_application::ledger::AccountCoverage;
use dashtam_domain::{
    connections::{ConnectionHealth, ConnectionOverview, ProviderDescriptor},
    time::Timestamp,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Date, Id, Moment, SyncRunView, seconds_left};

/// An institution of the catalogue.
#[derive(Serialize, ToSchema)]
#[schema(as = ProviderType)]
pub(crate) struct ProviderTypeView<'a> {
    key: &'a str,
    name: &'a str,
    /// `brokerage`, `banking`, `aggregator`, `crypto` or `credit_card`.
    provider_type: &'static str,
    description: &'a str,
    icon_url: Option<&'a str>,
    /// Whether this installation has what it needs to use it.
    is_configured: bool,
    supported_features: Vec<&'static str>,
}

impl<'a> From<&'a ProviderDescriptor> for ProviderTypeView<'a> {
    fn from(descriptor: &'a ProviderDescriptor) -> Self {
        Self {
            key: descriptor.key.as_str(),
            name: &descriptor.name,
            provider_type: descriptor.provider_type.as_str(),
            description: &descriptor.description,
            icon_url: descriptor.icon_url.as_deref(),
            is_configured: descriptor.missing_configuration.is_none(),
            supported_features: descriptor.features.iter().map(|feature| feature.as_str()).collect(),
        }
    }
}

/// A user's provider instance.
#[derive(Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderView<'a> {
    id: Id,
    provider_key: &'a str,
    /// The user's own name for it.
    alias: &'a str,
    /// `pending`, `active`, `expired`, `revoked` or `error`.
    status: &'static str,
    is_connected: bool,
    /// Whether it has to be linked, for the first time or anew: it never was, or the grant is dead or given up.
    /// Failures of another kind (`error`) are not mended by that.
    needs_reconnection: bool,
    connected_at: Option<Moment>,
    last_sync_at: Option<Moment>,
    next_sync_at: Option<Moment>,
    accounts_count: i32,
    /// Planned minutes between synchronisations.
    sync_frequency_minutes: i32,
    /// Whether it is switched on. While it is off, nothing is synchronised and no tokens are refreshed.
    is_active: bool,
    /// What its owner noted of it: a JSON object.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    /// When the institution's authorization ends and has to be given again; null when it sets no such end.
    grant_expires_at: Option<Moment>,
    /// Seconds left until then; 0 once it has ended.
    grant_expires_in: Option<i64>,
    /// Failures one after the other; three make an `error` of the status.
    error_count: i32,
    /// What went wrong last.
    error_message: Option<&'a str>,
    created_at: Moment,
    updated_at: Moment,
    /// Its newest synchronisation.
    last_sync: Option<SyncRunView<'a>>,
    health: ProviderHealthView<'a>,
}

/// Of which days the transactions of an account are known.
#[derive(Serialize, ToSchema)]
#[schema(as = Coverage)]
pub(crate) struct CoverageView {
    account_id: Id,
    /// The first day of which all transactions were told; null while nobody knows.
    from: Option<Date>,
    /// The last one.
    to: Option<Date>,
}

impl From<&AccountCoverage> for CoverageView {
    fn from(coverage: &AccountCoverage) -> Self {
        Self {
            account_id: Id(coverage.account.0),
            from: coverage.days.map(|days| Date(days.from)),
            to: coverage.days.map(|days| Date(days.to)),
        }
    }
}

/// Whether the data of a provider instance are fresh, and if not, why and what to do.
#[derive(Serialize, ToSchema)]
#[schema(as = ProviderHealth)]
pub(crate) struct ProviderHealthView<'a> {
    /// When all data last came in.
    last_success_at: Option<Moment>,
    /// When they should next come in.
    next_sync_at: Option<Moment>,
    /// Since when the data are older than twice the planned time; null while they are fresh.
    stale_since: Option<Moment>,
    /// What is wrong.
    why: Option<&'a str>,
    /// Of which days the transactions of each account are known; null in lists.
    coverage: Option<Vec<CoverageView>>,
    /// What a person can do: `none`, `wait` (it is tried again by itself), `reauthorize` (link it), `check_bank` (look at
    /// the institution's own site) or `raise_issue` (tell the operator of this installation).
    what_to_do: &'static str,
}

impl<'a> From<ConnectionHealth<'a>> for ProviderHealthView<'a> {
    fn from(health: ConnectionHealth<'a>) -> Self {
        Self {
            last_success_at: health.last_success_at.map(Moment),
            next_sync_at: health.next_sync_at.map(Moment),
            stale_since: health.stale_since.map(Moment),
            why: health.why,
            coverage: None,
            what_to_do: health.what_to_do.as_str(),
        }
    }
}

impl<'a> ProviderView<'a> {
    /// The same with the days of which transactions are known.
    pub(crate) fn covering(mut self, coverage: &[AccountCoverage]) -> Self {
        self.health.coverage = Some(coverage.iter().map(CoverageView::from).collect());
        self
    }

    pub(crate) fn new(overview: &'a ConnectionOverview, now: Timestamp) -> Self {
        let connection = &overview.connection;
        Self {
            id: Id(connection.id.0),
            provider_key: connection.provider.as_str(),
            alias: connection.alias.as_str(),
            status: connection.state.as_str(),
            is_connected: connection.is_connected(),
            needs_reconnection: connection.needs_reconnection(),
            connected_at: connection.connected_at.map(Moment),
            last_sync_at: connection.last_sync_at.map(Moment),
            next_sync_at: connection.next_sync_at.map(Moment),
            accounts_count: connection.accounts_count,
            sync_frequency_minutes: connection.sync_frequency_minutes,
            is_active: connection.is_active,
            metadata: connection.metadata.object(),
            grant_expires_at: overview.grant_expires_at.map(Moment),
            grant_expires_in: overview.grant_expires_at.map(|end| seconds_left(end, now)),
            error_count: connection.error_count,
            error_message: connection.error_message.as_deref(),
            created_at: Moment(connection.created_at),
            updated_at: Moment(connection.updated_at),
            last_sync: overview.latest_run.as_ref().map(SyncRunView::from),
            health: ConnectionHealth::of(overview, now).into(),
        }
    }
}
