//! The table against the routes, the document and the page of the manual.

use std::collections::{BTreeMap, BTreeSet};

use super::{LIMITS, RateOverrides, Rule, Scope, describe::counted, rules_of, same_template};
use crate::routes::ROUTES;

#[test]
fn every_line_is_of_a_route_and_no_route_has_two() {
    for (at, limit) in LIMITS.iter().enumerate() {
        let is_route =
            ROUTES.iter().any(|(method, path)| *method == limit.method && same_template(path, limit.path));
        assert!(is_route, "{} {} is no route", limit.method, limit.path);
        let again = LIMITS[..at]
            .iter()
            .any(|earlier| earlier.method == limit.method && same_template(earlier.path, limit.path));
        assert!(!again, "{} {} stands twice", limit.method, limit.path);
    }
}

/// What anybody may send without signing in, and what costs a password hash, a mail or an account, is counted by
/// address, and more strictly than by default. Only what says how the program is has no limit.
#[test]
fn public_routes_are_limited_by_address_and_only_system_routes_have_no_limit() {
    let document = serde_json::to_value(crate::openapi()).unwrap();
    for (method, path) in ROUTES {
        let operation = &document["paths"][path][method.to_lowercase()];
        let public = operation["security"] == serde_json::json!([{}]);
        let rules = rules_of(method, path);
        if rules.is_empty() {
            assert_eq!(operation["tags"][0], "system", "{method} {path} has no limit");
        } else if public {
            let strict = rules.iter().any(|rule| {
                rule.scope() == Scope::Address && rule.rate().burst() < Rule::Default.rate().burst()
            });
            assert!(strict, "{method} {path} is public: it needs a limit by address in LIMITS");
        } else {
            let counted = rules.iter().all(|rule| rule.scope() != Scope::Secret)
                && rules
                    .iter()
                    .any(|rule| matches!(rule.scope(), Scope::User | Scope::Caller | Scope::Address));
            assert!(counted, "{method} {path}");
        }
    }
}

#[test]
fn a_route_with_a_parameter_is_found_whatever_its_name() {
    assert_eq!(rules_of("GET", "/api/v1/password-resets/{anything}"), [Rule::PasswordResetCheck]);
    assert_eq!(rules_of("POST", "/api/v1/password-resets"), [Rule::PasswordReset]);
    assert_eq!(rules_of("DELETE", "/api/v1/providers/{id}/"), [Rule::ProviderDelete]);
    assert_eq!(rules_of("GET", "/api/v1/accounts"), [Rule::Default]);
    assert!(!same_template("/a/{b}", "/a/b") && !same_template("/a/{b}", "/a/{b}/c"));
}

#[test]
fn names_are_short_and_different() {
    let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    assert!(names.iter().all(|name| name.len() <= 100 && !name.contains(':')));
}

#[test]
fn the_document_tells_the_limits() {
    let document = serde_json::to_value(crate::openapi()).unwrap();
    let login = &document["paths"]["/api/v1/auth/login"]["post"];
    let text = login["description"].as_str().unwrap();
    assert!(text.ends_with("Rate limit: 20 at once and 5 per minute for each client address."), "{text}");
    assert_eq!(login["responses"]["429"]["headers"]["Retry-After"]["schema"]["type"], "integer");
    for (method, path) in ROUTES {
        let operation = &document["paths"][path][method.to_lowercase()];
        let told = operation["responses"].get("429").is_some();
        assert_eq!(told, !rules_of(method, path).is_empty(), "{method} {path}");
    }
}

#[test]
fn settings_replace_rates_and_mistakes_are_named() {
    let of = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, rate)| ((*name).to_owned(), (*rate).to_owned()));
        RateOverrides::parse(&pairs.collect::<BTreeMap<_, _>>())
    };
    let read = of(&[("login", "3/0.5")]).unwrap();
    assert_eq!(read.0, [(Rule::Login, "3/0.5".parse().unwrap())]);
    let wrong = of(&[("logni", "3/1"), ("register", "many")]).unwrap_err();
    assert!(wrong[0].starts_with("logni is not") && wrong[0].contains("login"), "{wrong:?}");
    assert!(wrong[1].starts_with("register must be"), "{wrong:?}");
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
         Written from the table in `crates/api/src/rate_limits/mod.rs`; a test keeps the two together.\n\n\
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
        let routes: Vec<String> = ROUTES
            .iter()
            .filter(|(method, path)| *rule != Rule::Default && rules_of(method, path).contains(rule))
            .map(|(method, path)| format!("`{method} {path}`"))
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
    let unlimited: Vec<String> = ROUTES
        .iter()
        .filter(|(method, path)| rules_of(method, path).is_empty())
        .map(|(method, path)| format!("`{method} {path}`"))
        .collect();
    page.push_str(&format!("\nWithout a limit: {}, and the pages and documents.\n", unlimited.join(", ")));
    page
}
