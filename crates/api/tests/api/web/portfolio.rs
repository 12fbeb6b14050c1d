//! The portfolio in pages: parts, positions, lots, gains and income, and why a figure is not there.

use actix_web::http::Method;
use dashtam_domain::time::Day;
use serde_json::json;

use super::{NOBODYS, imports::upload, location};
use crate::{benchmark::held, browser::Browser, portfolio::statement, world::World};

/// Somebody with an investment statement, and the id of the account.
async fn invested(world: &World) -> (Browser<'_>, String) {
    let user = world.user("ada@example.com").await;
    let today: Day = world.options().sources.clock.now().day();
    let import = world.send(user.upload("i.ofx", &statement(today), "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    let ada = Browser::sign_in(world, "ada@example.com").await;
    let account = ada.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    (ada, account)
}

/// What a page says, without its markup.
fn words(page: &str) -> String {
    let texts = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    texts.flat_map(str::split_ascii_whitespace).collect::<Vec<_>>().join(" ")
}

#[actix_web::test]
async fn without_investments_a_way_to_some_is_shown() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let page = ada.look("/portfolio").await.text();
    assert!(page.contains("No account that holds securities is known yet"), "{page}");
    assert!(page.contains("href=\"/link\"") && page.contains("href=\"/import\""));
    assert!(ada.look("/portfolio/gains").await.text().contains("Nothing was sold"));
    assert!(ada.look("/portfolio/income").await.text().contains("No dividends and no interest"));
    assert!(ada.look("/more").await.text().contains("href=\"/portfolio\""));
    assert!(!ada.look("/").await.text().contains("href=\"/portfolio\""), "nothing leads to nothing");
}

/// Of a file without positions nobody knows what is worth how much.
#[actix_web::test]
async fn what_nobody_told_a_value_of_is_unknown_and_no_nought() {
    let world = World::with_pages().await;
    let user = world.user("ada@example.com").await;
    let whole = statement(world.options().sources.clock.now().day());
    let (before, rest) = whole.split_once("<INVPOSLIST>").unwrap();
    let (_, behind) = rest.split_once("</INVPOSLIST>").unwrap();
    let import = world.send(user.upload("i.ofx", &format!("{before}{behind}"), "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let told = words(&ada.look("/portfolio").await.text());
    assert!(told.contains("What it is worth unknown No institution told what 1 position is worth"), "{told}");
    assert!(!told.contains(" 0.00"), "{told}");
}

#[actix_web::test]
async fn positions_have_their_gains_or_the_reason_why_not() {
    let world = World::with_pages().await;
    let (ada, account) = invested(&world).await;
    assert!(ada.look("/").await.text().contains("href=\"/portfolio\""));
    let page = ada.look("/portfolio").await.text();
    let told = words(&page);
    for part in [
        "2,380.00\u{a0}USD",
        "+300.00\u{a0}USD (+16.7\u{a0}%) not realised",
        "The gain of 1 position is unknown and not in it",
        "unknown, because the transactions begin later than the position",
        "Time-weighted unavailable, because nobody told what everything was worth",
        "Equity",
        "100.0\u{a0}%",
        "1 lot",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(page.contains("class=\"share\"") && page.contains("<summary>How the positions are reckoned"));
    assert!(page.contains("=1+1 &#60;img src=x&#62;") && !page.contains("<img"), "{page}");
    let by_security = ada.look("/portfolio?by=security&period=all").await.text();
    assert!(words(&by_security).contains("88.2\u{a0}%") && by_security.contains("period=all&#38;by=account"));
    let by_account = ada.look("/portfolio?by=account").await.text();
    assert!(by_account.contains(&format!("href=\"/accounts/{account}\"")), "{by_account}");
    for odd in ["by=%22%3E%3Cscript%3E", "period=2"] {
        assert_eq!(ada.look(&format!("/portfolio?{odd}")).await.text(), page, "{odd} is what is usual");
    }
}

#[actix_web::test]
async fn a_security_shows_its_lots_by_a_method() {
    let world = World::with_pages().await;
    let (ada, account) = invested(&world).await;
    let lots = ada.get("/api/v1/portfolio/lots").await.json();
    let id = |symbol: &str| {
        let lot = lots["items"].as_array().unwrap().iter().find(|lot| lot["symbol"] == symbol).unwrap();
        format!("/portfolio/securities/{}", lot["security_id"].as_str().unwrap())
    };
    let apple = ada.look(&id("AAPL")).await.text();
    let told = words(&apple);
    for part in
        ["CUSIP 037833100", "1,800.00\u{a0}USD", "+300.00\u{a0}USD", "What is gone", "more than a year"]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(apple.contains("href=\"/transactions/"), "lots lead to what they came with");
    // By average the units that are left cost as much as all of them did.
    let average = words(&ada.look(&format!("{}?method=average", id("AAPL"))).await.text());
    assert!(
        average.contains("1,600.20\u{a0}USD") && average.contains("at the average cost of all"),
        "{average}"
    );
    let odd = words(&ada.look(&id("ODD")).await.text());
    assert!(odd.contains("opening lot") && odd.contains("The institution holds more"), "{odd}");
    assert_eq!(ada.look(&format!("/portfolio/securities/{NOBODYS}")).await.status, 404);

    // The method of the account counts from then on.
    let form = format!("/accounts/{account}/lots");
    let chosen = ada.send(&form, &[("method", "average")]).await;
    assert_eq!(location(&chosen), format!("/accounts/{account}?said=lots#lots"));
    let page = ada.look(&format!("/accounts/{account}?said=lots")).await.text();
    assert!(page.contains("<option value=\"average\" selected>") && page.contains("reckoned by that method"));
    assert!(page.contains(&format!("href=\"{}#of-{account}\"", id("AAPL"))), "{page}");
    assert!(words(&ada.look(&id("AAPL")).await.text()).contains("1,600.20\u{a0}USD"));
    for wrong in ["dearest", "", "x"] {
        assert_eq!(ada.send(&form, &[("method", wrong)]).await.status, 422, "{wrong}");
    }
    ada.send(&form, &[("method", "fifo")]).await;
    let account = ada.get(&format!("/api/v1/accounts/{account}")).await.json();
    assert!(account["lot_method"] == "fifo" && account["corrections"].is_null(), "{account}");
}

#[actix_web::test]
async fn gains_and_income_lead_to_what_they_are_made_of() {
    let world = World::with_pages().await;
    let (ada, _) = invested(&world).await;
    let year = world.options().sources.clock.now().day().plus_days(-20).year();
    let page = ada.look(&format!("/portfolio/gains?year={year}")).await.text();
    let told = words(&page);
    for part in ["+2,197.00\u{a0}USD", "2 parts of lots", "the oldest first (FIFO)", "6,998.33\u{a0}USD"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let file = page.split("href=\"/api/v1/exports?kind=closings").nth(1).unwrap().split('"').next().unwrap();
    let file = format!("/api/v1/exports?kind=closings{}", file.replace("&#38;", "&"));
    assert_eq!(ada.get(&file).await.text().lines().count(), 3, "{file}");
    for odd in ["1", "-99999999999", "%3Cb%3E"] {
        assert_eq!(ada.look(&format!("/portfolio/gains?year={odd}")).await.status, 200, "{odd}");
    }
    let page = ada.look("/portfolio/income").await.text();
    let told = words(&page);
    for part in [
        "Dividends: 12.59\u{a0}USD",
        "Apple Inc",
        "If it comes again",
        "1 payment",
        "0.70\u{a0}%",
        "0.60\u{a0}%",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(page.contains("class=\"bars\"") && page.contains(">Transaction 1</a>"), "{page}");
    assert!(ada.look("/portfolio/income?period=5y").await.text().contains("Apple Inc"));
}

/// Whatever an account is called: where positions of it were told, or its transactions are of securities, its lots are reckoned,
/// and links and forms about them are there and have an effect.
#[actix_web::test]
async fn what_has_lots_has_them_on_every_page() {
    let world = World::with_pages().await;
    let (ada, account) = invested(&world).await;
    let user = world.sign_in("ada@example.com", "program").await;
    let path = format!("/api/v1/accounts/{account}");
    for kind in ["savings", "other", "brokerage"] {
        assert_eq!(user.patch(&path, json!({"account_type": kind})).await.status, 200);
        let lots = ada.get("/api/v1/portfolio/lots").await.json();
        assert_eq!(lots["items"].as_array().unwrap().len(), 2, "{kind}");
        let apple = lots["items"][0]["security_id"].as_str().unwrap().to_owned();
        let page = ada.look(&format!("/accounts/{account}")).await.text();
        assert!(page.contains("id=\"lots\"") && page.contains("name=\"method\""), "{kind}: {page}");
        let security = ada.look(&format!("/portfolio/securities/{apple}")).await.text();
        assert!(security.contains(&format!("/accounts/{account}#lots")), "{kind}");
        assert!(security.contains(&format!("id=\"of-{account}\"")), "{kind}");
        assert!(ada.look("/").await.text().contains("href=\"/portfolio\""), "{kind}");
    }
}

/// Positions of an account that is another one lead to where they are in the portfolio, and lots are chosen there.
#[actix_web::test]
async fn positions_of_a_linked_account_lead_to_those_of_its_primary_one() {
    let world = World::with_pages().await;
    let (ada, primary) = invested(&world).await;
    let user = world.sign_in("ada@example.com", "program").await;
    let other = statement(world.options().sources.clock.now().day()).replace("<ACCTID>I1", "<ACCTID>I2");
    assert_eq!(world.send(user.upload("other.ofx", &other, "c")).await.status, 201);
    let accounts = ada.get("/api/v1/accounts").await.json();
    let ids = accounts["items"].as_array().unwrap().iter().map(|of| of["id"].as_str().unwrap().to_owned());
    let linked = ids.into_iter().find(|id| *id != primary).unwrap();
    let path = format!("/api/v1/accounts/{linked}");
    assert_eq!(user.patch(&path, json!({"same_account_as": primary})).await.status, 200);
    let page = ada.look(&format!("/accounts/{linked}")).await.text();
    assert!(page.contains(&format!("#of-{primary}\"")) && !page.contains(&format!("#of-{linked}")), "{page}");
    assert!(!page.contains("id=\"lots\""), "{page}");
    assert_eq!(ada.send(&format!("/accounts/{linked}/lots"), &[("method", "lifo")]).await.status, 422);
}

#[actix_web::test]
async fn the_lots_of_a_sale_are_named_on_a_page() {
    let world = World::with_pages().await;
    let (ada, account) = invested(&world).await;
    ada.send(&format!("/accounts/{account}/lots"), &[("method", "specific")]).await;
    let closings = ada.get("/api/v1/portfolio/closings").await.json()["items"].clone();
    let sale = closings[0]["closed_by"].as_str().unwrap().to_owned();
    let [first, second] = [0, 1].map(|at: usize| closings[at]["opened_by"].as_str().unwrap().to_owned());
    let place = format!("/portfolio/closings/{sale}");
    let gains = ada.look("/portfolio/gains").await.text();
    assert!(gains.contains(&format!("href=\"{place}\"")), "{gains}");
    let page = ada.look(&place).await.text();
    let told = words(&page);
    for part in ["The lots of 120 units", "those that are named of it", "5,001.00\u{a0}USD", "Since"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let named = format!("units-{second}");
    assert!(page.contains(&format!("name=\"{named}\"")) && !page.contains("Name none"), "{page}");
    for (typed, why) in
        [("", "at least one lot"), ("x", "such as 12.5"), ("-1", "such as 12.5"), ("50.5", "has fewer units")]
    {
        let refused = ada.send(&place, &[(&named, typed)]).await;
        assert_eq!(refused.status, 422, "{typed}");
        assert!(refused.text().contains(why), "{typed}: {}", refused.text());
    }
    let saved = ada.send(&place, &[(&named, "50"), (&format!("units-{first}"), "")]).await;
    assert_eq!(location(&saved), format!("{place}?said=named"));
    let page = ada.look(&place).await.text();
    assert!(page.contains("value=\"50\"") && page.contains("Name none"), "{page}");
    let gain = async || ada.get("/api/v1/portfolio/gains").await.json()["items"][0]["total"].clone();
    let by_name = gain().await;
    let back = ada.send(&place, &[("forget", "yes")]).await;
    assert_eq!(location(&back), format!("{place}?said=unnamed"));
    assert_ne!(gain().await, by_name);
    assert_eq!(ada.look(&format!("/portfolio/closings/{NOBODYS}")).await.status, 404);
    assert_eq!(
        ada.look(&format!("/portfolio/closings/{first}")).await.status,
        404,
        "a purchase ends nothing"
    );
}

#[actix_web::test]
async fn targets_are_set_on_a_page_and_parts_say_how_far_they_are() {
    let world = World::with_pages().await;
    let (ada, _) = invested(&world).await;
    assert!(ada.look("/portfolio").await.text().contains("href=\"/portfolio/targets\""));
    let page = ada.look("/portfolio/targets").await.text();
    assert!(
        page.contains("name=\"percent-USD-equity\"") && page.contains("name=\"percent-USD-etf\""),
        "{page}"
    );
    let saved = ada
        .send(
            "/portfolio/targets",
            &[("by", "class"), ("percent-USD-equity", "60 %"), ("percent-USD-etf", "40")],
        )
        .await;
    assert_eq!(location(&saved), "/portfolio?by=class&said=targets#allocation");
    let told = words(&ada.look("/portfolio").await.text());
    assert!(told.contains("target 60.0\u{a0}%, 40.0 points above: 952.00\u{a0}USD"), "{told}");
    assert!(told.contains("target 40.0\u{a0}%, 40.0 points below: 952.00\u{a0}USD"), "{told}");
    // The targets of one side leave those of the others alone.
    let security = ada.get("/api/v1/portfolio/lots").await.json()["items"][0]["security_id"].clone();
    let field = format!("percent-USD-{}", security.as_str().unwrap());
    let form = [("by", "security"), (field.as_str(), "12.5")];
    assert_eq!(
        location(&ada.send("/portfolio/targets", &form).await),
        "/portfolio?by=security&said=targets#allocation"
    );
    let targets = ada.get("/api/v1/portfolio/targets").await.json();
    assert_eq!(targets["items"].as_array().unwrap().len(), 3, "{targets}");
    assert!(ada.look("/portfolio/targets").await.text().contains("value=\"60\""));
    for (typed, why) in
        [("x", "such as 12.5"), ("61", "must not come to more than 100"), ("-1", "more than 0")]
    {
        let form = [("by", "class"), ("percent-USD-equity", "40"), ("percent-USD-etf", typed)];
        let refused = ada.send("/portfolio/targets", &form).await;
        assert_eq!(refused.status, 422, "{typed}");
        assert!(refused.text().contains(why), "{typed}: {}", refused.text());
    }
    assert_eq!(ada.get("/api/v1/portfolio/targets").await.json(), targets);
}

/// A statement that tells 130 more positions.
pub(super) fn with_many(statement: &str) -> String {
    let held: String = (0..130)
        .map(|number| {
            format!(
                "<POSSTOCK><INVPOS><SECID><UNIQUEID>X{number:03}<UNIQUEIDTYPE>OWN</SECID><HELDINACCT>CASH\
                 <POSTYPE>LONG<UNITS>1<UNITPRICE>1<MKTVAL>1<DTPRICEASOF>20260101</INVPOS></POSSTOCK>"
            )
        })
        .collect();
    statement.replace("</INVPOSLIST>", &format!("{held}</INVPOSLIST>"))
}

/// Whoever holds many things sees all of them, page by page.
#[actix_web::test]
async fn long_lists_are_cut_into_pages() {
    let world = World::with_pages().await;
    let user = world.user("ada@example.com").await;
    let many = with_many(&statement(world.options().sources.clock.now().day()));
    let import = world.send(user.upload("i.ofx", &many, "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let rows = |page: &str| page.matches("data-label=\"Quantity\"").count();
    let first = ada.look("/portfolio").await.text();
    assert_eq!(rows(&first), 100);
    assert!(first.contains("1 to 100 of 132") && first.contains("rows=2#positions"), "{first}");
    let second = ada.look("/portfolio?period=1y&by=class&rows=2").await.text();
    assert_eq!(rows(&second), 32);
    assert!(second.contains("101 to 132 of 132") && second.contains("rows=1#positions"));
    let parts = ada.look("/portfolio?by=security").await.text();
    assert_eq!(parts.matches("class=\"share\"").count(), 100);
    assert!(parts.contains("parts=2#allocation"), "{parts}");
}

#[actix_web::test]
async fn a_security_is_set_beside_the_return() {
    let world = World::with_pages().await;
    let (_, security) = held(&world).await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let plain = ada.look("/portfolio").await.text();
    assert!(plain.contains("<select id=\"benchmark\" name=\"benchmark\">"), "{plain}");
    assert!(plain.contains(&format!("<option value=\"{security}\">Apple Inc (AAPL)</option>")), "{plain}");
    assert!(!words(&plain).contains("What its price did meanwhile"), "{plain}");
    let page = ada.look(&format!("/portfolio?period=1y&benchmark={security}")).await.text();
    let told = words(&page);
    for part in [
        "Time-weighted +6.67\u{a0}%",
        "Apple Inc +10.00\u{a0}% of less than a year, and not told for a year",
        "time-weighted, yours returned 3.33 points less",
        "110.00\u{a0}USD",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(page.contains(&format!("<option value=\"{security}\" selected>")), "{page}");
    let of_one = words(&ada.look(&format!("/portfolio/securities/{security}")).await.text());
    assert!(
        of_one.contains("Price 110.00\u{a0}USD for") && of_one.contains("told with a position"),
        "{of_one}"
    );
    let foreign = words(&ada.look("/portfolio?period=1y&in=eur").await.text());
    assert!(foreign.contains("Gain in EUR unavailable, because nobody told an exchange rate"), "{foreign}");
    let own = words(&ada.look("/portfolio?period=1y&in=USD").await.text());
    assert!(own.contains("+100.00\u{a0}USD of it by the investments"), "{own}");
    // Another period keeps it.
    assert!(page.contains(&format!("period=3m&#38;by=class&#38;benchmark={security}#returned")), "{page}");
    for odd in ["%3Cb%3E", NOBODYS, ""] {
        let found = ada.look(&format!("/portfolio?benchmark={odd}")).await.text();
        assert_eq!(found, plain, "{odd} is nothing to set beside it");
    }
}

#[actix_web::test]
async fn prices_are_brought_shown_and_removed_on_a_page() {
    let world = World::with_pages().await;
    let (ada, _) = invested(&world).await;
    assert!(ada.look("/portfolio").await.text().contains("href=\"/portfolio/prices\""));
    let bring = async |fields: &[(&str, &str)], table: &str| {
        let fields = [&[("csrf", ada.csrf.as_str())], fields].concat();
        let request = ada.request(Method::POST, "/portfolio/prices");
        world.visit(upload(request, &fields, &[("prices.csv", table)])).await
    };
    let table = "date,symbol,price,currency\n2025-01-02,IDX,5000,EUR\n2025-01-03,IDX,<b>,EUR\n";
    let look = bring(&[("act", "look"), ("source", "idx"), ("adds", "yes")], table).await;
    let page = words(&look.text());
    assert_eq!(look.status, 200, "{page}");
    assert!(page.contains("1 new, 0 changed, 0 known already, 1 refused."), "{page}");
    assert!(page.contains("5,000.00\u{a0}EUR on"), "{page}");
    assert!(page.contains("refused: the price is not a decimal number"), "{page}");
    assert_eq!(ada.get("/api/v1/portfolio/prices").await.json()["items"], json!([]), "it only looked");
    let taken = bring(&[("act", "import"), ("source", "idx"), ("adds", "yes")], table).await;
    assert_eq!(taken.status, 200);
    let page = words(&taken.text());
    assert!(
        page.contains("What was taken in") && page.contains("IDX") && page.contains("days old"),
        "{page}"
    );
    let again = bring(&[("act", "import"), ("source", "idx")], &table[..table.rfind("2025").unwrap()]).await;
    assert_eq!(location(&again), "/portfolio/prices?said=prices");
    // What has prices can stand beside the return.
    assert!(words(&ada.look("/portfolio").await.text()).contains("IDX"));
    for (fields, table) in
        [(&[("act", "import"), ("source", "")][..], "nothing"), (&[("source", "a")][..], "")]
    {
        assert_eq!(bring(fields, table).await.status, 422, "{table}");
    }
    let price = ada.get("/api/v1/portfolio/prices").await.json()["items"][0].clone();
    let security = price["security_id"].as_str().unwrap();
    let removed = ada.send("/portfolio/prices/remove", &[("source", "idx"), ("security", security)]).await;
    assert_eq!(location(&removed), "/portfolio/prices?said=prices-gone");
    assert_eq!(ada.get("/api/v1/portfolio/prices").await.json()["items"], json!([]));
}
