//! What a person corrected, as the JSON of one column. The columns of a transaction that lists are ordered, filtered and
//! summed by hold what is shown; the JSON then keeps what the institution says.

use dashtam_domain::{
    id::{AccountId, TransactionId},
    ledger::{
        AccountCorrections, AccountKind, Correction, EditedRow, Sign, SplitPart, Tag, Tags, Transaction,
        TransactionCorrections,
        meaning::CategoryChoice,
        portfolio::{LotMethod, Pick},
    },
    money::Decimal,
    time::{Day, Timestamp},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::parts::{decimal, word};

const NO_CATEGORY: &str = "has a category that is none";

/// A correction, with what the institution says where a column of its own no longer does.
#[derive(Serialize, Deserialize)]
struct Stored<T> {
    value: T,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<String>,
    /// Microseconds.
    at: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredPart {
    amount: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredPick {
    /// The transaction that the lot came with.
    lot: String,
    units: String,
}

type Text = Option<Stored<String>>;

/// What a change of many did to one transaction.
#[derive(Serialize, Deserialize)]
struct Edited {
    transaction: String,
    before: OfTransaction,
    after: OfTransaction,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct OfTransaction {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Without a value: it is hidden.
    hidden: Option<Stored<Option<bool>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Stored<Vec<StoredPart>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Stored<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lots: Option<Stored<Vec<StoredPick>>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct OfAccount {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<Stored<()>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct_from: Option<Stored<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot_method: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    linked: Vec<String>,
}

/// What was corrected of a transaction, and what its institution says there.
pub(crate) struct Corrected {
    description: Option<String>,
    day: Option<Day>,
    amount: Option<Decimal>,
    /// `Some` where the merchant was corrected.
    merchant: Option<Option<String>>,
    /// What was corrected.
    pub(crate) corrections: Box<TransactionCorrections>,
}

impl Corrected {
    /// Makes a transaction whose columns held what is shown what its institution says, with the corrections beside it.
    pub(super) fn restore(self, transaction: &mut Transaction) {
        let Self { description, day, amount, merchant, corrections } = self;
        transaction.description = description.unwrap_or_else(|| std::mem::take(&mut transaction.description));
        transaction.day = day.unwrap_or(transaction.day);
        transaction.amount = amount.unwrap_or(transaction.amount);
        if let Some(told) = merchant {
            transaction.details.payee = told;
        }
        transaction.corrections = Some(corrections);
    }
}

fn stored<T, S>(
    correction: &Option<Correction<T>>,
    told: Option<String>,
    value: impl FnOnce(&T) -> S,
) -> Option<Stored<S>> {
    let Correction { value: given, at } = correction.as_ref()?;
    Some(Stored { value: value(given), told, at: at.as_micros() })
}

fn read<S, T>(
    stored: Option<Stored<S>>,
    value: impl FnOnce(S) -> Result<T, &'static str>,
) -> Result<Option<Correction<T>>, &'static str> {
    let Some(Stored { value: given, at, .. }) = stored else { return Ok(None) };
    let at = Timestamp::from_micros(at).ok_or("has a correction of no time")?;
    Ok(Some(Correction { value: value(given)?, at }))
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, &'static str> {
    serde_json::from_str(text).map_err(|_| "is not what a person corrected")
}

fn wording<T: std::str::FromStr>(text: String) -> Result<T, &'static str> {
    text.parse().map_err(|_| "has a text that nobody could have given")
}

/// Tags as they were stored.
pub(super) fn tags(texts: Vec<String>) -> Result<Tags, &'static str> {
    let tags: Result<Vec<Tag>, _> = texts.iter().map(|text| text.parse()).collect();
    tags.ok().and_then(Tags::new).ok_or("has tags that nobody could have given")
}

/// The text to store; nothing when nothing is corrected.
pub(super) fn write(transaction: &Transaction) -> Option<String> {
    let of = transaction.corrections.as_deref().filter(|corrections| !corrections.is_empty())?;
    // Strings and lists of strings: there is nothing that could fail.
    serde_json::to_string(&of_transaction(of, Some(transaction))).ok()
}

/// What was corrected, as it is stored, with what this transaction's institution says there.
fn of_transaction(of: &TransactionCorrections, told: Option<&Transaction>) -> OfTransaction {
    let part = |part: &SplitPart| StoredPart {
        amount: part.amount.to_string(),
        description: part.description.as_ref().map(|text| text.as_str().to_owned()),
        category: part.category.map(|category| category.to_string()),
    };
    let pick = |pick: &Pick| StoredPick { lot: pick.opened_by.to_string(), units: pick.units.to_string() };
    OfTransaction {
        description: stored(&of.description, told.map(|told| told.description.clone()), |text| {
            text.as_str().to_owned()
        }),
        merchant: stored(&of.merchant, told.and_then(|told| told.details.payee.clone()), |text| {
            text.as_str().to_owned()
        }),
        category: stored(&of.category, None, CategoryChoice::to_string),
        day: stored(&of.day, told.map(|told| told.day.to_string()), Day::to_string),
        sign: stored(&of.sign, told.map(|told| told.amount.to_string()), |sign| sign.as_str().to_owned()),
        note: stored(&of.note, None, |text| text.as_str().to_owned()),
        hidden: stored(&of.hidden, None, |hidden| (!hidden).then_some(false)),
        split: stored(&of.split, None, |parts| parts.iter().map(part).collect()),
        tags: stored(&of.tags, None, |tags| {
            tags.as_slice().iter().map(|tag| tag.as_str().to_owned()).collect()
        }),
        lots: stored(&of.lots, None, |lots| lots.iter().map(pick).collect()),
    }
}

/// Reads what [`write`] wrote.
pub(crate) fn read_transaction(text: &str) -> Result<Corrected, &'static str> {
    let of: OfTransaction = parsed(text)?;
    let told = |text: &Text| text.as_ref().and_then(|stored| stored.told.clone());
    Ok(Corrected {
        description: told(&of.description),
        day: told(&of.day).map(|text| day(&text)).transpose()?,
        amount: decimal(told(&of.sign))?,
        merchant: of.merchant.is_some().then(|| told(&of.merchant)),
        corrections: Box::new(corrections_of(of)?),
    })
}

fn day(text: &str) -> Result<Day, &'static str> {
    Day::parse(text).ok_or("has a day that is none")
}

fn corrections_of(of: OfTransaction) -> Result<TransactionCorrections, &'static str> {
    let part = |part: StoredPart| {
        let amount = decimal(Some(part.amount))?.ok_or("has a part without an amount")?;
        Ok(SplitPart {
            amount,
            description: part.description.map(wording).transpose()?,
            category: part.category.map(|text| text.parse().map_err(|_| NO_CATEGORY)).transpose()?,
        })
    };
    let pick = |pick: StoredPick| {
        let opened_by = pick.lot.parse().map_err(|_| "names a lot of a transaction that can be none")?;
        let units = decimal(Some(pick.units))?.ok_or("names a lot without units")?;
        Ok(Pick { opened_by, units })
    };
    Ok(TransactionCorrections {
        description: read(of.description, wording)?,
        merchant: read(of.merchant, wording)?,
        category: read(of.category, |text| text.parse().map_err(|_| NO_CATEGORY))?,
        day: read(of.day, |text| day(&text))?,
        sign: read(of.sign, |text| word(&text, Sign::parse))?,
        note: read(of.note, wording)?,
        hidden: read(of.hidden, |hidden| Ok(hidden.unwrap_or(true)))?,
        split: read(of.split, |parts| parts.into_iter().map(part).collect())?,
        tags: read(of.tags, tags)?,
        lots: read(of.lots, |picks| picks.into_iter().map(pick).collect())?,
    })
}

/// What a change of many transactions did to each, as it is stored.
pub(super) fn write_edited(rows: &[EditedRow]) -> String {
    let edited = |row: &EditedRow| Edited {
        transaction: row.transaction.to_string(),
        before: of_transaction(&row.before, None),
        after: of_transaction(&row.after, None),
    };
    let rows: Vec<Edited> = rows.iter().map(edited).collect();
    // Strings and lists of strings: there is nothing that could fail.
    serde_json::to_string(&rows).unwrap_or_default()
}

/// Reads what [`write_edited`] wrote.
pub(super) fn read_edited(text: &str) -> Result<Vec<EditedRow>, &'static str> {
    let rows: Vec<Edited> = parsed(text)?;
    let edited = |row: Edited| {
        let transaction: TransactionId =
            row.transaction.parse().map_err(|_| "names a transaction that can be none")?;
        Ok(EditedRow { transaction, before: corrections_of(row.before)?, after: corrections_of(row.after)? })
    };
    rows.into_iter().map(edited).collect()
}

/// The text to store; nothing when nothing is corrected.
pub(crate) fn write_account(of: Option<&AccountCorrections>) -> Option<String> {
    let of = of.filter(|corrections| !corrections.is_empty())?;
    let corrections = OfAccount {
        name: stored(&of.name, None, |text| text.as_str().to_owned()),
        kind: stored(&of.kind, None, |kind| kind.as_str().to_owned()),
        left_out: stored(&of.left_out, None, |()| ()),
        same_as: stored(&of.same_as, None, AccountId::to_string),
        distinct_from: stored(&of.distinct_from, None, |ids| ids.iter().map(AccountId::to_string).collect()),
        lot_method: stored(&of.lot_method, None, |method| method.as_str().to_owned()),
        linked: of.linked.iter().map(AccountId::to_string).collect(),
    };
    // Strings only: there is nothing that could fail.
    serde_json::to_string(&corrections).ok()
}

/// Reads what [`write_account`] wrote.
pub(super) fn read_account(text: &str) -> Result<Box<AccountCorrections>, &'static str> {
    let of: OfAccount = parsed(text)?;
    let account = |id: String| id.parse::<AccountId>().map_err(|_| "names an account that can be none");
    let accounts = |ids: Vec<String>| ids.into_iter().map(account).collect::<Result<Vec<_>, _>>();
    Ok(Box::new(AccountCorrections {
        name: read(of.name, wording)?,
        kind: read(of.kind, |text| word(&text, AccountKind::parse))?,
        left_out: read(of.left_out, Ok)?,
        same_as: read(of.same_as, account)?,
        distinct_from: read(of.distinct_from, accounts)?,
        lot_method: read(of.lot_method, |text| word(&text, LotMethod::parse))?,
        linked: accounts(of.linked)?,
    }))
}
