//! Changes what the caller's account tells of the person.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    identity::{
        Attributes, AuditAction, AuditLine, Degrees, EmailAddress, LoginName, PersonName, Phone, User,
    },
    store::Inserted,
};
use serde_json::{Map, Value};

use super::{Profile, ProfileError};
use crate::request::{authorize, request};

/// What shall be different. `None` leaves a thing as it is; `Some(None)` empties it.
#[derive(Debug, Default)]
pub struct UpdateProfile {
    /// Another name.
    pub name: Option<PersonName>,
    /// The present address, which is left alone; another one is refused here.
    pub email: Option<EmailAddress>,
    /// Another phone number.
    pub phone: Option<Option<Phone>>,
    /// Another login.
    pub login: Option<Option<LoginName>>,
    /// Another layer of the map, at most 128 characters.
    pub map: Option<Option<String>>,
    /// Another latitude.
    pub latitude: Option<Degrees>,
    /// Another longitude.
    pub longitude: Option<Degrees>,
    /// Another zoom, 0 to 22.
    pub zoom: Option<i32>,
    /// A JSON Merge Patch (RFC 7396) for the attributes; `Some(None)` removes all of them.
    pub attributes: Option<Option<Map<String, Value>>>,
}

request!(UpdateProfile, "profile.update", Access::User(Needs::own_change()));

impl UpdateProfile {
    fn apply(self, user: &mut User) -> Result<(), ProfileError> {
        let Self { name, email: _, phone, login, map, latitude, longitude, zoom, attributes } = self;
        user.name = name.unwrap_or_else(|| user.name.clone());
        user.phone = phone.unwrap_or_else(|| user.phone.take());
        user.login = login.unwrap_or_else(|| user.login.take());
        user.map.layer = map.unwrap_or_else(|| user.map.layer.take());
        user.map.latitude = latitude.unwrap_or(user.map.latitude);
        user.map.longitude = longitude.unwrap_or(user.map.longitude);
        user.map.zoom = zoom.unwrap_or(user.map.zoom);
        match attributes {
            None => {}
            Some(None) => user.attributes = Attributes::default(),
            Some(Some(patch)) => {
                user.attributes = user.attributes.patched(&patch).map_err(ProfileError::Attributes)?;
            }
        }
        Ok(())
    }
}

impl Profile {
    /// Changes what is given. The account as it then is.
    #[tracing::instrument(name = "profile.update", skip_all)]
    pub async fn update(&self, call: &Call, request: UpdateProfile) -> Result<User, ProfileError> {
        let principal = authorize::<UpdateProfile>(call)?;

        let mut work = self.store.begin().await?;
        let mut user = work.users().find(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        if request.email.as_ref().is_some_and(|email| *email != user.email) {
            return Err(ProfileError::EmailNotHere);
        }
        let before = user.clone();
        request.apply(&mut user)?;
        if user == before {
            return Ok(user);
        }
        user.updated_at = call.now;
        // A login is taken once, like an address; the usual change touches neither.
        if user.login == before.login {
            work.users().update(&mut user).await?;
        } else if work.users().update_email(&mut user).await? == Inserted::Exists {
            return Err(ProfileError::LoginTaken);
        }
        work.note(&self.sources, call, AuditLine::new(AuditAction::ProfileUpdated, user.id)).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        Ok(user)
    }
}
