//! What is exported is understood by programs of others.

use std::{collections::BTreeMap, fs};

use dashtam_tests::{Engine, User, figures::figure, python::told_by_python, samples};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::engines::shared;

/// ofxtools holds a file to the schema of the format; ofxparse takes what it finds, other letters than ASCII as references.
const SCRIPT: &str = "\
import io, json, sys
import ofxparse
from ofxtools.Parser import OFXTree
file = json.load(sys.stdin)['file'].encode()
tree = OFXTree()
tree.parse(io.BytesIO(file))
strict = {statement.account.acctid: [
    [row.fitid, row.dtposted.date().isoformat(), str(row.trnamt)] for row in statement.transactions
] for statement in tree.convert().statements}
loose = {account.account_id: [
    [row.id, row.date.date().isoformat(), str(row.amount)] for row in account.statement.transactions
] for account in ofxparse.OfxParser.parse(io.BytesIO(file.decode().encode('ascii', 'xmlcharrefreplace'))).accounts}
print(json.dumps({'ofxtools': strict, 'ofxparse': loose}))
";

/// The sums of days and how many rows they are of, by account.
type Sums = BTreeMap<String, BTreeMap<String, (usize, Decimal)>>;

/// The end of an account's number, which is the end of its id in every file.
fn ending(number: &str) -> String {
    let digits = number.replace('-', "");
    digits[digits.len() - 14..].to_owned()
}

fn sums<'a>(rows: impl Iterator<Item = (&'a str, &'a str, Decimal)>) -> Sums {
    let mut sums = Sums::new();
    for (account, day, amount) in rows {
        let day = sums.entry(ending(account)).or_default().entry(day.to_owned()).or_default();
        *day = (day.0 + 1, day.1 + amount);
    }
    sums
}

/// What one library read.
fn read(found: &Value) -> Sums {
    let rows = found.as_object().unwrap().iter().flat_map(|(account, rows)| {
        rows.as_array().unwrap().iter().map(move |row| {
            let text = |at: usize| row[at].as_str().unwrap();
            (account.as_str(), text(1), text(2).parse().unwrap())
        })
    });
    sums(rows)
}

#[tokio::test]
async fn two_libraries_of_others_read_the_sums_of_an_ofx_export() {
    let test = "two_libraries_of_others_read_the_sums_of_an_ofx_export";
    let server = shared!(Engine::Sqlite, test);
    let user = User::new(&server).await;
    let provider = user.link("rosa").await;
    user.sync_well(&provider).await;
    for folder in [samples::ofx(test), samples::cases(test)].into_iter().flatten() {
        for path in samples::files(&folder) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // What is no statement is refused; other tests say what.
            user.api.upload(&name, &fs::read(&path).unwrap()).await;
        }
    }
    let listed = user.api.all("/api/v1/transactions?status=posted").await;
    assert!(listed.len() > 100, "{} rows", listed.len());
    let expected = sums(listed.iter().map(|row| {
        let text = |name: &str| row[name].as_str().unwrap();
        (text("account_id"), text("date"), figure(&row["amount"]).unwrap())
    }));

    let file = user.api.get("/api/v1/exports?format=ofx&status=posted").await;
    assert_eq!(file.status, 200);
    let given = json!({"file": file.text()});
    let Some(found) = told_by_python("ofxtools and ofxparse", SCRIPT, &given) else { return };
    for library in ["ofxtools", "ofxparse"] {
        for (account, days) in read(&found[library]) {
            assert_eq!(Some(&days), expected.get(&account), "{library}: account {account}");
        }
        let accounts = |sums: &Sums| sums.keys().cloned().collect::<Vec<_>>();
        assert_eq!(accounts(&read(&found[library])), accounts(&expected), "{library}");
    }
}
