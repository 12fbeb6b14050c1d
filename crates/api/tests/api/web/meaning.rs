//! Pages about what the money means: decisions, spending and what comes back.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::{NOBODYS, location, somebody, things};
use crate::{browser::Browser, imports::STATEMENT, transfers::statement, world::World};

/// Imports a statement as this browser.
async fn import(ada: &Browser<'_>, statement: &str) {
    let boundary = "b";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.ofx\"\r\n\r\n{statement}\r\n--{boundary}--\r\n"
    );
    let request = ada
        .page(Method::POST, "/api/v1/imports")
        .insert_header(("content-type", format!("multipart/form-data; boundary={boundary}")))
        .set_payload(body);
    let reply = ada.world.send(request).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

/// How many forms of a page lead to this address.
fn forms(text: &str, action: &str) -> usize {
    text.matches(&format!("action=\"{action}")).count()
}

/// What stands between two texts of a page.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is in {text}"));
    rest.split_once(to).unwrap().0
}

#[actix_web::test]
async fn suggestions_are_shown_decided_and_undone() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let none = ada.look("/review").await.text();
    assert!(none.contains("Nothing to review") && !ada.look("/").await.text().contains("/review\""));
    let again = STATEMENT.replace("<FITID>A", "<FITID>B").replace("Coffee \"A\"", "Coffee");
    import(&ada, &again).await;
    assert!(ada.look("/").await.text().contains("2 suggestions"), "the overview names them");
    let page = ada.look("/review").await.text();
    assert!(page.contains("2 suggestions") && page.contains("Are these one transaction?"));
    assert!(page.contains("The same amount, the same day, the same words."), "{page}");
    assert_eq!(page.matches("\u{2212}12.30\u{a0}USD").count(), 2);
    let id = between(&page, "action=\"/review/", "/accept").to_owned();
    for _ in 0..2 {
        let done = ada.send(&format!("/review/{id}/accept"), &[]).await;
        assert_eq!(location(&done), format!("/review?said=matched&last={id}"), "and a second click");
    }
    let page = ada.look(&format!("/review?said=matched&last={id}")).await.text();
    assert!(page.contains("1 suggestion") && page.contains("Decided lately"));
    assert_eq!(forms(&page, &format!("/review/{id}/undo")), 1);
    let one = ada.look(&format!("/review/{id}")).await.text();
    assert!(one.contains("They are one transaction.") && forms(&one, &format!("/review/{id}/undo")) == 1);
    // What the two were, not what became of them.
    assert!(!one.contains(">differs<") && one.matches(">booked</td>").count() == 2, "{one}");
    let refused = ada.send(&format!("/review/{id}/reject"), &[]).await;
    assert!(refused.status == 409 && refused.text().contains(&format!("href=\"/review/{id}\"")));
    for _ in 0..2 {
        let undone = ada.send(&format!("/review/{id}/undo"), &[]).await;
        assert_eq!(location(&undone), "/review?said=match-undone");
    }
    let other = between(&page, "action=\"/review/", "/accept\"").rsplit('/').next().unwrap().to_owned();
    let open = ada.get("/api/v1/reconciliations?state=suggested").await.json();
    let other = if other == id { open["items"][0]["id"].as_str().unwrap().to_owned() } else { other };
    assert_eq!(location(&ada.send(&format!("/review/{other}/reject"), &[]).await), "/review?said=parted");
    assert!(ada.look("/review").await.text().contains("Nothing to review"));
    let rows = ada.get("/api/v1/transactions").await.json();
    assert_eq!(rows["items"].as_array().unwrap().len(), 4);
}

/// Beside the transactions that may be one.
#[actix_web::test]
async fn transfers_that_may_be_are_reviewed() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let savings = STATEMENT.replace("000123456789", "000999888777").replace("20260115", "20260117");
    import(&ada, &savings.replace("-12.30", "12.30").replace("Coffee \"A\"", "Alex")).await;
    assert!(ada.look("/").await.text().contains("1 suggestion"), "the overview names it");
    let page = ada.look("/review").await.text();
    assert!(page.contains("Did this money go from one of your accounts to another?"), "{page}");
    assert!(page.contains("\u{2212}12.30\u{a0}USD") && page.contains(">12.30\u{a0}USD<"), "{page}");
    let id = between(&page, "action=\"/review/", "/accept").to_owned();
    let done = ada.send(&format!("/review/{id}/accept"), &[]).await;
    assert_eq!(location(&done), format!("/review?said=transferred&last={id}"));
    let page = ada.look("/review").await.text();
    assert!(page.contains("Nothing to review") && page.contains("Decided lately"), "{page}");
    assert!(
        page.contains(&format!("href=\"/review/{id}\"")) && page.contains("<strong>A transfer<"),
        "{page}"
    );
    assert!(ada.look(&format!("/review/{id}")).await.text().contains("They are a transfer."));
    assert_eq!(location(&ada.send(&format!("/review/{id}/undo"), &[]).await), "/review?said=match-undone");
}

/// All transactions of a transfer are shown, and lead to where they are.
#[actix_web::test]
async fn a_payment_that_arrives_as_several_is_reviewed() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    import(&ada, &statement("000111", &[("A1", 10, "-600.00", "Epayment")])).await;
    let pieces = [
        ("B1", 10, "300.00", "Payment one"),
        ("B2", 11, "200.00", "Payment two"),
        ("B3", 12, "100.00", "Payment zero"),
    ];
    import(&ada, &statement("000222", &pieces)).await;
    let page = ada.look("/review").await.text();
    assert!(page.contains("another in several transactions?"), "{page}");
    assert!(page.contains("Amounts that add up exactly, within 2 days."), "{page}");
    for amount in ["\u{2212}600.00\u{a0}USD", "300.00\u{a0}USD", "200.00\u{a0}USD", "100.00\u{a0}USD"] {
        assert_eq!(page.matches(&format!(">{amount}<")).count(), 1, "{amount} {page}");
    }
    let all = ada.get("/api/v1/transactions").await.json();
    for row in all["items"].as_array().unwrap() {
        let place = format!("href=\"/transactions/{}\"", row["id"].as_str().unwrap());
        assert_eq!(page.matches(&place).count(), 1, "{page}");
    }
    let id = between(&page, "action=\"/review/", "/accept").to_owned();
    let done = ada.send(&format!("/review/{id}/accept"), &[]).await;
    assert_eq!(location(&done), format!("/review?said=transferred&last={id}"));
    let page = ada.look(&format!("/review/{id}")).await.text();
    assert!(page.contains("They are a transfer.") && page.contains("Together with:"), "{page}");
    assert_eq!(location(&ada.send(&format!("/review/{id}/undo"), &[]).await), "/review?said=match-undone");
}

/// What no category says, and what only pays a card.
#[actix_web::test]
async fn the_list_behind_a_sum_is_what_was_summed() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let day = world.options().sources.clock.now().day().0.format("%Y%m%d").to_string();
    let row = |id: &str, amount: &str, name: &str| {
        format!("<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{id}<NAME>{name}</STMTTRN>\r\n")
    };
    let rows = [
        row("B1", "-5.01", "Out"),
        row("B2", "6.02", "In"),
        row("B3", "-7.03", "Card"),
        row("B4", "-8.04", "Rate"),
    ];
    let (head, rest) = STATEMENT.split_once("<STMTTRN>").unwrap();
    let (_, tail) = rest.split_once("</BANKTRANLIST>").unwrap();
    import(&ada, &format!("{head}{}</BANKTRANLIST>{tail}", rows.concat())).await;
    let all = ada.get("/api/v1/transactions").await.json();
    for (text, category) in [("Card", "debt.credit_card"), ("Rate", "debt")] {
        let row = all["items"].as_array().unwrap().iter().find(|row| row["description"] == text).unwrap();
        let id = row["id"].as_str().unwrap();
        ada.send(&format!("/transactions/{id}/category"), &[("category", category)]).await;
    }
    let page = ada.look("/spending").await.text();
    for (key, of) in [("none", "\u{2212}5.01"), ("debt", "\u{2212}8.04")] {
        let place = between(&page, &format!("<a href=\"/transactions?category={key}&"), "\"");
        let place = place.trim_start_matches("#38;").replace("&#38;", "&");
        let list = ada.look(&format!("/transactions?category={key}&{place}")).await.text();
        let shown = ["5.01", "6.02", "7.03", "8.04"].map(|amount| list.contains(amount));
        assert_eq!(shown.iter().filter(|is_shown| **is_shown).count(), 1, "{list}");
        assert!(
            list.contains(&format!("{of}\u{a0}USD")) && list.contains("value=\"posted\" selected"),
            "{list}"
        );
    }
}

#[actix_web::test]
async fn spending_leads_to_its_transactions() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    assert!(ada.look("/spending").await.text().contains("Nothing was spent or earned"));
    let today = world.options().sources.clock.now().day().0;
    let statement = STATEMENT
        .replace("20260115", &today.format("%Y%m%d").to_string())
        .replace("20260116", &today.format("%Y%m%d").to_string());
    import(&ada, &statement).await;
    let (_, id) = things(&ada).await;
    let rows = ada.get("/api/v1/transactions").await.json();
    let is_coffee = |row: &&Value| row["amount"] == "-12.30";
    let coffee = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(is_coffee)
        .map_or(id, |row| row["id"].as_str().unwrap().to_owned());
    ada.send(&format!("/transactions/{coffee}/category"), &[("category", "food.coffee")]).await;
    let page = ada.look("/spending?period=3m").await.text();
    assert!(page.contains("class=\"bars\"") && page.contains(">Food and drink</a>"), "{page}");
    assert!(page.contains("12.30\u{a0}USD") && page.contains("+87.70\u{a0}USD"), "{page}");
    let place = between(&page, "<a href=\"/transactions?category=food", "\"").replace("&#38;", "&");
    let list = ada.look(&format!("/transactions?category=food{place}")).await.text();
    assert!(
        list.contains("\u{2212}12.30\u{a0}USD") && !list.contains("100.00\u{a0}USD"),
        "the group has its parts"
    );
    let month = today.format("%Y-%m");
    let page = ada.look(&format!("/spending?period=3m&month={month}")).await.text();
    assert!(page.contains("All months") && page.contains("100.0\u{a0}%"));
    for odd in ["month=2", "month=%3Cscript%3E", "period=%22"] {
        assert_eq!(ada.look(&format!("/spending?{odd}")).await.status, 200);
    }
    let overview = ada.look("/").await.text();
    assert!(overview.contains("Spending this month") && overview.contains(">Food and drink</a>"));
    let moved = ada.look("/transactions?moved=only").await.text();
    assert!(moved.contains("No transaction is like that"));
}

#[actix_web::test]
async fn what_comes_back_is_confirmed_dismissed_and_named() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    assert!(ada.look("/recurring").await.text().contains("was found yet"));
    let today = world.options().sources.clock.now().day();
    let row = |at: i64| {
        let day = today.plus_days(5 - 30 * (at + 1)).0.format("%Y%m%d").to_string();
        format!(
            "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>-9.99<FITID>S{at}<NAME><i>Stream</STMTTRN>\r\n"
        )
    };
    let rows: String = (0..5).map(row).collect();
    let statement =
        STATEMENT.replace("<BANKTRANLIST>", &format!("<BANKTRANLIST>{}", rows.replace("<i>", "&lt;i&gt;")));
    import(&ada, &statement).await;
    let page = ada.look("/recurring").await.text();
    assert!(page.contains("every month") && page.contains("\u{2212}119.88\u{a0}USD"), "{page}");
    assert!(page.contains("&#60;i&#62;Stream") && !page.contains("<i>"));
    let id = between(&page, "action=\"/recurring/", "/confirm\"").to_owned();
    assert!(ada.look("/").await.text().contains("Coming up"));
    let place = |verb: &str| format!("/recurring/{id}/{verb}");
    assert_eq!(location(&ada.send(&place("confirm"), &[]).await), "/recurring?said=confirmed");
    assert!(ada.look("/recurring").await.text().contains(">confirmed<"));
    let gone = ada.send(&place("dismiss"), &[]).await;
    let page = ada.look(location(&gone)).await.text();
    assert!(page.contains("None, as you said") && page.contains("It is one after all"));
    assert!(!ada.look("/").await.text().contains("Coming up"));
    assert_eq!(location(&ada.send(&place("confirm"), &[]).await), "/recurring?said=confirmed");
    let named = ada.send(&place("name"), &[("name", "Films & <b>music</b>")]).await;
    assert_eq!(location(&named), format!("/recurring/{id}?said=renamed"));
    let one = ada.look(&format!("/recurring/{id}")).await.text();
    assert!(one.contains("Films &#38; &#60;b&#62;music") && one.contains("5 times since"), "{one}");
    let long = ada.send(&place("name"), &[("name", &"x".repeat(201))]).await;
    assert!(long.status == 422 && long.text().contains("at most 200 characters"));
    assert!(long.text().contains(&"x".repeat(201)), "what was typed stays");
    ada.send(&place("name"), &[("name", "")]).await;
    let streams = ada.get("/api/v1/recurring").await.json();
    assert_eq!(streams["items"][0]["name"], json!("<i>Stream"));
    assert_eq!(ada.look(&format!("/recurring/{NOBODYS}")).await.status, 404);
}
