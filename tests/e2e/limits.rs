//! Rate limits of the real program, alone and of two servers that share a Redis.

use std::time::{Duration, Instant};

use dashtam_testkit::servers::Redis;
use dashtam_tests::{
    Api, Engine, Place, Server, User,
    patience::{SOON, eventually},
    server::Options,
};
use serde_json::json;

use crate::{
    engines::place,
    replicas::{common, pair_with},
};

/// Settings of a server whose sign-in limit is five.
fn limited() -> Options {
    let mut options = common();
    options.variables.extend([
        ("DASHTAM__RATE_LIMITS__ENABLED", "true".to_owned()),
        ("DASHTAM__RATE_LIMITS__RULES__LOGIN", "5/0.1".to_owned()),
    ]);
    options
}

/// Two servers that start together on one database and one Redis.
fn pair(place: &Place, redis: &Redis) -> (Server, Server) {
    let mut options = limited();
    options.variables.push(("REDIS_URL", redis.url()));
    // The machine of the tests is a busy one.
    options.variables.push(("DASHTAM__REDIS__TIMEOUT_MS", "5000".to_owned()));
    pair_with(place, &options)
}

/// What a sign-in with a body that is wrong is answered: 422, or 429 when there were too many.
async fn try_to_sign_in(api: &Api) -> u16 {
    api.post("/api/v1/auth/login", &json!({"email": "nobody@e2e.example", "password": ""})).await.status
}

/// How many of 20 attempts at these servers in turn got through.
async fn through(apis: &[&Api]) -> usize {
    let mut through = 0;
    for turn in 0..20 {
        through += usize::from(try_to_sign_in(apis[turn % apis.len()]).await == 422);
    }
    through
}

/// Waits until a server says this of Redis; it is ready all the while.
async fn until_redis_is(api: &Api, state: &str) {
    eventually(state, SOON, async || {
        let health = api.get("/health/ready").await.expect(200);
        (health["redis"] == state).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_alone_limits_and_records_what_it_refused() {
    let place = place!(Engine::Postgres, "a_server_alone_limits_and_records_what_it_refused");
    let server = Server::start_with(&place, &limited());
    let api = Api::of(&server);
    assert!(api.get("/health/ready").await.expect(200)["redis"].is_null());
    // The limits of the reference, when nothing is said of them.
    let first = api.post("/api/v1/auth/register", &json!({})).await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("10", "9"));
    assert_eq!(through(&[&api]).await, 5);
    // A spoofed address is nobody's.
    let spoofed = api
        .request("POST", "/api/v1/auth/login")
        .header("x-forwarded-for", "203.0.113.9")
        .json(&json!({"email": "nobody@e2e.example", "password": ""}));
    let refused = dashtam_tests::api::send(spoofed).await;
    refused.refused(429, "rate-limited");
    let seconds: u32 = refused.header("retry-after").parse().expect("seconds");
    assert!((590..=600).contains(&seconds), "{seconds}");
    let (code, _) = server.stop("TERM").await;
    assert_eq!(code, Some(0));
    // Written when the server stopped.
    let pool = sqlx::PgPool::connect(place.database_url().expect("a database")).await.expect("it is there");
    let rows: Vec<(String, String, i32, String, String)> = sqlx::query_as(
        "SELECT rule_name, endpoint, violation_count, identifier, ip_address FROM rate_limit_denials",
    )
    .fetch_all(&pool)
    .await
    .expect("the table is there");
    assert_eq!(rows.iter().map(|row| row.2).sum::<i32>(), 16, "{rows:?}");
    for (rule, endpoint, _, identifier, address) in rows {
        assert_eq!((rule.as_str(), endpoint.as_str()), ("login", "POST /api/v1/auth/login"));
        assert_eq!(address, "127.0.0.1");
        assert!(identifier.starts_with("address:") && !identifier.contains("127"), "{identifier}");
    }
}

#[tokio::test]
async fn two_servers_share_limits_and_revocations_and_go_on_without_redis() {
    let test = "two_servers_share_limits_and_revocations_and_go_on_without_redis";
    let place = place!(Engine::Postgres, test);
    let redis = match Redis::start() {
        Ok(redis) => redis,
        Err(skip) => return skip.announce(test),
    };
    let (first, second) = pair(&place, &redis);
    let here = User::new(&first).await;
    let there = here.at(&second);
    until_redis_is(&here.api, "connected").await;
    until_redis_is(&there.api, "connected").await;

    // One sign-in was the user's.
    let (one, two) = (Api::of(&first), Api::of(&second));
    assert_eq!(through(&[&one, &two]).await, 4);

    // What the other has looked up a moment ago it would otherwise keep for five seconds. (Just after a connection
    // nothing is kept: look until it is.)
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    there.api.get("/api/v1/auth/me").await.expect(200);
    there.api.get("/api/v1/auth/me").await.expect(200);
    here.api.post("/api/v1/auth/logout", &json!({})).await.expect(200);
    let signed_out = Instant::now();
    eventually("the end of the session on the other server", Duration::from_secs(1), async || {
        (there.api.get("/api/v1/auth/me").await.status == 401).then_some(())
    })
    .await;
    assert!(signed_out.elapsed() < Duration::from_secs(1), "{:?}", signed_out.elapsed());

    redis.kill();
    let started = Instant::now();
    assert_eq!(through(&[&one]).await, 5, "each limits by itself");
    assert_eq!(through(&[&two]).await, 5);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    until_redis_is(&one, "disconnected").await;
    assert_eq!(one.get("/health").await.expect(200)["status"], "degraded");
    there.api.get("/api/v1/auth/me").await.refused(401, "invalid-access-token");

    redis.start_again();
    until_redis_is(&one, "connected").await;
    until_redis_is(&two, "connected").await;
    assert_eq!(through(&[&one, &two]).await, 5, "they share again, from the beginning");
    there.api.get("/api/v1/auth/me").await.refused(401, "invalid-access-token");
    let lost = first.log().matches("Redis is lost").count();
    assert_eq!(lost, 1, "one line for each change");
}
