//! Looking rates up and converting by them, against known answers.

use super::*;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn day(of: u32) -> Day {
    Day::new(2026, 11, of).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn rate(base: &str, quote: &str, of: u32, rate: &str, source: RateSource) -> FxRate {
    FxRate::new((currency(base), currency(quote)), day(of), decimal(rate), source).unwrap()
}

/// One euro on the day of the vector, a Friday.
fn euros() -> RateBook {
    let of = |quote, value| rate("EUR", quote, 27, value, RateSource::EcbCsv);
    [of("USD", "1.0865"), of("JPY", "163.42"), of("GBP", "0.8351")].into_iter().collect()
}

#[test]
fn the_known_answer_comes_out_to_the_last_digit() {
    let amounts = [("EUR", "1000.00"), ("USD", "-250.50"), ("JPY", "30000"), ("GBP", "12.34")];
    // The Sunday after it uses Friday's rates.
    for of in [27, 29] {
        let in_currency = |to: &str| -> Vec<String> {
            let book = euros();
            let converted = amounts.map(|(from, amount)| {
                let conversion = book.conversion(currency(from), currency(to), day(of)).unwrap();
                conversion.convert(decimal(amount)).unwrap()
            });
            let sum: Decimal = converted.iter().sum();
            converted.iter().chain([&sum, &currency(to).shown(sum)]).map(Decimal::to_string).collect()
        };
        let expected =
            ["1000.00", "-230.5568338702", "183.5760616816", "14.7766734523", "967.7959012637", "967.80"];
        assert_eq!(in_currency("EUR"), expected);
        assert_eq!(in_currency("USD")[4..], ["1051.5102467229", "1051.51"]);
    }
}

#[test]
fn a_rate_lasts_a_week_and_says_its_day() {
    let book = euros();
    let look = |of: Day| book.conversion(currency("EUR"), currency("USD"), of);
    let last = look(day(27).plus_days(7)).unwrap();
    assert_eq!(
        (last.rate_day, last.path, last.source),
        (Some(day(27)), RatePath::Direct, Some(RateSource::EcbCsv))
    );
    assert_eq!((look(day(27).plus_days(8)), look(day(26))), (None, None));
    let back = book.conversion(currency("USD"), currency("EUR"), day(28)).unwrap();
    assert_eq!((back.path, back.rate()), (RatePath::Inverse, Some(decimal("0.9203865624"))));
    let through = book.conversion(currency("USD"), currency("JPY"), day(27)).unwrap();
    assert_eq!((through.path, through.rate_day), (RatePath::Pivot, Some(day(27))));
    assert_eq!(book.conversion(currency("USD"), currency("CHF"), day(27)), None);
    let same = book.conversion(currency("CHF"), currency("CHF"), day(1)).unwrap();
    assert_eq!((same.rate_day, same.convert(decimal("1.00"))), (None, Some(decimal("1.00"))));
}

#[test]
fn a_rate_of_their_own_comes_before_the_inverse_and_the_pivot() {
    let rates = [
        rate("EUR", "USD", 27, "1.1", RateSource::EcbCsv),
        rate("EUR", "JPY", 25, "160", RateSource::EcbCsv),
        rate("USD", "JPY", 21, "150", RateSource::UserCsv),
        rate("JPY", "USD", 27, "0.005", RateSource::UserCsv),
    ];
    let book: RateBook = rates.into_iter().collect();
    let convert = |from, to, of| book.conversion(currency(from), currency(to), day(of)).unwrap();
    assert_eq!(convert("USD", "JPY", 27).convert(decimal("2")), Some(decimal("300")));
    assert_eq!(convert("USD", "JPY", 29).path, RatePath::Inverse, "its own is too old by then");
    let book: RateBook = rates.into_iter().take(2).collect();
    let pivot = book.conversion(currency("USD"), currency("JPY"), day(28)).unwrap();
    assert_eq!((pivot.path, pivot.rate_day), (RatePath::Pivot, Some(day(25))), "the older of the two");
}

#[test]
fn of_two_sources_of_a_day_the_own_list_wins_in_whatever_order() {
    let told = [
        rate("EUR", "USD", 27, "1.1", RateSource::EcbCsv),
        rate("EUR", "USD", 27, "1.3", RateSource::UserCsv),
        rate("EUR", "USD", 27, "1.2", RateSource::Provider),
    ];
    let forward: RateBook = told.into_iter().collect();
    let backward: RateBook = told.into_iter().rev().collect();
    assert_eq!(forward, backward);
    let used = forward.conversion(currency("EUR"), currency("USD"), day(27)).unwrap();
    assert_eq!((used.source, used.rate()), (Some(RateSource::UserCsv), Some(decimal("1.3"))));
}

#[test]
fn what_is_no_rate_is_refused() {
    let try_it = |base, quote, of, value| {
        FxRate::new((currency(base), currency(quote)), of, decimal(value), RateSource::UserCsv)
    };
    use super::super::RateError;
    assert_eq!(try_it("EUR", "EUR", day(1), "1"), Err(RateError::SameCurrency));
    assert_eq!(try_it("EUR", "USD", day(1), "0"), Err(RateError::NotPositive));
    assert_eq!(try_it("EUR", "USD", day(1), "-1"), Err(RateError::NotPositive));
    assert_eq!(try_it("EUR", "USD", day(1).plus_days(i64::MAX), "1"), Err(RateError::StrangeDay));
    assert_eq!(try_it("EUR", "USD", day(1), "1.10").unwrap().rate.to_string(), "1.1");
}

#[test]
fn amounts_that_are_too_large_are_none() {
    let book: RateBook = [rate("EUR", "USD", 27, "1000", RateSource::UserCsv)].into_iter().collect();
    let conversion = book.conversion(currency("EUR"), currency("USD"), day(27)).unwrap();
    assert_eq!(conversion.convert(Decimal::MAX), None);
}
