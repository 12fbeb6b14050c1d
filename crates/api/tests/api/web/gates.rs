//! What holds for every page there is: a new one is held to it as well.

use actix_web::{http::Method, test::TestRequest};
use serde_json::json;

use super::{NOBODYS, form, location, post, somebody, things};
use crate::{
    browser::{Browser, SESSION},
    world::{Reply, World},
};

fn filled(path: &str) -> String {
    path.replace("{id}", NOBODYS)
}

/// What every page owes its reader, whatever it says.
pub(super) fn assert_page(place: &str, reply: &Reply) {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{place}");
    let policy = reply.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none';",
        "script-src 'self';",
        "style-src 'self';",
        "form-action 'self';",
        "frame-ancestors 'none';",
        "require-trusted-types-for 'script';",
    ] {
        assert!(policy.contains(part), "{place}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{place}: {policy}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{place}");
    assert_eq!(reply.header("referrer-policy"), Some("same-origin"), "{place}");
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{place}");
    assert!(reply.header("x-trace-id").is_some() && reply.header("content-encoding").is_none(), "{place}");
    if reply.status == 303 {
        return;
    }
    let text = reply.text();
    assert_eq!(text.matches("<h1>").count(), 1, "{place}: {text}");
    for part in ["<html lang=\"en\">", "<main id=\"main\"", "class=\"skip\"", " - Dashtam</title>"] {
        assert!(text.contains(part), "{place}: {part}");
    }
    assert_eq!(
        text.matches("<script").count(),
        text.matches("<script type=\"module\" src=\"/assets/").count()
    );
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let names: String = tag.split('"').step_by(2).collect();
        assert!(!names.contains(" style=") && !names.contains(" on"), "{place}: {tag}");
    }
}

/// Sent by another site, as after an authorization at a bank, a browser shows the session and not the token of its forms.
#[actix_web::test]
async fn no_page_has_forms_without_the_token() {
    let world = World::with_pages().await;
    let browser = somebody(&world, "ada@example.com", "Shop").await;
    let place = "/transactions?q=shop&said=linked";
    let sent = |site: &str| {
        let session = format!("{SESSION}={}", browser.secret);
        TestRequest::get()
            .uri(place)
            .insert_header(("cookie", session))
            .insert_header(("sec-fetch-site", site))
    };
    let again = world.visit(sent("cross-site")).await.text();
    assert!(again.contains(r#"content="0; url=/transactions?q=shop&#38;said=linked""#), "{again}");
    assert!(!again.contains("<form") && !again.contains("Shop"), "{again}");
    // It asks by itself then, once: with the token, or where nothing is held back.
    for page in [world.visit(sent("same-origin")).await, browser.look(place).await] {
        assert!(page.text().contains("<form") && !page.text().contains("http-equiv=\"refresh\" content=\"0"));
    }
}

#[actix_web::test]
async fn a_stranger_sees_the_door_alone() {
    let world = World::with_pages().await;
    for (path, looked_at, sent, open) in dashtam_web::outline() {
        let place = filled(path);
        if looked_at {
            let page =
                world.visit(TestRequest::get().uri(&place).insert_header(("accept", "text/html"))).await;
            assert_page(&place, &page);
            if !open {
                assert!(location(&page).starts_with("/sign-in"), "{place}");
            }
        }
        if sent {
            let reply = world.visit(form(post(&place), &[("csrf", "dsf_guess")])).await;
            assert_page(&place, &reply);
            if !open {
                assert!(location(&reply).starts_with("/sign-in"), "{place}");
            }
        }
    }
    let asked = world.visit(TestRequest::get().uri("/transactions?q=a%26b&way=in")).await;
    assert_eq!(location(&asked), "/sign-in?next=%2Ftransactions%3Fq%3Da%2526b%26way%3Din");
    // A program that shows an API token gets no page: pages are for browsers' sessions. It says so like any other.
    assert!(dashtam_web::outline().len() > 15, "the outline has every page");
}

#[actix_web::test]
async fn a_form_is_taken_from_a_page_of_ours_alone() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    for (path, _, _, open) in dashtam_web::outline().into_iter().filter(|(_, _, sent, _)| *sent) {
        let place = filled(path);
        let csrf = [("csrf", browser.csrf.as_str())];
        let whole = || form(browser.request(Method::POST, &place), &csrf);
        let mut forged = vec![
            whole().insert_header(("sec-fetch-site", "cross-site")),
            whole().insert_header(("sec-fetch-site", "same-site")),
            whole().insert_header(("content-type", "text/plain")),
            whole().insert_header(("content-type", "application/json")),
            browser
                .request(Method::POST, &place)
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
                .insert_header(("origin", "https://evil.example"))
                .set_payload(format!("csrf={}", browser.csrf)),
        ];
        if !open {
            forged.push(form(browser.request(Method::POST, &place), &[]));
            forged.push(form(browser.request(Method::POST, &place), &[("csrf", &browser.secret)]));
        }
        for request in forged {
            let refused = world.visit(request).await;
            assert_eq!(refused.status, 403, "{place}: {}", refused.text());
            assert_page(&place, &refused);
        }
        let large = "x".repeat(70 << 10);
        let refused = world.visit(form(browser.request(Method::POST, &place), &[("a", &large)])).await;
        assert_eq!(refused.status, 413, "{place}");
    }
    assert_eq!(browser.look("/").await.status, 200, "nothing of it signed anybody out");
}

#[actix_web::test]
async fn what_is_somebody_elses_is_not_there() {
    let world = World::with_pages().await;
    let bob = somebody(&world, "bob@example.com", "Rent").await;
    let (account, transaction) = things(&bob).await;
    let made = bob.post("/api/v1/providers/create", json!({"provider_key": "bank", "alias": "Bob's"})).await;
    let connection = made.json()["id"].as_str().unwrap().to_owned();
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let mut seen = 0;
    for (path, looked_at, sent, open) in dashtam_web::outline() {
        if open || !path.contains("{id}") {
            continue;
        }
        for id in [&account, &transaction, &connection, NOBODYS, "nonsense"] {
            let place = path.replace("{id}", id);
            if looked_at {
                let page = ada.look(&place).await;
                assert_eq!(page.status, 404, "{place}: {}", page.text());
                assert_page(&place, &page);
                seen += 1;
            }
            if sent {
                let fields = [("category", "food.coffee"), ("name", "x")];
                assert_eq!(ada.send(&place, &fields).await.status, 404, "{place}");
            }
        }
    }
    assert!(seen >= 25, "{seen} pages were looked at");
    for place in [format!("/accounts/{account}"), format!("/transactions/{transaction}")] {
        assert_eq!(bob.look(&place).await.status, 200, "{place} is Bob's");
    }
    assert_eq!(bob.look(&format!("/connections/{connection}")).await.status, 200);
    assert!(!ada.look(&format!("/transactions?account={account}")).await.text().contains("Rent"));
}

#[actix_web::test]
async fn stored_texts_stay_texts() {
    let world = World::with_pages().await;
    let marked = "&lt;img src=x onerror=alert(1)&gt;&lt;/td&gt;\"'";
    let ada = somebody(&world, "ada@example.com", marked).await;
    let (account, transaction) = things(&ada).await;
    let name = "<script>alert(2)</script>";
    let body = json!({"provider_key": "bank", "alias": name});
    let made = ada.post("/api/v1/providers/create", body).await.json();
    let id = made["id"].as_str().unwrap();
    let renamed = ada.page(Method::PATCH, &format!("/api/v1/accounts/{account}"));
    let renamed = world.send(renamed.set_json(json!({"name": "<b onload=x>Bold</b>"}))).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    let mut shown = String::new();
    for place in [
        "/",
        "/accounts",
        "/connections",
        "/transactions?q=%3Cimg&from=%22%3E%3Csvg%3E",
        "/transactions?category=%22%3E%3Cscript%3E",
        &format!("/accounts/{account}"),
        &format!("/transactions/{transaction}?said=category&was=%22%3E%3Cscript%3E"),
        &format!("/connections/{id}"),
        &format!("/connections/{id}/remove"),
        &format!("/connections/{id}/authorize"),
        "/review",
        "/spending?period=%22%3E%3Cscript%3E",
        "/recurring?last=%22%3E%3Cscript%3E",
        "/more",
        "/portfolio?by=%22%3E%3Cscript%3E&period=%22%3E%3Cscript%3E",
        "/portfolio/gains?year=%22%3E%3Cscript%3E",
        "/portfolio/income?period=%22%3E%3Cscript%3E",
        "/rules",
        &format!("/rules/new?from={transaction}"),
        "/categories",
        "/learned",
        "/sign-in?next=/%22%3E%3Cscript%3E",
        "/set-up?token=%22%3E%3Cscript%3E",
    ] {
        let page = match place.contains("authorize") {
            true => {
                let request =
                    ada.request(Method::GET, place).insert_header(("sec-fetch-site", "same-origin"));
                world.visit(request.insert_header(("accept", "text/html"))).await
            }
            false => ada.look(place).await,
        };
        assert_page(place, &page);
        let text = page.text();
        for markup in ["<img", "<script>", "<b ", "<svg>", "onerror=alert(1)>"] {
            assert!(!text.contains(markup), "{place} has {markup}: {text}");
        }
        shown.push_str(&text);
    }
    for escaped in ["&#60;img src=x", "&#60;script&#62;alert(2)", "&#60;b onload=x&#62;Bold"] {
        assert!(shown.contains(escaped), "{escaped} is shown");
    }
    assert!(shown.contains("\u{2212}12.30\u{a0}USD") && shown.contains("100.00\u{a0}USD"));
}
