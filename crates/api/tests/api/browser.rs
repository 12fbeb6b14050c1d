//! A browser as tests play it: cookies that it keeps, and the token its pages show.

use actix_web::{
    http::{Method, header::SET_COOKIE},
    test::TestRequest,
};
use serde_json::{Value, json};

use crate::world::{PASSWORD, Reply, World};

pub(crate) const SESSION: &str = "__Host-dashtam_session";
pub(crate) const CSRF: &str = "__Host-dashtam_csrf";

/// The cookies of an answer, as they came.
pub(crate) fn cookies(reply: &Reply) -> Vec<String> {
    reply.headers.get_all(SET_COOKIE).map(|line| line.to_str().unwrap().to_owned()).collect()
}

/// One cookie of an answer: its value, and its attributes sorted.
pub(crate) fn cookie(reply: &Reply, name: &str) -> Option<(String, Vec<String>)> {
    let found = cookies(reply).into_iter().find(|line| line.starts_with(&format!("{name}=")))?;
    let mut parts = found.split("; ").map(str::to_owned);
    let value = parts.next().unwrap().split_once('=').unwrap().1.to_owned();
    let mut attributes: Vec<_> = parts.collect();
    attributes.sort();
    Some((value, attributes))
}

/// A browser that is signed in.
pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    pub(crate) secret: String,
    pub(crate) csrf: String,
    pub(crate) login: Value,
}

impl<'a> Browser<'a> {
    /// Signs a registered user in.
    pub(crate) async fn sign_in(world: &'a World, email: &str) -> Self {
        let body = json!({"email": email, "password": PASSWORD, "transport": "cookie"});
        Self::of(world, &world.post("/api/v1/auth/login", body).await)
    }

    /// The browser that got this answer to its sign-in.
    pub(crate) fn of(world: &'a World, reply: &Reply) -> Self {
        assert_eq!(reply.status, 200, "{}", reply.text());
        let value = |name| cookie(reply, name).expect("the cookie is set").0;
        let (secret, csrf, login) = (value(SESSION), value(CSRF), reply.json());
        Self { world, secret, csrf, login }
    }

    /// A request with the cookies, and nothing else.
    pub(crate) fn request(&self, method: Method, path: &str) -> TestRequest {
        let cookies = format!("theme=dark; {SESSION}={}; {CSRF}={}", self.secret, self.csrf);
        TestRequest::default().method(method).uri(path).insert_header(("cookie", cookies))
    }

    /// A request that a page of ours makes.
    pub(crate) fn page(&self, method: Method, path: &str) -> TestRequest {
        self.request(method, path)
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("x-csrf-token", self.csrf.clone()))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.world.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.world.send(self.page(Method::POST, path).set_json(body)).await
    }
}
