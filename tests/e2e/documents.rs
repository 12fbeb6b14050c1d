//! The documentation, served from the program itself and needing nothing from elsewhere.

use dashtam_tests::{Api, Engine, Server, api::send, program, server::Options};
use serde_json::Value;

use crate::engines::shared;

/// Hosts that stand in texts and names, where nothing is fetched from.
const NAMES_ONLY: [&str; 3] = ["www.w3.org", "example.com", "json-schema.org"];

/// Hosts of addresses in a text.
fn hosts(text: &str) -> Vec<String> {
    let mut found: Vec<String> = ["http://", "https://"]
        .iter()
        .flat_map(|scheme| text.match_indices(scheme).map(|(at, _)| &text[at + scheme.len()..]))
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).collect())
        .filter(|host: &String| host.contains('.') || host.contains("localhost"))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Addresses of what a page loads.
fn loaded(page: &str) -> Vec<&str> {
    ["src=\"", "href=\""]
        .iter()
        .flat_map(|attribute| page.match_indices(attribute).map(|(at, found)| &page[at + found.len()..]))
        .filter_map(|rest| rest.split_once('"').map(|(value, _)| value))
        .collect()
}

#[tokio::test]
async fn the_pages_load_everything_from_this_server() {
    let server = shared!(Engine::Sqlite, "the_pages_load_everything_from_this_server");
    let api = Api::of(&server);
    for page in ["/docs", "/docs/", "/redoc", "/verify-email"] {
        let reply = api.get(page).await;
        assert_eq!(reply.status, 200, "{page}");
        assert!(reply.header("content-type").starts_with("text/html"), "{page}");
        // Browsers are told to load from here only, whatever a script may try.
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{page}: {policy}");
        assert!(!policy.contains("http"), "{page}: {policy}");
        let text = reply.text();
        assert!(hosts(&text).is_empty(), "{page} names {:?}", hosts(&text));
        let parts = loaded(&text);
        assert!(!parts.is_empty(), "{page} loads nothing");
        for part in parts.into_iter().filter(|part| !part.starts_with("data:")) {
            assert!(part.starts_with('/') && !part.starts_with("//"), "{page} loads {part}");
            let part = send(api.request("GET", part)).await;
            assert_eq!(part.status, 200, "{page}: {:?}", part.headers);
            assert!(part.body.len() > 20, "{page} loads something empty");
        }
    }
}

#[tokio::test]
async fn the_document_that_is_served_is_the_one_the_command_prints() {
    let server = shared!(Engine::Sqlite, "the_document_that_is_served_is_the_one_the_command_prints");
    let api = Api::of(&server);
    let served = api.get("/openapi.json").await.expect(200);
    let printed = program::run(&["openapi"], &[]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    let printed: Value = serde_json::from_str(&printed.stdout).expect("the document is JSON");
    assert_eq!(printed, served);
    assert!(served["openapi"].as_str().unwrap().starts_with("3."));
    let foreign: Vec<String> =
        hosts(&served.to_string()).into_iter().filter(|host| !NAMES_ONLY.contains(&host.as_str())).collect();
    assert!(foreign.is_empty(), "the document names {foreign:?}");
    let root = api.get("/").await.expect(200);
    assert_eq!(served["info"]["version"], root["version"]);
}

#[tokio::test]
async fn every_documented_route_is_there_and_wants_what_it_says() {
    let server = shared!(Engine::Sqlite, "every_documented_route_is_there_and_wants_what_it_says");
    let api = Api::of(&server);
    let document = api.get("/openapi.json").await.expect(200);
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = "01900000-0000-7000-8000-000000000000";
            let parts = path.split('/').map(|part| if part.starts_with('{') { id } else { part });
            let path = parts.collect::<Vec<_>>().join("/");
            let reply = send(api.request(&method.to_uppercase(), &path)).await;
            let open = operation["security"] == serde_json::json!([{}]);
            assert!(!matches!(reply.status, 405 | 500..), "{method} {path}: {}", reply.text());
            assert_eq!(reply.status == 401, !open, "{method} {path}: {}", reply.status);
            if reply.status >= 400 {
                reply.problem();
            }
            assert!(
                operation["operationId"].is_string() && operation["summary"].is_string(),
                "{method} {path}"
            );
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen} routes");
}

#[tokio::test]
async fn health_tells_the_truth_and_the_documentation_can_be_switched_off() {
    let place = dashtam_tests::Place::sqlite();
    let variables = vec![("DASHTAM__SERVER__DOCS", "false".to_owned())];
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let api = Api::of(&server);
    for path in ["/docs", "/redoc", "/openapi.json", "/docs/index.css"] {
        api.get(path).await.refused(404, "no-such-route");
    }
    for path in ["/health", "/health/ready", "/api/v1/health"] {
        let health = api.get(path).await.expect(200);
        assert_eq!((&health["status"], &health["database"]), (&"healthy".into(), &"connected".into()));
    }
    assert_eq!(api.get("/health/live").await.expect(200)["status"], "healthy");
    assert_eq!(api.get("/").await.expect(200)["docs"], "disabled");
    let head = send(api.request("HEAD", "/health")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}
