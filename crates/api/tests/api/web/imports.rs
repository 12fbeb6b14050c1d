//! Importing a file by the pages: looking through it, saying what it does not say, importing, undoing.

use actix_web::{http::Method, test::TestRequest};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};

use super::{location, somebody};
use crate::{
    browser::Browser,
    imports::STATEMENT,
    world::{Reply, World},
};

const TABLE: &str = "x1;x2;x3\n03.02.2026;Rent;-700,00\n04.02.2026;<b>Shop</b>;-5,25\nnonsense;Row;x\n";

/// A form with files as a browser sends it.
pub(super) fn upload(request: TestRequest, fields: &[(&str, &str)], files: &[(&str, &str)]) -> TestRequest {
    let part = |name: &str, more: &str, value: &str| {
        format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n")
    };
    let mut body: String = fields.iter().map(|(name, value)| part(name, "", value)).collect();
    for (name, content) in files {
        body.push_str(&part("file", &format!("; filename=\"{name}\"\r\nContent-Type: text/csv"), content));
    }
    request
        .insert_header(("content-type", "multipart/form-data; boundary=xyz"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .set_payload(body + "--xyz--\r\n")
}

impl Browser<'_> {
    async fn bring(&self, fields: &[(&str, &str)], file: Option<(&str, &str)>) -> Reply {
        self.bring_all(fields, file.as_slice()).await
    }

    /// The same with several files.
    pub(super) async fn bring_all(&self, fields: &[(&str, &str)], files: &[(&str, &str)]) -> Reply {
        let fields = [&[("csrf", self.csrf.as_str())], fields].concat();
        self.world.visit(upload(self.request(Method::POST, "/import"), &fields, files)).await
    }

    /// Sends what a page holds and has chosen, with what is chosen now.
    pub(super) async fn go_on(&self, page: &str, chosen: &[(&str, &str)]) -> Reply {
        let kept = kept(page);
        let others = kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let others = others.filter(|(name, _)| *name != "csrf" && chosen.iter().all(|(of, _)| of != name));
        self.bring(&others.chain(chosen.iter().copied()).collect::<Vec<_>>(), None).await
    }
}

/// The fields of a page with their values: of a list to choose from what is chosen.
pub(super) fn kept(page: &str) -> Vec<(String, String)> {
    let read = |tag: &str, name: &str| {
        let value = tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0;
        Some(value.replace("&#34;", "\"").replace("&#38;", "&"))
    };
    let mut fields = Vec::new();
    for tag in page.split('<').filter_map(|rest| Some(rest.split_once('>')?.0)) {
        let (name, value) = (read(tag, "name"), read(tag, "value").unwrap_or_default());
        match tag.split(' ').next() {
            Some("input") => fields.extend(name.map(|name| (name, value))),
            Some("select") => fields.extend(name.map(|name| (name, String::new()))),
            Some("option") if tag.ends_with(" selected") => fields.last_mut().unwrap().1 = value,
            _ => {}
        }
    }
    fields
}

/// What a field of a page holds.
pub(super) fn held(page: &str, name: &str) -> String {
    let field = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let rest = page.split_once(&field).unwrap_or_else(|| panic!("{name} in {page}")).1;
    rest.split_once('"').unwrap().0.replace("&#34;", "\"")
}

#[actix_web::test]
async fn a_file_is_looked_through_imported_and_taken_back() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let look = ada.bring(&[("act", "look")], Some(("january.ofx", STATEMENT))).await;
    let page = look.text();
    assert_eq!(look.status, 200, "{page}");
    assert!(
        page.contains("Rows: 2 new.") && page.contains("New account") && page.contains("87.70\u{a0}USD"),
        "{page}"
    );
    assert!(page.contains("100.00\u{a0}USD in, \u{2212}12.30\u{a0}USD out"), "{page}");
    assert_eq!(ada.get("/api/v1/transactions").await.json()["items"].as_array().unwrap().len(), 0);

    let (content, once) = (held(&page, "content"), held(&page, "once"));
    assert_eq!(BASE64.decode(&content).unwrap(), STATEMENT.as_bytes());
    let whole =
        [("once", once.as_str()), ("name", "january.ofx"), ("content", content.as_str()), ("act", "import")];
    let done = ada.bring(&whole, None).await;
    let place = location(&done).to_owned();
    assert!(place.starts_with("/imports/") && place.ends_with("?said=imported"), "{place}");
    assert_eq!(location(&ada.bring(&whole, None).await), place, "a second click makes one import");
    let report = ada.look(&place).await.text();
    assert!(report.contains("2 new") && report.contains("The file was imported."), "{report}");
    assert_eq!(ada.get("/api/v1/imports").await.json()["items"].as_array().unwrap().len(), 1);

    let again = ada.bring(&[], Some(("january.ofx", STATEMENT))).await.text();
    assert!(again.contains("Rows: 2 already here.") && again.contains("A row with the same id"), "{again}");
    let undo = format!("{}/undo", place.split('?').next().unwrap());
    for _ in 0..2 {
        let undone = ada.send(&undo, &[]).await;
        assert!(location(&undone).ends_with("?said=import-undone"));
    }
    let report = ada.look(undo.trim_end_matches("/undo")).await.text();
    assert!(report.contains("2 rows are gone.") && !report.contains("Undo this import"), "{report}");
    assert!(ada.look("/import").await.text().contains("Undone"));
}

#[actix_web::test]
async fn what_a_table_does_not_say_a_person_says() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let asked = ada.bring(&[("act", "import")], Some(("<i>table</i>.csv", TABLE))).await;
    let page = asked.text();
    assert_eq!(asked.status, 422, "{page}");
    assert!(page.contains("not known here") && page.contains("<option value=\"2\">3: x3</option>"), "{page}");
    assert!(page.contains("&#60;i&#62;table") && !page.contains("<i>") && !page.contains("<b>"), "{page}");

    let content = held(&page, "content");
    let file = [("content", content.as_str()), ("name", "table.csv")];
    let columns = [("column-day", "0"), ("column-payee", "1"), ("column-amount", "2"), ("currency", "eur")];
    let dates = ada.bring(&[&file[..], &columns].concat(), None).await;
    assert!(dates.status == 422 && dates.text().contains("month or its day first"), "{}", dates.text());
    let profile = held(&dates.text(), "profile");
    let chosen = [("profile", profile.as_str()), ("date-order", "dmy")];
    // It is shown before it counts, whatever button was pressed.
    let account = ada.bring(&[&file[..], &chosen, &[("act", "import")]].concat(), None).await;
    let page = account.text();
    assert_eq!(account.status, 422, "{page}");
    assert!(page.contains("does not say which account") && page.contains("value=\"new\""), "{page}");
    let profile = held(&page, "profile");
    let chosen = [&file[..], &[("account", "new"), ("profile", profile.as_str())]].concat();
    let look = ada.bring(&chosen, None).await;
    let page = look.text();
    assert_eq!(look.status, 200, "{page}");
    assert!(page.contains("\u{2212}700.00\u{a0}EUR") && page.contains("3 Feb 2026"), "{page}");
    assert!(page.contains("read as you said") && !page.contains("<b>Shop"), "{page}");

    let (profile, layout) = (held(&page, "profile"), held(&page, "layout"));
    let shown = [("account", "new"), ("profile", profile.as_str()), ("layout", layout.as_str())];
    let swapped = [&file[..], &shown, &[("act", "import"), ("invert", "yes")]].concat();
    let page = ada.bring(&swapped, None).await;
    assert!(page.status == 200 && page.text().contains("705.25\u{a0}EUR in"), "{}", page.text());
    let done = ada.bring(&[&file[..], &shown, &[("act", "import")]].concat(), None).await;
    assert!(location(&done).ends_with("?said=imported"));
    assert_eq!(ada.get("/api/v1/transactions").await.json()["items"][0]["amount"], "-5.25");
}

#[actix_web::test]
async fn what_was_chosen_stays_chosen_and_is_imported() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let asked = ada.bring(&[("account", "new")], Some(("table.csv", TABLE))).await.text();
    let columns = [("column-day", "0"), ("column-payee", "1"), ("column-amount", "2")];
    let others = [("date-order", "dmy"), ("currency", "eur"), ("names", "yes"), ("act", "look")];
    let look = ada.go_on(&asked, &[&columns[..], &others].concat()).await;
    let page = look.text();
    assert_eq!(look.status, 200, "{page}");
    assert!(page.contains("<option value=\"2\" selected>3: x3</option>") && page.contains("700.00\u{a0}EUR"));
    let other = ada.go_on(&page, &[("column-payee", "none"), ("act", "import")]).await;
    assert!(other.status == 200 && !other.text().contains("Rent<span"), "it is shown: {}", other.text());
    let done = ada.go_on(&page, &[("act", "import")]).await;
    assert!(location(&done).ends_with("?said=imported"));
}

#[actix_web::test]
async fn a_file_without_columns_is_read_as_somebody_says() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let bring = |day: &str| {
        let file = format!("!Type:Bank\nD{day}\nT-5.00\nPShop\n^\n");
        let ada = &ada;
        async move { ada.bring(&[("account", "new")], Some(("shop.qif", &*file))).await }
    };
    let clear = bring("31/01/2026").await;
    assert!(clear.status == 200 && clear.text().contains("name=\"currency\""), "{}", clear.text());
    let asked = bring("01/02/2026").await;
    let page = asked.text();
    assert!(asked.status == 422 && page.contains("name=\"date-order\""), "{page}");
    assert!(!page.contains("name=\"column-day\"") && !page.contains("name=\"invert\""), "{page}");
    let chosen = [("date-order", "dmy"), ("currency", "eur"), ("act", "look")];
    let page = ada.go_on(&page, &chosen).await.text();
    assert!(page.contains("1 Feb 2026") && page.contains("5.00\u{a0}EUR"), "{page}");
    assert!(location(&ada.go_on(&page, &[("act", "import")]).await).ends_with("?said=imported"));
    let fixed = ada.bring(&[], Some(("january.ofx", STATEMENT))).await.text();
    assert!(!fixed.contains("How the file is read"), "{fixed}");
}

#[actix_web::test]
async fn of_a_large_file_a_person_is_told_how_to_go_on() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = &Browser::sign_in(&world, "ada@example.com").await;
    let import = |account: &'static str, table: &str| {
        let table = format!("{table}{}", "x".repeat(2 << 20));
        async move { ada.bring(&[("account", account), ("act", "import")], Some(("large.csv", &*table))).await }
    };
    let unclear = import("new", TABLE).await;
    let page = unclear.text();
    assert!(unclear.status == 422 && page.contains("not known here") && page.contains("split it"), "{page}");
    assert!(page.contains("<option value=\"new\" selected>"), "{page}");
    let needed = import("", "Date,Description,Amount\n2026-01-02,Shop,-1.00\n").await;
    let page = needed.text();
    assert!(needed.status == 422 && page.contains("does not say which account"), "{page}");
    assert!(page.contains("choose the file again") && !page.contains("account_id"), "{page}");
    let nobodys = import("no id", TABLE).await;
    assert!(nobodys.status == 422 && nobodys.text().contains("not there any more"), "{}", nobodys.text());
}

#[actix_web::test]
async fn files_that_cannot_be_used_say_why() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Shop").await;
    for (file, said) in [
        (None, "Choose a file first."),
        (Some(("a.txt", "hello")), "not a statement in a format"),
        (Some(("a.csv", " \n")), "The file is empty."),
    ] {
        let page = ada.bring(&[], file).await;
        assert!(page.status == 422 && page.text().contains(said), "{}", page.text());
    }
    let large = format!("{TABLE}{}", "x".repeat(2 << 20));
    let page = ada.bring(&[], Some(("large.csv", &large))).await;
    assert!(page.status == 422 && page.text().contains("import it at once"), "{}", page.text());
    let accounts = ada.get("/api/v1/accounts").await.json();
    let id = accounts["items"][0]["id"].as_str().unwrap();
    let page = ada.bring(&[("account", id)], Some(("january.ofx", STATEMENT))).await;
    assert_eq!(page.status, 200, "it is the account the file names: {}", page.text());
    let page = ada.bring(&[("account", "new")], Some(("january.ofx", STATEMENT))).await;
    assert!(page.status == 422 && page.text().contains("says itself which account"), "{}", page.text());
}

#[actix_web::test]
async fn no_file_is_taken_from_elsewhere() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let csrf = ada.csrf.as_str();
    let file = &[("january.ofx", STATEMENT)];
    let send = |fields: &[(&str, &str)]| upload(ada.request(Method::POST, "/import"), fields, file);
    for forged in [
        send(&[]),
        send(&[("csrf", "dsf_guess")]),
        send(&[("act", "import"), ("csrf", csrf)]),
        send(&[("csrf", csrf)]).insert_header(("sec-fetch-site", "cross-site")),
    ] {
        assert_eq!(world.visit(forged).await.status, 403);
    }
    let huge = "x".repeat(10 << 20);
    assert_eq!(world.visit(send(&[("csrf", &huge)])).await.status, 403);
    for csrf in [csrf, &huge] {
        let stranger = upload(TestRequest::post().uri("/import"), &[("csrf", csrf)], file);
        assert!(location(&world.visit(stranger).await).starts_with("/sign-in?next=%2Fimport"));
    }
    assert_eq!(ada.get("/api/v1/imports").await.json()["items"].as_array().unwrap().len(), 0);
}
