//! What administrators and managers send.

use dashtam_application::administration::{CreateUser, UserChange};
use dashtam_domain::{
    id::UserId,
    identity::{FlagChange, Quota},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{prelude::*, views};

macro_rules! forms {
    ($($(#[$doc:meta])* $form:ident { $($(#[$own:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(ToSchema)]
        #[allow(dead_code, reason = "describes `UserBody`")]
        pub(crate) struct $form {
            $($(#[$own])* $field: $type,)+
            /// Administrators only.
            #[schema(value_type = bool, required = false)]
            administrator: Option<bool>,
            /// Switched off. Who is switched on again keeps an account that was to be erased.
            #[schema(value_type = bool, required = false)]
            disabled: Option<bool>,
            /// Last instant of use; null: for ever.
            #[schema(format = DateTime)]
            expiration_time: Option<String>,
            /// The manager of a sub-user; null: none. Administrators only.
            managed_by: Option<views::Id>,
            /// Looks only.
            #[schema(value_type = bool, required = false)]
            readonly: Option<bool>,
            /// Its connections stay as they are.
            #[schema(value_type = bool, required = false)]
            device_readonly: Option<bool>,
            /// Starts no synchronisation, refresh, disconnection or import.
            #[schema(value_type = bool, required = false)]
            limit_commands: Option<bool>,
            /// Keeps its address.
            #[schema(value_type = bool, required = false)]
            fixed_email: Option<bool>,
            /// How many provider instances; -1: any number.
            #[schema(value_type = i32, required = false, minimum = -1)]
            device_limit: Option<i32>,
            /// How many sub-users; -1: any number. Administrators only.
            #[schema(value_type = i32, required = false, minimum = -1)]
            user_limit: Option<i32>,
        }
    )+};
}

forms! {
    /// An account wanted. What is left out is as in a plain account; of a sub-user, as with its manager.
    NewUserForm {
        #[schema(format = Email, max_length = 128)]
        email: String,
        #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
        name: String,
    }
    /// What shall be different. What is left out stays.
    UserChangeForm {
        /// Its owner has to prove it. Administrators only.
        #[schema(format = Email, max_length = 128)]
        email: Option<String>,
        /// Administrators only.
        #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
        name: Option<String>,
    }
}

/// Either of the two.
#[derive(Deserialize)]
pub(crate) struct UserBody {
    #[serde(default)]
    email: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    administrator: Field,
    #[serde(default)]
    disabled: Field,
    #[serde(default)]
    expiration_time: Field,
    #[serde(default)]
    managed_by: Field,
    #[serde(default)]
    readonly: Field,
    #[serde(default)]
    device_readonly: Field,
    #[serde(default)]
    limit_commands: Field,
    #[serde(default)]
    fixed_email: Field,
    #[serde(default)]
    device_limit: Field,
    #[serde(default)]
    user_limit: Field,
}

impl UserBody {
    /// Reads everything but the address and the name.
    fn change(
        checks: &mut Checks,
        [administrator, disabled, readonly, device_readonly, limit_commands, fixed_email]: [&Field; 6],
        [device_limit, user_limit]: [&Field; 2],
        expiration_time: Field,
        managed_by: Field,
    ) -> UserChange {
        let mut quota = |field, value| checks.given_number(field, value, -1..=i32::MAX).and_then(Quota::new);
        let (device_limit, user_limit) =
            (quota("device_limit", device_limit), quota("user_limit", user_limit));
        UserChange {
            name: None,
            email: None,
            administrator: checks.given_flag("administrator", administrator),
            disabled: checks.given_flag("disabled", disabled),
            expires_at: checks.clearable_instant("expiration_time", expiration_time),
            managed_by: checks.clearable::<UserId>("managed_by", managed_by, |_| "uuid"),
            flags: FlagChange {
                read_only: checks.given_flag("readonly", readonly),
                device_read_only: checks.given_flag("device_readonly", device_readonly),
                limit_commands: checks.given_flag("limit_commands", limit_commands),
                fixed_email: checks.given_flag("fixed_email", fixed_email),
                device_limit,
                user_limit,
            },
        }
    }

    fn take(self, checks: &mut Checks) -> (Text, Text, UserChange) {
        let flags = [
            &self.administrator,
            &self.disabled,
            &self.readonly,
            &self.device_readonly,
            &self.limit_commands,
            &self.fixed_email,
        ];
        let quotas = [&self.device_limit, &self.user_limit];
        let change = Self::change(checks, flags, quotas, self.expiration_time, self.managed_by);
        (self.email, self.name, change)
    }

    /// Reads the body as an account that is wanted.
    pub(super) fn wanted(self) -> Result<CreateUser, Problem> {
        let mut checks = Checks::default();
        let (email, name, change) = self.take(&mut checks);
        let email = checks.email("email", email);
        let name = checks.person_name("name", name);
        match (email, name, checks) {
            (Some(email), Some(name), checks) => {
                checks.finish()?;
                Ok(CreateUser { email, name, change })
            }
            (_, _, checks) => Err(checks.into_problem()),
        }
    }

    /// Reads the body as a change.
    pub(super) fn changed(self) -> Result<UserChange, Problem> {
        let mut checks = Checks::default();
        let (email, name, mut change) = self.take(&mut checks);
        if !matches!(email, Text::Missing) {
            change.email = checks.email("email", email);
        }
        if !matches!(name, Text::Missing) {
            change.name = checks.person_name("name", name);
        }
        checks.finish()?;
        Ok(change)
    }
}
