//! How the installation is: its work, its health, and mails that were given up.

use super::{ADA, between, id, root, rows};
use crate::{web::location, world::World};

const MAILS: &str = "/administration/mails";

#[actix_web::test]
async fn work_and_health_are_shown_without_telling_whose_they_are() {
    let world = World::with_pages().await;
    let root = root(&world).await;
    let none = root.look("/administration/work").await.text();
    assert!(
        none.contains("Nobody has connected an institution yet.") && none.contains("nothing waits"),
        "{none}"
    );
    let ada = world.user(ADA).await;
    ada.provider("My secret bank").await;
    world.dead_letter(&id(&ada), "550 no").await;
    let work = root.look("/administration/work").await.text();
    for part in
        ["Example Bank", "1 never linked", "Mails that were given up: 1.", "href=\"/administration/mails\""]
    {
        assert!(work.contains(part), "{part}: {work}");
    }
    assert!(!work.contains("My secret bank") && !work.contains(ADA), "{work}");

    let health = root.look("/administration/health").await.text();
    for part in ["Something does not work", ">All right</span>", ">Does not work</span>", "look at mail.host"]
    {
        assert!(health.contains(part), "{part}: {health}");
    }
    assert!(health.contains("&#60;b onload=x&#62;mail.example"), "{health}");
    let navigation = between(&health, "aria-label=\"Administration\"", "</nav>");
    assert!(navigation.contains("href=\"/administration/health\" aria-current=\"page\""), "{navigation}");
}

#[actix_web::test]
async fn mails_that_were_given_up_are_sent_again_or_removed_once() {
    let world = World::with_pages().await;
    let root = root(&world).await;
    assert!(root.look(MAILS).await.text().contains("No mail was given up."));
    let ada = id(&world.user(ADA).await);
    let again = world.dead_letter(&ada, "550 mailbox full").await;
    let never = world.dead_letter(&ada, "550 no such mailbox").await;
    let list = root.look(MAILS).await.text();
    assert_eq!(rows(&list), 2, "{list}");
    for part in ["550 mailbox full", &format!("href=\"/administration/users/{ada}\">{ADA}</a>")] {
        assert!(list.contains(part), "{part}: {list}");
    }
    for (letter, act, said) in [(&again, "send", "mail-sent"), (&never, "drop", "mail-dropped")] {
        let place = format!("{MAILS}/{letter}/{act}");
        assert!(list.contains(&format!("href=\"{place}\"")), "{list}");
        let question = root.look(&place).await.text();
        assert!(question.contains(&format!("method=\"post\" action=\"{place}\"")), "{question}");
        let done = root.send(&place, &[]).await;
        assert_eq!(location(&done), format!("{MAILS}?said={said}"));
        assert!(root.look(location(&done)).await.text().contains("class=\"said\""));
        // A second click finds that the first one did it.
        assert_eq!(location(&root.send(&place, &[]).await), format!("{MAILS}?said=mail-before"));
        assert_eq!(root.look(&place).await.status, 404);
    }
    assert!(root.look(MAILS).await.text().contains("No mail was given up."));
    let log = root.look("/administration/audit").await.text();
    assert!(log.contains("Mail retried") && log.contains("Mail dropped"), "{log}");
}

#[actix_web::test]
async fn many_mails_are_shown_page_by_page() {
    let world = World::with_pages().await;
    let root = root(&world).await;
    let ada = id(&world.user(ADA).await);
    for number in 0..51 {
        world.dead_letter(&ada, &format!("550 number {number}")).await;
    }
    let first = root.look(MAILS).await.text();
    assert_eq!(rows(&first), 50, "{first}");
    let more = between(&first, "id=\"more\" href=\"", "\"").replace("&#38;", "&");
    let rest = root.look(&more).await.text();
    assert!(
        rows(&rest) == 1 && rest.contains("550 number 50") && rest.contains("Back to the first"),
        "{rest}"
    );
}
