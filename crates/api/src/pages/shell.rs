//! What all pages for people have in common: the name, the stylesheet, and the ways onward.

use actix_web::HttpResponse;

use super::file;

/// Where the stylesheet is, on both listeners.
pub(crate) const STYLE: &str = "/page.css";

/// Policy of pages without a script.
pub(super) const PLAIN: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("page.css"))
}

/// A page with this title and content, both markup already. `head` is for what it loads besides the stylesheet, and
/// `home` is where the other pages are: empty on their own listener.
pub(super) fn shell(title: &str, head: &str, content: &str, home: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} - Dashtam</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"{STYLE}\">\n{head}</head>\n<body>\n\
         <header>Dashtam</header>\n<main>\n<h1>{title}</h1>\n<div class=\"panel\">\n{content}</div>\n</main>\n<footer>\n\
         <p><a href=\"{home}/login\">Sign in</a> \u{b7} <a href=\"{home}/forgot-password\">Choose a new password</a></p>\n\
         </footer>\n</body>\n</html>\n"
    )
}

/// Text that cannot become markup.
pub(super) fn escape(text: &str) -> String {
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
