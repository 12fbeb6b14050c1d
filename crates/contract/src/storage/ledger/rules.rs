//! Rules, and what they decide about transactions.

use dashtam_domain::{
    id::UserId,
    ledger::meaning::{
        CategorizedBy, CategoryFilter, CategoryKey, OwnCategory,
        rule::{
            ByRule, Rule, RuleActions, RuleCondition, RuleField, RuleMatch, RuleOperator, RuleOutcome,
            RuleTerms,
        },
    },
    ledger::{
        ChangeKey, ChangeKind, ChangedRow, Hidden, Narrowing, Tag, Tags, Transaction, TransactionChange,
        TransactionDetails, TransactionFilter, TransactionKey, TransactionStatus,
    },
    page::Limit,
    store::Storage,
};

use crate::{
    builders::{self, at, day, rule_test},
    storage::{begin, ledger::corrections::correct, races::race, store, stored_account, stored_user},
};

async fn put(storage: &Storage, rules: &[Rule]) {
    let mut unit = begin(storage).await;
    unit.rules().put(rules).await.unwrap();
    unit.commit().await.unwrap();
}

async fn update(storage: &Storage, row: &Transaction) {
    let mut unit = begin(storage).await;
    unit.transactions().update(std::slice::from_ref(row)).await.unwrap();
    unit.commit().await.unwrap();
}

/// A rule that asks and does all there is.
fn everything(owner: UserId, position: i32, category: &str) -> Rule {
    let nested = vec![
        rule_test(RuleField::Text, RuleOperator::Contains, &["\"Kaffee\" % _", "é"]),
        rule_test(RuleField::Merchant, RuleOperator::Matches, &[r"^(a|b)\d+$"]),
    ];
    let amount = rule_test(RuleField::Amount, RuleOperator::Between, &["-20", "-10.50"]);
    Rule {
        name: "All \"of\" it".parse().unwrap(),
        terms: RuleTerms {
            matching: RuleMatch::Any,
            conditions: vec![RuleCondition::AnyOf(nested), RuleCondition::One(amount)],
            actions: RuleActions {
                category: category.parse().ok(),
                merchant: "Café \"Müller\"".parse().ok(),
                note: "one\ntwo".parse().ok(),
                tags: Tags::new(["Trip \"1\"".parse().unwrap(), "é".parse().unwrap()]).unwrap(),
                hides: true,
                is_transfer: false,
            },
            stops: true,
        },
        ..builders::rule(owner, position)
    }
}

/// By their places, of whoever owns them, and as they are written last.
pub async fn rules_come_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let second = everything(owner, 2, "food.coffee");
    let mut first = builders::rule(owner, 1);
    let elses = builders::rule(other, 1);
    put(storage, &[second.clone(), first.clone(), elses.clone()]).await;
    first = Rule { is_enabled: false, position: 3, updated_at: at(9), ..first };
    put(storage, std::slice::from_ref(&first)).await;
    let all = [second.clone(), first];
    assert_eq!(storage.queries.rules(owner).await.unwrap(), all);
    let mut unit = begin(storage).await;
    assert_eq!(unit.rules().hold_all(owner).await.unwrap(), all);
    assert!(!unit.rules().remove(other, second.id).await.unwrap(), "it is somebody else's");
    assert!(unit.rules().remove(owner, second.id).await.unwrap());
    assert!(!unit.rules().remove(owner, second.id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.rules(owner).await.unwrap().len(), 1);
    assert_eq!(storage.queries.rules(other).await.unwrap(), [elses]);
    let account = stored_account(storage, owner, "1").await;
    let mut unit = begin(storage).await;
    let named = unit.rules().institutions(owner).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(named, [(account.id, account.institution.unwrap())]);
}

fn outcome(rule: &Rule, category: &str) -> Option<Box<RuleOutcome>> {
    let rule = rule.id;
    Some(Box::new(RuleOutcome {
        category: Some(ByRule { value: category.parse().unwrap(), rule }),
        merchant: Some(ByRule { value: "Café \"Müller\"".parse().unwrap(), rule }),
        note: Some(ByRule { value: "one\ntwo".parse().unwrap(), rule }),
        hidden: Some(ByRule { value: (), rule }),
        tags: vec![ByRule { value: "Trip \"1\"".parse().unwrap(), rule }],
        learned: None,
    }))
}

/// What a rule decided is shown in the place of what the institution says and stays beside it, under whatever a person
/// corrects, and goes when the row is stored without it.
pub async fn what_rules_decide_comes_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rule = builders::rule(owner, 1);
    put(storage, std::slice::from_ref(&rule)).await;
    let details = TransactionDetails { payee: Some("CFE 17".to_owned()), ..TransactionDetails::default() };
    let row = |source_id| Transaction {
        details: details.clone(),
        ..builders::transaction(&account, source_id, day(1))
    };
    let decided = Transaction { decided: outcome(&rule, "food.coffee"), ..row("decided") };
    let plain = row("plain");
    store(storage, &[decided.clone(), plain.clone()]).await;

    let found = async |of: &Transaction| storage.queries.transaction(owner, of.id).await.unwrap().unwrap();
    assert_eq!(found(&decided).await, decided);
    assert_eq!(found(&plain).await, plain);
    let filter = |hidden, category| TransactionFilter { hidden, category, ..TransactionFilter::default() };
    let listed = async |filter| {
        let page = storage.queries.transactions(owner, filter, None, Limit::default()).await.unwrap();
        page.items
    };
    assert_eq!(listed(filter(Hidden::Without, CategoryFilter::Any)).await.len(), 1);
    let hidden = listed(filter(Hidden::Only, CategoryFilter::Any)).await;
    assert_eq!(hidden.iter().map(|row| row.id).collect::<Vec<_>>(), [decided.id]);
    assert_eq!((hidden[0].shown_merchant(), hidden[0].note()), (Some("Café \"Müller\""), Some("one\ntwo")));
    assert_eq!((hidden[0].details.payee.as_deref(), &hidden[0].decided), (Some("CFE 17"), &decided.decided));
    let tag: Tag = "trip \"1\"".parse().unwrap();
    let narrowing = Narrowing { tags: vec![tag.key().clone()], ..Narrowing::default() };
    let tagged = TransactionFilter { hidden: Hidden::With, narrowing, ..TransactionFilter::default() };
    assert_eq!(listed(tagged.clone()).await, hidden);
    let coffee = CategoryFilter::Among(vec!["food.coffee".parse().unwrap()]);
    assert_eq!(listed(filter(Hidden::With, coffee.clone())).await.len(), 1);

    // A person counts before a rule, and what the rule decided shows again when that is taken back.
    let change = TransactionChange {
        category: Some("food".parse().ok()),
        merchant: Some("Mine".parse().ok()),
        hidden: Some(Some(false)),
        tags: Some(Tags::new([])),
        ..TransactionChange::default()
    };
    let corrected = correct(storage, &decided, change, 5).await;
    assert_eq!(found(&decided).await, Transaction { raw: decided.raw.clone(), ..corrected.clone() });
    assert_eq!(corrected.category().map(|(_, by)| by), Some(CategorizedBy::User));
    assert_eq!(listed(tagged.clone()).await, []);
    assert_eq!(listed(filter(Hidden::Without, CategoryFilter::Any)).await.len(), 2);
    let retold = Transaction { description: "Coffee again".to_owned(), ..decided.clone() };
    update(storage, &retold).await;
    let there = found(&decided).await;
    assert_eq!((&there.corrections, &there.decided), (&corrected.corrections, &decided.decided));
    assert_eq!((there.shown_merchant(), there.details.payee.as_deref()), (Some("Mine"), Some("CFE 17")));
    let back = TransactionChange {
        category: Some(None),
        merchant: Some(None),
        hidden: Some(None),
        tags: Some(None),
        ..TransactionChange::default()
    };
    correct(storage, &decided, back, 6).await;
    assert_eq!(found(&decided).await.category().map(|(_, by)| by), Some(CategorizedBy::Rule));
    assert_eq!(listed(filter(Hidden::With, coffee)).await.len(), 1);
    assert_eq!(listed(tagged.clone()).await.len(), 1);

    // The feed tells of it, and what is decided otherwise or no longer is stored like that.
    let before = storage.queries.clock(owner).await.unwrap();
    update(storage, &Transaction { decided: None, ..retold.clone() }).await;
    let there = found(&decided).await;
    assert_eq!((there.decided.as_ref(), there.shown_merchant()), (None, Some("CFE 17")));
    assert_eq!(listed(tagged).await, []);
    let after = ChangeKey::end_of(before.seq);
    let changes = storage.queries.changes(owner, ChangeKind::Transaction, after, i64::MAX, Limit::default());
    let changes = changes.await.unwrap().items;
    assert!(
        matches!(&changes[..], [change] if matches!(&change.row, ChangedRow::Transaction(row) if row.id == decided.id))
    );
}

/// Of one owner, by ids, as long as the rule decides something about them and they are there.
pub async fn transactions_are_found_by_their_rule(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let other = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let (one, two) = (builders::rule(owner, 1), builders::rule(owner, 2));
    put(storage, &[one.clone(), two.clone()]).await;
    let row = |source_id: &str, decided| Transaction {
        decided,
        ..builders::transaction(&account, source_id, day(1))
    };
    let of_both = outcome(&one, "food").map(|mut outcome| {
        outcome.note = outcome.note.map(|note| ByRule { rule: two.id, ..note });
        outcome
    });
    let mut rows: Vec<Transaction> = (0..5).map(|n| row(&n.to_string(), outcome(&one, "food"))).collect();
    rows.push(row("both", of_both));
    rows.push(row("none", None));
    store(storage, &rows).await;
    // Stored once more under other ids nothing is added.
    let again: Vec<Transaction> = rows.iter().map(|of| row(&of.source_id, of.decided.clone())).collect();
    assert_eq!(store(storage, &again).await, 0);
    let found = async |owner, rule: &Rule| {
        let (mut ids, mut after) = (Vec::new(), None);
        let mut unit = begin(storage).await;
        loop {
            let limit = Limit::new(2).unwrap();
            let page = unit.rules().decided_by(owner, rule.id.0, after, limit).await.unwrap();
            assert!(page.iter().all(|row| row.raw.is_none()));
            ids.extend(page.iter().map(|row| row.source_id.clone()));
            after = page.last().map(|row| row.id);
            if after.is_none() {
                unit.commit().await.unwrap();
                return ids;
            }
        }
    };
    assert_eq!(found(owner, &one).await, ["0", "1", "2", "3", "4", "both"]);
    assert_eq!(found(owner, &two).await, ["both"]);
    assert_eq!(found(other, &one).await, Vec::<String>::new());
    update(storage, &Transaction { decided: None, ..rows[1].clone() }).await;
    update(storage, &Transaction { decided: outcome(&two, "food"), ..rows[2].clone() }).await;
    assert_eq!(found(owner, &one).await, ["0", "3", "4", "both"]);
    assert_eq!(found(owner, &two).await, ["2", "both"]);
}

/// The newest first, each once, without those that are marked as removed.
pub async fn a_history_comes_page_by_page(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let another = stored_account(storage, owner, "2").await;
    let mut rows: Vec<Transaction> = (0..5)
        .map(|n| {
            builders::transaction(if n % 2 == 0 { &account } else { &another }, &n.to_string(), day(n / 2))
        })
        .collect();
    rows[1].status = TransactionStatus::Removed;
    rows[3].status = TransactionStatus::Pending;
    store(storage, &rows).await;
    let (mut found, mut after) = (Vec::new(), None);
    let mut unit = begin(storage).await;
    loop {
        let page = unit.rules().history(owner, after, Limit::new(2).unwrap()).await.unwrap();
        found.extend(page.iter().map(|row| row.source_id.clone()));
        after = page.last().map(TransactionKey::of);
        if after.is_none() {
            break;
        }
    }
    unit.commit().await.unwrap();
    assert_eq!(found, ["4", "3", "2", "0"]);
}

/// What a rule asks for or gives is not removed.
pub async fn a_category_that_a_rule_names_stays(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let given = builders::category(owner, "Given");
    let asked = builders::category(owner, "Asked");
    let mut rule = everything(owner, 1, &given.id.to_string());
    let test = rule_test(RuleField::Category, RuleOperator::Is, &["none", &asked.id.to_string()]);
    rule.terms.conditions.push(RuleCondition::One(test));
    let mut unit = begin(storage).await;
    for category in [&given, &asked] {
        unit.categories().put(category).await.unwrap();
    }
    unit.rules().put(std::slice::from_ref(&rule)).await.unwrap();
    unit.commit().await.unwrap();
    let remove = async |category: &OwnCategory| {
        let mut unit = begin(storage).await;
        let removed = unit.categories().remove_unused(owner, category.id).await.unwrap();
        unit.commit().await.unwrap();
        removed
    };
    assert_eq!(rule.terms.own_categories(), [asked.id, given.id]);
    assert!(!remove(&given).await && !remove(&asked).await);
    rule.terms.actions.category = Some(CategoryKey::Own(asked.id));
    put(storage, &[rule]).await;
    assert!(remove(&given).await && !remove(&asked).await);
}

/// Many callers who move and make rules leave each rule with a place of its own.
pub async fn rules_of_many_callers_have_a_place_each(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let rules: Vec<Rule> = (1..=5).map(|place| builders::rule(owner, place)).collect();
    put(storage, &rules).await;
    race(storage, |storage, number| {
        let moved = rules[number % rules.len()].id;
        async move {
            let mut unit = begin(&storage).await;
            let all = unit.rules().hold_all(owner).await.unwrap();
            let rule = match number % 3 {
                0 => builders::rule(owner, 0),
                // As it is by now.
                _ => all.iter().find(|rule| rule.id == moved).unwrap().clone(),
            };
            let place = i32::try_from(number % 7).unwrap();
            unit.rules().put(&Rule::arrange(all, rule, place, at(9))).await.unwrap();
            unit.commit().await.unwrap();
        }
    })
    .await;
    let all = storage.queries.rules(owner).await.unwrap();
    let places: Vec<i32> = all.iter().map(|rule| rule.position).collect();
    assert_eq!(places, (1..=15).collect::<Vec<_>>());
}
