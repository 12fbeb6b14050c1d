//! What a request shows of its sender: exactly one thing.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use dashtam_domain::{access::AccessDenied, fault::FaultKind};

use crate::{cookies, problem::Problem};

/// The one credential that a request shows.
#[derive(Clone, Copy)]
pub(super) enum Credential<'a> {
    /// A token or API key from `Authorization: Bearer`.
    Bearer(&'a str),
    /// The secret of the session cookie.
    Cookie(&'a str),
}

impl<'a> Credential<'a> {
    /// Two of them, alike or not, are refused and none is looked at: nobody could tell which one was meant.
    pub(super) fn of(headers: &'a HeaderMap) -> Result<Self, Problem> {
        let mut cookies = cookies::values(headers, cookies::SESSION);
        let mut bearers = headers.get_all(AUTHORIZATION);
        let (cookie, bearer) = (cookies.next(), bearers.next());
        if cookies.next().is_some() || (cookie.is_some() && bearer.is_some()) {
            return Err(Problem::new(
                FaultKind::Unauthenticated,
                "ambiguous-credentials",
                "The request shows more than one credential; send either the session cookie or an Authorization header.",
            ));
        }
        match (cookie, bearer, bearers.next()) {
            (Some(secret), ..) => Ok(Self::Cookie(secret)),
            (None, Some(value), None) => {
                let value = value.to_str().map_err(|_| AccessDenied::Anonymous)?;
                match value.trim().split_once(' ') {
                    Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                        Ok(Self::Bearer(token.trim()))
                    }
                    _ => Err(AccessDenied::Anonymous.into()),
                }
            }
            (None, ..) => Err(AccessDenied::Anonymous.into()),
        }
    }
}
