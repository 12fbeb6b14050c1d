//! Parameters of queries and forms, of which each may occur once.

use url::form_urlencoded;

/// Decoded parameters, in the order in which they came.
pub(crate) struct Params(Vec<(String, String)>);

/// A parameter came more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter must not be repeated")]
pub(crate) struct Repeated;

impl Params {
    /// Reads a query string or the body of a form.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, Repeated> {
        let mut params: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if params.iter().any(|(known, _)| *known == name) {
                return Err(Repeated);
            }
            params.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(params))
    }

    /// A parameter's value. An empty value counts as none, as RFC 6749 asks.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_occurs_once() {
        let params = Params::parse(b"a=1&b=x%20y+z&c=").unwrap();
        assert_eq!((params.get("a"), params.get("b")), (Some("1"), Some("x y z")));
        assert_eq!((params.get("c"), params.get("d")), (None, None));
        assert!(Params::parse(b"a=1&a=1").is_err());
    }
}
