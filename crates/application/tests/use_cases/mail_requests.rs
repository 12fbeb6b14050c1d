//! Mails asked for by naming an address: the request stores a wish, a worker looks at it.

use dashtam_application::{
    delivery::AnswerMailRequests, errors::CommonError, recovery::RequestReset,
    registration::ResendVerification,
};
use dashtam_domain::{
    call::Call,
    delivery::{AskedMail, MailRequest},
    event::DomainEvent,
    identity::{AuditAction, MailKind, User},
    page::Limit,
    record::Record,
    store::StoreError,
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::Recorder,
    mocks::MockUnitOfWork,
};

use crate::world::{Unit, World, assert_line, assert_refused, broken};

const ADA: &str = "Ada@Example.com";

/// These wait.
fn waiting(world: &mut World, requests: &[&MailRequest]) {
    let ids: Vec<_> = requests.iter().map(|request| request.id).collect();
    let most = Limit::new(Limit::MAX).unwrap();
    let queries = &mut world.queries.delivery;
    queries.expect_mail_requests().withf(move |limit| *limit == most).times(1).return_once(|_| Ok(ids));
}

/// A unit that takes this wish.
fn takes(unit: &mut MockUnitOfWork, request: &MailRequest) {
    let (id, request) = (request.id, request.clone());
    let takes = unit.mail_requests.expect_take().withf(move |asked| *asked == id);
    takes.times(1).return_once(|_| Ok(Some(request)));
}

/// A unit that takes this wish, finds this user by the address, and a budget that allows a mail or not.
fn looks(unit: &mut MockUnitOfWork, request: &MailRequest, user: Option<User>, kind: MailKind, may: bool) {
    takes(unit, request);
    let (email, subject, now) = (request.email.clone(), MailKind::subject(&request.email), request.at);
    unit.users
        .expect_find_by_email()
        .withf(move |asked| *asked == email)
        .times(1)
        .return_once(move |_| Ok(user));
    unit.mail_budgets
        .expect_take()
        .withf(move |asked, what, rule, at| (*asked, *what, *rule, *at) == (subject, kind, kind.rule(), now))
        .times(1)
        .return_once(move |_, _, _, _| Ok(may));
}

#[tokio::test]
async fn a_request_stores_one_wish_and_looks_at_earlier_wishes_only() {
    let mut world = World::new();
    let seen = Recorder::new();
    let mut unit = || {
        let seen: Recorder<MailRequest> = seen.clone();
        world.unit(|unit| {
            let kinds = [MailKind::PasswordResetAsked, MailKind::VerificationAsked];
            let counts = unit.mail_budgets.expect_take().withf(move |_, kind, _, _| kinds.contains(kind));
            counts.times(1).returning(|_, _, _, _| Ok(true));
            unit.mail_requests.expect_insert().times(1).returning(move |request| {
                seen.push(request.clone());
                Ok(())
            });
        })
    };
    let units = [unit(), unit()];
    let call = world.anonymous();
    // Nothing but the insert and the count of wishes is expected of the store: a look-up of the user or of the budget
    // of mails would fail the test.
    let program = world.build();
    let email = || ADA.parse().unwrap();
    program.recovery().request(&call, RequestReset { email: email() }).await.unwrap();
    let resend = ResendVerification { email: email() };
    program.registration().resend_verification(&call, resend).await.unwrap();
    assert!(units.iter().all(Unit::is_committed));
    let told = seen.all().into_iter().map(|request| {
        assert_eq!((request.at, &request.client), (call.now, &call.client));
        (request.what, request.email.as_str().to_owned())
    });
    let expected = [AskedMail::PasswordReset, AskedMail::Verification].map(|what| (what, ADA.to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(world.signal.rings(), 0, "when the worker looks must not depend on what was asked");
}

#[tokio::test]
async fn a_wish_is_granted_with_its_line_and_its_event_at_once() {
    let user = builders::user();
    for (what, kind, event, action) in [
        (
            AskedMail::PasswordReset,
            MailKind::PasswordReset,
            DomainEvent::PasswordResetRequested { user: user.id },
            Some(AuditAction::PasswordResetRequested),
        ),
        (
            AskedMail::Verification,
            MailKind::Verification,
            DomainEvent::VerificationRequested { user: user.id },
            None,
        ),
    ] {
        let mut world = World::new();
        let request = builders::mail_request(what, ADA, 900);
        waiting(&mut world, &[&request]);
        let (mut lines, pushed) = (Recorder::new(), Recorder::new());
        let list = pushed.clone();
        let unit = world.unit(|unit| {
            looks(unit, &request, Some(user.clone()), kind, true);
            lines = unit.records_audit();
            unit.outbox.expect_push().times(1).returning(move |_, event, at| {
                list.push((event, at));
                Ok(())
            });
        });
        let system = world.system();
        let taken = world.build().delivery().answer_mail_requests(&system, AnswerMailRequests).await.unwrap();
        assert_eq!((taken, unit.is_committed(), world.signal.rings()), (1, true, 1));
        // Of several links the one asked for last works, whenever somebody looked at the wish.
        assert_eq!(pushed.only(), (event, at(900)));
        let asked = Call { client: request.client.clone(), ..Call::anonymous(at(900)) };
        match action {
            Some(action) => assert_line(&lines.only(), &asked, action, user.id),
            None => assert!(lines.is_empty()),
        }
    }
}

#[tokio::test]
async fn a_wish_that_leads_to_nothing_is_counted_and_gone() {
    let stored = builders::user();
    let disabled = User { is_active: false, ..builders::user() };
    let verified = User { email_verified_at: Some(at(1)), ..builders::user() };
    let (reset, verification) = (AskedMail::PasswordReset, AskedMail::Verification);
    for (what, user, may) in [
        (reset, None, true),
        (reset, Some(disabled.clone()), true),
        (reset, Some(stored.clone()), false),
        (verification, None, true),
        (verification, Some(disabled), true),
        (verification, Some(verified), true),
        (verification, Some(stored), false),
    ] {
        let mut world = World::new();
        let request = builders::mail_request(what, ADA, 900);
        waiting(&mut world, &[&request]);
        let unit = world.unit(|unit| looks(unit, &request, user, what.budget(), may));
        let system = world.system();
        let taken = world.build().delivery().answer_mail_requests(&system, AnswerMailRequests).await.unwrap();
        assert_eq!((taken, unit.is_committed(), world.signal.rings()), (1, true, 0));
    }
}

#[tokio::test]
async fn a_wish_of_another_worker_is_left_to_it() {
    let mut world = World::new();
    let request = builders::mail_request(AskedMail::PasswordReset, ADA, 900);
    waiting(&mut world, &[&request]);
    let unit = world.unit(|unit| {
        unit.mail_requests.expect_take().times(1).return_once(|_| Ok(None));
    });
    let system = world.system();
    let taken = world.build().delivery().answer_mail_requests(&system, AnswerMailRequests).await.unwrap();
    assert_eq!((taken, unit.is_committed()), (0, false));
}

#[tokio::test]
async fn one_that_cannot_be_read_keeps_no_other_waiting_and_is_told() {
    let mut world = World::new();
    let [bad, good] = [1, 2].map(|at| builders::mail_request(AskedMail::PasswordReset, ADA, at));
    waiting(&mut world, &[&bad, &good]);
    let first = world.unit(|unit| {
        let corrupt = || StoreError::Corrupt { record: Record::MailRequest, reason: "x".to_owned() };
        unit.mail_requests.expect_take().times(1).return_once(move |_| Err(corrupt()));
    });
    let second = world.unit(|unit| {
        looks(unit, &good, Some(builders::user()), MailKind::PasswordReset, true);
        unit.records_audit();
        unit.records_events();
    });
    let system = world.system();
    let result = world.build().delivery().answer_mail_requests(&system, AnswerMailRequests).await;
    assert_refused!(result, CommonError::Store(StoreError::Corrupt { .. }));
    assert_eq!((first.is_committed(), second.is_committed(), world.signal.rings()), (false, true, 1));
}

#[tokio::test]
async fn a_store_that_fails_is_left_alone_until_the_next_round() {
    let mut world = World::new();
    let [first, second, third] =
        [1, 2, 3].map(|at| builders::mail_request(AskedMail::PasswordReset, ADA, at));
    waiting(&mut world, &[&first, &second, &third]);
    let granted = world.unit(|unit| {
        looks(unit, &first, Some(builders::user()), MailKind::PasswordReset, true);
        unit.records_audit();
        unit.records_events();
    });
    world.unit(|unit| {
        takes(unit, &second);
        unit.users.expect_find_by_email().times(1).return_once(|_| Err(broken()));
    });
    let system = world.system();
    let result = world.build().delivery().answer_mail_requests(&system, AnswerMailRequests).await;
    assert_refused!(result, CommonError::Store(StoreError::Database(_)));
    assert_eq!((granted.is_committed(), world.signal.rings()), (true, 1));
}
