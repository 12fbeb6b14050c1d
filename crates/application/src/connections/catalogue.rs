//! Which institutions there are.

use dashtam_domain::connections::{Linking, ProviderDescriptor, ProviderKey, SecretField};

use super::Connections;

/// How accounts are linked at an institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayOfLinking {
    /// At the institution's own site.
    Redirect,
    /// At the institution's own site, which is asked for the outcome.
    Hosted,
    /// By what the user pastes.
    Secret(&'static [SecretField]),
}

impl Connections {
    /// How accounts are linked at a provider of this installation that is set up.
    pub fn way_of_linking(&self, key: &ProviderKey) -> Option<WayOfLinking> {
        let provider = self.catalogue.get(key)?;
        if provider.descriptor().missing_configuration.is_some() {
            return None;
        }
        match provider.linking() {
            Linking::OAuth(_) => Some(WayOfLinking::Redirect),
            Linking::Hosted(_) => Some(WayOfLinking::Hosted),
            Linking::Secret(link) => Some(WayOfLinking::Secret(link.fields())),
            _ => None,
        }
    }

    /// Every provider of this installation.
    pub fn available(&self) -> Vec<ProviderDescriptor> {
        self.catalogue.descriptors().cloned().collect()
    }

    /// Those that are set up.
    pub fn configured(&self) -> Vec<ProviderDescriptor> {
        self.catalogue.descriptors().filter(|d| d.missing_configuration.is_none()).cloned().collect()
    }
}
