//! The stored rows of one account: from one engine to the other and back, and nothing of anybody else.

use dashtam_domain::{
    delivery::notification::{
        LargeFrom, NotificationKey, NotificationKind, NotificationPlace, NotificationPreferences,
        NotificationSettings, NotificationSwitches,
    },
    id::{TransactionId, UserId, WebhookId},
    ledger::{
        AssetClass, HoldingSnapshot, SecurityFacts, identify,
        portfolio::{PriceKey, PriceSource, SecurityPrice, Target, TargetOf, Targets},
    },
    live::LiveKinds,
    money::{Currency, Decimal},
    page::Limit,
    secret::Sealed,
    store::Storage,
    webhook::{DisabledBecause, Webhook},
};
use dashtam_persistence::{Database, RestoreError};
use dashtam_testkit::builders::{self, at, day};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{both, count, fill, postgres, raw, sqlite};

/// Rows with their parts, in order.
type Rows = Vec<(&'static str, String)>;

/// Everything that an archive tells of this account, two rows at a time.
async fn told(database: &Database, owner: UserId) -> Rows {
    let (queries, two) = (&database.storage.queries, Limit::new(2).unwrap());
    let mut rows = Vec::new();
    for part in queries.stored_parts() {
        let mut after = None;
        loop {
            let page = queries.stored_rows(owner, part, after, two).await.unwrap();
            assert!(page.items.len() <= 2);
            rows.extend(page.items.into_iter().map(|row| (*part, row.0)));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    rows
}

/// Texts are in another order on another engine.
fn sorted(mut rows: Rows) -> Rows {
    rows.sort();
    rows
}

async fn take(
    database: &Database,
    owner: UserId,
    email: &str,
    rows: &Rows,
) -> Result<Vec<(&'static str, u64)>, RestoreError> {
    let mut restoration = database.begin_restoration(owner, email.parse().unwrap(), at(1)).await?;
    for (part, row) in rows {
        if let Err(error) = restoration.take(part, row).await {
            restoration.abandon().await;
            return Err(error);
        }
    }
    let restored = restoration.checked().await?;
    let rows = restored.rows().to_vec();
    restored.commit().await?;
    Ok(rows)
}

/// The address that the rows have.
fn email(rows: &Rows) -> String {
    let user: Value = serde_json::from_str(&rows[0].1).unwrap();
    user["email"].as_str().unwrap().to_owned()
}

/// An account with something of nearly every part.
async fn somebody(storage: &Storage) -> UserId {
    let owner = fill(storage).await.id;
    let account = builders::file_account(owner, "2");
    let mut unit = storage.store.begin().await.unwrap();
    unit.accounts().upsert(&account).await.unwrap();
    let rows: Vec<_> = (0..7).map(|n| builders::transaction(&account, &n.to_string(), day(n % 3))).collect();
    unit.transactions().insert(&rows).await.unwrap();
    let held = HoldingSnapshot {
        owner,
        account: account.id,
        day: day(1),
        import: None,
        taken_at: at(1),
        value: None,
        positions: ["a", "b", "c"].map(|key| (&builders::holding(&account, key)).into()).into(),
    };
    unit.holding_days().take(&held).await.unwrap();
    unit.categories().put(&builders::category(owner, "Tea")).await.unwrap();
    unit.streams().put_mark(&builders::stream_mark(&account)).await.unwrap();
    unit.rules().put(&[builders::rule(owner, 1), builders::rule(owner, 2)]).await.unwrap();
    unit.payees().put(&[builders::payee(owner, "Tea Shop")]).await.unwrap();
    unit.saved_views().put(&builders::saved_view(owner, "Coffee")).await.unwrap();
    unit.saved_layouts().keep(&builders::saved_layout(owner, "When")).await.unwrap();
    let target =
        Target { of: TargetOf::Class(AssetClass::Equity), currency: Currency::EUR, percent: Decimal::ONE };
    unit.allocation_targets().put_all(owner, &Targets::new(vec![target]).unwrap(), at(1)).await.unwrap();
    let webhook = Webhook {
        id: WebhookId(builders::id()),
        owner,
        url: "https://hooks.example/".parse().unwrap(),
        description: None,
        kinds: LiveKinds::all(),
        disabled: None,
        secret: Some(Sealed::new("sealed")),
        previous: None,
        position: 0,
        waiting: 0,
        failing_since: None,
        due_at: None,
        held_until: None,
        created_at: at(1),
        updated_at: at(1),
    };
    unit.webhooks().put(&webhook).await.unwrap();
    let large = vec![LargeFrom { currency: Currency::EUR, amount: Decimal::ONE }];
    let wanted = NotificationPreferences::new(NotificationSwitches::default(), large, Vec::new()).unwrap();
    // In the midst of a number's rows; and the row that it names may be gone.
    let place = NotificationPlace { seq: 1, transaction: Some(TransactionId(builders::id())) };
    let settings = NotificationSettings { place, ..NotificationSettings::new(owner, wanted, 1, at(1)) };
    unit.notifications().put(&settings).await.unwrap();
    let told = NotificationKey { kind: NotificationKind::LargeTransaction, subject: "one".to_owned() };
    unit.notifications().note_told(owner, &[told], at(2)).await.unwrap();
    let facts = SecurityFacts { symbol: Some("ONE".to_owned()), ..SecurityFacts::default() };
    let found = identify(owner, &[facts], Vec::new(), builders::id, at(1));
    unit.securities().put(owner, &found.written, &found.keys).await.unwrap();
    let source = PriceSource::parse("mine").unwrap();
    let key = PriceKey { security: found.written[0].id, day: day(1), source };
    let price = SecurityPrice::new(key, Decimal::ONE, Currency::EUR, true, at(3)).unwrap();
    unit.security_prices().hold_all(owner).await.unwrap();
    unit.security_prices().store(owner, &[price]).await.unwrap();
    unit.commit().await.unwrap();
    owner
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_goes_from_one_engine_to_the_other_and_back() {
    let (first, _first) = sqlite().await;
    let Some((second, _second)) = postgres("an_account_goes_from_one_engine_to_the_other_and_back").await
    else {
        return;
    };
    for (from, to) in [(&first, &second), (&second, &first)] {
        let owner = somebody(&from.storage).await;
        let bystander = somebody(&to.storage).await;
        let before = told(to, bystander).await;
        let rows = told(from, owner).await;
        for part in [
            "users",
            "user_clocks",
            "providers",
            "notification_settings",
            "told_notifications",
            "holding_days",
            "account_days",
            "transactions",
            "security_prices",
        ] {
            assert!(rows.iter().any(|(name, _)| *name == part), "{part}: {rows:?}");
        }
        let taken = take(to, owner, &email(&rows), &rows).await.unwrap();
        assert_eq!(taken.iter().map(|(_, rows)| rows).sum::<u64>(), rows.len() as u64);
        assert_eq!(sorted(told(to, owner).await), sorted(rows));
        assert_eq!(told(to, bystander).await, before, "somebody else is as before");
        let (ours, theirs) = (&from.storage.queries, &to.storage.queries);
        let all = Limit::new(100).unwrap();
        assert_eq!(
            theirs.all_transactions(owner, false, None, all).await.unwrap(),
            ours.all_transactions(owner, false, None, all).await.unwrap()
        );
        let (was, is) = (ours.clock(owner).await.unwrap(), theirs.clock(owner).await.unwrap());
        assert!(was.seq == is.seq && was.epoch != is.epoch, "{was:?} {is:?}");
        let webhooks = theirs.webhooks(owner).await.unwrap();
        assert_eq!(
            webhooks.iter().map(|one| one.disabled).collect::<Vec<_>>(),
            [Some(DisabledBecause::SecretLost)]
        );
        assert!(webhooks[0].secret.is_none());
        let user = theirs.user(owner).await.unwrap().unwrap();
        assert!(user.password.is_none() && !user.is_verified() && !user.administrator && user.is_active);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_already_and_what_is_anothers_is_refused_and_nothing_stays() {
    for (database, guard) in
        both("what_is_there_already_and_what_is_anothers_is_refused_and_nothing_stays").await
    {
        let (source, _folder) = sqlite().await;
        let owner = somebody(&source.storage).await;
        let rows = told(&source, owner).await;
        let bystander = somebody(&database.storage).await;
        let before = told(&database, bystander).await;
        let theirs = |part: &str| {
            let (_, row) = before.iter().find(|(name, _)| *name == part).unwrap();
            serde_json::from_str::<Value>(row).unwrap()["id"].clone()
        };
        let taken = take(&database, owner, &email(&before), &rows).await;
        assert!(matches!(taken, Err(RestoreError::EmailTaken)), "{taken:?}");

        // The rows with one changed, or some more, and why they are refused.
        let with_all = |more: Rows| -> Rows {
            let parts = database.storage.queries.stored_parts();
            let place = |name: &str| parts.iter().position(|part| *part == name).unwrap();
            let mut rows = [rows.clone(), more].concat();
            rows.sort_by_key(|(name, _)| place(name));
            rows
        };
        let with = |part: &'static str, row: Value| with_all(vec![(part, row.to_string())]);
        let changed = |part: &'static str, change: &dyn Fn(&mut Value)| -> Rows {
            let mut rows = rows.clone();
            let (_, row) = rows.iter_mut().find(|(name, _)| *name == part).unwrap();
            let mut value: Value = serde_json::from_str(row).unwrap();
            change(&mut value);
            *row = value.to_string();
            rows
        };
        let mine: Value = serde_json::from_str(&rows[0].1).unwrap();
        let effect = json!({"decider_id": builders::id(), "transaction_id": theirs("transactions")});
        let hook = |_| {
            let row = json!({"id": builders::id(), "url": "https://hooks.example/", "kinds": "",
                "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:00:00Z"});
            ("webhooks", row.to_string())
        };
        let run = json!({"id": builders::id(), "state": "running", "after_day": "+12345-01-01",
            "after_id": builders::id(), "examined": 0, "changed": 0, "undone": 0, "skipped": 0, "failures": 0,
            "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:00:00Z"});
        let fat = |row: &mut Value| row["attributes"] = json!("x".repeat(2 << 20));
        let odd = |row: &mut Value| row["\u{1b}[2J"] = json!(1);
        let expressions = vec!["x".repeat(200); 10];
        let asked = json!([{"field": "text", "operator": "matches", "values": expressions}]).to_string();
        let heavy = |row: &mut Value| row["conditions"] = json!(asked);
        let refused = [
            ("rows of rule_effects name", with("rule_effects", effect)),
            (
                "rows of transactions name",
                changed("transactions", &|row| row["import_id"] = theirs("imports")),
            ),
            (
                "of transactions is there already",
                changed("transactions", &|row| row["id"] = theirs("transactions")),
            ),
            ("does not hold", changed("transactions", &|row| row["account_id"] = theirs("accounts"))),
            ("no archive decides", changed("users", &|row| row["administrator"] = json!(true))),
            ("does not know", changed("accounts", &|row| row["user_id"] = mine["id"].clone())),
            ("of another account", changed("users", &|row| row["id"] = json!(builders::id()))),
            ("cannot be read", changed("transactions", &|row| row["day"] = json!("yesterday"))),
            ("may not stand there", changed("transactions", &|row| row["kind"] = json!("magic"))),
            (
                "does not know",
                with("users", mine.clone()).into_iter().map(|(_, row)| ("sessions", row)).collect(),
            ),
            ("comes too late", rows.iter().rev().cloned().collect()),
            // What would hold up a worker that looks after everybody.
            ("cannot be used", changed("notification_settings", &|row| row["preferences"] = json!("{}"))),
            ("cannot be read", with("rule_runs", run)),
            (
                "rows of notification_settings name",
                changed("notification_settings", &|row| row["position_row"] = theirs("transactions")),
            ),
            ("cannot be used", changed("transactions", &|row| row["amount"] = json!("a lot"))),
            ("cannot be read", changed("transactions", &|row| row["day"] = json!("+12345-01-01"))),
            ("that no archive tells", changed("providers", &|row| row["status"] = json!("active"))),
            ("one more than an account may have", with_all((0..=Webhook::MOST).map(hook).collect())),
            ("more than the rules", changed("rules", &heavy)),
            ("longer than any of its kind", changed("users", &fat)),
            ("has \\u{1b}[2J, which", changed("users", &odd)),
            ("is missing", Rows::new()),
        ];
        for (why, rows) in refused {
            let error = take(&database, owner, "new@example.com", &rows).await.unwrap_err().to_string();
            assert!(error.contains(why), "{why}: {error}");
            assert!(told(&database, owner).await.is_empty(), "{why}");
        }
        let db = raw(&guard).await;
        assert_eq!((count(&db, "users").await, told(&database, bystander).await), (1, before));

        take(&database, owner, "new@example.com", &rows).await.unwrap();
        let taken = take(&database, owner, "another@example.com", &rows).await;
        assert!(matches!(taken, Err(RestoreError::AccountThere)), "{taken:?}");
        let user = database.storage.queries.user(owner).await.unwrap().unwrap();
        assert_eq!(user.email.as_str(), "new@example.com");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_who_bring_the_same_account_back_one_does() {
    for (database, guard) in both("of_thirty_who_bring_the_same_account_back_one_does").await {
        let (source, _folder) = sqlite().await;
        let owner = somebody(&source.storage).await;
        let rows = told(&source, owner).await;
        let mut tries = JoinSet::new();
        for _ in 0..30 {
            let (database, rows) = (database.clone(), rows.clone());
            tries.spawn(async move { take(&database, owner, &email(&rows), &rows).await });
        }
        let done: Vec<_> = tries.join_all().await;
        let back = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(back, 1, "{done:?}");
        assert_eq!(sorted(told(&database, owner).await), sorted(rows));
        assert_eq!(count(&raw(&guard).await, "users").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_an_account_that_is_not_back_yet_and_a_rehearsal_leaves_nothing() {
    for (database, _guard) in
        both("nobody_sees_an_account_that_is_not_back_yet_and_a_rehearsal_leaves_nothing").await
    {
        let (source, _folder) = sqlite().await;
        let owner = somebody(&source.storage).await;
        let rows = told(&source, owner).await;
        for rehearsed in [true, false] {
            let mail = email(&rows).parse().unwrap();
            let mut restoration = database.begin_restoration(owner, mail, at(1)).await.unwrap();
            for (part, row) in &rows {
                restoration.take(part, row).await.unwrap();
            }
            assert!(told(&database, owner).await.is_empty());
            if rehearsed {
                let restored = restoration.checked().await.unwrap();
                assert_eq!(restored.rows().iter().map(|(_, rows)| rows).sum::<u64>(), rows.len() as u64);
                assert!(told(&database, owner).await.is_empty());
                restored.abandon().await;
            } else {
                drop(restoration);
            }
            assert!(told(&database, owner).await.is_empty());
        }
        take(&database, owner, &email(&rows), &rows).await.unwrap();
    }
}
