//! Users, their sessions and their mails.

use std::{fmt, sync::Arc};

use dashtam_domain::{
    call::ClientInfo,
    delivery::{MailedSecrets, Mailer},
    id::SessionId,
    identity::{
        AccessTokens, Activity, ActivityLog, AuditSeal, ClientDescriber, ClientDescription, EmailCodes,
        FieldCipher, GuestTokens, PasswordHasher, RefreshSecrets, SessionCache, SigningKeys, UNKNOWN_DEVICE,
    },
    time::Timestamp,
    webhook::WebhookSender,
};

use super::{Base, Parts};
use crate::{
    Policy,
    administration::Administration,
    api_keys::ApiKeys,
    audit::Audit,
    delivery::Delivery,
    factor::SecondFactors,
    keystore::Signing,
    profile::Profile,
    recovery::Recovery,
    registration::Registration,
    sessions::Sessions,
    sign_in::{Challenges, Guards, LinkSignIn, Opening, PasswordSignIn, SecondStep, StepUps},
    token_rotation::TokenRotation,
    webhooks::Webhooks,
};

/// The adapters that keep the secrets of users and their sessions.
#[derive(Clone)]
pub struct Security {
    /// Password hashing.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// The key pairs behind the access tokens; `None` when they are signed by a shared secret.
    pub signing_keys: Option<Arc<dyn SigningKeys>>,
    /// Refresh tokens.
    pub refresh_secrets: Arc<dyn RefreshSecrets>,
    /// Tokens in mails.
    pub mailed_secrets: Arc<dyn MailedSecrets>,
    /// Codes in mails.
    pub email_codes: Arc<dyn EmailCodes>,
    /// Encryption of stored secrets; connections have to have the same.
    pub cipher: Arc<dyn FieldCipher>,
    /// Recent session snapshots.
    pub session_cache: Arc<dyn SessionCache>,
    /// Links the audit trail; the store has to have the same.
    pub audit_seal: Arc<dyn AuditSeal>,
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Security")
    }
}

/// Nobody counts what sessions do.
struct Uncounted;

impl ActivityLog for Uncounted {
    fn record(&self, _: SessionId, _: Timestamp) {}

    fn pending(&self, _: SessionId) -> Option<Activity> {
        None
    }

    fn take(&self) -> Vec<Activity> {
        Vec::new()
    }

    fn give_back(&self, _: Vec<Activity>) {}
}

/// Every client is unknown.
struct Strangers;

impl ClientDescriber for Strangers {
    fn describe(&self, _: &ClientInfo) -> ClientDescription {
        ClientDescription { device: UNKNOWN_DEVICE.to_owned(), location: None }
    }
}

/// What the area of identity is built of.
pub struct IdentityParts {
    pub(crate) security: Security,
    pub(crate) policy: Policy,
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
    pub(crate) activity: Arc<dyn ActivityLog>,
    pub(crate) clients: Arc<dyn ClientDescriber>,
    pub(crate) guests: Option<Arc<dyn GuestTokens>>,
    pub(crate) webhooks: Option<Arc<dyn WebhookSender>>,
}

impl IdentityParts {
    pub(crate) fn new(security: Security, policy: Policy) -> Self {
        Self {
            security,
            policy,
            mailer: None,
            activity: Arc::new(Uncounted),
            clients: Arc::new(Strangers),
            guests: None,
            webhooks: None,
        }
    }
}

impl fmt::Debug for IdentityParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityParts")
    }
}

/// Users, their sessions and their mails.
#[derive(Clone)]
pub struct IdentityArea {
    pub(crate) recovery: Arc<Recovery>,
    pub(crate) registration: Arc<Registration>,
    pub(crate) second_factors: Arc<SecondFactors>,
    pub(crate) password_sign_in: Arc<PasswordSignIn>,
    pub(crate) link_sign_in: Arc<LinkSignIn>,
    pub(crate) second_step: Arc<SecondStep>,
    pub(crate) step_ups: Arc<StepUps>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) api_keys: Arc<ApiKeys>,
    pub(crate) profile: Arc<Profile>,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) signing: Arc<Signing>,
    pub(crate) token_rotation: Arc<TokenRotation>,
    pub(crate) administration: Arc<Administration>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) webhooks: Arc<Webhooks>,
}

impl fmt::Debug for IdentityArea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityArea")
    }
}

impl Parts for IdentityParts {
    type Area = IdentityArea;

    fn build(self, base: &Base) -> IdentityArea {
        let Self { security, policy, mailer, activity, clients, guests, webhooks } = self;
        let Base { store, queries, sources, signal, catalogue } = base;
        let profile = Arc::new(Profile {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            hasher: security.hasher.clone(),
            cache: security.session_cache.clone(),
            signal: signal.clone(),
            catalogue: catalogue.clone(),
            cipher: security.cipher.clone(),
        });
        let second_factors = Arc::new(SecondFactors {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            hasher: security.hasher.clone(),
            cipher: security.cipher.clone(),
            email_codes: security.email_codes.clone(),
            cache: security.session_cache.clone(),
            signal: signal.clone(),
            profile: profile.clone(),
        });
        let guards = Arc::new(Guards {
            store: store.clone(),
            queries: queries.clone(),
            sources: sources.clone(),
            audit_seal: security.audit_seal.clone(),
            signal: signal.clone(),
        });
        let challenges = Arc::new(Challenges {
            store: store.clone(),
            sources: sources.clone(),
            clients: clients.clone(),
            email_codes: security.email_codes.clone(),
        });
        let opening = Arc::new(Opening {
            queries: queries.clone(),
            sources: sources.clone(),
            access_tokens: security.access_tokens.clone(),
            refresh_secrets: security.refresh_secrets.clone(),
            clients: clients.clone(),
            signal: signal.clone(),
            policy: policy.clone(),
        });
        IdentityArea {
            second_factors: second_factors.clone(),
            recovery: Arc::new(Recovery {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
            }),
            registration: Arc::new(Registration {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
                mailed_secrets: security.mailed_secrets.clone(),
                policy: policy.clone(),
            }),
            api_keys: Arc::new(ApiKeys {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
                activity: activity.clone(),
                clients: clients.clone(),
                signal: signal.clone(),
            }),
            password_sign_in: Arc::new(PasswordSignIn {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                hasher: security.hasher.clone(),
                signal: signal.clone(),
                guards: guards.clone(),
                challenges: challenges.clone(),
                opening: opening.clone(),
            }),
            link_sign_in: Arc::new(LinkSignIn {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
                guards: guards.clone(),
                challenges: challenges.clone(),
                opening: opening.clone(),
                enabled: policy.login_links,
            }),
            second_step: Arc::new(SecondStep {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                signal: signal.clone(),
                factors: second_factors.clone(),
                guards,
                challenges: challenges.clone(),
                opening,
            }),
            step_ups: Arc::new(StepUps {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
                factors: second_factors.clone(),
                profile: profile.clone(),
                challenges,
            }),
            sessions: Arc::new(Sessions {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                access_tokens: security.access_tokens.clone(),
                guests,
                refresh_secrets: security.refresh_secrets.clone(),
                clients,
                cache: security.session_cache.clone(),
                activity,
                signal: signal.clone(),
                policy: policy.clone(),
            }),
            token_rotation: Arc::new(TokenRotation {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
            }),
            administration: Arc::new(Administration {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cache: security.session_cache.clone(),
                signal: signal.clone(),
                policy: policy.clone(),
            }),
            webhooks: Arc::new(Webhooks {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cipher: security.cipher.clone(),
                sender: webhooks,
                signal: signal.clone(),
            }),
            audit: Arc::new(Audit { queries: queries.clone(), seal: security.audit_seal.clone() }),
            profile,
            signing: Arc::new(Signing {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                cipher: security.cipher.clone(),
                keys: security.signing_keys.clone(),
                policy: policy.clone(),
            }),
            delivery: Arc::new(Delivery {
                store: store.clone(),
                queries: queries.clone(),
                sources: sources.clone(),
                mailer,
                mailed_secrets: security.mailed_secrets,
                signal: signal.clone(),
                email_codes: security.email_codes,
                policy,
            }),
        }
    }
}
