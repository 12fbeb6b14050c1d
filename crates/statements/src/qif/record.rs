//! One record of a QIF file.

use dashtam_domain::{
    ledger::{DateOrder, Leg, LegKind, TransactionDetails, TransactionKind, statement::StatementRow},
    money::{Currency, Decimal},
};

use crate::{
    csv::{dates, money},
    ofx::{amounts::Marks, fields::is_placeholder},
    trade::trade,
};

/// The lines of a record as they stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'t>(pub(super) &'t str);

impl<'t> Record<'t> {
    /// The first line that begins with this letter, if there is something behind it.
    pub(super) fn field(self, letter: char) -> Option<&'t str> {
        let mut lines = self.0.split(['\n', '\r']);
        lines
            .find_map(|line| line.trim().strip_prefix(letter))
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn date(self) -> Option<&'t str> {
        self.field('D')
    }

    pub(super) fn amounts(self) -> impl Iterator<Item = &'t str> {
        ['T', 'U'].into_iter().filter_map(move |letter| self.field(letter))
    }

    /// Reads the record. An error is a sentence without any value of the file.
    pub(super) fn read(
        self,
        line: u64,
        order: DateOrder,
        marks: Marks,
        is_investment: bool,
    ) -> Result<StatementRow, String> {
        let day =
            self.date().and_then(|text| dates::read(text, order)).ok_or("D is missing or not a date.")?.day;
        let number = |letter| self.field(letter).and_then(|text| money::read(text, None, || marks).ok());
        let action = self.field('N').filter(|_| is_investment).unwrap_or_default();
        let written = self.amounts().next();
        let amount = match written.map(|text| money::read(text, None, || marks)) {
            Some(Ok(amount)) if is_investment => signed(amount, action),
            Some(Ok(amount)) => amount,
            // Units that only change hands have none.
            None if is_investment && self.field('Q').is_some() => Decimal::ZERO,
            _ => return Err("T is missing or not a number.".to_owned()),
        };
        let details = TransactionDetails {
            legs: if is_investment { self.legs(action, amount, number) } else { Vec::new() },
            ..TransactionDetails::default()
        };
        let kind = match () {
            () if details.legs.iter().any(|leg| leg.kind == LegKind::Security) => TransactionKind::Trade,
            () if amount < Decimal::ZERO => TransactionKind::Debit,
            () => TransactionKind::Credit,
        };
        let text = |letter| self.field(letter).map(str::to_owned);
        let name = text('P').or_else(|| text('Y').filter(|_| is_investment));
        let check = text('N').filter(|check| !is_investment && !is_placeholder(check));
        Ok(StatementRow {
            line,
            source_id: None,
            corrects: None,
            day,
            occurred_at: None,
            amount,
            kind,
            source_kind: action.to_owned(),
            name,
            memo: text('M'),
            check_number: check,
            reference: None,
            currency: None,
            trade: trade(&details),
            details,
            raw: self.0.trim().to_owned(),
        })
    }

    /// The security that moved, and what was paid for moving it.
    fn legs(self, action: &str, amount: Decimal, number: impl Fn(char) -> Option<Decimal>) -> Vec<Leg> {
        let Some(quantity) = number('Q').filter(|quantity| !quantity.is_zero()) else { return Vec::new() };
        let fee = number('O').unwrap_or_default().abs();
        let word = action.to_ascii_lowercase();
        let leaves = word.starts_with("sell") || word.starts_with("shrsout") || word.starts_with("shtsell");
        let security = Leg {
            label: (!action.is_empty()).then(|| action.to_owned()),
            name: self.field('Y').map(str::to_owned),
            quantity: Some(if leaves { -quantity.abs() } else { quantity.abs() }),
            price: number('I'),
            amount: amount.checked_add(fee),
            ..Leg::new(LegKind::Security, Currency::NONE)
        };
        let paid =
            (!fee.is_zero()).then(|| Leg { amount: Some(-fee), ..Leg::new(LegKind::Fee, Currency::NONE) });
        std::iter::once(security).chain(paid).collect()
    }
}

/// Amounts of investments have no sign: the action says which way the money went.
fn signed(amount: Decimal, action: &str) -> Decimal {
    let action = action.to_ascii_lowercase();
    let word = action.strip_suffix('x').unwrap_or(&action);
    if ["buy", "cvrshrt", "miscexp", "margint", "xout", "withdrw"].contains(&word) {
        -amount.abs()
    } else if word.starts_with("reinv") || word.starts_with("shrs") {
        Decimal::ZERO
    } else if word == "cash" {
        amount
    } else {
        amount.abs()
    }
}
