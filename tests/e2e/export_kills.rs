//! Killed while the file of an export is prepared: what is half done is never handed out, and another server makes it whole.

use dashtam_tests::{
    Engine, Server, User,
    patience::{SOON, eventually},
    server::Options,
    statement::{ofx, rows},
};
use serde_json::json;

use crate::engines::{on_both_engines, place};

on_both_engines!(an_export_killed_before_and_after_a_chunk_is_written_ends_whole);

async fn an_export_killed_before_and_after_a_chunk_is_written_ends_whole(engine: Engine, test: &str) {
    for (moment, chunks) in [("writing", 0), ("written", 1)] {
        let place = place!(engine, test);
        let name = format!("export-{moment}");
        let options = Options { variables: vec![("DASHTAM_FAILPOINT", name)], ..Options::default() };
        let server = Server::start_with(&place, &options);
        let user = User::new(&server).await;
        // More than one chunk of it.
        user.api.upload("a.ofx", &ofx("77", &rows(1, 3_000), 1, "20260831")).await.expect(201);
        let asked = user.api.post("/api/v1/exports", &json!({"format": "csv"})).await.expect(202);
        let place_of = format!("/api/v1/exports/{}", asked["id"].as_str().expect("it has an id"));
        eventually("the failpoint", SOON, async || server.log().contains("failpoint reached").then_some(()))
            .await;
        server.kill();
        let stored = "SELECT CAST(COUNT(*) AS TEXT) FROM export_chunks";
        assert_eq!(place.number(stored).await, chunks, "{moment}");

        let server = Server::start(&place);
        let user = user.at(&server);
        let job = user.api.get(&place_of).await.expect(200);
        assert_eq!((&job["status"], &job["expires_at"]), (&json!("running"), &json!(null)), "{moment}");
        user.api.get(&format!("{place_of}/content")).await.refused(409, "export-without-file");
        // The two minutes of the lease are not waited for.
        place.change("UPDATE export_jobs SET lease_until = created_at WHERE state = 'running'").await;
        let job = eventually("the export", SOON, async || {
            let job = user.api.get(&place_of).await.expect(200);
            (job["status"] == "done").then_some(job)
        })
        .await;
        let file = user.api.get(&format!("{place_of}/content")).await;
        assert_eq!(file.status, 200);
        let at_once = user.api.get("/api/v1/exports?format=csv").await.text();
        assert_eq!(file.text(), at_once, "{moment}");
        assert_eq!(at_once.lines().count(), 3_001);
        assert_eq!((&job["rows"], &job["bytes"]), (&json!(3_000), &json!(at_once.len())), "{moment}");
        assert!(place.number(stored).await > 1, "{moment}");
    }
}
