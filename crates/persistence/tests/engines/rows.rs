//! What is really stored, what goes with a user, and rows that break a rule or come of another version.

use dashtam_domain::{
    delivery::AskedMail,
    id::{AccountId, DenialId, TransactionId},
    ledger::{BalancePoint, BalanceSource},
    page::Limit,
    rate_limit::DenialCount,
    record::Record,
    store::StoreError,
};
use dashtam_testkit::builders::{self, at, decimal};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{both, count, fill, raw, texts};

#[tokio::test(flavor = "multi_thread")]
async fn refused_requests_are_recorded_and_stay_as_they_are() {
    for (database, guard) in both("refused_requests_are_recorded_and_stay_as_they_are").await {
        let count = |number: u32, identifier: Option<&str>| DenialCount {
            id: DenialId(builders::id()),
            rule: "login",
            endpoint: "POST /api/v1/auth/login".to_owned(),
            identifier: identifier.map(str::to_owned),
            address: identifier.map(|_| [192, 0, 2, 7].into()),
            limit: 20,
            window_seconds: 240,
            count: number,
            minute: at(60),
        };
        // More than one statement takes.
        let counts: Vec<_> = (0..1_201).map(|number| count(number, Some("address:0f"))).collect();
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.denials().append(&counts, at(75)).await.unwrap();
        unit.denials().append(&[count(9_999, None)], at(75)).await.unwrap();
        unit.denials().append(&[], at(75)).await.unwrap();
        unit.commit().await.unwrap();
        let db = raw(&guard).await;
        assert_eq!(self::count(&db, "rate_limit_denials").await, 1_202);
        let row = "SELECT rule_name || ' ' || endpoint || ' ' || \"limit\" || ' ' || window_seconds || ' ' || \
            violation_count || ' ' || coalesce(identifier, '-') || ' ' || coalesce(ip_address, '-') \
            FROM rate_limit_denials WHERE violation_count IN (7, 9999) ORDER BY violation_count";
        assert_eq!(
            texts(&db, row).await,
            [
                "login POST /api/v1/auth/login 20 240 7 address:0f 192.0.2.7",
                "login POST /api/v1/auth/login 20 240 9999 - -"
            ]
        );
        let changed = db.execute_unprepared("UPDATE rate_limit_denials SET violation_count = 0").await;
        assert!(changed.unwrap_err().to_string().contains("append-only"));
        db.execute_unprepared("DELETE FROM rate_limit_denials WHERE violation_count < 1000").await.unwrap();
        assert_eq!(self::count(&db, "rate_limit_denials").await, 202);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_goes_with_everything() {
    let tables = [
        "sessions",
        "refresh_generations",
        "one_time_tokens",
        "auth_challenges",
        "providers",
        "provider_credentials",
        "pending_authorizations",
        "sync_runs",
        "accounts",
        "transactions",
        "holdings",
        "balances",
        "imports",
        "outbox",
    ];
    for (database, guard) in both("a_user_goes_with_everything").await {
        fill(&database.storage).await;
        let db = raw(&guard).await;
        for table in tables {
            assert_eq!(count(&db, table).await, 1, "{table}");
        }
        db.execute_unprepared("DELETE FROM users").await.unwrap();
        for table in tables {
            assert_eq!(count(&db, table).await, 0, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_recorded_again_is_replaced() {
    for (database, guard) in both("a_balance_recorded_again_is_replaced").await {
        let user = builders::user();
        let account = builders::file_account(user.id, "1");
        let first = builders::balance(&account, "1.00", 0);
        let again = BalancePoint {
            available: Some(decimal("0.50")),
            created_at: at(9),
            ..builders::balance(&account, "2.00", 0)
        };
        let stated =
            BalancePoint { source: BalanceSource::Statement, ..builders::balance(&account, "3.00", 0) };
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.balances().record(&[first, builders::balance(&account, "4.00", 1)]).await.unwrap();
        unit.balances().record(&[again, stated]).await.unwrap();
        unit.commit().await.unwrap();
        let db = raw(&guard).await;
        assert_eq!(
            texts(&db, "SELECT balance FROM balances ORDER BY balance").await,
            ["2.00", "3.00", "4.00"]
        );
        let available = "SELECT available FROM balances WHERE balance = '2.00'";
        assert_eq!(texts(&db, available).await, ["0.50"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_breaks_a_rule_is_an_error_of_its_own() {
    for (database, guard) in both("a_row_that_breaks_a_rule_is_an_error_of_its_own").await {
        let user = fill(&database.storage).await;
        let db = raw(&guard).await;
        for (broken, table, column) in [
            ("UPDATE users SET email = 'hunter2'", "users", "email"),
            ("UPDATE transactions SET amount = 'hunter2'", "transactions", "amount"),
            ("UPDATE transactions SET currency = '??'", "transactions", "currency"),
            ("UPDATE accounts SET source = 'hunter2'", "accounts", "source"),
            ("UPDATE imports SET problems = 'hunter2'", "imports", "problems"),
        ] {
            db.execute_unprepared(broken).await.unwrap();
            let queries = &database.storage.queries;
            let import = texts_id(&db, "imports").await;
            let transaction = TransactionId(texts_id(&db, "transactions").await);
            let failed = match table {
                "users" => queries.user(user.id).await.err(),
                "accounts" => {
                    queries.account(user.id, AccountId(texts_id(&db, "accounts").await)).await.err()
                }
                "imports" => queries.import(user.id, dashtam_domain::id::ImportId(import)).await.err(),
                _ => queries.transaction(user.id, transaction).await.err(),
            };
            let error = failed.unwrap();
            let shown = format!("{error} {error:?}");
            let expected = match table {
                "users" => Record::User,
                "accounts" => Record::Account,
                "imports" => Record::Import,
                _ => Record::Transaction,
            };
            assert!(matches!(error, StoreError::Corrupt { record, .. } if record == expected), "{shown}");
            assert!(shown.contains(column) && !shown.contains("hunter2"), "{shown}");
            let fixed = match column {
                "amount" => "UPDATE transactions SET amount = '1'",
                _ => "UPDATE users SET is_active = is_active",
            };
            db.execute_unprepared(fixed).await.unwrap();
        }
    }
}

async fn texts_id(db: &DatabaseConnection, table: &str) -> uuid::Uuid {
    let statement = Statement::from_string(db.get_database_backend(), format!("SELECT id FROM {table}"));
    db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_tells_nothing_of_the_rows() {
    for (database, _guard) in both("an_error_tells_nothing_of_the_rows").await {
        let user = fill(&database.storage).await;
        let mut unit = database.storage.store.begin().await.unwrap();
        let mut twin = builders::user();
        unit.users().insert_if_absent(&twin).await.unwrap();
        twin.email = user.email.clone();
        let error = unit.users().update(&mut twin).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(matches!(error, StoreError::Database(_)), "{shown}");
        assert!(!shown.contains(user.email.canonical()), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_version_stands_in_nobodys_way() {
    for (database, guard) in both("an_event_of_another_version_stands_in_nobodys_way").await {
        fill(&database.storage).await;
        raw(&guard).await.execute_unprepared("UPDATE outbox SET event = 'of.tomorrow'").await.unwrap();
        let user = fill(&database.storage).await;
        let mut claimed = Vec::new();
        for _ in 0..2 {
            let mut unit = database.storage.store.begin().await.unwrap();
            claimed.extend(unit.outbox().claim(at(5), at(65), 1).await.unwrap());
            unit.commit().await.unwrap();
        }
        assert_eq!(claimed.iter().map(|item| item.event.user()).collect::<Vec<_>>(), [user.id]);
        assert_eq!(count(&raw(&guard).await, "outbox").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_asked_for_that_another_version_knows_is_left_to_it() {
    for (database, guard) in both("a_mail_asked_for_that_another_version_knows_is_left_to_it").await {
        let [foreign, ours] =
            [1, 2].map(|at| builders::mail_request(AskedMail::Verification, "ada@example.com", at));
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.mail_requests().insert(&foreign).await.unwrap();
        unit.mail_requests().insert(&ours).await.unwrap();
        unit.commit().await.unwrap();
        let tomorrow = "UPDATE mail_requests SET kind = 'of_tomorrow' WHERE requested_at = \
            (SELECT MIN(requested_at) FROM mail_requests)";
        raw(&guard).await.execute_unprepared(tomorrow).await.unwrap();
        let waiting = database.storage.queries.mail_requests(Limit::default()).await.unwrap();
        assert_eq!(waiting, [ours.id]);
        let mut unit = database.storage.store.begin().await.unwrap();
        let error = unit.mail_requests().take(foreign.id).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { record: Record::MailRequest, .. }), "{error}");
        drop(unit);
        assert_eq!(count(&raw(&guard).await, "mail_requests").await, 2);
    }
}
