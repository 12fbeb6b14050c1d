//! A full book of rules, asked about many transactions.

use std::{hint::black_box, time::Instant};

use anyhow::{Context, Result};
use dashtam_domain::{
    id::{AccountId, RuleId, TransactionId, UserId},
    ledger::Transaction,
    ledger::meaning::rule::{
        Rule, RuleActions, RuleBook, RuleCondition, RuleField, RuleMatch, RuleOperator, RuleTerms, RuleTest,
    },
    time::{Day, Timestamp},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    cli::{Part, Scale},
    data::transaction,
    report::{Figure, Quantity, Target},
    statistics::median,
};

/// Rows of a second about which the rules have to be asked.
const DECIDED: f64 = 50_000.0;

/// A rule of the sort that people make: most look for a text, some for an amount or a pattern as well.
fn rule(number: i32, owner: UserId, now: Timestamp) -> Result<Rule> {
    let test = |field, operator, values: &[String]| -> Result<RuleCondition> {
        RuleTest::new(field, operator, values.to_vec()).map(RuleCondition::One).context("a rule")
    };
    let mut conditions = vec![test(
        RuleField::Text,
        RuleOperator::Contains,
        &[format!("shop {number} "), format!("No {number}")],
    )?];
    if number % 5 == 0 {
        conditions.push(test(RuleField::Amount, RuleOperator::LessThan, &["-10".to_owned()])?);
    }
    if number % 10 == 0 {
        let pattern = format!("(no|nr) {number}[0-9]?$");
        conditions = vec![test(RuleField::Description, RuleOperator::Matches, &[pattern])?];
    }
    Ok(Rule {
        id: RuleId(Uuid::from_u128(u128::try_from(number)?)),
        owner,
        name: format!("Rule {number}").parse().context("a name")?,
        position: number,
        is_enabled: true,
        terms: RuleTerms {
            matching: RuleMatch::All,
            conditions,
            actions: RuleActions { category: "shopping".parse().ok(), ..RuleActions::default() },
            stops: false,
        },
        created_at: now,
        updated_at: now,
    })
}

/// Asks as many rules as there may be about transactions.
pub(super) fn measure(scale: Scale, now: Timestamp) -> Result<Vec<Figure>> {
    let [_, rows] = scale.statement_rows;
    let (owner, account) = (UserId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
    let rules = (1..=i32::try_from(Rule::MOST)?).map(|number| rule(number, owner, now));
    let rules = rules.collect::<Result<Vec<Rule>>>()?;
    let day = Day::new(2026, 1, 1).context("a day")?;
    let row = |n: usize| transaction(n, owner, account, TransactionId(Uuid::from_u128(n as u128)), day);
    let ledger: Vec<Transaction> = (0..rows).map(row).collect();
    let begun = Instant::now();
    let book = RuleBook::new(rules.clone(), &[]);
    let made_ready = begun.elapsed();
    let (mut rates, mut decided) = (Vec::new(), 0);
    for _ in 0..scale.repeats {
        let begun = Instant::now();
        decided = ledger.iter().filter(|row| black_box(book.decide(row)).is_some()).count();
        rates.push(rows as f64 / begun.elapsed().as_secs_f64());
    }
    let figure = Figure::new(
        Part::Rules,
        None,
        format!("{} rules asked about {rows} rows", rules.len()),
        Quantity::rows(median(rates)),
    );
    Ok(vec![
        figure
            .target(Target::AtLeast(DECIDED))
            .details(json!({"decided": decided, "made_ready_ms": made_ready.as_secs_f64() * 1_000.0})),
    ])
}
