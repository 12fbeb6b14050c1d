//! Rules that are applied to what is stored.

use dashtam_domain::{
    id::{RuleRunId, UserId},
    ledger::TransactionKey,
    ledger::meaning::rule::{ByRule, RuleOutcome, RuleRun, RuleRunChange, RuleRunState},
    page::Limit,
    retention::Outlived,
    store::Storage,
};

use crate::{
    builders::{self, at, day},
    storage::{begin, races::race, store, stored_account, stored_user},
};

fn run(owner: UserId) -> RuleRun {
    RuleRun::new(RuleRunId(builders::id()), owner, None, at(0))
}

async fn put(storage: &Storage, run: &RuleRun) {
    let mut unit = begin(storage).await;
    unit.rule_runs().put(run).await.unwrap();
    unit.commit().await.unwrap();
}

/// As it was written last, to its owner only, and as the one that is open.
pub async fn a_run_comes_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let mut all = run(owner);
    let of_rule = RuleRun { of: Some(builders::id()), ..run(owner) };
    let mut unit = begin(storage).await;
    unit.rule_runs().put_all(&[all.clone(), of_rule.clone()]).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.rule_runs().open(owner).await.unwrap(), Some(all.clone()));
    assert_eq!(unit.rule_runs().open(other).await.unwrap(), None);
    let decider = of_rule.of.unwrap();
    assert_eq!(unit.rule_runs().open_of(owner, decider).await.unwrap(), Some(of_rule.clone()));
    assert_eq!(unit.rule_runs().open_of(other, decider).await.unwrap(), None);
    assert_eq!(unit.rule_runs().open_of(owner, builders::id()).await.unwrap(), None);
    for (asker, deciders, expected) in [
        (owner, vec![builders::id(), decider], vec![of_rule.clone()]),
        (owner, vec![], vec![]),
        (other, vec![decider], vec![]),
    ] {
        assert_eq!(unit.rule_runs().open_of_each(asker, &deciders).await.unwrap(), expected);
    }
    assert_eq!(unit.rule_runs().find(owner, of_rule.id).await.unwrap(), Some(of_rule.clone()));
    assert_eq!(unit.rule_runs().find(other, of_rule.id).await.unwrap(), None);
    unit.commit().await.unwrap();
    assert!(storage.queries.has_open_runs().await.unwrap());
    all.place = Some(TransactionKey {
        day: day(3),
        id: builders::transaction(&builders::file_account(owner, "1"), "a", day(3)).id,
        amount: None,
    });
    all = RuleRun {
        state: RuleRunState::Undone,
        examined: 5,
        changed: 4,
        undone: 3,
        skipped: 1,
        failures: 2,
        updated_at: at(7),
        ..all
    };
    put(storage, &all).await;
    assert_eq!(storage.queries.rule_run(owner, all.id).await.unwrap(), Some(all.clone()));
    assert_eq!(storage.queries.rule_run(other, all.id).await.unwrap(), None);
    let mut unit = begin(storage).await;
    assert_eq!(unit.rule_runs().open(owner).await.unwrap(), None);
    assert_eq!(unit.rule_runs().next().await.unwrap(), Some(of_rule.clone()));
    unit.commit().await.unwrap();
    put(storage, &RuleRun { state: RuleRunState::Completed, ..of_rule }).await;
    let mut unit = begin(storage).await;
    assert_eq!(unit.rule_runs().open_of(owner, decider).await.unwrap(), None);
    unit.commit().await.unwrap();
    assert!(!storage.queries.has_open_runs().await.unwrap());
}

/// Page by page, and what was before stays what was before.
pub async fn what_a_run_changed_is_remembered(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let run = run(owner);
    put(storage, &run).await;
    let rule = builders::rule(owner, 1).id;
    let outcome = |text: &str| {
        let note = Some(ByRule { value: text.parse().unwrap(), rule });
        Some(Box::new(RuleOutcome { note, ..RuleOutcome::default() }))
    };
    let rows: Vec<_> = (0..3).map(|n| builders::transaction(&account, &n.to_string(), day(n))).collect();
    store(storage, &rows).await;
    let change = |at: usize, before, after| RuleRunChange { transaction: rows[at].id, before, after };
    let first = [change(0, None, outcome("a")), change(1, outcome("b"), None)];
    let second = [change(1, None, outcome("c")), change(2, outcome("d"), outcome("e"))];
    for page in [&first, &second] {
        let mut unit = begin(storage).await;
        unit.rule_runs().note(run.id, page).await.unwrap();
        unit.commit().await.unwrap();
    }
    let mut unit = begin(storage).await;
    let page = unit.rule_runs().changes(run.id, None, Limit::new(2).unwrap()).await.unwrap();
    assert_eq!(page, [first[0].clone(), change(1, outcome("b"), outcome("c"))]);
    let rest = unit.rule_runs().changes(run.id, Some(rows[1].id), Limit::default()).await.unwrap();
    assert_eq!(rest, [second[1].clone()]);
    unit.commit().await.unwrap();
}

/// Those that changed something and can be taken back, up to as many as there may be.
pub async fn runs_that_can_be_taken_back_are_counted(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let over = |state, changed| RuleRun { state, changed, ..run(owner) };
    let (completed, failed) = (RuleRunState::Completed, RuleRunState::Failed);
    let kept = async |owner| {
        let mut unit = begin(storage).await;
        let kept = unit.rule_runs().kept(owner).await.unwrap();
        unit.commit().await.unwrap();
        kept
    };
    for run in [
        over(completed, 3),
        over(failed, 1),
        over(completed, 0),
        over(RuleRunState::Undone, 3),
        over(RuleRunState::Running, 3),
        RuleRun { of: Some(builders::id()), ..over(completed, 3) },
        RuleRun { owner: other, ..over(completed, 3) },
    ] {
        put(storage, &run).await;
    }
    assert_eq!((kept(owner).await, kept(other).await), (2, 1));
    let shown = async |owner| {
        let shown = storage.queries.shown_runs(owner).await.unwrap();
        assert!(shown.is_sorted_by_key(|run| std::cmp::Reverse(run.id)), "the newest first");
        shown.into_iter().map(|run| run.state).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(owner).await,
        [RuleRunState::Running, failed, completed],
        "the one that goes on as well"
    );
    assert_eq!(shown(other).await, [completed]);
    for _ in 0..RuleRun::KEPT {
        put(storage, &over(completed, 1)).await;
    }
    assert_eq!(kept(owner).await, RuleRun::KEPT);
    put(storage, &over(completed, 1)).await;
    assert_eq!(shown(owner).await, [completed; RuleRun::SHOWN]);
}

/// What they changed goes first, in batches and at once where it was taken back; then what is over for long.
pub async fn old_runs_go_after_what_they_changed(storage: &Storage) {
    const DAYS: i64 = 30 * 86_400;
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rows: Vec<_> = (0..3).map(|n| builders::transaction(&account, &n.to_string(), day(n))).collect();
    store(storage, &rows).await;
    let states = [RuleRunState::Completed, RuleRunState::Failed, RuleRunState::Undone, RuleRunState::Running];
    let runs = states.map(|state| RuleRun { state, ..run(owner) });
    let changes: Vec<_> =
        rows.iter().map(|row| RuleRunChange { transaction: row.id, before: None, after: None }).collect();
    for run in &runs {
        put(storage, run).await;
        let mut unit = begin(storage).await;
        unit.rule_runs().note(run.id, &changes).await.unwrap();
        unit.commit().await.unwrap();
    }
    let remove = async |what, second| {
        let mut unit = begin(storage).await;
        let removed = unit.retention().remove(what, at(second), 2).await.unwrap();
        unit.commit().await.unwrap();
        removed
    };
    let left = async || {
        let mut left = Vec::new();
        let mut unit = begin(storage).await;
        for run in &runs {
            left.push(unit.rule_runs().changes(run.id, None, Limit::default()).await.unwrap().len());
        }
        unit.commit().await.unwrap();
        left
    };
    assert_eq!(remove(Outlived::RuleRunChanges, DAYS).await, 2);
    assert_eq!(remove(Outlived::RuleRunChanges, DAYS).await, 1);
    assert_eq!(left().await, [3, 3, 0, 3]);
    assert_eq!(remove(Outlived::RuleRuns, DAYS).await, 0);
    assert_eq!(remove(Outlived::RuleRuns, DAYS + 1).await, 1, "the others have something left");
    for removed in [2, 2, 2, 0] {
        assert_eq!(remove(Outlived::RuleRunChanges, DAYS + 1).await, removed);
    }
    assert_eq!(left().await, [0, 0, 0, 3]);
    assert_eq!(remove(Outlived::RuleRuns, DAYS + 1).await, 2);
    assert_eq!(remove(Outlived::RuleRuns, DAYS + 1).await, 0);
    assert_eq!(storage.queries.rule_run(owner, runs[3].id).await.unwrap().as_ref(), Some(&runs[3]));
}

/// Of many workers each carries another page on: no page is carried on by two.
pub async fn many_workers_carry_a_run_on(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let run = run(owner);
    put(storage, &run).await;
    let carried = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let Some(mut next) = unit.rule_runs().next().await.unwrap() else {
            unit.commit().await.unwrap();
            return None;
        };
        let page = next.examined;
        unit.rules().hold_all(next.owner).await.unwrap();
        next.examined += 1;
        unit.rule_runs().put(&next).await.unwrap();
        unit.commit().await.unwrap();
        Some(page)
    });
    let mut pages: Vec<i64> = carried.await.into_iter().flatten().collect();
    pages.sort_unstable();
    let stored = storage.queries.rule_run(owner, run.id).await.unwrap().unwrap();
    assert_eq!(pages, (0..stored.examined).collect::<Vec<_>>());
    assert!(stored.examined > 0);
}
