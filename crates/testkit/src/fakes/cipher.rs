//! A cipher that hides nothing and notices a value in the wrong place.

use dashtam_domain::{
    identity::{FieldCipher, FieldContext},
    sealed::KeyRotation,
    secret::{SealError, Sealed, SecretText},
};

/// [`FieldCipher`] that turns the bits of the text around and writes its place in front.
#[derive(Debug, Default, Clone, Copy)]
pub struct XorCipher;

impl XorCipher {
    fn place(context: FieldContext) -> String {
        format!("{:?}.{}:", context.place, context.row)
    }
}

impl FieldCipher for XorCipher {
    fn seal(&self, plain: &SecretText, context: FieldContext) -> Result<Sealed, SealError> {
        let turned: String = plain.expose().bytes().map(|byte| format!("{:02x}", byte ^ 0x5a)).collect();
        Ok(Sealed::new(Self::place(context) + &turned))
    }

    fn open(&self, sealed: &Sealed, context: FieldContext) -> Result<SecretText, SealError> {
        let turned = sealed.as_str().strip_prefix(&Self::place(context)).ok_or(SealError::Open)?;
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok().map(|byte| byte ^ 0x5a)
        };
        let bytes: Option<Vec<u8>> = turned.as_bytes().chunks(2).map(byte).collect();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(SealError::Open)?;
        Ok(SecretText::new(text))
    }
}

impl KeyRotation for XorCipher {
    fn keys(&self) -> usize {
        1
    }

    fn key_of(&self, sealed: &Sealed, context: FieldContext) -> Option<usize> {
        self.open(sealed, context).ok().map(|_| 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let place = |name| FieldContext::elsewhere(name, uuid::Uuid::nil());
        let sealed = XorCipher.seal(&SecretText::new("hunter2 ü"), place("a")).unwrap();
        assert!(!sealed.as_str().contains("hunter2"));
        assert_eq!(XorCipher.open(&sealed, place("a")).unwrap().expose(), "hunter2 ü");
        assert_eq!(XorCipher.open(&sealed, place("b")).unwrap_err(), SealError::Open);
    }
}
