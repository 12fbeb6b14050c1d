//! Table `rules`.

use dashtam_domain::{
    id::{AccountId, RuleId, UserId},
    ledger::meaning::rule::{
        Rule, RuleActions, RuleCondition, RuleField, RuleMatch, RuleOperator, RuleTerms, RuleTest,
    },
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::{corrections, parts::word};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub position: i32,
    pub is_enabled: bool,
    pub matching: String,
    /// JSON.
    pub conditions: String,
    /// JSON.
    pub actions: String,
    pub stops: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

#[derive(Serialize, Deserialize)]
struct StoredTest {
    field: String,
    operator: String,
    values: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredCondition {
    AnyOf { any: Vec<StoredTest> },
    One(StoredTest),
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredActions {
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hides: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_transfer: bool,
}

impl From<&RuleTest> for StoredTest {
    fn from(test: &RuleTest) -> Self {
        Self {
            field: test.field().as_str().to_owned(),
            operator: test.operator().as_str().to_owned(),
            values: test.values().to_vec(),
        }
    }
}

impl StoredTest {
    fn read(self) -> Result<RuleTest, &'static str> {
        let field = word(&self.field, RuleField::parse)?;
        let operator = word(&self.operator, RuleOperator::parse)?;
        Ok(RuleTest::stored(field, operator, self.values))
    }
}

/// The conditions as text.
fn conditions(terms: &RuleTerms) -> String {
    let stored = |condition: &RuleCondition| match condition {
        RuleCondition::One(test) => StoredCondition::One(test.into()),
        RuleCondition::AnyOf(tests) => {
            StoredCondition::AnyOf { any: tests.iter().map(StoredTest::from).collect() }
        }
    };
    let stored: Vec<StoredCondition> = terms.conditions.iter().map(stored).collect();
    // Strings and lists of strings: there is nothing that could fail.
    serde_json::to_string(&stored).unwrap_or_default()
}

fn actions(actions: &RuleActions) -> String {
    let RuleActions { category, merchant, note, tags, hides, is_transfer } = actions;
    let stored = StoredActions {
        category: category.map(|category| category.to_string()),
        merchant: merchant.as_ref().map(|line| line.as_str().to_owned()),
        note: note.as_ref().map(|note| note.as_str().to_owned()),
        tags: tags.as_slice().iter().map(|tag| tag.as_str().to_owned()).collect(),
        hides: *hides,
        is_transfer: *is_transfer,
    };
    // Strings only: there is nothing that could fail.
    serde_json::to_string(&stored).unwrap_or_default()
}

fn read_conditions(text: &str) -> Result<Vec<RuleCondition>, &'static str> {
    let stored: Vec<StoredCondition> = serde_json::from_str(text).map_err(|_| "is not what a rule asks")?;
    let read = |condition| match condition {
        StoredCondition::One(test) => test.read().map(RuleCondition::One),
        StoredCondition::AnyOf { any } => {
            any.into_iter().map(StoredTest::read).collect::<Result<_, _>>().map(RuleCondition::AnyOf)
        }
    };
    stored.into_iter().map(read).collect()
}

fn read_actions(text: &str) -> Result<RuleActions, &'static str> {
    const WRONG: &str = "has an action that no rule has";
    let StoredActions { category, merchant, note, tags, hides, is_transfer } =
        serde_json::from_str(text).map_err(|_| "is not what a rule does")?;
    Ok(RuleActions {
        category: category.map(|text| text.parse().map_err(|_| WRONG)).transpose()?,
        merchant: merchant.map(|text| text.parse().map_err(|_| WRONG)).transpose()?,
        note: note.map(|text| text.parse().map_err(|_| WRONG)).transpose()?,
        tags: corrections::tags(tags)?,
        hides,
        is_transfer,
    })
}

/// What a rule asks and does. Terms that cannot be read are an error for nobody: their owner's other rules, and whoever stores what an
/// institution tells, go on without them.
fn read_terms(entry: &Entry<'_, impl Cells>) -> Result<RuleTerms, StoreError> {
    use Column as C;
    let matching = entry.text(C::Matching as usize)?;
    let (conditions, actions) = (entry.text(C::Conditions as usize)?, entry.text(C::Actions as usize)?);
    let stops = entry.get(C::Stops as usize)?;
    let read = || {
        let (conditions, actions) = (read_conditions(&conditions)?, read_actions(&actions)?);
        Ok(RuleTerms { matching: word(&matching, RuleMatch::parse)?, conditions, actions, stops })
    };
    Ok(read().unwrap_or_else(|reason: &'static str| {
        tracing::warn!(reason, "a stored rule cannot be read and is not asked");
        RuleTerms::unreadable()
    }))
}

/// Every column of a rule.
pub(crate) fn row(rule: &Rule) -> ActiveModel {
    ActiveModel {
        id: Set(rule.id.0),
        user_id: Set(rule.owner.0),
        name: Set(rule.name.as_str().to_owned()),
        position: Set(rule.position),
        is_enabled: Set(rule.is_enabled),
        matching: Set(rule.terms.matching.as_str().to_owned()),
        conditions: Set(conditions(&rule.terms)),
        actions: Set(actions(&rule.terms.actions)),
        stops: Set(rule.terms.stops),
        created_at: Set(rule.created_at.as_chrono()),
        updated_at: Set(rule.updated_at.as_chrono()),
    }
}

impl FromRow for Rule {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Rule, 0);
        Ok(Self {
            id: RuleId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            name: entry.parse(C::Name as usize, str::parse)?,
            position: entry.get(C::Position as usize)?,
            is_enabled: entry.get(C::IsEnabled as usize)?,
            terms: read_terms(&entry)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}

/// The institutions of a user's accounts.
pub(crate) const INSTITUTIONS: &str =
    "SELECT id, institution FROM accounts WHERE user_id = $1 AND institution IS NOT NULL ORDER BY id";

/// An account's institution.
pub(crate) struct Named(pub(crate) AccountId, pub(crate) String);

impl FromRow for Named {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Account, 0);
        Ok(Self(AccountId(entry.get(0)?), entry.text(1)?))
    }
}
