//! Figures of portfolios in words: never a nought for what nobody knows, and why nobody does.

use dashtam_application::portfolio::{Agreement, NoPerformance, NotKnown, Period};
use dashtam_domain::{
    ledger::{
        Security,
        portfolio::{LotMethod, NoBenchmark, NoReturn, Term},
    },
    money::{Currency, Decimal},
};

use crate::words::{self, Money};

/// A figure, or why nobody knows it.
pub(crate) enum Told {
    Known(Money),
    /// A sentence without its end.
    Unknown(&'static str),
}

impl Told {
    /// A figure that neither came nor went.
    pub(super) fn of(found: Result<Decimal, NotKnown>, currency: Currency) -> Self {
        match found {
            Ok(amount) => Self::Known(plain(amount, currency)),
            Err(why) => Self::Unknown(not_known(why)),
        }
    }

    /// The same with a plus where it grew.
    pub(super) fn change(found: Result<Decimal, NotKnown>, currency: Currency) -> Self {
        match found {
            Ok(amount) => Self::Known(words::change(amount, currency)),
            Err(why) => Self::Unknown(not_known(why)),
        }
    }
}

/// What something costs or is worth: it neither came nor went, and looks like neither.
pub(super) fn plain(amount: Decimal, currency: Currency) -> Money {
    Money { tone: "", ..words::rounded(amount, currency) }
}

/// Why nobody knows a figure.
pub(super) fn not_known(why: NotKnown) -> &'static str {
    match why {
        NotKnown::OpeningCost => {
            "the transactions begin later than the position, and nobody tells what the units of before cost"
        }
        NotKnown::OpeningProceeds => {
            "the transactions begin later than the position, and nobody tells what selling the units of before brought"
        }
        NotKnown::Average => "the average of all units is taken, and what some of them cost is not known",
        NotKnown::Cost => "what the units cost was not told, or told in another currency",
        NotKnown::Proceeds => "what the units brought was not told, or told in another currency",
        NotKnown::PositionUntold => "the institution tells of no such position",
        NotKnown::ValueUntold => "the institution does not tell what it is worth",
        NotKnown::OtherUnits => "the institution tells of another quantity than the transactions come to",
        NotKnown::OtherCurrency => "it is told in another currency than it was paid in",
        NotKnown::NothingPaid => "nothing was paid for it",
        NotKnown::WorthNothing => "it is worth nothing, or less",
        NotKnown::IncomeCurrency => "what it brought is in another currency",
        NotKnown::TooLarge => "a figure is larger than can be reckoned with",
    }
}

/// Why there is no return.
pub(super) fn no_performance(why: NoPerformance) -> &'static str {
    let figures = match why {
        NoPerformance::Figures(figures) => figures,
        NoPerformance::SeveralCurrencies => {
            return "the accounts, or what was paid in, are in several currencies";
        }
        NoPerformance::UnitsMoved => {
            return "securities came or went without money, and nobody told what they were worth then";
        }
        NoPerformance::TooMuch => return "there are more transactions than can be reckoned from at once",
    };
    match figures {
        NoReturn::NoValues => {
            "nobody told what everything was worth at its beginning and its end, or too much was paid in or taken out \
             between two days with a value"
        }
        NoReturn::NoSignChange => "money only went one way",
        NoReturn::NoRoot => "no rate makes what was paid in and what there is come out even",
        NoReturn::Ambiguous => "several rates make what was paid in and what there is come out even",
        NoReturn::CapitalNotPositive => "at some time there was nothing invested, or less",
        NoReturn::TooLarge => "a figure is larger than can be reckoned with",
    }
}

/// Why there is no return of a benchmark.
pub(super) fn no_benchmark(why: NoBenchmark) -> &'static str {
    match why {
        NoBenchmark::NoPeriod => "there is no time with a value at both ends that it could stand beside",
        NoBenchmark::NoPriceAtStart => "nobody told its price for the first day or the week before it",
        NoBenchmark::NoPriceAtEnd => "nobody told its price for the last day or the week before it",
        NoBenchmark::NoCommonAccount => "one account or series has its first price, and another one the last",
        NoBenchmark::UnitsUnexplained => {
            "the transactions do not come to the units that the account held on both days, so that nobody knows of splits"
        }
        NoBenchmark::PriceNotPositive => "its price was nothing, or less",
        NoBenchmark::NoRate => "its price is in another currency, and nobody told an exchange rate",
        NoBenchmark::TooMuch => "there are more transactions than can be reckoned from at once",
        NoBenchmark::TooLarge => "a figure is larger than can be reckoned with",
    }
}

/// How a position of ours stands to what its institution tells; nothing where they agree.
pub(super) fn agreement(of: Agreement) -> Option<&'static str> {
    match of {
        Agreement::Complete => None,
        Agreement::Opened => Some(
            "The institution holds more than the transactions come to. An opening lot stands for the rest, at the cost that \
             follows from what the institution tells.",
        ),
        Agreement::Differs => Some(
            "The transactions come to another quantity than the institution tells, so that some of them are missing or were \
             read wrongly.",
        ),
        Agreement::Untold => Some("The institution tells of no such position now."),
    }
}

/// Which lots a sale takes first.
pub(crate) fn method(of: LotMethod) -> &'static str {
    match of {
        LotMethod::Fifo => "the oldest first (FIFO)",
        LotMethod::Lifo => "the newest first (LIFO)",
        LotMethod::Hifo => "those that leave the least gain first (HIFO)",
        LotMethod::Lofo => "those that leave the most gain first (LOFO)",
        LotMethod::Average => "at the average cost of all",
        LotMethod::Specific => "those that are named of it, and then the oldest",
    }
}

/// How long something was held.
pub(super) fn term(of: Option<Term>) -> &'static str {
    match of {
        Some(Term::Short) => "a year at most",
        Some(Term::Long) => "more than a year",
        None => "nobody knows how long",
    }
}

/// What people call a security.
pub(super) fn name(security: Option<&Security>) -> String {
    let known = security.and_then(|of| of.name.as_deref().or(of.symbol.as_deref()));
    known.unwrap_or("A security without a name").to_owned()
}

/// Its symbol, where that says more than its name.
pub(super) fn symbol(security: Option<&Security>) -> Option<String> {
    let of = security?;
    of.symbol.clone().filter(|symbol| of.name.as_ref().is_some_and(|name| name != symbol))
}

/// A rate of return in percent, to two places.
pub(super) fn rate(rate: Decimal) -> String {
    let Some(percent) = rate.checked_mul(Decimal::ONE_HUNDRED) else {
        return "more than can be shown".to_owned();
    };
    let percent = percent.round_dp(2);
    let plus = if percent > Decimal::ZERO { "+" } else { "" };
    format!("{plus}{}\u{a0}%", words::decimal(percent, 2))
}

/// The periods that a page offers: name in the address, words.
pub(super) const PERIODS: [(&str, &str); 6] = [
    ("3m", "3 months"),
    ("ytd", "This year"),
    ("1y", "1 year"),
    ("3y", "3 years"),
    ("5y", "5 years"),
    ("all", "All"),
];

/// The period that an address asks for, else a year.
pub(super) fn period(asked: &str) -> (&'static str, Period) {
    let found = PERIODS.iter().find(|(name, _)| *name == asked).map_or("1y", |(name, _)| *name);
    (found, Period::parse(found).unwrap_or(Period::Months(12)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_period_is_one() {
        for (name, _) in PERIODS {
            assert_eq!((period(name).0, Period::parse(name)), (name, Some(period(name).1)));
        }
        assert_eq!(period("<b>").0, "1y");
    }

    #[test]
    fn rates_are_told_in_percent_and_reasons_are_sentences() {
        let shown = |text: &str| rate(text.parse().unwrap());
        assert_eq!(
            [shown("0.12345"), shown("-0.02"), shown("0")],
            ["+12.34\u{a0}%", "\u{2212}2.00\u{a0}%", "0.00\u{a0}%"]
        );
        assert_eq!(rate(Decimal::MAX), "more than can be shown");
        for why in NotKnown::ALL {
            let told = not_known(why);
            assert!(told.starts_with(char::is_lowercase) && !told.ends_with('.'), "{told}");
        }
    }
}
