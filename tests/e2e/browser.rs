//! A browser that holds its session by a cookie, in front of the real program.

use dashtam_tests::{Api, Engine, Reply, User, api::send, secrets};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

const ME: &str = "/api/v1/auth/me";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT: &str = "/api/v1/auth/logout";

on_both_engines!(a_browser_signs_in_reads_writes_and_signs_out, what_a_browser_did_ends_with_its_password);

/// A browser: what it keeps, and what its pages know.
struct Browser {
    api: Api,
    cookies: String,
    csrf: String,
    login: Value,
}

impl Browser {
    async fn sign_in(api: &Api, user: &User, remember_me: bool) -> Self {
        let body = json!({
            "email": user.email, "password": user.password, "transport": "cookie", "remember_me": remember_me,
        });
        let request = api.request("POST", LOGIN).header("Sec-Fetch-Site", "same-origin").json(&body);
        Self::of(api, &send(request).await)
    }

    fn of(api: &Api, reply: &Reply) -> Self {
        let login = reply.expect(200);
        let set: Vec<_> =
            reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        let kept: Vec<_> = set.iter().map(|line| line.split(';').next().unwrap()).collect();
        for cookie in &kept {
            secrets::plant(cookie.split_once('=').unwrap().1);
        }
        assert!(set.iter().all(|line| line.starts_with("__Host-") && line.contains("; Secure")), "{set:?}");
        let session = set.iter().find(|line| line.starts_with("__Host-dashtam_session=")).unwrap();
        assert!(session.contains("; HttpOnly") && session.contains("; SameSite=Lax"), "{session}");
        let csrf = login["csrf_token"].as_str().unwrap().to_owned();
        Self { api: api.clone(), cookies: kept.join("; "), csrf, login }
    }

    /// What the browser sends, whoever's page asks for it.
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.api.request(method, path).header("Cookie", &self.cookies)
    }

    /// What a page of ours sends.
    fn page(&self, method: &str, path: &str) -> RequestBuilder {
        let request = self.request(method, path).header("Sec-Fetch-Site", "same-origin");
        request.header("X-CSRF-Token", &self.csrf)
    }

    async fn get(&self, path: &str) -> Reply {
        send(self.request("GET", path)).await
    }
}

async fn a_browser_signs_in_reads_writes_and_signs_out(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let api = Api::of(&server);
    let body = json!({"email": user.email, "password": user.password, "transport": "cookie"});
    let foreign = api.request("POST", LOGIN).header("Sec-Fetch-Site", "cross-site").json(&body);
    send(foreign).await.refused(403, "csrf-failed");

    let browser = Browser::sign_in(&api, &user, false).await;
    assert_eq!(browser.get(ME).await.expect(200)["id"], user.id.as_str());
    let rename = json!({"name": "Ada of the Browser"});
    send(browser.request("PATCH", ME).json(&rename)).await.refused(403, "csrf-failed");
    let foreign = browser.request("PATCH", ME).header("Origin", "https://evil.example");
    send(foreign.header("X-CSRF-Token", &browser.csrf).json(&rename)).await.refused(403, "csrf-failed");
    let foreign = browser.request("PATCH", ME).header("Sec-Fetch-Site", "cross-site");
    send(foreign.header("X-CSRF-Token", &browser.csrf).json(&rename)).await.refused(403, "csrf-failed");
    send(browser.page("PATCH", ME).json(&rename)).await.expect(200);
    let form =
        browser.page("POST", "/api/v1/providers/create").header("Content-Type", "text/plain").body("{}");
    send(form).await.refused(403, "csrf-failed");

    // Two credentials are none.
    let both = browser.request("GET", ME).bearer_auth(&user.access_token);
    send(both).await.refused(401, "ambiguous-credentials");

    // A file by cookie, as a browser sends it.
    let file = dashtam_tests::statement::ofx("77001", &dashtam_tests::statement::rows(1, 3), 0, "20260901");
    let part = reqwest::multipart::Part::bytes(file).file_name("browser.ofx");
    let form = reqwest::multipart::Form::new().part("file", part);
    let report = send(browser.page("POST", "/api/v1/imports").multipart(form)).await.expect(201);
    assert_eq!(report["rows"]["taken"], 3, "{report}");

    // The same browser signs in again, and is remembered: what it held before is over.
    let again = browser.request("POST", LOGIN).json(&json!({
        "email": user.email, "password": user.password, "transport": "cookie", "remember_me": true,
    }));
    let lasting = Browser::of(&api, &send(again).await);
    browser.get(ME).await.refused(401, "invalid-access-token");
    assert_ne!(lasting.login["session_id"], browser.login["session_id"]);
    let sessions = send(lasting.request("GET", "/api/v1/auth/sessions")).await.expect(200);
    let current = sessions["items"].as_array().unwrap().iter().find(|one| one["is_current"] == true).unwrap();
    assert_eq!((&current["transport"], &current["long_lived"]), (&json!("cookie"), &json!(true)));

    for _ in 0..2 {
        let out = send(lasting.page("POST", LOGOUT)).await;
        out.expect(200);
        assert_eq!(out.header("clear-site-data"), "\"cookies\", \"storage\"");
        lasting.get(ME).await.refused(401, "invalid-access-token");
    }
    user.api.get(ME).await.expect(200);
}

async fn what_a_browser_did_ends_with_its_password(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let (one, two) = {
        let api = Api::of(&server);
        (Browser::sign_in(&api, &user, true).await, Browser::sign_in(&api, &user, true).await)
    };
    let new = "A-Better-Password-9";
    secrets::plant(new);
    let change = json!({"current_password": user.password, "new_password": new});
    send(one.page("PATCH", "/api/v1/auth/me/password").json(&change)).await.expect(200);
    one.get(ME).await.expect(200);
    two.get(ME).await.refused(401, "invalid-access-token");
    user.api.get(ME).await.refused(401, "invalid-access-token");
    let id = one.login["session_id"].as_str().unwrap();
    let user = User::sign_in(&Api::of(&server), &user.email, new).await;
    user.api.send("DELETE", &format!("/api/v1/auth/sessions/{id}"), &json!({})).await.expect(200);
    one.get(ME).await.refused(401, "invalid-access-token");
}
