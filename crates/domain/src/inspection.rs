//! What a look at everything a server needs found.

use async_trait::async_trait;

use crate::time::Timestamp;

/// The result of one check. The worst one is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingState {
    /// All is as it should be.
    Ok,
    /// It could not be checked, because of something that another finding tells.
    Skipped,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Failed,
}

impl FindingState {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check, e.g. `disk`.
    pub check: &'static str,
    /// How it is.
    pub state: FindingState,
    /// What was found, as a sentence for people; never a secret.
    pub found: String,
    /// What to do about it, unless all is well.
    pub remedy: Option<String>,
}

/// Looks at what a running server needs. It changes nothing, and takes seconds at most.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Inspector: Send + Sync {
    /// What is found at this instant, in the order in which things depend on each other.
    async fn look(&self, now: Timestamp) -> Vec<Finding>;
}
