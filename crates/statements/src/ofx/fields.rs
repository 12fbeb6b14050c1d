//! The fields of one row, and what they make of it.

use std::borrow::Cow;

use dashtam_domain::{
    ledger::{
        Exchange, Leg, LegKind, TransactionDetails, TransactionFlag,
        statement::{Correction, StatementRow},
    },
    money::{Currency, Decimal, DecimalError},
    time::{Day, Timestamp},
};

use super::{
    amounts::{Marks, amount},
    dates::day_and_instant,
    kinds::{contradicts, kind},
    lexer::Token,
    tags::Tag,
    values::value,
};

type Field<'t> = Option<Cow<'t, str>>;

/// The values of a row as they stand in the file.
#[derive(Default)]
pub(super) struct Fields<'t> {
    kind: Field<'t>,
    posted: Field<'t>,
    amount: Field<'t>,
    two_amounts: bool,
    id: Field<'t>,
    corrects: Field<'t>,
    action: Field<'t>,
    server_id: Field<'t>,
    check_number: Field<'t>,
    reference: Field<'t>,
    name: Field<'t>,
    payee: Field<'t>,
    extended_name: Field<'t>,
    memo: Field<'t>,
    currency: Field<'t>,
    rate: Field<'t>,
    original: Field<'t>,
    original_rate: Field<'t>,
    payment: Field<'t>,
    /// The parts of a loan's payment.
    parts: Vec<(Tag, Cow<'t, str>)>,
}

/// A payment has a handful of parts; more are a file made to be long.
const MOST_PARTS: usize = 16;

impl<'t> Fields<'t> {
    /// Takes the value of an element. Of several, the first one counts.
    pub(super) fn take(&mut self, text: &'t [u8], token: &Token, in_original: bool) {
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
            Tag::Symbol | Tag::Currency | Tag::OriginalCurrency if in_original => &mut self.original,
            Tag::Symbol | Tag::Currency | Tag::OriginalCurrency => &mut self.currency,
            Tag::Rate if in_original => &mut self.original_rate,
            Tag::Rate => &mut self.rate,
            Tag::LoanPayment | Tag::LoanAmounts => &mut self.payment,
            Tag::Principal
            | Tag::Interest
            | Tag::EscrowTotal
            | Tag::Escrow
            | Tag::Insurance
            | Tag::LateFee => {
                if self.parts.len() < MOST_PARTS
                    && let Some(value) = value(text, token)
                {
                    self.parts.push((token.tag, value));
                }
                return;
            }
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

    /// Reads the row. An error is a sentence without any value of the file.
    pub(super) fn read(
        self,
        line: u64,
        currency: Option<Currency>,
        raw: String,
        marks: &mut dyn FnMut() -> Marks,
    ) -> Result<StatementRow, String> {
        if self.two_amounts {
            return Err("TRNAMT is there twice with different values.".to_owned());
        }
        // A currency that is none of ISO 4217 must not pass for the account's.
        let own_currency = self.currency.as_deref().map(|text| text.parse().unwrap_or(Currency::NONE));
        let written_in = own_currency.or(currency);
        let ((day, occurred_at), amount) = self.required(written_in, marks)?;
        let source_kind = self.kind.as_deref().unwrap_or_default().to_owned();
        let kind = kind(&source_kind);
        let details = TransactionDetails {
            legs: self.legs(amount, written_in, marks),
            exchange: self.exchange(own_currency, currency, marks),
            ..TransactionDetails::default()
        };
        let odd = [
            (details.legs_total().is_some_and(|sum| sum != amount), TransactionFlag::LegsDoNotAddUp),
            (contradicts(kind, amount), TransactionFlag::SignContradictsKind),
            (own_currency == Some(Currency::NONE), TransactionFlag::CurrencyUnknown),
        ];
        let flags = odd.into_iter().filter_map(|(is_odd, flag)| is_odd.then_some(flag)).collect();
        let name = self.name.or(self.payee).or(self.extended_name);
        let reference = self.reference.or(self.server_id);
        Ok(StatementRow {
            line,
            source_id: usable(self.id),
            corrects: usable(self.corrects).map(|source_id| Correction {
                source_id,
                delete: self.action.is_some_and(|action| action.eq_ignore_ascii_case("DELETE")),
            }),
            day,
            occurred_at,
            amount,
            kind,
            source_kind,
            name: name.map(Cow::into_owned),
            memo: self.memo.map(Cow::into_owned),
            check_number: usable(self.check_number),
            reference: usable(reference),
            currency: own_currency.filter(|own| Some(*own) != currency),
            trade: None,
            details: TransactionDetails { flags, ..details },
            raw,
        })
    }

    /// Reads what every row must have.
    fn required(
        &self,
        currency: Option<Currency>,
        marks: &mut dyn FnMut() -> Marks,
    ) -> Result<((Day, Option<Timestamp>), Decimal), String> {
        let when = match &self.posted {
            None => Err("DTPOSTED is missing"),
            Some(text) => day_and_instant(text).ok_or("DTPOSTED is not a date"),
        };
        let amount = match self.amount.as_ref().or(self.payment.as_ref()) {
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

    /// What a loan's payment is made of. Banks write the parts without a sign, whatever the sign of the whole.
    fn legs(&self, whole: Decimal, currency: Option<Currency>, marks: &mut dyn FnMut() -> Marks) -> Vec<Leg> {
        let mut legs = Vec::with_capacity(self.parts.len());
        for (tag, text) in &self.parts {
            let Ok(part) = amount(text, currency, &mut *marks) else { continue };
            let (label, kind) = match tag {
                Tag::Principal => ("PRINAMT", LegKind::Cash),
                Tag::Interest => ("INTAMT", LegKind::Cash),
                Tag::Insurance => ("INSURANCE", LegKind::Cash),
                Tag::LateFee => ("LATEFEEAMT", LegKind::Fee),
                _ => ("ESCRWTOTAL", LegKind::Cash),
            };
            let leg = Leg::new(kind, currency.unwrap_or(Currency::NONE));
            legs.push(Leg { label: Some(label.to_owned()), amount: Some(part), ..leg });
        }
        if whole < Decimal::ZERO && legs.iter().all(|leg| leg.amount.is_none_or(|part| part >= Decimal::ZERO))
        {
            for leg in &mut legs {
                leg.amount = leg.amount.map(|part| -part);
            }
        }
        legs
    }

    /// The second currency of a row, with its rate.
    fn exchange(
        &self,
        own: Option<Currency>,
        account: Option<Currency>,
        marks: &mut dyn FnMut() -> Marks,
    ) -> Option<Exchange> {
        let (currency, rate, is_converted) = match own.filter(|own| Some(*own) != account) {
            Some(own) => (own, &self.rate, false),
            None => (self.original.as_deref()?.parse().ok()?, &self.original_rate, true),
        };
        // The format asks for a rate, and who knows none writes 1.
        let rate = rate
            .as_deref()
            .and_then(|text| amount(text, None, marks).ok())
            .filter(|rate| *rate != Decimal::ONE);
        let says_more = !is_converted || Some(currency) != account;
        says_more.then_some(Exchange { currency, rate, is_converted })
    }
}

fn usable(id: Field<'_>) -> Option<String> {
    id.filter(|id| !is_placeholder(id)).map(Cow::into_owned)
}

/// Ids that banks write where they have none: they are the same on every row.
pub(crate) fn is_placeholder(id: &str) -> bool {
    id.chars().all(|c| matches!(c, '0' | '-' | '.' | '*' | '_' | '?' | '/' | '#' | ' '))
        || (id.len() > 2 && id.chars().all(|c| matches!(c, 'x' | 'X')))
        || id.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        || ["NONE", "NULL", "N/A", "NA", "NIL", "UNDEFINED", "UNKNOWN"]
            .iter()
            .any(|word| id.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_ids() {
        assert!(
            ["0", "0000000000", "-", "-1", "-99", "none", "N/A", "XXXX"].iter().all(|id| is_placeholder(id))
        );
        assert!(["01", "0-1", "a", "1", "x1", "xx", "-a"].iter().all(|id| !is_placeholder(id)));
    }
}
