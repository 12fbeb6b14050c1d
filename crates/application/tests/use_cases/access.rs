//! Who may do what: every use case refuses the wrong caller before it asks or opens anything.

use std::collections::{BTreeMap, HashSet};

use dashtam_application::{
    Request,
    authorization::{
        AuthorizationError, CompleteAuthorization, Disconnect, GetAuthorizationStatus, LinkWithSecret,
        RefreshCredentials, StartAuthorization,
    },
    connections::{
        ConnectionError, CreateConnection, DeleteConnection, GetConnection, ListConnectionAudit,
        ListConnections, RenameConnection,
    },
    delivery::Dispatch,
    errors::CommonError,
    imports::{GetImport, ImportError, ImportStatement},
    ledger::{GetAccount, GetTransaction, LedgerError, ListAccounts, ListHoldings, ListTransactions},
    limits::StoreDenials,
    profile::GetProfile,
    registration::{Register, VerifyEmail},
    sessions::{Refresh, SessionError, SignOut},
    sign_in::SignInWithPassword,
    sync::{RequestSync, RunNextSync, SyncError},
};
use dashtam_domain::{
    access::{
        Access::{self, Public, System, User},
        AccessDenied,
        Effect::{Change, Command, Read},
    },
    call::Call,
    id::{AccountId, ConnectionId, ImportId, TransactionId},
    ledger::TransactionFilter,
    page::Limit,
};
use dashtam_testkit::builders::{at, id};

use crate::world::World;

fn rule<R: Request>() -> (&'static str, Access) {
    (R::NAME, R::ACCESS)
}

#[test]
fn every_use_case_has_its_rule_and_a_name_of_its_own() {
    let rules = [
        (rule::<Register>(), ("registration.register", Public)),
        (rule::<VerifyEmail>(), ("registration.verify_email", Public)),
        (rule::<SignInWithPassword>(), ("sign_in.with_password", Public)),
        (rule::<Refresh>(), ("sessions.refresh", Public)),
        (rule::<SignOut>(), ("sessions.sign_out", User(Change))),
        (rule::<GetProfile>(), ("profile.get", User(Read))),
        (rule::<StoreDenials>(), ("limits.store_denials", System)),
        (rule::<CreateConnection>(), ("connections.create", User(Change))),
        (rule::<RenameConnection>(), ("connections.rename", User(Change))),
        (rule::<DeleteConnection>(), ("connections.delete", User(Change))),
        (rule::<GetConnection>(), ("connections.get", User(Read))),
        (rule::<ListConnections>(), ("connections.list", User(Read))),
        (rule::<StartAuthorization>(), ("authorization.start", User(Change))),
        (rule::<CompleteAuthorization>(), ("authorization.complete", Public)),
        (rule::<GetAuthorizationStatus>(), ("authorization.status", User(Read))),
        (rule::<ListConnectionAudit>(), ("connections.audit_log", User(Read))),
        (rule::<LinkWithSecret>(), ("authorization.link_with_secret", User(Change))),
        (rule::<RefreshCredentials>(), ("authorization.refresh", User(Command))),
        (rule::<Disconnect>(), ("authorization.disconnect", User(Change))),
        (rule::<RequestSync>(), ("sync.request", User(Command))),
        (rule::<RunNextSync>(), ("sync.run_next", System)),
        (rule::<ListAccounts>(), ("accounts.list", User(Read))),
        (rule::<GetAccount>(), ("accounts.get", User(Read))),
        (rule::<ListHoldings>(), ("holdings.list", User(Read))),
        (rule::<ListTransactions>(), ("transactions.list", User(Read))),
        (rule::<GetTransaction>(), ("transactions.get", User(Read))),
        (rule::<ImportStatement>(), ("imports.create", User(Command))),
        (rule::<GetImport>(), ("imports.get", User(Read))),
        (rule::<Dispatch>(), ("delivery.dispatch", System)),
    ];
    for (rule, expected) in rules {
        assert_eq!(rule, expected);
    }
    let names: HashSet<_> = rules.iter().map(|(rule, _)| rule.0).collect();
    assert_eq!(names.len(), rules.len());
}

/// The refusal inside a service's error.
trait Refusal {
    fn denied(self) -> Option<AccessDenied>;
}

impl Refusal for CommonError {
    fn denied(self) -> Option<AccessDenied> {
        match self {
            Self::Denied(denied) => Some(denied),
            _ => None,
        }
    }
}

macro_rules! refuses {
    ($($error:ident),+) => {$(
        impl Refusal for $error {
            fn denied(self) -> Option<AccessDenied> {
                match self {
                    Self::Common(common) => common.denied(),
                    _ => None,
                }
            }
        }
    )+};
}

refuses!(SessionError, ConnectionError, AuthorizationError, SyncError, LedgerError, ImportError);

fn denied<T, E: Refusal>(result: Result<T, E>) -> Option<AccessDenied> {
    result.err().and_then(Refusal::denied)
}

/// What each use case for signed-in users says to this caller. Nothing is expected of the store or the queries.
async fn refusals(call: &Call) -> Vec<(&'static str, Option<AccessDenied>)> {
    let dashtam = World::new().build();
    let (connection, account, limit) = (ConnectionId(id()), AccountId(id()), Limit::default());
    let alias = || "Mine".parse().unwrap();
    let create = CreateConnection { provider_key: "sandbox".to_owned(), alias: alias() };
    let accounts = ListAccounts { connection: None, after: None, limit };
    let transactions = ListTransactions { filter: TransactionFilter::default(), after: None, limit };
    let trail = ListConnectionAudit { connection, before: None, limit };
    let secret = LinkWithSecret { connection, secrets: BTreeMap::new() };
    let file = ImportStatement { file_name: None, file: b"SCRIPT x".to_vec() };
    let sign_out = dashtam.sessions().sign_out(call, SignOut { refresh_token: None }).await;
    let connections = dashtam.connections();
    let authorization = dashtam.authorization();
    let ledger = dashtam.ledger();
    vec![
        ("sign_out", denied(sign_out)),
        ("profile", denied(dashtam.profile().get(call, GetProfile).await)),
        ("create", denied(connections.create(call, create).await)),
        ("rename", denied(connections.rename(call, RenameConnection { connection, alias: alias() }).await)),
        ("delete", denied(connections.delete(call, DeleteConnection { connection }).await)),
        ("get", denied(connections.get(call, GetConnection { connection }).await)),
        ("list", denied(connections.list(call, ListConnections { after: None, limit }).await)),
        ("start", denied(authorization.start(call, StartAuthorization { connection }).await)),
        ("status", denied(authorization.status(call, GetAuthorizationStatus { connection }).await)),
        ("audit_log", denied(connections.audit_log(call, trail).await)),
        ("secret", denied(authorization.link_with_secret(call, secret).await)),
        ("refresh", denied(authorization.refresh(call, RefreshCredentials { connection }).await)),
        ("disconnect", denied(authorization.disconnect(call, Disconnect { connection }).await)),
        ("sync", denied(dashtam.sync().request(call, RequestSync { connection }).await)),
        ("accounts", denied(ledger.accounts(call, accounts).await)),
        ("account", denied(ledger.account(call, GetAccount { account }).await)),
        ("holdings", denied(ledger.holdings(call, ListHoldings { account }).await)),
        ("transactions", denied(ledger.transactions(call, transactions).await)),
        (
            "transaction",
            denied(ledger.transaction(call, GetTransaction { transaction: TransactionId(id()) }).await),
        ),
        ("import", denied(dashtam.imports().create(call, file).await)),
        ("report", denied(dashtam.imports().get(call, GetImport { import: ImportId(id()) }).await)),
    ]
}

#[tokio::test]
async fn what_belongs_to_a_user_is_refused_to_nobody_and_to_the_program_itself() {
    for (call, expected) in
        [(Call::anonymous(at(0)), AccessDenied::Anonymous), (Call::system(at(0)), AccessDenied::Forbidden)]
    {
        for (use_case, refusal) in refusals(&call).await {
            assert_eq!(refusal, Some(expected), "{use_case}");
        }
    }
}

#[tokio::test]
async fn what_the_program_does_by_itself_is_refused_to_everybody_else() {
    let mut world = World::new();
    let dashtam = world.build();
    for (call, expected) in
        [(world.anonymous(), AccessDenied::Anonymous), (world.call(), AccessDenied::Forbidden)]
    {
        assert_eq!(denied(dashtam.sync().run_next(&call, RunNextSync).await), Some(expected));
        assert_eq!(denied(dashtam.delivery().dispatch(&call, Dispatch).await), Some(expected));
    }
}
