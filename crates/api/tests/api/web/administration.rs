//! Administration by the pages: who may see them, the list of users, making and changing accounts, what is done to them,
//! the audit log, and the installation.

mod accounts;
mod acts;
mod installation;

use chrono::TimeDelta;
use dashtam_domain::identity::Quota;
use futures_util::future::join;
use serde_json::{Value, json};

use super::{NOBODYS, forms::field, gates::assert_page, location};
use crate::{
    browser::{Browser, SESSION, cookie},
    world::{PASSWORD, Reply, User, World},
};

const ROOT: &str = "root@example.com";
const ADA: &str = "ada@example.com";
const MARY: &str = "mary@example.com";
const USERS: &str = "/api/v1/admin/users";

/// What stands between two texts of a page.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is in {text}"));
    rest.split_once(to).unwrap().0
}

/// An administrator at a browser.
async fn root(world: &World) -> Browser<'_> {
    world.user(ROOT).await;
    world.grant(ROOT).await;
    Browser::sign_in(world, ROOT).await
}

/// Somebody who may have so many sub-users, at a browser.
async fn mary(world: &World, sub_users: i32) -> Browser<'_> {
    world.user(MARY).await;
    world.alter(MARY, |user| user.flags.user_limit = Quota::new(sub_users).unwrap()).await;
    Browser::sign_in(world, MARY).await
}

fn id(user: &User<'_>) -> String {
    user.login["user"]["id"].as_str().unwrap().to_owned()
}

/// The page of an account.
fn place(id: &str) -> String {
    format!("/administration/users/{id}")
}

/// The address of a page, of this account or of this mail that was given up.
fn filled(path: &str, account: &str, mail: &str) -> String {
    path.replace("{id}", if path.starts_with("/administration/mails") { mail } else { account })
}

/// Sends the form that changes an account, as its page shows it at the moment, with these fields.
async fn change(who: &Browser<'_>, page: &str, fields: &[(&str, &str)]) -> Reply {
    let place = format!("{page}/change");
    let revision = field(&who.look(&place).await.text(), "revision");
    who.send(&place, &[&[("revision", &*revision)], fields].concat()).await
}

/// How many accounts or lines a page lists.
fn rows(page: &str) -> usize {
    page.matches("<th scope=\"row\">").count()
}

#[actix_web::test]
async fn who_looks_after_nobody_is_told_that_nothing_is_there() {
    let world = World::with_pages().await;
    let bob = id(&world.user("bob@example.com").await);
    world.user(ADA).await;
    let ada = Browser::sign_in(&world, ADA).await;
    let root = root(&world).await;
    let letter = world.dead_letter(&bob, "550 no").await;
    let mut seen = 0;
    for (path, looked_at, sent, open) in dashtam_web::outline() {
        if !path.starts_with("/administration") {
            continue;
        }
        assert!(!open, "{path}");
        let place = filled(path, &bob, &letter);
        if looked_at {
            let page = ada.look(&place).await;
            assert_eq!(page.status, 404, "{place}: {}", page.text());
            let text = page.text();
            assert!(text.contains("<h1>Nothing here</h1>") && !text.contains("bob@"), "{place}: {text}");
            assert_page(&place, &page);
            let page = root.look(&place).await;
            assert_eq!(page.status, 200, "{place}: {}", page.text());
            assert_page(&place, &page);
            seen += 1;
        }
        if sent {
            let fields = [("on", "no"), ("email", "bob@example.com"), ("name", "x")];
            assert_eq!(ada.send(&place, &fields).await.status, 404, "{place}");
        }
        if path.contains("{id}") {
            assert_eq!(root.look(&path.replace("{id}", NOBODYS)).await.status, 404, "{path}");
            assert_eq!(root.look(&path.replace("{id}", "nonsense")).await.status, 404, "{path}");
        }
    }
    assert!(seen >= 14, "{seen} pages were looked at");
    assert_eq!(world.login("bob@example.com", PASSWORD).await.status, 200, "nothing of it did anything");
    for place in ["/settings", "/more"] {
        for (who, leads) in [(&ada, false), (&root, true)] {
            assert_eq!(who.look(place).await.text().contains("href=\"/administration\""), leads, "{place}");
        }
    }
}

#[actix_web::test]
async fn what_others_are_called_stays_text() {
    let world = World::with_pages().await;
    let root = root(&world).await;
    let name = "<b onload=x>Bold</b>\"'";
    let made = root.post(USERS, json!({"email": "o'neil&co@example.com", "name": name})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let made = made["id"].as_str().unwrap();
    let letter = world.dead_letter(made, "550 <svg>").await;
    let mut shown = String::new();
    let pages = dashtam_web::outline();
    let pages =
        pages.iter().filter(|(path, looked_at, ..)| *looked_at && path.starts_with("/administration"));
    let places = pages.map(|(path, ..)| filled(path, made, &letter));
    let odd = [
        "/administration?q=%22%3E%3Csvg%3E&by=%22%3E%3Csvg%3E&state=%3Csvg%3E&after=%3Csvg%3E&managed_by=x",
        "/administration?q=a%00b",
        "/administration/audit?user=%22%3E%3Csvg%3E&before=%22%3E%3Csvg%3E",
        "/administration/mails?after=%22%3E%3Csvg%3E",
    ];
    for place in places.chain(odd.map(str::to_owned)) {
        let page = root.look(&place).await;
        assert_eq!(page.status, 200, "{place}: {}", page.text());
        assert_page(&place, &page);
        let text = page.text();
        assert!(!text.contains("<b ") && !text.contains("<svg>"), "{place}: {text}");
        shown.push_str(&text);
    }
    assert!(shown.contains("&#60;b onload=x&#62;Bold") && shown.contains("&#38;co@example.com"));
    let refused = root.send("/administration/users/new", &[("name", ""), ("email", "\"><svg>")]).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text().contains("<svg>"), "{}", refused.text());
}

#[actix_web::test]
async fn a_manager_sees_and_changes_the_own_sub_users_alone() {
    let world = World::with_pages().await;
    let stranger = id(&world.user("stranger@example.com").await);
    let mary = mary(&world, 1).await;
    assert!(mary.look("/administration").await.text().contains("You look after no account yet."));
    let form = mary.look("/administration/users/new").await.text();
    assert!(!form.contains("name=\"administrator\"") && !form.contains("name=\"user_limit\""), "{form}");
    let fields = [("email", "kid@example.com"), ("name", "Kid")];
    let made = mary.send("/administration/users/new", &fields).await;
    let kid = location(&made).strip_suffix("?said=user-made").expect("the account was made").to_owned();
    let more = mary.send("/administration/users/new", &[("email", "more@example.com"), ("name", "M")]).await;
    assert!(more.status == 422 && more.text().contains("may not have more sub-users"), "{}", more.text());

    let list = mary.look("/administration").await.text();
    assert!(rows(&list) == 1 && list.contains("kid@example.com"), "{list}");
    assert!(!list.contains("/administration/installation") && !list.contains("name=\"role\""), "{list}");
    let page = mary.look(&kid).await.text();
    for (act, is_offered) in
        [("change", true), ("switch", true), ("password", true), ("sessions", false), ("delete", false)]
    {
        assert_eq!(page.contains(&format!("href=\"{kid}/{act}\"")), is_offered, "{act}: {page}");
    }
    for act in ["second-factor", "sessions", "locks", "delete"] {
        assert_eq!(mary.look(&format!("{kid}/{act}")).await.status, 404, "{act}");
        let sent = mary.send(&format!("{kid}/{act}"), &[("email", "kid@example.com")]).await;
        assert_eq!(sent.status, 404, "{act}");
    }
    for act in ["", "/change", "/switch", "/password"] {
        let foreign = format!("{}{act}", place(&stranger));
        assert_eq!(mary.look(&foreign).await.status, 404, "{foreign}");
        if !act.is_empty() {
            assert_eq!(mary.send(&foreign, &[("on", "no")]).await.status, 404, "{foreign}");
        }
    }

    for part in ["work", "health", "mails"] {
        assert_eq!(mary.look(&format!("/administration/{part}")).await.status, 404, "{part}");
    }
    let installation = "/administration/installation";
    for (part, is_sent) in [("", false), ("/signing-key", true), ("/tokens", true)] {
        let place = format!("{installation}{part}");
        assert_eq!(mary.look(&place).await.status, 404, "{place}");
        let fields = [("version", "1"), ("reason", "A laptop was lost on the train"), ("grace", "0")];
        assert!(!is_sent || mary.send(&place, &fields).await.status == 404, "{place}");
    }

    let form = mary.look(&format!("{kid}/change")).await.text();
    assert!(!form.contains("name=\"email\"") && !form.contains("name=\"managed_by\""), "{form}");
    // What is for administrators alone is not read of others' forms.
    let forged = [("name", "Other"), ("administrator", "yes"), ("user_limit", "9"), ("managed_by", "")];
    assert_eq!(location(&change(&mary, &kid, &forged).await), format!("{kid}?said=user-changed"));
    let after = mary.get(&format!("{USERS}/{}", kid.rsplit('/').next().unwrap())).await.json();
    assert_eq!(
        [&after["name"], &after["administrator"], &after["user_limit"]],
        [&json!("Kid"), &json!(false), &json!(0)]
    );
    assert_eq!(after["managed_by"], mary.get("/api/v1/auth/me").await.json()["id"]);
    world.alter(MARY, |user| user.flags.device_limit = Quota::new(5).unwrap()).await;
    for (limit, status) in [("6", 422), ("3", 303)] {
        let reply = change(&mary, &kid, &[("device_limit", limit)]).await;
        assert_eq!(reply.status, status, "{limit}: {}", reply.text());
        assert_eq!(reply.text().contains("id=\"device_limit-error\""), status == 422, "{}", reply.text());
    }
    let log = mary.look("/administration/audit").await.text();
    assert!(log.contains("Account created") && !log.contains(&stranger), "{log}");
    assert!(log.contains("by you</span>") && log.contains(">kid@example.com</a>"), "{log}");
    let root = root(&world).await;
    assert_eq!(root.send(&format!("{kid}/switch"), &[("on", "no")]).await.status, 303);
    let refused = mary.send(&format!("{kid}/switch"), &[("on", "yes")]).await;
    assert!(
        refused.status == 422 && refused.text().contains("An administrator switched"),
        "{}",
        refused.text()
    );
    let log = mary.look("/administration/audit").await.text();
    assert!(
        log.contains("Account disabled") && !log.contains(ROOT),
        "who is not looked after has no name: {log}"
    );
    let foreign = mary.look(&format!("/administration/audit?user={stranger}")).await.text();
    assert!(rows(&foreign) == 0 && foreign.contains("Nothing earlier."), "{foreign}");
    let foreign = mary.look("/administration/audit?user=stranger@example.com").await.text();
    assert!(foreign.contains("There is no account with this address."), "{foreign}");
}

#[actix_web::test]
async fn who_was_not_asked_lately_proves_it_again_and_goes_on() {
    let mut world = World::with_pages().await;
    let ada = id(&world.user(ADA).await);
    let Browser { secret, csrf, .. } = root(&world).await;
    world.later(TimeDelta::minutes(6));
    let root = Browser { world: &world, secret, csrf, login: Value::Null };
    for place in ["/administration", "/administration/audit", "/administration/installation", &place(&ada)] {
        assert_eq!(root.look(place).await.status, 200, "{place}");
    }
    let asked = root.look("/administration/users/new").await;
    assert_eq!(location(&asked), "/confirm?next=%2Fadministration%2Fusers%2Fnew");
    let switch = format!("{}/switch", place(&ada));
    let to = format!("/confirm?next=%2Fadministration%2Fusers%2F{ada}%2Fswitch");
    assert_eq!(location(&root.look(&switch).await), to);
    assert_eq!(location(&root.send(&switch, &[("on", "no")]).await), to);
    for (path, looked_at, sent, _) in dashtam_web::outline() {
        if sent && path.starts_with("/administration") {
            let place = path.replace("{id}", &ada);
            let fields = [("email", ADA), ("name", "Other"), ("reason", "A laptop was lost on the train")];
            let asked = root.send(&place, &fields).await;
            assert!(location(&asked).starts_with("/confirm?next=%2Fadministration"), "{place}");
            let asked = root.look(&place).await;
            assert!(looked_at && location(&asked).starts_with("/confirm?next="), "{place}");
        }
    }
    assert_eq!(world.login(ADA, PASSWORD).await.json()["user"]["name"], "Ada Lovelace", "nothing was done");
    let done = root.send("/confirm", &[("password", PASSWORD), ("next", &switch)]).await;
    assert_eq!(location(&done), switch);
    let secret = cookie(&done, SESSION).expect("the session has another secret").0;
    let again = Browser { world: &world, secret, csrf: root.csrf.clone(), login: Value::Null };
    assert!(again.look(&switch).await.text().contains("Switch off the account of"));
    assert_eq!(
        location(&again.send(&switch, &[("on", "no")]).await),
        format!("{}?said=user-off", place(&ada))
    );
}

#[actix_web::test]
async fn the_installation_is_shown_and_tokens_are_made_void_once() {
    let world = World::with_pages().await;
    let root = root(&world).await;
    let page = root.look("/administration/installation").await.text();
    assert!(page.contains("UNSET_API_KEY is missing") && page.contains("Set up"), "{page}");
    // Tokens are signed with HS256 here, which has no pair to rotate.
    assert!(page.contains("no pair of keys to rotate") && !page.contains("/signing-key\""), "{page}");
    for compromised in [&[] as &[(&str, &str)], &[("compromised", "yes")]] {
        let refused = root.send("/administration/installation/signing-key", compromised).await;
        assert!(refused.status == 422 && refused.text().contains("has no key pair"), "{}", refused.text());
    }

    let tokens = "/administration/installation/tokens";
    let version = field(&root.look(tokens).await.text(), "version");
    let send = async |reason: &str, grace: &str| {
        root.send(tokens, &[("version", &*version), ("reason", reason), ("grace", grace)]).await
    };
    let refused = send("too short", "61").await;
    let text = refused.text();
    assert!(refused.status == 422 && text.matches("class=\"error\"").count() == 2, "{text}");
    assert!(text.contains("value=\"too short\"") && text.contains("value=\"61\""), "{text}");
    assert_eq!(send("A laptop\nwas lost on the train", "15").await.status, 422, "one line");
    let reason = "A <b>laptop</b> was lost on the train";
    let place = "/administration/installation?said=tokens-rotated";
    let (one, other) = join(send(reason, "15"), send(reason, "15")).await;
    let mut places = [location(&one), location(&other)];
    places.sort_unstable();
    let before = format!("{place}-before");
    assert_eq!(places, [place, &*before], "two clicks at once do it once");
    assert_eq!(location(&send(reason, "15").await), before, "and so does a later one");
    // Nor does the form become one of now because something is wrong with it.
    assert_eq!(location(&send("short", "61").await), format!("{place}-before"));
    let page = root.look("/administration/installation").await.text();
    for part in ["by root@example.com: A &#60;b&#62;laptop", "Sessions that began before end in"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let log = root.look("/administration/audit").await.text();
    assert_eq!(log.matches("Global tokens rotated").count(), 1, "{log}");
    assert!(log.contains("A &#60;b&#62;laptop"), "{log}");
}
