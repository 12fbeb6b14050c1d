//! Which mail an event becomes, to whom, and when it becomes none.

use dashtam_domain::{
    delivery::{MailedSecrets, OutboxItem, mail::MailContent},
    event::DomainEvent,
    identity::{OneTimeToken, Purpose},
    secret::SecretKind,
};
use dashtam_testkit::{
    builders,
    fakes::{FakeMailedSecrets, Recorder},
};

use super::{begins, begins_alone, claims, dispatch, item, knows, removes, verification, verified};
use crate::world::{World, policy};

#[tokio::test]
async fn without_a_mailer_nothing_is_claimed_and_every_mail_waits() {
    let mut world = World::new();
    world.has_mailer = false;
    assert_eq!(dispatch(&mut world).await, 0);
}

#[tokio::test]
async fn when_nothing_is_due_nothing_is_written() {
    let mut world = World::new();
    let claim = claims(&mut world, Vec::new());
    assert_eq!(dispatch(&mut world).await, 0);
    assert!(!claim.is_committed());
}

#[tokio::test]
async fn a_verification_mail_carries_a_token_of_which_only_the_hash_is_stored_with_the_attempt() {
    let mut world = World::new();
    let (user, item) = verification();
    let (id, now) = (item.id, world.now);
    let claim = claims(&mut world, vec![item.clone()]);
    let tokens = Recorder::new();
    let seen = tokens.clone();
    let begun = world.unit(|unit| {
        unit.one_time_tokens.expect_issue().times(1).returning(move |token| {
            seen.push(token.clone());
            Ok(true)
        });
        begins(unit, &item, now);
    });
    let done = world.unit(|unit| removes(unit, id));
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(claim.is_committed() && begun.is_committed() && done.is_committed());

    let secret = FakeMailedSecrets.derive(SecretKind::EmailVerification, id);
    let expected = OneTimeToken {
        hash: secret.hash(),
        user: user.id,
        purpose: Purpose::EmailVerification,
        subject: Some(user.email.as_str().to_owned()),
        created_at: item.created_at,
        expires_at: world.now.plus(policy().verification),
    };
    assert_eq!(tokens.only(), expected);

    let mails = world.mailer.sent();
    let [mail] = mails.as_slice() else { panic!("one mail is expected: {mails:?}") };
    assert_eq!((mail.id, &mail.to, &mail.name), (id, &user.email, &user.name));
    let MailContent::VerifyEmail { link, hours } = &mail.content else { panic!("another mail: {mail:?}") };
    let address = format!("https://dashtam.example/app/verify-email?token={}", secret.expose());
    assert_eq!((link.as_str(), *hours), (address.as_str(), 24));
}

#[tokio::test]
async fn after_a_crash_the_link_that_may_be_out_there_is_sent_again_and_not_made_anew() {
    let mut world = World::new();
    let (user, item) = verification();
    let (item, now) = (OutboxItem { attempts: 1, uncertain: true, ..item }, world.now);
    claims(&mut world, vec![item.clone()]);
    let hash = FakeMailedSecrets.derive(SecretKind::EmailVerification, item.id).hash();
    let begun = world.unit(|unit| {
        unit.one_time_tokens
            .expect_prolong()
            .withf(move |token| token.hash == hash)
            .times(1)
            .returning(|_| Ok(true));
        begins(unit, &item, now);
    });
    world.unit(|unit| removes(unit, item.id));
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(begun.is_committed());
    assert_eq!(world.mailer.sent().len(), 1);
}

#[tokio::test]
async fn a_link_that_was_used_or_replaced_is_not_sent() {
    for uncertain in [true, false] {
        let mut world = World::new();
        let (user, item) = verification();
        let item = OutboxItem { uncertain, ..item };
        claims(&mut world, vec![item.clone()]);
        let unit = world.unit(|unit| {
            let tokens = &mut unit.one_time_tokens;
            if uncertain {
                tokens.expect_prolong().times(1).returning(|_| Ok(false));
            } else {
                tokens.expect_issue().times(1).returning(|_| Ok(false));
            }
            removes(unit, item.id);
        });
        knows(&mut world, &user);
        assert_eq!(dispatch(&mut world).await, 1);
        assert!(unit.is_committed());
        assert!(world.mailer.sent().is_empty());
    }
}

#[tokio::test]
async fn an_item_another_worker_took_over_is_left_to_it() {
    let mut world = World::new();
    let (user, item) = verification();
    claims(&mut world, vec![item]);
    let unit = world.unit(|unit| {
        unit.one_time_tokens.expect_issue().times(1).returning(|_| Ok(true));
        unit.outbox.expect_begin_attempt().times(1).returning(|_, _, _| Ok(false));
    });
    knows(&mut world, &user);
    assert_eq!(dispatch(&mut world).await, 1);
    assert!(!unit.is_committed());
    assert!(world.mailer.sent().is_empty());
}

#[tokio::test]
async fn a_repeated_registration_and_a_proved_address_each_have_their_mail() {
    let user = verified();
    let id = user.id;
    for (event, name) in [
        (DomainEvent::RegistrationRepeated { user: id }, "AlreadyRegistered"),
        (DomainEvent::EmailVerified { user: id }, "Welcome"),
    ] {
        let mut world = World::new();
        let item = item(event, 0);
        claims(&mut world, vec![item.clone()]);
        begins_alone(&mut world, &item);
        world.unit(|unit| removes(unit, item.id));
        knows(&mut world, &user);
        assert_eq!(dispatch(&mut world).await, 1);
        let mails = world.mailer.sent();
        let [mail] = mails.as_slice() else { panic!("one mail is expected: {mails:?}") };
        assert_eq!((&mail.to, format!("{:?}", mail.content).as_str()), (&user.email, name));
        let (MailContent::AlreadyRegistered { sign_in } | MailContent::Welcome { sign_in }) = &mail.content
        else {
            panic!("another mail: {mail:?}");
        };
        assert_eq!(sign_in.as_str(), "https://dashtam.example/app/login");
    }
}

#[tokio::test]
async fn nobody_is_asked_to_verify_twice_and_nobody_who_left_is_written_to() {
    for user in [Some(verified()), None] {
        let mut world = World::new();
        let id = user.as_ref().map_or_else(|| builders::user().id, |user| user.id);
        let item = item(DomainEvent::VerificationRequested { user: id }, 0);
        claims(&mut world, vec![item.clone()]);
        let done = world.unit(|unit| removes(unit, item.id));
        world.queries.users.expect_user().times(1).return_once(|_| Ok(user));
        assert_eq!(dispatch(&mut world).await, 1);
        assert!(done.is_committed());
        assert!(world.mailer.sent().is_empty());
    }
}
