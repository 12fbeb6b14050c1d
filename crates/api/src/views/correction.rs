//! What a person corrected, beside what the institution says.

use std::borrow::Cow;

use dashtam_domain::ledger::{
    Account, Correction, Line, Note, Sign, SplitPart, Tag, Transaction, portfolio::Pick,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Id, Moment};

/// A corrected text, day (`YYYY-MM-DD`) or word.
#[derive(Serialize, ToSchema)]
#[schema(as = CorrectedText)]
pub(crate) struct CorrectedTextView<'a> {
    value: Cow<'a, str>,
    /// What the institution says; null when it says nothing of the kind.
    institution_value: Option<Cow<'a, str>>,
    /// When it was corrected.
    at: Moment,
}

impl<'a> CorrectedTextView<'a> {
    fn of<T>(
        correction: &'a Option<Correction<T>>,
        told: Option<impl Into<Cow<'a, str>>>,
        text: impl FnOnce(&'a T) -> Cow<'a, str>,
    ) -> Option<Self> {
        let Correction { value, at } = correction.as_ref()?;
        Some(Self { value: text(value), institution_value: told.map(Into::into), at: Moment(*at) })
    }
}

/// A corrected truth.
#[derive(Serialize, ToSchema)]
#[schema(as = CorrectedFlag)]
pub(crate) struct CorrectedFlagView {
    value: bool,
    /// What there is without the correction.
    institution_value: bool,
    /// When it was corrected.
    at: Moment,
}

/// One part of a transaction that a person split.
#[derive(Serialize, ToSchema)]
#[schema(as = SplitPart)]
pub(crate) struct SplitPartView<'a> {
    /// Signed, positive is money in.
    amount: Amount,
    description: Option<&'a str>,
    /// The key of a category that everybody has, or the id of one of the user's own.
    category: Option<String>,
}

impl<'a> From<&'a SplitPart> for SplitPartView<'a> {
    fn from(part: &'a SplitPart) -> Self {
        Self {
            amount: Amount(part.amount),
            description: part.description.as_ref().map(Line::as_str),
            category: part.category.map(|category| category.to_string()),
        }
    }
}

/// The parts into which a person split a transaction.
#[derive(Serialize, ToSchema)]
#[schema(as = Split)]
pub(crate) struct SplitView<'a> {
    parts: Vec<SplitPartView<'a>>,
    /// Whether the parts come to the amount. False once the institution or a person changed the amount after it was split.
    adds_up: bool,
}

impl<'a> SplitView<'a> {
    pub(crate) fn of(transaction: &'a Transaction) -> Option<Self> {
        let parts = transaction.split()?.iter().map(SplitPartView::from).collect();
        Some(Self { parts, adds_up: transaction.split_adds_up() })
    }
}

/// A transaction that was split.
#[derive(Serialize, ToSchema)]
#[schema(as = CorrectedSplit)]
pub(crate) struct CorrectedSplitView<'a> {
    value: Vec<SplitPartView<'a>>,
    /// The whole amount, as the institution says it.
    institution_value: Amount,
    /// When it was split.
    at: Moment,
}

/// Tags that a person set.
#[derive(Serialize, ToSchema)]
#[schema(as = CorrectedTags)]
pub(crate) struct CorrectedTagsView<'a> {
    value: Vec<&'a str>,
    /// When they were set.
    at: Moment,
}

/// A lot that a sale takes.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedLot)]
pub(crate) struct NamedLotView {
    /// The transaction that the lot came with.
    transaction_id: Id,
    units: Amount,
}

/// Lots that a person named of a sale.
#[derive(Serialize, ToSchema)]
#[schema(as = CorrectedLots)]
pub(crate) struct CorrectedLotsView {
    value: Vec<NamedLotView>,
    /// When they were named.
    at: Moment,
}

/// What was corrected of a transaction; null where nothing was.
#[derive(Serialize, ToSchema)]
#[schema(as = TransactionCorrections)]
pub(crate) struct TransactionCorrectionsView<'a> {
    description: Option<CorrectedTextView<'a>>,
    merchant: Option<CorrectedTextView<'a>>,
    /// `none` is none at all.
    category: Option<CorrectedTextView<'a>>,
    day: Option<CorrectedTextView<'a>>,
    /// `positive`, money in, or `negative`.
    sign: Option<CorrectedTextView<'a>>,
    note: Option<CorrectedTextView<'a>>,
    hidden: Option<CorrectedFlagView>,
    split: Option<CorrectedSplitView<'a>>,
    tags: Option<CorrectedTagsView<'a>>,
    /// See `PUT /portfolio/closings/{transaction_id}/lots`.
    lots: Option<CorrectedLotsView>,
}

impl<'a> TransactionCorrectionsView<'a> {
    pub(crate) fn of(transaction: &'a Transaction) -> Option<Self> {
        let of = transaction.corrections.as_deref()?;
        let line = |line: &'a Line| Cow::Borrowed(line.as_str());
        let told = &transaction.description;
        let sign = Sign::of(transaction.amount).as_str();
        Some(Self {
            description: CorrectedTextView::of(&of.description, Some(told), line),
            merchant: CorrectedTextView::of(&of.merchant, transaction.details.payee.as_deref(), line),
            category: CorrectedTextView::of(
                &of.category,
                transaction.details.category.as_deref(),
                |choice| choice.to_string().into(),
            ),
            day: CorrectedTextView::of(&of.day, Some(transaction.day.to_string()), |day| {
                day.to_string().into()
            }),
            sign: CorrectedTextView::of(&of.sign, Some(sign), |sign| sign.as_str().into()),
            note: CorrectedTextView::of(&of.note, None::<&str>, |note: &Note| note.as_str().into()),
            hidden: of.hidden.as_ref().map(|hidden| CorrectedFlagView {
                value: hidden.value,
                institution_value: transaction.is_hidden_by_rule(),
                at: Moment(hidden.at),
            }),
            split: of.split.as_ref().map(|split| CorrectedSplitView {
                value: split.value.iter().map(SplitPartView::from).collect(),
                institution_value: Amount(transaction.amount),
                at: Moment(split.at),
            }),
            tags: of.tags.as_ref().map(|tags| CorrectedTagsView {
                value: tags.value.as_slice().iter().map(Tag::as_str).collect(),
                at: Moment(tags.at),
            }),
            lots: of.lots.as_ref().map(|lots| {
                let named =
                    |of: &Pick| NamedLotView { transaction_id: Id(of.opened_by.0), units: Amount(of.units) };
                CorrectedLotsView { value: lots.value.iter().map(named).collect(), at: Moment(lots.at) }
            }),
        })
    }
}

/// Accounts that a person said are others.
#[derive(Serialize, ToSchema)]
#[schema(as = CorrectedAccounts)]
pub(crate) struct CorrectedAccountsView {
    value: Vec<Id>,
    /// When it was said.
    at: Moment,
}

/// What was corrected of an account; null where nothing was.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountCorrections)]
pub(crate) struct AccountCorrectionsView<'a> {
    name: Option<CorrectedTextView<'a>>,
    account_type: Option<CorrectedTextView<'a>>,
    include_in_net_worth: Option<CorrectedFlagView>,
    /// The id of the account that this one is, too.
    same_account_as: Option<CorrectedTextView<'a>>,
    distinct_from: Option<CorrectedAccountsView>,
    /// Institutions say nothing of it.
    lot_method: Option<CorrectedTextView<'a>>,
}

impl<'a> AccountCorrectionsView<'a> {
    pub(crate) fn of(account: &'a Account) -> Option<Self> {
        let of = account.corrections.as_deref().filter(|corrections| corrections.are_any())?;
        Some(Self {
            name: CorrectedTextView::of(&of.name, Some(&account.name), |name| name.as_str().into()),
            account_type: CorrectedTextView::of(&of.kind, Some(account.kind.as_str()), |kind| {
                kind.as_str().into()
            }),
            include_in_net_worth: of.left_out.as_ref().map(|left_out| CorrectedFlagView {
                value: false,
                institution_value: true,
                at: Moment(left_out.at),
            }),
            same_account_as: CorrectedTextView::of(&of.same_as, None::<&str>, |id| id.to_string().into()),
            distinct_from: of.distinct_from.as_ref().map(|distinct| CorrectedAccountsView {
                value: distinct.value.iter().map(|id| Id(id.0)).collect(),
                at: Moment(distinct.at),
            }),
            lot_method: CorrectedTextView::of(&of.lot_method, None::<&str>, |method| method.as_str().into()),
        })
    }
}
