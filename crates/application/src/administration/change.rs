//! What may be different about somebody's account, and what of it is written down.

use dashtam_domain::{
    call::Call,
    id::UserId,
    identity::{EmailAddress, FlagChange, PersonName, Quota, User},
    store::UnitOfWork,
    time::Timestamp,
};
use serde_json::{Map, Value, json};

use super::AdministrationError;

/// What shall be different; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Another name. Administrators only.
    pub name: Option<PersonName>,
    /// Another address, which its owner has to prove. Administrators only.
    pub email: Option<EmailAddress>,
    /// Whether it is an administrator's. Administrators only.
    pub administrator: Option<bool>,
    /// Switched off or on.
    pub disabled: Option<bool>,
    /// Last instant of use; `Some(None)`: for ever.
    pub expires_at: Option<Option<Timestamp>>,
    /// Another manager, or none. Administrators only.
    pub managed_by: Option<Option<UserId>>,
    /// The flags.
    pub flags: FlagChange,
}

impl UserChange {
    /// Whether it holds what only administrators may change.
    pub(super) fn is_for_administrators(&self) -> bool {
        self.name.is_some()
            || self.email.is_some()
            || self.administrator.is_some()
            || self.managed_by.is_some()
            || self.flags.user_limit.is_some()
    }

    /// Whether an administrator may count for less by it.
    pub(super) fn may_lower(&self) -> bool {
        self.administrator == Some(false)
            || self.disabled == Some(true)
            || matches!(self.expires_at, Some(Some(_)))
            || self.flags.read_only == Some(true)
    }

    /// Makes the changes, but for the address.
    pub(super) fn apply(&self, user: &mut User, call: &Call) {
        if let Some(name) = &self.name {
            user.name = name.clone();
        }
        user.administrator = self.administrator.unwrap_or(user.administrator);
        if let Some(disabled) = self.disabled {
            user.switch(!disabled);
            let is_managers = call.principal().is_ok_and(|by| !by.administrator);
            user.off_by_administrator |= disabled && !is_managers;
        }
        user.expires_at = self.expires_at.unwrap_or(user.expires_at);
        user.managed_by = self.managed_by.unwrap_or(user.managed_by);
        user.flags = self.flags.applied_to(user.flags);
        user.updated_at = call.now;
    }
}

/// Checks an account against its manager, if it has one: kept from at least the same, and no longer. What was so
/// `before` under the same manager may stay so.
pub(super) async fn check_manager(
    work: &mut dyn UnitOfWork,
    before: Option<&User>,
    user: &User,
) -> Result<(), AdministrationError> {
    let Some(manager) = user.managed_by else { return Ok(()) };
    let found = if manager == user.id { None } else { work.users().find(manager).await? };
    let manager =
        found.filter(|manager| manager.managed_by.is_none()).ok_or(AdministrationError::NoManager)?;
    let mut looser = user.flags.looser_than(&manager.flags);
    if user.flags.user_limit != Quota::NONE && !looser.contains(&"user_limit") {
        looser.push("user_limit");
    }
    let outlives = match (user.expires_at, manager.expires_at) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(own), Some(managers)) => own > managers,
    };
    if outlives {
        looser.push("expiration_time");
    }
    if user.administrator {
        looser.push("administrator");
    }
    if let Some(before) = before.filter(|before| before.managed_by == user.managed_by) {
        let (old, new) = (facts(before), facts(user));
        looser.retain(|field| old.get(*field) != new.get(*field));
    }
    if looser.is_empty() { Ok(()) } else { Err(AdministrationError::Looser(looser)) }
}

/// What the trail tells of an account. No name and no address: the trail outlives the account.
pub(super) fn facts(user: &User) -> Map<String, Value> {
    let flags = &user.flags;
    let facts = json!({
        "administrator": user.administrator,
        "disabled": !user.is_active,
        "expiration_time": user.expires_at.map(|at| at.to_string()),
        "managed_by": user.managed_by.map(|manager| manager.to_string()),
        "readonly": flags.read_only,
        "device_readonly": flags.device_read_only,
        "limit_commands": flags.limit_commands,
        "fixed_email": flags.fixed_email,
        "device_limit": flags.device_limit.number(),
        "user_limit": flags.user_limit.number(),
    });
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

/// Those facts that differ, as they were and as they are.
pub(super) fn differences(before: &User, after: &User) -> Value {
    let (mut old, mut new) = (facts(before), facts(after));
    let same: Vec<String> = old
        .iter()
        .filter(|(name, value)| new.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        old.remove(&name);
        new.remove(&name);
    }
    let mut details = Map::new();
    let renamed = [("name", before.name != after.name), ("email", before.email != after.email)];
    let renamed: Vec<&str> =
        renamed.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    if !renamed.is_empty() {
        details.insert("replaced".to_owned(), json!(renamed));
    }
    details.insert("before".to_owned(), Value::Object(old));
    details.insert("after".to_owned(), Value::Object(new));
    Value::Object(details)
}
