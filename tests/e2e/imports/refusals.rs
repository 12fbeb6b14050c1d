//! Uploads that are no statement: a clear refusal, and nothing written.

use std::time::Duration;

use dashtam_tests::{
    Engine, User,
    api::{Reply, send},
    statement::{ofx, rows},
};
use reqwest::multipart::{Form, Part};

use crate::engines::{on_both_engines, shared};

on_both_engines!(what_is_no_statement_is_refused_and_nothing_is_written);

const IMPORTS: &str = "/api/v1/imports";
const FORM: &str = "multipart/form-data; boundary=cut";

/// Nothing was written, and the refusal says what to do.
async fn assert_refused(user: &User, what: &str, reply: &Reply, status: u16, slug: &str) {
    let problem = reply.problem();
    assert_eq!(reply.status, status, "{what}: {problem}");
    assert!(problem["type"].as_str().unwrap().ends_with(&format!("/errors/{slug}")), "{what}: {problem}");
    assert_eq!(super::ledger(user).await, (vec![], vec![]), "{what}");
}

async fn what_is_no_statement_is_refused_and_nothing_is_written(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let good = String::from_utf8(ofx("999", &rows(1, 40), 100, "20260831")).unwrap();
    let before_rows = &good[..good.find("<BANKTRANLIST>").unwrap() - 200];
    let header_only = &good[..good.find("<OFX>").unwrap()];
    let error = include_str!("institution_error.ofx");
    for (what, file, status, slug) in [
        ("an empty file", "", 422, "empty-file"),
        ("nothing but blanks", " \r\n\t\r\n", 422, "empty-file"),
        (
            "a web page",
            "<!doctype html><html><body>Sign in to your bank</body></html>",
            415,
            "unsupported-format",
        ),
        ("a table of no account", "Date,Amount,Text\n2026-08-01,1.00,Shop\n", 422, "account-needed"),
        ("a table nobody knows", "Quand,Combien\n2026-08-01,1.00\n", 422, "profile-needed"),
        ("a table of doubtful days", "Date,Amount\n01/02/2026,1.00\n", 422, "profile-needed"),
        ("a picture", "\u{89}PNG\r\n\u{1a}\n\0\0\0\rIHDR", 415, "unsupported-format"),
        ("JSON", "{\"OFX\": []}", 415, "unsupported-format"),
        ("a file cut before its first row", before_rows, 422, "no-statement"),
        ("a header alone", header_only, 422, "no-statement"),
        ("an error of the bank", error, 422, "institution-error"),
    ] {
        let reply = user.api.upload("statement.ofx", file.as_bytes()).await;
        assert_refused(&user, what, &reply, status, slug).await;
        assert!(!reply.text().contains("Sign in to your bank"), "{what}");
    }

    let part = |bytes: &[u8]| Part::bytes(bytes.to_vec()).file_name("statement.ofx");
    let upload = |form: Form| send(user.api.request("POST", IMPORTS).multipart(form));
    let reply = upload(Form::new().part("statement", part(good.as_bytes()))).await;
    assert_refused(&user, "another field", &reply, 422, "invalid-request").await;
    assert_eq!(reply.broken_rules(), ["statement:unknown"]);
    let reply = upload(Form::new().text("note", "no file")).await;
    assert_refused(&user, "no file", &reply, 422, "invalid-request").await;
    let twice = Form::new().part("file", part(good.as_bytes())).part("file", part(good.as_bytes()));
    assert_refused(&user, "two files", &upload(twice).await, 422, "invalid-request").await;

    for (what, kind, body, status, slug) in [
        ("no form", "application/octet-stream", good.as_str(), 415, "unsupported-media-type"),
        ("JSON instead of a form", "application/json", "{}", 415, "unsupported-media-type"),
        ("a form without its boundary", "multipart/form-data", good.as_str(), 400, "malformed"),
        ("a form that is none", FORM, "nothing of the kind", 400, "malformed"),
        (
            "a form that breaks off",
            FORM,
            "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.ofx\"\r\n\r\nOFXHEADER:100\r\n",
            400,
            "malformed",
        ),
    ] {
        let request = user.api.request("POST", IMPORTS).header("Content-Type", kind).body(body.to_owned());
        assert_refused(&user, what, &send(request).await, status, slug).await;
    }
    let bare = user.api.request("POST", IMPORTS).body(good.clone());
    assert_refused(&user, "no content type", &send(bare).await, 415, "unsupported-media-type").await;
    let anonymous = send(dashtam_tests::Api::of(&server).upload_request("a.ofx", good.as_bytes())).await;
    assert_refused(&user, "nobody signed in", &anonymous, 401, "unauthenticated").await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_and_one_that_just_fits_is_not() {
    let server = shared!(Engine::Sqlite, "a_file_that_is_too_large_is_refused_and_one_that_just_fits_is_not");
    let user = User::new(&server).await;
    let mut file = ofx("31415", &rows(1, 3), 100, "20260831");
    file.resize(33 << 20, b' ');
    let began = std::time::Instant::now();
    let reply = user.api.upload("large.ofx", &file).await;
    assert_refused(&user, "33 MiB", &reply, 413, "too-large").await;
    assert!(reply.text().contains("33554432"), "the limit is told: {}", reply.text());
    assert!(began.elapsed() < Duration::from_secs(60));
    // Far too large, and in a part that nobody asked for.
    let aside = Form::new().part("other", Part::bytes(file.clone())).part("file", Part::bytes(b"x".to_vec()));
    let reply = send(user.api.request("POST", IMPORTS).multipart(aside)).await;
    assert!((400..500).contains(&reply.status), "{}", reply.text());
    reply.problem();
    file.truncate(32 << 20);
    let report = user.api.upload("fits.ofx", &file).await.expect(201);
    assert_eq!(report["rows"]["taken"], 3);
}

#[tokio::test]
async fn a_statement_cut_in_the_middle_keeps_its_whole_rows_or_is_refused() {
    let server = shared!(Engine::Sqlite, "a_statement_cut_in_the_middle_keeps_its_whole_rows_or_is_refused");
    let rows = rows(1, 40);
    let good = ofx("999", &rows, 100, "20260831");
    for part in [2, 3, 4, 5] {
        let user = User::new(&server).await;
        let reply = user.api.upload("cut.ofx", &good[..good.len() * part / 6]).await;
        if reply.status == 201 {
            let report = reply.expect(201);
            let (_, shown) = super::ledger(&user).await;
            assert_eq!(report["rows"]["taken"], shown.len(), "{report}");
            for row in &shown {
                let id = row["provider_transaction_id"].as_str().unwrap();
                let written = rows.iter().find(|row| row.id == id).expect("a row of the file");
                assert_eq!(row["amount"], dashtam_tests::statement::amount(written.cents), "{row}");
            }
            // What is missing is told, not passed over.
            assert!(!report["problems"].as_array().unwrap().is_empty(), "{report}");
            let whole = user.api.upload("whole.ofx", &good).await.expect(201);
            assert_eq!(whole["rows"]["known"], shown.len());
            assert_eq!(super::ledger(&user).await.1.len(), 40);
        } else {
            assert_eq!(reply.status, 422, "{}", reply.text());
            assert_refused(&user, "a cut file", &reply, 422, "no-statement").await;
        }
    }
}
