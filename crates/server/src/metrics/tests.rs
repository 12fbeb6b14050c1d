//! Tests of what is counted.

use dashtam_domain::connections::ProviderError;
use prometheus_client::encoding::prometheus_text::encode;

use super::*;

#[test]
fn answers_are_counted_by_method_route_and_status() {
    let metrics = Metrics::new();
    for status in [200, 200, 404] {
        metrics.answered("GET", "/api/v1/accounts/{account_id}", status, Duration::from_millis(3));
    }
    let mut text = String::new();
    encode(&mut text, &metrics.registry).unwrap();
    for line in [
        "# TYPE dashtam_http_requests_total counter",
        r#"dashtam_http_requests_total{method="GET",route="/api/v1/accounts/{account_id}",status="200"} 2"#,
        r#"dashtam_http_requests_total{method="GET",route="/api/v1/accounts/{account_id}",status="404"} 1"#,
        "# TYPE dashtam_http_request_duration_seconds histogram",
        r#"dashtam_http_request_duration_seconds_count{method="GET",route="/api/v1/accounts/{account_id}"} 3"#,
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
    }
}

#[test]
fn what_an_institution_says_in_words_is_no_label() {
    let error = ProviderError::Rejected { code: "E-4711".to_owned() };
    assert_eq!(providers::outcome(&error), "rejected");
}
