//! The investment part of a statement: trades, positions, and the money beside them.

use dashtam_domain::ledger::statement::{StatementBalanceKind, StatementEvent, StatementProblem};

use super::{
    aggregate::Aggregate,
    amounts::Marks,
    lexer::{Lexer, Token},
    listed::SecurityList,
    machine::{Machine, OpenBalance},
    masked::masked,
    position, trade,
    trade::Place,
    values::raw,
};

/// What the file says of its securities, once somebody asked.
#[derive(Debug, Default)]
pub(super) struct Investments {
    listed: Option<SecurityList>,
}

impl Machine {
    pub(super) fn is_investment(&self) -> bool {
        self.statement.as_ref().is_some_and(super::account::Statement::is_investment)
    }

    /// The whole file is looked through once, when the first security is named.
    fn look_for_securities(&mut self, text: &[u8]) {
        if self.investments.listed.is_none() {
            let marks = &mut || *self.marks.get_or_insert_with(|| Marks::of(text));
            self.investments.listed = Some(SecurityList::ahead(&Lexer::new(), text, marks));
        }
    }

    /// Whose ids of securities these are.
    fn broker(&self) -> String {
        let statement = self.statement.as_ref();
        statement.map(|statement| statement.account(&self.institution).institution_id).unwrap_or_default()
    }

    pub(super) fn take_trade(&mut self, text: &[u8], token: &Token) {
        let line = self.lines.at(text, token.at);
        self.tell_account(text);
        self.look_for_securities(text);
        let of = Aggregate::collect(&mut self.lexer, text, token);
        let institution = self.broker();
        let currency = self.statement.as_ref().and_then(|statement| statement.currency);
        let place = Place { line, currency, institution: &institution };
        let listed = self.investments.listed.take().unwrap_or_default();
        let read = if of.is_cut {
            Err("The row is cut off by the end of the file.".to_owned())
        } else if of.is_endless {
            Err("The row is longer than any row can be.".to_owned())
        } else {
            let kept = trade::kept(text, &of, &institution, &listed);
            let marks = &mut || *self.marks.get_or_insert_with(|| Marks::of(text));
            trade::read(&of, place, &listed, masked(raw(kept.as_bytes())), marks)
        };
        self.investments.listed = Some(listed);
        self.events.push_back(match read {
            Ok(row) => {
                if let Some(statement) = &mut self.statement {
                    statement.count_odd(line, &row.details.flags);
                }
                StatementEvent::Row(row)
            }
            Err(reason) => StatementEvent::Refused(StatementProblem { line, reason }),
        });
    }

    pub(super) fn begin_positions(&mut self, text: &[u8], token: &Token) {
        let line = self.lines.at(text, token.at);
        if let Some(statement) = &mut self.statement {
            statement.held.line = line;
            statement.held.positions.get_or_insert_default();
        }
    }

    /// A position costs no row, so it is a note when it cannot be read.
    pub(super) fn take_position(&mut self, text: &[u8], token: &Token) {
        let line = self.lines.at(text, token.at);
        self.tell_account(text);
        self.look_for_securities(text);
        let of = Aggregate::collect(&mut self.lexer, text, token);
        let institution = self.broker();
        let currency = self.statement.as_ref().and_then(|statement| statement.currency);
        let place = Place { line, currency, institution: &institution };
        let listed = self.investments.listed.take().unwrap_or_default();
        let marks = &mut || *self.marks.get_or_insert_with(|| Marks::of(text));
        let read = if of.is_cut || of.is_endless {
            Err("it is cut off by the end of the file, or longer than any can be.".to_owned())
        } else {
            position::read(&of, place, &listed, marks)
        };
        self.investments.listed = Some(listed);
        let Some(statement) = &mut self.statement else { return };
        match read {
            Ok(held) => statement.held.positions.get_or_insert_default().take(held),
            Err(reason) => {
                statement.held.has_gaps = true;
                self.note(line, &format!("The position was left aside: {reason}"));
            }
        }
    }

    /// The cash of an investment account is what may be spent of it.
    pub(super) fn take_cash(&mut self, text: &[u8], token: Token) {
        if self.statement.is_some() {
            let line = self.lines.at(text, token.at);
            let cash = self.balance_amount(text, Some(token)).ok();
            if let Some(statement) = &mut self.statement
                && statement.is_investment()
                && statement.held.cash.is_none()
            {
                statement.held.cash = cash;
            }
            let kind = StatementBalanceKind::Available;
            let name = "AVAILCASH".to_owned();
            self.balance = Some(OpenBalance { kind, name, line, amount: Some(token), day: None });
            self.end_balance(text);
        }
    }

    /// What else there is of money.
    pub(super) fn take_pot(&mut self, text: &[u8], token: &Token) {
        let amount = self.balance_amount(text, Some(*token)).ok();
        if let Some(statement) = &mut self.statement {
            let held = &mut statement.held;
            let slot =
                if token.tag == super::tags::Tag::MarginBalance { &mut held.margin } else { &mut held.short };
            *slot = slot.or(amount);
        }
    }
}
