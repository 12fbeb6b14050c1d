//! Access tokens signed by the keystore's pair: one pair for all servers, verified by somebody else's library, rotated.

use std::{collections::BTreeSet, time::Duration};

use dashtam_tests::{
    Engine, Server, User, patience::eventually, program, python::told_by_python, server::Options,
};
use serde_json::Value;

use crate::{engines::place, replicas::common};

fn options() -> Options {
    let mut options = common();
    options.variables.push(("DASHTAM__TOKENS__ALGORITHM", "RS256".to_owned()));
    options
}

async fn jwks(server: &Server) -> Value {
    dashtam_tests::Api::of(server).get("/.well-known/jwks.json").await.expect(200)
}

fn key_ids(jwks: &Value) -> BTreeSet<String> {
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// Verifies by Python's joserfc; the claims it read. `None` where Python or the module is missing.
fn verified_by_python(jwks: &Value, token: &str) -> Option<Value> {
    const SCRIPT: &str = "\
import json, sys
from joserfc import jwt
from joserfc.jwk import KeySet
given = json.load(sys.stdin)
token = jwt.decode(given['token'], KeySet.import_key_set(given['jwks']), algorithms=['RS256'])
print(json.dumps({'header': token.header, 'claims': token.claims}))
";
    told_by_python("joserfc", SCRIPT, &serde_json::json!({"jwks": jwks, "token": token}))
}

#[tokio::test]
async fn servers_that_start_together_agree_on_one_pair_that_others_can_verify() {
    let test = "servers_that_start_together_agree_on_one_pair_that_others_can_verify";
    let place = place!(Engine::Postgres, test);
    let places: Vec<_> = (0..7).map(|_| place.beside()).collect();
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let started: Vec<_> = std::iter::once(&place)
            .chain(&places)
            .map(|place| scope.spawn(move || Server::start_with(place, &options())))
            .collect();
        started.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let mut seen = BTreeSet::new();
    for server in &servers {
        seen.extend(key_ids(&jwks(server).await));
    }
    assert_eq!(seen.len(), 1, "eight servers made {seen:?}");

    let user = User::new(&servers[0]).await;
    for server in &servers {
        user.at(server).api.get("/api/v1/auth/me").await.expect(200);
    }
    let published = jwks(&servers[3]).await;
    for key in published["keys"].as_array().unwrap() {
        let names: BTreeSet<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["alg", "e", "kid", "kty", "n", "use"]), "no private number");
    }
    if let Some(read) = verified_by_python(&published, &user.access_token) {
        assert_eq!(read["claims"]["sub"], user.id.as_str());
        assert_eq!(read["header"]["typ"], "at+jwt");
    }
}

#[tokio::test]
async fn a_compromised_pair_is_replaced_while_the_server_runs_and_refresh_tokens_go_on() {
    let test = "a_compromised_pair_is_replaced_while_the_server_runs_and_refresh_tokens_go_on";
    let place = place!(Engine::Sqlite, test);
    let server = Server::start_with(&place, &options());
    let user = User::new(&server).await;
    let before = key_ids(&jwks(&server).await);

    let directory = server.says["data_dir"].as_str().unwrap();
    let variables = options().variables;
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let next = program::run(&["keystore", "rotate", "--data-dir", directory], &variables);
    assert_eq!(next.code, Some(0), "{}", next.stderr);
    eventually("the next key among the published ones", Duration::from_secs(10), async || {
        let ids = key_ids(&jwks(&server).await);
        (ids.len() == 2 && ids.is_superset(&before)).then_some(())
    })
    .await;
    user.api.get("/api/v1/auth/me").await.expect(200);

    let replaced =
        program::run(&["keystore", "rotate", "--compromised", "--data-dir", directory], &variables);
    assert_eq!(replaced.code, Some(0), "{}", replaced.stderr);
    eventually("the refusal of the old access token", Duration::from_secs(10), async || {
        (user.api.get("/api/v1/auth/me").await.status == 401).then_some(())
    })
    .await;
    let after = key_ids(&jwks(&server).await);
    assert!(after.len() == 1 && after.is_disjoint(&before));
    let body = serde_json::json!({"refresh_token": user.refresh_token});
    let tokens = user.api.post("/api/v1/auth/refresh", &body).await.expect(200);
    dashtam_tests::user::plant_tokens(&tokens);
    let api = user.api.with_token(tokens["access_token"].as_str().unwrap());
    api.get("/api/v1/auth/me").await.expect(200);

    let shown = program::run(&["keystore", "show", "--data-dir", directory], &variables);
    assert!(shown.stdout.contains("signs since") && !shown.stdout.contains("PRIVATE"), "{}", shown.stdout);
}
