//! One set of corrections for many transactions, and what was before it.

use crate::{
    id::{BulkEditId, TransactionId, UserId},
    ledger::{
        Transaction,
        meaning::{CategoryChoice, CategoryKey},
    },
    time::Timestamp,
};

use super::{Correction, Line, Note, Tag, Tags, TransactionChange, TransactionCorrections, TransactionField};

/// What shall be different of each of many transactions. As in [`TransactionChange`] `None` leaves a field as it is, and
/// `Some(None)` takes its correction back. Day, sign, text and parts are about one transaction and are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkChange {
    /// Another category, or none.
    pub category: Option<Option<CategoryChoice>>,
    /// Another name of the other side.
    pub merchant: Option<Option<Line>>,
    /// A note.
    pub note: Option<Option<Note>>,
    /// Whether lists leave it out, whatever a rule says.
    pub hidden: Option<bool>,
    /// Tags that each shall have, beside those that it has.
    pub add_tags: Tags,
    /// Tags that none shall have, in whatever case they are written.
    pub remove_tags: Tags,
}

/// A transaction would have more tags than there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("with these, a transaction would have more than {} tags", Tags::MOST)]
pub struct TooManyTags;

impl BulkChange {
    /// Most transactions of one change.
    pub const MOST: usize = 500;

    /// The places of the tags to remove that are among those to add: a transaction cannot have them and not have them.
    pub fn contradictions<'a>(add: &'a Tags, remove: &'a Tags) -> impl Iterator<Item = usize> + 'a {
        let places = remove.as_slice().iter().enumerate();
        places.filter(|(_, tag)| is_among(add.as_slice(), tag)).map(|(at, _)| at)
    }

    /// What it comes to for this transaction. Of tags that are both added and removed the adding counts.
    pub fn of(&self, transaction: &Transaction) -> Result<TransactionChange, TooManyTags> {
        Ok(TransactionChange {
            category: self.category,
            merchant: self.merchant.clone(),
            note: self.note.clone(),
            hidden: self.hidden.map(Some),
            tags: self.tags(transaction)?.map(Some),
            ..TransactionChange::default()
        })
    }

    /// The tags that it shall have, where these are not those that it has.
    fn tags(&self, transaction: &Transaction) -> Result<Option<Tags>, TooManyTags> {
        let before = transaction.tags();
        let stays = |tag: &&Tag| !is_among(self.remove_tags.as_slice(), tag);
        let mut tags: Vec<Tag> = before.iter().copied().filter(stays).cloned().collect();
        for tag in self.add_tags.as_slice() {
            if !is_among(&tags, tag) {
                tags.push(tag.clone());
            }
        }
        if tags.iter().eq(before) {
            return Ok(None);
        }
        Tags::new(tags).map(Some).ok_or(TooManyTags)
    }
}

/// A change of many transactions, with what has to be known to take it back. Of each user the last one is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkEdit {
    /// Its id.
    pub id: BulkEditId,
    /// Whose transactions.
    pub owner: UserId,
    /// When it was made.
    pub at: Timestamp,
    /// The transactions that it changed.
    pub rows: Vec<EditedRow>,
}

/// The corrections of a transaction before and after a change of many. Fields that it left alone are the same in both, or
/// left out of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedRow {
    /// Which transaction.
    pub transaction: TransactionId,
    /// What was corrected before.
    pub before: TransactionCorrections,
    /// What was corrected then.
    pub after: TransactionCorrections,
}

impl EditedRow {
    /// What was changed of a transaction that had other corrections before, without what was left alone.
    pub fn of(before: Option<&TransactionCorrections>, transaction: &Transaction) -> Self {
        let whole = |of: Option<&TransactionCorrections>| of.cloned().unwrap_or_default();
        let (mut before, mut after) = (whole(before), whole(transaction.corrections.as_deref()));
        forget_same(&mut before.category, &mut after.category);
        forget_same(&mut before.merchant, &mut after.merchant);
        forget_same(&mut before.note, &mut after.note);
        forget_same(&mut before.hidden, &mut after.hidden);
        forget_same(&mut before.tags, &mut after.tags);
        let only = |of: TransactionCorrections| TransactionCorrections {
            category: of.category,
            merchant: of.merchant,
            note: of.note,
            hidden: of.hidden,
            tags: of.tags,
            ..TransactionCorrections::default()
        };
        Self { transaction: transaction.id, before: only(before), after: only(after) }
    }

    /// Gives a transaction back what was corrected of it before. A field that is no longer as the change left it is left
    /// alone, and so is a category that is gone. The fields that came back.
    pub fn give_back(
        &self,
        transaction: &mut Transaction,
        is_category: impl Fn(CategoryKey) -> bool,
    ) -> Vec<TransactionField> {
        let Self { before, after, .. } = self;
        let chosen = before.category.as_ref().and_then(|choice| choice.value.category());
        let has_category = chosen.is_none_or(is_category);
        let mut now = transaction.corrections.take().unwrap_or_default();
        let came_back = [
            (
                TransactionField::Category,
                has_category && give_back(&mut now.category, &before.category, &after.category),
            ),
            (TransactionField::Merchant, give_back(&mut now.merchant, &before.merchant, &after.merchant)),
            (TransactionField::Note, give_back(&mut now.note, &before.note, &after.note)),
            (TransactionField::Hidden, give_back(&mut now.hidden, &before.hidden, &after.hidden)),
            (TransactionField::Tags, give_back(&mut now.tags, &before.tags, &after.tags)),
        ];
        transaction.corrections = (!now.is_empty()).then_some(now);
        came_back.into_iter().filter(|(_, came)| *came).map(|(field, _)| field).collect()
    }

    /// How many fields the change made different.
    pub fn fields(&self) -> usize {
        let Self { before, after, .. } = self;
        let changed = [
            before.category != after.category,
            before.merchant != after.merchant,
            before.note != after.note,
            before.hidden != after.hidden,
            before.tags != after.tags,
        ];
        changed.into_iter().filter(|changed| *changed).count()
    }
}

fn is_among(tags: &[Tag], tag: &Tag) -> bool {
    tags.iter().any(|other| other.key() == tag.key())
}

fn forget_same<T: PartialEq>(before: &mut Option<Correction<T>>, after: &mut Option<Correction<T>>) {
    if before == after {
        (*before, *after) = (None, None);
    }
}

fn give_back<T: Clone + PartialEq>(
    now: &mut Option<Correction<T>>,
    before: &Option<Correction<T>>,
    after: &Option<Correction<T>>,
) -> bool {
    let comes_back = before != after && now == after;
    if comes_back {
        now.clone_from(before);
    }
    comes_back
}

#[cfg(test)]
#[path = "bulk_tests.rs"]
mod tests;
