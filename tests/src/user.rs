//! Users of the server under test: each test has its own.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::{Api, Server, outbox, secrets};

/// A user who is signed in.
#[derive(Debug, Clone)]
pub struct User {
    /// A client with the user's access token.
    pub api: Api,
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The id.
    pub id: String,
    /// The newest refresh token.
    pub refresh_token: String,
    /// The access token of the client.
    pub access_token: String,
}

/// An address and a password nobody else has.
pub fn fresh_credentials() -> (String, String) {
    static USERS: AtomicU32 = AtomicU32::new(1);
    let number = USERS.fetch_add(1, Ordering::Relaxed);
    let password = format!("Every-Figure-Right-{number}-{}", std::process::id());
    secrets::plant(&password);
    (format!("user{number}@e2e.example"), password)
}

/// The body of a registration.
pub fn registration(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password, "name": "Ada Example"})
}

/// Remembers the tokens of an answer as secrets.
pub fn plant_tokens(answer: &Value) {
    for field in ["access_token", "refresh_token"] {
        if let Some(token) = answer[field].as_str() {
            secrets::plant(token);
            // Its signature alone would do for a thief with patience.
            token.rsplit('.').take(1).for_each(secrets::plant);
        }
    }
}

impl User {
    /// Signs a new user up and in.
    pub async fn new(server: &Server) -> Self {
        let (email, password) = fresh_credentials();
        let api = Api::of(server);
        api.post("/api/v1/auth/register", &registration(&email, &password)).await.expect(201);
        let token = outbox::nth_mail_to(server, &email, 1).await.token().expect("the mail has a link");
        api.post("/api/v1/auth/verify-email", &json!({"token": token})).await.expect(200);
        Self::sign_in(&api, &email, &password).await
    }

    /// Signs a user in.
    pub async fn sign_in(api: &Api, email: &str, password: &str) -> Self {
        let body = json!({"email": email, "password": password});
        let login = api.post("/api/v1/auth/login", &body).await.expect(200);
        plant_tokens(&login);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let access_token = text(&login["access_token"]);
        Self {
            api: api.with_token(&access_token),
            email: email.to_owned(),
            password: password.to_owned(),
            id: text(&login["user"]["id"]),
            refresh_token: text(&login["refresh_token"]),
            access_token,
        }
    }

    /// The same user at a server that was started anew, or at another one of the installation.
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        Self { api: self.api.at(server), ..self.clone() }
    }
}
