//! What the application answered, and what the shape of a problem has to be.

use actix_web::http::{StatusCode, header::HeaderMap};
use serde_json::Value;

/// One answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON expected: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Checks the whole shape of a problem and hands it back.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(self.status.as_u16(), status, "{problem}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["type"], format!("https://dashtam.example/errors/{code}"));
        assert_eq!(problem["status"], status);
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        assert!(problem["instance"].as_str().unwrap().starts_with('/'));
        assert_eq!(problem["trace_id"].as_str(), self.header("x-trace-id"));
        assert_eq!(problem["errors"].is_array(), status == 422 && problem.get("errors").is_some());
        problem
    }

    /// A 422; the broken rules as `field:code`, sorted.
    pub(crate) fn broken_rules(&self) -> Vec<String> {
        let problem = self.problem(422, "invalid-request");
        let errors = problem["errors"].as_array().unwrap().iter();
        let mut rules: Vec<_> = errors
            .map(|error| {
                assert!(!error["message"].as_str().unwrap().is_empty());
                format!("{}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap())
            })
            .collect();
        rules.sort();
        rules
    }
}

/// Reads an answer to its end.
pub(super) async fn of(answer: Result<actix_web::dev::ServiceResponse, actix_web::Error>) -> Reply {
    let response = match answer {
        Ok(response) => response.into_parts().1,
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = actix_web::body::to_bytes(response.into_body()).await.unwrap_or_default().to_vec();
    Reply { status, headers, body }
}
