//! Account numbers inside rows that are kept as they stand: only their end is kept.

use std::borrow::Cow;

use dashtam_domain::ledger::mask_number;

/// End of the names of elements whose value is an account's full number, e.g. `ACCTID` and `LOANACCTID`.
const NUMBER: &str = "ACCTID";

/// The row with every full account number masked, that of the other side of a transfer above all. Everything else is
/// as it stands.
pub(super) fn masked(raw: String) -> String {
    match masked_part(&raw) {
        Cow::Borrowed(_) => raw,
        Cow::Owned(masked) => masked,
    }
}

fn masked_part(raw: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut kept = 0;
    for (open, _) in raw.match_indices('<') {
        let Some(close) = raw.get(open..).and_then(|rest| rest.find('>')).map(|at| open + at) else { break };
        let name = raw.get(open + 1..close).unwrap_or_default().split_whitespace().next().unwrap_or_default();
        let begins = name.len().checked_sub(NUMBER.len());
        let is_number = begins
            .and_then(|at| name.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(NUMBER) && !name.starts_with('/'));
        if !is_number {
            continue;
        }
        let rest = raw.get(close + 1..).unwrap_or_default();
        // Leaves of SGML may end with their line instead of a tag, and a value may begin on the next line.
        let lead = rest.len() - rest.trim_start().len();
        let value = rest.get(lead..).unwrap_or_default();
        let value = value.split(['<', '\r', '\n']).next().unwrap_or_default();
        let from = close + 1 + lead;
        masked.push_str(raw.get(kept..from).unwrap_or_default());
        masked.push_str(&mask_number(value).unwrap_or_default());
        kept = from + value.len();
    }
    if kept == 0 {
        return Cow::Borrowed(raw);
    }
    masked.push_str(raw.get(kept..).unwrap_or_default());
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_and_nothing_else() {
        for (raw, expected) in [
            ("<STMTTRN><NAME>1234567890</STMTTRN>", "<STMTTRN><NAME>1234567890</STMTTRN>"),
            (
                "<BANKACCTTO><BANKID>111<ACCTID>9876543210</ACCTID></BANKACCTTO><MEMO>x",
                "<BANKACCTTO><BANKID>111<ACCTID>****3210</ACCTID></BANKACCTTO><MEMO>x",
            ),
            ("<acctid>9876543210\r\n<MEMO>x", "<acctid>****3210\r\n<MEMO>x"),
            ("<LOANACCTID>\n 12-3456-7890 </LOANACCTID>", "<LOANACCTID>\n ****7890</LOANACCTID>"),
            ("<ACCTID>12</ACCTID><ACCTID>98765", "<ACCTID>****12</ACCTID><ACCTID>****8765"),
            ("<ACCTID></ACCTID><ACCTID>", "<ACCTID></ACCTID><ACCTID>"),
            ("<ACCTID", "<ACCTID"),
            ("ä<ACCTID>ÄÖÜ12345ß</ACCTID>ö", "ä<ACCTID>****345ß</ACCTID>ö"),
        ] {
            assert_eq!(masked(raw.to_owned()), expected, "{raw}");
        }
    }
}
