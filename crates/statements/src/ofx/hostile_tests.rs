//! The reader on files that were made to hurt it.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{
    tests::{row, sgml},
    *,
};
use crate::inspect;

/// Texts on which a careless reader takes time that grows with the square of their length, or overflows.
#[test]
fn hostile_files_are_read_in_time_that_grows_with_their_length() {
    let n = 60_000;
    let inside = |part: &str| sgml(&format!("<STMTTRN>{}</STMTTRN>", part.repeat(n)));
    let began = Instant::now();
    for file in [
        format!("<OFX>{}", "<A>".repeat(n)),
        format!("<OFX>{}", "<!-- ".repeat(n)),
        format!("<OFX>{}", "<![CDATA[".repeat(n)),
        format!("<OFX>{}", "<?x ".repeat(n)),
        format!("<OFX>{}", "<A ".repeat(n)),
        format!("<OFX>{}", "<".repeat(n)),
        format!("<OFX>{}", "<STMTTRN>".repeat(n)),
        format!("<OFX>{}", "<STMTTRN><!--".repeat(n)),
        format!("<OFX>{}", "<STMTRS><STMTTRN><!--".repeat(n)),
        format!("<OFX>{}", "<INVSTMTRS><STMTTRN><![CDATA[".repeat(n)),
        format!("<OFX>{}", "<STMTRS>".repeat(n)),
        format!("<OFX>{}", "<STMTTRN></STMTRS>".repeat(n)),
        format!("<OFX>{}", "<LEDGERBAL><BALAMT>1,234".repeat(n)),
        inside("<A>"),
        inside("</A>"),
        inside("<MEMO>&"),
        inside("<MEMO><!-- "),
        sgml(&format!("<STMTTRN><MEMO>{}</STMTTRN>", "<!--x--><!-- ".repeat(n))),
        sgml(&format!("<STMTTRN><MEMO>{}</STMTTRN>", "&".repeat(n))),
        sgml(&row(&format!("1<MEMO>{}", "<!--x--><!-- ".repeat(4_000))).repeat(8)),
        sgml(&row(&format!("1{}{}", "<A>".repeat(400), "</B>".repeat(400))).repeat(8)),
    ] {
        let _ = inspect(file.as_bytes());
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

/// Pieces of files, for putting together in any order.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "(</?)(OFX|STMTRS|CCSTMTRS|INVSTMTRS|STMTTRNRS|BANKTRANLIST|STMTTRN|LEDGERBAL|BUYMF|STATUS)>",
        "<(TRNAMT|BALAMT)>[-+]?[0-9]{0,4}[.,]?[0-9]{0,3}",
        "<(DTPOSTED|DTASOF)>2024[01][0-9][0-3][0-9]",
        "<(FITID|NAME|MEMO|ACCTID|CURDEF|CODE|SEVERITY)>[A-Z&;<!\\-]{0,6}",
        "[\\x00-\\x7f]{0,6}",
        ".{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = inspect(&bytes);
        let _ = inspect(&[b"<OFX><STMTRS><STMTTRN>".as_slice(), &bytes].concat());
        let _ = OfxReader.recognises(&bytes);
    }

    #[test]
    fn no_order_of_pieces_makes_it_panic(pieces in proptest::collection::vec(piece(), 0..60)) {
        let text = format!("<OFX>{}", pieces.concat());
        let upper = text.to_ascii_uppercase();
        if let Ok(summary) = inspect(text.as_bytes()) {
            let rows = summary.rows.taken + summary.rows.refused;
            let told = |tag: &str| upper.matches(tag).count() as u64;
            prop_assert!(rows <= told("<STMTTRN") + told("<BUYMF"));
        }
    }

    #[test]
    fn a_changed_file_is_still_an_answer(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..8),
        count in 1usize..6,
    ) {
        let mut file = sgml(&row("-1,50").repeat(count)).into_bytes();
        for (at, byte, how) in changes {
            let at = at.index(file.len());
            match how {
                0 => file[at] = byte,
                1 => { file.remove(at); }
                _ => file.insert(at, byte),
            }
        }
        let _ = inspect(&file);
    }

    #[test]
    fn what_is_written_is_what_is_read(cents in proptest::collection::vec(-9_999_999_i64..9_999_999, 1..40)) {
        use dashtam_domain::money::Decimal;
        let numbers: Vec<Decimal> = cents.iter().map(|c| Decimal::new(*c, 2)).collect();
        let text = sgml(&numbers.iter().map(|n| row(&n.to_string())).collect::<String>());
        let summary = inspect(text.as_bytes()).unwrap();
        prop_assert_eq!(summary.rows.taken, numbers.len() as u64);
        prop_assert_eq!(summary.accounts[0].sum, Some(Decimal::new(cents.iter().sum(), 2)));
    }
}
