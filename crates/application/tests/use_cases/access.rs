//! Who may do what: every use case refuses the wrong caller before it asks or opens anything.

use std::collections::{BTreeMap, HashSet};

use dashtam_application::{
    Request,
    administration::{
        AdministrationError, CancelSecondFactorReset, CreateAdministrator, CreateUser, DeleteUser,
        EndUserSessions, GetUser, ListAdministrators, ListUsers, ResetDueSecondFactors, SetActive,
        SetAdministrator, StartPasswordReset, StartSecondFactorReset, UpdateUser, UserChange,
    },
    api_keys::{ApiKeyError, CreateApiKey, ListApiKeys, RevokeApiKey, RotateApiKey, TellKeyExpiry},
    audit::{ListAudit, ListOwnAudit, VerifyAudit},
    authorization::{
        AuthorizationError, CompleteAuthorization, Disconnect, GetAuthorizationStatus, GetTokenInfo,
        LinkWithSecret, RefreshCredentials, RefreshDue, StartAuthorization, TellExpiry,
    },
    connections::{
        ConnectionError, CreateConnection, DeleteConnection, GetConnection, ListConnectionAudit,
        ListConnections, RenameConnection,
    },
    delivery::{
        AnswerMailRequests, DeadLetterError, Dispatch, DropDeadLetter, ListDeadLetters, RetryDeadLetter,
    },
    errors::CommonError,
    imports::{GetImport, ImportError, ImportStatement},
    keys::{CountKeys, RotateValues},
    ledger::{
        GetAccount, GetTransaction, LedgerError, ListAccounts, ListBalances, ListHoldings, ListTransactions,
    },
    limits::StoreDenials,
    profile::{
        CancelDeletion, ChangePassword, ConfirmEmail, DeleteAccount, EraseDueAccount, ExportArchive,
        GetProfile, GetProfileDocument, ProfileError, RequestEmailChange, UndoEmailChange, UpdateProfile,
    },
    recovery::{CheckReset, CompleteReset, RequestReset},
    reference_import::CopyReference,
    registration::{Register, ResendVerification, VerifyEmail},
    second_factor::{
        ConfirmEmailCodes, ConfirmTotp, DisableEmailCodes, DisableTotp, EnrolEmailCodes, EnrolTotp,
        GetFactorStatus, ReplaceBackupCodes, SecondFactorError,
    },
    sessions::{
        DisownSession, EndReplaced, EndSession, EndSessions, FlushActivity, ListSessions, NoteOnSession,
        Refresh, SessionError, SignOut, Which,
    },
    sign_in::{
        AskStepUpCode, RequestLoginLink, ResendCode, SignInWithLink, SignInWithPassword,
        SignInWithSecondFactor, StepUp,
    },
    signing::{AdvanceSigningKeys, LoadSigningKeys, RotateSigningKey},
    sync::{RequestSync, RunNextSync, SyncError},
    token_rotation::{GetSecurityConfig, RotateEverybody, RotateUser, RotationError},
    upkeep::{InterruptImports, Purge},
};
use dashtam_domain::{
    access::{
        Access::{self, Administrator, Manager, Public, System, User},
        AccessDenied, Needs,
    },
    call::Call,
    id::{AccountId, ConnectionId, ImportId, OutboxId, SessionId, TransactionId, UserId},
    identity::{FactorMethod, PlainPassword, Scope, Scopes, SessionNote},
    ledger::TransactionFilter,
    page::Limit,
    secret::SecretText,
};
use dashtam_testkit::builders::{at, id};

use crate::world::World;

fn rule<R: Request>() -> (&'static str, Access) {
    (R::NAME, R::ACCESS)
}

#[test]
fn every_use_case_has_its_rule_and_a_name_of_its_own() {
    let admin_write = Needs::change(Scope::AdminWrite).fresh();
    let rules = [
        (rule::<Register>(), ("registration.register", Public)),
        (rule::<VerifyEmail>(), ("registration.verify_email", Public)),
        (rule::<ResendVerification>(), ("registration.resend_verification", Public)),
        (rule::<RequestReset>(), ("recovery.request", Public)),
        (rule::<CheckReset>(), ("recovery.check", Public)),
        (rule::<CompleteReset>(), ("recovery.complete", Public)),
        (rule::<UpdateProfile>(), ("profile.update", User(Needs::own_change()))),
        (rule::<ChangePassword>(), ("profile.change_password", User(Needs::own().with_password()))),
        (
            rule::<RequestEmailChange>(),
            ("profile.request_email_change", User(Needs::own_change().with_password())),
        ),
        (rule::<ConfirmEmail>(), ("profile.confirm_email", Public)),
        (rule::<UndoEmailChange>(), ("profile.undo_email_change", Public)),
        (rule::<DeleteAccount>(), ("profile.delete", User(Needs::own().with_password()))),
        (rule::<CancelDeletion>(), ("profile.cancel_deletion", Public)),
        (rule::<ExportArchive>(), ("profile.export", User(Needs::own()))),
        (rule::<EraseDueAccount>(), ("profile.erase_due", System)),
        (rule::<SignInWithPassword>(), ("sign_in.with_password", Public)),
        (rule::<RequestLoginLink>(), ("sign_in.request_link", Public)),
        (rule::<SignInWithLink>(), ("sign_in.with_link", Public)),
        (rule::<SignInWithSecondFactor>(), ("sign_in.with_second_factor", Public)),
        (rule::<ResendCode>(), ("sign_in.resend_code", Public)),
        (rule::<StepUp>(), ("sign_in.step_up", User(Needs::own()))),
        (rule::<AskStepUpCode>(), ("sign_in.ask_step_up_code", User(Needs::own()))),
        (rule::<Refresh>(), ("sessions.refresh", Public)),
        (rule::<SignOut>(), ("sessions.sign_out", User(Needs::own()))),
        (rule::<GetProfile>(), ("profile.get", User(Needs::read(Scope::ProfileRead)))),
        (rule::<StoreDenials>(), ("limits.store_denials", System)),
        (rule::<CreateConnection>(), ("connections.create", User(Needs::connection()))),
        (rule::<RenameConnection>(), ("connections.rename", User(Needs::connection()))),
        (rule::<DeleteConnection>(), ("connections.delete", User(Needs::connection()))),
        (rule::<GetConnection>(), ("connections.get", User(Needs::read(Scope::ConnectionsRead)))),
        (rule::<ListConnections>(), ("connections.list", User(Needs::read(Scope::ConnectionsRead)))),
        (rule::<StartAuthorization>(), ("authorization.start", User(Needs::connection()))),
        (rule::<CompleteAuthorization>(), ("authorization.complete", Public)),
        (
            rule::<GetAuthorizationStatus>(),
            ("authorization.status", User(Needs::read(Scope::ConnectionsRead))),
        ),
        (rule::<ListConnectionAudit>(), ("connections.audit_log", User(Needs::read(Scope::ConnectionsRead)))),
        (rule::<LinkWithSecret>(), ("authorization.link_with_secret", User(Needs::connection()))),
        (rule::<RefreshCredentials>(), ("authorization.refresh", User(Needs::command(Scope::SyncRun)))),
        (
            rule::<Disconnect>(),
            ("authorization.disconnect", User(Needs { commands: true, ..Needs::connection() })),
        ),
        (rule::<GetTokenInfo>(), ("authorization.token_info", User(Needs::read(Scope::ConnectionsRead)))),
        (rule::<RefreshDue>(), ("authorization.refresh_due", System)),
        (rule::<TellExpiry>(), ("authorization.tell_expiry", System)),
        (rule::<InterruptImports>(), ("upkeep.interrupt_imports", System)),
        (rule::<Purge>(), ("upkeep.purge", System)),
        (rule::<RequestSync>(), ("sync.request", User(Needs::command(Scope::SyncRun)))),
        (rule::<RunNextSync>(), ("sync.run_next", System)),
        (rule::<ListAccounts>(), ("accounts.list", User(Needs::read(Scope::AccountsRead)))),
        (rule::<GetAccount>(), ("accounts.get", User(Needs::read(Scope::AccountsRead)))),
        (rule::<ListBalances>(), ("balances.list", User(Needs::read(Scope::BalancesRead)))),
        (rule::<ListHoldings>(), ("holdings.list", User(Needs::read(Scope::HoldingsRead)))),
        (rule::<ListTransactions>(), ("transactions.list", User(Needs::read(Scope::TransactionsRead)))),
        (rule::<GetTransaction>(), ("transactions.get", User(Needs::read(Scope::TransactionsRead)))),
        (rule::<ImportStatement>(), ("imports.create", User(Needs::command(Scope::ImportsWrite)))),
        (rule::<GetImport>(), ("imports.get", User(Needs::read(Scope::ImportsWrite)))),
        (rule::<AnswerMailRequests>(), ("delivery.answer_mail_requests", System)),
        (rule::<Dispatch>(), ("delivery.dispatch", System)),
        (rule::<LoadSigningKeys>(), ("signing.load", System)),
        (rule::<AdvanceSigningKeys>(), ("signing.advance", System)),
        (rule::<RotateSigningKey>(), ("signing.rotate", Administrator(admin_write))),
        (rule::<RotateValues>(), ("keys.rotate", System)),
        (rule::<CountKeys>(), ("keys.count", System)),
        (rule::<CopyReference>(), ("reference_import.copy", System)),
        (rule::<ListDeadLetters>(), ("delivery.dead_letters", System)),
        (rule::<RetryDeadLetter>(), ("delivery.retry_dead_letter", System)),
        (rule::<DropDeadLetter>(), ("delivery.drop_dead_letter", System)),
        (rule::<ListSessions>(), ("sessions.list", User(Needs::own()))),
        (rule::<NoteOnSession>(), ("sessions.note", User(Needs::own()))),
        (rule::<EndSession>(), ("sessions.end", User(Needs::own()))),
        (rule::<EndSessions>(), ("sessions.end_many", User(Needs::own()))),
        (rule::<EndReplaced>(), ("sessions.end_replaced", Public)),
        (rule::<CreateApiKey>(), ("api_keys.create", User(Needs::own().fresh()))),
        (rule::<RotateApiKey>(), ("api_keys.rotate", User(Needs::own().fresh()))),
        (rule::<RevokeApiKey>(), ("api_keys.revoke", User(Needs::own()))),
        (rule::<ListApiKeys>(), ("api_keys.list", User(Needs::own()))),
        (rule::<TellKeyExpiry>(), ("api_keys.tell_expiry", System)),
        (rule::<DisownSession>(), ("sessions.disown", Public)),
        (rule::<FlushActivity>(), ("sessions.flush_activity", System)),
        (rule::<GetFactorStatus>(), ("second_factor.status", User(Needs::own()))),
        (rule::<EnrolTotp>(), ("second_factor.enrol_totp", User(Needs::own().fresh()))),
        (rule::<ConfirmTotp>(), ("second_factor.confirm_totp", User(Needs::own()))),
        (rule::<DisableTotp>(), ("second_factor.disable_totp", User(Needs::own()))),
        (rule::<EnrolEmailCodes>(), ("second_factor.enrol_email", User(Needs::own().fresh()))),
        (rule::<ConfirmEmailCodes>(), ("second_factor.confirm_email", User(Needs::own()))),
        (rule::<DisableEmailCodes>(), ("second_factor.disable_email", User(Needs::own().with_password()))),
        (rule::<ReplaceBackupCodes>(), ("second_factor.replace_backup_codes", User(Needs::own().fresh()))),
        (rule::<RotateUser>(), ("token_rotation.user", User(Needs::own()))),
        (
            rule::<RotateEverybody>(),
            ("token_rotation.global", Administrator(Needs::change(Scope::AdminWrite).fresh())),
        ),
        (
            rule::<GetSecurityConfig>(),
            ("token_rotation.security_config", Administrator(Needs::read(Scope::AdminRead))),
        ),
        (rule::<GetProfileDocument>(), ("profile.document", User(Needs::read(Scope::ProfileRead)))),
        (rule::<ListUsers>(), ("administration.list_users", Manager(Needs::read(Scope::AdminRead)))),
        (rule::<GetUser>(), ("administration.get_user", Manager(Needs::read(Scope::AdminRead)))),
        (rule::<CreateUser>(), ("administration.create_user", Manager(admin_write))),
        (rule::<UpdateUser>(), ("administration.update_user", Manager(admin_write))),
        (rule::<StartPasswordReset>(), ("administration.start_password_reset", Manager(admin_write))),
        (rule::<DeleteUser>(), ("administration.delete_user", Administrator(admin_write))),
        (rule::<EndUserSessions>(), ("administration.end_user_sessions", Administrator(admin_write))),
        (
            rule::<StartSecondFactorReset>(),
            ("administration.start_second_factor_reset", Administrator(admin_write)),
        ),
        (rule::<CancelSecondFactorReset>(), ("administration.cancel_second_factor_reset", Public)),
        (rule::<ResetDueSecondFactors>(), ("administration.reset_due_second_factors", System)),
        (rule::<SetActive>(), ("administration.set_active", System)),
        (rule::<CreateAdministrator>(), ("administration.create_administrator", System)),
        (rule::<ListAdministrators>(), ("administration.list_administrators", System)),
        (rule::<SetAdministrator>(), ("administration.set_administrator", System)),
        (rule::<ListOwnAudit>(), ("audit.list_own", User(Needs::own()))),
        (rule::<ListAudit>(), ("audit.list", Manager(Needs::read(Scope::AdminRead)))),
        (rule::<VerifyAudit>(), ("audit.verify", System)),
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

refuses!(
    AdministrationError,
    RotationError,
    ProfileError,
    SecondFactorError,
    SessionError,
    ConnectionError,
    AuthorizationError,
    SyncError,
    ApiKeyError,
    LedgerError,
    ImportError,
    DeadLetterError
);

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
    let (session, note) = (SessionId(id()), SessionNote::default());
    let rotate = RotateUser { user: UserId(id()), reason: "A reason".to_owned() };
    let sign_out = dashtam.sessions().sign_out(call, SignOut { refresh_token: None }).await;
    let password = || PlainPassword::presented("Correct-Horse-7").unwrap();
    let (profile, new_password) = (dashtam.profile(), SecretText::new("Another-Horse-8"));
    let change = ChangePassword { current_password: password(), new_password };
    let new_email = "new@example.com".parse().unwrap();
    let email = RequestEmailChange { new_email, password: password() };
    let factors = dashtam.second_factors();
    let code = || SecretText::new("123456");
    let off = DisableTotp { password: password(), method: FactorMethod::Totp, code: code() };
    let connections = dashtam.connections();
    let authorization = dashtam.authorization();
    let ledger = dashtam.ledger();
    let (keys, name) = (dashtam.api_keys(), "job".parse().unwrap());
    let wanted = CreateApiKey { name, scopes: Scopes::default(), days: 1, networks: Vec::new() };
    vec![
        ("sign_out", denied(sign_out)),
        ("profile", denied(dashtam.profile().get(call, GetProfile).await)),
        ("update", denied(profile.update(call, UpdateProfile::default()).await)),
        ("password", denied(profile.change_password(call, change).await)),
        ("email", denied(profile.request_email_change(call, email).await)),
        ("delete account", denied(profile.delete(call, DeleteAccount { password: password() }).await)),
        ("export", denied(profile.export(call, ExportArchive).await)),
        ("factor status", denied(factors.status(call, GetFactorStatus).await)),
        ("enrol totp", denied(factors.enrol_totp(call, EnrolTotp).await)),
        ("confirm totp", denied(factors.confirm_totp(call, ConfirmTotp { code: code() }).await)),
        ("disable totp", denied(factors.disable_totp(call, off).await)),
        ("enrol email", denied(factors.enrol_email(call, EnrolEmailCodes).await)),
        ("confirm email", denied(factors.confirm_email(call, ConfirmEmailCodes { code: code() }).await)),
        (
            "disable email",
            denied(factors.disable_email(call, DisableEmailCodes { password: password() }).await),
        ),
        ("backup codes", denied(factors.replace_backup_codes(call, ReplaceBackupCodes).await)),
        ("create", denied(connections.create(call, create).await)),
        ("rename", denied(connections.rename(call, RenameConnection { connection, alias: alias() }).await)),
        ("delete", denied(connections.delete(call, DeleteConnection { connection }).await)),
        ("get", denied(connections.get(call, GetConnection { connection }).await)),
        ("list", denied(connections.list(call, ListConnections { after: None, limit }).await)),
        ("start", denied(authorization.start(call, StartAuthorization { connection }).await)),
        ("status", denied(authorization.status(call, GetAuthorizationStatus { connection }).await)),
        ("token_info", denied(authorization.token_info(call, GetTokenInfo { connection }).await)),
        ("audit_log", denied(connections.audit_log(call, trail).await)),
        ("secret", denied(authorization.link_with_secret(call, secret).await)),
        ("refresh", denied(authorization.refresh(call, RefreshCredentials { connection }).await)),
        ("disconnect", denied(authorization.disconnect(call, Disconnect { connection }).await)),
        ("sync", denied(dashtam.sync().request(call, RequestSync { connection }).await)),
        ("accounts", denied(ledger.accounts(call, accounts).await)),
        ("account", denied(ledger.account(call, GetAccount { account }).await)),
        ("balances", denied(ledger.balances(call, ListBalances { after: None, limit }).await)),
        ("create key", denied(keys.create(call, wanted).await)),
        ("rotate key", denied(keys.rotate(call, RotateApiKey { key: session, grace_hours: 0 }).await)),
        ("revoke key", denied(keys.revoke(call, RevokeApiKey { key: session }).await)),
        ("keys", denied(keys.list(call, ListApiKeys).await)),
        ("holdings", denied(ledger.holdings(call, ListHoldings { account }).await)),
        ("transactions", denied(ledger.transactions(call, transactions).await)),
        (
            "transaction",
            denied(ledger.transaction(call, GetTransaction { transaction: TransactionId(id()) }).await),
        ),
        ("sessions", denied(dashtam.sessions().list(call, ListSessions { after: None, limit }).await)),
        ("note", denied(dashtam.sessions().note(call, NoteOnSession { session, note }).await)),
        ("end", denied(dashtam.sessions().end(call, EndSession { session }).await)),
        ("end_many", denied(dashtam.sessions().end_many(call, EndSessions { which: Which::All }).await)),
        ("rotate", denied(dashtam.token_rotation().user(call, rotate).await)),
        ("own_audit", denied(dashtam.audit().list_own(call, ListOwnAudit { before: None, limit }).await)),
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
        assert_eq!(denied(dashtam.profile().erase_due(&call, EraseDueAccount).await), Some(expected));
        let delivery = dashtam.delivery();
        let asked = delivery.answer_mail_requests(&call, AnswerMailRequests).await;
        assert_eq!(denied(asked), Some(expected));
        assert_eq!(denied(delivery.dispatch(&call, Dispatch).await), Some(expected));
        assert_eq!(denied(delivery.dead_letters(&call, ListDeadLetters::default()).await), Some(expected));
        let id = OutboxId(id());
        assert_eq!(denied(delivery.retry_dead_letter(&call, RetryDeadLetter { id }).await), Some(expected));
        assert_eq!(denied(delivery.drop_dead_letter(&call, DropDeadLetter { id }).await), Some(expected));
        let authorization = dashtam.authorization();
        assert_eq!(denied(authorization.refresh_due(&call, RefreshDue).await), Some(expected));
        assert_eq!(denied(authorization.tell_expiry(&call, TellExpiry).await), Some(expected));
        assert_eq!(denied(dashtam.api_keys().tell_expiry(&call, TellKeyExpiry).await), Some(expected));
        let upkeep = dashtam.upkeep();
        assert_eq!(denied(upkeep.interrupt_imports(&call, InterruptImports).await), Some(expected));
        assert_eq!(denied(upkeep.purge(&call, Purge).await), Some(expected));
        assert_eq!(denied(dashtam.sessions().flush_activity(&call, FlushActivity).await), Some(expected));
        assert_eq!(denied(dashtam.audit().verify(&call, VerifyAudit).await), Some(expected));
        let email = "ada@example.com".parse().unwrap();
        let request = SetAdministrator { email, administrator: true };
        let administration = dashtam.administration();
        assert_eq!(denied(administration.set_administrator(&call, request).await), Some(expected));
        let (email, name) = ("ada@example.com".parse().unwrap(), "Ada".parse().unwrap());
        let request = CreateAdministrator { email, name, mail: false };
        assert_eq!(denied(administration.create_administrator(&call, request).await), Some(expected));
        let request = SetActive { email: "ada@example.com".parse().unwrap(), active: true };
        assert_eq!(denied(administration.set_active(&call, request).await), Some(expected));
        let listed = administration.list_administrators(&call, ListAdministrators).await;
        assert_eq!(denied(listed), Some(expected));
        let reset = administration.reset_due_second_factors(&call, ResetDueSecondFactors).await;
        assert_eq!(denied(reset), Some(expected));
    }
}

#[tokio::test]
async fn what_concerns_everybody_is_refused_to_all_but_administrators() {
    let mut world = World::new();
    let dashtam = world.build();
    for (call, expected) in [
        (world.anonymous(), AccessDenied::Anonymous),
        (world.call(), AccessDenied::Forbidden),
        (world.system(), AccessDenied::Forbidden),
    ] {
        let rotation = dashtam.token_rotation();
        let rotate = RotateEverybody { reason: "A reason".to_owned(), grace_minutes: 0 };
        assert_eq!(denied(rotation.global(&call, rotate).await), Some(expected));
        assert_eq!(denied(rotation.security_config(&call, GetSecurityConfig).await), Some(expected));
        let administration = dashtam.administration();
        let user = UserId(id());
        assert_eq!(denied(administration.list_users(&call, ListUsers::default()).await), Some(expected));
        assert_eq!(denied(administration.get_user(&call, GetUser { user }).await), Some(expected));
        let (email, name) = ("ada@example.com".parse().unwrap(), "Ada".parse().unwrap());
        let create = CreateUser { email, name, change: UserChange::default() };
        assert_eq!(denied(administration.create_user(&call, create).await), Some(expected));
        let update = UpdateUser { user, change: UserChange::default() };
        assert_eq!(denied(administration.update_user(&call, update).await), Some(expected));
        assert_eq!(denied(administration.delete_user(&call, DeleteUser { user }).await), Some(expected));
        let ended = administration.end_user_sessions(&call, EndUserSessions { user }).await;
        assert_eq!(denied(ended), Some(expected));
        let reset = administration.start_password_reset(&call, StartPasswordReset { user }).await;
        assert_eq!(denied(reset), Some(expected));
        let reset = administration.start_second_factor_reset(&call, StartSecondFactorReset { user }).await;
        assert_eq!(denied(reset), Some(expected));
        let list = ListAudit { user: None, before: None, limit: Limit::default() };
        assert_eq!(denied(dashtam.audit().list(&call, list).await), Some(expected));
    }
    // Another's tokens are as little a user's business as somebody's who does not exist.
    let request = RotateUser { user: UserId(id()), reason: "A reason".to_owned() };
    let refused = dashtam.token_rotation().user(&world.call(), request).await;
    assert_eq!(denied(refused), Some(AccessDenied::Forbidden));
}
