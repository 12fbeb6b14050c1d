//! What a statement says was agreed of its account.

use dashtam_domain::ledger::{AccountTerms, statement::StatementEvent};

use super::{account::Statement, lexer::Token, machine::Machine, tags::Tag, values::is_blank};

impl Statement {
    /// The terms, if there are any.
    pub(super) fn told_terms(&self) -> Option<StatementEvent> {
        (self.terms != AccountTerms::default()).then_some(StatementEvent::Terms(self.terms))
    }
}

impl Machine {
    /// What was agreed of the account; the first value of each stands.
    pub(super) fn take_term(&mut self, text: &[u8], token: Token) {
        if self.statement.is_none() || is_blank(text, &token) {
            return;
        }
        let name = String::from_utf8_lossy(token.name(text)).to_ascii_uppercase();
        let (line, is_limit) = (self.lines.at(text, token.at), token.tag == Tag::CreditLimit);
        match self.balance_amount(text, Some(token)) {
            Ok(figure) => {
                let Some(statement) = &mut self.statement else { return };
                // A limit is written with either sign.
                let (slot, figure) = match is_limit {
                    true => (&mut statement.terms.credit_limit, figure.abs()),
                    false => (&mut statement.terms.interest_rate, figure),
                };
                slot.get_or_insert(figure);
            }
            Err(why) => self.note(line, &format!("{name} was left aside: {why}.")),
        }
    }
}
