//! What a rule asks and does, as a body has it.

use dashtam_domain::ledger::meaning::rule::{
    RuleActions, RuleCondition, RuleError, RuleField, RuleMatch, RuleOperator, RuleTerms, RuleTest,
    RuleTestError,
};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    extract::{Checks, Field},
    routes::transactions::tags::{self, TagBody},
};

/// The members of a test, and of what a rule does.
const TEST: &str = "field, operator, values";
const ACTIONS: &str = "category, merchant, note, add_tags, hide, transfer";

/// The last place there can be.
pub(super) const LAST: i32 = 200;

/// One thing that is asked of a transaction, as its institution tells it.
#[derive(ToSchema)]
#[schema(as = RuleTestBody)]
#[allow(dead_code, reason = "describes what `test` reads")]
pub(super) struct TestBody {
    /// What is looked at. `text` is every text, and of each the first 500 characters; `category` is the category by what the
    /// institution tells alone, without rules, corrections and transfers.
    #[schema(
        pattern = "^(text|description|merchant|memo|amount|absolute_amount|direction|account|institution|transaction_type|currency|date|day_of_month|category)$"
    )]
    field: String,
    /// How it is compared. Texts: `contains`, `equals`, `starts_with` one of the values, or `matches` a regular expression.
    /// Amounts and days: `equals`, `less_than`, `at_most`, `more_than`, `at_least`, or `between` two values, both included.
    /// All else: `is` one of the values.
    #[schema(
        pattern = "^(contains|equals|starts_with|matches|less_than|at_most|more_than|at_least|between|is)$"
    )]
    operator: String,
    /// With what: 1 to 10 texts of 1 to 256 characters. Case makes no difference, accents do. A regular expression has no
    /// look-around, no groups that are matched again, and few repetitions and classes of characters.
    #[schema(min_items = 1, max_items = 10)]
    values: Vec<String>,
}

/// Tests of which one is enough.
#[derive(ToSchema)]
#[schema(as = RuleAnyBody)]
#[allow(dead_code, reason = "describes what `condition` reads")]
pub(super) struct AnyBody {
    #[schema(min_items = 1, max_items = 20)]
    any: Vec<TestBody>,
}

/// A condition: one test, or several of which one is enough.
#[derive(ToSchema)]
#[schema(as = RuleConditionBody)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what `condition` reads")]
pub(super) enum ConditionBody {
    Test(TestBody),
    Any(AnyBody),
}

/// What a rule does. What is left out or null it does not do.
#[derive(ToSchema)]
#[schema(as = RuleActionsBody)]
#[allow(dead_code, reason = "describes what `actions` reads")]
pub(super) struct ActionsBody {
    /// The key of a category that everybody has, or the id of one of the caller's own.
    #[schema(
        required = false,
        pattern = "^([a-z_]+(\\.[a-z_]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
    )]
    category: Option<String>,
    /// What the other side is called.
    #[schema(
        required = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    merchant: Option<String>,
    #[schema(
        required = false,
        min_length = 1,
        max_length = 2000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    note: Option<String>,
    /// Adds these tags, beside those that other rules add; a transaction has at most 20.
    #[schema(required = false, max_items = 20)]
    add_tags: Option<Vec<TagBody>>,
    /// Leaves the transaction out of lists.
    #[schema(required = false)]
    hide: bool,
    /// Gives the transaction the category of transfers, in or out by its sign, so that it is neither spent nor earned.
    #[schema(required = false)]
    transfer: bool,
}

/// Reads all that a new rule asks and does.
pub(super) fn read(
    checks: &mut Checks,
    matching: Field,
    conditions: Field,
    actions: Field,
    stop: &Field,
) -> Option<RuleTerms> {
    for (name, field) in [("conditions", &conditions), ("actions", &actions)] {
        if matches!(field, Field::Absent) {
            checks.broken(name, "missing", "This field is required.");
        }
    }
    let matching = self::matching(checks, matching).unwrap_or(RuleMatch::All);
    let stops = checks.given_flag("stop", stop).unwrap_or(false);
    let conditions = self::conditions(checks, conditions);
    let actions = self::actions(checks, actions);
    Some(RuleTerms { matching, conditions: conditions?, actions: actions?, stops })
}

/// Reads how many conditions are wanted.
pub(super) fn matching(checks: &mut Checks, value: Field) -> Option<RuleMatch> {
    let message = "This field must be all or any.";
    let word = checks.clearable_word("match", value, message, RuleMatch::parse)?;
    if word.is_none() {
        checks.broken("match", "wrong_type", message);
    }
    word
}

/// Reads the conditions.
pub(super) fn conditions(checks: &mut Checks, value: Field) -> Option<Vec<RuleCondition>> {
    if matches!(value, Field::Absent) {
        return None;
    }
    let items = checks.list("conditions", value, 1..=RuleTerms::MOST_TESTS, "conditions")?;
    // To try a test takes a while: it is not begun where there are too many.
    let tests = |item: &Value| item.get("any").and_then(Value::as_array).map_or(1, Vec::len);
    if items.iter().map(tests).sum::<usize>() > RuleTerms::MOST_TESTS {
        checks.broken("conditions", "count", RuleError::Conditions.to_string());
        return None;
    }
    checks.each(items, |checks, at, item| condition(checks, &format!("conditions[{at}]"), item))
}

fn condition(checks: &mut Checks, field: &str, value: Value) -> Option<RuleCondition> {
    let mut members = checks.object(field, value, TEST)?;
    let Some(any) = members.remove("any") else {
        return test(checks, field, members).map(RuleCondition::One);
    };
    let field = format!("{field}.any");
    checks.refuse_members(&field, &members, "any");
    let items = checks.list(&field, Field::Given(any), 1..=RuleTerms::MOST_TESTS, "tests")?;
    let tests = checks.each(items, |checks, at, item| {
        let field = format!("{field}[{at}]");
        let members = checks.object(&field, item, TEST)?;
        test(checks, &field, members)
    });
    tests.map(RuleCondition::AnyOf)
}

fn word<T>(
    checks: &mut Checks,
    field: &str,
    value: Option<Value>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let found = read(&checks.member_text(field, value)?);
    if found.is_none() {
        checks.broken(field, "unknown", "There is no such word here.");
    }
    found
}

fn test(checks: &mut Checks, field: &str, mut members: Map<String, Value>) -> Option<RuleTest> {
    let of = word(checks, &format!("{field}.field"), members.remove("field"), RuleField::parse);
    let operator =
        word(checks, &format!("{field}.operator"), members.remove("operator"), RuleOperator::parse);
    let name = format!("{field}.values");
    let values = members.remove("values").map_or(Field::Absent, Field::Given);
    let values = checks.list(&name, values, 1..=RuleTest::MOST_VALUES, "strings");
    let values = values.and_then(|values| {
        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        let texts = values.into_iter().map(text).collect::<Option<Vec<_>>>();
        if texts.is_none() {
            checks.broken(&name, "wrong_type", "This field must be a list of strings.");
        }
        texts
    });
    checks.refuse_members(field, &members, TEST);
    let (of, operator, values) = (of?, operator?, values?);
    match RuleTest::new(of, operator, values) {
        Ok(test) => Some(test),
        Err(error) => {
            let (member, code) = match error {
                RuleTestError::Operator => ("operator", "unsuitable"),
                RuleTestError::Count => ("values", "count"),
                RuleTestError::Value(_) => ("values", "unsuitable"),
            };
            checks.broken(&format!("{field}.{member}"), code, format!("In this test {error}."));
            None
        }
    }
}

/// Reads the actions.
pub(super) fn actions(checks: &mut Checks, value: Field) -> Option<RuleActions> {
    let Field::Given(value) = value else { return None };
    let mut members = checks.object("actions", value, ACTIONS)?;
    let mut member = |name: &str| members.remove(name).map_or(Field::Absent, Field::Given);
    let category =
        "This field must be the key of a category such as food.coffee, the id of one of your own, or null.";
    let (named, merchant, note) = (member("category"), member("merchant"), member("note"));
    let (tags, hide, transfer) = (member("add_tags"), member("hide"), member("transfer"));
    let actions = RuleActions {
        category: checks
            .clearable_word("actions.category", named, category, |text| text.parse().ok())
            .flatten(),
        merchant: checks.clearable_wording("actions.merchant", merchant).flatten(),
        note: checks.clearable_wording("actions.note", note).flatten(),
        tags: tags::read(checks, "actions.add_tags", tags).flatten().unwrap_or_default(),
        hides: checks.given_flag("actions.hide", &hide).unwrap_or(false),
        is_transfer: checks.given_flag("actions.transfer", &transfer).unwrap_or(false),
    };
    checks.refuse_members("actions", &members, ACTIONS);
    Some(actions)
}
