//! Who may do what: every use case names its rule once, and every edge obeys the same one.

/// What a use case does to the things of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Looks only.
    Read,
    /// Changes something stored.
    Change,
    /// Asks an institution for something now, or feeds in a file.
    Command,
}

/// The rule of one use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, signed in or not.
    Public,
    /// A signed-in user, on the user's own things.
    User(Effect),
    /// A signed-in administrator, on what concerns everybody.
    Administrator,
    /// Only the program itself (timers, the command line).
    System,
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
}
