//! Which institutions there are.

use dashtam_domain::connections::ProviderDescriptor;

use super::Connections;

impl Connections {
    /// Every provider of this installation.
    pub fn available(&self) -> Vec<ProviderDescriptor> {
        self.catalogue.descriptors().cloned().collect()
    }

    /// Those that are set up.
    pub fn configured(&self) -> Vec<ProviderDescriptor> {
        self.catalogue.descriptors().filter(|d| d.missing_configuration.is_none()).cloned().collect()
    }
}
