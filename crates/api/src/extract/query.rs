//! Query parameters, with all errors told at once.

use std::{borrow::Cow, str::FromStr};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use dashtam_domain::{fault::FieldError, page::Limit};
use url::form_urlencoded;

use super::{Checks, known::unknown_parameters, turn::InTurn};
use crate::{
    cursor::{self, CursorKey},
    problem::Problem,
};

/// The query parameters of one request.
pub(crate) struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    checks: Checks,
}

impl<'a> Params<'a> {
    /// Splits and decodes a query, once.
    pub(crate) fn of(query: &'a str) -> Self {
        Self { pairs: form_urlencoded::parse(query.as_bytes()).collect(), checks: Checks::default() }
    }

    /// Reads a parameter that may be given once, and says something.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let text = self.sent(name)?;
        if text.is_empty() {
            self.checks.broken(name, "empty", "This parameter must have a value, or be left out.");
            return None;
        }
        // Databases do not take all of them, and nobody types them.
        if text.chars().any(char::is_control) {
            let message = "This parameter must not contain control characters.";
            self.checks.broken(name, "control_character", message);
            return None;
        }
        Some(text)
    }

    /// Reads a parameter that may be given once; an empty one counts as not given.
    pub(crate) fn text_or_nothing(&mut self, name: &str) -> Option<String> {
        self.sent(name).filter(|text| !text.is_empty())
    }

    fn sent(&mut self, name: &str) -> Option<String> {
        let mut values = self.pairs.iter().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.clone().into_owned());
        if values.next().is_some() {
            self.checks.broken(name, "repeated", "This parameter must be given once.");
            return None;
        }
        first
    }

    /// Tells whether a parameter is there at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }

    /// Reads a parameter that `read` understands; `message` says what it must be.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        code: &'static str,
        message: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = read(&text);
        if value.is_none() {
            self.checks.broken(name, code, message);
        }
        value
    }

    /// The rules that are broken.
    pub(crate) fn broken(self) -> Vec<FieldError> {
        self.checks.into_broken()
    }

    /// Notes a broken rule.
    pub(crate) fn refuse(&mut self, name: &str, code: &'static str, message: &str) {
        self.checks.broken(name, code, message);
    }

    /// Reads an id.
    pub(crate) fn id<T: FromStr>(&mut self, name: &str) -> Option<T> {
        self.read(name, "uuid", "This parameter must be a UUID.", |text| text.parse().ok())
    }

    /// Reads how many items a page shall have.
    pub(crate) fn limit(&mut self) -> Limit {
        let message = "The limit must be a whole number from 1 to 500.";
        self.read("limit", "out_of_range", message, |text| Limit::new(text.parse().ok()?)).unwrap_or_default()
    }

    /// Where a page shall begin. An empty cursor is what a loop over pages has before the first: the beginning.
    pub(crate) fn cursor<K: CursorKey>(&mut self) -> Option<K> {
        let text = self.text_or_nothing("cursor")?;
        let place = cursor::decode(&text);
        if place.is_none() {
            self.refuse("cursor", "invalid", "The cursor is not one that this list gave.");
        }
        place
    }
}

/// A set of parameters that an endpoint takes.
pub(crate) trait FromParams: Sized {
    /// Takes the parameters it knows and notes what is wrong with them.
    fn take(params: &mut Params<'_>) -> Self;
}

/// The query of a request, read as the set `T`.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: FromParams> FromRequest for Query<T> {
    type Error = Problem;
    type Future = InTurn<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut params = Params::of(request.query_string());
        let value = T::take(&mut params);
        params.checks.extend(unknown_parameters(request));
        InTurn::new(request, params.checks.finish().map(|()| Self(value)))
    }
}

/// The page of a list that is asked for.
pub(crate) struct Listing<K> {
    /// The page begins after this place; `None` stands for the beginning.
    pub(crate) after: Option<K>,
    /// How many items the page may have.
    pub(crate) limit: Limit,
}

impl<K: CursorKey> FromParams for Listing<K> {
    fn take(params: &mut Params<'_>) -> Self {
        Self { after: params.cursor(), limit: params.limit() }
    }
}
