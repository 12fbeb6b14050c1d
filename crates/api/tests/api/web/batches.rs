//! Importing several files at once by the pages: one that cannot be used costs no other.

use super::{
    imports::{held, kept},
    location,
};
use crate::{browser::Browser, imports::STATEMENT, world::World};

const TABLE: &str = "Date,Description,Amount\n2026-01-02,Shop,-1.00\n2026-01-03,Rent,-700.00\n";

/// What the page of several files sends back, with the button that was pressed.
async fn press(ada: &Browser<'_>, page: &str, button: (&str, &str)) -> crate::world::Reply {
    let kept = kept(page);
    let fields = kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = fields.filter(|(name, _)| *name != "csrf").chain([button]).collect();
    ada.bring_all(&fields, &[]).await
}

async fn imports(ada: &Browser<'_>) -> usize {
    ada.get("/api/v1/imports").await.json()["items"].as_array().unwrap().len()
}

#[actix_web::test]
async fn several_files_are_looked_through_and_imported_each_by_itself() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let field = ada.look("/import").await.text();
    assert!(field.contains("type=\"file\" multiple") && field.contains("data-drop"), "{field}");
    let files = [("january.ofx", STATEMENT), ("<i>hello</i>.txt", "hello"), ("shops.csv", TABLE)];
    let look = ada.bring_all(&[("act", "look")], &files).await;
    let page = look.text();
    assert_eq!(look.status, 422, "{page}");
    for part in
        ["january.ofx", "2 new, a new account", "not a statement in a format", "does not say which account"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("&#60;i&#62;hello") && !page.contains("<i>hello"), "{page}");
    assert_eq!((held(&page, "files").as_str(), imports(&ada).await), ("3", 0));

    // Those that can be are imported, and the others are held still.
    let some = press(&ada, &page, ("act", "import")).await;
    let page = some.text();
    assert_eq!(some.status, 422, "{page}");
    assert!(page.contains(">Imported</span>") && page.contains("/imports/"), "{page}");
    assert_eq!((held(&page, "files").as_str(), imports(&ada).await), ("2", 1));
    assert!(!page.contains("value=\"import\""), "nothing of it can be imported as it is: {page}");

    // One of them alone is asked about like any file.
    let alone = press(&ada, &page, ("only", "1")).await;
    let page = alone.text();
    assert!(alone.status == 422 && page.contains("<h1>Import shops.csv</h1>"), "{page}");
    assert!(page.contains("does not say which account"), "{page}");
    let done = ada.go_on(&page, &[("account", "new"), ("act", "import")]).await;
    assert!(location(&done).ends_with("?said=imported"));
    assert_eq!(imports(&ada).await, 2);
}

#[actix_web::test]
async fn a_second_click_imports_no_file_again() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let files = [("january.ofx", STATEMENT), ("shops.csv", TABLE)];
    let page = ada.bring_all(&[("account", ""), ("act", "look")], &files[..1]).await.text();
    assert!(page.contains("Rows: 2 new."), "one file has its own page: {page}");

    let page = ada.bring_all(&[("act", "look")], &[files[0], files[0]]).await.text();
    for _ in 0..2 {
        let done = press(&ada, &page, ("act", "import")).await;
        assert_eq!(location(&done), "/import?said=files-imported");
    }
    assert_eq!(imports(&ada).await, 2, "each of the two once");
    let list = ada.look("/import?said=files-imported").await.text();
    assert!(list.contains("The files were imported."), "{list}");

    // At once, without a look, into a new account.
    let fields = [("account", "new"), ("act", "import")];
    let done = ada.bring_all(&fields, &[files[1], ("more.csv", &TABLE.replace("Shop", "Other"))]).await;
    assert_eq!(location(&done), "/import?said=files-imported");
    assert_eq!(imports(&ada).await, 4);
}

#[actix_web::test]
async fn what_is_too_much_at_once_is_told() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let large = format!("{TABLE}{}", "x".repeat(2 << 20));
    let together = ada.bring_all(&[("act", "look")], &[("a.ofx", STATEMENT), ("b.csv", &large)]).await;
    assert!(together.status == 422 && together.text().contains("2 MiB together"), "{}", together.text());
    let many = ada.bring_all(&[], &[("a.ofx", STATEMENT); 21]).await;
    assert!(many.status == 400 && many.text().contains("At most 20 files"), "{}", many.text());
    let huge = "x".repeat(17 << 20);
    let heavy = ada.bring_all(&[("act", "import")], &[("a.csv", &*huge), ("b.csv", &*huge)]).await;
    assert_eq!(heavy.status, 413);
    // What is not there is not asked for, whatever a form says.
    let forged = ada.bring_all(&[("files", "3"), ("act", "import")], &[]).await;
    assert!(forged.status == 422 && forged.text().contains("The file is empty."), "{}", forged.text());
    assert_eq!(imports(&ada).await, 0);
}
