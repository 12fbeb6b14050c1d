//! Goes through the elements of a file and says what they mean, one piece at a time.

use std::collections::VecDeque;

use dashtam_domain::{
    ledger::statement::{
        StatementBalance, StatementBalanceKind, StatementError, StatementEvent, StatementProblem, said,
    },
    money::{Decimal, DecimalError},
};

use super::{
    account::{Institution, Statement, ends_statement},
    amounts::{Marks, amount},
    aside::Aside,
    dates::day,
    investments::Investments,
    lexer::{Kind, Lexer, Token},
    lines::Lines,
    row::{Ending, RowTokens},
    status::{OpenStatus, Trouble},
    tags::Tag,
    values::{is_blank, short_value, value},
};

/// A balance that is being read.
#[derive(Debug)]
pub(super) struct OpenBalance {
    pub(super) kind: StatementBalanceKind,
    pub(super) name: String,
    pub(super) line: u64,
    /// Its elements with the amount and the day.
    pub(super) amount: Option<Token>,
    pub(super) day: Option<Token>,
}

/// What sort of answer the file holds besides statements, for saying why there is none.
#[derive(Debug, Default)]
struct Seen {
    root_open: bool,
    root_closed: bool,
    sign_on: bool,
    accounts: bool,
    profile: bool,
    securities: bool,
}

/// The state of the reader between two elements.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) lexer: Lexer,
    pub(super) lines: Lines,
    pub(super) events: VecDeque<StatementEvent>,
    pub(super) institution: Institution,
    pub(super) statement: Option<Statement>,
    statements: u64,
    pub(super) balance: Option<OpenBalance>,
    status: Option<OpenStatus>,
    first_error: Option<Trouble>,
    aside: Aside,
    row: RowTokens,
    pub(super) marks: Option<Marks>,
    pub(super) investments: Investments,
    seen: Seen,
    finished: bool,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self {
            lexer: Lexer::new(),
            lines: Lines::new(),
            events: VecDeque::new(),
            institution: Institution::default(),
            statement: None,
            statements: 0,
            balance: None,
            status: None,
            first_error: None,
            aside: Aside::default(),
            row: RowTokens::default(),
            marks: None,
            investments: Investments::default(),
            seen: Seen::default(),
            finished: false,
        }
    }

    /// Tells something of the whole file, at the line of the byte at `at`.
    pub(super) fn remark(&mut self, text: &[u8], at: usize, reason: String) {
        let line = Lines::new().at(text, at);
        self.events.push_back(StatementEvent::Note(StatementProblem { line, reason }));
    }

    /// Reads as far as the first statement; an error when there is none.
    pub(super) fn start(&mut self, text: &[u8]) -> Result<(), StatementError> {
        while self.statements == 0 && !self.finished {
            self.step(text);
        }
        if self.statements > 0 {
            return Ok(());
        }
        if let Some(Trouble { code, message, .. }) = self.first_error.take() {
            return Err(StatementError::InstitutionError { code, message });
        }
        let others = self.aside.all().map(|names| format!("it holds only {names}, which is not read"));
        let why = if self.seen.accounts {
            "it is a list of accounts"
        } else if self.seen.profile {
            "it is the institution's profile"
        } else if self.seen.securities {
            "it is a list of securities"
        } else if !self.seen.root_closed {
            "it ends before a statement begins"
        } else if let Some(others) = others.as_deref() {
            others
        } else if self.seen.sign_on {
            "it is only the answer to signing on"
        } else {
            "there is nothing in it"
        };
        Err(StatementError::NoStatement(why.to_owned()))
    }

    /// Reads on to the next event.
    pub(super) fn next(&mut self, text: &[u8]) -> Option<StatementEvent> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.finished {
                return None;
            }
            self.step(text);
        }
    }

    fn step(&mut self, text: &[u8]) {
        let Some(token) = self.lexer.next(text) else {
            self.finish(text);
            return;
        };
        if self.status.is_some()
            && !matches!(token.tag, Tag::Code | Tag::Severity | Tag::Message | Tag::Other)
        {
            self.end_status(text, token.at);
        }
        if self.balance.is_some() && !matches!(token.tag, Tag::BalanceAmount | Tag::BalanceDate | Tag::Other)
        {
            self.end_balance(text);
        }
        if ends_statement(&token) {
            self.end_statement(text);
        }
        if let Some(name) = self.aside.meet(text, &token) {
            let reason = format!("{name} was left aside: what it holds is not read.");
            let line = self.lines.at(text, token.at);
            self.note(line, &reason);
        }
        match token.kind {
            Kind::Open => self.open(text, token),
            Kind::Close if token.tag == Tag::Ofx => self.seen.root_closed = true,
            Kind::Close | Kind::Empty => {}
        }
    }

    fn open(&mut self, text: &[u8], token: Token) {
        match token.tag {
            Tag::Ofx => {
                // Several answers in one file, one behind the other, are each their own.
                self.seen.root_open = true;
                self.seen.root_closed = false;
                self.institution = Institution::default();
            }
            Tag::SignOn => self.seen.sign_on = true,
            Tag::AccountList => self.seen.accounts = true,
            Tag::Profile => self.seen.profile = true,
            Tag::Securities => self.seen.securities = true,
            Tag::Status => self.status = Some(OpenStatus::default()),
            Tag::Code | Tag::Severity | Tag::Message => {
                if let Some(status) = &mut self.status {
                    status.take(text, &token);
                }
            }
            Tag::Row => self.take_row(text, token),
            Tag::LedgerBalance => self.begin_balance(text, &token, StatementBalanceKind::Ledger),
            Tag::AvailableBalance => self.begin_balance(text, &token, StatementBalanceKind::Available),
            Tag::BalanceAmount | Tag::BalanceDate => self.take_balance(text, token),
            Tag::CreditLimit | Tag::InterestRate => self.take_term(text, token),
            Tag::AvailableCash => self.take_cash(text, token),
            Tag::MarginBalance | Tag::ShortBalance => self.take_pot(text, &token),
            Tag::Trade if self.is_investment() && is_blank(text, &token) => self.take_trade(text, &token),
            Tag::Position if self.is_investment() && is_blank(text, &token) => {
                self.take_position(text, &token);
            }
            Tag::Positions if self.is_investment() && is_blank(text, &token) => {
                self.begin_positions(text, &token)
            }
            tag if tag.is_statement() => {
                let line = self.lines.at(text, token.at);
                self.begin_statement(line, tag);
            }
            Tag::Organisation | Tag::InstitutionId | Tag::IntuitId | Tag::IntuitOrganisation => {
                self.institution.take(text, &token);
            }
            Tag::PendingRow | Tag::OpenOrders => self.set_aside(text, &token),
            Tag::Trade | Tag::Position | Tag::Positions => {}
            _ => {
                if let Some(statement) = &mut self.statement {
                    statement.take(text, &token);
                }
            }
        }
    }

    /// Keeps the first error; a file with both errors and statements tells about the errors.
    fn end_status(&mut self, text: &[u8], at: usize) {
        let Some(trouble) = self.status.take().and_then(OpenStatus::trouble) else { return };
        let line = self.lines.at(text, at);
        let (code, words) = (&trouble.code, said(trouble.message.as_deref()));
        if !trouble.is_error {
            return self.note(line, &format!("The institution remarks (code {code}){words}"));
        }
        let what = "The institution answered with an error for a part of the file";
        self.note(line, &format!("{what} (code {code}){words}"));
        self.first_error.get_or_insert(trouble);
    }

    fn begin_statement(&mut self, line: u64, tag: Tag) {
        self.statements += 1;
        self.statement = Some(Statement::new(line, tag));
    }

    /// Tells the account, at the latest before the first thing that belongs to it.
    pub(super) fn tell_account(&mut self, text: &[u8]) {
        let Some(statement) = &mut self.statement else { return };
        if !statement.told {
            statement.told = true;
            statement.look_ahead(&mut self.lexer, text);
            let account = statement.account(&self.institution);
            self.events.push_back(StatementEvent::Account(account));
        }
    }

    fn end_statement(&mut self, text: &[u8]) {
        self.tell_account(text);
        let Some(mut statement) = self.statement.take() else { return };
        self.events.extend(statement.told_terms());
        let held = std::mem::take(&mut statement.held).finish(statement.as_of);
        self.events.extend(held.map(StatementEvent::Holdings));
        for (line, reason) in statement.remarks() {
            self.note(line, &reason);
        }
    }

    fn set_aside(&mut self, text: &[u8], token: &Token) {
        if let Some(statement) = &mut self.statement {
            let slot = match token.tag {
                Tag::PendingRow => &mut statement.pending,
                Tag::OpenOrders if is_blank(text, token) => &mut statement.orders,
                _ => return,
            };
            if slot.0 == 0 {
                slot.1 = self.lines.at(text, token.at);
            }
            slot.0 += 1;
        }
    }

    fn take_row(&mut self, text: &[u8], token: Token) {
        let line = self.lines.at(text, token.at);
        if self.statement.is_none() {
            self.begin_statement(line, Tag::Row);
        }
        self.tell_account(text);
        let (currency, in_investment) =
            self.statement.as_ref().map_or((None, false), |s| (s.currency, s.is_investment()));
        let reason = match self.row.collect(&mut self.lexer, text, token, in_investment) {
            Ending::Cut => "The row is cut off by the end of the file.".to_owned(),
            Ending::Endless => "The row is longer than any row can be.".to_owned(),
            Ending::Whole => {
                let marks = &mut || *self.marks.get_or_insert_with(|| Marks::of(text));
                match self.row.read(text, line, currency, marks) {
                    Ok(row) => {
                        if let Some(statement) = &mut self.statement {
                            statement.count_odd(line, &row.details.flags);
                        }
                        self.events.push_back(StatementEvent::Row(row));
                        return;
                    }
                    Err(reason) => reason,
                }
            }
        };
        self.events.push_back(StatementEvent::Refused(StatementProblem { line, reason }));
    }

    fn begin_balance(&mut self, text: &[u8], token: &Token, kind: StatementBalanceKind) {
        if self.statement.is_some() {
            let line = self.lines.at(text, token.at);
            let name = String::from_utf8_lossy(token.name(text)).to_ascii_uppercase();
            self.balance = Some(OpenBalance { kind, name, line, amount: None, day: None });
        }
    }

    fn take_balance(&mut self, text: &[u8], token: Token) {
        if let Some(balance) = &mut self.balance {
            let slot = if token.tag == Tag::BalanceAmount { &mut balance.amount } else { &mut balance.day };
            slot.get_or_insert(token);
        } else if token.tag == Tag::BalanceDate
            && let Some(statement) = &mut self.statement
            && statement.as_of.is_none()
        {
            statement.as_of = short_value(text, &token).and_then(|value| day(&value));
        }
    }

    pub(super) fn end_balance(&mut self, text: &[u8]) {
        let Some(balance) = self.balance.take() else { return };
        self.tell_account(text);
        // A balance costs no row, so it is a note when it cannot be read: refused are rows only.
        match self.balance_amount(text, balance.amount) {
            Ok(amount) => {
                let stated = |token: Token| short_value(text, &token).and_then(|value| day(&value));
                let as_of = match balance.day {
                    Some(token) => stated(token),
                    None => self.statement.as_ref().and_then(|s| s.as_of),
                };
                if self.statement.as_ref().is_some_and(|statement| statement.has_no_balance(as_of)) {
                    return;
                }
                self.events.push_back(StatementEvent::Balance(StatementBalance {
                    line: balance.line,
                    kind: balance.kind,
                    amount,
                    as_of,
                }));
            }
            Err(why) => self.note(balance.line, &format!("{} was left aside: {why}.", balance.name)),
        }
    }

    pub(super) fn balance_amount(
        &mut self,
        text: &[u8],
        token: Option<Token>,
    ) -> Result<Decimal, &'static str> {
        let token = token.ok_or("it has no amount")?;
        if token.text_end == text.len() {
            return Err("it is cut off by the end of the file");
        }
        let currency = self.statement.as_ref().and_then(|s| s.currency);
        let marks = || *self.marks.get_or_insert_with(|| Marks::of(text));
        let value = value(text, &token).ok_or("it has no amount")?;
        amount(&value, currency, marks).map_err(|error| match error {
            DecimalError::Malformed => "its amount is not a number",
            DecimalError::TooPrecise => "its amount has more than 28 digits",
        })
    }

    fn finish(&mut self, text: &[u8]) {
        self.finished = true;
        self.end_status(text, text.len());
        self.end_balance(text);
        let is_cut = self.seen.root_open && !self.seen.root_closed;
        // A statement that is cut before its account's number is known, and before anything else, is nothing.
        if is_cut && self.statement.as_ref().is_some_and(|s| !s.told && !s.is_known()) {
            self.statement = None;
        }
        self.end_statement(text);
        if is_cut {
            let line = self.lines.at(text, text.len());
            self.note(line, "The file ends without </OFX>: it may be cut off.");
        }
    }

    pub(super) fn note(&mut self, line: u64, reason: &str) {
        self.events.push_back(StatementEvent::Note(StatementProblem { line, reason: reason.to_owned() }));
    }
}
