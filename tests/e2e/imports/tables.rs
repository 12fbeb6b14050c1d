//! Tables: the same rows again, and the same account by two formats.

use dashtam_tests::{Engine, User, api::send, figures::sum};
use serde_json::Value;

use crate::engines::{on_both_engines, shared};

on_both_engines!(a_table_sent_again_adds_nothing, a_table_meets_a_statement_of_the_same_account);

/// An export of Chase's with rows of these places, the newest first.
fn chase(places: std::ops::Range<u32>) -> Vec<u8> {
    let mut file = String::from("Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\r\n");
    for place in places.rev() {
        let (month, day) = (place / 28 % 12 + 1, place % 28 + 1);
        // Every third row is the coffee of the row before once more.
        let name = if place % 3 == 2 { place - 1 } else { place };
        let day = if place % 3 == 2 && day > 1 { day - 1 } else { day };
        file += &format!("DEBIT,{month:02}/{day:02}/2026,\"COFFEE, {name}\",-4.50,DEBIT_CARD,,,\r\n");
    }
    file.into_bytes()
}

async fn a_table_sent_again_adds_nothing(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let refused = user.api.upload("Chase1234_Activity.CSV", &chase(0..300)).await;
    assert!(refused.problem()["type"].as_str().unwrap().ends_with("/errors/account-needed"));
    let first = user.api.upload_to("new", "Chase1234_Activity.CSV", &chase(0..300)).await.expect(201);
    assert_eq!((&first["format"], &first["rows"]["taken"]), (&"csv".into(), &300.into()), "{first}");
    let (accounts, before) = super::ledger(&user).await;
    assert_eq!((&accounts[0]["currency"], &accounts[0]["account_type"]), (&"USD".into(), &"checking".into()));
    let account = accounts[0]["id"].as_str().unwrap().to_owned();

    let again = user.api.upload_to(&account, "again.csv", &chase(0..300)).await.expect(201);
    assert_eq!((&again["rows"]["taken"], &again["rows"]["known"]), (&0.into(), &300.into()), "{again}");
    assert_eq!(super::ledger(&user).await.1, before);

    let later = user.api.upload_to(&account, "later.csv", &chase(150..400)).await.expect(201);
    assert_eq!((&later["rows"]["taken"], &later["rows"]["known"]), (&100.into(), &150.into()), "{later}");
    assert_eq!(sum(&super::ledger(&user).await.1), "-1800.00".parse().unwrap());

    let undo = format!("/api/v1/imports/{}", later["id"].as_str().unwrap());
    let undone: Value = send(user.api.request("DELETE", &undo)).await.expect(200);
    assert_eq!(undone["status"], "undone");
    assert_eq!(super::ledger(&user).await.1, before);
}

async fn a_table_meets_a_statement_of_the_same_account(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let statement = dashtam_tests::statement::ofx(
        "111",
        &[dashtam_tests::statement::Row {
            id: "F1".to_owned(),
            day: "20260304".to_owned(),
            cents: -1_234,
            name: "COFFEE BAR".to_owned(),
        }],
        100,
        "20260331",
    );
    user.api.upload("a.ofx", &statement).await.expect(201);
    let account = super::ledger(&user).await.0[0]["id"].as_str().unwrap().to_owned();
    let table = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n\
                 DEBIT,03/05/2026,TEA ROOM,-2.00,DEBIT_CARD,,,\nDEBIT,03/04/2026,COFFEE BAR,-12.34,DEBIT_CARD,,,\n";
    let import = user.api.upload_to(&account, "chase.csv", table.as_bytes()).await.expect(201);
    assert_eq!(import["rows"]["taken"], 2, "{import}");
    let proposed = user.api.all("/api/v1/reconciliations").await;
    assert_eq!(proposed.len(), 1, "the row that both formats tell is proposed as one: {proposed:?}");
}
