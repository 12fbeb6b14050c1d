//! Corrections of transactions.

use crate::{
    ledger::meaning::{CategoryChoice, CategoryKey},
    ledger::{Transaction, account::stored_enum, portfolio::Pick},
    money::Decimal,
    time::{Day, Timestamp},
};

use super::{Correction, Line, Note, Sign, Tag, Tags, put};

stored_enum! {
    /// What can be corrected of a transaction.
    TransactionField {
        /// Its text.
        Description = "description",
        /// The other side.
        Merchant = "merchant",
        /// What it was for.
        Category = "category",
        /// Its day.
        Day = "day",
        /// Which way the money went.
        Sign = "sign",
        /// What a person noted of it.
        Note = "note",
        /// Whether lists leave it out.
        Hidden = "hidden",
        /// What its amount is made of.
        Split = "split",
        /// By which words of a person's own it is found.
        Tags = "tags",
        /// Which lots a sale takes.
        Lots = "lots",
    }
}

impl TransactionField {
    /// Every field, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Description,
        Self::Merchant,
        Self::Category,
        Self::Day,
        Self::Sign,
        Self::Note,
        Self::Hidden,
        Self::Split,
        Self::Tags,
        Self::Lots,
    ];
}

/// One part of a transaction that a person split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitPart {
    /// Signed, positive is money in; never nothing.
    pub amount: Decimal,
    /// What it was for, in words.
    pub description: Option<Line>,
    /// What it was for.
    pub category: Option<CategoryKey>,
}

/// What a person corrected of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionCorrections {
    /// Another text.
    pub description: Option<Correction<Line>>,
    /// Another name of the other side.
    pub merchant: Option<Correction<Line>>,
    /// Another category, or none.
    pub category: Option<Correction<CategoryChoice>>,
    /// Another day.
    pub day: Option<Correction<Day>>,
    /// The other way.
    pub sign: Option<Correction<Sign>>,
    /// A note, which no institution has.
    pub note: Option<Correction<Note>>,
    /// Whether lists leave it out, whatever a rule says.
    pub hidden: Option<Correction<bool>>,
    /// The parts of its amount.
    pub split: Option<Correction<Vec<SplitPart>>>,
    /// Tags; a set of none says that there shall be none.
    pub tags: Option<Correction<Tags>>,
    /// The lots that it takes as a sale, each once, with positive units. Only
    /// [`LotMethod::Specific`](crate::ledger::portfolio::LotMethod::Specific) asks.
    pub lots: Option<Correction<Vec<Pick>>>,
}

/// What shall be different; `None` leaves a field as it is, and `Some(None)` takes its correction back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionChange {
    /// Another text.
    pub description: Option<Option<Line>>,
    /// Another name of the other side.
    pub merchant: Option<Option<Line>>,
    /// Another category, or none.
    pub category: Option<Option<CategoryChoice>>,
    /// Another day.
    pub day: Option<Option<Day>>,
    /// Which way the money went.
    pub sign: Option<Option<Sign>>,
    /// A note.
    pub note: Option<Option<Note>>,
    /// Whether lists leave it out, whatever a rule says.
    pub hidden: Option<Option<bool>>,
    /// The parts of its amount.
    pub split: Option<Option<Vec<SplitPart>>>,
    /// Tags.
    pub tags: Option<Option<Tags>>,
    /// The lots that it takes as a sale.
    pub lots: Option<Option<Vec<Pick>>>,
}

impl TransactionChange {
    /// Takes the correction of this field back.
    pub fn take_back(field: TransactionField) -> Self {
        let mut change = Self::default();
        match field {
            TransactionField::Description => change.description = Some(None),
            TransactionField::Merchant => change.merchant = Some(None),
            TransactionField::Category => change.category = Some(None),
            TransactionField::Day => change.day = Some(None),
            TransactionField::Sign => change.sign = Some(None),
            TransactionField::Note => change.note = Some(None),
            TransactionField::Hidden => change.hidden = Some(None),
            TransactionField::Split => change.split = Some(None),
            TransactionField::Tags => change.tags = Some(None),
            TransactionField::Lots => change.lots = Some(None),
        }
        change
    }
}

impl TransactionCorrections {
    /// Whether nothing is corrected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Applies a change: each field that it gives takes the place of an earlier correction. The fields that are
    /// corrected otherwise now.
    pub fn apply(&mut self, change: TransactionChange, now: Timestamp) -> Vec<TransactionField> {
        let TransactionChange { description, merchant, category, day, sign, note, hidden, split, tags, lots } =
            change;
        let changed = [
            (TransactionField::Description, put(&mut self.description, description, now)),
            (TransactionField::Merchant, put(&mut self.merchant, merchant, now)),
            (TransactionField::Category, put(&mut self.category, category, now)),
            (TransactionField::Day, put(&mut self.day, day, now)),
            (TransactionField::Sign, put(&mut self.sign, sign, now)),
            (TransactionField::Note, put(&mut self.note, note, now)),
            (TransactionField::Hidden, put(&mut self.hidden, hidden, now)),
            (TransactionField::Split, put(&mut self.split, split, now)),
            (TransactionField::Tags, put(&mut self.tags, tags, now)),
            (TransactionField::Lots, put(&mut self.lots, lots, now)),
        ];
        changed.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect()
    }
}

/// The values that people are shown: what a person corrected, else what a rule decided, else what the institution says.
impl Transaction {
    /// The day in lists and in the sums of days.
    pub fn shown_day(&self) -> Day {
        self.corrected(|of| of.day.as_ref()).copied().unwrap_or(self.day)
    }

    /// The amount in lists and in the sums of days.
    pub fn shown_amount(&self) -> Decimal {
        self.corrected(|of| of.sign.as_ref()).map_or(self.amount, |sign| sign.given_to(self.amount))
    }

    /// The text.
    pub fn shown_description(&self) -> &str {
        self.corrected(|of| of.description.as_ref()).map_or(&self.description, Line::as_str)
    }

    /// The other side.
    pub fn shown_merchant(&self) -> Option<&str> {
        let corrected = self.corrected(|of| of.merchant.as_ref()).map(Line::as_str);
        let decided = || Some(self.decided.as_ref()?.merchant.as_ref()?.value.as_str());
        corrected.or_else(decided).or(self.details.payee.as_deref())
    }

    /// What a person chose as its category, if they did.
    pub fn chosen_category(&self) -> Option<CategoryChoice> {
        self.corrected(|of| of.category.as_ref()).copied()
    }

    /// What a person or a rule noted of it.
    pub fn note(&self) -> Option<&str> {
        let decided = || Some(self.decided.as_ref()?.note.as_ref()?.value.as_str());
        self.corrected(|of| of.note.as_ref()).map(Note::as_str).or_else(decided)
    }

    /// The tags: those that a person set, if they set any, or that there shall be none; else those that rules added.
    pub fn tags(&self) -> Vec<&Tag> {
        let decided = || self.decided.iter().flat_map(|decided| &decided.tags).map(|by| &by.value).collect();
        self.corrected(|of| of.tags.as_ref()).map_or_else(decided, |tags| tags.as_slice().iter().collect())
    }

    /// Whether lists leave it out.
    pub fn is_hidden(&self) -> bool {
        self.corrected(|of| of.hidden.as_ref()).copied().unwrap_or_else(|| self.is_hidden_by_rule())
    }

    /// Whether a rule leaves it out of lists.
    pub fn is_hidden_by_rule(&self) -> bool {
        self.decided.as_ref().is_some_and(|decided| decided.hidden.is_some())
    }

    /// The parts into which a person split it.
    pub fn split(&self) -> Option<&[SplitPart]> {
        self.corrected(|of| of.split.as_ref()).map(Vec::as_slice)
    }

    /// The lots that a person said it takes as a sale; none where nobody did.
    pub fn named_lots(&self) -> &[Pick] {
        self.corrected(|of| of.lots.as_ref()).map_or(&[], Vec::as_slice)
    }

    /// Whether the parts come to the amount that is shown. An institution may change the amount after somebody split it.
    pub fn split_adds_up(&self) -> bool {
        self.split().is_none_or(|parts| {
            let sum = parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.amount));
            sum == Some(self.shown_amount())
        })
    }

    /// Applies a change to its corrections; the fields that are corrected otherwise now. To show what nothing hides is
    /// what there is without a correction.
    pub fn correct(&mut self, mut change: TransactionChange, now: Timestamp) -> Vec<TransactionField> {
        if change.hidden == Some(Some(false)) && !self.is_hidden_by_rule() {
            change.hidden = Some(None);
        }
        let mut corrections = self.corrections.take().unwrap_or_default();
        let changed = corrections.apply(change, now);
        self.corrections = (!corrections.is_empty()).then_some(corrections);
        changed
    }

    fn corrected<T>(
        &self,
        field: impl FnOnce(&TransactionCorrections) -> Option<&Correction<T>>,
    ) -> Option<&T> {
        field(self.corrections.as_deref()?).map(|correction| &correction.value)
    }
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
