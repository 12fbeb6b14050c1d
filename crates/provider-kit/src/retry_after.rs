//! The `Retry-After` header of RFC 9110: seconds, or a date in one of three forms.

use chrono::NaiveDateTime;
use dashtam_domain::time::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The present form of an HTTP date, and the two obsolete ones that must be understood.
const DATES: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Seconds to wait from `now` on, a begun one counted whole; none when the date has passed. `None` when the
/// header is absent or cannot be read.
pub(crate) fn seconds(headers: &HeaderMap, now: Timestamp) -> Option<u32> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().unwrap_or(u32::MAX));
    }
    let at = DATES.iter().find_map(|form| NaiveDateTime::parse_from_str(value, form).ok())?;
    let left = Timestamp::new(at.and_utc()).since(now).num_milliseconds().max(0);
    Some(u32::try_from(left.unsigned_abs().div_ceil(1_000)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(value: &str) -> Option<u32> {
        let now = Timestamp::parse("1994-11-06T08:49:30.250Z").unwrap();
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())]);
        seconds(&headers, now)
    }

    #[test]
    fn seconds_are_read() {
        assert_eq!(read("120"), Some(120));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("99999999999999999999"), Some(u32::MAX));
        for unreadable in ["", "-1", "+1", "1.5", "soon"] {
            assert_eq!(read(unreadable), None, "{unreadable}");
        }
        assert_eq!(seconds(&HeaderMap::new(), Timestamp::from_micros(0).unwrap()), None);
    }

    #[test]
    fn all_three_forms_of_dates_are_read() {
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(read(date), Some(7), "{date}");
        }
        assert_eq!(read("Sun, 06 Nov 1994 08:49:30 GMT"), Some(0));
        assert_eq!(read("Sat, 05 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(read("Fri, 31 Dec 9999 23:59:59 GMT"), Some(u32::MAX));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 CET"), None);
    }
}
