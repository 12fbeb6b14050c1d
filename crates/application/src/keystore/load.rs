//! Loads the key pair, making the first one where there is none.

use dashtam_domain::{
    access::Access, call::Call, identity::SigningKeyId, record::Record, sealed::SealedField,
    store::StoreError,
};

use super::{Signing, SigningError};
use crate::request::request;

/// Load the keys before the first request.
#[derive(Debug)]
pub struct LoadSigningKeys;

request!(LoadSigningKeys, "signing.load", Access::System);

impl Signing {
    /// Installs the keystore's keys. However many processes start at once, they agree on one pair: each offers one,
    /// the database takes the first, and all read what it holds. A pair that cannot be used is an error, never
    /// replaced in silence.
    #[tracing::instrument(name = "signing.load", skip_all)]
    pub async fn load(&self, call: &Call, _request: LoadSigningKeys) -> Result<SigningKeyId, SigningError> {
        call.permits(Access::System)?;
        self.keys()?;
        let keystore = match self.queries.keystore().await? {
            Some(keystore) => keystore,
            None => {
                let first = self.fresh(SealedField::SigningKey, call.now).await?;
                let mut work = self.store.begin().await?;
                work.keystore().create_if_absent(&first).await?;
                work.commit().await?;
                let missing =
                    || StoreError::Corrupt { record: Record::SigningKey, reason: "it is missing".to_owned() };
                self.queries.keystore().await?.ok_or_else(missing)?
            }
        };
        self.install(&keystore)?;
        Ok(keystore.current.id)
    }
}
