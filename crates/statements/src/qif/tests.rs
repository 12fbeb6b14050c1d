//! Files of Quicken and of banks, whole and broken.

use dashtam_domain::ledger::CsvProfile;
use proptest::prelude::*;

use super::*;

fn read(file: &str) -> Vec<String> {
    assert!(QifReader.recognises(&file.as_bytes()[..file.len().min(4096)]));
    told(QifReader.read(file.as_bytes()).unwrap())
}

fn told(events: StatementEvents<'_>) -> Vec<String> {
    let event = |event| match event {
        StatementEvent::Account(account) => {
            format!("account {} {}", account.name.as_deref().unwrap_or("-"), account.kind.as_str())
        }
        StatementEvent::Row(row) => {
            let text = |of: Option<String>| of.unwrap_or_else(|| "-".to_owned());
            let legs: String = row
                .details
                .legs
                .iter()
                .map(|leg| {
                    format!(
                        " [{} {:?}]",
                        leg.quantity.unwrap_or_default(),
                        leg.amount.map(|sum| sum.to_string())
                    )
                })
                .collect();
            let (name, memo, check) = (text(row.name), text(row.memo), text(row.check_number));
            format!("{} {} {} {name} {memo} {check}{legs}", row.line, row.day, row.amount)
        }
        StatementEvent::Refused(problem) => format!("refused {} {}", problem.line, problem.reason),
        other => format!("{other:?}"),
    };
    events.map(event).collect()
}

#[test]
fn a_bank_and_a_card() {
    let file = "!Type:Bank\r\nD03/13/2026\r\nT-1,234.50\r\nN101\r\nPRent\r\nMMarch\r\nLHousing\r\nSHousing\r\n$-1,234.50\r\n^\r\n\
                D3/1'26\r\nU10.00\r\nT10.00\r\nPPay\r\n^\r\nDsoon\r\nT1\r\n^\r\n!Type:CCard\nD03/14/2026\nT-3\nPShop\n^\n";
    assert_eq!(
        read(file),
        [
            "account - checking",
            "2 2026-03-13 -1234.50 Rent March 101",
            "11 2026-03-01 10.00 Pay - -",
            "refused 16 D is missing or not a date.",
            "account - credit_card",
            "20 2026-03-14 -3 Shop - -",
        ]
    );
}

#[test]
fn accounts_by_name_and_investments() {
    let file = "!Option:AutoSwitch\n!Account\nNFirst\nTBank\n^\nNSecond\nTInvst\n^\n!Clear:AutoSwitch\n\
                !Account\nNFirst\nTBank\n^\n!Type:Bank\nD31/12/2025\nT-5,00\nPCafé\n^\n\
                !Account\nNSecond\n^\n!Type:Invst\nD31/12/2025\nNBuy\nYACME\nI10\nQ2\nO1\nT21\n^\n\
                D31/12/2025\nNDiv\nYACME\nT3\n^\n!Type:Cat\nNFood\n^\n";
    assert_eq!(
        read(file),
        [
            "account First checking",
            "15 2025-12-31 -5.00 Café - -",
            "account Second brokerage",
            "23 2025-12-31 -21 ACME - - [2 Some(\"-20\")] [0 Some(\"-1\")]",
            "31 2025-12-31 3 ACME - -",
        ]
    );
}

#[test]
fn doubtful_dates_are_asked_for() {
    let file = b"!Type:Bank\nD01/02/2026\nT1\n^\n";
    assert!(matches!(QifReader.read(file), Err(StatementError::Unclear { field: "profile.date_order", .. })));
    let profile = CsvProfile { date_order: Some(DateOrder::DayFirst), ..CsvProfile::default() };
    let hints = StatementHints { profile: Some(profile), ..StatementHints::default() };
    assert_eq!(told(QifReader.open(file, &hints).unwrap().events)[1], "2 2026-02-01 1 - - -");
    assert!(QifReader.read(b"!Type:Cat\nNFood\n^\n").is_err());
}

#[test]
fn long_files_are_read_in_bounded_time() {
    let begun = std::time::Instant::now();
    for part in [
        "D2026-01-02\nT1\n^\n",
        "D2026-01-02\nT1\n",
        "!Account\nNa\n^\n!Type:Bank\nD2026-01-02\nT1\n^\n",
        "^\n",
        "\r",
    ] {
        let file = format!("!Type:Bank\nD2026-01-02\nT1\n^\n{}", part.repeat(20_000));
        assert!(QifReader.read(file.as_bytes()).unwrap().count() >= 2);
    }
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn any_text_is_an_answer(text in "(![TA]ype:Bank\n|!Account\n|[DTNPQY^$]{1,2}[0-9/.,-]{0,10}\r?\n?){0,40}.{0,40}") {
        let read = || QifReader.read(text.as_bytes()).map(|events| events.collect::<Vec<_>>()).ok();
        prop_assert_eq!(read(), read());
    }
}
