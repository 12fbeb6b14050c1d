//! What is known of a statement's account while the statement is read.

use dashtam_domain::{
    ledger::{AccountKind, AccountTerms, TransactionFlag, statement::StatementAccount},
    money::Currency,
    time::Day,
};

use super::{
    fields::is_placeholder,
    lexer::{Kind, Lexer, Token},
    position::Held,
    tags::Tag,
    values::short_value,
};

/// The institution that answered, from the sign-on part of the file.
#[derive(Debug, Default)]
pub(super) struct Institution {
    name: Option<String>,
    id: Option<String>,
    intuit_name: Option<String>,
    intuit_id: Option<String>,
}

impl Institution {
    /// Takes the value of an element. Of several, the first one counts.
    pub(super) fn take(&mut self, text: &[u8], token: &Token) {
        let slot = match token.tag {
            Tag::Organisation => &mut self.name,
            Tag::InstitutionId => &mut self.id,
            Tag::IntuitOrganisation => &mut self.intuit_name,
            Tag::IntuitId => &mut self.intuit_id,
            _ => return,
        };
        if slot.is_none() {
            *slot = short_value(text, token);
        }
    }
}

/// Whether a file that was exported by this program says so in the place of a bank: its accounts have no numbers that anybody
/// else knows, so that a person has to say which account it is.
fn is_own_export(bank: Option<&str>, number: &str) -> bool {
    bank == Some("DASHTAM") || number.starts_with("DASHTAM-")
}

/// One statement of the file, while it is read.
#[derive(Debug)]
pub(super) struct Statement {
    line: u64,
    /// The element that opened it, or the one that names its account when it was never opened.
    opened_by: Tag,
    bank: Option<String>,
    branch: Option<String>,
    broker: Option<String>,
    number: Option<String>,
    account_type: Option<String>,
    retirement: bool,
    pub(super) currency: Option<Currency>,
    has_currency: bool,
    pub(super) as_of: Option<Day>,
    /// Whether the event of the account was given out already.
    pub(super) told: bool,
    /// Announced transactions left aside, and the line of the first.
    pub(super) pending: (u64, u64),
    /// Lists of open orders left aside, and the line of the first.
    pub(super) orders: (u64, u64),
    /// What the account held.
    pub(super) held: Held,
    /// What was agreed.
    pub(super) terms: AccountTerms,
    /// Rows of a sort that says the other direction than the amount, and the line of the first.
    contradictions: (u64, u64),
    /// Rows in a currency that is none, and the line of the first.
    no_currency: (u64, u64),
}

impl Statement {
    pub(super) fn new(line: u64, opened_by: Tag) -> Self {
        Self {
            line,
            opened_by,
            bank: None,
            branch: None,
            broker: None,
            number: None,
            account_type: None,
            retirement: false,
            currency: None,
            has_currency: false,
            as_of: None,
            told: false,
            pending: (0, 0),
            orders: (0, 0),
            held: Held::default(),
            terms: AccountTerms::default(),
            contradictions: (0, 0),
            no_currency: (0, 0),
        }
    }

    /// Whether this program wrote it.
    fn is_own_export(&self) -> bool {
        is_own_export(self.bank.as_deref(), self.number.as_deref().unwrap_or_default())
    }

    /// Whether it has no balance, and this one only stands in the place of one that the format asks for.
    pub(super) fn has_no_balance(&self, as_of: Option<Day>) -> bool {
        self.is_own_export() && as_of == Day::new(1970, 1, 1)
    }

    pub(super) fn is_investment(&self) -> bool {
        self.opened_by == Tag::InvestmentStatement
    }

    /// Whether anything in the file says which account this is.
    pub(super) fn is_known(&self) -> bool {
        self.number.is_some()
    }

    /// Takes what an element outside rows says of the account; the first value of each stands.
    pub(super) fn take(&mut self, text: &[u8], token: &Token) {
        // What runs to the end of the file may be half a value.
        if token.text_end == text.len() {
            return;
        }
        let slot = match token.tag {
            Tag::BankId => &mut self.bank,
            Tag::BranchId => &mut self.branch,
            Tag::BrokerId => &mut self.broker,
            Tag::AccountId => &mut self.number,
            Tag::AccountType => &mut self.account_type,
            Tag::DefaultCurrency => {
                if !self.has_currency {
                    let code = short_value(text, token);
                    self.has_currency = code.is_some();
                    self.currency = code.and_then(|code| code.parse().ok());
                }
                return;
            }
            Tag::Retirement => {
                self.retirement = true;
                return;
            }
            // A statement of the wrong sort, or none at all, still names its account by sort.
            Tag::CardAccount if matches!(self.opened_by, Tag::BankStatement | Tag::Row) => {
                self.opened_by = Tag::CardStatement;
                return;
            }
            Tag::InvestmentAccount if self.opened_by == Tag::Row => {
                self.opened_by = Tag::InvestmentStatement;
                return;
            }
            Tag::LoanAccount if matches!(self.opened_by, Tag::BankStatement | Tag::Row) => {
                self.opened_by = Tag::LoanStatement;
                return;
            }
            _ => return,
        };
        if slot.is_none() {
            *slot = short_value(text, token);
        }
    }

    /// Looks for what comes late: the account or currency behind the rows, and whether an investment
    /// account is one for retirement, which its last part shows. A statement is searched once at most.
    pub(super) fn look_ahead(&mut self, lexer: &mut Lexer, text: &[u8]) {
        if self.number.is_some() && self.has_currency && !self.is_investment() {
            return;
        }
        let mut ahead = lexer.clone();
        let mut in_account = false;
        while let Some(token) = ahead.next(text) {
            if ends_statement(&token) {
                break;
            }
            let leaf = matches!(
                token.tag,
                Tag::BankId | Tag::BranchId | Tag::BrokerId | Tag::AccountId | Tag::AccountType
            );
            match token.kind {
                Kind::Open if token.tag.is_account() => {
                    in_account = true;
                    self.take(text, &token);
                }
                Kind::Open if leaf => {
                    if in_account {
                        self.take(text, &token);
                    }
                }
                Kind::Open if matches!(token.tag, Tag::DefaultCurrency | Tag::Retirement) => {
                    self.take(text, &token);
                }
                Kind::Open if token.tag == Tag::Other => {}
                Kind::Close if !token.tag.is_account() => {}
                _ => in_account = false,
            }
        }
        lexer.learn(&ahead);
    }

    /// The account as far as the file has named it.
    pub(super) fn account(&self, institution: &Institution) -> StatementAccount {
        let own_id = self.bank.as_ref().or(self.broker.as_ref());
        let id = own_id.or(institution.id.as_ref()).or(institution.intuit_id.as_ref());
        let named = institution.name.as_ref().or(institution.intuit_name.as_ref());
        // Zeros in the place of a bank's id tell no bank from another.
        let hint = match (own_id, id) {
            (Some(own), _) if is_placeholder(own) => {
                institution.id.as_ref().or(institution.intuit_id.as_ref()).or(named)
            }
            (None, None) => named,
            _ => None,
        };
        StatementAccount {
            line: self.line,
            institution: named.cloned(),
            institution_id: id.cloned().unwrap_or_default(),
            institution_hint: hint.cloned(),
            branch: self.branch.clone(),
            number: self.number.clone().filter(|_| !self.is_own_export()),
            name: None,
            kind: self.kind(),
            kind_word: self.account_type.clone().unwrap_or_default(),
            currency: self.currency,
        }
    }

    /// Counts what is odd about a row, and remembers the line of the first of each kind.
    pub(super) fn count_odd(&mut self, line: u64, flags: &[TransactionFlag]) {
        for flag in flags {
            let slot = match flag {
                TransactionFlag::SignContradictsKind => &mut self.contradictions,
                TransactionFlag::CurrencyUnknown => &mut self.no_currency,
                _ => continue,
            };
            if slot.0 == 0 {
                slot.1 = line;
            }
            slot.0 += 1;
        }
    }

    /// What there is to say at its end: lines and sentences.
    pub(super) fn remarks(&self) -> Vec<(u64, String)> {
        let rows = |count: u64, one: &str, many: &str| {
            if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
        };
        let mut remarks = Vec::new();
        let pending = rows(
            self.pending.0,
            "announced (not yet booked) transaction was left aside",
            "announced (not yet booked) transactions were left aside",
        );
        remarks.push((self.pending.0, self.pending.1, format!("{pending}: only what is booked is read.")));
        let orders = rows(self.orders.0, "list of open orders was", "lists of open orders were");
        remarks.push((
            self.orders.0,
            self.orders.1,
            format!("{orders} left aside: nothing came of them yet."),
        ));
        let odd = rows(self.contradictions.0, "row has a TRNTYPE", "rows have a TRNTYPE");
        remarks.push((
            self.contradictions.0,
            self.contradictions.1,
            format!("{odd} that contradicts the sign of TRNAMT: the amount is kept as it is, and flagged."),
        ));
        let none = rows(self.no_currency.0, "row is in a currency", "rows are in a currency");
        remarks.push((
            self.no_currency.0,
            self.no_currency.1,
            format!("{none} that is none of ISO 4217: kept as XXX, and flagged."),
        ));
        remarks.into_iter().filter(|remark| remark.0 > 0).map(|(_, line, text)| (line, text)).collect()
    }

    fn kind(&self) -> AccountKind {
        match self.opened_by {
            Tag::CardStatement => return AccountKind::CreditCard,
            Tag::LoanStatement => return AccountKind::Loan,
            Tag::InvestmentStatement if self.retirement => return AccountKind::Retirement,
            Tag::InvestmentStatement => return AccountKind::Brokerage,
            _ => {}
        }
        match self.account_type.as_deref().unwrap_or_default().to_ascii_uppercase().as_str() {
            "CHECKING" => AccountKind::Checking,
            "SAVINGS" => AccountKind::Savings,
            "MONEYMRKT" => AccountKind::MoneyMarket,
            "CD" => AccountKind::CertificateOfDeposit,
            "CREDITLINE" => AccountKind::LineOfCredit,
            "CREDITCARD" | "CC" => AccountKind::CreditCard,
            "LOAN" | "MORTGAGE" => AccountKind::Loan,
            _ => AccountKind::Other,
        }
    }
}

/// Whether a statement cannot reach beyond this element. Its own closing element is none of these: some
/// banks put the balances behind it.
pub(super) fn ends_statement(token: &Token) -> bool {
    matches!(token.tag, Tag::Ofx | Tag::MessageSet | Tag::Response)
        || (token.kind == Kind::Open && token.tag.is_statement())
}
