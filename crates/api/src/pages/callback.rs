//! What a person sees after an authorization at an institution.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION},
    },
    web::Data,
};
use dashtam_application::authorization::{Authorization, AuthorizationError, CompleteAuthorization};

use super::{
    HTML,
    shell::{PLAIN, escape, shell},
};
use crate::{
    extract::{CallFor, Query},
    options::ApiOptions,
    problem::Problem,
    routes::Callback,
    visit,
};

/// Completes the authorization that `state` names, and says how it went.
pub(crate) async fn callback(
    call: Result<CallFor<CompleteAuthorization>, Problem>,
    query: Result<Query<Callback>, Problem>,
    request: HttpRequest,
    authorization: Data<Authorization>,
    options: Data<ApiOptions>,
) -> HttpResponse {
    let home = &*escape(options.front_end.as_str().trim_end_matches('/'));
    let call = match call {
        Ok(call) => call,
        Err(problem) => {
            let text = format!("<p>{}</p>\n", escape(problem.detail()));
            return plain(problem.status(), "Not connected", &text, home);
        }
    };
    let Ok(query) = query else {
        // Something is there twice: no institution sends that, and no person can read a problem in JSON.
        let text = "<p>The institution's answer could not be read. Start the authorization again.</p>\n";
        return plain(StatusCode::BAD_REQUEST, "Not connected", text, home);
    };
    match authorization.complete(&call, query.0.into_request(None)).await {
        // A browser goes on where the connection is looked after, if there is such a place.
        Ok(linked) if options.pages.is_some() && visit::wants_page(request.headers()) => {
            let place = format!("{home}/connections/{}?said=linked", linked.connection);
            HttpResponse::SeeOther().insert_header((LOCATION, place)).finish()
        }
        Ok(linked) => {
            let text = format!(
                "<p><strong>{}</strong> is connected to Dashtam. You may close this window.</p>\n",
                escape(linked.alias.as_str())
            );
            plain(StatusCode::OK, "Connected", &text, home)
        }
        // A reload, or the way back: the answer may have been taken a moment ago, and that stays so.
        Err(AuthorizationError::InvalidState) => {
            let text = "<p>This answer of the institution was taken before, or is too old. If this page said \
                        \u{201c}Connected\u{201d} a moment ago, the provider is connected and there is nothing to do; \
                        otherwise start the authorization again.</p>\n";
            plain(StatusCode::BAD_REQUEST, "Nothing to do here", text, home)
        }
        Err(error) => {
            let problem = Problem::from(error);
            if let Some(cause) = problem.cause() {
                tracing::error!(code = problem.code(), cause, "callback failed");
            }
            let text = format!(
                "<p>{}</p>\n<p>Start the authorization again where you began it. You may close this window.</p>\n",
                escape(problem.detail())
            );
            plain(StatusCode::BAD_REQUEST, "Not connected", &text, home)
        }
    }
}

fn plain(status: StatusCode, title: &str, text: &str, home: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(HTML)))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(PLAIN)))
        .body(shell(title, "", text, home))
}
