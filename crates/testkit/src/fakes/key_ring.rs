//! A ring of keys that hide nothing and are told apart by a number.

use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    sealed::KeyRotation,
    secret::{SealError, Sealed, SecretText},
};

/// [`KeyRotation`] over these numbers, the newest first: a value begins with its key's number and its place.
#[derive(Debug, Clone)]
pub struct NumberedKeys(pub Vec<u32>);

impl NumberedKeys {
    /// What the key of this number makes of a text.
    pub fn sealed_by(number: u32, plain: &str, context: FieldContext) -> Sealed {
        Sealed::new(format!("{}{plain}", head(number, context)))
    }

    fn opened(&self, sealed: &Sealed, context: FieldContext) -> Option<(usize, String)> {
        self.0.iter().enumerate().find_map(|(at, number)| {
            let plain = sealed.as_str().strip_prefix(&head(*number, context))?;
            Some((at, plain.to_owned()))
        })
    }
}

fn head(number: u32, context: FieldContext) -> String {
    format!("{number}:{:?}.{}:", context.place, context.row)
}

impl FieldCipher for NumberedKeys {
    fn seal(&self, plain: &SecretText, context: FieldContext) -> Result<Sealed, SealError> {
        let newest = self.0.first().ok_or(SealError::Seal)?;
        Ok(Self::sealed_by(*newest, plain.expose(), context))
    }

    fn open(&self, sealed: &Sealed, context: FieldContext) -> Result<SecretText, SealError> {
        self.opened(sealed, context).map(|(_, plain)| SecretText::new(plain)).ok_or(SealError::Open)
    }
}

impl KeyRotation for NumberedKeys {
    fn keys(&self) -> usize {
        self.0.len()
    }

    fn key_of(&self, sealed: &Sealed, context: FieldContext) -> Option<usize> {
        self.opened(sealed, context).map(|(at, _)| at)
    }
}
