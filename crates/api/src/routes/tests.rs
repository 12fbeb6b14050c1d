//! The endpoints against each other, the document and the page of the manual.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{endpoints, openapi, table};
use crate::{
    endpoint::Served,
    openapi::counted,
    rate_limits::{Rule, Scope},
};

/// Every endpoint with its path, in the order in which paths are tried.
fn served() -> impl Iterator<Item = (&'static str, &'static Served)> {
    let resources = table().resources().iter();
    resources.flat_map(|resource| resource.endpoints.iter().map(|served| (resource.path.as_str(), served)))
}

fn document() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

#[test]
fn the_document_has_exactly_these_endpoints() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let declared: BTreeSet<_> =
        served().map(|(path, served)| (served.method.to_owned(), path.to_owned())).collect();
    assert_eq!(declared.len(), endpoints().count(), "two endpoints have one method and path");
    assert_eq!(declared, documented);
    let names: BTreeSet<_> = endpoints().map(|endpoint| endpoint.name).collect();
    assert_eq!(names.len(), declared.len(), "two endpoints have one name");
}

/// A path whose every segment fits an earlier one's would never be reached.
#[test]
fn no_path_hides_another() {
    let paths: Vec<&str> = table().resources().iter().map(|resource| resource.path.as_str()).collect();
    let fits = |earlier: &str, later: &str| earlier == later || earlier.starts_with('{');
    for (at, later) in paths.iter().enumerate() {
        for earlier in &paths[..at] {
            let split = |path: &str| -> Vec<String> {
                path.trim_end_matches('/').split('/').map(str::to_owned).collect()
            };
            let (a, b) = (split(earlier), split(later));
            let hidden = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| fits(a, b));
            assert!(!hidden, "{earlier} hides {later}");
        }
    }
}

/// What anybody may send without signing in, and what costs a password hash, a mail or an account, is counted by
/// address, and more strictly than by default. Only what says how the program is has no limit.
#[test]
fn public_endpoints_are_limited_by_address_and_only_system_endpoints_have_no_limit() {
    let document = document();
    for (path, Served { method, limits, .. }) in served() {
        let operation = &document["paths"][path][method.to_lowercase()];
        let public = operation["security"] == json!([{}]);
        if limits.is_empty() {
            assert_eq!(operation["tags"][0], "system", "{method} {path} has no limit");
        } else if public {
            let strict = limits.iter().any(|rule| {
                rule.scope() == Scope::Address && rule.rate().burst() < Rule::Default.rate().burst()
            });
            assert!(strict, "{method} {path} is public: it needs a limit by address");
        } else {
            let counted = limits.iter().all(|rule| rule.scope() != Scope::Secret)
                && limits
                    .iter()
                    .any(|rule| matches!(rule.scope(), Scope::User | Scope::Caller | Scope::Address));
            assert!(counted, "{method} {path}");
        }
    }
}

/// An answer always has what may be null in it; a body need not, and neither need what stands in a body.
#[test]
fn what_a_body_may_leave_out_it_may_leave_out_in_every_depth() {
    let document = document();
    let required = |name: &str| document["components"]["schemas"][name]["required"].clone();
    assert_eq!(required("RuleActionsBody"), Value::Null);
    assert!(required("RuleActions").as_array().unwrap().contains(&json!("note")));
}

/// A key of once stands for the method, the path and the body of a request. If a query said what is done, the answer to another
/// query would be given again.
#[test]
fn no_query_says_what_is_done_once() {
    let document = document();
    let takes =
        |operation: &Value, place: &str, name: Option<&str>| {
            operation["parameters"].as_array().into_iter().flatten().any(|parameter| {
                parameter["in"] == place && name.is_none_or(|name| parameter["name"] == name)
            })
        };
    let both: Vec<&str> = served()
        .filter(|(path, served)| {
            let operation = &document["paths"][path][served.method.to_lowercase()];
            takes(operation, "header", Some("Idempotency-Key")) && takes(operation, "query", None)
        })
        .map(|(path, _)| path)
        .collect();
    // With `dry_run=true` it neither uses a key up nor looks for its answer.
    assert_eq!(both, ["/api/v1/imports"]);
}

#[test]
fn the_document_tells_the_limits() {
    let document = document();
    let login = &document["paths"]["/api/v1/auth/login"]["post"];
    let text = login["description"].as_str().unwrap();
    assert!(text.ends_with("Rate limit: 20 at once and 5 per minute for each client address."), "{text}");
    assert_eq!(login["responses"]["429"]["headers"]["Retry-After"]["schema"]["type"], "integer");
    for (path, Served { method, limits, .. }) in served() {
        let operation = &document["paths"][path][method.to_lowercase()];
        let told = operation["responses"].get("429").is_some();
        assert_eq!(told, !limits.is_empty(), "{method} {path}");
    }
}

/// The manual's page. `DASHTAM_WRITE_DOCS=1` writes it anew.
#[test]
fn the_page_of_the_manual_is_this_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rate-limits.md");
    let table = page();
    if std::env::var("DASHTAM_WRITE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::write(file, &table).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(written == table, "docs/rate-limits.md is out of date: run this test with DASHTAM_WRITE_DOCS=1");
}

fn page() -> String {
    let mut page = String::from(
        "# Rate limits\n\n\
         Written from the endpoints in `crates/api/src/routes` and the sorts of limits in `crates/api/src/rate_limits/mod.rs`; a test keeps them together.\n\n\
         Each limit is a bucket of requests: so many at once, and so many come back per minute. A refused request is \
         answered 429 `rate-limited` with `Retry-After`, before a password is hashed or the database is asked (a limit \
         by user may look the session up, once in five seconds), and takes nothing from the bucket. Every answer of a limited route says how the tightest of its limits stands: \
         `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds), also with `X-` in front. Addresses \
         count by network: IPv4 singly, IPv6 by /64 and, with ten times the numbers (`rate_limits.ipv6_site_factor`), \
         by /48. Behind a proxy, name it in `server.trusted_proxies`, or all clients are one.\n\n\
         A number is changed by `rate_limits.rules.<name> = \"BURST/PER_MINUTE\"`, all limits are switched off by \
         `rate_limits.enabled = false`. Without Redis (`redis.url`) each replica counts for itself. Refusals are \
         recorded by the minute in the table `rate_limit_denials`.\n\n\
         | Name | At once | Per minute | For each | On |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in Rule::ALL {
        let routes: Vec<String> = served()
            .filter(|(_, served)| *rule != Rule::Default && served.limits.contains(rule))
            .map(|(path, served)| format!("`{} {path}`", served.method))
            .collect();
        let on = match rule {
            Rule::Default => "every route that is not below".to_owned(),
            Rule::Unauthenticated => "401 answers of every route".to_owned(),
            // Its routes are being built.
            _ if routes.is_empty() => continue,
            _ => routes.join(", "),
        };
        let rate = rule.rate().to_string();
        let (burst, per_minute) = rate.split_once('/').unwrap();
        let by = counted(rule.scope());
        page.push_str(&format!("| `{}` | {burst} | {per_minute} | {by} | {on} |\n", rule.name()));
    }
    let unlimited: Vec<String> = served()
        .filter(|(_, served)| served.limits.is_empty())
        .map(|(path, served)| format!("`{} {path}`", served.method))
        .collect();
    page.push_str(&format!("\nWithout a limit: {}, and the documents.\n", unlimited.join(", ")));
    page.push_str(
        "\nThe pages have the limits of the endpoints that do the same: a form that signs in counts as `login`, and most pages \
         as `default`.\n",
    );
    page
}
