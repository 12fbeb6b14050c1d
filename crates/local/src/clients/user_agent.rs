//! Browser and system from a `User-Agent`.

use std::sync::LazyLock;

use dashtam_domain::identity::UNKNOWN_DEVICE;
use woothee::parser::Parser;

static PARSER: LazyLock<Parser> = LazyLock::new(Parser::new);

/// `Chrome on macOS`; [`UNKNOWN_DEVICE`] for no or an empty `User-Agent`.
pub(super) fn device(user_agent: Option<&str>) -> String {
    let Some(text) = user_agent.map(str::trim).filter(|text| !text.is_empty()) else {
        return UNKNOWN_DEVICE.to_owned();
    };
    let found = PARSER.parse(text);
    let browser = found.as_ref().map_or("", |found| found.name);
    let system = found.as_ref().map_or("", |found| found.os);
    format!("{} on {}", browser_name(text, browser), system_name(text, system))
}

/// The parser's name of a browser, but for those it calls after the engine they share or does not know.
fn browser_name<'a>(text: &str, found: &'a str) -> &'a str {
    match found {
        "" | "UNKNOWN" | "HTTP Library" => program_name(text),
        "Internet Explorer" => "Internet Explorer",
        "Webview" if text.contains("FxiOS/") => "Firefox",
        "Webview" => "Safari",
        name => name,
    }
}

/// The name of a program that is no browser, taken from a text such as `curl/8.5.0`.
fn program_name(text: &str) -> &'static str {
    const PROGRAMS: &[(&str, &str)] =
        &[("curl/", "curl"), ("Wget/", "Wget"), ("python-requests/", "Python"), ("okhttp/", "OkHttp")];
    PROGRAMS.iter().find(|(prefix, _)| text.starts_with(prefix)).map_or("Unknown Browser", |(_, name)| *name)
}

/// Systems by the names their makers use. Phones and tablets of Apple both run iOS here.
fn system_name(text: &str, found: &str) -> &'static str {
    match found {
        "Mac OSX" | "Mac OS Classic" => "macOS",
        "iPhone" | "iPad" | "iPod" | "iOS" => "iOS",
        "Android" => "Android",
        "ChromeOS" => "ChromeOS",
        system if system.starts_with("Windows") => "Windows",
        _ if text.contains("Ubuntu") => "Ubuntu",
        "Linux" => "Linux",
        "BSD" => "BSD",
        _ => "Unknown OS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Browsers name the ones they imitate, so the order in which names are looked for matters.
    #[test]
    fn browsers_are_not_taken_for_those_they_imitate() {
        const WINDOWS: &str =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
        const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
        const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
            (KHTML, like Gecko)";
        const IPAD: &str =
            "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (user_agent, expected) in [
            (format!("{WINDOWS} Chrome/126.0.0.0 Safari/537.36"), "Chrome on Windows"),
            (format!("{WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"), "Edge on Windows"),
            (format!("{WINDOWS} Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0"), "Opera on Windows"),
            (
                format!("{MAC} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"),
                "Chrome on macOS",
            ),
            (
                format!("{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"),
                "Safari on macOS",
            ),
            (format!("{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1"), "Safari on iOS"),
            (format!("{IPHONE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1"), "Chrome on iOS"),
            (format!("{IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15"), "Firefox on iOS"),
            (format!("{IPAD} Version/17.5 Mobile/15E148 Safari/604.1"), "Safari on iOS"),
            (format!("{IPAD} EdgiOS/126.0.2592.56 Version/17.0 Mobile/15E148 Safari/604.1"), "Edge on iOS"),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0".to_owned(),
                "Firefox on Ubuntu",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0".to_owned(),
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/126.0.0.0 Mobile Safari/537.36"
                    .to_owned(),
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/126.0.0.0 Safari/537.36"
                    .to_owned(),
                "Chrome on ChromeOS",
            ),
            ("curl/8.5.0".to_owned(), "curl on Unknown OS"),
            ("something else".to_owned(), "Unknown Browser on Unknown OS"),
        ] {
            assert_eq!(device(Some(&user_agent)), expected, "{user_agent}");
        }
    }

    #[test]
    fn a_client_that_says_nothing_is_an_unknown_device() {
        for user_agent in [None, Some(""), Some("  ")] {
            assert_eq!(device(user_agent), "Unknown Device");
        }
        // Whatever it says, it is answered.
        for odd in ["\u{0}", "(((((", "Mozilla/5.0", &"Mozilla/5.0 (".repeat(500), "Windows NT ü"] {
            assert!(device(Some(odd)).contains(" on "));
        }
    }
}
