//! Users who can sign in.

use anyhow::{Context, Result};
use dashtam_domain::{
    id::UserId,
    identity::{PasswordHasher, PlainPassword, User},
    sources::Sources,
};
use dashtam_persistence::Database;
use serde_json::{Value, json};

use crate::{
    load::{Request, Wire},
    site::hasher,
};

const EMAIL: &str = "margaret@example.com";
const PASSWORD: &str = "Every-Figure-Right-1";

/// A user whose address is verified.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The user as stored.
    pub(crate) user: User,
}

/// Adds the user.
pub(crate) async fn add_person(database: &Database, sources: &Sources) -> Result<Person> {
    let now = sources.clock.now();
    let hash = hasher(sources)?.hash(&Person::password()?).await?;
    let mut user =
        User::register(UserId(sources.ids.next()), EMAIL.parse()?, "Margaret Hamilton".parse()?, hash, now);
    user.verified(now);
    let mut work = database.storage.store.begin().await?;
    work.users().insert_if_absent(&user).await?;
    work.commit().await?;
    Ok(Person { user })
}

impl Person {
    pub(crate) fn password() -> Result<PlainPassword> {
        PlainPassword::presented(PASSWORD).context("the password is one")
    }

    /// The request that signs the user in.
    pub(crate) fn login() -> Request {
        Request::post("/api/v1/auth/login", &json!({"email": EMAIL, "password": PASSWORD}))
    }

    /// Signs the user in and returns the access token.
    pub(crate) async fn sign_in(address: std::net::SocketAddr) -> Result<String> {
        let mut wire = Wire::connect(address).await?;
        let answer = wire.ask(&Self::login()).await?.json()?;
        text(&answer, "access_token")
    }
}

/// Reads a text from an answer.
pub(crate) fn text(answer: &Value, key: &str) -> Result<String> {
    Ok(answer[key].as_str().with_context(|| format!("an answer has no {key}"))?.to_owned())
}
