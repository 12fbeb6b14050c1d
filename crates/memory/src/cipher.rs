//! A seal that hides nothing.

use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    sealed::{KeyRotation, Place},
    secret::{SealError, Sealed, SecretText},
};

/// A [`FieldCipher`] that encrypts **nothing**: a sealed value is the secret itself, behind the word `plain` and the name
/// of the place where it stands, so that a value in the wrong place is still noticed. For stores that keep what they hold
/// in memory, next to the secrets themselves; whoever writes such values to a disk has written secrets to a disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainCipher;

fn place(context: FieldContext) -> String {
    let name = match context.place {
        Place::Field(field) => field.as_str(),
        Place::Elsewhere(name) => name,
    };
    format!("plain:{name}.{}:", context.row)
}

impl FieldCipher for PlainCipher {
    fn seal(&self, plain: &SecretText, context: FieldContext) -> Result<Sealed, SealError> {
        Ok(Sealed::new(place(context) + plain.expose()))
    }

    fn open(&self, sealed: &Sealed, context: FieldContext) -> Result<SecretText, SealError> {
        sealed.as_str().strip_prefix(&place(context)).map(SecretText::new).ok_or(SealError::Open)
    }
}

/// There is one key, which is none.
impl KeyRotation for PlainCipher {
    fn keys(&self) -> usize {
        1
    }

    fn key_of(&self, sealed: &Sealed, context: FieldContext) -> Option<usize> {
        self.open(sealed, context).is_ok().then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let place = |name| FieldContext::elsewhere(name, uuid::Uuid::nil());
        let sealed = PlainCipher.seal(&SecretText::new("hunter2 ü"), place("a")).unwrap();
        assert!(sealed.as_str().starts_with("plain:"), "it says what it is");
        assert_eq!(PlainCipher.open(&sealed, place("a")).unwrap().expose(), "hunter2 ü");
        assert_eq!(PlainCipher.open(&sealed, place("b")).unwrap_err(), SealError::Open);
        assert_eq!(
            (PlainCipher.key_of(&sealed, place("a")), PlainCipher.key_of(&sealed, place("b"))),
            (Some(0), None)
        );
    }
}
