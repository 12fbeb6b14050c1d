//! The price that counts for a security, with its source and its age.

use dashtam_application::portfolio::{PriceFrom, PriceOn, ShownPrice};
use dashtam_domain::money::Decimal;

use crate::words;

/// A price on a page.
pub(super) struct Price {
    pub(super) price: String,
    /// For which day, and who told it.
    pub(super) about: String,
    /// The transaction, of a trade.
    pub(super) place: Option<String>,
    /// How old it is, where it is too old to count as one of today.
    pub(super) stale: Option<String>,
    /// What splits since made of it.
    pub(super) split: Option<String>,
}

impl Price {
    pub(super) fn of(shown: &ShownPrice) -> Option<Self> {
        let of = shown.found.as_ref()?;
        let by = match &of.from {
            PriceFrom::Institution(_) => "told with a position".to_owned(),
            PriceFrom::Trade(_) => "paid or brought in a trade of yours, before fees".to_owned(),
            PriceFrom::Series(source) => format!("from your series {source}"),
        };
        Some(Self {
            price: money(of.price, of),
            about: format!("for {}, {by}", words::day(of.day)),
            place: match of.from {
                PriceFrom::Trade(transaction) => Some(format!("/transactions/{transaction}")),
                _ => None,
            },
            stale: of.is_stale().then(|| format!("{} old", words::counted(of.age, "day", "days"))),
            split: split(of),
        })
    }
}

fn money(price: Decimal, of: &PriceOn) -> String {
    format!("{}\u{a0}{}", words::decimal(price, 2), of.currency)
}

fn split(of: &PriceOn) -> Option<String> {
    match (of.split_factor, of.adjusted) {
        (Some(factor), Some(_)) if factor == Decimal::ONE => None,
        (Some(_), Some(adjusted)) => Some(format!("after splits since then {}", money(adjusted, of))),
        _ => Some("it may have been split since then, and nobody tells how".to_owned()),
    }
}
