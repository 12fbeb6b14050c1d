//! One cash transaction: finds its end, even when nothing closes it, and reads its fields.

use std::borrow::Cow;

use dashtam_domain::{
    ledger::{
        TransactionKind,
        statement::{Correction, StatementRow},
    },
    money::{Currency, Decimal, DecimalError},
};

use super::{
    amounts::{Marks, amount},
    dates::day_and_instant,
    lexer::{Kind, Lexer, Token},
    tags::Tag,
    values::{is_blank, raw, value},
};

/// A row with more elements, or more bytes, is no row. The limits keep memory flat whatever the file holds.
const MOST_TOKENS: usize = 1_000;
const MOST_BYTES: usize = 64 * 1024;
/// Aggregates inside one another that are told apart; what is nested deeper is not looked at.
const DEEPEST: usize = 64;

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By its closing element, or by an element that cannot be inside a row.
    Whole,
    /// By the end of the file.
    Cut,
    /// It is longer than any row.
    Endless,
}

/// The elements of one row; kept between rows for its memory.
#[derive(Debug, Default)]
pub(super) struct RowTokens {
    tokens: Vec<Token>,
    /// For an aggregate, the place of its closing element.
    closes: Vec<Option<usize>>,
    from: usize,
    to: usize,
}

impl RowTokens {
    /// Collects the row that begins with `start`. Containers that open or close end a row without an end;
    /// they are left for the caller.
    pub(super) fn collect(
        &mut self,
        lexer: &mut Lexer,
        text: &[u8],
        start: Token,
        in_investment: bool,
    ) -> Ending {
        self.tokens.clear();
        (self.from, self.to) = (start.at, start.text_end);
        while let Some(token) = lexer.next(text) {
            if token.tag == Tag::Row && token.kind == Kind::Close {
                self.to = token.end;
                return self.measure();
            }
            let ends = match token.kind {
                Kind::Empty => false,
                Kind::Close => token.tag.is_around_rows(),
                Kind::Open if token.tag == Tag::Row => true,
                // With text it is a vendor's leaf that happens to bear the name of a container.
                Kind::Open => {
                    (token.tag.is_container() || (token.tag == Tag::Trade && in_investment))
                        && is_blank(text, &token)
                }
            };
            if ends {
                self.to = token.at;
                lexer.unread(token);
                return self.measure();
            }
            if self.tokens.len() <= MOST_TOKENS {
                self.tokens.push(token);
            }
        }
        self.to = text.len();
        Ending::Cut
    }

    fn measure(&self) -> Ending {
        let fits = self.tokens.len() <= MOST_TOKENS && self.to - self.from <= MOST_BYTES;
        if fits { Ending::Whole } else { Ending::Endless }
    }

    /// Pairs closing elements with the aggregates they close.
    fn pair(&mut self, text: &[u8]) {
        self.closes.clear();
        self.closes.resize(self.tokens.len(), None);
        let mut open: Vec<usize> = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            match token.kind {
                Kind::Open if may_nest(token.tag) && is_blank(text, token) && open.len() < DEEPEST => {
                    open.push(at);
                }
                Kind::Close if may_nest(token.tag) => {
                    let name = token.name(text);
                    let found = open.iter().rposition(|o| {
                        self.tokens.get(*o).is_some_and(|t| t.name(text).eq_ignore_ascii_case(name))
                    });
                    if let Some(found) = found {
                        if let Some(slot) = open.get(found).and_then(|o| self.closes.get_mut(*o)) {
                            *slot = Some(at);
                        }
                        open.truncate(found);
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads the row. An error is a sentence without any value of the file.
    pub(super) fn read(
        &mut self,
        text: &[u8],
        line: u64,
        currency: Option<Currency>,
        marks: impl FnOnce() -> Marks,
    ) -> Result<StatementRow, String> {
        self.pair(text);
        let fields = self.fields(text);
        if fields.two_amounts {
            return Err("TRNAMT is there twice with different values.".to_owned());
        }
        let own_currency = fields.currency.as_deref().and_then(|c| c.parse().ok());
        let (day, amount) = required(&fields, own_currency.or(currency), marks)?;
        let source_kind = fields.kind.unwrap_or_default().into_owned();
        let name = fields.name.or(fields.payee).or(fields.extended_name);
        let reference = fields.reference.or(fields.server_id);
        Ok(StatementRow {
            line,
            source_id: fields.id.filter(|id| !is_placeholder(id)).map(Cow::into_owned),
            corrects: fields.corrects.filter(|id| !is_placeholder(id)).map(|id| Correction {
                source_id: id.into_owned(),
                delete: fields.action.is_some_and(|action| action.eq_ignore_ascii_case("DELETE")),
            }),
            day: day.0,
            occurred_at: day.1,
            amount,
            kind: kind(&source_kind),
            source_kind,
            name: name.map(Cow::into_owned),
            memo: fields.memo.map(Cow::into_owned),
            check_number: fields.check_number.filter(|n| !is_placeholder(n)).map(Cow::into_owned),
            reference: reference.filter(|n| !is_placeholder(n)).map(Cow::into_owned),
            currency: own_currency.filter(|own| Some(*own) != currency),
            raw: raw(text.get(self.from..self.to).unwrap_or_default()),
        })
    }

    /// Takes the row's own fields: what stands inside a vendor's aggregate is not the row's.
    fn fields<'t>(&self, text: &'t [u8]) -> Fields<'t> {
        let mut fields = Fields::default();
        let mut in_original = false;
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            let close = self.closes.get(at).copied().flatten();
            match (token.tag, close) {
                (Tag::Currency, _) => in_original = false,
                (Tag::OriginalCurrency, _) => in_original = true,
                (Tag::Payee, Some(_)) => {}
                (_, Some(close)) => at = close,
                (Tag::Symbol, None) if in_original => {}
                (_, None) if token.kind == Kind::Open => fields.take(text, token),
                _ => {}
            }
            at += 1;
        }
        fields
    }
}

/// Whether an element can hold others. The row's own leaves cannot, so an empty one is never taken for the
/// beginning of an aggregate.
fn may_nest(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Other | Tag::Intuit | Tag::Payee | Tag::Currency | Tag::OriginalCurrency | Tag::CounterAccount
    ) || tag.is_account()
}

#[derive(Default)]
struct Fields<'t> {
    kind: Option<Cow<'t, str>>,
    posted: Option<Cow<'t, str>>,
    amount: Option<Cow<'t, str>>,
    two_amounts: bool,
    id: Option<Cow<'t, str>>,
    corrects: Option<Cow<'t, str>>,
    action: Option<Cow<'t, str>>,
    server_id: Option<Cow<'t, str>>,
    check_number: Option<Cow<'t, str>>,
    reference: Option<Cow<'t, str>>,
    name: Option<Cow<'t, str>>,
    payee: Option<Cow<'t, str>>,
    extended_name: Option<Cow<'t, str>>,
    memo: Option<Cow<'t, str>>,
    currency: Option<Cow<'t, str>>,
}

impl<'t> Fields<'t> {
    /// The first value of a field stands.
    fn take(&mut self, text: &'t [u8], token: &Token) {
        let slot = match token.tag {
            Tag::TransactionType => &mut self.kind,
            Tag::Posted => &mut self.posted,
            Tag::Amount => &mut self.amount,
            Tag::TransactionId => &mut self.id,
            Tag::CorrectsId => &mut self.corrects,
            Tag::CorrectAction => &mut self.action,
            Tag::ServerId => &mut self.server_id,
            Tag::CheckNumber => &mut self.check_number,
            Tag::Reference => &mut self.reference,
            Tag::Name => &mut self.name,
            Tag::Payee => &mut self.payee,
            Tag::ExtendedName => &mut self.extended_name,
            Tag::Memo => &mut self.memo,
            Tag::Symbol => &mut self.currency,
            _ => return,
        };
        match slot {
            None => *slot = value(text, token),
            // Two rows run together: taking either amount would lose the other.
            Some(first) if token.tag == Tag::Amount => {
                let second = value(text, token);
                self.two_amounts |= second.is_some_and(|second| second != *first);
            }
            Some(_) => {}
        }
    }
}

type When = (dashtam_domain::time::Day, Option<dashtam_domain::time::Timestamp>);

/// Reads what no row can do without.
fn required(
    fields: &Fields<'_>,
    currency: Option<Currency>,
    marks: impl FnOnce() -> Marks,
) -> Result<(When, Decimal), String> {
    let when = match &fields.posted {
        None => Err("DTPOSTED is missing"),
        Some(text) => day_and_instant(text).ok_or("DTPOSTED is not a date"),
    };
    let amount = match &fields.amount {
        None => Err("TRNAMT is missing"),
        Some(text) => amount(text, currency, marks).map_err(|error| match error {
            DecimalError::Malformed => "TRNAMT is not a number",
            DecimalError::TooPrecise => "TRNAMT has more than 28 digits",
        }),
    };
    match (when, amount) {
        (Ok(when), Ok(amount)) => Ok((when, amount)),
        (Err(one), Err(other)) => Err(format!("{one}, and {other}.")),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => Err(format!("{one}.")),
    }
}

/// Ids that banks write where they have none: they are the same on every row.
fn is_placeholder(id: &str) -> bool {
    id.chars().all(|c| matches!(c, '0' | '-' | '.' | '*' | '_' | '?' | '/' | '#' | ' '))
        || ["NONE", "NULL", "N/A", "NA", "NIL", "UNDEFINED", "UNKNOWN"]
            .iter()
            .any(|word| id.eq_ignore_ascii_case(word))
}

/// What sort of transaction `TRNTYPE` says it is.
fn kind(word: &str) -> TransactionKind {
    match word.to_ascii_uppercase().as_str() {
        "CREDIT" => TransactionKind::Credit,
        "DEBIT" => TransactionKind::Debit,
        "INT" => TransactionKind::Interest,
        "DIV" => TransactionKind::Dividend,
        "FEE" | "SRVCHG" => TransactionKind::Fee,
        "DEP" => TransactionKind::Deposit,
        "CASH" => TransactionKind::Withdrawal,
        "ATM" => TransactionKind::Cash,
        "POS" => TransactionKind::PointOfSale,
        "XFER" => TransactionKind::Transfer,
        "CHECK" => TransactionKind::Check,
        "PAYMENT" => TransactionKind::Payment,
        "DIRECTDEP" => TransactionKind::DirectDeposit,
        "DIRECTDEBIT" => TransactionKind::DirectDebit,
        "REPEATPMT" => TransactionKind::StandingOrder,
        "HOLD" => TransactionKind::Hold,
        _ => TransactionKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<StatementRow, String> {
        let bytes = text.as_bytes();
        let mut lexer = Lexer::new();
        let start = lexer.next(bytes).unwrap();
        let mut row = RowTokens::default();
        assert_eq!(row.collect(&mut lexer, bytes, start, false), Ending::Whole);
        row.read(bytes, 1, "EUR".parse().ok(), Marks::default)
    }

    #[test]
    fn every_field_of_an_open_row() {
        let row = read(
            "<STMTTRN>\n<TRNTYPE>DirectDep\n<DTPOSTED>20240301120000[-5:EST]\n<TRNAMT>+12,50\n<FITID>F1\n\
             <CORRECTFITID>F0\n<CORRECTACTION>DELETE\n<SRVRTID>S\n<CHECKNUM>7\n<NAME>Shop &amp; Co\n<MEMO>thanks\n\
             <CURRENCY><CURRATE>1.1<CURSYM>USD</CURRENCY>\n</STMTTRN>\n",
        )
        .unwrap();
        assert_eq!(row.amount.to_string(), "12.50");
        assert_eq!(row.day.to_string(), "2024-03-01");
        assert_eq!(row.occurred_at.unwrap().to_string(), "2024-03-01T17:00:00.000000Z");
        assert_eq!((row.kind, row.source_kind.as_str()), (TransactionKind::DirectDeposit, "DirectDep"));
        assert_eq!(row.corrects, Some(Correction { source_id: "F0".into(), delete: true }));
        assert_eq!(row.name.as_deref(), Some("Shop & Co"));
        assert_eq!(row.reference.as_deref(), Some("S"));
        assert_eq!(row.currency.unwrap().as_str(), "USD");
        assert!(row.raw.starts_with("<STMTTRN>") && row.raw.ends_with("</STMTTRN>"));
    }

    #[test]
    fn fields_of_other_aggregates_are_not_the_rows() {
        let row = read(
            "<STMTTRN><ACME.X><NAME>no</NAME><TRNAMT>9</TRNAMT></ACME.X><ACME.FLAG><TRNAMT>1</TRNAMT>\
             <DTPOSTED>20240301</DTPOSTED><PAYEE><NAME>yes</NAME><CITY>C</CITY></PAYEE>\
             <BANKACCTTO><ACCTID>1</ACCTID></BANKACCTTO><MEMO></MEMO><FITID>000</FITID>\
             <ORIGCURRENCY><CURSYM>USD</CURSYM></ORIGCURRENCY></STMTTRN>",
        )
        .unwrap();
        assert_eq!(row.name.as_deref(), Some("yes"));
        assert_eq!(row.amount.to_string(), "1");
        assert_eq!((row.memo, row.source_id, row.currency), (None, None, None));
    }

    #[test]
    fn a_payee_without_parts_is_the_name() {
        let row = read("<STMTTRN><TRNAMT>1<DTPOSTED>20240301<PAYEE>Phone</PAYEE></STMTTRN>").unwrap();
        assert_eq!(row.name.as_deref(), Some("Phone"));
    }

    #[test]
    fn rows_end_before_containers() {
        for end in ["<STMTTRN>", "</BANKTRANLIST>", "<LEDGERBAL>", "</OFX>"] {
            let row = read(&format!("<STMTTRN><TRNAMT>1<DTPOSTED>20240301<NAME>x{end}<NAME>y")).unwrap();
            assert_eq!(row.name.as_deref(), Some("x"), "{end}");
        }
    }

    #[test]
    fn leaves_with_the_name_of_a_container_end_no_row() {
        let row = read(
            "<STMTTRN><BAL>5<BALLIST>6<LEDGERBAL>7</LEDGERBAL><SPLIT></SPLIT><TRNAMT>1<DTPOSTED>20240301</STMTTRN>",
        );
        assert_eq!(row.unwrap().amount.to_string(), "1");
    }

    #[test]
    fn refusals_name_elements_and_no_values() {
        for (body, reason) in [
            ("<TRNAMT>1", "DTPOSTED is missing."),
            ("<DTPOSTED>20240301<TRNAMT> ", "TRNAMT is missing."),
            ("<DTPOSTED>00000000<TRNAMT>$5", "DTPOSTED is not a date, and TRNAMT is not a number."),
            ("<DTPOSTED>20240301<TRNAMT>12345678901234567890123456789", "TRNAMT has more than 28 digits."),
            ("<DTPOSTED>20240301<TRNAMT>1<TRNAMT>2", "TRNAMT is there twice with different values."),
            ("*cut*", "DTPOSTED is missing, and TRNAMT is missing."),
        ] {
            assert_eq!(read(&format!("<STMTTRN>{body}</STMTTRN>")).unwrap_err(), reason);
        }
    }

    #[test]
    fn placeholders_are_no_ids() {
        assert!(["0", "0000000000", "-", "none", "N/A"].iter().all(|id| is_placeholder(id)));
        assert!(["01", "0-1", "a", "xx"].iter().all(|id| !is_placeholder(id)));
    }
}
