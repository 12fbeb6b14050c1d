//! Account numbers of statements, which nobody finds in what is stored.

use std::{fs, path::Path};

use dashtam_tests::{
    Place, Server, User,
    statement::{ofx, rows},
};

/// The account of the statement, and the one that a transfer goes to.
const NUMBERS: [&str; 2] = ["880012345678", "770087654321"];

/// The files below that hold one of the numbers.
fn holding(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path));
        } else if let Ok(bytes) = fs::read(&path)
            && NUMBERS.iter().any(|number| bytes.windows(number.len()).any(|part| part == number.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn account_numbers_are_nowhere_in_the_data_directory() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let file = String::from_utf8(ofx(NUMBERS[0], &rows(1, 30), 0, "20260831")).unwrap();
    let transfer =
        format!("<BANKACCTTO><BANKID>1<ACCTID>{}<ACCTTYPE>SAVINGS</BANKACCTTO></STMTTRN>", NUMBERS[1]);
    let file = file.replace("</STMTTRN>", &transfer);
    let name = format!("statement {}.ofx", NUMBERS[0]);
    let report = user.api.upload(&name, file.as_bytes()).await.expect(201);
    assert_eq!(
        (&report["rows"]["taken"], &report["file_name"]),
        (&30.into(), &"statement ****5678.ofx".into())
    );
    assert_eq!(user.api.all("/api/v1/accounts").await[0]["account_number_masked"], "****5678");
    let again = user.api.upload(&name, file.as_bytes()).await.expect(201);
    assert_eq!(again["rows"]["known"], 30);
    drop(server);
    let log_and_database = fs::read_dir(place.path()).unwrap().count();
    assert!(log_and_database > 1);
    assert_eq!(holding(place.path()), Vec::<String>::new());
}
