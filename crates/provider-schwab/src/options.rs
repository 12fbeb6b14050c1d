//! Where Schwab is and who we are there.

use std::{fmt, time::Duration};

use dashtam_domain::secret::SecretText;
use dashtam_provider_kit::BudgetOptions;
use url::Url;

/// The address of Schwab's API, and the application that is registered there.
#[derive(Clone)]
pub struct SchwabOptions {
    /// The address of the API, usually `https://api.schwabapi.com`.
    pub base_url: Url,
    /// Key of the registered application; empty when there is none.
    pub app_key: String,
    /// Secret of the registered application; empty when there is none.
    pub app_secret: SecretText,
    /// Where Schwab sends users back to, byte for byte as registered. Not a URL type, because that would add
    /// the slash that makes it another address to Schwab.
    pub redirect_uri: String,
    /// The rate at which Schwab may be asked.
    pub budget: BudgetOptions,
}

impl SchwabOptions {
    /// The address that Schwab publishes for its API.
    pub const BASE_URL: &str = "https://api.schwabapi.com";

    /// 120 requests a minute for the application, two at once for a grant.
    pub const BUDGET: BudgetOptions =
        BudgetOptions { per_minute: 120, at_once: 2, longest_wait: Duration::from_secs(60) };

    /// Whether the key and the secret of an application are set.
    pub fn is_configured(&self) -> bool {
        !self.app_key.trim().is_empty() && !self.app_secret.expose().trim().is_empty()
    }
}

/// Shows neither the key nor the secret.
impl fmt::Debug for SchwabOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchwabOptions")
            .field("base_url", &self.base_url.as_str())
            .field("redirect_uri", &self.redirect_uri)
            .field("configured", &self.is_configured())
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
