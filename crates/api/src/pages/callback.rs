//! What a person sees after an authorization at an institution.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
    web::Data,
};
use dashtam_application::authorization::{Authorization, CompleteAuthorization};

use super::HTML;
use crate::{
    extract::{CallFor, Query},
    problem::Problem,
    routes::authorization::Callback,
};

/// Completes the authorization that `state` names, and says how it went.
pub(crate) async fn callback(
    call: Result<CallFor<CompleteAuthorization>, Problem>,
    query: Result<Query<Callback>, Problem>,
    authorization: Data<Authorization>,
) -> HttpResponse {
    let call = match call {
        Ok(call) => call,
        Err(problem) => {
            let text = format!("<p>{}</p>", escape(problem.detail()));
            return plain(problem.status(), "Not connected", &text);
        }
    };
    let Ok(query) = query else {
        // Something is there twice: no institution sends that, and no person can read a problem in JSON.
        let text = "<p>The institution's answer could not be read. Start the authorization again.</p>";
        return plain(StatusCode::BAD_REQUEST, "Not connected", text);
    };
    match authorization.complete(&call, query.0.into_request(None)).await {
        Ok(linked) => {
            let text = format!(
                "<p><strong>{}</strong> is connected to Dashtam. You may close this window.</p>",
                escape(linked.alias.as_str())
            );
            plain(StatusCode::OK, "Connected", &text)
        }
        Err(error) => {
            let problem = Problem::from(error);
            if let Some(cause) = problem.cause() {
                tracing::error!(code = problem.code(), cause, "callback failed");
            }
            let text = format!("<p>{}</p><p>You may close this window.</p>", escape(problem.detail()));
            plain(StatusCode::BAD_REQUEST, "Not connected", &text)
        }
    }
}

fn plain(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - Dashtam</title>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{text}\n</main>\n\
         </body>\n</html>\n"
    );
    HttpResponse::build(status).insert_header((CONTENT_TYPE, HeaderValue::from_static(HTML))).body(page)
}

/// Text that cannot become markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_is_escaped() {
        assert_eq!(super::escape("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    }
}
