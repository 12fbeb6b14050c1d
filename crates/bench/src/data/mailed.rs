//! Users by the thousand, each with a mailed token.

use anyhow::Result;
use dashtam_domain::{
    id::UserId,
    identity::{OneTimeToken, PasswordHash, Purpose, User},
    secret::{OpaqueSecret, SecretKind},
    sources::Sources,
};
use dashtam_persistence::Database;

/// The number of users that are written together.
const UNIT: usize = 5_000;

/// The e-mail address of the user with this number.
pub(crate) fn address(number: usize) -> String {
    format!("person{number}@example.com")
}

/// Adds users with this password, with addresses that are verified or not.
pub(crate) async fn add_people(
    database: &Database,
    sources: &Sources,
    hash: &PasswordHash,
    count: usize,
    verified: bool,
) -> Result<Vec<UserId>> {
    let now = sources.clock.now();
    let mut ids = Vec::with_capacity(count);
    for first in (0..count).step_by(UNIT) {
        let mut work = database.storage.store.begin().await?;
        for number in first..count.min(first + UNIT) {
            let (id, name) = (UserId(sources.ids.next()), "Margaret Hamilton".parse()?);
            let mut user = User::register(id, address(number).parse()?, name, hash.clone(), now);
            if verified {
                user.verified(now);
            }
            work.users().insert_if_absent(&user).await?;
            ids.push(id);
        }
        work.commit().await?;
    }
    Ok(ids)
}

/// Gives every user a live token of this purpose; the tokens of the last `wanted` ones.
pub(crate) async fn add_tokens(
    database: &Database,
    sources: &Sources,
    users: &[UserId],
    (kind, purpose): (SecretKind, Purpose),
    wanted: usize,
) -> Result<Vec<OpaqueSecret>> {
    let now = sources.clock.now();
    let mut tokens = Vec::with_capacity(wanted);
    for (part, users_of_unit) in users.chunks(UNIT).enumerate() {
        let mut work = database.storage.store.begin().await?;
        for (place, user) in users_of_unit.iter().enumerate() {
            let token = OpaqueSecret::from_bytes(kind, &sources.randomness.bytes());
            let stored = OneTimeToken {
                hash: token.hash(),
                user: *user,
                purpose,
                subject: None,
                created_at: now,
                expires_at: now.plus(chrono::TimeDelta::hours(24)),
            };
            work.one_time_tokens().issue(&stored).await?;
            if part * UNIT + place + wanted >= users.len() {
                tokens.push(token);
            }
        }
        work.commit().await?;
    }
    Ok(tokens)
}
