//! Sessions that browsers hold by cookies.

use actix_web::{http::Method, test::TestRequest};
use chrono::TimeDelta;
use dashtam_domain::{
    identity::Session,
    secret::{OpaqueSecret, SecretKind},
};
use serde_json::json;

use crate::{
    browser::{Browser, CSRF, SESSION, cookie, cookies},
    world::{PASSWORD, World},
};

const ME: &str = "/api/v1/auth/me";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT: &str = "/api/v1/auth/logout";
const CREATE: &str = "/api/v1/providers/create";

fn attributes(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[actix_web::test]
async fn a_browser_gets_a_cookie_that_no_page_reads_and_one_that_its_pages_read() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let mut body = json!({"email": "ada@example.com", "password": PASSWORD, "transport": "cookie"});
    let reply = world.post(LOGIN, body.clone()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let login = reply.json();
    let mut fields: Vec<_> = login.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["csrf_token", "session_id", "user"]);
    let (secret, flags) = cookie(&reply, SESSION).unwrap();
    assert!(
        OpaqueSecret::parse(SecretKind::CookieSession, &secret).is_some() && !reply.text().contains(&secret)
    );
    assert_eq!(flags, attributes(&["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]));
    let (csrf, flags) = cookie(&reply, CSRF).unwrap();
    assert_eq!(login["csrf_token"], csrf.as_str());
    assert_eq!(flags, attributes(&["Path=/", "SameSite=Strict", "Secure"]));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(cookie(&reply, "__Host-dashtam_kc").is_some());

    body["remember_me"] = json!(true);
    let reply = world.post(LOGIN, body).await;
    for name in [SESSION, CSRF] {
        let (_, flags) = cookie(&reply, name).unwrap();
        assert!(flags.contains(&format!("Max-Age={}", 400 * 86_400)), "{flags:?}");
    }
    let browser = Browser::of(&world, &reply);
    let listed = browser.get("/api/v1/auth/sessions").await.json();
    let current = listed["items"].as_array().unwrap().iter().find(|one| one["is_current"] == true).unwrap();
    assert_eq!((&current["transport"], &current["long_lived"]), (&json!("cookie"), &json!(true)));
    assert_eq!(current["id"], browser.login["session_id"]);
}

#[actix_web::test]
async fn who_asks_for_tokens_gets_tokens_and_other_words_are_told() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let ask = async |more: serde_json::Value| {
        let mut body = json!({"email": "ada@example.com", "password": PASSWORD});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post(LOGIN, body).await
    };
    for more in [json!({}), json!({"transport": null}), json!({"transport": "token", "remember_me": true})] {
        let reply = ask(more).await;
        assert!(reply.json()["access_token"].is_string() && cookie(&reply, SESSION).is_none());
    }
    for (more, expected) in [
        (json!({"transport": "api_key"}), vec!["transport:unknown"]),
        (json!({"transport": "Cookie"}), vec!["transport:unknown"]),
        (
            json!({"transport": 7, "remember_me": "yes"}),
            vec!["remember_me:wrong_type", "transport:wrong_type"],
        ),
        (json!({"transport": "cookie", "remember_me": 1}), vec!["remember_me:wrong_type"]),
    ] {
        assert_eq!(ask(more).await.broken_rules(), expected);
    }
}

#[actix_web::test]
async fn reads_need_the_cookie_and_writes_a_page_of_ours() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    let other = Browser::sign_in(&world, "ada@example.com").await;
    // Reads may come from wherever: nothing changes, and no other page can see the answer.
    let read = browser.request(Method::GET, ME).insert_header(("sec-fetch-site", "cross-site"));
    assert_eq!(world.send(read).await.json()["email"], "ada@example.com");

    let write =
        || browser.request(Method::POST, CREATE).set_json(json!({"provider_key": "bank", "alias": "A"}));
    let proof = ("x-csrf-token", browser.csrf.clone());
    for (what, request) in [
        ("no token", write()),
        ("a made-up token", write().insert_header(("x-csrf-token", "x"))),
        ("another session's token", write().insert_header(("x-csrf-token", other.csrf.clone()))),
        ("the secret as a token", write().insert_header(("x-csrf-token", browser.secret.clone()))),
        ("two tokens", write().insert_header(proof.clone()).append_header(proof.clone())),
        (
            "another site",
            write().insert_header(proof.clone()).insert_header(("sec-fetch-site", "cross-site")),
        ),
        (
            "a sibling site",
            write().insert_header(proof.clone()).insert_header(("sec-fetch-site", "same-site")),
        ),
        (
            "another site that claims to be ours",
            write()
                .insert_header(proof.clone())
                .insert_header(("origin", "https://dashtam.example"))
                .insert_header(("sec-fetch-site", "cross-site")),
        ),
        (
            "two sites",
            write()
                .insert_header(proof.clone())
                .insert_header(("sec-fetch-site", "same-origin"))
                .append_header(("sec-fetch-site", "cross-site")),
        ),
        (
            "another origin",
            write().insert_header(proof.clone()).insert_header(("origin", "https://evil.example")),
        ),
        ("no origin", write().insert_header(proof.clone()).insert_header(("origin", "null"))),
        ("a form", write().insert_header(proof.clone()).insert_header(("content-type", "text/plain"))),
        (
            "another form",
            write()
                .insert_header(proof.clone())
                .insert_header(("content-type", "application/x-www-form-urlencoded")),
        ),
    ] {
        let refused = world.send(request).await;
        assert_eq!(refused.status, 403, "{what}: {}", refused.text());
        refused.problem(403, "csrf-failed");
    }
    let untyped =
        browser.page(Method::POST, CREATE).insert_header(("content-length", "3")).set_payload("{}x");
    world.send(untyped).await.problem(403, "csrf-failed");

    let sites = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("origin", "https://dashtam.example"),
    ];
    for (number, site) in sites.into_iter().enumerate() {
        let body = json!({"provider_key": "bank", "alias": format!("Bank {number}")});
        let request = browser.request(Method::POST, CREATE).insert_header(proof.clone()).insert_header(site);
        let made = world.send(request.set_json(body)).await;
        assert_eq!(made.status, 201, "{site:?}: {}", made.text());
    }
    // An authorization begins by GET.
    let begin =
        || browser.request(Method::GET, "/api/v1/auth/01890a5d-ac96-774b-bcce-b302099a8057/authorize");
    world.send(begin().insert_header(("sec-fetch-site", "cross-site"))).await.problem(403, "csrf-failed");
    world.send(begin().insert_header(("sec-fetch-site", "none"))).await.problem(404, "not-found");
    // Neither header, as with a program that keeps cookies.
    let plain = browser.request(Method::DELETE, "/api/v1/auth/sessions/others/revoke").insert_header(proof);
    assert_eq!(world.send(plain).await.status, 200);
    other.get(ME).await.problem(401, "invalid-access-token");
}

#[actix_web::test]
async fn the_front_end_and_the_origins_that_are_let_in_may_write() {
    let mut world = World::new().await;
    world.change().front_end = "https://app.example.com/money".parse().unwrap();
    world.change().cors_origins = vec!["https://let-in.example".to_owned()];
    world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    for (origin, status) in [
        ("https://app.example.com", 200),
        ("https://let-in.example", 200),
        ("https://dashtam.example", 200),
        ("http://app.example.com", 403),
        ("https://app.example.com:8443", 403),
    ] {
        let request = browser
            .request(Method::PATCH, ME)
            .insert_header(("x-csrf-token", browser.csrf.clone()))
            .insert_header(("origin", origin));
        assert_eq!(world.send(request.set_json(json!({"name": "Ada"}))).await.status, status, "{origin}");
    }
}

#[actix_web::test]
async fn nobody_is_signed_in_to_a_cookie_by_another_site() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "transport": "cookie"});
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = TestRequest::post().uri(LOGIN).insert_header(header).set_json(&body);
        let refused = world.send(request).await;
        refused.problem(403, "csrf-failed");
        assert!(cookies(&refused).is_empty());
    }
    // Tokens are of no use to another site's page: it cannot read the answer.
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let request =
        TestRequest::post().uri(LOGIN).insert_header(("sec-fetch-site", "cross-site")).set_json(body);
    assert_eq!(world.send(request).await.status, 200);
}

#[actix_web::test]
async fn a_browser_that_signs_in_again_loses_the_session_it_had() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    world.user("eve@example.com").await;
    let elsewhere = Browser::sign_in(&world, "ada@example.com").await;
    let first = Browser::sign_in(&world, "ada@example.com").await;
    first.get(ME).await;
    // Whoever signs in there, and whoever planted the cookie.
    let body = json!({"email": "eve@example.com", "password": PASSWORD, "transport": "cookie"});
    let second = Browser::of(&world, &world.send(first.page(Method::POST, LOGIN).set_json(body)).await);
    assert_ne!(first.secret, second.secret);
    first.get(ME).await.problem(401, "invalid-access-token");
    assert_eq!(second.get(ME).await.json()["email"], "eve@example.com");
    assert_eq!(elsewhere.get(ME).await.status, 200, "other browsers go on");
    // A failed sign-in ends nothing.
    let body = json!({"email": "eve@example.com", "password": "Wrong-Horse-7", "transport": "cookie"});
    let failed = world.send(second.page(Method::POST, LOGIN).set_json(body)).await;
    failed.problem(401, "invalid-credentials");
    assert_eq!(second.get(ME).await.status, 200);
}

#[actix_web::test]
async fn signing_out_clears_the_browser_also_when_the_session_is_over() {
    let world = World::new().await;
    let tokens = world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    world.send(browser.request(Method::POST, LOGOUT)).await.problem(403, "csrf-failed");
    let cross = browser.page(Method::POST, LOGOUT).insert_header(("sec-fetch-site", "cross-site"));
    world.send(cross).await.problem(403, "csrf-failed");
    assert_eq!(browser.get(ME).await.status, 200);
    for round in ["alive", "over"] {
        let out = world.send(browser.page(Method::POST, LOGOUT)).await;
        assert_eq!((out.status.as_u16(), out.json()["message"].is_string()), (200, true), "{round}");
        assert_eq!(out.header("clear-site-data"), Some("\"cookies\", \"storage\""));
        for name in [SESSION, CSRF] {
            let (value, flags) = cookie(&out, name).unwrap();
            assert!(value.is_empty() && flags.contains(&"Max-Age=0".to_owned()), "{flags:?}");
            assert!(flags.contains(&"Secure".to_owned()) && flags.contains(&"Path=/".to_owned()));
        }
        browser.get(ME).await.problem(401, "invalid-access-token");
    }
    let garbled = TestRequest::post().uri(LOGOUT).insert_header(("cookie", format!("{SESSION}=x")));
    assert_eq!(world.send(garbled).await.status, 200);
    // Clients with tokens keep whatever cookies they have.
    let out = tokens.post(LOGOUT, json!({})).await;
    assert_eq!((out.status.as_u16(), out.header("clear-site-data"), cookies(&out).len()), (200, None, 0));
    world.send(TestRequest::post().uri(LOGOUT)).await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn a_lasting_cookie_is_given_anew_once_a_day_and_an_idle_one_ends() {
    let world = World::new().await;
    world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    let id = browser.login["session_id"].as_str().unwrap().parse().unwrap();
    let real = world.storage.queries.session(id).await.unwrap().unwrap().session;
    let now = world.options().sources.clock.now();
    let insert = async |byte: u8, long_lived, age: TimeDelta| {
        let secret = |kind| OpaqueSecret::from_bytes(kind, &[byte; 32]);
        let (dss, dsf) = (secret(SecretKind::CookieSession), secret(SecretKind::Csrf));
        let session = Session {
            id: format!("01890a5d-ac96-774b-bcce-b302099a80{byte:02}").parse().unwrap(),
            long_lived,
            created_at: now.plus(-TimeDelta::days(100)),
            last_seen_at: now.plus(-age),
            expires_at: now.plus(TimeDelta::days(630)),
            credential: Some(dss.hash()),
            csrf: Some(dsf.hash()),
            ..real.clone()
        };
        let mut unit = world.storage.store.begin().await.unwrap();
        unit.sessions().insert(&session).await.unwrap();
        unit.commit().await.unwrap();
        let (secret, csrf) = (dss.expose().to_owned(), dsf.expose().to_owned());
        Browser { world: &world, secret, csrf, login: json!({}) }
    };
    let lasting = insert(1, true, TimeDelta::days(30)).await;
    let renewed = lasting.get(ME).await;
    for (name, value) in [(SESSION, &lasting.secret), (CSRF, &lasting.csrf)] {
        let (given, flags) = cookie(&renewed, name).unwrap();
        assert!(given == *value && flags.contains(&format!("Max-Age={}", 400 * 86_400)), "{flags:?}");
        assert_eq!(flags.contains(&"HttpOnly".to_owned()), name == SESSION);
    }
    assert!(cookies(&lasting.get(ME).await).is_empty());
    // What clears the cookies is not undone.
    let leaving = insert(2, true, TimeDelta::days(30)).await;
    let out = leaving.post(LOGOUT, json!({})).await;
    assert_eq!(cookies(&out).len(), 2);
    assert_eq!(cookie(&out, SESSION).unwrap().0, "");

    let week = TimeDelta::hours(168);
    let short = insert(3, false, week - TimeDelta::minutes(1)).await;
    assert!(cookies(&short.get(ME).await).is_empty(), "it ends with the browser");
    assert_eq!(short.get(ME).await.status, 200);
    insert(4, false, week).await.get(ME).await.problem(401, "invalid-access-token");
}

#[actix_web::test]
async fn files_and_repeated_requests_work_by_cookie() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    let body = json!({"provider_key": "bank", "alias": "Bank"});
    let keyed = || browser.page(Method::POST, CREATE).insert_header(("idempotency-key", "k")).set_json(&body);
    let (first, second) = (world.send(keyed()).await, world.send(keyed()).await);
    assert_eq!((first.status.as_u16(), first.text()), (201, second.text()));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    let upload = |token: &str| {
        let cookies = format!("{SESSION}={}", browser.secret);
        let mut request = user.upload("a.ofx", crate::imports::STATEMENT, "xx").to_request();
        request.headers_mut().remove("authorization");
        let (head, payload) = request.into_parts();
        let kind = head.headers().get("content-type").unwrap().clone();
        let token = token.to_owned();
        async move {
            let body = actix_web::body::to_bytes(actix_web::body::BodyStream::new(payload)).await.unwrap();
            TestRequest::post()
                .uri("/api/v1/imports")
                .insert_header(("cookie", cookies))
                .insert_header(("x-csrf-token", token))
                .insert_header(("content-type", kind))
                .set_payload(body)
        }
    };
    world.send(upload("").await).await.problem(403, "csrf-failed");
    let imported = world.send(upload(&browser.csrf).await).await;
    assert_eq!(imported.status, 201, "{}", imported.text());
    let trail = browser.get("/api/v1/auth/me/audit-log").await.json();
    let actions: Vec<_> = trail["items"].as_array().unwrap().iter().map(|line| &line["action"]).collect();
    assert!(actions.contains(&&json!("statement_imported")) && actions.contains(&&json!("provider_created")));
    let listed = browser.get("/api/v1/auth/sessions").await.json();
    let current = listed["items"].as_array().unwrap().iter().find(|one| one["is_current"] == true).unwrap();
    assert_eq!(current["api_calls"], 5, "requests that were refused are not counted");
}
