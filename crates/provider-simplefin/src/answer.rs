//! What a server answers: accounts, and what it has to complain of. A good answer may hold bad news.

use dashtam_domain::connections::ProviderError;
use dashtam_provider_kit::{clean_code, lenient::text, plain_text};
use serde_json::Value;

use crate::access::Access;

/// Longer complaints are cut to this length in the log.
const LONGEST: usize = 200;
/// Only so many bytes of a complaint are looked at.
const MUCH: usize = 10_000;

/// One complaint. Version 1 has sentences only, version 2 codes too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The code of the complaint; empty in version 1 of the protocol.
    pub(crate) code: String,
    /// The sentence of the complaint, without anything that does not belong into a log.
    pub(crate) sentence: String,
    /// The connection or account it is about, if it says so.
    pub(crate) about: Option<String>,
}

/// An answer, in either version of the protocol.
#[derive(Debug)]
pub(crate) struct AccountSet {
    pub(crate) accounts: Vec<Value>,
    /// The banks behind the accounts; empty in version 1.
    pub(crate) connections: Vec<Value>,
    pub(crate) complaints: Vec<Complaint>,
}

impl AccountSet {
    /// Reads the body of an answer.
    pub(crate) fn parse(body: &[u8], access: &Access) -> Result<Self, ProviderError> {
        let mut answer: Value =
            serde_json::from_slice(body).map_err(|_| ProviderError::Malformed { at: "account set" })?;
        let complaints = ["errlist", "errors"]
            .iter()
            .filter_map(|field| answer.get(field)?.as_array())
            .flatten()
            .filter_map(|complaint| read(complaint, access))
            .collect();
        let connections = match answer.get_mut("connections").map(Value::take) {
            Some(Value::Array(connections)) => connections,
            _ => Vec::new(),
        };
        match answer.get_mut("accounts").map(Value::take) {
            Some(Value::Array(accounts)) => Ok(Self { accounts, connections, complaints }),
            _ => Err(ProviderError::Malformed { at: "accounts" }),
        }
    }

    /// The end of the whole access, if that is among the complaints. What concerns one bank or one account does
    /// not keep the others from being read.
    pub(crate) fn revoked(&self) -> bool {
        self.complaints.iter().any(|complaint| complaint.code == "gen.auth")
    }

    /// What the complaints leave open about the list of accounts, or about one of them: a sentence each. A
    /// complaint that does not say what it is about may be about anything; that days were cut is no gap, because
    /// they are asked for again.
    pub(crate) fn gaps(&self, account: Option<&str>) -> Vec<String> {
        let about = |complaint: &&Complaint| match (account, &complaint.about) {
            (Some(account), Some(about)) => {
                // Our id of an account is its bank and its id there.
                let (bank, id) = account.split_once('|').unwrap_or(("", account));
                *about == clean_code(id) || *about == clean_code(bank)
            }
            _ => true,
        };
        let open = self.complaints.iter().filter(|complaint| !is_cap(complaint)).filter(about);
        open.map(|complaint| match (complaint.sentence.as_str(), complaint.code.as_str()) {
            ("", "") => "The server complains without saying of what.".to_owned(),
            ("", code) => format!("The server complains: {code}."),
            (sentence, _) => sentence.to_owned(),
        })
        .collect()
    }

    /// Whether the server shortened the days it was asked for.
    pub(crate) fn capped(&self) -> bool {
        self.complaints.iter().any(is_cap)
    }
}

fn is_cap(complaint: &Complaint) -> bool {
    let sentence = complaint.sentence.to_ascii_lowercase();
    sentence.contains("range") && sentence.contains("capped")
}

fn read(complaint: &Value, access: &Access) -> Option<Complaint> {
    // What the server repeats of the access is taken out before anything is cut, so that no half of it stays.
    let sentence = |text: &str| plain_text(&access.redact(&plain_text(text, MUCH)), LONGEST);
    let word = |text: String| clean_code(&access.redact(&plain_text(&text, MUCH)));
    if let Some(text) = complaint.as_str() {
        return Some(Complaint { code: String::new(), sentence: sentence(text), about: None });
    }
    complaint.is_object().then(|| Complaint {
        code: text(complaint, "code").map(word).unwrap_or_default(),
        sentence: text(complaint, "msg")
            .or_else(|| text(complaint, "message"))
            .map(|text| sentence(&text))
            .unwrap_or_default(),
        about: text(complaint, "account_id").or_else(|| text(complaint, "conn_id")).map(word),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<AccountSet, ProviderError> {
        let access = Access::parse("https://alice:s3cr3t@bridge.example/simplefin").unwrap();
        AccountSet::parse(body.as_bytes(), &access)
    }

    #[test]
    fn both_forms_of_complaints_are_read() {
        let set = parse(
            r#"{"accounts": [], "errors": ["<b>Connection</b> to s3cr3t\u0000 may need attention", 7],
            "errlist": [{"code": "con.auth", "message": "M&amp;M", "conn_id": "CON-1"}, {"code": "x\n"}, null]}"#,
        );
        let complaint = |code: &str, sentence: &str, about: Option<&str>| Complaint {
            code: code.to_owned(),
            sentence: sentence.to_owned(),
            about: about.map(str::to_owned),
        };
        let read = [
            complaint("con.auth", "M&M", Some("CON-1")),
            complaint("x", "", None),
            complaint("", "Connection to … may need attention", None),
        ];
        let set = set.unwrap();
        assert_eq!(set.complaints, read);
        assert!(!set.revoked() && !set.capped());
    }

    #[test]
    fn the_end_of_the_access_and_a_cap_are_noticed() {
        assert!(parse(r#"{"accounts": [], "errlist": [{"code": "gen.auth"}]}"#).unwrap().revoked());
        let capped = "Requested date range exceeds limit of 90 days and was capped";
        assert!(parse(&format!(r#"{{"accounts": [], "errors": ["{capped}"]}}"#)).unwrap().capped());
        let listed = format!(r#"{{"accounts": [], "errlist": [{{"code": "gen.api", "msg": "{capped}."}}]}}"#);
        assert!(parse(&listed).unwrap().capped());
    }

    #[test]
    fn a_gap_is_told_to_whom_it_may_concern() {
        let set = parse(
            r#"{"accounts": [], "errlist": [
            {"code": "act.failed", "msg": "<b>Failed</b> to get all transactions.", "account_id": "2930002"},
            {"code": "con.auth", "conn_id": "CON-2"},
            {"code": "gen.api", "msg": "Requested date range exceeds limit of 90 days and was capped."}]}"#,
        );
        let set = set.unwrap();
        let failed = "Failed to get all transactions.";
        assert_eq!(set.gaps(None), [failed, "The server complains: con.auth."]);
        assert_eq!(set.gaps(Some("CON-1|2930002")), [failed]);
        assert_eq!(set.gaps(Some("CON-2|7")), ["The server complains: con.auth."]);
        assert!(set.gaps(Some("CON-1|7")).is_empty());
        let old =
            parse(r#"{"accounts": [], "errors": ["Connection to My Bank may need attention", ""]}"#).unwrap();
        assert_eq!(old.gaps(Some("x|1")).len(), 2);
    }

    #[test]
    fn what_is_no_account_set_is_refused() {
        for body in ["", "<html>", "[]", "null", "{}", r#"{"accounts": {}}"#, r#"{"accounts": [{"#] {
            assert!(parse(body).is_err(), "{body}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
