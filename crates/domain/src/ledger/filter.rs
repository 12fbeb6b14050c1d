//! Which transactions a list shows.

use crate::{
    id::AccountId,
    ledger::meaning::{CategoryFilter, CategoryKey, DefaultCategory, Flow, OwnCategory},
    money::{Currency, Decimal},
    time::Day,
};

use super::{
    SearchTerms, Sign, TagKey, Transaction, TransactionKind, TransactionStatus, account::stored_enum,
    merchant_key,
};

/// Whether a list shows the transactions that people hid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hidden {
    /// It leaves them out.
    #[default]
    Without,
    /// It shows them among the others.
    With,
    /// It shows nothing else.
    Only,
}

impl Hidden {
    /// Reads a stored or asked word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "without" => Some(Self::Without),
            "with" => Some(Self::With),
            "only" => Some(Self::Only),
            _ => None,
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Without => "without",
            Self::With => "with",
            Self::Only => "only",
        }
    }
}

stored_enum! {
    /// In which order a list shows transactions.
    ListOrder {
        /// The latest day first.
        Newest = "newest",
        /// The earliest day first.
        Oldest = "oldest",
        /// The largest amount first, whatever its sign; of equal ones the latest day.
        Largest = "largest",
        /// The smallest amount first, whatever its sign; of equal ones the earliest day.
        Smallest = "smallest",
    }
}

impl ListOrder {
    /// Whether amounts come before days.
    pub fn is_by_amount(self) -> bool {
        matches!(self, Self::Largest | Self::Smallest)
    }

    /// Whether what is less comes first.
    pub fn is_ascending(self) -> bool {
        matches!(self, Self::Oldest | Self::Smallest)
    }
}

/// Whether a list shows what only moves money to another place: one side of a transfer, and what is of a category by which
/// money only changes its place. What is asked for and its opposite are together everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferFilter {
    /// Whether it shows these, or all others.
    pub wanted: bool,
    /// The categories: everybody's, and those of the owner's own.
    categories: Vec<CategoryKey>,
}

/// The groups of categories by which money only changes its place.
const TRANSFER_GROUPS: [&str; 2] = ["transfer_in", "transfer_out"];

impl TransferFilter {
    /// By everybody's categories.
    pub fn new(wanted: bool) -> Self {
        let all = DefaultCategory::all().iter();
        let moving = all.filter(|category| TRANSFER_GROUPS.contains(&category.group.unwrap_or(category.key)));
        Self { wanted, categories: moving.map(CategoryKey::Default).collect() }
    }

    /// The same, by those of the owner's own as well that are in one of the groups.
    pub fn with(mut self, own: &[OwnCategory]) -> Self {
        let is_moving =
            |category: &&OwnCategory| category.group.is_some_and(|group| self.categories.contains(&group));
        let more: Vec<CategoryKey> =
            own.iter().filter(is_moving).map(|category| CategoryKey::Own(category.id)).collect();
        self.categories.extend(more);
        self
    }

    /// The same by every category, everybody's or of the owner's own, whose money is neither earned nor spent: what is left out
    /// then is what [sums](super::meaning::Totals) leave out.
    pub fn by_flow(self, own: &[OwnCategory]) -> Self {
        let known = DefaultCategory::all().iter().filter(|category| category.flow == Flow::Transfer);
        let own = own.iter().filter(|category| category.flow == Flow::Transfer);
        let own = own.map(|category| CategoryKey::Own(category.id));
        Self { categories: known.map(CategoryKey::Default).chain(own).collect(), ..self }
    }

    /// The categories by which money only changes its place.
    pub fn categories(&self) -> &[CategoryKey] {
        &self.categories
    }

    fn takes(&self, row: &Transaction) -> bool {
        let category = row.category().map(|(category, _)| category);
        let is_moving = category.is_some_and(|category| self.categories.contains(&category));
        (row.transfer.is_some() || is_moving) == self.wanted
    }
}

/// What else a list asks of what it shows; the default asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Of one of these accounts; none stands for all.
    pub accounts: Vec<AccountId>,
    /// With one of these tags; none stands for whatever there is.
    pub tags: Vec<TagKey>,
    /// Of at least this amount, whatever its sign.
    pub amount_min: Option<Decimal>,
    /// Of at most this amount, whatever its sign.
    pub amount_max: Option<Decimal>,
    /// Which way the money went.
    pub sign: Option<Sign>,
    /// One of these sorts; none stands for whatever there is.
    pub kinds: Vec<TransactionKind>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// With this other side, by its [key](merchant_key).
    pub merchant: Option<String>,
    /// Whether a person noted something of it.
    pub has_note: Option<bool>,
    /// Whether it only moves money to another place.
    pub transfers: Option<TransferFilter>,
    /// With these words.
    pub text: Option<SearchTerms>,
}

/// Which transactions a list shows, by the values that people are shown. Removed ones are shown only when asked for by
/// status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only from this day on.
    pub from: Option<Day>,
    /// Only up to and including this day.
    pub to: Option<Day>,
    /// Only with this status.
    pub status: Option<TransactionStatus>,
    /// Whether hidden ones are among them.
    pub hidden: Hidden,
    /// Of which category.
    pub category: CategoryFilter,
    /// What else is asked.
    pub narrowing: Narrowing,
    /// In which order they are shown; the latest first, if nothing is said.
    pub order: Option<ListOrder>,
    /// Whether all of it will be read, page after page: a store then takes care that this costs what there is.
    pub reads_all: bool,
}

impl Narrowing {
    /// Whether it asks anything.
    pub fn asks(&self) -> bool {
        *self != Self::default()
    }

    /// Whether it takes this transaction.
    pub fn takes(&self, row: &Transaction) -> bool {
        let amount = row.shown_amount();
        (self.accounts.is_empty() || self.accounts.contains(&row.account))
            && (self.tags.is_empty() || row.tags().iter().any(|tag| self.tags.contains(tag.key())))
            && self.amount_min.is_none_or(|least| amount.abs() >= least)
            && self.amount_max.is_none_or(|most| amount.abs() <= most)
            && self.sign.is_none_or(|sign| Sign::of(amount) == sign)
            && (self.kinds.is_empty() || self.kinds.contains(&row.kind))
            && self.currency.is_none_or(|currency| row.currency == currency)
            && self.merchant.as_ref().is_none_or(|wanted| row.merchant_key().as_ref() == Some(wanted))
            && self.has_note.is_none_or(|wanted| row.note().is_some() == wanted)
            && self.transfers.as_ref().is_none_or(|transfers| transfers.takes(row))
            && self.text.as_ref().is_none_or(|terms| terms.finds(&row.search_text()))
    }
}

impl TransactionFilter {
    /// Whether the list shows this transaction.
    pub fn takes(&self, row: &Transaction) -> bool {
        let hidden = match self.hidden {
            Hidden::Without => !row.is_hidden(),
            Hidden::With => true,
            Hidden::Only => row.is_hidden(),
        };
        hidden
            && self.account.is_none_or(|account| row.account == account)
            && self.from.is_none_or(|from| row.shown_day() >= from)
            && self.to.is_none_or(|to| row.shown_day() <= to)
            && self.status.map_or(row.status != TransactionStatus::Removed, |status| row.status == status)
            && self.category.shows(row.category().map(|(category, _)| category))
            && self.narrowing.takes(row)
    }

    /// In which order they are shown.
    pub fn order(&self) -> ListOrder {
        self.order.unwrap_or(ListOrder::Newest)
    }
}

impl Transaction {
    /// What its other side is found by.
    pub fn merchant_key(&self) -> Option<String> {
        self.shown_merchant().map(merchant_key)
    }
}
