//! Begins a session, whatever proved who it is.

use std::sync::Arc;

use dashtam_domain::{
    call::Call,
    delivery::WorkSignal,
    event::DomainEvent,
    id::{OutboxId, SessionId, UserId},
    identity::{
        AccessClaims, AccessTokens, Assurance, AuditAction, AuditLine, Challenge, ClientDescriber,
        ClientDescription, FactorMethod, Familiarity, FirstFactor, IdentityQueries, InvalidAccessToken,
        RefreshGeneration, RefreshSecrets, Session, SignInBudget, Transport, User, fingerprint, network_of,
    },
    secret::{OpaqueSecret, SecretKind, SecretText},
    sources::Sources,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use serde_json::json;

use super::{CookieSession, Held, SignedIn, Tokens, guard::Guard};
use crate::Policy;

/// How the client wants to hold its session. Fixed when the session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Holding {
    /// By an access token and a refresh token. The refresh token's own lifetime is the idle limit.
    #[default]
    Tokens,
    /// By a cookie.
    Cookie {
        /// Whether it survives a week without a request.
        long_lived: bool,
    },
}

impl Holding {
    /// What a challenge kept.
    pub(super) fn of(challenge: &Challenge) -> Self {
        match challenge.transport {
            Transport::Cookie => Self::Cookie { long_lived: challenge.long_lived },
            Transport::Token | Transport::ApiKey => Self::Tokens,
        }
    }
}

/// What somebody showed for a session to begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof {
    pub(super) first: FirstFactor,
    /// `None` where the account asks for none.
    pub(super) second: Option<FactorMethod>,
}

impl Proof {
    fn assurance(self) -> Assurance {
        if self.second.is_some() { Assurance::TwoFactors } else { Assurance::OneFactor }
    }

    fn methods(self) -> Vec<&'static str> {
        [Some(self.first.as_str()), self.second.map(FactorMethod::as_str)].into_iter().flatten().collect()
    }
}

/// A session that is ready to begin, with all that has to be known before a unit of work is opened.
pub(super) struct Prepared {
    pub(super) session: Session,
    pub(super) proof: Proof,
    familiarity: Familiarity,
    /// Whether the owner trusts the client, so that nothing is mailed about it.
    trusted: bool,
    secret: OpaqueSecret,
    csrf: Option<OpaqueSecret>,
}

/// Begins sessions.
pub(crate) struct Opening {
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) access_tokens: Arc<dyn AccessTokens>,
    pub(crate) refresh_secrets: Arc<dyn RefreshSecrets>,
    pub(crate) clients: Arc<dyn ClientDescriber>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) policy: Policy,
}

impl Opening {
    /// Gathers what a session of this user begins with.
    pub(super) async fn prepare(
        &self,
        call: &Call,
        user: &User,
        holding: Holding,
        proof: Proof,
    ) -> Result<Prepared, StoreError> {
        let ClientDescription { device, location } = self.clients.describe(&call.client);
        let user_agent = call.client.user_agent.clone();
        let familiarity =
            self.queries.familiarity(user.id, &device, &network_of(call.client.address)).await?;
        let print = fingerprint(user_agent.as_deref());
        let trusted =
            familiarity == Familiarity::New && self.queries.trusts(user.id, &print, call.now).await?;
        let id = SessionId(self.sources.ids.next());
        let random = |kind| OpaqueSecret::from_bytes(kind, &self.sources.randomness.bytes());
        let (transport, long_lived, secret, csrf) = match holding {
            Holding::Tokens => (Transport::Token, true, self.refresh_secrets.derive(id, 0), None),
            Holding::Cookie { long_lived } => {
                let secret = random(SecretKind::CookieSession);
                (Transport::Cookie, long_lived, secret, Some(random(SecretKind::Csrf)))
            }
        };
        let session = Session {
            id,
            user: user.id,
            transport,
            long_lived,
            created_at: call.now,
            expires_at: call.now.plus(self.policy.session),
            ended: None,
            last_seen_at: call.now,
            token_version: user.token_version,
            global_version: self.queries.security_config().await?.floor.version,
            api_calls: 0,
            address: call.client.address,
            fingerprint: print,
            user_agent,
            device,
            location,
            is_trusted: false,
            label: None,
            authenticated_at: call.now,
            assurance: proof.assurance(),
            credential: csrf.is_some().then(|| secret.hash()),
            csrf: csrf.as_ref().map(OpaqueSecret::hash),
            key: None,
        };
        Ok(Prepared { session, proof, familiarity, trusted, secret, csrf })
    }

    /// Begins the session of a user whose proof was checked in this unit of work, and notes all that belongs to a
    /// sign-in. `mark` is the one the client keeps.
    pub(super) async fn open(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        prepared: &mut Prepared,
        user: &User,
        guard: &Guard,
        mark: &OpaqueSecret,
    ) -> Result<(), StoreError> {
        let session = &mut prepared.session;
        session.token_version = user.token_version;
        work.sessions().insert(session).await?;
        if session.transport == Transport::Token {
            let first = RefreshGeneration {
                hash: prepared.secret.hash(),
                session: session.id,
                user: user.id,
                generation: 0,
                created_at: call.now,
                expires_at: call.now.plus(self.policy.refresh_token).min(session.expires_at),
                used_at: None,
            };
            work.refresh_tokens().insert(&first).await?;
        }
        work.users().record_sign_in(user.id, call.client.address, call.now).await?;
        let mut clients = vec![SignInBudget::of_mark(&user.email, mark)];
        clients.extend(guard.client);
        work.sign_in_budgets().remember(user.id, &clients, call.now).await?;
        if guard.counted != guard.address {
            work.sign_in_budgets().lift(&guard.address).await?;
        }
        let line = |action| {
            AuditLine::new(action, user.id)
                .with(json!({"session": session.id.to_string(), "methods": prepared.proof.methods()}))
        };
        work.note(&self.sources, call, line(AuditAction::LoginSucceeded)).await?;
        // Whoever shows the second factor has not lost it.
        if session.assurance == Assurance::TwoFactors && work.second_factor_resets().cancel(user.id).await? {
            work.note(&self.sources, call, line(AuditAction::SecondFactorResetCancelled)).await?;
        }
        if prepared.familiarity == Familiarity::New {
            work.note(&self.sources, call, line(AuditAction::NewClient)).await?;
        }
        // Trust spares its owner this mail, and nothing else.
        if prepared.familiarity == Familiarity::New && !prepared.trusted {
            let event = DomainEvent::NewClient { user: user.id, session: session.id };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        Ok(())
    }

    /// What the client gets, once the unit of work is committed.
    pub(super) fn hand_out(
        &self,
        call: &Call,
        prepared: Prepared,
        mut user: User,
        mark: OpaqueSecret,
    ) -> Result<SignedIn, InvalidAccessToken> {
        let Prepared { session, familiarity, secret, csrf, .. } = prepared;
        if familiarity == Familiarity::New {
            self.signal.ring();
        }
        user.signed_in(call.client.address, call.now);
        let holds = match csrf {
            None => {
                let (access_token, expires_in) =
                    issue_access_token(&*self.access_tokens, &self.policy, &user, session.id, call.now)?;
                Held::Tokens(Tokens { access_token, refresh_token: secret, expires_in })
            }
            Some(csrf) => Held::Cookie(CookieSession {
                secret,
                csrf,
                long_lived: session.long_lived,
                expires_at: session.expires_at,
            }),
        };
        Ok(SignedIn { session: session.id, holds, user, mark })
    }

    /// The mark the client has, or a new one for it to keep.
    pub(super) fn mark_for(&self, guard: &Guard, mark: Option<OpaqueSecret>) -> OpaqueSecret {
        mark.filter(|_| guard.mark_known).unwrap_or_else(|| {
            OpaqueSecret::from_bytes(SecretKind::KnownClient, &self.sources.randomness.bytes())
        })
    }
}

/// The access token of a session, dated to whole seconds as JWT wants it.
pub(crate) fn issue_access_token(
    access_tokens: &dyn AccessTokens,
    policy: &Policy,
    user: &User,
    session: SessionId,
    now: Timestamp,
) -> Result<(SecretText, i64), InvalidAccessToken> {
    let expires_at = now.plus(policy.access_token);
    let claims = AccessClaims {
        user: UserId(user.id.0),
        session,
        email: Some(user.email.as_str().to_owned()),
        version: user.token_version,
        issued_at: now,
        expires_at,
    };
    Ok((access_tokens.issue(&claims)?, policy.access_token.num_seconds()))
}
