//! The list of users, new accounts, changed ones, and what the audit log says of them.

use dashtam_application::RegistrationMode;
use dashtam_domain::{
    call::Call,
    id::AuditId,
    identity::{AuditAction, AuditEntry, AuditLine},
};
use futures_util::future::join_all;
use serde_json::json;

use super::{ADA, MARY, ROOT, USERS, between, change, id, place, root, rows};
use crate::{
    browser::Browser,
    modes,
    web::{forms::field, location},
    world::{PASSWORD, World},
};

#[actix_web::test]
async fn users_are_searched_and_shown_page_by_page() {
    let world = World::with_pages().await;
    let root = root(&world).await;
    for number in 0..51 {
        let wanted =
            json!({"email": format!("u{number:02}@example.com"), "name": format!("User {number:02}")});
        assert_eq!(root.post(USERS, wanted).await.status, 201);
    }
    let next = |page: &str| between(page, "id=\"more\" href=\"", "\"").replace("&#38;", "&");
    let first = root.look("/administration").await.text();
    assert!(rows(&first) == 50 && first.contains(">you</span>"), "{first}");
    let second = root.look(&next(&first)).await.text();
    assert!(rows(&second) == 2 && second.contains("u50@example.com"), "{second}");
    assert!(!second.contains("id=\"more\"") && second.contains("Back to the first"), "{second}");
    for (asked, many) in [
        ("q=U4", 10),
        ("q=user+0&by=name", 10),
        ("q=user+0", 0),
        ("role=administrators", 1),
        ("q=u0&role=others", 10),
        ("q=u0&role=administrators", 0),
        ("state=off", 0),
        ("q=u1&state=on", 10),
    ] {
        let page = root.look(&format!("/administration?{asked}")).await.text();
        assert_eq!(rows(&page), many, "{asked}: {page}");
        assert_eq!(page.contains("No account is like that."), many == 0, "{asked}: {page}");
    }
    let searched = root.look("/administration?q=u&state=on").await.text();
    assert!(next(&searched).starts_with("/administration?q=u&state=on&after="), "{searched}");
    assert_eq!(rows(&root.look(&next(&searched)).await.text()), 1);
    let odd = root.look("/administration?q=a%00b").await.text();
    assert!(odd.contains("must not contain control characters") && rows(&odd) == 0, "{odd}");
    let odd = root.look("/administration?managed_by=nonsense").await.text();
    assert!(odd.contains("is no id of an account") && rows(&odd) == 0, "{odd}");
    for nonsense in ["state=nonsense", "role=administrator"] {
        let odd = root.look(&format!("/administration?{nonsense}")).await.text();
        assert!(odd.contains("a state or a role that there is not") && rows(&odd) == 0, "{odd}");
    }
}

#[actix_web::test]
async fn an_account_is_made_once_and_its_owner_chooses_the_password() {
    let world = World::with_pages().await;
    let root = root(&world).await;
    let form = root.look("/administration/users/new").await.text();
    let once = field(&form, "once");
    assert!(
        form.contains("name=\"administrator\"") && form.contains("maxlength=\"10\" value=\"0\""),
        "{form}"
    );
    let wrong = [
        ("once", &*once),
        ("name", " "),
        ("email", "x"),
        ("device_limit", "-1"),
        ("user_limit", "some"),
        ("expiration_time", "tomorrow"),
        ("readonly", "yes"),
    ];
    let refused = root.send("/administration/users/new", &wrong).await;
    let text = refused.text();
    assert!(refused.status == 422 && text.matches("class=\"error\"").count() == 5, "{text}");
    assert!(text.contains("name=\"readonly\" type=\"checkbox\" value=\"yes\" checked"), "{text}");
    assert!(text.contains("value=\"some\""), "{text}");

    let fields = [
        ("once", &*once),
        ("name", "Carol"),
        ("email", "Carol@example.com"),
        ("readonly", "yes"),
        ("device_limit", "3"),
        ("user_limit", "0"),
        ("expiration_time", "2999-01-01"),
    ];
    let made = root.send("/administration/users/new", &fields).await;
    let to = location(&made).to_owned();
    let page = to.strip_suffix("?said=user-made").unwrap().to_owned();
    let again = root.send("/administration/users/new", &fields).await;
    assert_eq!(location(&again), to, "a second click leads to the same account");
    assert_eq!(rows(&root.look("/administration?q=carol").await.text()), 1);
    let taken = root.send("/administration/users/new", &fields[1..]).await;
    let text = taken.text();
    assert!(taken.status == 422 && text.contains("is an account with this e-mail address"), "{text}");
    let shown = root.look(&to).await.text();
    for part in [
        "The account was made.",
        "Address not proved yet",
        "It may only look.",
        "at most 3 connections",
        "1 Jan 2999",
        "<dd>never</dd>",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let carol = root.get(&format!("{USERS}/{}", page.rsplit('/').next().unwrap())).await.json();
    assert_eq!(carol["expiration_time"], "2999-01-01T23:59:59.999999Z");
    assert_eq!((&carol["readonly"], &carol["user_limit"]), (&json!(true), &json!(0)));

    let token = world.token_mailed_to("Carol@example.com").await;
    let chosen =
        world.patch(&format!("/api/v1/password-resets/{token}"), json!({"new_password": PASSWORD})).await;
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    assert_eq!(world.login("carol@example.com", PASSWORD).await.status, 200);
    assert!(root.look(&page).await.text().contains("In use"));
}

#[actix_web::test]
async fn an_account_is_changed_by_what_the_form_says() {
    let world = World::with_pages().await;
    let ada = id(&world.user(ADA).await);
    let mary = id(&world.user(MARY).await);
    let root = root(&world).await;
    let (page, told) = (place(&ada), format!("{USERS}/{ada}"));
    let base = [("name", "Ada K"), ("email", ADA), ("user_limit", "0")];
    let fields = [
        ("limit_commands", "yes"),
        ("device_limit", "3"),
        ("expiration_time", "2999-01-01"),
        ("managed_by", MARY),
    ];
    let whole = [&base[..], &fields].concat();
    assert_eq!(location(&change(&root, &page, &whole).await), format!("{page}?said=user-changed"));
    let after = root.get(&told).await.json();
    for (field, value) in [
        ("name", json!("Ada K")),
        ("limit_commands", json!(true)),
        ("readonly", json!(false)),
        ("device_limit", json!(3)),
        ("user_limit", json!(0)),
        ("administrator", json!(false)),
        ("expiration_time", json!("2999-01-01T23:59:59.999999Z")),
        ("managed_by", json!(mary)),
        ("email_verified", json!(true)),
    ] {
        assert_eq!(after[field], value, "{field}");
    }
    let shown = root.look(&page).await.text();
    assert!(shown.contains(&format!("href=\"{}\">Ada Lovelace</a>", place(&mary))), "{shown}");
    let form = root.look(&format!("{page}/change")).await.text();
    for (field, value) in [("device_limit", "3"), ("user_limit", "0"), ("expiration_time", "2999-01-01")] {
        assert!(form.contains(&format!("id=\"{field}\" name=\"{field}\"")), "{field}: {form}");
        assert!(form.contains(&format!("value=\"{value}\"")), "{field}: {form}");
    }
    assert!(form.contains("name=\"limit_commands\" type=\"checkbox\" value=\"yes\" checked"), "{form}");
    assert!(form.contains(&format!("value=\"{MARY}\"")), "{form}");
    // Sent as it is shown, it changes nothing.
    assert_eq!(change(&root, &page, &whole).await.status, 303);
    assert_eq!(root.get(&told).await.json(), after);

    for (field, value, why) in [
        ("device_limit", "x", "whole number"),
        ("expiration_time", "2999-13-01", "no day such as"),
        ("managed_by", "nobody@example.com", "no account with this address"),
        ("managed_by", "nobody", "no account with this address"),
        ("email", MARY, "is an account with this e-mail address"),
        ("name", "", "The name must not be blank"),
        ("managed_by", ADA, "must be an account that has no manager"),
    ] {
        let mut fields: Vec<(&str, &str)> = whole.clone();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let refused = change(&root, &page, &fields).await;
        let text = refused.text();
        assert_eq!(refused.status, 422, "{field}: {text}");
        assert!(text.contains(why) && text.contains(&format!("id=\"{field}-error\"")), "{field}: {text}");
    }
    assert_eq!(root.get(&told).await.json(), after, "what is refused changes nothing");
    // A sub-user may be no administrator.
    let refused = change(&root, &page, &[&whole[..], &[("administrator", "yes")]].concat()).await;
    assert!(refused.status == 422 && refused.text().contains("id=\"administrator-error\""));

    // Without what was ticked and filled in, it is an account like any other.
    assert_eq!(change(&root, &page, &base).await.status, 303);
    let after = root.get(&told).await.json();
    assert_eq!((&after["limit_commands"], &after["device_limit"]), (&json!(false), &json!(-1)));
    assert!(after["managed_by"].is_null() && after["expiration_time"].is_null());
    let me = root.look("/administration?role=administrators").await.text();
    let me = between(&me, "<th scope=\"row\"><a href=\"", "\"").to_owned();
    let base = [("name", "Ada Lovelace"), ("email", ROOT), ("user_limit", "0")];
    for more in [&[] as &[(&str, &str)], &[("administrator", "yes"), ("readonly", "yes")]] {
        let last = change(&root, &me, &[&base[..], more].concat()).await;
        assert!(last.status == 422 && last.text().contains("last administrator"), "{}", last.text());
    }
    // Where there is another one, whoever gives it up is led to what is left.
    world.grant(ADA).await;
    assert_eq!(location(&change(&root, &me, &base).await), "/settings?said=user-changed");
    assert!(root.look("/settings?said=user-changed").await.text().contains("The account was changed."));
    assert_eq!(root.look("/administration").await.status, 404);
}

#[actix_web::test]
async fn a_form_from_before_another_change_takes_nothing_back() {
    let world = World::with_pages().await;
    let ada = id(&world.user(ADA).await);
    let root = root(&world).await;
    let (page, told) = (place(&ada), format!("{USERS}/{ada}"));
    let place = format!("{page}/change");
    let revision = field(&root.look(&place).await.text(), "revision");
    let with = |more: &[(&'static str, &'static str)]| {
        let base = [("name", "Ada Lovelace"), ("email", ADA), ("user_limit", "0")];
        [&base[..], more].concat()
    };
    let send = async |fields: &[(&str, &str)]| {
        root.send(&place, &[&[("revision", &*revision)], fields].concat()).await
    };
    let said = format!("{page}?said=user-changed");
    assert_eq!(location(&send(&with(&[("readonly", "yes")])).await), said);
    assert_eq!(location(&send(&with(&[("readonly", "yes")])).await), said, "a second click");
    for late in
        [with(&[]), with(&[("administrator", "yes")]), with(&[("readonly", "yes"), ("device_limit", "1")])]
    {
        let refused = send(&late).await;
        let text = refused.text();
        assert!(refused.status == 422 && text.contains("changed after this form was made"), "{text}");
        assert!(text.contains("name=\"readonly\" type=\"checkbox\" value=\"yes\" checked"), "{text}");
        assert!(!text.contains("name=\"administrator\" type=\"checkbox\" value=\"yes\" checked"), "{text}");
    }
    let after = root.get(&told).await.json();
    assert_eq!((&after["readonly"], &after["administrator"]), (&json!(true), &json!(false)));
    assert_eq!(after["device_limit"], -1);

    // Of thirty at once, one changes it.
    let revision = field(&root.look(&place).await.text(), "revision");
    let limits: Vec<String> = (1..=30).map(|limit: u32| limit.to_string()).collect();
    let sends = limits.iter().map(|limit| {
        let fields = [("revision", &*revision), ("device_limit", &**limit), ("readonly", "yes")];
        let fields = [&fields[..], &with(&[])[..]].concat();
        let (root, place) = (&root, &place);
        async move { root.send(place, &fields).await.status }
    });
    let statuses = join_all(sends).await;
    let count = |wanted: u16| statuses.iter().filter(|status| status.as_u16() == wanted).count();
    assert_eq!((count(303), count(422)), (1, 29), "{statuses:?}");
}

#[actix_web::test]
async fn the_audit_log_is_narrowed_to_one_account() {
    let world = World::with_pages().await;
    let ada = id(&world.user(ADA).await);
    let root = root(&world).await;
    let switched = root.send(&format!("{}/switch", place(&ada)), &[("on", "no")]).await;
    assert_eq!(switched.status, 303);
    let all = root.look("/administration/audit").await.text();
    assert!(all.contains("Account disabled") && all.contains("Administrator granted"), "{all}");
    let me = root.get("/api/v1/auth/me").await.json()["id"].as_str().unwrap().to_owned();
    let by_id = root.look(&format!("/administration/audit?user={ada}")).await.text();
    let by_address = root.look(&format!("/administration/audit?user={ADA}")).await.text();
    for page in [&by_id, &by_address] {
        assert!(page.contains("Account disabled") && !page.contains("Administrator granted"), "{page}");
        assert!(page.contains(&format!("by <a href=\"{}\">{ROOT}</a>", place(&me))), "{page}");
        assert!(page.contains(&format!("<a href=\"{}\">{ADA}</a>", place(&ada))), "{page}");
    }
    assert_eq!(rows(&by_id), rows(&by_address));
    for (asked, why) in [("nobody@example.com", "no account with this address"), ("x", "neither an e-mail")] {
        let page = root.look(&format!("/administration/audit?user={asked}")).await.text();
        assert!(rows(&page) == 0 && page.contains(why), "{page}");
    }
    // An id that is nobody's any more is still one that lines are about.
    let gone = root.look(&format!("/administration/audit?user={}", super::NOBODYS)).await.text();
    assert!(gone.contains("Nothing earlier."), "{gone}");
    let sources = &world.options().sources;
    let line = AuditLine::new(AuditAction::UserRegistered, super::NOBODYS.parse().unwrap());
    let line = AuditEntry::of(AuditId(sources.ids.next()), &Call::system(sources.clock.now()), line);
    let mut unit = world.storage.store.begin().await.unwrap();
    unit.audit().append(&line).await.unwrap();
    unit.commit().await.unwrap();
    let gone = root.look(&format!("/administration/audit?user={}", super::NOBODYS)).await.text();
    assert!(rows(&gone) == 1 && gone.contains(&format!("class=\"who\">{}</td>", super::NOBODYS)), "{gone}");
    assert!(!gone.contains(&place(super::NOBODYS)), "an account that is gone has no page: {gone}");
    for number in 0..51 {
        let on = if number % 2 == 0 { "yes" } else { "no" };
        assert_eq!(root.send(&format!("{}/switch", place(&ada)), &[("on", on)]).await.status, 303);
    }
    let first = root.look(&format!("/administration/audit?user={ada}")).await.text();
    let next = between(&first, "id=\"more\" href=\"", "\"").replace("&#38;", "&");
    assert!(next.starts_with(&format!("/administration/audit?user={ada}&before=")), "{next}");
    let second = root.look(&next).await.text();
    assert!(rows(&first) == 50 && second.contains("User registered"), "{second}");
}

#[actix_web::test]
async fn where_no_accounts_are_made_no_page_makes_one() {
    let world = World::with(|policy| policy.registration = RegistrationMode::Closed).await.and_pages();
    modes::root(&world).await;
    let root = Browser::sign_in(&world, ROOT).await;
    let list = root.look("/administration").await.text();
    assert!(
        list.contains("No accounts are made here") && !list.contains("href=\"/administration/users/new\"")
    );
    let form = root.look("/administration/users/new").await;
    assert!(form.status == 403 && form.text().contains("registration.mode"), "{}", form.text());
    let refused =
        root.send("/administration/users/new", &[("name", "Bob"), ("email", "bob@example.com")]).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(!root.look("/administration").await.text().contains("bob@example.com"));
}
