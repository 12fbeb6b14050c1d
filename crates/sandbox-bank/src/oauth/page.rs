//! The pages people see. They work without scripts.

use std::fmt::Write;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS},
    },
};

use super::{authorize::Request, no_store};
use crate::{
    faults::{DEFAULT_CUSTOMER, HOUSEHOLD_CUSTOMER, LEVERS, PASSWORD},
    grants::SCOPES,
};

/// The style sheet of all pages.
pub(super) const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
form { border: 1px solid #8888; border-radius: .5rem; padding: 1rem; }
label { display: block; margin: .75rem 0; }
input { display: block; font: inherit; padding: .4rem; width: 100%; box-sizing: border-box; }
button { font: inherit; padding: .4rem 1.2rem; margin-right: .5rem; }
table { border-collapse: collapse; font-size: .9rem; }
td { padding: .25rem .75rem .25rem 0; vertical-align: top; }
.notice { border-left: .25rem solid #c33; padding-left: .75rem; }
";

/// Makes an answer with a page in it.
pub(super) fn respond(status: StatusCode, page: &str) -> HttpResponse {
    // No `form-action`: browsers would apply it to the way back to the application too.
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    no_store(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .body(page.to_owned())
}

/// The page that says what this bank is.
pub(super) fn welcome() -> String {
    let body = format!(
        "<p>This is not a bank. It serves invented customers with invented money, to try applications that \
         read bank accounts.</p>{}",
        help()
    );
    frame("Sandbox Bank", &body)
}

/// The page that says why nothing can be decided here.
pub(super) fn problem(why: &str) -> String {
    let body = format!("<p class=\"notice\">This request cannot be answered: {}.</p>", escape(why));
    frame("Sandbox Bank: something is wrong", &body)
}

/// The page on which a customer signs in and consents.
pub(super) fn consent(asked: &Request, notice: Option<&str>) -> String {
    let mut body = String::new();
    if let Some(notice) = notice {
        let _ = write!(body, "<p class=\"notice\" role=\"alert\">{}</p>", escape(notice));
    }
    let _ = write!(body, "<p><strong>{}</strong> asks to read:</p><ul>", escape(&asked.client_id));
    for (_, _, words) in SCOPES.iter().filter(|(scope, ..)| asked.scopes.has(*scope)) {
        let _ = write!(body, "<li>{}</li>", escape(words));
    }
    body.push_str("</ul><form method=\"post\" action=\"/oauth/authorize\">");
    let scope = asked.scopes.text();
    let fields = [
        ("response_type", Some("code")),
        ("client_id", Some(asked.client_id.as_str())),
        ("redirect_uri", Some(asked.redirect_uri.as_str())),
        ("state", asked.state.as_deref()),
        ("scope", Some(scope.as_str())),
        ("code_challenge", Some(asked.challenge.as_str())),
        ("code_challenge_method", Some("S256")),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            let _ = write!(body, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
        }
    }
    let _ = write!(
        body,
        "<label>Customer<input name=\"customer\" list=\"customers\" value=\"{DEFAULT_CUSTOMER}\" \
         maxlength=\"64\" autocomplete=\"off\" required></label><datalist id=\"customers\">\
         <option value=\"{DEFAULT_CUSTOMER}\"><option value=\"{HOUSEHOLD_CUSTOMER}\">"
    );
    for info in &LEVERS {
        let _ = write!(body, "<option value=\"{}\">", escape(info.name));
    }
    let _ = write!(
        body,
        "</datalist><label>Password<input name=\"password\" type=\"password\" autocomplete=\"off\"></label>\
         <button name=\"decision\" value=\"approve\">Sign in and approve</button>\
         <button name=\"decision\" value=\"deny\">Deny</button></form>{}",
        help()
    );
    frame("Sandbox Bank: sign in", &body)
}

/// A table of user names and what they are for.
fn help() -> String {
    let mut help = format!(
        "<h2>Customers</h2><p>Every customer signs in with the password <code>{PASSWORD}</code>. Any name \
         has accounts of its own; <code>{DEFAULT_CUSTOMER}</code> is as good as another, and <code>{HOUSEHOLD_CUSTOMER}</code> has \
         a loan, a holiday abroad and a bank that says what was bought. The names below \
         make something go wrong, and can be joined to a name and to each other, as in \
         <code>bob+slow+malformed-row</code>.</p><table>"
    );
    for info in &LEVERS {
        let (name, effect) = (escape(info.name), escape(info.effect));
        let _ = write!(help, "<tr><td><code>{name}</code></td><td>{effect}</td></tr>");
    }
    help.push_str("</table>");
    help
}

fn frame(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/bank.css\"></head><body><h1>{title}</h1>{body}</body></html>"
    )
}

/// Text that is safe in an element and in a quoted attribute.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape(r#"<a href="x">'&'</a>"#), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
        assert!(problem("<script>").contains("&lt;script&gt;"));
    }
}
