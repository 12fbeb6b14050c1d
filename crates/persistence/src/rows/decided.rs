//! What rules decided about a transaction, as the JSON of one column.

use std::str::FromStr;

use dashtam_domain::{
    id::RuleId,
    ledger::Transaction,
    ledger::meaning::{
        Learned,
        rule::{ByRule, RuleOutcome},
    },
};
use serde::{Deserialize, Serialize};

/// A value as a rule set it.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// What the institution says of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<String>,
    rule: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<Stored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<Stored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Stored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<Stored>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Stored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<StoredLearned>,
}

#[derive(Serialize, Deserialize)]
struct StoredLearned {
    payee: String,
    category: String,
    agreed: u32,
    of: u32,
    given: bool,
}

/// What was decided about a transaction, and what its institution says there.
pub(crate) struct Decided {
    /// `Some` where the other side was decided.
    merchant: Option<Option<String>>,
    pub(super) outcome: Box<RuleOutcome>,
}

impl Decided {
    /// Makes a transaction whose columns held what is shown what its institution says, with the outcome beside it.
    pub(super) fn restore(self, transaction: &mut Transaction) {
        if let Some(told) = self.merchant {
            transaction.details.payee = told;
        }
        transaction.decided = Some(self.outcome);
    }
}

/// The text to store; nothing when nothing was decided.
pub(crate) fn write(transaction: &Transaction) -> Option<String> {
    text(transaction.decided.as_deref()?, transaction.details.payee.as_deref())
}

/// The same of an outcome alone.
pub(crate) fn text(of: &RuleOutcome, payee: Option<&str>) -> Option<String> {
    if of.is_empty() {
        return None;
    }
    let stored = |rule: RuleId, value: Option<String>| Stored { value, told: None, rule: rule.to_string() };
    let outcome = Outcome {
        category: of.category.as_ref().map(|by| stored(by.rule, Some(by.value.to_string()))),
        merchant: of.merchant.as_ref().map(|by| Stored {
            told: payee.map(str::to_owned),
            ..stored(by.rule, Some(by.value.as_str().to_owned()))
        }),
        note: of.note.as_ref().map(|by| stored(by.rule, Some(by.value.as_str().to_owned()))),
        hidden: of.hidden.as_ref().map(|by| stored(by.rule, None)),
        tags: of.tags.iter().map(|by| stored(by.rule, Some(by.value.as_str().to_owned()))).collect(),
        learned: of.learned.map(|learned| StoredLearned {
            payee: learned.payee.to_string(),
            category: learned.category.to_string(),
            agreed: learned.agreed,
            of: learned.of,
            given: learned.is_given,
        }),
    };
    // Strings only: there is nothing that could fail.
    serde_json::to_string(&outcome).ok()
}

fn by_rule<T: FromStr>(stored: Option<&Stored>) -> Result<Option<ByRule<T>>, &'static str> {
    let Some(Stored { value, rule, .. }) = stored else { return Ok(None) };
    let value = value.as_deref().ok_or("has a decision without a value")?;
    Ok(Some(ByRule {
        value: value.parse().map_err(|_| "has a value that no rule could have set")?,
        rule: rule.parse().map_err(|_| "has a rule that can be none")?,
    }))
}

fn learned(stored: StoredLearned) -> Result<Learned, &'static str> {
    Ok(Learned {
        payee: stored.payee.parse().map_err(|_| "has a payee that can be none")?,
        category: stored.category.parse().map_err(|_| "has a category that is none")?,
        agreed: stored.agreed,
        of: stored.of,
        is_given: stored.given,
    })
}

/// Reads what [`write`] wrote.
pub(crate) fn read(text: &str) -> Result<Decided, &'static str> {
    let of: Outcome = serde_json::from_str(text).map_err(|_| "is not what a rule decided")?;
    let hidden = match &of.hidden {
        None => None,
        Some(by) => {
            Some(ByRule { value: (), rule: by.rule.parse().map_err(|_| "has a rule that can be none")? })
        }
    };
    Ok(Decided {
        merchant: of.merchant.as_ref().map(|by| by.told.clone()),
        outcome: Box::new(RuleOutcome {
            category: by_rule(of.category.as_ref())?,
            merchant: by_rule(of.merchant.as_ref())?,
            note: by_rule(of.note.as_ref())?,
            hidden,
            tags: of
                .tags
                .iter()
                .filter_map(|tag| by_rule(Some(tag)).transpose())
                .collect::<Result<_, _>>()?,
            learned: of.learned.map(learned).transpose()?,
        }),
    })
}
