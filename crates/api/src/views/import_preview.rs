//! What an import would do.

use dashtam_application::imports::{ImportPreview, PreviewAccount, PreviewRow};
use dashtam_domain::{id::AccountId, ledger::statement::StatementLayout};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Amount, Date, Id, Moment,
    import::{ImportProblem, problems},
};

/// What an import of a file would do. Nothing of it is stored.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub(crate) struct ImportPreviewView<'a> {
    file_name: Option<&'a str>,
    /// Key of the format.
    format: &'a str,
    /// Size in bytes.
    size: i64,
    /// How the table is read; null for files of other formats.
    profile: Option<PreviewProfile<'a>>,
    rows: PreviewCounts,
    /// The accounts the file speaks of, in its order.
    accounts: Vec<PreviewAccountView<'a>>,
    /// A page of the file's rows, in its order.
    items: Vec<PreviewRowView<'a>>,
    /// For the next page, asked for with the same file; null on the last.
    next_cursor: Option<String>,
    /// What would be refused and noticed in the whole file, at most 1,000 entries.
    problems: Vec<ImportProblem<'a>>,
}

/// How a table is read.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPreviewProfile)]
pub(crate) struct PreviewProfile<'a> {
    /// Key of a layout that Dashtam knows; null for any other.
    key: Option<&'a str>,
    name: &'a str,
    /// Where it comes from.
    origin: &'static str,
    /// How sure that is, in percent.
    #[schema(minimum = 0, maximum = 100)]
    confidence: u8,
    /// The profile itself: to be sent back as `profile`, changed where it is wrong.
    #[schema(value_type = Object)]
    layout: serde_json::Value,
    /// Whether the balances follow from the amounts; null without a column of balances.
    balance_check: Option<PreviewBalances>,
}

/// Balances of a table, held against its amounts.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPreviewBalances)]
pub(crate) struct PreviewBalances {
    /// How many were compared with the one before.
    compared: u64,
    /// How many of them do not follow from it.
    wrong: u64,
    /// Line of the file with the first of those.
    first_wrong_line: Option<u64>,
}

impl<'a> From<&'a StatementLayout> for PreviewProfile<'a> {
    fn from(told: &'a StatementLayout) -> Self {
        let StatementLayout { profile, origin, confidence, balances } = told;
        Self {
            key: Some(profile.key.as_str()).filter(|key| !key.is_empty()),
            name: &profile.name,
            origin: origin.as_str(),
            confidence: *confidence,
            layout: profile.to_json(),
            balance_check: balances.map(|check| PreviewBalances {
                compared: check.compared,
                wrong: check.wrong,
                first_wrong_line: check.first_wrong,
            }),
        }
    }
}

/// What would become of all rows of the file.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPreviewCounts)]
pub(crate) struct PreviewCounts {
    /// New, and stored by the import.
    taken: i64,
    /// Of those, how many would take back a stored row or take its place.
    changed: i64,
    /// Stored before.
    known: i64,
    /// Unusable.
    refused: i64,
}

/// An account as it would be.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPreviewAccount)]
pub(crate) struct PreviewAccountView<'a> {
    /// Null for an account that would be made.
    account_id: Option<Id>,
    name: &'a str,
    institution: Option<&'a str>,
    /// Masked number.
    mask: Option<&'a str>,
    account_type: &'static str,
    /// ISO 4217.
    currency: &'a str,
    /// The balance that the file states.
    stated_balance: Option<Amount>,
    /// When that balance held.
    stated_as_of: Option<Moment>,
    /// The account's balance after the import, if the file's is its latest.
    balance: Option<Amount>,
    available_balance: Option<Amount>,
}

/// A row of the file and what would become of it.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPreviewRow)]
pub(crate) struct PreviewRowView<'a> {
    /// Its place among the rows of the file, from 1.
    number: u64,
    /// Line of the file on which it begins, from 1.
    line: u64,
    /// Its account's place in `accounts`, from 0.
    account: Option<usize>,
    /// `new`, `known`, `changed` or `refused`.
    fate: &'static str,
    /// Null for a row that is refused, like what follows.
    date: Option<Date>,
    /// Signed, positive is money in.
    amount: Option<Amount>,
    /// ISO 4217.
    currency: Option<&'a str>,
    description: Option<&'a str>,
    /// The stored transaction that the row is, or that it would change.
    transaction_id: Option<Id>,
    /// The element of the file that is the cause, where one is.
    field: Option<&'a str>,
    /// Why, in one sentence; null for a new row of which there is nothing to say.
    reason: Option<&'a str>,
}

impl<'a> ImportPreviewView<'a> {
    /// The page that ends before this place.
    pub(crate) fn new(preview: &'a ImportPreview, next_cursor: Option<String>) -> Self {
        let ImportPreview { import, changed, accounts, rows, layout } = preview;
        let counts = import.counts;
        Self {
            file_name: import.file_name.as_deref(),
            format: &import.format,
            size: import.size,
            profile: layout.as_ref().map(PreviewProfile::from),
            rows: PreviewCounts {
                taken: counts.taken,
                changed: *changed,
                known: counts.known,
                refused: counts.refused,
            },
            accounts: accounts.iter().map(PreviewAccountView::from).collect(),
            items: rows.items.iter().map(|row| PreviewRowView::new(row, accounts)).collect(),
            next_cursor,
            problems: problems(import),
        }
    }
}

impl<'a> From<&'a PreviewAccount> for PreviewAccountView<'a> {
    fn from(told: &'a PreviewAccount) -> Self {
        let PreviewAccount { account, is_new, balance } = told;
        Self {
            account_id: (!is_new).then_some(Id(account.id.0)),
            name: &account.name,
            institution: account.institution.as_deref(),
            mask: account.mask.as_deref(),
            account_type: account.kind.as_str(),
            currency: account.currency.as_str(),
            stated_balance: balance.as_ref().map(|point| Amount(point.balance)),
            stated_as_of: balance.as_ref().map(|point| Moment(point.as_of)),
            balance: account.balance.map(Amount),
            available_balance: account.available.map(Amount),
        }
    }
}

impl<'a> PreviewRowView<'a> {
    fn new(row: &'a PreviewRow, accounts: &'a [PreviewAccount]) -> Self {
        let place = |id: AccountId| accounts.iter().position(|told| told.account.id == id);
        let account = row.account.and_then(place);
        let says = row.says.as_ref();
        let of_account =
            || account.and_then(|at| accounts.get(at)).map(|told| told.account.currency.as_str());
        let own =
            |says: &'a dashtam_application::imports::RowSays| says.currency.as_ref().map(|own| own.as_str());
        Self {
            number: row.number,
            line: row.line,
            account,
            fate: row.fate.as_str(),
            date: says.map(|says| Date(says.day)),
            amount: says.map(|says| Amount(says.amount)),
            currency: says.and_then(|says| own(says).or_else(of_account)),
            description: says.and_then(|says| says.description.as_deref()),
            transaction_id: row.transaction.map(|id| Id(id.0)),
            field: row.field.as_deref(),
            reason: row.reason.as_deref(),
        }
    }
}
