//! What can be asked of transactions, wherever they are listed, added up or exported.

use dashtam_application::ledger::AskedTransactions;
use dashtam_domain::{
    id::{AccountId, ConnectionId},
    ledger::matching::STALE_AFTER_DAYS,
    ledger::meaning::{CategoryChoice, CategoryFilter, CategoryKey},
    ledger::{
        Hidden, ListOrder, Narrowing, SearchError, SearchTerms, Sign, Tag, TransactionFilter, TransactionKey,
        TransactionKind, TransactionStatus, TransferFilter, merchant_key,
    },
    money::{Decimal, exact_decimal},
    time::Day,
};

use crate::extract::{FromParams, Params};

/// Which transactions, of whatever account. Several values of one parameter are parted by commas, and one of them does.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `narrowed`")]
pub(in crate::routes) struct NarrowParams {
    /// From this day on.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// `pending`, `posted` or `removed`; removed ones are shown only when asked for.
    #[param(pattern = "^(pending|posted|removed)$")]
    status: Option<String>,
    /// Whether those that a person hid are shown: `without`, `with` or `only` them.
    #[param(pattern = "^(without|with|only)$", default = "without")]
    hidden: Option<String>,
    /// Only of these categories, and of those in them if they are groups: keys such as `food` or `food.coffee`, ids of the
    /// caller's own, or `none` alone for those without one.
    #[param(
        pattern = "^([a-z_]+(\\.[a-z_]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(,([a-z_]+(\\.[a-z_]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})){0,19}$"
    )]
    category: Option<String>,
    /// With one of these tags.
    #[param(
        pattern = r"^[^,\x00-\x1f\x7f-\x9f]*[^,\s\x00-\x1f\x7f-\x9f][^,\x00-\x1f\x7f-\x9f]*(,[^,\x00-\x1f\x7f-\x9f]*[^,\s\x00-\x1f\x7f-\x9f][^,\x00-\x1f\x7f-\x9f]*){0,19}$"
    )]
    tags: Option<String>,
    /// Of at least this amount, whatever its sign.
    #[param(pattern = r"^[0-9]{1,18}(\.[0-9]{1,10})?$")]
    amount_min: Option<String>,
    /// Of at most this amount, whatever its sign.
    #[param(pattern = r"^[0-9]{1,18}(\.[0-9]{1,10})?$")]
    amount_max: Option<String>,
    /// Money in (`positive`) or out (`negative`).
    #[param(pattern = "^(positive|negative)$")]
    sign: Option<String>,
    /// Of these types.
    #[param(
        pattern = "^(credit|debit|interest|dividend|fee|deposit|withdrawal|cash|point_of_sale|transfer|check|payment|direct_deposit|direct_debit|standing_order|hold|trade|other)(,(credit|debit|interest|dividend|fee|deposit|withdrawal|cash|point_of_sale|transfer|check|payment|direct_deposit|direct_debit|standing_order|hold|trade|other)){0,17}$"
    )]
    transaction_type: Option<String>,
    /// ISO 4217.
    #[param(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    /// With exactly this other side, in upper or lower case.
    #[param(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    merchant: Option<String>,
    /// Whether a person noted something of it.
    #[param(value_type = Option<bool>)]
    has_note: Option<String>,
    /// Whether it only moves money to another place: one side of a transfer (`transfer_id`), or of the categories `transfer_in`
    /// and `transfer_out`, or of one in them, the caller's own among these.
    #[param(value_type = Option<bool>)]
    is_transfer: Option<String>,
    /// With all these words in description, other side, memo or note, or as its amount (`12,50` or `12.50`). A word of three
    /// or more characters is found anywhere in a word, a shorter one where a word begins, in Chinese, Japanese and Thai
    /// anywhere. At most ten words, one of them of two or more characters.
    #[param(min_length = 2, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    text: Option<String>,
}

/// Of which accounts.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `asked`")]
pub(in crate::routes) struct SourceParams {
    /// Only of these accounts, and of all that are one with them.
    #[param(
        pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){0,19}$"
    )]
    account_id: Option<String>,
    /// Of the accounts of these connections, and of those that `account_id` names.
    #[param(
        pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){0,19}$"
    )]
    provider_id: Option<String>,
}

/// In which order, and which page.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes what lists of transactions read")]
pub(in crate::routes) struct OrderParams {
    /// `newest` first or `oldest` first; or by the amount, whatever its sign, `largest` first or `smallest` first.
    #[param(pattern = "^(newest|oldest|largest|smallest)$", default = "newest")]
    order: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// Whether it has been pending for long.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `stale`")]
pub(in crate::routes) struct StaleParams {
    /// `true`: only what has been pending for more than eight days, whatever `status` says.
    #[param(pattern = "^true$")]
    stale: Option<String>,
}

/// What [`narrowed`] reads.
pub(in crate::routes) const NARROWED: [&str; 15] = [
    "from",
    "to",
    "status",
    "hidden",
    "category",
    "tags",
    "amount_min",
    "amount_max",
    "sign",
    "transaction_type",
    "currency",
    "merchant",
    "has_note",
    "is_transfer",
    "text",
];

/// Most values of one parameter.
const MOST: usize = 20;

/// What the name of a category must be.
const CATEGORY: &str = "This parameter must be the key of a category such as food.coffee, the id of one of your own, or none; \
                        or up to 20 keys and ids.";
const IDS: &str = "This parameter must be one to 20 UUIDs, parted by commas.";
const TAGS: &str = "This parameter must be one to 20 tags of at most 32 characters, parted by commas.";
const AMOUNT: &str = "This parameter must be a decimal number such as 12.30, without a sign.";
const FLAG: &str = "This parameter must be true or false.";

fn several<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let each: Option<Vec<T>> = text.split(',').map(read).collect();
    each.filter(|each| each.len() <= MOST)
}

fn amount(text: &str) -> Option<Decimal> {
    let are_digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(one, two)| (one, Some(two)));
    let is_plain = are_digits(whole, 18) && fraction.is_none_or(|fraction| are_digits(fraction, 10));
    if is_plain { exact_decimal(text).ok() } else { None }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn category(text: &str) -> Option<CategoryFilter> {
    if text.parse() == Ok(CategoryChoice::Uncategorized) {
        return Some(CategoryFilter::Uncategorized);
    }
    several(text, |key| key.parse::<CategoryKey>().ok()).map(CategoryFilter::Among)
}

/// Reads what is asked of transactions, whatever accounts they are in.
pub(in crate::routes) fn narrowed(params: &mut Params<'_>) -> TransactionFilter {
    let day = "This parameter must be a day such as 2026-01-31.";
    let status = "The status must be pending, posted or removed.";
    let sign = "This parameter must be positive or negative.";
    let kind = "This parameter must be types of transactions such as fee, parted by commas.";
    let currency = "This parameter must be a three-letter ISO 4217 currency code.";
    let merchant = "This parameter must be at most 200 characters long.";
    let narrowing = Narrowing {
        accounts: Vec::new(),
        tags: params
            .read("tags", "tag", TAGS, |text| {
                several(text, |tag| tag.parse::<Tag>().ok().map(|tag| tag.key().clone()))
            })
            .unwrap_or_default(),
        amount_min: params.read("amount_min", "decimal", AMOUNT, amount),
        amount_max: params.read("amount_max", "decimal", AMOUNT, amount),
        sign: params.read("sign", "unknown", sign, Sign::parse),
        kinds: params
            .read("transaction_type", "unknown", kind, |text| several(text, TransactionKind::parse))
            .unwrap_or_default(),
        currency: params.read("currency", "currency", currency, |text| text.parse().ok()),
        merchant: params.read("merchant", "too_long", merchant, |text| {
            (text.chars().count() <= 200).then(|| merchant_key(text))
        }),
        has_note: params.read("has_note", "wrong_type", FLAG, flag),
        transfers: params.read("is_transfer", "wrong_type", FLAG, flag).map(TransferFilter::new),
        text: text(params),
    };
    TransactionFilter {
        from: params.read("from", "day", day, Day::parse),
        to: params.read("to", "day", day, Day::parse),
        status: params.read("status", "unknown", status, TransactionStatus::parse),
        hidden: params
            .read("hidden", "unknown", "This parameter must be without, with or only.", Hidden::parse)
            .unwrap_or_default(),
        category: params.read("category", "unknown", CATEGORY, category).unwrap_or_default(),
        narrowing,
        ..TransactionFilter::default()
    }
}

fn text(params: &mut Params<'_>) -> Option<SearchTerms> {
    let text = params.text("text")?;
    match SearchTerms::parse(&text) {
        Ok(terms) => Some(terms),
        Err(error) => {
            let code = match error {
                SearchError::TooShort => "too_short",
                SearchError::TooLong => "too_long",
            };
            params.refuse("text", code, &format!("This parameter {error}."));
            None
        }
    }
}

/// Reads in which order a list is.
pub(in crate::routes) fn order(params: &mut Params<'_>) -> Option<ListOrder> {
    let message = "This parameter must be newest, oldest, largest or smallest.";
    params.read("order", "unknown", message, ListOrder::parse)
}

/// Reads in which order a list is, and behind which place of this order a page begins.
pub(in crate::routes) fn ordered(params: &mut Params<'_>) -> (Option<ListOrder>, Option<TransactionKey>) {
    let (order, after) = (order(params), params.cursor::<TransactionKey>());
    let has_amount = after.is_some_and(|after| after.amount.is_some());
    if after.is_some() && has_amount != order.is_some_and(ListOrder::is_by_amount) {
        params.refuse("cursor", "invalid", "The cursor is not one that this list gave.");
    }
    (order, after)
}

/// Reads whether only what has been pending for long is asked for.
pub(in crate::routes) fn stale(params: &mut Params<'_>) -> bool {
    let yes = |text: &str| (text == "true").then_some(());
    params.read("stale", "unknown", "This parameter must be true.", yes).is_some()
}

/// The same, as far as it has been pending for long on this day.
pub(in crate::routes) fn only_stale(filter: TransactionFilter, today: Day) -> TransactionFilter {
    let last = today.plus_days(-STALE_AFTER_DAYS - 1);
    let to = filter.to.map_or(last, |to| to.min(last));
    TransactionFilter { to: Some(to), status: Some(TransactionStatus::Pending), ..filter }
}

/// Which transactions, of which accounts.
pub(in crate::routes) struct Asked(pub(in crate::routes) AskedTransactions);

impl FromParams for Asked {
    fn take(params: &mut Params<'_>) -> Self {
        let ids = |text: &str| several(text, |id| id.parse::<AccountId>().ok());
        let accounts = params.read("account_id", "uuid", IDS, ids).unwrap_or_default();
        let ids = |text: &str| several(text, |id| id.parse::<ConnectionId>().ok());
        let connections = params.read("provider_id", "uuid", IDS, ids).unwrap_or_default();
        Self(AskedTransactions { filter: narrowed(params), accounts, connections })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_rows_are_pending_ones_of_more_than_eight_days() {
        let day = |of| Day::new(2026, 3, of).unwrap();
        let asked = |to| only_stale(TransactionFilter { to, ..TransactionFilter::default() }, day(20));
        assert_eq!((asked(None).to, asked(None).status), (Some(day(11)), Some(TransactionStatus::Pending)));
        assert_eq!(asked(Some(day(5))).to, Some(day(5)));
        assert_eq!(asked(Some(day(15))).to, Some(day(11)));
    }
}
