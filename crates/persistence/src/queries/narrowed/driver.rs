//! By what a list is read.

use dashtam_domain::{
    id::AccountId,
    ledger::meaning::{CategoryFilter, CategoryKey},
    ledger::{Hidden, Narrowing, SearchTerms, TagKey, TransactionFilter, TransactionStatus, amount_key},
};

/// What a list is read by.
pub(super) enum Driver {
    /// The index of the list itself.
    List,
    /// The ranges of an index that has these values of a column in the order of the list; `None` is no value.
    Values { column: &'static str, index: &'static str, values: Vec<Option<String>> },
    /// The ranges of these accounts.
    Accounts(Vec<AccountId>),
    /// The ranges of these categories, and the sides of transfers.
    Transfers(Vec<CategoryKey>),
    /// The table of tags.
    Tags(Vec<TagKey>),
    /// The index of the rows with a note.
    Notes,
    /// The index of words.
    Words(SearchTerms),
    /// The index of amounts.
    Amounts,
}

/// Of how many values each has a range of its own; of more the rows of the list are read.
const RANGES: usize = 32;

/// What a list by amounts is read by: what has few rows, which are put in order, else the index that is in its order.
fn by_amount(filter: &TransactionFilter) -> Driver {
    let Narrowing { tags, merchant, has_note, text, .. } = &filter.narrowing;
    match (tags.as_slice(), merchant, text) {
        ([tag], _, _) => Driver::Tags(vec![tag.clone()]),
        (_, Some(merchant), _) => Driver::Values {
            column: "merchant_key",
            index: "ix_transactions_merchant",
            values: vec![Some(merchant.clone())],
        },
        _ if *has_note == Some(true) => Driver::Notes,
        (_, _, Some(terms)) => Driver::Words(terms.clone()),
        _ => Driver::List,
    }
}

/// Which index has the answer, and whether the nearest rows of the list are worth a look before.
pub(super) fn driver(filter: &TransactionFilter) -> (Driver, bool) {
    if filter.order().is_by_amount() {
        return (by_amount(filter), false);
    }
    let Narrowing {
        accounts,
        tags,
        amount_min,
        amount_max,
        kinds,
        currency,
        merchant,
        has_note,
        transfers,
        text,
        sign: _,
    } = &filter.narrowing;
    let exact = amount_min.filter(|amount| Some(*amount) == *amount_max);
    let values = |column, index, values| (Driver::Values { column, index, values }, false);
    if !tags.is_empty() {
        return (Driver::Tags(tags.clone()), false);
    }
    if let Some(merchant) = merchant {
        return values("merchant_key", "ix_transactions_merchant", vec![Some(merchant.clone())]);
    }
    if *has_note == Some(true) {
        return (Driver::Notes, false);
    }
    if let Some(terms) = text {
        return (Driver::Words(terms.clone()), true);
    }
    if let Some(amount) = exact {
        return values("amount_key", "ix_transactions_amount", vec![Some(amount_key(amount))]);
    }
    match &filter.category {
        CategoryFilter::Uncategorized => {
            return values("category", "ix_transactions_user_id_category_day_id", vec![None]);
        }
        CategoryFilter::Among(keys) if keys.len() <= RANGES => {
            let keys = keys.iter().map(|key| Some(key.to_string())).collect();
            return values("category", "ix_transactions_user_id_category_day_id", keys);
        }
        _ => {}
    }
    if let Some(transfers) = transfers
        && transfers.wanted
        && transfers.categories().len() < RANGES
    {
        return (Driver::Transfers(transfers.categories().to_vec()), false);
    }
    if amount_min.is_some() || amount_max.is_some() {
        return (Driver::Amounts, true);
    }
    if !kinds.is_empty() {
        let kinds = kinds.iter().map(|kind| Some(kind.as_str().to_owned())).collect();
        return values("kind", "ix_transactions_kind", kinds);
    }
    let has_index = filter.hidden == Hidden::Only
        || matches!(filter.status, Some(TransactionStatus::Pending | TransactionStatus::Removed));
    if (2..=RANGES).contains(&accounts.len()) && !has_index {
        return (Driver::Accounts(accounts.clone()), true);
    }
    if let (Some(currency), None) = (currency, filter.account) {
        return values("currency", "ix_transactions_currency", vec![Some(currency.as_str().to_owned())]);
    }
    (Driver::List, false)
}
