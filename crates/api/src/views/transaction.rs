//! Transactions.

use dashtam_domain::ledger::{Exchange, Leg, Tag, Transaction, TransactionStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Date, DecidedView, Id, Moment, OptionView, SplitView, TransactionCorrectionsView};

/// A financial transaction, with what a person corrected in the place of what the institution says.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
pub(crate) struct TransactionView<'a> {
    id: Id,
    account_id: Id,
    /// The source's id of it. Of a removed one that was merged into another, `merged:` and its own id.
    provider_transaction_id: &'a str,
    /// Day of posting, or of occurrence while pending.
    date: Date,
    /// The instant, when known.
    occurred_at: Option<Moment>,
    /// Signed, positive is money in.
    amount: Amount,
    /// ISO 4217.
    currency: &'a str,
    description: &'a str,
    /// The other side, where the source names it apart from the description, or a person or a rule does.
    merchant: Option<&'a str>,
    transaction_type: &'static str,
    /// What it was for: the key of a category that everybody has, the id of one of the user's own, or null.
    category: Option<String>,
    /// Who decided the category: `user`, `rule`, `transfer`, `payee` (learned), `institution`, or `kind` where it follows from
    /// the type of transaction.
    category_by: Option<&'static str>,
    /// The transfer between your own accounts that it is one side of, under `/transfers`; what is one is neither income nor
    /// spending.
    transfer_id: Option<Id>,
    /// What that does: `liability_payment`, `investment_contribution` or `internal`.
    transfer_kind: Option<&'static str>,
    /// `pending`, `posted` or `removed`.
    status: &'static str,
    pending: bool,
    /// How much it was while it was pending; null while it is, and where it never was or nobody knows.
    pending_amount: Option<Amount>,
    /// Its day while it was pending.
    pending_date: Option<Date>,
    memo: Option<&'a str>,
    check_number: Option<&'a str>,
    /// The security that it is about; null where nothing names one.
    security_id: Option<Id>,
    symbol: Option<&'a str>,
    security_name: Option<&'a str>,
    asset_type: Option<&'static str>,
    /// Signed units, positive is bought.
    quantity: Option<Amount>,
    unit_price: Option<Amount>,
    fees: Option<Amount>,
    /// What a person or a rule noted of it.
    note: Option<&'a str>,
    /// By which words of a person's own it is found.
    tags: Vec<&'a str>,
    /// Whether lists leave it out unless they are asked for what is hidden. It counts in balances all the same.
    hidden: bool,
    /// The parts into which a person split it; null when it is whole.
    split: Option<SplitView<'a>>,
    /// What was corrected, and what the institution says there; null when nothing was.
    corrections: Option<Box<TransactionCorrectionsView<'a>>>,
    /// What rules decided, which shows where no person corrected it; null when nothing was.
    decided: Option<Box<DecidedView<'a>>>,
    /// The import that brought it.
    import_id: Option<Id>,
    created_at: Moment,
    updated_at: Moment,
}

impl TransactionView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 800;
}

impl<'a> From<&'a Transaction> for TransactionView<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        let trade = transaction.trade.as_ref();
        let category = transaction.category();
        Self {
            id: Id(transaction.id.0),
            account_id: Id(transaction.account.0),
            provider_transaction_id: &transaction.source_id,
            date: Date(transaction.shown_day()),
            occurred_at: transaction.occurred_at.map(Moment),
            amount: Amount(transaction.shown_amount()),
            currency: transaction.currency.as_str(),
            description: transaction.shown_description(),
            merchant: transaction.shown_merchant(),
            transaction_type: transaction.kind.as_str(),
            category: category.map(|(category, _)| category.to_string()),
            category_by: category.map(|(_, by)| by.as_str()),
            transfer_id: transaction.transfer.map(|link| Id(link.id.0)),
            transfer_kind: transaction.transfer.map(|link| link.kind.as_str()),
            status: transaction.status.as_str(),
            pending: transaction.status == TransactionStatus::Pending,
            pending_amount: transaction.announced.map(|of| Amount(of.amount)),
            pending_date: transaction.announced.map(|of| Date(of.day)),
            memo: transaction.memo.as_deref(),
            check_number: transaction.check_number.as_deref(),
            security_id: trade.and_then(|trade| trade.security).map(|id| Id(id.0)),
            symbol: trade.and_then(|trade| trade.symbol.as_deref()),
            security_name: trade.and_then(|trade| trade.name.as_deref()),
            asset_type: trade.map(|trade| trade.asset_class.as_str()),
            quantity: trade.map(|trade| Amount(trade.quantity)),
            unit_price: trade.and_then(|trade| trade.price).map(Amount),
            fees: trade.and_then(|trade| trade.fees).map(Amount),
            note: transaction.note(),
            tags: transaction.tags().into_iter().map(Tag::as_str).collect(),
            hidden: transaction.is_hidden(),
            split: SplitView::of(transaction),
            corrections: TransactionCorrectionsView::of(transaction).map(Box::new),
            decided: DecidedView::of(transaction).map(Box::new),
            import_id: transaction.import.map(|id| Id(id.0)),
            created_at: Moment(transaction.created_at),
            updated_at: Moment(transaction.updated_at),
        }
    }
}

/// A financial transaction with all that it is made of.
#[derive(Serialize, ToSchema)]
#[schema(as = TransactionDetail)]
pub(crate) struct TransactionDetailView<'a> {
    #[serde(flatten)]
    transaction: TransactionView<'a>,
    /// The other side, as the source names it apart from the description.
    payee: Option<&'a str>,
    /// What it was for, in the institution's own word.
    institution_category: Option<&'a str>,
    /// What of the amount went to fees, positive; null when not told.
    fee: Option<Amount>,
    /// Its parts, in the source's order.
    legs: Vec<LegView<'a>>,
    /// The currency it was made in, when that is not the account's.
    exchange: Option<ExchangeView<'a>>,
    /// What is odd about it: `legs_do_not_add_up`, `status_unknown`, `amount_from_legs`, `sign_contradicts_kind`,
    /// `currency_unknown`.
    flags: Vec<&'static str>,
    /// The source's own name of the order it carries out.
    order_id: Option<&'a str>,
    /// The source's own name of the position it changes.
    position_id: Option<&'a str>,
    /// The part of the account in which it took place, in the source's word.
    sub_account: Option<&'a str>,
}

impl<'a> From<&'a Transaction> for TransactionDetailView<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        let details = &transaction.details;
        Self {
            transaction: TransactionView::from(transaction),
            payee: details.payee.as_deref(),
            institution_category: details.category.as_deref(),
            fee: details.fee.map(Amount),
            legs: details.legs.iter().map(LegView::from).collect(),
            exchange: details.exchange.as_ref().map(ExchangeView::from),
            flags: details.flags.iter().map(|flag| flag.as_str()).collect(),
            order_id: details.references.order.as_deref(),
            position_id: details.references.position.as_deref(),
            sub_account: details.references.sub_account.as_deref(),
        }
    }
}

/// The second currency of a transaction.
#[derive(Serialize, ToSchema)]
#[schema(as = Exchange)]
pub(crate) struct ExchangeView<'a> {
    /// ISO 4217.
    currency: &'a str,
    /// What one unit of it is worth in the account's currency; null when not told.
    rate: Option<Amount>,
    /// True when the amount was converted to the account's currency, false when it is in this one.
    converted: bool,
}

impl<'a> From<&'a Exchange> for ExchangeView<'a> {
    fn from(exchange: &'a Exchange) -> Self {
        Self {
            currency: exchange.currency.as_str(),
            rate: exchange.rate.map(Amount),
            converted: exchange.is_converted,
        }
    }
}

/// One part of a transaction.
#[derive(Serialize, ToSchema)]
#[schema(as = Leg)]
pub(crate) struct LegView<'a> {
    /// `security`, `cash`, `fee` or `other`.
    leg_type: &'static str,
    /// The institution's own word for it.
    label: Option<&'a str>,
    /// The security that it is about; null where nothing names one.
    security_id: Option<Id>,
    symbol: Option<&'a str>,
    security_name: Option<&'a str>,
    asset_type: Option<&'static str>,
    /// Signed units, positive came in.
    quantity: Option<Amount>,
    unit_price: Option<Amount>,
    /// Signed, positive is money in; null when not told.
    amount: Option<Amount>,
    /// ISO 4217.
    currency: &'a str,
    /// `opening` or `closing` a position, where it is told.
    position_effect: Option<&'static str>,
    /// What an option gives a right to; null for what is none.
    option: Option<OptionView<'a>>,
}

impl<'a> From<&'a Leg> for LegView<'a> {
    fn from(leg: &'a Leg) -> Self {
        Self {
            leg_type: leg.kind.as_str(),
            label: leg.label.as_deref(),
            security_id: leg.security.map(|id| Id(id.0)),
            symbol: leg.symbol.as_deref(),
            security_name: leg.name.as_deref(),
            asset_type: leg.asset_class.map(|class| class.as_str()),
            quantity: leg.quantity.map(Amount),
            unit_price: leg.price.map(Amount),
            amount: leg.amount.map(Amount),
            currency: leg.currency.as_str(),
            position_effect: leg.effect.map(|effect| effect.as_str()),
            option: leg.option.as_ref().map(OptionView::from),
        }
    }
}
