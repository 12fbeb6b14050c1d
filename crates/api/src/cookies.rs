//! The cookies of browsers. Their names begin with `__Host-`: browsers take such a cookie only over https, for the
//! whole of one host, and from nobody but that host (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2).

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::header::{COOKIE, HeaderMap, SET_COOKIE},
};
use chrono::TimeDelta;
use dashtam_application::sign_in::CookieSession;
use dashtam_domain::{
    identity::SignInBudget,
    secret::{OpaqueSecret, SecretKind},
    time::Timestamp,
};

/// The secret of the browser's session. No page can read it.
pub(crate) const SESSION: &str = "__Host-dashtam_session";
/// What a page shows with every write. Our own pages read it, so that one that was loaded anew has it too.
pub(crate) const CSRF: &str = "__Host-dashtam_csrf";
/// Marks the browser as known to an account.
pub(crate) const MARK: &str = "__Host-dashtam_kc";

/// What the browser was given when it asked for a login link.
const BINDING: &str = "__Host-dashtam_ll";

/// Browsers keep no cookie for longer (draft-ietf-httpbis-rfc6265bis, section 5.5).
const LONGEST: TimeDelta = TimeDelta::days(400);

/// Every value of this cookie that the request holds. Other cookies may be as odd as they like.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(move |pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// The first value of this cookie that is a token of this kind.
pub(crate) fn token(headers: &HeaderMap, name: &'static str, kind: SecretKind) -> Option<OpaqueSecret> {
    values(headers, name).find_map(|value| OpaqueSecret::parse(kind, value))
}

/// What an earlier request for a login link bound this browser with.
pub(crate) fn binding(request: &HttpRequest) -> Option<OpaqueSecret> {
    token(request.headers(), BINDING, SecretKind::ClientBinding)
}

/// The cookies that hold a new session: its secret, and what its pages show.
pub(crate) fn of_session(session: &CookieSession, now: Timestamp) -> [Cookie<'static>; 2] {
    let age = session.long_lived.then(|| max_age(session.expires_at, now));
    pair(session.secret.expose(), session.csrf.expose(), age)
}

/// Cookies that take the place of a browser's, and are gone at once.
pub(crate) fn cleared() -> [Cookie<'static>; 2] {
    pair("", "", Some(Duration::ZERO))
}

/// The mark for a client to keep, as long as it counts.
pub(crate) fn of_mark(mark: &OpaqueSecret) -> Cookie<'static> {
    let age = Duration::seconds(SignInBudget::KNOWN_FOR.num_seconds());
    cookie(MARK, mark.expose(), SameSite::Strict, true, Some(age))
}

/// What a login link is bound to, to keep for a day: links that were asked for lately may come late.
pub(crate) fn of_binding(binding: &OpaqueSecret) -> Cookie<'static> {
    let age = Duration::seconds(TimeDelta::days(1).num_seconds());
    cookie(BINDING, binding.expose(), SameSite::Strict, true, Some(age))
}

/// What a step that waits for the next one is known by, for so many seconds; none take it away.
pub(crate) fn of_step(name: &'static str, value: &str, seconds: i64) -> Cookie<'static> {
    cookie(name, value, SameSite::Strict, true, Some(Duration::seconds(seconds.max(0))))
}

/// Another secret for the session a browser holds; what its pages show stays.
pub(crate) fn of_renewed(secret: &OpaqueSecret, until: Option<Timestamp>, now: Timestamp) -> Cookie<'static> {
    cookie(SESSION, secret.expose(), SameSite::Lax, true, until.map(|until| max_age(until, now)))
}

fn pair(secret: &str, csrf: &str, age: Option<Duration>) -> [Cookie<'static>; 2] {
    [cookie(SESSION, secret, SameSite::Lax, true, age), cookie(CSRF, csrf, SameSite::Strict, false, age)]
}

fn cookie(
    name: &'static str,
    value: &str,
    same_site: SameSite,
    http_only: bool,
    age: Option<Duration>,
) -> Cookie<'static> {
    let cookie = Cookie::build(name, value.to_owned())
        .path("/")
        .secure(true)
        .http_only(http_only)
        .same_site(same_site);
    match age {
        Some(age) => cookie.max_age(age).finish(),
        None => cookie.finish(),
    }
}

fn max_age(until: Timestamp, now: Timestamp) -> Duration {
    Duration::seconds(until.since(now).min(LONGEST).num_seconds().max(0))
}

/// Cookies of a request that shall be kept for longer.
pub(crate) struct Renewal(Vec<Cookie<'static>>);

impl Renewal {
    /// Has the request's session cookie, and what belongs to it, given anew with the answer.
    pub(crate) fn note(request: &HttpRequest, secret: &str, until: Timestamp, now: Timestamp) {
        let age = Some(max_age(until, now));
        let csrf = token(request.headers(), CSRF, SecretKind::Csrf);
        let mut cookies = vec![cookie(SESSION, secret, SameSite::Lax, true, age)];
        cookies.extend(csrf.map(|csrf| cookie(CSRF, csrf.expose(), SameSite::Strict, false, age)));
        request.extensions_mut().insert(Self(cookies));
    }

    /// Puts the cookies on, unless the answer gives or takes others of those names.
    pub(crate) fn dress(request: &HttpRequest, response: &mut HttpResponse) {
        let Some(Self(cookies)) = request.extensions_mut().remove::<Self>() else { return };
        let set = |response: &HttpResponse, name: &str| {
            response.headers().get_all(SET_COOKIE).any(|line| line.as_bytes().starts_with(name.as_bytes()))
        };
        if set(response, SESSION) {
            return;
        }
        for cookie in &cookies {
            if let Err(error) = response.add_cookie(cookie) {
                // Names and values are ours and hold nothing a header could not.
                tracing::error!(%error, "a cookie could not be given anew");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_among_whatever_else_there_is() {
        let mut headers = HeaderMap::new();
        let found = |headers: &HeaderMap| values(headers, SESSION).map(str::to_owned).collect::<Vec<_>>();
        assert!(found(&headers).is_empty());
        let name = SESSION;
        for (line, expected) in [
            (format!("{name}=one"), vec!["one"]),
            (format!("broken; =; %zz=%zz;  {name}=one ;x=y"), vec!["one"]),
            (format!("{name}=one; {name}=two"), vec!["one", "two"]),
            (format!("x{name}=one; {name}x=two; {}=three", name.to_lowercase()), vec![]),
            (format!("{name}="), vec![""]),
            (name.to_owned(), vec![]),
        ] {
            headers.insert(COOKIE, HeaderValue::from_str(&line).unwrap());
            assert_eq!(found(&headers), expected, "{line}");
        }
        headers.append(COOKIE, HeaderValue::from_static("__Host-dashtam_session=late"));
        assert_eq!(found(&headers), ["late"]);
    }

    #[test]
    fn no_cookie_is_kept_for_longer_than_browsers_do() {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let age = |time| max_age(now.plus(time), now).whole_seconds();
        assert_eq!(age(TimeDelta::days(730)), 400 * 86_400);
        assert_eq!(age(TimeDelta::days(399)), 399 * 86_400);
        assert_eq!((age(TimeDelta::zero()), age(TimeDelta::days(-1))), (0, 0));
    }
}
