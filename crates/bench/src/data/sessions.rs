//! Sessions with their refresh tokens.

use anyhow::Result;
use dashtam_domain::{
    id::SessionId,
    identity::{Assurance, RefreshGeneration, RefreshSecrets, Session, Transport, User, fingerprint},
    secret::OpaqueSecret,
    sources::Sources,
};
use dashtam_security::DerivedRefreshSecrets;

use crate::site::Site;

/// The number of sessions that are written together.
const UNIT: usize = 5_000;

/// Adds this many sessions of the user; the refresh token of one in the middle.
pub(crate) async fn add_sessions(
    site: &Site,
    sources: &Sources,
    user: &User,
    count: usize,
) -> Result<OpaqueSecret> {
    let secrets = DerivedRefreshSecrets::new(&site.secret);
    let now = sources.clock.now();
    let mut middle = secrets.derive(SessionId(sources.ids.next()), 0);
    let mut written = 0;
    while written < count {
        let mut work = site.database.storage.store.begin().await?;
        for n in written..count.min(written + UNIT) {
            let session = Session {
                id: SessionId(sources.ids.next()),
                user: user.id,
                transport: Transport::Token,
                long_lived: true,
                created_at: now,
                expires_at: now.plus(chrono::TimeDelta::days(730)),
                ended: None,
                last_seen_at: now,
                token_version: user.token_version,
                global_version: 1,
                api_calls: 0,
                address: Some(std::net::IpAddr::from([192, 0, 2, 1])),
                user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36".to_owned()),
                device: "Chrome on Linux".to_owned(),
                location: None,
                fingerprint: fingerprint(None),
                is_trusted: false,
                label: None,
                authenticated_at: now,
                assurance: Assurance::OneFactor,
                credential: None,
                csrf: None,
                key: None,
            };
            let token = secrets.derive(session.id, 0);
            let generation = RefreshGeneration {
                hash: token.hash(),
                session: session.id,
                user: user.id,
                generation: 0,
                created_at: now,
                expires_at: now.plus(chrono::TimeDelta::days(30)),
                used_at: None,
            };
            work.sessions().insert(&session).await?;
            work.refresh_tokens().insert(&generation).await?;
            if n == count / 2 {
                middle = token;
            }
        }
        work.commit().await?;
        written += UNIT;
    }
    Ok(middle)
}
