//! Lists of exchange rates with everything that is odd about them.

use super::*;

fn shown(file: &RateFile) -> Vec<String> {
    let line = |rate: &FxRate| {
        format!("{} {}/{} {} {}", rate.day, rate.base, rate.quote, rate.rate, rate.source.as_str())
    };
    file.rates.iter().map(line).collect()
}

fn refused(file: &RateFile) -> Vec<(usize, &str)> {
    file.refused.iter().map(|refused| (refused.line, refused.reason.as_str())).collect()
}

#[test]
fn the_list_of_the_bank_is_read_with_all_its_oddities() {
    let list =
        "Date,USD,JPY,CYP,GBP,\n2026-11-27,1.0865,163.42,N/A,0.8351,\n2026-11-26,1.0850,,N/A,0.8340,\n";
    let file = read_rates(list.as_bytes()).unwrap();
    assert_eq!((file.layout, file.refused_count), (RateLayout::Ecb, 0));
    assert_eq!(
        shown(&file),
        [
            "2026-11-27 EUR/USD 1.0865 ecb_csv",
            "2026-11-27 EUR/JPY 163.42 ecb_csv",
            "2026-11-27 EUR/GBP 0.8351 ecb_csv",
            "2026-11-26 EUR/USD 1.085 ecb_csv",
            "2026-11-26 EUR/GBP 0.834 ecb_csv",
        ]
    );
    assert_eq!(file.days(), Some((Day::new(2026, 11, 26).unwrap(), Day::new(2026, 11, 27).unwrap())));
    let bare = read_rates(b"Date,USD,JPY\n2026-11-27,1.1,\n2026-11-26,,160\n").unwrap();
    assert_eq!(shown(&bare), ["2026-11-27 EUR/USD 1.1 ecb_csv", "2026-11-26 EUR/JPY 160 ecb_csv"]);
    assert_eq!(bare.refused_count, 0);
    let of_one_day = "\u{feff}Date, USD, JPY, \r\n27 November 2026, 1.0865, 163.42, \r\n";
    let file = read_rates(of_one_day.as_bytes()).unwrap();
    assert_eq!(shown(&file), ["2026-11-27 EUR/USD 1.0865 ecb_csv", "2026-11-27 EUR/JPY 163.42 ecb_csv"]);
}

#[test]
fn a_bad_row_is_told_and_costs_no_other() {
    let mut list =
        b"Date,USD,JPY,\n2026-11-27,1,2,\n2026-13-27,1,2,\n2026-11-26,oops,160,\n2026-11-25,1.0\n".to_vec();
    list.extend(b"2026-11-24,-1,0,\n2026-11-23,\xff,1,\n2026-11-22,7,8,9,\n\n2026-11-21,1.1,1e40,\n");
    let file = read_rates(&list).unwrap();
    assert_eq!(
        refused(&file),
        [
            (3, "has no day such as 2026-01-31"),
            (4, "the rate of USD: is not a decimal number"),
            (5, "has 2 fields and not 3"),
            (6, "the rate of USD: a rate must be above zero"),
            (6, "the rate of JPY: a rate must be above zero"),
            (7, "is not text in UTF-8"),
            (8, "has 5 fields and not 3"),
            (10, "the rate of JPY: has more than 28 significant digits"),
        ]
    );
    let taken = [
        "2026-11-27 EUR/USD 1 ecb_csv",
        "2026-11-27 EUR/JPY 2 ecb_csv",
        "2026-11-26 EUR/JPY 160 ecb_csv",
        "2026-11-21 EUR/USD 1.1 ecb_csv",
    ];
    assert_eq!(shown(&file), taken);
}

#[test]
fn a_plain_list_has_a_row_for_each_rate() {
    let list = "day,base,quote,rate\n2026-11-27,CHF,usd,1.25\n2026-11-27,CHF,CHF,1\n27.11.2026,CHF,USD,1\n\
                2026-11-27,francs,USD,1\n2026-11-27,CHF,USD,1,2\n";
    let file = read_rates(list.as_bytes()).unwrap();
    assert_eq!(file.layout, RateLayout::Plain);
    assert_eq!(shown(&file), ["2026-11-27 CHF/USD 1.25 user_csv"]);
    assert_eq!(
        refused(&file),
        [
            (3, "a currency has no rate in itself"),
            (4, "has no day such as 2026-01-31"),
            (5, "the base must be a three-letter ISO 4217 currency code"),
            (6, "has 5 fields and not 4"),
        ]
    );
    let other = "\"Quote\";\"Base\";\"Rate\";\"Date\"\n\"USD\";\"CHF\";\"1.25\";\"2026-11-27\"\n";
    assert_eq!(shown(&read_rates(other.as_bytes()).unwrap()), ["2026-11-27 CHF/USD 1.25 user_csv"]);
}

#[test]
fn what_is_no_list_is_refused_as_a_whole() {
    for other in
        ["", "\n\n", "day,base,quote\n", "Date\n", "Date,Amount\n2026-11-27,1\n", "<OFX>\n", "\u{feff}"]
    {
        assert_eq!(read_rates(other.as_bytes()), Err(RateFileError::Unrecognised), "{other:?}");
    }
    assert_eq!(read_rates(b"\xff\xfe"), Err(RateFileError::Unrecognised));
    assert_eq!(read_rates(b"PK\x03\x04rest"), Err(RateFileError::Packed));
}

#[test]
fn a_file_of_rubbish_is_counted_to_its_end() {
    let list = format!("day,base,quote,rate\n{}2026-11-27,CHF,USD,1.25\n", "x\n".repeat(5_000));
    let file = read_rates(list.as_bytes()).unwrap();
    assert_eq!((file.rates.len(), file.refused.len(), file.refused_count), (1, TOLD, 5_000));
}
