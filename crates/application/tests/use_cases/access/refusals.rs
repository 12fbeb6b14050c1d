//! The wrong caller is refused, by each use case, with nothing expected of the store or the queries.

use std::collections::BTreeMap;

use dashtam_application::{
    administration::{
        AdministrationError, CreateAdministrator, CreateUser, DeleteUser, EndUserSessions, GetUser,
        LiftLocks, ListAdministrators, ListUsers, NameUsers, ResetDueSecondFactors, SetActive,
        SetAdministrator, StartPasswordReset, StartSecondFactorReset, UpdateUser, UserChange, WelcomeBack,
    },
    api_keys::{ApiKeyError, CreateApiKey, ListApiKeys, RevokeApiKey, RotateApiKey, TellKeyExpiry},
    audit::{ListAudit, ListOwnAudit, VerifyAudit},
    authorization::{
        AuthorizationError, Disconnect, GetAuthorizationStatus, GetTokenInfo, LinkWithSecret,
        PollAuthorization, RefreshCredentials, RefreshDue, StartAuthorization, TellExpiry,
    },
    connections::{
        ConnectionChange, ConnectionError, CreateConnection, DeleteConnection, GetConnection,
        ListConnectionAudit, ListConnections, UpdateConnection,
    },
    corrections::{
        BulkCorrect, CorrectAccount, CorrectTransaction, CorrectionError, StateBalance, TakeBackBalance,
        TakeBackOfAccount, TakeBackOfTransaction, UndoBulkCorrect,
    },
    delivery::{
        AnswerMailRequests, DeadLetterError, Dispatch, DropDeadLetter, GetDeadLetter, ListDeadLetters,
        RetryDeadLetter,
    },
    errors::CommonError,
    factor::{
        ConfirmEmailCodes, ConfirmTotp, DisableEmailCodes, DisableTotp, EnrolEmailCodes, EnrolTotp,
        GetFactorStatus, ReplaceBackupCodes, SecondFactorError,
    },
    imports::{GetImport, ImportError, ImportStatement, ListImports, PreviewImport, UndoImport},
    keystore::{GetNewestKey, SigningError},
    ledger::{
        GetAccount, GetTransaction, LedgerError, ListAccounts, ListBalances, ListHoldings, ListTransactions,
        ShowCoverage,
    },
    profile::{
        ChangePassword, DeleteAccount, EraseDueAccount, ExportArchive, GetProfile, ProfileError,
        RequestEmailChange, UpdateProfile,
    },
    reconciliations::{
        AcceptMatch, GetMatch, ListMatches, MergeTransactions, ReconciliationError, RejectMatch, UndoMatch,
    },
    sessions::{
        EndSession, EndSessions, FlushActivity, ListSessions, NoteOnSession, SessionError, SignOut, Which,
    },
    sync::{CancelSync, GetSync, ListSyncs, PlanSyncs, RequestSync, RunNextSync, SyncError},
    token_rotation::{GetSecurityConfig, RotateEverybody, RotateUser, RotationError},
    upkeep::{
        AdmitUser, CheckDays, CheckSample, InterruptImports, MeasureBacklog, Purge, ShowHealth, ShowWork,
    },
};
use dashtam_domain::{
    access::AccessDenied,
    call::Call,
    id::{
        AccountId, BulkEditId, ConnectionId, DecisionId, ImportId, OutboxId, SessionId, SyncRunId,
        TransactionId, UserId,
    },
    identity::{FactorMethod, PlainPassword, Scopes, SessionNote},
    ledger::{
        AccountChange, AccountField, BulkChange, ImportFilter, TransactionChange, TransactionField,
        TransactionFilter,
    },
    page::Limit,
    secret::SecretText,
};
use dashtam_testkit::{
    builders::{self, at, id},
    mocks::MockUnitOfWork,
};

use crate::world::{World, unkept};

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
    CorrectionError,
    AuthorizationError,
    SyncError,
    ApiKeyError,
    LedgerError,
    ImportError,
    ReconciliationError,
    DeadLetterError,
    SigningError
);

fn denied<T, E: Refusal>(result: Result<T, E>) -> Option<AccessDenied> {
    result.err().and_then(Refusal::denied)
}

/// What each use case for signed-in users says to this caller. Nothing is expected of the store or the queries.
async fn refusals(call: &Call) -> Vec<(&'static str, Option<AccessDenied>)> {
    let dashtam = World::new().build();
    let (connection, account, limit) = (ConnectionId(id()), AccountId(id()), Limit::default());
    let alias = || "Mine".parse().unwrap();
    let run = SyncRunId(id());
    let (decision, matches) = (DecisionId(id()), dashtam.reconciliations());
    let merge = MergeTransactions { transaction: TransactionId(id()), other: TransactionId(id()) };
    let list_syncs = ListSyncs { connection, after: None, limit };
    let create = CreateConnection { provider_key: "sandbox".to_owned(), alias: alias() };
    let accounts = ListAccounts { connection: None, after: None, limit };
    let transactions = ListTransactions { asked: TransactionFilter::default().into(), after: None, limit };
    let trail = ListConnectionAudit { connection, before: None, limit };
    let secret = LinkWithSecret { connection, secrets: BTreeMap::new() };
    let file =
        || ImportStatement { file_name: None, file: b"SCRIPT x".to_vec(), account: None, profile: None };
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
    let (corrections, transaction) = (dashtam.corrections(), TransactionId(id()));
    let correct = CorrectTransaction { transaction, change: TransactionChange::default() };
    let correct_many = BulkCorrect { transactions: vec![transaction], change: BulkChange::default() };
    let undo_many = UndoBulkCorrect { edit: BulkEditId(id()) };
    let take_back = TakeBackOfTransaction { transaction, field: TransactionField::Note };
    let correct_account = CorrectAccount { account, change: AccountChange::default() };
    let state = StateBalance { account, day: builders::day(1), balance: builders::decimal("1") };
    let of_balance = TakeBackBalance { account, day: builders::day(1) };
    let of_account = TakeBackOfAccount { account, field: AccountField::Name };
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
        ("create", denied(connections.create(call, create, unkept).await)),
        (
            "update",
            denied(
                connections
                    .update(call, UpdateConnection { connection, change: ConnectionChange::default() })
                    .await,
            ),
        ),
        ("delete", denied(connections.delete(call, DeleteConnection { connection }).await)),
        ("get", denied(connections.get(call, GetConnection { connection }).await)),
        ("list", denied(connections.list(call, ListConnections { after: None, limit }).await)),
        ("start", denied(authorization.start(call, StartAuthorization { connection }).await)),
        ("status", denied(authorization.status(call, GetAuthorizationStatus { connection }).await)),
        ("token_info", denied(authorization.token_info(call, GetTokenInfo { connection }).await)),
        ("audit_log", denied(connections.audit_log(call, trail).await)),
        ("secret", denied(authorization.link_with_secret(call, secret).await)),
        ("poll", denied(authorization.poll(call, PollAuthorization { connection }).await)),
        ("refresh", denied(authorization.refresh(call, RefreshCredentials { connection }).await)),
        ("disconnect", denied(authorization.disconnect(call, Disconnect { connection }).await)),
        ("sync", denied(dashtam.sync().request(call, RequestSync { connection }, unkept).await)),
        ("cancel a sync", denied(dashtam.sync().cancel(call, CancelSync { run }).await)),
        ("list syncs", denied(dashtam.sync().list(call, list_syncs).await)),
        ("get a sync", denied(dashtam.sync().get(call, GetSync { run }).await)),
        ("matches", denied(matches.list(call, ListMatches { state: None, after: None, limit }).await)),
        ("match", denied(matches.get(call, GetMatch { decision }).await)),
        ("accept", denied(matches.accept(call, AcceptMatch { decision }).await)),
        ("reject", denied(matches.reject(call, RejectMatch { decision }).await)),
        ("undo", denied(matches.undo(call, UndoMatch { decision }).await)),
        ("merge", denied(matches.merge(call, merge, unkept).await)),
        ("accounts", denied(ledger.accounts(call, accounts).await)),
        ("account", denied(ledger.account(call, GetAccount { account }).await)),
        ("coverage", denied(ledger.coverage(call, ShowCoverage { connection }).await)),
        ("balances", denied(ledger.balances(call, ListBalances { after: None, limit }).await)),
        ("create key", denied(keys.create(call, wanted, unkept).await)),
        (
            "rotate key",
            denied(keys.rotate(call, RotateApiKey { key: session, grace_hours: 0 }, unkept).await),
        ),
        ("revoke key", denied(keys.revoke(call, RevokeApiKey { key: session }).await)),
        ("keys", denied(keys.list(call, ListApiKeys).await)),
        ("holdings", denied(ledger.holdings(call, ListHoldings { account }).await)),
        ("transactions", denied(ledger.transactions(call, transactions).await)),
        (
            "transaction",
            denied(ledger.transaction(call, GetTransaction { transaction: TransactionId(id()) }).await),
        ),
        ("correct", denied(corrections.correct_transaction(call, correct).await)),
        ("correct many", denied(corrections.bulk_correct(call, correct_many, unkept).await)),
        ("take many back", denied(corrections.undo_bulk(call, undo_many).await)),
        ("take back", denied(corrections.take_back_of_transaction(call, take_back).await)),
        ("correct an account", denied(corrections.correct_account(call, correct_account).await)),
        ("state a balance", denied(corrections.state_balance(call, state).await)),
        ("take a balance back", denied(corrections.take_back_balance(call, of_balance).await)),
        ("take back of an account", denied(corrections.take_back_of_account(call, of_account).await)),
        ("sessions", denied(dashtam.sessions().list(call, ListSessions { after: None, limit }).await)),
        ("note", denied(dashtam.sessions().note(call, NoteOnSession { session, note }).await)),
        ("end", denied(dashtam.sessions().end(call, EndSession { session }).await)),
        ("end_many", denied(dashtam.sessions().end_many(call, EndSessions { which: Which::All }).await)),
        ("rotate", denied(dashtam.token_rotation().user(call, rotate).await)),
        ("own_audit", denied(dashtam.audit().list_own(call, ListOwnAudit { before: None, limit }).await)),
        ("import", denied(dashtam.imports().create(call, file(), unkept).await)),
        (
            "preview",
            denied(
                dashtam.imports().preview(call, PreviewImport { statement: file(), after: 0, limit }).await,
            ),
        ),
        ("undo", denied(dashtam.imports().undo(call, UndoImport { import: ImportId(id()) }).await)),
        (
            "imports",
            denied(
                dashtam
                    .imports()
                    .list(call, ListImports { filter: ImportFilter::default(), after: None, limit })
                    .await,
            ),
        ),
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
        assert_eq!(denied(dashtam.sync().plan(&call, PlanSyncs).await), Some(expected));
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
        let request = AdmitUser { user: world.owner };
        assert_eq!(denied(upkeep.admit_user(&call, request).await), Some(expected));
        let days = CheckDays { from: AccountId(builders::id()), repair: true };
        assert_eq!(denied(upkeep.check_days(&call, days).await), Some(expected));
        assert_eq!(denied(upkeep.check_sample(&call, CheckSample).await), Some(expected));
        assert_eq!(denied(upkeep.interrupt_imports(&call, InterruptImports).await), Some(expected));
        assert_eq!(denied(upkeep.measure_backlog(&call, MeasureBacklog).await), Some(expected));
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
        let (request, mut unit) = (WelcomeBack { user: world.owner }, MockUnitOfWork::new());
        let welcome = administration.welcome_back(&call, &mut unit, request).await;
        assert_eq!(denied(welcome), Some(expected));
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
        let rotate = RotateEverybody { reason: "A reason".to_owned(), grace_minutes: 0, version: None };
        assert_eq!(denied(rotation.global(&call, rotate).await), Some(expected));
        assert_eq!(denied(rotation.security_config(&call, GetSecurityConfig).await), Some(expected));
        let administration = dashtam.administration();
        let user = UserId(id());
        assert_eq!(denied(administration.list_users(&call, ListUsers::default()).await), Some(expected));
        assert_eq!(denied(administration.get_user(&call, GetUser { user }).await), Some(expected));
        let named = administration.name_users(&call, NameUsers { users: vec![user] }).await;
        assert_eq!(denied(named), Some(expected));
        let (email, name) = ("ada@example.com".parse().unwrap(), "Ada".parse().unwrap());
        let create = CreateUser { email, name, change: UserChange::default() };
        assert_eq!(denied(administration.create_user(&call, create, unkept).await), Some(expected));
        let update = UpdateUser { user, change: UserChange::default(), revision: None };
        assert_eq!(denied(administration.update_user(&call, update).await), Some(expected));
        assert_eq!(denied(administration.delete_user(&call, DeleteUser { user }).await), Some(expected));
        let lifted = administration.lift_locks(&call, LiftLocks { user }).await;
        assert_eq!(denied(lifted), Some(expected));
        let ended = administration.end_user_sessions(&call, EndUserSessions { user }).await;
        assert_eq!(denied(ended), Some(expected));
        let reset = administration.start_password_reset(&call, StartPasswordReset { user }, unkept).await;
        assert_eq!(denied(reset), Some(expected));
        let reset = administration.start_second_factor_reset(&call, StartSecondFactorReset { user }).await;
        assert_eq!(denied(reset), Some(expected));
        let list = ListAudit { user: None, before: None, limit: Limit::default() };
        assert_eq!(denied(dashtam.audit().list(&call, list).await), Some(expected));
        let letter = GetDeadLetter { id: OutboxId(id()) };
        assert_eq!(denied(dashtam.delivery().dead_letter(&call, letter).await), Some(expected));
        assert_eq!(denied(dashtam.signing().newest(&call, GetNewestKey).await), Some(expected));
        assert_eq!(denied(dashtam.upkeep().show_work(&call, ShowWork).await), Some(expected));
        assert_eq!(denied(dashtam.upkeep().show_health(&call, ShowHealth).await), Some(expected));
    }
    // Another's tokens are as little a user's business as somebody's who does not exist.
    let request = RotateUser { user: UserId(id()), reason: "A reason".to_owned() };
    let refused = dashtam.token_rotation().user(&world.call(), request).await;
    assert_eq!(denied(refused), Some(AccessDenied::Forbidden));
}
