//! One small file of each known layout, and what it has to come to.

use dashtam_domain::ledger::statement::{
    LayoutOrigin, StatementEvent, StatementHints, StatementLayout, StatementReader, StatementRow,
};

use super::CsvReader;

/// What of a file is told: its layout, and its events in few words.
fn read(file_name: &str, file: &[u8]) -> (StatementLayout, Vec<String>) {
    let hints = StatementHints { file_name: Some(file_name.to_owned()), ..StatementHints::default() };
    let head = &file[..file.len().min(4096)];
    assert!(CsvReader.recognises(head), "{file_name}");
    let open = CsvReader.open(file, &hints).unwrap_or_else(|error| panic!("{file_name}: {error:?}"));
    (open.layout.unwrap(), open.events.filter_map(|event| told(&event)).collect())
}

fn told(event: &StatementEvent) -> Option<String> {
    Some(match event {
        StatementEvent::Account(account) => format!(
            "account {} {} {}",
            account.number.as_deref().or(account.name.as_deref()).unwrap_or("-"),
            account.kind.as_str(),
            account.currency.map_or("-".to_owned(), |currency| currency.to_string())
        ),
        StatementEvent::Row(row) => told_row(row),
        StatementEvent::Balance(balance) => {
            format!(
                "balance {} {}",
                balance.as_of.map_or_else(String::new, |day| day.to_string()),
                balance.amount
            )
        }
        StatementEvent::Refused(problem) => format!("refused {} {}", problem.line, problem.reason),
        StatementEvent::Note(_) | StatementEvent::Holdings(_) | StatementEvent::Terms(_) => return None,
    })
}

fn told_row(row: &StatementRow) -> String {
    let legs: String = row
        .details
        .legs
        .iter()
        .map(|leg| {
            let number =
                |of: Option<dashtam_domain::money::Decimal>| of.map_or("-".to_owned(), |of| of.to_string());
            let symbol = leg.symbol.as_deref().unwrap_or("-");
            let (quantity, price, amount) = (number(leg.quantity), number(leg.price), number(leg.amount));
            format!(" [{} {symbol} {quantity} @ {price} = {amount}]", leg.kind.as_str())
        })
        .collect();
    let currency = row.currency.map_or_else(String::new, |currency| format!(" {currency}"));
    let id = row.source_id.as_deref().map_or_else(String::new, |id| format!(" #{id}"));
    let memo = row.memo.as_deref().map_or_else(String::new, |memo| format!(" ({memo})"));
    let name = row.name.as_deref().unwrap_or("-");
    format!("{} {}{currency} {name}{memo}{id}{legs}", row.day, row.amount)
}

/// Reads a file of a known layout.
fn check(key: &str, file_name: &str, file: &str, expected: &[&str]) {
    check_bytes(key, file_name, file.as_bytes(), expected);
    let windows = file.replace('\n', "\r\n");
    check_bytes(key, file_name, windows.as_bytes(), expected);
}

fn check_bytes(key: &str, file_name: &str, file: &[u8], expected: &[&str]) {
    let (layout, told) = read(file_name, file);
    assert_eq!((layout.profile.key.as_str(), layout.origin), (key, LayoutOrigin::BuiltIn), "{file_name}");
    assert!(layout.confidence >= 60, "{key}: {}", layout.confidence);
    assert_eq!(told, expected, "{key}");
    if let Some(check) = layout.balances {
        assert_eq!(check.wrong, 0, "{key}");
    }
}

#[test]
fn chase() {
    check(
        "chase-account",
        "Chase1234_Activity.CSV",
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n\
         DEBIT,03/05/2026,\"PENDING SHOP\",-5.00,DEBIT_CARD, ,,\n\
         DEBIT,03/04/2026,\"COFFEE, BAR\",-4.50,DEBIT_CARD,995.50,,\n\
         CHECK,03/02/2026,CHECK 101,-100.00,CHECK_PAID,1000.00,101,\n\
         CREDIT,03/01/2026,PAYROLL,1100.00,ACH_CREDIT,1100.00,,\n",
        &[
            "account - checking USD",
            "2026-03-01 1100.00 PAYROLL",
            "2026-03-02 -100.00 CHECK 101",
            "2026-03-04 -4.50 COFFEE, BAR",
            "2026-03-05 -5.00 PENDING SHOP",
            "balance 2026-03-04 995.50",
        ],
    );
    check(
        "chase-card",
        "card.csv",
        "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n\
         03/04/2026,03/05/2026,SHOP,Groceries,Sale,-12.34,\n\
         03/01/2026,03/01/2026,Payment Thank You,,Payment,50.00,\n",
        &["account - credit_card USD", "2026-03-01 50.00 Payment Thank You", "2026-03-05 -12.34 SHOP"],
    );
}

#[test]
fn american_express_has_positive_spending() {
    check(
        "amex",
        "activity.csv",
        "Date,Description,Card Member,Account #,Amount,Extended Details,Appears On Your Statement As,Address,City/State,\
         Zip Code,Country,Reference,Category\n\
         03/15/2026,SHOP,A B,-12345,12.00,\"SHOP\nROAD 1 \"\"X\"\"\",SHOP,,,,,'320260740000000001',Shopping\n\
         03/01/2026,PAYMENT,A B,-12345,-40.00,,,,,,,'320260600000000002',\n",
        &[
            "account - credit_card -",
            "2026-03-01 40.00 PAYMENT #320260600000000002",
            "2026-03-15 -12.00 SHOP (SHOP\nROAD 1 \"X\") #320260740000000001",
        ],
    );
    check(
        "amex-short",
        "activity (1).csv",
        "Date,Description,Amount\n31/12/2025,SHOP,12.00\n01/12/2025,CAFE,3.00\n",
        &["account - credit_card -", "2025-12-01 -3.00 CAFE", "2025-12-31 -12.00 SHOP"],
    );
}

#[test]
fn bank_of_america() {
    check(
        "bank-of-america",
        "stmt.csv",
        "Description,,Summary Amt.\nBeginning balance as of 03/01/2026,,\"1,000.00\"\nTotal credits,,\"0.00\"\n\
         Total debits,,\"-1,200.00\"\nEnding balance as of 03/31/2026,,\"-200.00\"\n\n\
         Date,Description,Amount,Running Bal.\n03/01/2026,Beginning balance as of 03/01/2026,,\"1,000.00\"\n\
         03/02/2026,\"RENT \"\"MARCH\"\"\",\"-1,200.00\",\"-200.00\"\n",
        &["account - checking USD", "2026-03-02 -1200.00 RENT \"MARCH\"", "balance 2026-03-02 -200.00"],
    );
    check(
        "bank-of-america-card",
        "March2026_1234.csv",
        "Posted Date,Reference Number,Payee,Address,Amount\n03/02/2026,24692160000001,\"SHOP\",\"NEW YORK NY \",-9.99\n",
        &["account - credit_card USD", "2026-03-02 -9.99 SHOP (NEW YORK NY) #24692160000001"],
    );
}

#[test]
fn two_columns() {
    check(
        "capital-one",
        "2026-03-31_transaction_download.csv",
        "Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit\n\
         2026-03-04,2026-03-05,1234,SHOP,Dining,20.00,\n2026-03-01,2026-03-02,1234,PAYMENT,Payment/Credit,,50.00\n\n",
        &["account - credit_card USD", "2026-03-02 50.00 PAYMENT", "2026-03-05 -20.00 SHOP"],
    );
    check(
        "citi",
        "citi.csv",
        "Status,Date,Description,Debit,Credit\nPending,03/09/2026,\"NOT YET\",1.00,\n\
         Cleared,03/08/2026,\"SHOP\",15.00,\nCleared,03/07/2026,\"PAYMENT\",,-30.00\n",
        &["account - credit_card USD", "2026-03-07 30.00 PAYMENT", "2026-03-08 -15.00 SHOP"],
    );
    check(
        "discover",
        "Discover-Last12Months.csv",
        "Trans. Date,Post Date,Description,Amount,Category\n03/01/2026,03/02/2026,\"SHOP\",15.00,\"Merchandise\"\n",
        &["account - credit_card USD", "2026-03-02 -15.00 SHOP"],
    );
}

#[test]
fn wells_fargo_has_no_header() {
    check(
        "wells-fargo",
        "Checking1.csv",
        "\"03/05/2026\",\"-5.00\",\"*\",\"\",\"SHOP\"\n\"03/04/2026\",\"-7.00\",\"*\",\"1001\",\"CHECK\"\n",
        &["account - checking USD", "2026-03-04 -7.00 CHECK", "2026-03-05 -5.00 SHOP"],
    );
}

#[test]
fn wise_revolut_n26_and_monzo() {
    check(
        "wise",
        "statement_1_EUR.csv",
        "\"TransferWise ID\",Date,Amount,Currency,Description,\"Payment Reference\",\"Running Balance\",\"Exchange From\",\
         \"Exchange To\",\"Exchange Rate\",\"Payer Name\",\"Payee Name\",\"Payee Account Number\",Merchant,\
         \"Card Last Four Digits\",\"Card Holder Full Name\",Attachment,Note,\"Total fees\",\"Exchange To Amount\"\n\
         CARD-2,05-03-2026,-10.50,EUR,\"Card transaction\",,89.50,,,,,,,Cafe,1234,A B,,,0.50,\n\
         TRANSFER-1,04-03-2026,100.00,EUR,\"Received money\",REF,100.00,,,,A B,,,,,,,,0.00,\n",
        &[
            "account - checking EUR",
            "2026-03-04 100.00 A B (Received money) #TRANSFER-1",
            "2026-03-05 -10.50 Cafe (Card transaction) #CARD-2",
            "balance 2026-03-05 89.50",
        ],
    );
    check(
        "revolut",
        "account-statement_2026.csv",
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n\
         TOPUP,Current,2026-03-01 10:00:00,2026-03-01 10:00:01,Top-Up,100.00,0.00,EUR,COMPLETED,100.00\n\
         TRANSFER,Current,2026-03-02 10:00:00,2026-03-03 11:00:00,To A,-50.00,2.00,EUR,COMPLETED,48.00\n\
         CARD_PAYMENT,Current,2026-03-04 10:00:00,,Shop,-3.00,0.00,EUR,PENDING,\n\
         CARD_PAYMENT,Current,2026-03-04 11:00:00,,Taken back,-9.00,0.00,EUR,REVERTED,\n",
        &[
            "account - checking EUR",
            "2026-03-01 100.00 Top-Up",
            "2026-03-03 -52.00 To A",
            "balance 2026-03-03 48.00",
        ],
    );
    check(
        "n26",
        "n26-csv-transactions.csv",
        "\"Booking Date\",\"Value Date\",\"Partner Name\",\"Partner Iban\",Type,\"Payment Reference\",\"Account Name\",\
         \"Amount (EUR)\",\"Original Amount\",\"Original Currency\",\"Exchange Rate\"\n\
         2026-03-01,2026-03-01,\"Käse & Co\",DE89370400440532013000,\"Debit Transfer\",\"March\",\"Main\",-25.9,,,\n\
         2026-03-02,2026-03-02,Shop,,Presentment,,\"Main\",-9.1,-10,USD,0.91\n",
        &["account - checking EUR", "2026-03-01 -25.9 Käse & Co (March)", "2026-03-02 -9.1 Shop"],
    );
    check(
        "dashtam",
        "dashtam-transactions-2026-03-31.csv",
        "id,account_id,account_name,institution,day,posted_at,amount,currency,status,kind,description,merchant,memo,\
         check_number,category,category_by,tags,note,hidden,transfer_id,symbol,quantity,price,fees,source,source_id,\
         import_id,created_at,updated_at\r\n\
         01,02,Giro,Bank,2026-03-01,,-3.20,EUR,posted,point_of_sale,Cafe,,Lunch,,food.coffee,user,trip,,false,,,,,,file,\
         tx_1,,2026-03-01T10:00:00Z,2026-03-01T10:00:00Z\r\n\
         02,02,Giro,Bank,2026-03-02,,-9.00,EUR,pending,debit,Not yet,,,,,,,,false,,,,,,file,tx_2,,,\r\n",
        &["account - other EUR", "2026-03-01 -3.20 Cafe (Lunch) #tx_1"],
    );
    check(
        "monzo",
        "MonzoDataExport.csv",
        "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,Notes and #tags,\
         Address,Receipt,Description,Category split,Money Out,Money In\n\
         tx_1,01/03/2026,10:00:00,Card payment,Cafe,☕,Eating out,-3.20,GBP,-4.00,EUR,Lunch,,,CAFE,,-3.20,\n\
         tx_2,13/03/2026,10:00:00,Faster payment,A B,,Income,50.00,GBP,50.00,GBP,,,,REF,,,50.00\n",
        &[
            "account - checking GBP",
            "2026-03-01 -3.20 Cafe (Lunch) #tx_1",
            "2026-03-13 50.00 A B (REF) #tx_2",
        ],
    );
}

#[test]
fn brokers_tell_units_prices_and_fees() {
    check(
        "fidelity",
        "History_for_Account_X1.csv",
        "\n\nRun Date,Action,Symbol,Description,Type,Price ($),Quantity,Commission ($),Fees ($),Accrued Interest ($),\
         Amount ($),Cash Balance ($),Settlement Date\n\
         03/04/2026,\"YOU SOLD ACME\",ACME,\"ACME INC\",Cash,50,-2,,0.05,,99.95,599.95,03/06/2026\n\
         03/02/2026,\"DIVIDEND RECEIVED ACME\",ACME,\"ACME INC\",Cash,,0,,,,7.5,500,\n\n\
         \"The data and information in this spreadsheet is provided to you solely for your use\"\n\
         \"Date downloaded 03/05/2026 1:02 pm\"\n",
        &[
            "account - brokerage USD",
            "2026-03-02 7.5 DIVIDEND RECEIVED ACME [cash ACME - @ - = 7.5]",
            "2026-03-04 99.95 YOU SOLD ACME [security ACME -2 @ 50 = 100.00] [fee - - @ - = -0.05]",
        ],
    );
    check(
        "schwab",
        "Individual_Transactions.csv",
        "\"Transactions  for account Individual ...123 as of 03/09/2026\"\n\
         \"Date\",\"Action\",\"Symbol\",\"Description\",\"Quantity\",\"Price\",\"Fees & Comm\",\"Amount\"\n\
         \"03/06/2026\",\"Sell\",\"ACME\",\"ACME INC\",\"1,000\",\"$2.50\",\"$0.02\",\"$2,499.98\"\n\
         \"03/05/2026 as of 03/04/2026\",\"Bank Interest\",\"\",\"BANK INT\",\"\",\"\",\"\",\"$0.10\"\n\
         \"03/03/2026\",\"Buy\",\"ACME\",\"ACME INC\",\"1,000\",\"$2.00\",\"\",\"-$2,000.00\"\n\
         Transactions Total,\"\",\"\",\"\",\"\",\"\",\"\",\"$500.08\"\n",
        &[
            "account - brokerage USD",
            "2026-03-03 -2000.00 Buy (ACME INC) [security ACME 1000 @ 2.00 = -2000.00]",
            "2026-03-05 0.10 Bank Interest (BANK INT)",
            "2026-03-06 2499.98 Sell (ACME INC) [security ACME -1000 @ 2.50 = 2500.00] [fee - - @ - = -0.02]",
        ],
    );
    check(
        "vanguard",
        "ofxdownload.csv",
        "Account Number,Investment Name,Symbol,Shares,Share Price,Total Value,\n12345678,FUND,VFUND,10.5,100,1050,\n\n\n\n\
         Account Number,Trade Date,Settlement Date,Transaction Type,Transaction Description,Investment Name,Symbol,Shares,\
         Share Price,Principal Amount,Commission Fees,Net Amount,Accrued Interest,Account Type,\n\
         12345678,03/02/2026,03/03/2026,Buy,Buy,FUND,VFUND,10.5,100.0,-1050.00,0.0,-1050.0,0.0,CASH,\n\
         87654321,03/04/2026,03/04/2026,Dividend,Dividend Received,FUND,VFUND,0.0,1.0,12.5,0.0,12.5,0.0,CASH,\n",
        &[
            "account 12345678 brokerage USD",
            "2026-03-02 -1050.0 Buy [security VFUND 10.5 @ 100.0 = -1050.0]",
            "account 87654321 brokerage USD",
            "2026-03-04 12.5 Dividend Received [cash VFUND - @ 1.0 = 12.5]",
        ],
    );
}

#[test]
fn programs_of_many_accounts() {
    check(
        "ynab",
        "My Budget - Register.csv",
        "\u{feff}\"Account\",\"Flag\",\"Date\",\"Payee\",\"Category Group/Category\",\"Category Group\",\"Category\",\"Memo\",\
         \"Outflow\",\"Inflow\",\"Cleared\"\n\
         \"Checking\",\"\",\"03/21/2026\",\"Transfer : Card\",\"\",\"\",\"\",\"\",$50.00,$0.00,\"Cleared\"\n\
         \"Card\",\"\",\"03/21/2026\",\"Transfer : Checking\",\"\",\"\",\"\",\"\",$0.00,$50.00,\"Cleared\"\n\
         \"Checking\",\"\",\"03/01/2026\",\"Shop\",\"Food: Out\",\"Food\",\"Out\",\"x\",\"$1,000.00\",$0.00,\"Uncleared\"\n",
        &[
            "account Checking other USD",
            "2026-03-01 -1000.00 Shop (x)",
            "2026-03-21 -50.00 Transfer : Card",
            "account Card other USD",
            "2026-03-21 50.00 Transfer : Checking",
        ],
    );
    check(
        "mint",
        "transactions.csv",
        "\"Date\",\"Description\",\"Original Description\",\"Amount\",\"Transaction Type\",\"Category\",\"Account Name\",\
         \"Labels\",\"Notes\"\n\
         \"3/05/2026\",\"Shop\",\"SHOP 1\",\"12.00\",\"debit\",\"Food\",\"CREDIT CARD\",\"\",\"\"\n\
         \"3/01/2026\",\"Pay\",\"PAYROLL\",\"900.00\",\"credit\",\"Paycheck\",\"CHECKING\",\"\",\"\"\n",
        &[
            "account CREDIT CARD other USD",
            "2026-03-05 -12.00 Shop",
            "account CHECKING other USD",
            "2026-03-01 900.00 Pay",
        ],
    );
}

#[test]
fn continental_banks() {
    check(
        "ing-nl",
        "NL01INGB0000000001.csv",
        "\"Datum\";\"Naam / Omschrijving\";\"Rekening\";\"Tegenrekening\";\"Code\";\"Af Bij\";\"Bedrag (EUR)\";\
         \"Mutatiesoort\";\"Mededelingen\";\"Saldo na mutatie\";\"Tag\"\n\
         \"20260305\";\"Winkel\";\"NL01INGB0000000001\";\"\";\"BA\";\"Af\";\"1.012,50\";\"Betaalautomaat\";\"Pas 1\";\"87,50\";\"\"\n\
         \"20260304\";\"Werk\";\"NL01INGB0000000001\";\"NL02RABO0000000002\";\"OV\";\"Bij\";\"1.100,00\";\"Overschrijving\";\"\";\"1.100,00\";\"\"\n",
        &[
            "account NL01INGB0000000001 checking EUR",
            "2026-03-04 1100.00 Werk",
            "2026-03-05 -1012.50 Winkel (Pas 1)",
            "balance 2026-03-05 87.50",
        ],
    );
    let latin = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    check_bytes(
        "sparkasse",
        "20260331-1234567-umsatz.CSV",
        &latin(
            "\"Auftragskonto\";\"Buchungstag\";\"Valutadatum\";\"Buchungstext\";\"Verwendungszweck\";\"Glaeubiger ID\";\
             \"Beguenstigter/Zahlungspflichtiger\";\"Kontonummer/IBAN\";\"BIC (SWIFT-Code)\";\"Betrag\";\"Waehrung\";\"Info\"\n\
             \"DE12345678\";\"13.03.26\";\"13.03.26\";\"LASTSCHRIFT\";\"Gebühr März\";\"\";\"Müller\";\"DE89370400440532013000\";\"\";\"-1.234,56\";\"EUR\";\"Umsatz gebucht\"\n\
             \"DE12345678\";\"14.03.26\";\"14.03.26\";\"LASTSCHRIFT\";\"Später\";\"\";\"X\";\"\";\"\";\"-1,00\";\"EUR\";\"Umsatz vorgemerkt\"\n",
        ),
        &["account DE12345678 checking EUR", "2026-03-13 -1234.56 Müller (Gebühr März)"],
    );
    check_bytes(
        "deutsche-bank",
        "Transactions_1.csv",
        &latin(
            "Umsätze persönliches Konto;;;Kundennummer: 100\n\n01.03.2026 - 31.03.2026\nLetzter Kontostand;;;;1.000,00;EUR\n\
             Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;BIC;Kundenreferenz;\
             Mandatsreferenz;Gläubiger ID;Fremde Gebühren;Betrag;Abweichender Empfänger;Anzahl der Aufträge;\
             Anzahl der Schecks;Soll;Haben;Währung\n\
             01.03.2026;01.03.2026;SEPA-Überweisung;Vermieter;Miete;DE1;;;;;;;;;;-800,00;;EUR\n\
             02.03.2026;02.03.2026;Gehalt;Arbeit;Lohn;;;;;;;;;;;;2.000,00;EUR\n\
             Kontostand;31.03.2026;;;2.200,00;EUR\n",
        ),
        &[
            "account - checking EUR",
            "2026-03-01 -800.00 Vermieter (Miete)",
            "2026-03-02 2000.00 Arbeit (Lohn)",
        ],
    );
}
