//! Investment statements: trades with their legs, positions, and what the file says of securities.

use dashtam_domain::{
    connections::KeptRow,
    ledger::{
        AssetClass, LegKind, TransactionFlag, TransactionKind,
        statement::{StatementEvent, StatementHoldings, StatementReader, StatementRow},
    },
    money::{Currency, Decimal},
};

use super::OfxReader;

const LIST: &str = "<SECLISTMSGSRSV1><SECLIST><STOCKINFO><SECINFO><SECID><UNIQUEID>037833100\
    <UNIQUEIDTYPE>CUSIP</SECID><SECNAME>Apple Inc<TICKER>AAPL</SECINFO></STOCKINFO>\
    <OPTINFO><SECINFO><SECID><UNIQUEID>O1<UNIQUEIDTYPE>OTHER</SECID><SECNAME>Put<TICKER>AAPL  240517P00190000\
    </SECINFO><OPTTYPE>PUT<STRIKEPRICE>190.00<DTEXPIRE>20240517<SHPERCTRCT>100</OPTINFO>\
    </SECLIST></SECLISTMSGSRSV1>";
const APPLE: &str = "<SECID><UNIQUEID>037833100<UNIQUEIDTYPE>CUSIP</SECID>";

fn statement(rows: &str, rest: &str) -> String {
    format!(
        "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>20240201120000<CURDEF>USD\
         <INVACCTFROM><BROKERID>b.example<ACCTID>I1</INVACCTFROM><INVTRANLIST>{rows}</INVTRANLIST>{rest}\
         </INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1>{LIST}</OFX>"
    )
}

fn events(text: &str) -> Vec<StatementEvent> {
    OfxReader.read(text.as_bytes()).unwrap().collect()
}

fn rows(text: &str) -> Vec<StatementRow> {
    let row = |event| match event {
        StatementEvent::Row(row) => Some(row),
        _ => None,
    };
    events(text).into_iter().filter_map(row).collect()
}

fn tran(id: &str) -> String {
    format!("<INVTRAN><FITID>{id}<DTTRADE>20240105<MEMO>m</INVTRAN>")
}

fn one(row: &str) -> StatementRow {
    rows(&statement(row, "")).remove(0)
}

fn legs(row: &StatementRow) -> Vec<(LegKind, String, String)> {
    let text = |figure: Option<Decimal>| figure.map(|figure| figure.to_string()).unwrap_or_default();
    row.details.legs.iter().map(|leg| (leg.kind, text(leg.quantity), text(leg.amount))).collect()
}

fn told(kind: LegKind, units: &str, amount: &str) -> (LegKind, String, String) {
    (kind, units.to_owned(), amount.to_owned())
}

#[test]
fn a_purchase_has_its_security_its_fees_and_adds_up() {
    let row = one(&format!(
        "<BUYSTOCK><INVBUY>{}{APPLE}<UNITS>100<UNITPRICE>50.00<COMMISSION>25.00<TAXES>1.50<TOTAL>-5026.50\
         <SUBACCTSEC>CASH<SUBACCTFUND>MARGIN</INVBUY><BUYTYPE>BUY</BUYSTOCK>",
        tran("1")
    ));
    assert_eq!((row.kind, row.amount.to_string()), (TransactionKind::Trade, "-5026.50".to_owned()));
    assert_eq!((row.name.as_deref(), row.source_id.as_deref()), (Some("Apple Inc"), Some("1")));
    assert_eq!(
        legs(&row),
        [
            told(LegKind::Security, "100", "-5000.00"),
            told(LegKind::Fee, "", "-25.00"),
            told(LegKind::Fee, "", "-1.50"),
        ]
    );
    let leg = &row.details.legs[0];
    assert_eq!((leg.symbol.as_deref(), leg.asset_class), (Some("AAPL"), Some(AssetClass::Equity)));
    assert_eq!(leg.ids.cusip.as_ref().unwrap().as_str(), "037833100");
    let trade = row.trade.as_ref().unwrap();
    assert_eq!((trade.quantity.to_string(), trade.fees.unwrap().to_string()), ("100".into(), "26.50".into()));
    assert_eq!(row.details.references.sub_account.as_deref(), Some("MARGIN"));
    assert!(row.details.flags.is_empty());
}

#[test]
fn each_sort_moves_cash_and_units() {
    let of = |name: &str, inside: &str| one(&format!("<{name}>{}{APPLE}{inside}</{name}>", tran("1")));
    for (row, kind, amount, expected) in [
        (
            of("SELLSTOCK", "<UNITS>3<UNITPRICE>10<FEES>0.10<TOTAL>29.90"),
            TransactionKind::Trade,
            "29.90",
            vec![told(LegKind::Security, "-3", "30.00"), told(LegKind::Fee, "", "-0.10")],
        ),
        (
            of("INCOME", "<INCOMETYPE>DIV<TOTAL>12.59"),
            TransactionKind::Dividend,
            "12.59",
            vec![told(LegKind::Cash, "", "12.59")],
        ),
        (
            of("REINVEST", "<INCOMETYPE>DIV<TOTAL>-6.97<UNITS>0.037<UNITPRICE>187.98"),
            TransactionKind::Trade,
            "0",
            vec![told(LegKind::Cash, "", "6.97"), told(LegKind::Security, "0.037", "-6.97")],
        ),
        (
            of("TRANSFER", "<UNITS>9.06<TFERACTION>OUT<POSTYPE>LONG"),
            TransactionKind::Transfer,
            "0",
            vec![told(LegKind::Security, "-9.06", "0")],
        ),
        (
            of("SPLIT", "<OLDUNITS>10<NEWUNITS>15<NUMERATOR>3<DENOMINATOR>2<FRACCASH>7.00"),
            TransactionKind::Other,
            "7.00",
            vec![told(LegKind::Security, "5", "0"), told(LegKind::Cash, "", "7.00")],
        ),
        (
            of("SPLIT", "<OLDUNITS>101<NEWUNITS>10<NUMERATOR>1<DENOMINATOR>10<FRACCASH>7.00"),
            TransactionKind::Other,
            "7.00",
            vec![told(LegKind::Security, "-90.9", "0"), told(LegKind::Security, "-0.1", "7.00")],
        ),
        (
            of("JRNLSEC", "<SUBACCTTO>CASH<SUBACCTFROM>MARGIN<UNITS>4"),
            TransactionKind::Transfer,
            "0",
            vec![told(LegKind::Security, "-4", "0"), told(LegKind::Security, "4", "0")],
        ),
        (
            of("RETOFCAP", "<TOTAL>3.00"),
            TransactionKind::Credit,
            "3.00",
            vec![told(LegKind::Cash, "", "3.00")],
        ),
        (
            of("INVEXPENSE", "<TOTAL>-1.00"),
            TransactionKind::Fee,
            "-1.00",
            vec![told(LegKind::Cash, "", "-1.00")],
        ),
    ] {
        assert_eq!((row.kind, row.amount.to_string().as_str()), (kind, amount), "{row:?}");
        assert_eq!(legs(&row), expected);
        assert!(row.trade.is_some() && row.details.flags.is_empty(), "{row:?}");
    }
    // What is about no security has no trade.
    for (name, inside) in
        [("MARGININTEREST", "<TOTAL>-2"), ("JRNLFUND", "<SUBACCTTO>A<SUBACCTFROM>B<TOTAL>5")]
    {
        let row = one(&format!("<{name}>{}{inside}</{name}>", tran("1")));
        assert!(row.trade.is_none() && row.details.legs_total() == Some(row.amount), "{row:?}");
    }
}

#[test]
fn an_option_has_its_terms() {
    let row = one(&format!(
        "<CLOSUREOPT>{}<SECID><UNIQUEID>O1<UNIQUEIDTYPE>OTHER</SECID><OPTACTION>EXPIRE<UNITS>-2<SHPERCTRCT>100\
         </CLOSUREOPT>",
        tran("1")
    ));
    let leg = &row.details.legs[0];
    let terms = leg.option.as_ref().unwrap();
    assert_eq!((leg.label.as_deref(), terms.strike.unwrap().to_string()), (Some("EXPIRE"), "190.00".into()));
    assert_eq!((terms.underlying.as_deref(), terms.multiplier), (Some("AAPL"), Some(Decimal::ONE_HUNDRED)));
    assert_eq!(leg.ids.own.as_deref(), Some("ofx:b.example:OTHER:O1"));
}

#[test]
fn a_bad_trade_costs_no_neighbour() {
    let good = format!("<INCOME>{}{APPLE}<INCOMETYPE>DIV<TOTAL>1</INCOME>", tran("1"));
    let bad =
        ["<BUYMF><INVBUY></INVBUY></BUYMF>", "<INCOME><INVTRAN><DTTRADE>20240105</INVTRAN><TOTAL>x</INCOME>"];
    let all = events(&statement(&format!("{good}{}{good}{}{good}", bad[0], bad[1]), ""));
    let count = |is: fn(&StatementEvent) -> bool| all.iter().filter(|event| is(event)).count();
    assert_eq!(count(|event| matches!(event, StatementEvent::Row(_))), 3);
    assert_eq!(count(|event| matches!(event, StatementEvent::Refused(_))), 2);
    // One that nothing closes ends before the next.
    let open = good.replace("</INCOME>", "");
    assert_eq!(rows(&statement(&format!("{open}{open}"), "")).len(), 2);
}

#[test]
fn a_trade_alone_is_read_as_in_its_file() {
    let text = statement(
        &format!("<BUYSTOCK><INVBUY>{}{APPLE}<UNITS>1<UNITPRICE>5<TOTAL>-5</INVBUY></BUYSTOCK>", tran("1")),
        "",
    );
    let row = StatementRow { line: 1, ..rows(&text).remove(0) };
    let kept = KeptRow { raw: row.raw.clone(), day: row.day };
    assert_eq!(OfxReader.read_again(&kept, Currency::USD), Ok(row));
}

fn held(rest: &str) -> StatementHoldings {
    let held = |event| match event {
        StatementEvent::Holdings(held) => Some(held),
        _ => None,
    };
    events(&statement("", rest)).into_iter().find_map(held).unwrap()
}

#[test]
fn positions_and_money_are_told_for_their_day() {
    let position = |more: &str| {
        format!(
            "<POSSTOCK><INVPOS>{APPLE}<HELDINACCT>CASH<POSTYPE>LONG<UNITS>2<UNITPRICE>49.50{more}</INVPOS></POSSTOCK>"
        )
    };
    let list = format!("<INVPOSLIST>{}{}</INVPOSLIST>", position("<MKTVAL>99.00"), position("<MKTVAL>99.00"));
    let told = held(&format!("{list}<INVBAL><AVAILCASH>200.00<MARGINBALANCE>-50.00<SHORTBALANCE>0</INVBAL>"));
    assert_eq!(told.as_of.unwrap().to_string(), "2024-02-01");
    assert_eq!(
        (told.cash.unwrap().to_string(), told.margin_debt.unwrap().to_string()),
        ("150.00".into(), "50.00".into())
    );
    let positions = told.positions.unwrap();
    assert_eq!(positions.len(), 1, "two parts of the account hold one security");
    assert_eq!(
        (positions[0].quantity.to_string(), positions[0].market_value.unwrap().to_string()),
        ("4".into(), "198.00".into())
    );
    assert_eq!(
        (positions[0].symbol.as_deref(), positions[0].external_id.as_str()),
        (Some("AAPL"), "CUSIP:037833100")
    );
    // Money in several pots may be counted in more than one of them.
    let pots =
        held("<INVPOSLIST></INVPOSLIST><INVBAL><AVAILCASH>200<MARGINBALANCE>7<SHORTBALANCE>0</INVBAL>");
    assert_eq!((pots.cash, pots.positions), (None, Some(Vec::new())));
}

#[test]
fn a_second_currency_is_kept_apart() {
    let row = one(&format!(
        "<INCOME>{}{APPLE}<INCOMETYPE>DIV<TOTAL>5<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY></INCOME>",
        tran("1")
    ));
    assert_eq!(row.currency.unwrap().as_str(), "EUR");
    assert_eq!(row.details.exchange.as_ref().unwrap().rate.unwrap().to_string(), "1.1");
    let none = one(&format!("<INCOME>{}{APPLE}<TOTAL>5<CURRENCY><CURSYM>E?</CURRENCY></INCOME>", tran("1")));
    assert_eq!(none.details.flags, [TransactionFlag::CurrencyUnknown]);
}
