//! Imports that are looked at first, and taken back.

use dashtam_tests::{
    Engine, User,
    api::send,
    statement::{ofx, rows},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    an_import_is_previewed_done_undone_and_done_again,
    of_two_files_that_overlap_either_is_undone,
    thirty_undo_one_import,
);

/// Everything but the instants of changes, which an undo does not turn back.
async fn ledger(user: &User) -> (Vec<Value>, Vec<Value>) {
    let (mut accounts, mut rows) = super::ledger(user).await;
    for row in accounts.iter_mut().chain(&mut rows) {
        row.as_object_mut().unwrap().remove("updated_at");
    }
    (accounts, rows)
}

fn path(import: &Value) -> String {
    format!("/api/v1/imports/{}", import["id"].as_str().unwrap())
}

async fn undo(user: &User, import: &Value) -> Value {
    send(user.api.request("DELETE", &path(import))).await.expect(200)["undone"].clone()
}

/// What a preview of the file tells, its rows page by page.
async fn preview(user: &User, file: &[u8]) -> (Value, Vec<String>) {
    let (mut fates, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = user.api.upload_request("a.ofx", file);
        let query = [("dry_run", "true"), ("limit", "400"), ("cursor", &cursor)];
        let page = send(request.query(&query)).await.expect(200);
        let items = page["items"].as_array().unwrap();
        fates.extend(items.iter().map(|row| row["fate"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (page, fates),
        }
    }
}

async fn an_import_is_previewed_done_undone_and_done_again(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let feed = async || user.api.get("/api/v1/sync?limit=500").await.expect(200);
    let file = ofx("9001", &rows(1, 900), 500, "20260831");
    let (shown, fates) = preview(&user, &file).await;
    assert_eq!(shown["rows"], json!({"taken": 900, "changed": 0, "known": 0, "refused": 0}));
    assert_eq!((fates.len(), fates.iter().all(|fate| fate == "new")), (900, true));
    assert_eq!(
        (&shown["accounts"][0]["account_id"], &shown["accounts"][0]["balance"]),
        (&Value::Null, &"5.00".into())
    );
    assert_eq!(ledger(&user).await, (vec![], vec![]));
    assert_eq!(feed().await["items"], json!([]));
    assert_eq!(user.api.all("/api/v1/imports").await, Vec::<Value>::new());

    let first = user.api.upload("a.ofx", &file).await.expect(201);
    let before = ledger(&user).await;
    let (shown, fates) = preview(&user, &file).await;
    assert_eq!((fates.len(), fates.iter().all(|fate| fate == "known")), (900, true));
    assert_eq!(shown["accounts"][0]["account_id"], before.0[0]["id"]);
    assert_eq!(ledger(&user).await, before);

    let undone = undo(&user, &first).await;
    assert_eq!((&undone["rows_removed"], &undone["accounts_removed"]), (&900.into(), &1.into()));
    assert_eq!(ledger(&user).await, (vec![], vec![]));
    assert_eq!(feed().await["items"], json!([]), "a client that begins now never hears of it");
    assert_eq!(user.api.all("/api/v1/balances").await, Vec::<Value>::new());
    send(user.api.request("DELETE", &path(&first))).await.refused(409, "import-undone");

    let again = user.api.upload("a.ofx", &file).await.expect(201);
    assert_eq!(again["rows"]["taken"], 900);
    let listed = user.api.all("/api/v1/imports").await;
    let states: Vec<_> = listed.iter().map(|import| (&import["id"], &import["status"])).collect();
    assert_eq!(states, [(&again["id"], &"completed".into()), (&first["id"], &"undone".into())]);
}

async fn of_two_files_that_overlap_either_is_undone(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    for older_goes in [true, false] {
        let user = User::new(&server).await;
        let all = rows(1, 900);
        let (older, newer) =
            (ofx("9002", &all[..600], 100, "20260731"), ofx("9002", &all[300..], 900, "20260831"));
        let first = user.api.upload("older.ofx", &older).await.expect(201);
        let alone = ledger(&user).await;
        let second = user.api.upload("newer.ofx", &newer).await.expect(201);
        assert_eq!(second["rows"]["known"], 300);
        let both = ledger(&user).await;
        if older_goes {
            let undone = undo(&user, &first).await;
            assert_eq!((&undone["rows_removed"], &undone["rows_kept"]), (&300.into(), &300.into()));
            let (accounts, rows) = ledger(&user).await;
            assert_eq!((accounts, rows.len()), (both.0, 600));
            assert!(rows.iter().all(|row| row["import_id"] == second["id"]));
            let account = alone.0[0]["id"].as_str().unwrap();
            let days = format!("/api/v1/accounts/{account}/balances?from=2026-08-31&to=2026-08-31");
            let day = user.api.get(&days).await.expect(200);
            assert_eq!(day["items"][0]["balance"], "9.00", "{day}");
        } else {
            let undone = undo(&user, &second).await;
            assert_eq!((&undone["rows_removed"], &undone["rows_kept"]), (&300.into(), &0.into()));
            assert_eq!(ledger(&user).await, alone, "what there was, ids and all");
        }
        let last = if older_goes { &second } else { &first };
        assert_eq!(undo(&user, last).await["accounts_removed"], 1);
        assert_eq!(ledger(&user).await, (vec![], vec![]));
        // Both can come again, in the other order.
        assert_eq!(user.api.upload("newer.ofx", &newer).await.expect(201)["rows"]["taken"], 600);
        assert_eq!(user.api.upload("older.ofx", &older).await.expect(201)["rows"]["taken"], 300);
        let (_, rows) = ledger(&user).await;
        assert_eq!(rows.len(), 900);
    }
}

async fn thirty_undo_one_import(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let import = user.api.upload("a.ofx", &ofx("9003", &rows(1, 200), 1, "20260831")).await.expect(201);
    let answers = (0..30).map(|_| send(user.api.request("DELETE", &path(&import))));
    let answers = futures_util::future::join_all(answers).await;
    let told: Vec<u16> = answers.iter().map(|reply| reply.status).collect();
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 1, "{told:?}");
    assert!(told.iter().all(|status| [200, 409, 429].contains(status)), "{told:?}");
    assert_eq!(ledger(&user).await, (vec![], vec![]));
}
