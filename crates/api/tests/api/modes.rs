//! How accounts come to be through HTTP, by the mode of registration.

use actix_web::{http::Method, test::TestRequest};
use dashtam_application::{
    RegistrationMode,
    delivery::Dispatch,
    registration::{MakeSetUpLink, SetUp},
};
use dashtam_domain::{
    call::Call,
    identity::{EmailAddress, PlainPassword, Quota, UserFilter},
    page::Limit,
    secret::SecretText,
};
use serde_json::json;

use crate::world::{PASSWORD, User, World};

const ROOT: &str = "root@example.com";
const USERS: &str = "/api/v1/admin/users";
const REGISTER: &str = "/api/v1/auth/register";

async fn with(mode: RegistrationMode) -> World {
    World::with(|policy| policy.registration = mode).await
}

/// The first account, made by the link of the start, which no mode forbids.
pub(crate) async fn root(world: &World) -> User<'_> {
    let registration = world.dashtam.registration();
    let now = world.options().sources.clock.now();
    let link = registration.make_set_up_link(&Call::system(now), MakeSetUpLink).await.unwrap().unwrap();
    let token = SecretText::new(link.query_pairs().next().unwrap().1);
    let (email, name): (EmailAddress, _) = (ROOT.parse().unwrap(), "Ada Lovelace".parse().unwrap());
    let password = PlainPassword::chosen(PASSWORD, &email, &name).unwrap();
    let wanted = SetUp { token, email, name, password };
    registration.set_up(&Call::anonymous(now), wanted).await.unwrap();
    world.sign_in(ROOT, "x").await
}

/// Somebody invited, who chooses a password by the mailed link.
async fn enter<'w>(world: &'w World, email: &str) -> User<'w> {
    let path = format!("/api/v1/password-resets/{}", world.token_mailed_to(email).await);
    let chosen = world.patch(&path, json!({"new_password": PASSWORD})).await;
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    world.sign_in(email, "x").await
}

async fn accounts(world: &World) -> usize {
    let filter = UserFilter::default();
    world.storage.queries.users(&filter, None, Limit::default()).await.unwrap().items.len()
}

/// How many mails wait to go out; they go.
async fn mails(world: &World) -> usize {
    let call = Call::system(world.options().sources.clock.now());
    world.dashtam.delivery().dispatch(&call, Dispatch).await.unwrap()
}

#[actix_web::test]
async fn who_registers_where_it_is_not_open_is_refused_alike_and_nothing_is_written() {
    for (mode, code) in [
        (RegistrationMode::Invitation, "registration-by-invitation"),
        (RegistrationMode::Closed, "registration-closed"),
    ] {
        let world = with(mode).await;
        root(&world).await;
        while mails(&world).await > 0 {}
        let mut told = Vec::new();
        for email in [ROOT, "new@example.com"] {
            for key in [None, Some("one")] {
                let body = json!({"email": email, "password": PASSWORD, "name": "Ada Lovelace"});
                let mut request = TestRequest::post().uri(REGISTER).set_json(body);
                if let Some(key) = key {
                    request = request.insert_header(("idempotency-key", key));
                }
                let mut problem = world.send(request).await.problem(403, code);
                problem["trace_id"].take();
                told.push(problem);
            }
        }
        assert!(told.iter().all(|problem| *problem == told[0]), "{told:?}");
        assert!(told[0]["detail"].as_str().unwrap().contains("whoever runs this installation"), "{told:?}");
        assert_eq!((accounts(&world).await, mails(&world).await), (1, 0));
    }
}

#[actix_web::test]
async fn by_invitation_administrators_and_managers_make_accounts_that_a_mail_leads_into() {
    let world = with(RegistrationMode::Invitation).await;
    let root = root(&world).await;
    let wanted = json!({"email": "mary@example.com", "name": "Mary", "user_limit": 1});
    assert_eq!(root.post(USERS, wanted).await.status, 201);
    let mary = enter(&world, "mary@example.com").await;
    let kid = mary.post(USERS, json!({"email": "kid@example.com", "name": "Kid"})).await;
    assert_eq!(kid.status, 201, "{}", kid.text());
    enter(&world, "kid@example.com").await;
}

#[actix_web::test]
async fn where_registration_is_closed_nobody_makes_accounts_for_others() {
    let world = with(RegistrationMode::Closed).await;
    let root = root(&world).await;
    while mails(&world).await > 0 {}
    let wanted = json!({"email": "carol@example.com", "name": "Carol"});
    let taken = json!({"email": ROOT, "name": "Carol"});
    for body in [&wanted, &taken] {
        let request = root.request(Method::POST, USERS).insert_header(("idempotency-key", "one"));
        let problem = world.send(request.set_json(body)).await.problem(403, "registration-closed");
        assert!(problem["detail"].as_str().unwrap().contains("registration.mode"), "{problem}");
    }
    assert_eq!((accounts(&world).await, mails(&world).await), (1, 0));

    // The same for a sub-user.
    world
        .alter(ROOT, |user| {
            user.administrator = false;
            user.flags.user_limit = Quota::new(2).unwrap();
        })
        .await;
    let manager = world.sign_in(ROOT, "x").await;
    while mails(&world).await > 0 {}
    manager.post(USERS, wanted).await.problem(403, "registration-closed");
    assert_eq!((accounts(&world).await, mails(&world).await), (1, 0));
}
