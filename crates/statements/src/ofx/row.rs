//! One cash transaction: finds its end, even when nothing closes it, and reads its fields.

use dashtam_domain::{ledger::statement::StatementRow, money::Currency};

use super::{
    amounts::Marks,
    fields::Fields,
    lexer::{Kind, Lexer, Token},
    masked::masked,
    tags::Tag,
    values::{is_blank, raw},
};

/// A row with more elements, or more bytes, is no row. The limits keep memory flat whatever the file holds.
const MOST_TOKENS: usize = 1_000;
const MOST_BYTES: usize = 64 * 1024;
/// Aggregates inside one another that are told apart; what is nested deeper is not looked at.
const DEEPEST: usize = 64;

/// How the reading of a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By its closing element, or by an element that cannot be inside a row.
    Whole,
    /// The file ended before the row did.
    Cut,
    /// The row is longer than any real row.
    Endless,
}

/// The elements of one row; kept between rows for its memory.
#[derive(Debug, Default)]
pub(super) struct RowTokens {
    tokens: Vec<Token>,
    /// For each element that holds others, the place of its closing element.
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

    /// Pairs closing elements with the elements they close.
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
        marks: &mut dyn FnMut() -> Marks,
    ) -> Result<StatementRow, String> {
        self.pair(text);
        let raw = masked(raw(text.get(self.from..self.to).unwrap_or_default()));
        self.fields(text).read(line, currency, raw, marks)
    }

    /// Takes the row's own fields: what stands inside a vendor's aggregate is not the row's.
    fn fields<'t>(&self, text: &'t [u8]) -> Fields<'t> {
        let mut fields = Fields::default();
        let mut in_original = false;
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            let close = self.closes.get(at).copied().flatten();
            match (token.tag, close) {
                (Tag::Currency | Tag::OriginalCurrency, _) if token.kind == Kind::Open => {
                    in_original = token.tag == Tag::OriginalCurrency;
                    // Some banks write the currency itself where its aggregate belongs.
                    fields.take(text, token, in_original);
                }
                (Tag::Payee | Tag::LoanAmounts | Tag::Escrow, Some(_)) => {}
                (_, Some(close)) => at = close,
                (_, None) if token.kind == Kind::Open => fields.take(text, token, in_original),
                _ => {}
            }
            at += 1;
        }
        fields
    }
}

/// Reads a row that was kept without its file. Where the file would have to say what a mark in an amount means, the row
/// is refused.
pub(super) fn read_alone(raw: &[u8], currency: Currency) -> Result<StatementRow, String> {
    let mut lexer = Lexer::new();
    let start = lexer.next(raw).filter(|start| start.tag == Tag::Row && start.kind == Kind::Open);
    let start = start.ok_or_else(|| "The row is not kept as it stood in its file.".to_owned())?;
    let mut row = RowTokens::default();
    if row.collect(&mut lexer, raw, start, false) == Ending::Endless {
        return Err("The row is longer than any real row.".to_owned());
    }
    let mut is_unclear = false;
    let read = row.read(raw, 1, Some(currency), &mut || {
        is_unclear = true;
        Marks::default()
    })?;
    if is_unclear { Err("Its amounts are read with the whole file only.".to_owned()) } else { Ok(read) }
}

/// Whether an element can hold others. The row's own leaves cannot, so an empty one is never taken for the
/// beginning of an aggregate.
fn may_nest(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Other
            | Tag::Intuit
            | Tag::Payee
            | Tag::Currency
            | Tag::OriginalCurrency
            | Tag::CounterAccount
            | Tag::LoanAmounts
            | Tag::Escrow
    ) || tag.is_account()
}

#[cfg(test)]
mod tests {
    use dashtam_domain::ledger::{Exchange, TransactionFlag, TransactionKind, statement::Correction};

    use super::*;

    fn read(text: &str) -> Result<StatementRow, String> {
        let bytes = text.as_bytes();
        let mut lexer = Lexer::new();
        let start = lexer.next(bytes).unwrap();
        let mut row = RowTokens::default();
        assert_eq!(row.collect(&mut lexer, bytes, start, false), Ending::Whole);
        row.read(bytes, 1, "EUR".parse().ok(), &mut Marks::default)
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
        let rate = "1.1".parse().ok();
        let exchange = Exchange { currency: "USD".parse().unwrap(), rate, is_converted: false };
        assert_eq!((row.details.exchange, row.details.flags), (Some(exchange), Vec::new()));
        assert!(row.raw.starts_with("<STMTTRN>") && row.raw.ends_with("</STMTTRN>"));
    }

    #[test]
    fn a_row_alone_is_read_as_in_its_file_or_not_at_all() {
        let text = "<STMTTRN><TRNTYPE>ATM<DTPOSTED>20240301<TRNAMT>-12,50<FITID>1<NAME>A</STMTTRN>";
        let row = StatementRow { line: 1, ..read(text).unwrap() };
        let euros: Currency = "EUR".parse().unwrap();
        assert_eq!(read_alone(row.raw.as_bytes(), euros), Ok(row));
        // A row that nothing closed is kept as far as it goes.
        let open = text.trim_end_matches("</STMTTRN>");
        assert_eq!(read_alone(open.as_bytes(), euros).unwrap().amount.to_string(), "-12.50");
        // Only the rest of the file says whether this is a thousand.
        let unclear = text.replace("-12,50", "-1,234");
        assert!(read_alone(unclear.as_bytes(), euros).unwrap_err().contains("whole file"));
        for wrong in ["", "{}", "<OFX>", "</STMTTRN>"] {
            assert!(read_alone(wrong.as_bytes(), euros).is_err(), "{wrong}");
        }
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
        let exchange = row.details.exchange.unwrap();
        assert!(exchange.is_converted && exchange.currency.as_str() == "USD" && exchange.rate.is_none());
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

    /// A row with these elements besides what every row needs.
    fn with(more: &str) -> StatementRow {
        read(&format!("<STMTTRN><DTPOSTED>20240301<TRNAMT>-5{more}</STMTTRN>")).unwrap()
    }

    #[test]
    fn a_currency_beside_the_accounts_is_kept_with_its_rate() {
        let foreign = with("<CURRENCY><CURRATE>1,0700<CURSYM>usd</CURRENCY>");
        assert_eq!(foreign.currency.unwrap().as_str(), "USD");
        assert_eq!(foreign.details.exchange.unwrap().rate.unwrap().to_string(), "1.0700");
        // No rate is known.
        let foreign = with("<CURRENCY><CURRATE>1.0<CURSYM>USD</CURRENCY>").details.exchange.unwrap();
        assert_eq!((foreign.rate, foreign.is_converted), (None, false));
        assert_eq!(with("<CURRENCY>USD</CURRENCY>").currency.unwrap().as_str(), "USD");
        let converted = with("<ORIGCURRENCY><CURSYM>GBP<CURRATE>1.17</ORIGCURRENCY>");
        assert_eq!(converted.currency, None);
        assert!(converted.details.exchange.unwrap().is_converted);
        // The account's own currency is no second one.
        let own = with("<CURRENCY><CURRATE>1.0<CURSYM>EUR</CURRENCY>");
        assert_eq!((own.currency, own.details.exchange), (None, None));
        let none = with("<CURRENCY><CURRATE>1.1<CURSYM>US$</CURRENCY>");
        assert_eq!(none.currency, Some(Currency::NONE));
        assert_eq!(none.details.flags, [TransactionFlag::CurrencyUnknown]);
    }

    #[test]
    fn a_sort_that_says_the_other_direction_is_flagged() {
        for (kind, amount, odd) in [
            ("DEBIT", "5", true),
            ("FEE", "1", true),
            ("SRVCHG", "1", true),
            ("CASH", "1", true),
            ("DIRECTDEBIT", "1", true),
            ("CREDIT", "-5", true),
            ("DEP", "-5", true),
            ("DIRECTDEP", "-5", true),
            ("DIV", "-5", true),
            ("DEBIT", "-5", false),
            ("CREDIT", "5", false),
            ("DEBIT", "0", false),
            ("ATM", "5", false),
            ("XFER", "-5", false),
            ("INT", "-5", false),
        ] {
            let row = read(&format!("<STMTTRN><TRNTYPE>{kind}<DTPOSTED>20240301<TRNAMT>{amount}</STMTTRN>"))
                .unwrap();
            assert_eq!(row.amount.to_string(), amount, "{kind} {amount}");
            assert_eq!(
                row.details.flags.contains(&TransactionFlag::SignContradictsKind),
                odd,
                "{kind} {amount}"
            );
        }
    }

    #[test]
    fn a_loan_payment_is_made_of_principal_interest_and_more() {
        let parts = "<LOANTRNAMT><LOANPMTAMT>900.00<PRINAMT>500.00<INTAMT>304.10<ESCRWAMT><ESCRWTOTAL>95.90\
                     <ESCRWTAX>95.90</ESCRWAMT></LOANTRNAMT>";
        let row = |amount: &str| {
            read(&format!(
                "<LOANSTMTTRN><LOANTRNTYPE>PAYMENT<DTPOSTED>20260502{parts}{amount}<FITID>L1</LOANSTMTTRN>"
            ))
            .unwrap()
        };
        let payment = row("<TRNAMT>900.00");
        let legs: Vec<_> = payment
            .details
            .legs
            .iter()
            .map(|leg| (leg.label.as_deref(), leg.amount.unwrap().to_string()))
            .collect();
        assert_eq!(
            legs,
            [
                (Some("PRINAMT"), "500.00".to_owned()),
                (Some("INTAMT"), "304.10".to_owned()),
                (Some("ESCRWTOTAL"), "95.90".to_owned())
            ]
        );
        assert_eq!((payment.kind, payment.details.flags), (TransactionKind::Payment, Vec::new()));
        assert_eq!(row("").amount.to_string(), "900.00", "without an amount of its own");
        assert_eq!(row("<TRNAMT>901").details.flags, [TransactionFlag::LegsDoNotAddUp]);
        let reversed = row("<TRNAMT>-900.00");
        assert_eq!((reversed.amount.to_string().as_str(), reversed.details.flags.len()), ("-900.00", 0));
    }
}
