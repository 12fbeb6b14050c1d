//! Importing a file from beginning to end.

use dashtam_application::{
    errors::CommonError,
    imports::{AccountChoice, GetImport, ImportError, ImportStatement},
};
use dashtam_domain::{
    delivery::idempotency::Begun,
    id::ImportId,
    identity::AuditAction,
    ledger::{
        AccountSource, Import, ImportCounts, ImportState, PlainAccountHasher, statement::StatementEvent,
    },
    money::Currency,
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::Recorder,
};
use serde_json::json;

use super::{account, begins, import, new_account_id, problem, row, stores_page, upload, upserts};
use crate::world::{
    World, assert_line, assert_refused, begins as begins_once, finishes, kept, kept_answer, once,
};

fn small_file() -> Vec<StatementEvent> {
    vec![
        StatementEvent::Account(account()),
        StatementEvent::Row(row(4)),
        StatementEvent::Refused(problem(5)),
        StatementEvent::Note(problem(6)),
    ]
}

/// The units of the small file between the first and the last.
fn stores_small_file(world: &mut World) {
    let id = new_account_id();
    world.unit(|unit| drop(upserts(unit, id)));
    world.unit(|unit| drop(stores_page(unit, Vec::new())));
    world.unit(|unit| drop(upserts(unit, id)));
}

#[tokio::test]
async fn a_file_is_stored_and_reported_row_by_row() {
    let mut world = World::new();
    let request = upload(&mut world, small_file());
    let (begun, mut reports, mut lines) = (Recorder::new(), Recorder::new(), Recorder::new());
    let look_up = world.unit(|_| {});
    let seen = begun.clone();
    let first = world.unit(|unit| {
        unit.imports.expect_insert().times(1).returning(move |import| {
            seen.push(import.clone());
            Ok(())
        });
    });
    stores_small_file(&mut world);
    let last = world.unit(|unit| {
        reports = Recorder::new();
        let seen = reports.clone();
        super::goes_on(unit);
        unit.imports.expect_update().times(1).returning(move |import: &Import| {
            seen.push(import.clone());
            Ok(())
        });
        lines = unit.records_audit();
    });
    world.clock.set(at(1_010));
    let report = import(&mut world, request).await.unwrap();

    assert!(!look_up.is_committed() && first.is_committed() && last.is_committed());
    let running = begun.only();
    assert_eq!(
        (running.state, running.counts, running.finished_at),
        (ImportState::Running, ImportCounts::default(), None)
    );
    assert_eq!((running.owner, running.format.as_str(), running.size), (world.owner, "script", 11));
    assert_eq!((running.file_name.as_deref(), running.created_at), (Some("March.script"), world.now));

    assert_eq!(report, reports.only());
    assert_eq!(
        (report.id, report.state, report.finished_at),
        (running.id, ImportState::Completed, Some(at(1_010)))
    );
    assert_eq!(report.counts, ImportCounts { taken: 1, known: 0, refused: 1, accounts: 1 });
    assert_eq!(report.problems, [problem(5), problem(6)]);

    let (line, call) = (lines.only(), world.call());
    assert_line(&line, &call, AuditAction::StatementImported, world.owner);
    let details = json!({
        "import_id": report.id.to_string(), "format": "script", "taken": 1, "known": 0, "refused": 1,
    });
    assert_eq!(line.details, details);
}

#[tokio::test]
async fn the_account_of_a_file_is_named_and_masked() {
    let mut world = World::new();
    let unnamed = dashtam_domain::ledger::statement::StatementAccount {
        institution: Some(String::new()),
        number: None,
        currency: None,
        ..account()
    };
    let events = vec![StatementEvent::Account(account()), StatementEvent::Account(unnamed)];
    let request = ImportStatement { account: Some(AccountChoice::New), ..upload(&mut world, events) };
    begins(&mut world);
    let (mut first, mut second) = (Recorder::new(), Recorder::new());
    let ids = [new_account_id(), new_account_id()];
    world.unit(|unit| first = upserts(unit, ids[0]));
    world.unit(|unit| drop(upserts(unit, ids[0])));
    world.unit(|unit| second = upserts(unit, ids[1]));
    world.unit(|unit| drop(upserts(unit, ids[1])));
    super::ends(&mut world);
    let report = import(&mut world, request).await.unwrap();

    let (first, second) = (first.only(), second.only());
    assert_eq!(first.source, AccountSource::Files { institution_id: "0123".to_owned() });
    let identity = account().identity().unwrap().hashed(world.owner, &PlainAccountHasher);
    assert_eq!(first.external_id, identity.external_id);
    assert!(!first.external_id.contains("7890"), "{}", first.external_id);
    assert_eq!(first.mask.as_deref(), Some("****7890"));
    assert_eq!((first.name.as_str(), first.currency), ("First Bank ****7890", Currency::USD));
    assert!(second.external_id.starts_with("unnamed|"), "{}", second.external_id);
    assert_eq!((second.mask, second.institution), (None, None));
    assert_eq!((second.name.as_str(), second.currency.as_str()), ("Imported account (March.script)", "XXX"));
    assert_eq!(report.counts.accounts, 2);
    assert_eq!(report.problems.len(), 1, "the missing currency is noted");
}

fn shown(import: &Import) -> String {
    format!("taken {}", import.counts.taken)
}

#[tokio::test]
async fn the_answer_is_kept_in_the_unit_that_completes_the_import() {
    let mut world = World::new();
    let request = upload(&mut world, small_file());
    let (scope, mut answers) = (world.user_scope(), Recorder::new());
    let look_up = world.unit(|unit| begins_once(unit, scope.clone(), Begun::Fresh));
    world.unit(|unit| {
        unit.imports.expect_insert().returning(|_| Ok(()));
    });
    stores_small_file(&mut world);
    let last = world.unit(|unit| {
        begins_once(unit, scope.clone(), Begun::Fresh);
        super::goes_on(unit);
        unit.imports.expect_update().times(1).returning(|_| Ok(()));
        unit.records_audit();
        answers = finishes(unit, scope);
    });
    let call = once(world.call());
    world.build().imports().create(&call, request, |import| kept(shown(import))).await.unwrap();
    assert!(!look_up.is_committed(), "a crash must leave the key free");
    assert!(last.is_committed());
    assert_eq!(answers.only().body, "taken 1");
}

#[tokio::test]
async fn a_repeated_request_is_answered_before_anything_is_stored() {
    let mut world = World::new();
    let request = upload(&mut world, small_file());
    let scope = world.user_scope();
    let look_up = world.unit(|unit| begins_once(unit, scope, Begun::Replay(kept_answer())));
    let call = once(world.call());
    let result = world.build().imports().create(&call, request, |import| kept(shown(import))).await;
    let Err(ImportError::Common(CommonError::Replay(answer))) = result else {
        panic!("expected a replay, got {result:?}");
    };
    assert_eq!(answer, kept_answer());
    assert!(!look_up.is_committed());
}

#[tokio::test]
async fn a_key_of_another_request_stores_nothing() {
    let mut world = World::new();
    let request = upload(&mut world, small_file());
    let scope = world.user_scope();
    world.unit(|unit| begins_once(unit, scope, Begun::Mismatch));
    let call = once(world.call());
    let result = world.build().imports().create(&call, request, |import| kept(shown(import))).await;
    assert_refused!(result, ImportError::Common(CommonError::KeyReused));
}

#[tokio::test]
async fn of_two_requests_at_once_the_slower_one_gets_the_answer_of_the_faster() {
    let mut world = World::new();
    let request = upload(&mut world, Vec::new());
    let scope = world.user_scope();
    world.unit(|unit| begins_once(unit, scope.clone(), Begun::Fresh));
    world.unit(|unit| {
        unit.imports.expect_insert().returning(|_| Ok(()));
    });
    let last = world.unit(|unit| begins_once(unit, scope, Begun::Replay(kept_answer())));
    let call = once(world.call());
    let result = world.build().imports().create(&call, request, |import| kept(shown(import))).await;
    assert_refused!(result, ImportError::Common(CommonError::Replay(_)));
    assert!(!last.is_committed());
}

#[tokio::test]
async fn a_report_is_shown_to_its_owner_and_to_nobody_else() {
    for known in [true, false] {
        let mut world = World::new();
        let report = builders::import(world.owner);
        let (owner, id): (_, ImportId) = (world.owner, report.id);
        let found = known.then(|| report.clone());
        world
            .queries
            .ledger
            .expect_import()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .times(1)
            .return_once(|_, _| Ok(found));
        let call = world.call();
        let result = world.build().imports().get(&call, GetImport { import: id }).await;
        if known {
            assert_eq!(result.unwrap(), report);
        } else {
            assert_refused!(result, ImportError::NotFound);
        }
    }
}

#[tokio::test]
async fn the_formats_are_those_of_the_readers() {
    let mut world = World::new();
    upload(&mut world, Vec::new());
    let keys: Vec<_> = world.build().imports().formats().iter().map(|(format, _)| format.key).collect();
    assert_eq!(keys, ["script"]);
}
