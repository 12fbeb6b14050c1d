//! Who may do what: every use case names its rule once, and every edge obeys the same one.

use crate::identity::Scope;

/// The rule of one use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, signed in or not.
    Public,
    /// A signed-in user, on the user's own things.
    User(Needs),
    /// A signed-in administrator, on what concerns everybody.
    Administrator(Needs),
    /// A signed-in administrator on anybody's account, or a manager on those of the own sub-users: the use case asks
    /// [`Reach`](crate::identity::Reach) whose they are.
    Manager(Needs),
    /// Only the program itself (timers, the command line).
    System,
}

/// How lately the caller must have signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Whenever.
    Any,
    /// The request carries the password itself; an account with a second factor must have shown both lately.
    WithPassword,
    /// Lately, with every factor the account has.
    Recent,
}

/// What a signed-in caller needs, whatever the transport. Flags, role and scopes only ever take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The scope an API key must have; `None`: no API key may.
    pub scope: Option<Scope>,
    /// Changes the user's things: refused to read-only accounts.
    pub changes: bool,
    /// Manages connections: refused where connections are read-only.
    pub connections: bool,
    /// Asks an institution for something now, or feeds in a file: refused where commands are limited.
    pub commands: bool,
    /// How lately the caller must have signed in.
    pub freshness: Freshness,
}

impl Needs {
    const NOTHING: Self =
        Self { scope: None, changes: false, connections: false, commands: false, freshness: Freshness::Any };

    /// Looks only.
    pub const fn read(scope: Scope) -> Self {
        Self { scope: Some(scope), ..Self::NOTHING }
    }

    /// Changes something of the user's.
    pub const fn change(scope: Scope) -> Self {
        Self { changes: true, ..Self::read(scope) }
    }

    /// Makes, changes or removes a connection.
    pub const fn connection() -> Self {
        Self { connections: true, ..Self::change(Scope::ConnectionsWrite) }
    }

    /// Asks an institution for something now, or feeds in a file.
    pub const fn command(scope: Scope) -> Self {
        Self { commands: true, ..Self::change(scope) }
    }

    /// Concerns the account itself (sessions, credentials, its end): read-only accounts may, API keys may not.
    pub const fn own() -> Self {
        Self::NOTHING
    }

    /// As before, and changes what is stored about the person.
    pub const fn own_change() -> Self {
        Self { changes: true, ..Self::NOTHING }
    }

    /// The same for who signed in at most [`Principal::FRESH`](crate::call::Principal::FRESH) ago.
    pub const fn fresh(self) -> Self {
        Self { freshness: Freshness::Recent, ..self }
    }

    /// The same for who gives the password again.
    pub const fn with_password(self) -> Self {
        Self { freshness: Freshness::WithPassword, ..self }
    }
}

/// The caller may not run this use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessDenied {
    /// Nobody is signed in.
    #[error("You are not signed in.")]
    Anonymous,
    /// Signed in, and not allowed.
    #[error("You may not do this.")]
    Forbidden,
    /// The account may look only.
    #[error("This account is read-only.")]
    ReadOnly,
    /// The account's connections stay as they are.
    #[error("The connections of this account are read-only.")]
    ConnectionsReadOnly,
    /// The account may not ask institutions for something, nor feed in files.
    #[error("This account may not start synchronisations, refreshes or imports.")]
    CommandNotAllowed,
    /// No API key may do this.
    #[error("API keys may not do this.")]
    NotForApiKeys,
    /// The API key lacks this scope.
    #[error("The API key lacks the scope {}.", .0.as_str())]
    InsufficientScope(Scope),
    /// The last sign-in is too long ago, or lacked the second factor.
    #[error("Confirm who you are again, with every factor your account has.")]
    StepUpRequired,
}
