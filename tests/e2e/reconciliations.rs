//! Pending rows that post, rows that come back under other ids, and what people decide about them, through the whole
//! program.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dashtam_sandbox_bank::{AccountKind, Lever, Status, Transaction, World};
use dashtam_tests::{
    Engine, User,
    figures::{SEED, today},
};
use futures_util::future::join_all;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    a_pending_row_keeps_its_id_when_it_posts,
    what_is_listed_twice_is_asked_about_until_one_of_them_goes,
    a_suggestion_is_rejected_for_good,
    a_pending_row_that_is_shown_again_is_no_second_row,
    rows_issued_anew_keep_their_ids,
    a_duplicate_is_merged_by_hand_and_parted_again,
    what_the_engine_merged_is_parted_once_and_never_merged_again,
    rows_that_come_late_or_change_are_followed,
);

const ALL: &str = "/api/v1/reconciliations";
const TRANSACTIONS: &str = "/api/v1/transactions";

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

/// The rows by their ids.
async fn rows(user: &User) -> BTreeMap<String, Value> {
    let rows = user.api.all(TRANSACTIONS).await;
    rows.into_iter().map(|row| (text(&row, "id").to_owned(), row)).collect()
}

/// The row under this id of the bank.
async fn row(user: &User, bank_id: &str) -> Option<Value> {
    let mut found: Vec<Value> = user.api.all(TRANSACTIONS).await;
    found.retain(|row| row["provider_transaction_id"] == bank_id);
    assert!(found.len() < 2, "{found:?}");
    found.pop()
}

async fn decisions(user: &User, state: &str) -> Vec<Value> {
    user.api.all(&format!("{ALL}?state={state}")).await
}

/// The row of the bank that a lever touches.
fn touched(world: &World, lever: Lever, linked_on: NaiveDate) -> Transaction {
    world.touched_by(lever, linked_on).expect("the lever touches a row").clone()
}

/// What the bank knows of this person today.
fn world(person: &str) -> World {
    World::generate(SEED, person, today())
}

/// Somebody whose touched row is the only one of its merchant in the last days, so that nothing else could have become of
/// it, whatever the day of the test.
fn somebody(lever: Lever, since: NaiveDate) -> String {
    let is_alone = |name: &String| {
        let world = world(name);
        let Some(touched) = world.touched_by(lever, since) else { return false };
        let rows =
            &world.account_of(AccountKind::Checking).expect("there is a checking account").transactions;
        let near = rows.iter().filter(|row| (since - row.date).num_days() < 14);
        near.filter(|row| row.counterparty == touched.counterparty).count() == 1
    };
    (0..500).map(|number| format!("uma{number}")).find(is_alone).expect("there is somebody like that")
}

/// Changes this row.
fn change(world: &mut World, id: &str, change: impl FnOnce(&mut Transaction)) {
    let checking = world.accounts.iter_mut().find(|account| account.kind == AccountKind::Checking);
    let rows = &mut checking.expect("there is a checking account").transactions;
    change(rows.iter_mut().find(|row| row.id == id).expect("the row is in the account"));
}

async fn a_pending_row_keeps_its_id_when_it_posts(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    for (customer, lever, times, tier) in [
        ("posts-unlinked", Lever::PostsUnlinked, Decimal::ONE, "exact"),
        ("posts-with-tip", Lever::PostsWithTip, Decimal::new(12, 1), "adjusted"),
    ] {
        let user = User::new(&server).await;
        let since = today();
        let person = somebody(lever, since);
        let provider = user.link(&format!("{person}+{customer}")).await;
        user.sync_well(&provider).await;
        let bank = touched(&world(&person), lever, since);
        let pending = row(&user, &bank.id).await.unwrap();
        assert_eq!(pending["status"], "pending");
        assert_eq!(decisions(&user, "applied").await, Vec::<Value>::new());

        user.sync_well(&provider).await;
        let posted_id = bank.id.replacen("p-", "t-now", 1);
        let posted = row(&user, &posted_id).await.unwrap();
        assert_eq!((&posted["id"], &posted["status"]), (&pending["id"], &json!("posted")));
        let applied = decisions(&user, "applied").await;
        let [decision] = &applied[..] else { panic!("{applied:?}") };
        assert_eq!((&decision["kind"], &decision["tier"]), (&json!("pending_posted"), &json!(tier)));
        assert_eq!((&decision["transaction_id"], &decision["decided_by"]), (&posted["id"], &json!("engine")));
        assert_eq!(decision["evidence"]["transaction"]["provider_transaction_id"], bank.id.as_str());
        let shown = user.api.get(&format!("{ALL}/{}", text(decision, "id"))).await.expect(200);
        assert_eq!(&shown, decision);
        for _ in 0..2 {
            user.assert_figures_of(&provider, &person, since, |world| {
                change(world, &bank.id, |row| {
                    row.id.clone_from(&posted_id);
                    row.status = Status::Posted;
                    row.amount = (row.amount * times)
                        .round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
                });
            })
            .await;
            user.sync_well(&provider).await;
        }
        assert_eq!(user.api.all(ALL).await.len(), 1, "nothing more was decided");
    }
}

async fn what_is_listed_twice_is_asked_about_until_one_of_them_goes(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    for accepted in [false, true] {
        let user = User::new(&server).await;
        let since = today();
        let person = somebody(Lever::PostsWhilePending, since);
        let provider = user.link(&format!("{person}+posts-while-pending")).await;
        user.sync_well(&provider).await;
        let bank = touched(&world(&person), Lever::PostsWhilePending, since);
        let pending = row(&user, &bank.id).await.unwrap();
        let before = rows(&user).await;
        user.sync_well(&provider).await;
        let suggested = decisions(&user, "suggested").await;
        let [decision] = &suggested[..] else { panic!("{suggested:?}") };
        assert_eq!(rows(&user).await.len(), before.len() + 1, "both are shown");
        assert_eq!(decision["transaction_id"], pending["id"]);
        let path = format!("{ALL}/{}", text(decision, "id"));
        if accepted {
            let taken = user.api.post(&format!("{path}/accept"), &json!({})).await.expect(200);
            assert_eq!((&taken["state"], &taken["decided_by"]), (&json!("applied"), &json!("user")));
            user.api.post(&format!("{path}/accept"), &json!({})).await.refused(409, "already-decided");
            assert_eq!(rows(&user).await.len(), before.len());
        }
        user.sync_well(&provider).await;
        let by = if accepted { "user" } else { "engine" };
        let settled = user.api.get(&path).await.expect(200);
        assert_eq!((&settled["state"], &settled["decided_by"]), (&json!("applied"), &json!(by)));
        let now = rows(&user).await;
        assert!(now.keys().eq(before.keys()), "the same transactions");
        assert_eq!(now[text(&pending, "id")]["status"], "posted");
    }
}

async fn a_suggestion_is_rejected_for_good(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let person = somebody(Lever::PostsWhilePending, today());
    let provider = user.link(&format!("{person}+posts-while-pending")).await;
    for _ in 0..2 {
        user.sync_well(&provider).await;
    }
    let suggested = decisions(&user, "suggested").await;
    let [decision] = &suggested[..] else { panic!("{suggested:?}") };
    let path = format!("{ALL}/{}", text(decision, "id"));
    let stranger = User::new(&server).await;
    for verb in ["accept", "reject", "undo"] {
        stranger.api.post(&format!("{path}/{verb}"), &json!({})).await.refused(404, "not-found");
    }
    user.api.post(&format!("{path}/undo"), &json!({})).await.refused(409, "already-decided");
    let rejected = user.api.post(&format!("{path}/reject"), &json!({})).await.expect(200);
    assert_eq!((&rejected["state"], &rejected["decided_by"]), (&json!("rejected"), &json!("user")));
    user.api.post(&format!("{path}/accept"), &json!({})).await.refused(409, "already-decided");
    // The pending row goes, and is not taken for the other one.
    user.sync_well(&provider).await;
    assert_eq!(user.api.all(ALL).await, [rejected]);
    let removed = user.api.all(&format!("{TRANSACTIONS}?status=removed")).await;
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0]["id"], decision["transaction_id"]);
}

async fn a_pending_row_that_is_shown_again_is_no_second_row(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let person = somebody(Lever::PendingAgain, since);
    let provider = user.link(&format!("{person}+pending-again")).await;
    user.sync_well(&provider).await;
    let before = rows(&user).await;
    let bank = touched(&world(&person), Lever::PendingAgain, since);
    let pending = row(&user, &bank.id).await.unwrap();
    for _ in 0..4 {
        user.sync_well(&provider).await;
        let now = rows(&user).await;
        assert!(now.keys().eq(before.keys()));
        assert_eq!(now[text(&pending, "id")]["status"], "posted");
    }
    let applied = user.api.all(ALL).await;
    let [decision] = &applied[..] else { panic!("{applied:?}") };
    assert_eq!((&decision["tier"], &decision["state"]), (&json!("link"), &json!("applied")));

    // The posted row never was one of its own; undone, it becomes one.
    let path = format!("{ALL}/{}/undo", text(decision, "id"));
    user.api.post(&path, &json!({})).await.expect(200);
    let now = rows(&user).await;
    assert_eq!(now.len(), before.len() + 1);
    assert_eq!(now[text(&pending, "id")], pending, "it is as it was");
    let posted = row(&user, &bank.id.replacen("p-", "t-now", 1)).await.unwrap();
    assert_eq!((&posted["id"], &posted["status"]), (&decision["other_transaction_id"], &json!("posted")));
}

async fn rows_issued_anew_keep_their_ids(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let provider = user.link("yann+reissued-ids").await;
    user.sync_well(&provider).await;
    let before = rows(&user).await;
    for _ in 0..2 {
        user.sync_well(&provider).await;
        let now = rows(&user).await;
        assert!(now.keys().eq(before.keys()), "the same transactions");
        for (id, row) in &now {
            for name in ["amount", "date", "description", "status", "created_at"] {
                assert_eq!(row[name], before[id][name]);
            }
        }
    }
    let applied = user.api.all(ALL).await;
    assert!(!applied.is_empty());
    for decision in &applied {
        assert_eq!((&decision["kind"], &decision["state"]), (&json!("reissued"), &json!("applied")));
        let row = &rows(&user).await[text(decision, "transaction_id")];
        let (old, new) = (
            text(&decision["evidence"]["transaction"], "provider_transaction_id"),
            text(row, "provider_transaction_id"),
        );
        assert_eq!(old.replacen("t-", "t-re", 1), new);
    }
}

async fn a_duplicate_is_merged_by_hand_and_parted_again(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("zoe+duplicate-row").await;
    user.sync_well(&provider).await;
    let bank = touched(&world("zoe"), Lever::DuplicateRow, since);
    let (one, other) =
        (row(&user, &bank.id).await.unwrap(), row(&user, &bank.id.replacen("t-", "t-re", 1)).await.unwrap());
    let before = rows(&user).await;
    let pair = json!({"transaction_id": one["id"], "other_transaction_id": other["id"]});
    let merged = user.api.post(ALL, &pair).await.expect(201);
    assert_eq!((&merged["kind"], &merged["tier"]), (&json!("manual_merge"), &Value::Null));
    // Now the figures are the bank's, whatever it lists twice.
    for _ in 0..2 {
        let now = rows(&user).await;
        assert_eq!(now.len(), before.len() - 1);
        assert!(now.contains_key(text(&merged, "transaction_id")));
        user.sync_well(&provider).await;
    }
    user.api.post(ALL, &pair).await.refused(422, "invalid-request");
    let other_account = before.values().find(|row| row["account_id"] != one["account_id"]).unwrap();
    for unsuitable in [&merged["transaction_id"], &other_account["id"]] {
        let pair = json!({"transaction_id": merged["transaction_id"], "other_transaction_id": unsuitable});
        user.api.post(ALL, &pair).await.refused(422, "invalid-request");
    }
    let stranger = User::new(&server).await;
    stranger.api.post(ALL, &pair).await.refused(404, "not-found");

    let path = format!("{ALL}/{}/undo", text(&merged, "id"));
    let undone = user.api.post(&path, &json!({})).await.expect(200);
    assert_eq!((&undone["state"], &undone["decided_by"]), (&json!("undone"), &json!("user")));
    assert_eq!(rows(&user).await, before, "both are as they were");
    user.sync_well(&provider).await;
    assert_eq!(rows(&user).await, before);
}

async fn what_the_engine_merged_is_parted_once_and_never_merged_again(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let person = somebody(Lever::PostsUnlinked, since);
    let provider = user.link(&format!("{person}+posts-unlinked")).await;
    user.sync_well(&provider).await;
    let bank = touched(&world(&person), Lever::PostsUnlinked, since);
    let pending = row(&user, &bank.id).await.unwrap();
    user.sync_well(&provider).await;
    let applied = decisions(&user, "applied").await;
    let [decision] = &applied[..] else { panic!("{applied:?}") };

    // Another decision about the same transaction has to be undone first.
    let mut others: Vec<Value> = rows(&user).await.into_values().collect();
    others.retain(|row| row["account_id"] == pending["account_id"] && row["id"] != pending["id"]);
    let pair = json!({"transaction_id": pending["id"], "other_transaction_id": others[0]["id"]});
    let later = user.api.post(ALL, &pair).await.expect(201);
    let path = format!("{ALL}/{}/undo", text(decision, "id"));
    let refused = user.api.post(&path, &json!({})).await.refused(409, "later-decisions");
    assert!(text(&refused, "detail").contains(text(&later, "id")), "{refused}");
    let later = format!("{ALL}/{}/undo", text(&later, "id"));
    user.api.post(&later, &json!({})).await.expect(200);

    let body = json!({});
    let answers = join_all((0..30).map(|_| user.api.post(&path, &body))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(row(&user, &bank.id).await.unwrap(), pending, "it is as it was");
    let posted = row(&user, &bank.id.replacen("p-", "t-now", 1)).await.unwrap();
    assert_eq!(posted["id"], decision["other_transaction_id"]);

    user.sync_well(&provider).await;
    let left = user.api.all(ALL).await;
    assert!(left.iter().all(|decision| decision["state"] == "undone"), "{left:?}");
    assert_eq!(row(&user, &bank.id).await, None, "the pending row is gone at the bank");
    assert_eq!(row(&user, text(&posted, "provider_transaction_id")).await.unwrap()["status"], "posted");
}

async fn rows_that_come_late_or_change_are_followed(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let since = today();
    let provider = user.link("bert+late-row+rewritten-history").await;
    user.sync_well(&provider).await;
    let [late, rewritten] =
        [Lever::LateRow, Lever::RewrittenHistory].map(|lever| touched(&world("bert"), lever, since));
    assert_eq!(row(&user, &late.id).await, None);
    let kept = row(&user, &rewritten.id).await.unwrap();
    for _ in 0..2 {
        user.sync_well(&provider).await;
        user.assert_figures_of(&provider, "bert", since, |world| {
            change(world, &rewritten.id, |row| {
                row.amount -= Decimal::ONE;
                row.description = format!("{} CORRECTED", row.description);
            });
        })
        .await;
    }
    assert_eq!(row(&user, &rewritten.id).await.unwrap()["id"], kept["id"]);
    assert_eq!(user.api.all(ALL).await, Vec::<Value>::new());
}
