//! Returns with known answers, most of them reckoned twice by other means, some published.

use super::*;
use crate::time::Day;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn flows(of: &str) -> Vec<Flow> {
    let flow = |part: &str| {
        let (day, amount) = part.trim().split_once(' ').unwrap();
        Flow { day: Day::parse(day).unwrap(), amount: d(amount.trim()) }
    };
    of.split(',').map(flow).collect()
}

fn near(found: Decimal, expected: &str, tolerance: i64) {
    let off = (found - d(expected)).abs();
    assert!(off < Decimal::new(tolerance, 12), "{found} is not {expected}");
}

fn monthly(first_year: i32, months: i32, amount: &str, end: &str) -> Vec<Flow> {
    let first = Day::new(first_year, 1, 1).unwrap();
    let paid = (0..months).map(|month| Flow { day: first.plus_months(month), amount: d(amount) });
    paid.chain([Flow { day: first.plus_months(months), amount: d(end) }]).collect()
}

#[test]
fn money_weighted_returns() {
    for (of, expected) in [
        (
            "2008-01-01 -10000, 2008-03-01 2750, 2008-10-30 4250, 2009-02-15 3250, 2009-04-01 2750",
            "0.3733625335188",
        ),
        ("2019-01-01 -1000, 2020-01-01 1100", "0.1"),
        ("2020-01-01 -1000, 2021-01-01 1100", "0.0997135859341"),
        ("2021-01-01 -1000, 2022-07-01 300, 2023-01-01 400", "-0.1806519165079"),
        ("2023-01-01 -1000, 2024-01-01 1", "-0.999"),
        ("2024-12-31 1080, 2024-01-01 -700, 2024-01-01 -300, 2024-07-01 50, 2024-07-01 -50", "0.08"),
        ("2022-01-01 1000, 2023-01-01 -1050", "0.05"),
        ("2021-01-01 -200, 2022-01-01 -220, 2023-01-01 480", "0.0939282222774"),
        ("2024-02-29 -0.00000123, 2025-02-28 0.00000234", "0.9024390243902"),
        ("2000-01-03 -25000, 2003-03-12 -5000, 2009-03-09 2000, 2024-11-29 17500", "-0.0185857189217"),
        ("2021-01-01 -100, 2022-01-01 -118, 2023-01-01 264", "0.1386121600868"),
        ("2021-01-01 -200, 2022-01-01 100, 2023-01-01 170", "0.2052486587271"),
        ("2021-01-01 -100, 2022-01-01 -266, 2023-01-01 396", "0.0635120638927"),
    ] {
        let found = xirr(&flows(of)).unwrap();
        near(found.annual.unwrap(), expected, 1_000);
        assert!(!found.is_total_loss, "{of}");
    }
    near(xirr(&monthly(2023, 12, "-100", "1250")).unwrap().annual.unwrap(), "0.0774953215548", 1_000);
    near(xirr(&monthly(1994, 360, "-500", "502257.52")).unwrap().annual.unwrap(), "0.0613571379293", 1_000);
}

#[test]
fn what_has_no_money_weighted_return_says_why() {
    for (of, why) in [
        ("2021-01-01 -4000, 2022-01-01 25000, 2023-01-01 -25000", NoReturn::Ambiguous),
        ("2021-01-01 1000, 2022-01-01 -3000, 2023-01-01 2500", NoReturn::NoRoot),
        ("2021-01-01 -1000, 2022-01-01 -50", NoReturn::NoSignChange),
        ("2021-01-01 1000, 2022-01-01 0", NoReturn::NoSignChange),
        ("2021-01-01 -5, 2021-01-01 5", NoReturn::NoSignChange),
    ] {
        assert_eq!(xirr(&flows(of)), Err(why), "{of}");
    }
    assert_eq!(xirr(&[]), Err(NoReturn::NoSignChange));
    let huge = Flow { day: Day::FIRST, amount: Decimal::MAX };
    assert_eq!(xirr(&[huge, huge]), Err(NoReturn::TooLarge));
    let lost = xirr(&flows("2021-01-01 -1000, 2022-03-01 0")).unwrap();
    assert_eq!((lost.annual, lost.days, lost.is_total_loss), (Some(-Decimal::ONE), 424, true));
}

#[test]
fn a_few_days_are_no_year() {
    let week = xirr(&flows("2024-01-01 -100, 2024-01-08 110")).unwrap();
    near(week.period, "0.1", 1);
    near(week.annual.unwrap(), "142.9901781267929", 1_000);
    assert!(week.days < ANNUAL_FROM);
    // A tenth a day is more for a year than can be written, and the day's return is told all the same.
    let day = xirr(&flows("2024-01-01 -100, 2024-01-02 200")).unwrap();
    near(day.period, "1", 1);
    assert_eq!(day.annual, None);
    // Several roots are looked for where there may be some: here there is one.
    let one = xirr(&flows("2021-01-01 -1000, 2021-07-01 100, 2022-01-01 -100, 2023-01-01 1210")).unwrap();
    assert!(one.annual.unwrap() > d("0.09") && one.annual.unwrap() < d("0.11"));
}

/// Days as what there was, what was paid in and taken out, and what there is.
fn twr(of: &[[&str; 4]]) -> Result<TimeWeighted, NoReturn> {
    let first = Day::new(2024, 1, 1).unwrap();
    let days: Vec<DayFigures> = (1_i64..)
        .zip(of)
        .map(|(at, [_, paid_in, taken_out, value])| DayFigures {
            day: first.plus_days(at),
            value: Some(d(value)),
            paid_in: d(paid_in),
            taken_out: d(taken_out),
        })
        .collect();
    time_weighted((first, d(of[0][0])), &days)
}

#[test]
fn time_weighted_returns() {
    for (days, expected) in [
        (&[["1000", "0", "0", "1010"], ["1010", "0", "0", "999.9"]][..], "-0.0001"),
        (&[["200", "0", "5", "225"], ["225", "225", "10", "470"]], "0.226666666667"),
        (&[["0", "1000", "0", "1005"], ["1005", "0", "0", "1025.1"]], "0.0251"),
        (
            &[
                ["1000", "0", "1010", "0"],
                ["0", "0", "0", "0"],
                ["0", "500", "0", "505"],
                ["505", "0", "0", "510.05"],
            ],
            "0.030301",
        ),
        (
            &[
                ["100000", "0", "0", "102000"],
                ["102000", "50000", "0", "153520"],
                ["153520", "0", "30000", "124755.2"],
            ],
            "0.038488842105",
        ),
        (&[["1000", "0", "0", "1100"], ["1100", "0", "0", "1100"]], "0.1"),
        (&[["100", "0", "2", "120"], ["120", "120", "4", "260"]], "0.342"),
    ] {
        let found = twr(days).unwrap();
        near(found.rate, expected, 2);
        assert!(!found.is_approximate && !found.is_total_loss);
        assert_eq!(found.days, days.len() as i64);
    }
    let lost = twr(&[["1000", "0", "0", "0"], ["0", "500", "0", "600"]]).unwrap();
    assert_eq!((lost.rate, lost.is_total_loss), (-Decimal::ONE, true));
    assert_eq!(twr(&[["-100", "50", "0", "10"]]), Err(NoReturn::CapitalNotPositive));
}

#[test]
fn returns_one_after_the_other_and_for_a_year() {
    near(linked(&["0.0234", "-0.0112", "0.0175"].map(d)).unwrap(), "0.0296468336", 1);
    near(linked(&["0.1", "-0.1", "0.1", "-0.1"].map(d)).unwrap(), "-0.0199", 1);
    for (rate, days, expected) in [
        ("0.2155", 730, "0.102497165529"),
        ("0.05", 400, "0.045526958479"),
        ("-0.0193", 500, "-0.014126012140"),
        ("1.5", 3650, "0.095958226385"),
        ("-1", 30, "-1"),
        ("0", 30, "0"),
        // Two years of which 17/75, 34.2 % and 70 % came.
        ("0.2266666666666666666666666667", 730, "0.107549848389"),
        ("0.342", 730, "0.158447236606"),
        ("0.7", 730, "0.303840481041"),
    ] {
        near(annualised(d(rate), days).unwrap(), expected, 2);
    }
    assert_eq!(annualised(d("0.1"), 0), None);
    assert_eq!(simple_gain(d("100"), d("20"), d("5"), d("130")), Some(d("15")));
}

#[test]
fn returns_between_two_values() {
    let dietz = |start: &str, end: &str, flows: &[(i64, &str)], days| {
        let flows: Vec<(i64, Decimal)> = flows.iter().map(|(day, amount)| (*day, d(amount))).collect();
        modified_dietz(d(start), d(end), &flows, days)
    };
    for (start, end, flows, days, expected) in [
        ("100", "300", &[(365, "50")][..], 730, "1.2"),
        ("100000", "115000", &[(10, "10000"), (20, "-5000")], 30, "0.095238095238"),
        ("1000", "1600", &[(30, "500")], 30, "0.1"),
        ("0", "1050", &[(5, "1000")], 10, "0.1"),
    ] {
        near(dietz(start, end, flows, days).unwrap().unwrap(), expected, 1);
    }
    assert_eq!(dietz("1000", "100", &[(1, "-1100")], 31), Err(NoReturn::CapitalNotPositive));
    assert_eq!(dietz("0", "0", &[], 31), Ok(None));
}

#[test]
fn days_without_a_value_are_one_time() {
    let first = Day::new(2024, 1, 1).unwrap();
    let figures = |at: i64, value: Option<&str>, paid_in: &str| DayFigures {
        day: first.plus_days(at),
        value: value.map(d),
        paid_in: d(paid_in),
        taken_out: Decimal::ZERO,
    };
    let start = (first, d("1000"));
    let found = time_weighted(start, &[figures(2, None, "50"), figures(4, Some("1076.25"), "0")]).unwrap();
    near(found.rate, "0.025609756098", 1);
    assert!(found.is_approximate && found.days == 4);
    // Nothing flowed: no days had to be weighed.
    assert!(!time_weighted(start, &[figures(30, Some("1100"), "0")]).unwrap().is_approximate);
    let much = [figures(2, None, "150"), figures(9, Some("1200"), "0")];
    assert_eq!(time_weighted(start, &much), Err(NoReturn::NoValues));
}
