//! One request of a browser that passed the gates, and what a page needs to answer it.

use std::str::FromStr;

use actix_web::{HttpRequest, http::header::HOST, web::Data};
use dashtam_api::{
    ApiOptions, Problem,
    visit::{self, Fields, Upload},
};
use dashtam_application::Dashtam;
use dashtam_domain::{
    call::{Call, Principal},
    fault::FaultKind,
    secret::SecretText,
    sources::Sources,
    time::{Day, Timestamp},
};

use crate::frame::Frame;

/// What all pages stand on.
pub(crate) struct Site {
    pub(crate) dashtam: Dashtam,
    sources: Sources,
    tls: bool,
    /// Whether everything here is made up.
    pub(crate) is_demo: bool,
}

impl Site {
    pub(crate) fn new(dashtam: &Dashtam, options: &ApiOptions) -> Self {
        Self {
            dashtam: dashtam.clone(),
            sources: options.sources.clone(),
            tls: options.tls,
            is_demo: options.is_demo,
        }
    }
}

/// A request that passed the gates. Only the table of pages makes one, so that no page can be shown past them.
pub(crate) struct Visit {
    pub(crate) call: Call,
    pub(crate) request: HttpRequest,
    /// The fields of the form that was sent; none where a page is looked at.
    pub(crate) form: Fields,
    /// The files that came with the form, where it may bring any.
    pub(crate) files: Vec<Upload>,
    /// What the address asks for.
    pub(crate) query: Fields,
    site: Data<Site>,
}

impl Visit {
    /// For the gate alone.
    pub(crate) fn new(call: Call, form: Fields, request: &HttpRequest, site: Data<Site>) -> Self {
        let query = Fields::parse(request.query_string().as_bytes());
        Self { call, request: request.clone(), form, files: Vec::new(), query, site }
    }

    /// For the gate alone: the same with files.
    pub(crate) fn bringing(self, files: Vec<Upload>) -> Self {
        Self { files, ..self }
    }

    pub(crate) fn dashtam(&self) -> &Dashtam {
        &self.site.dashtam
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.call.now
    }

    pub(crate) fn today(&self) -> Day {
        self.call.now.day()
    }

    /// The id in the address. What is no id names nothing.
    pub(crate) fn id<T: FromStr>(&self) -> Result<T, Problem> {
        let text = self.request.match_info().get("id").unwrap_or_default();
        text.parse().map_err(|_| not_found())
    }

    /// The code that was typed: of an authenticator, of a mail, or a backup code.
    pub(crate) fn typed_code(&self) -> SecretText {
        SecretText::new(self.form.text("code").chars().take(64).collect::<String>())
    }

    /// The surroundings of a page; `here` is its place in the navigation.
    pub(crate) fn frame(&self, title: impl Into<String>, here: &'static str) -> Frame {
        let principal = self.call.principal();
        let (signed_in, manages) = (principal.is_ok(), principal.is_ok_and(Principal::manages));
        let csrf = if signed_in { visit::csrf(&self.request) } else { None };
        Frame::new(title.into(), here, signed_in)
            .managing(manages)
            .of_demo(self.site.is_demo)
            .with_csrf(csrf.as_ref().map(|csrf| csrf.expose().to_owned()).unwrap_or_default())
            .saying(self.query.text("said"))
    }

    /// A key by which a form takes effect once, however often it is sent.
    pub(crate) fn once(&self) -> String {
        self.site.sources.ids.next().to_string()
    }

    /// Whether the browser will lose the cookies of a sign-in: it keeps them over plain HTTP on this machine's own names
    /// alone.
    pub(crate) fn loses_cookies(&self) -> bool {
        let host = self.request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let own = name == "::1" || name == "127.0.0.1" || name == "localhost" || name.ends_with(".localhost");
        !self.site.tls && !own
    }
}

/// Nothing is at this address, or nothing of this user's.
pub(crate) fn not_found() -> Problem {
    Problem::new(FaultKind::NotFound, "not-found", "There is nothing at this address, or it is not yours.")
}

/// An address of ours to go on at, or the overview: never one of somebody else's.
pub(crate) fn own_place(text: &str) -> &str {
    let own = text.starts_with('/')
        && !text.starts_with("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own { text } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_place;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for own in ["/", "/transactions?q=a%20b", "/accounts/x#y"] {
            assert_eq!(own_place(own), own);
        }
        for other in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/a\tb", "x"]
        {
            assert_eq!(own_place(other), "/", "{other}");
        }
    }
}
