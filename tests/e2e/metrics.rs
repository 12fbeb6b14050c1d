//! Figures for Prometheus, on a listener of their own.

use dashtam_tests::{
    Api, Engine, Server, User,
    patience::{SOON, eventually},
    program,
    server::Options,
};

use crate::engines::{on_both_engines, place};

on_both_engines!(figures_tell_what_the_program_does_and_name_nobody);

/// The number behind the labels of this metric, or of all that begin so together.
fn sum(text: &str, start: &str) -> f64 {
    let lines = text.lines().filter(|line| line.starts_with(start));
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}

async fn figures_tell_what_the_program_does_and_name_nobody(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let variables = vec![("DASHTAM__METRICS__LISTEN", "127.0.0.1:0".to_owned())];
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let address = server.says["metrics"].as_str().expect("the first line names the listener").to_owned();
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync(&provider).await;
    user.api.get("/api/v1/nothing-here").await.refused(404, "no-such-route");
    user.api.get(&format!("/api/v1/providers/{provider}")).await.expect(200);

    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let look = async || {
        let answer = http.get(&address).send().await.expect("the listener answers");
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
        answer.text().await.unwrap()
    };
    let text = eventually("an empty queue", SOON, async || {
        let text = look().await;
        (sum(&text, "dashtam_mail_due ") == 0.0 && sum(&text, "dashtam_sync_due ") == 0.0).then_some(text)
    })
    .await;
    let one =
        r#"dashtam_http_requests_total{method="GET",route="/api/v1/providers/{provider_id}",status="200"}"#;
    assert!(sum(&text, one) >= 1.0, "{text}");
    assert!(
        sum(&text, r#"dashtam_http_requests_total{method="GET",route="-",status="404"}"#) >= 1.0,
        "{text}"
    );
    assert!(sum(&text, r#"dashtam_http_request_duration_seconds_count{method="POST","#) >= 3.0, "{text}");
    assert!(
        sum(
            &text,
            r#"dashtam_provider_requests_total{provider="sandbox",operation="accounts",outcome="ok"}"#
        ) >= 1.0
    );
    assert!(sum(&text, "dashtam_database_connections{") >= 1.0, "{text}");
    for name in [
        "dashtam_password_hashes_running ",
        "dashtam_password_hashes_waiting ",
        "dashtam_mail_lag_seconds ",
        "dashtam_mail_dead ",
        "dashtam_sync_lag_seconds ",
        "dashtam_http_connections ",
        "dashtam_http_connections_turned_away_total ",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name} is not in\n{text}");
    }
    for who in [&provider, &user.id, &user.email, "127.0.0.1", "nothing-here"] {
        assert!(!text.contains(who), "{who} is named in\n{text}");
    }
    // Nothing else is there, and figures are nowhere else.
    let other = address.replace("/metrics", "/health");
    assert_eq!(http.get(other).send().await.unwrap().status(), 404);
    Api::of(&server).get("/metrics").await.refused(404, "no-such-route");
}

#[tokio::test]
async fn without_a_setting_there_is_no_listener_and_a_wrong_one_is_told() {
    let place = place!(Engine::Sqlite, "without_a_setting_there_is_no_listener_and_a_wrong_one_is_told");
    let server = Server::start(&place);
    assert!(server.says["metrics"].is_null(), "{}", server.says);
    let checked = program::run(&["config", "check"], &[("DASHTAM__METRICS__LISTEN", "here")]);
    assert_ne!(checked.code, Some(0));
    assert!(checked.stderr.contains("metrics.listen"), "{}", checked.stderr);
}
