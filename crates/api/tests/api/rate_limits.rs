//! Limits through HTTP: who is counted, what a client is told, and what a refusal does not cost.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{http::Method, test::TestRequest};
use dashtam_api::{RateLimits, RateOverrides};
use dashtam_application::denials::StoreDenials;
use dashtam_domain::{call::Call, secret::SecretText};
use dashtam_local::MemoryRateLimiter;
use dashtam_security::HmacBucketHasher;
use serde_json::{Value, json};

use crate::world::{PASSWORD, Reply, World};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Switches limits on, with these rates.
fn limit(world: &mut World, rates: &[(&str, &str)]) {
    let rates: BTreeMap<_, _> =
        rates.iter().map(|(name, rate)| ((*name).to_owned(), (*rate).to_owned())).collect();
    let hasher = Arc::new(HmacBucketHasher::new(&SecretText::new("a secret of the tests")));
    let overrides = RateOverrides::parse(&rates).unwrap();
    world.change().rate_limits = RateLimits::new(Arc::new(MemoryRateLimiter::new()), hasher, &overrides);
}

fn login(peer: &str, password: &str) -> TestRequest {
    TestRequest::post()
        .uri("/api/v1/auth/login")
        .peer_addr(peer.parse().unwrap())
        .set_json(json!({"email": "ada@example.com", "password": password}))
}

/// What an answer tells of the limits: limit, remaining, reset. Both families of headers say the same.
fn told(reply: &Reply) -> Option<(u32, u32, u32)> {
    let number = |name: &str| -> Option<u32> {
        let value = reply.header(&format!("ratelimit-{name}"));
        assert_eq!(value, reply.header(&format!("x-ratelimit-{name}")));
        value?.parse().ok()
    };
    Some((number("limit")?, number("remaining")?, number("reset")?))
}

#[actix_web::test]
async fn the_twenty_first_sign_in_from_an_address_is_refused() {
    let mut world = World::new().await;
    world.user("ada@example.com").await;
    limit(&mut world, &[]);
    let from = "192.0.2.1:5000";
    for left in (0..20).rev() {
        let reply = world.send(login(from, "")).await;
        assert_eq!(reply.status, 422, "a request that is wrong counts too");
        let (limit, remaining, reset) = told(&reply).unwrap();
        assert_eq!((limit, remaining), (20, left));
        assert!(reset > 0 && reset <= (20 - left) * 12, "{reset}");
        assert_eq!(reply.header("retry-after"), None);
    }
    let reply = world.send(login(from, PASSWORD)).await;
    reply.problem(429, "rate-limited");
    let seconds: u32 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=12).contains(&seconds), "{seconds}");
    assert_eq!(told(&reply), Some((20, 0, seconds)));
    assert!(reply.json()["detail"].as_str().unwrap().contains(&format!("{seconds} second")));
    // Another port is the same client, another address is another one.
    world.send(login("192.0.2.1:6000", PASSWORD)).await.problem(429, "rate-limited");
    assert_eq!(world.send(login("192.0.2.2:5000", PASSWORD)).await.status, 200);
}

#[actix_web::test]
async fn a_forwarded_address_counts_only_from_a_proxy_of_ours() {
    let mut world = World::new().await;
    limit(&mut world, &[("login", "2/0.1")]);
    let sent = |peer: &str, forwarded: String| login(peer, "").insert_header(("x-forwarded-for", forwarded));
    let mut statuses = Vec::new();
    for turn in 0..4 {
        statuses.push(world.send(sent("192.0.2.1:1", format!("203.0.113.{turn}"))).await.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 429, 429], "a new spelling of oneself is no new client");

    world.change().trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    for turn in 0..4 {
        let reply = world.send(sent("10.9.8.7:1", format!("203.0.113.{turn}"))).await;
        assert_eq!(reply.status, 422, "clients behind the proxy are apart");
    }
    // What the client itself wrote further left is not looked at.
    let last = world.send(sent("10.9.8.7:1", "1.1.1.1, 203.0.113.0, 10.0.0.1".to_owned())).await;
    assert_eq!(last.status, 422);
    world.send(sent("10.9.8.7:1", "2.2.2.2, 203.0.113.0".to_owned())).await.problem(429, "rate-limited");
    world.send(sent("192.0.2.1:1", "203.0.113.77".to_owned())).await.problem(429, "rate-limited");
}

#[actix_web::test]
async fn one_network_of_ipv6_is_one_client() {
    let mut world = World::new().await;
    limit(&mut world, &[("login", "1/0.1")]);
    assert_eq!(world.send(login("[2001:db8:1:2::1]:1", "")).await.status, 422);
    world.send(login("[2001:db8:1:2:ffff::9]:1", "")).await.problem(429, "rate-limited");
    assert_eq!(world.send(login("[2001:db8:1:3::1]:1", "")).await.status, 422);
    assert_eq!(world.send(login("192.0.2.1:1", "")).await.status, 422);
    world.send(login("[::ffff:192.0.2.1]:1", "")).await.problem(429, "rate-limited");
}

#[actix_web::test]
async fn a_site_of_ipv6_has_ten_times_the_limit_of_its_networks() {
    let mut world = World::new().await;
    limit(&mut world, &[("login", "1/0.1")]);
    for network in 0..10 {
        assert_eq!(world.send(login(&format!("[2001:db8:1:{network:x}::1]:1"), "")).await.status, 422);
        // A network that goes on asking takes nothing from its neighbours.
        world.send(login(&format!("[2001:db8:1:{network:x}::2]:1"), "")).await.problem(429, "rate-limited");
    }
    world.send(login("[2001:db8:1:a::1]:1", "")).await.problem(429, "rate-limited");
    assert_eq!(world.send(login("[2001:db8:2:a::1]:1", "")).await.status, 422, "another site");
}

#[actix_web::test]
async fn whoever_holds_a_token_is_counted_by_address_where_addresses_are_counted() {
    let mut world = World::new().await;
    let token = world.user("ada@example.com").await.token().to_owned();
    limit(&mut world, &[("login", "1/0.1")]);
    let with_token = || login("192.0.2.1:1", "").insert_header(("authorization", format!("Bearer {token}")));
    assert_eq!(world.send(with_token()).await.status, 422);
    world.send(with_token()).await.problem(429, "rate-limited");
    world.send(login("192.0.2.1:1", "")).await.problem(429, "rate-limited");
}

#[actix_web::test]
async fn users_are_counted_wherever_they_are_and_nobody_can_use_up_anothers() {
    let mut world = World::new().await;
    let (ada, bob) = (world.user("ada@example.com").await.login, world.user("bob@example.com").await.login);
    limit(&mut world, &[("providers", "3/0.1")]);
    let list = |token: &str, from: &str| {
        TestRequest::get()
            .uri(&format!("/api/v1/providers/{ID}"))
            .peer_addr(from.parse().unwrap())
            .insert_header(("authorization", format!("Bearer {token}")))
    };
    let (ada, bob) = (ada["access_token"].as_str().unwrap(), bob["access_token"].as_str().unwrap());
    // Ada's words under somebody else's signature.
    let (head, signature) = (ada.rsplit_once('.').unwrap().0, bob.rsplit_once('.').unwrap().1);
    for _ in 0..5 {
        let forged = format!("{head}.{signature}");
        world.send(list(&forged, "192.0.2.9:1")).await.problem(401, "invalid-access-token");
    }
    for from in ["192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"] {
        assert_eq!(world.send(list(ada, from)).await.status, 404, "the path's parameter changes nothing");
    }
    world.send(list(ada, "192.0.2.4:1")).await.problem(429, "rate-limited");
    assert_eq!(world.send(list(bob, "192.0.2.1:1")).await.status, 404);
}

#[actix_web::test]
async fn requests_without_a_good_credential_are_counted_by_address() {
    let mut world = World::new().await;
    limit(&mut world, &[("unauthenticated", "3/0.1")]);
    let ask = |from: &str| TestRequest::get().uri("/api/v1/auth/me").peer_addr(from.parse().unwrap());
    for _ in 0..3 {
        assert_eq!(world.send(ask("192.0.2.1:1")).await.status, 401);
    }
    world.send(ask("192.0.2.1:1")).await.problem(429, "rate-limited");
    let guess = ask("192.0.2.1:1").insert_header(("authorization", "Bearer a.b.c"));
    world.send(guess).await.problem(429, "rate-limited");
    assert_eq!(world.send(ask("192.0.2.2:1")).await.status, 401);
}

#[actix_web::test]
async fn a_refused_request_runs_no_handler() {
    let mut world = World::new().await;
    let login = world.user("ada@example.com").await.login;
    limit(&mut world, &[("providers", "2/0.1")]);
    let ada = crate::world::User { world: &world, login: login.clone() };
    let statuses = [
        ada.post("/api/v1/providers/create", json!({"provider_key": "bank", "alias": "a"})).await.status,
        ada.post("/api/v1/providers/create", json!({"provider_key": "bank", "alias": "b"})).await.status,
        ada.post("/api/v1/providers/create", json!({"provider_key": "bank", "alias": "c"})).await.status,
    ];
    assert_eq!(statuses.map(|status| status.as_u16()), [201, 201, 429]);
    world.change().rate_limits = RateLimits::off();
    let ada = crate::world::User { world: &world, login };
    let list = ada.get("/api/v1/providers").await;
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 2);
    assert_eq!(told(&list), None);
}

#[actix_web::test]
async fn a_refused_request_needs_no_database() {
    let mut world = World::new().await;
    let login_body = world.user("ada@example.com").await.login;
    limit(&mut world, &[("login", "1/0.1"), ("providers", "1/0.1"), ("refresh_token", "1/0.1")]);
    let ada = crate::world::User { world: &world, login: login_body.clone() };
    // Just after a user changed, sessions are looked up each time.
    actix_web::rt::time::sleep(std::time::Duration::from_millis(1_200)).await;
    let refresh = json!({"refresh_token": login_body["refresh_token"]});
    assert_eq!(world.send(login("192.0.2.1:1", PASSWORD)).await.status, 200);
    assert_eq!(world.post("/api/v1/auth/refresh", refresh.clone()).await.status, 200);
    assert_eq!(ada.get("/api/v1/providers").await.status, 200);
    world.database.close().await;
    ada.get("/api/v1/providers").await.problem(429, "rate-limited");
    world.send(login("192.0.2.1:1", PASSWORD)).await.problem(429, "rate-limited");
    world.post("/api/v1/auth/refresh", refresh).await.problem(429, "rate-limited");
    assert!(world.send(login("192.0.2.2:1", PASSWORD)).await.status.is_server_error(), "others do need it");
}

#[actix_web::test]
async fn a_refresh_token_is_counted_by_itself() {
    let mut world = World::new().await;
    let first = world.user("ada@example.com").await.login;
    let second = world.user("bob@example.com").await.login;
    limit(&mut world, &[("refresh_token", "2/0.1")]);
    let refresh = async |login: &Value| {
        world.post("/api/v1/auth/refresh", json!({"refresh_token": login["refresh_token"]})).await
    };
    for left in [1, 0] {
        let reply = refresh(&first).await;
        assert_eq!((reply.status.as_u16(), told(&reply).unwrap().1), (200, left));
    }
    refresh(&first).await.problem(429, "rate-limited");
    assert_eq!(refresh(&second).await.status, 200);
}

#[actix_web::test]
async fn whoever_comes_back_from_an_institution_too_often_sees_a_page() {
    let mut world = World::new().await;
    limit(&mut world, &[("authorization_callback", "1/0.1")]);
    let come_back = || TestRequest::get().uri("/?state=x&code=y");
    assert_eq!(world.send_callback(come_back()).await.status, 400);
    let page = world.send_callback(come_back()).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, Some("600")));
    assert!(page.text().contains("Too many requests") && page.text().contains("<html"), "{}", page.text());
    // The same limit counts on the API's own callback.
    world.get(&format!("/api/v1/auth/{ID}/callback?state=x&code=y")).await.problem(429, "rate-limited");
}

#[actix_web::test]
async fn head_counts_as_get() {
    let mut world = World::new().await;
    limit(&mut world, &[("public_read", "2/0.1")]);
    let head = || TestRequest::default().method(Method::HEAD).uri("/api/v1/providers/available");
    assert_eq!(world.send(head()).await.status, 200);
    assert_eq!(told(&world.get("/api/v1/providers/available").await), Some((2, 0, 1200)));
    assert_eq!(world.send(head()).await.status, 429);
}

#[actix_web::test]
async fn refusals_are_recorded() {
    let mut world = World::new().await;
    limit(&mut world, &[("login", "1/0.1")]);
    for _ in 0..4 {
        world.send(login("192.0.2.1:1", "")).await;
    }
    let call = Call::system(world.options().sources.clock.now());
    let stored = world.dashtam.denials().store_denials(&call, StoreDenials).await.unwrap();
    // They may have come on both sides of a full minute.
    assert!((1..=2).contains(&stored), "{stored}");
}

#[actix_web::test]
#[ignore = "a measurement"]
async fn how_long_being_limited_takes() {
    use actix_web::{dev::Service, test};

    let mut world = World::new().await;
    let token = world.user("ada@example.com").await.token().to_owned();
    let off = test::init_service(dashtam_api::app(&world.dashtam, world.options())).await;
    limit(&mut world, &[("default", "1000000/1000000")]);
    let on = test::init_service(dashtam_api::app(&world.dashtam, world.options())).await;
    let request = || {
        let request = TestRequest::get().uri("/api/v1/auth/me");
        request.insert_header(("authorization", format!("Bearer {token}"))).to_request()
    };
    let mut best = [f64::MAX; 2];
    for _ in 0..20 {
        for (app, best) in [&off, &on].into_iter().zip(&mut best) {
            let started = std::time::Instant::now();
            for _ in 0..500 {
                assert_eq!(app.call(request()).await.unwrap().status(), 200);
            }
            *best = best.min(started.elapsed().as_secs_f64() / 500.0 * 1e6);
        }
    }
    println!("GET /auth/me: {:.1} µs without limits, {:.1} µs with", best[0], best[1]);
}

/// Every route that the document says is limited really is: its answer says so, whatever the answer.
#[actix_web::test]
async fn every_limited_route_tells_its_limit_and_no_other_does() {
    let mut world = World::new().await;
    let login = world.user("ada@example.com").await.login;
    limit(&mut world, &[]);
    let document = serde_json::to_value(dashtam_api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.push((method.to_uppercase(), path, operation));
        }
    }
    // Signing out comes last.
    operations.sort_by_key(|(_, path, _)| path.contains("logout") || path.contains("revoke"));
    for (method, path, operation) in operations {
        let place = match (path.find('{'), path.find('}')) {
            (Some(start), Some(end)) => format!("{}{ID}{}", &path[..start], &path[end + 1..]),
            _ => path.clone(),
        };
        let ada = crate::world::User { world: &world, login: login.clone() };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = world.send(ada.request(method.clone(), &place)).await;
        let limited = operation["responses"].get("429").is_some();
        assert_eq!(told(&reply).is_some(), limited, "{method} {path}: {}", reply.status);
        assert_ne!(reply.status, 429, "{method} {path}");
    }
    for path in ["/docs", "/openapi.json", "/login", "/nothing", "/health/ready"] {
        assert_eq!(told(&world.get(path).await), None, "{path}");
    }
}
