//! A rule as a form has it, whether it can be one or not yet.

use dashtam_api::visit::Fields;
use dashtam_domain::ledger::{
    Line, Tag, Tags, Transaction,
    meaning::rule::{
        Rule, RuleActions, RuleCondition, RuleError, RuleField, RuleMatch, RuleOperator, RuleTerms, RuleTest,
    },
};

use super::tell::{self, Control};
use crate::{forms, words};

/// A condition as it is written.
pub(super) struct Written {
    pub(super) field: RuleField,
    pub(super) operator: RuleOperator,
    pub(super) values: Vec<String>,
}

/// Something that is wrong: the field of the form, and why.
pub(super) type Wrong = (String, String);

/// A rule as it is written.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) name: String,
    /// Whether one of its conditions is enough.
    pub(super) any: bool,
    pub(super) tests: Vec<Written>,
    pub(super) category: String,
    pub(super) merchant: String,
    pub(super) tags: String,
    pub(super) note: String,
    pub(super) hides: bool,
    pub(super) is_transfer: bool,
    pub(super) stops: bool,
}

impl Draft {
    /// A rule as it is; `None` where the form cannot say what it asks: it gives texts back without blanks around them, and
    /// each line by itself.
    pub(super) fn of(rule: &Rule) -> Option<Self> {
        let terms = &rule.terms;
        let is_flat = terms.conditions.iter().all(|condition| condition.tests().len() == 1);
        let any = match terms.conditions.as_slice() {
            [] => return None,
            _ if is_flat => terms.matching == RuleMatch::Any,
            [RuleCondition::AnyOf(_)] => true,
            _ => return None,
        };
        let mut values = terms.tests().flat_map(RuleTest::values);
        if values.any(|value| value.trim() != value || value.contains(['\n', '\r'])) {
            return None;
        }
        let test = |test: &RuleTest| Written {
            field: test.field(),
            operator: test.operator(),
            values: test.values().to_vec(),
        };
        let actions = &terms.actions;
        let tags: Vec<&str> = actions.tags.as_slice().iter().map(Tag::as_str).collect();
        Some(Self {
            name: rule.name.as_str().to_owned(),
            any,
            tests: terms.tests().map(test).collect(),
            category: actions.category.map(|key| key.to_string()).unwrap_or_default(),
            merchant: actions.merchant.as_ref().map(|line| line.as_str().to_owned()).unwrap_or_default(),
            tags: tags.join(", "),
            note: actions.note.as_ref().map(|note| note.as_str().to_owned()).unwrap_or_default(),
            hides: actions.hides,
            is_transfer: actions.is_transfer,
            stops: terms.stops,
        })
    }

    /// The rule that somebody may mean who looks at this transaction.
    pub(super) fn like(row: &Transaction) -> Self {
        let payee = row.details.payee.as_deref().filter(|payee| in_one_line(payee) == *payee);
        let test = match payee {
            Some(payee) => Written {
                field: RuleField::Merchant,
                operator: RuleOperator::Equals,
                values: vec![payee.to_owned()],
            },
            None => Written {
                field: RuleField::Description,
                operator: RuleOperator::Contains,
                values: vec![beginning(&row.description)],
            },
        };
        let category = row.category().map(|(key, _)| key.to_string()).unwrap_or_default();
        Self { tests: vec![test], category, ..Self::default() }
    }

    /// What a form says.
    pub(super) fn read(form: &Fields) -> Self {
        let mut tests = Vec::new();
        for at in 0..RuleTerms::MOST_TESTS {
            let field = RuleField::parse(form.text(&format!("field-{at}")));
            let Some(field) = field else { continue };
            let asked = RuleOperator::parse(form.text(&format!("operator-{at}")));
            let known = tell::operators(field);
            let operator = asked.filter(|asked| known.contains(asked)).unwrap_or(known[0]);
            let name = format!("value-{at}");
            let values = form.all(&name);
            let values: Vec<String> = match tell::control(field) {
                Control::Lines => values.flat_map(str::lines).map(trimmed).collect(),
                _ => values.map(trimmed).collect(),
            };
            let values = values.into_iter().filter(|value| !value.is_empty()).collect();
            tests.push(Written { field, operator, values });
        }
        let text = |name: &str| forms::lines(form.text(name));
        Self {
            name: text("name"),
            any: form.text("match") == "any",
            tests,
            category: text("category"),
            merchant: text("merchant"),
            tags: text("tags"),
            note: text("note"),
            hides: form.has("hide"),
            is_transfer: form.has("transfer"),
            stops: form.has("stop"),
        }
    }

    /// Adds a condition about this, if there is room for it.
    pub(super) fn add(&mut self, field: RuleField) {
        if self.tests.len() < RuleTerms::MOST_TESTS {
            let operator = tell::operators(field)[0];
            self.tests.push(Written { field, operator, values: Vec::new() });
        }
    }

    /// What it asks and does, or everything that is wrong.
    pub(super) fn terms(&self) -> Result<RuleTerms, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut conditions = Vec::new();
        for (at, written) in self.tests.iter().enumerate() {
            match RuleTest::new(written.field, written.operator, self.values(written)) {
                Ok(test) => conditions.push(RuleCondition::One(test)),
                Err(_) if written.values.is_empty() => {
                    wrong.push((format!("value-{at}"), "Say with what it shall be compared.".to_owned()));
                }
                Err(error) => {
                    let what = tell::field(written.field);
                    wrong.push((format!("value-{at}"), format!("{what}: {error}.")));
                }
            }
        }
        let actions = self.actions(&mut wrong);
        let matching = if self.any { RuleMatch::Any } else { RuleMatch::All };
        let terms = RuleTerms { matching, conditions, actions, stops: self.stops };
        if wrong.is_empty()
            && let Err(error) = terms.check()
        {
            let field = match error {
                RuleError::Conditions => "add",
                RuleError::Actions | RuleError::TwoCategories => "category",
            };
            wrong.push((field.to_owned(), error.to_string()));
        }
        if wrong.is_empty() { Ok(terms) } else { Err(wrong) }
    }

    /// The values of a comparison with one figure are one, whatever stands in the field of the second.
    fn values(&self, written: &Written) -> Vec<String> {
        let is_figure = matches!(tell::control(written.field), Control::Figures | Control::Days);
        let most = match written.operator {
            RuleOperator::Between => 2,
            _ if is_figure => 1,
            _ => usize::MAX,
        };
        written.values.iter().take(most).cloned().collect()
    }

    fn actions(&self, wrong: &mut Vec<Wrong>) -> RuleActions {
        let mut broken = |field: &str, why: String| wrong.push((field.to_owned(), why));
        let category = match self.category.as_str() {
            "" => None,
            key => match key.parse() {
                Ok(key) => Some(key),
                Err(error) => {
                    broken("category", format!("The category {error}."));
                    None
                }
            },
        };
        let merchant = written(&self.merchant).unwrap_or_else(|error| {
            broken("merchant", format!("The name {error}"));
            None
        });
        let note = written(&self.note).unwrap_or_else(|error| {
            broken("note", format!("The note {error}"));
            None
        });
        let tags = forms::tags(&self.tags).unwrap_or_else(|error| {
            broken("tags", error);
            Tags::default()
        });
        RuleActions { category, merchant, note, tags, hides: self.hides, is_transfer: self.is_transfer }
    }

    /// What it is called: as somebody says, else after what it asks.
    pub(super) fn named(&self, terms: &RuleTerms, names: &tell::Names) -> Result<Line, Wrong> {
        let text = match self.name.as_str() {
            "" => words::capital(tell::conditions(terms, names)).chars().take(Line::MOST).collect(),
            name => name.to_owned(),
        };
        text.parse().map_err(|error| ("name".to_owned(), format!("The name {error}.")))
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

fn written<T>(text: &str) -> Result<Option<T>, String>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|error: T::Err| format!("{error}.")),
    }
}

/// As much of a text as a form gives back as it is.
fn in_one_line(text: &str) -> &str {
    text.trim().split(['\n', '\r']).next().unwrap_or_default().trim_end()
}

/// The words before the first number, as they stand there: what follows is another one each time.
fn beginning(text: &str) -> String {
    let text = in_one_line(text);
    let number = text.find(char::is_numeric);
    let end = number.and_then(|number| text[..number].rfind(char::is_whitespace));
    let words = end.map_or(text, |end| text[..end].trim_end());
    let cut: String = words.chars().take(RuleTest::MOST_CHARACTERS).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_a_rule_or_says_what_is_wrong() {
        let read = |text: &str| Draft::read(&Fields::parse(text.as_bytes()));
        let draft = read(
            "match=any&field-0=description&operator-0=contains&value-0=+coffee%0D%0Atea+%0D%0A&\
             field-3=absolute_amount&operator-3=between&value-3=5&value-3=10&\
             field-4=amount&operator-4=contains&value-4=-3&value-4=&category=food.coffee&tags=a,+b&stop=on",
        );
        let terms = draft.terms().unwrap();
        let tests: Vec<_> =
            terms.tests().map(|test| (test.field(), test.operator(), test.values().join("|"))).collect();
        assert_eq!(
            tests,
            [
                (RuleField::Description, RuleOperator::Contains, "coffee|tea".to_owned()),
                (RuleField::AbsoluteAmount, RuleOperator::Between, "5|10".to_owned()),
                (RuleField::Amount, RuleOperator::Equals, "-3".to_owned()),
            ]
        );
        assert!(terms.stops && terms.matching == RuleMatch::Any);
        let tags: Vec<&str> = terms.actions.tags.as_slice().iter().map(Tag::as_str).collect();
        assert_eq!(tags, ["a", "b"]);
        for (text, field) in [
            ("", "add"),
            ("field-0=text&value-0=+&hide=on", "value-0"),
            ("field-0=amount&value-0=many&hide=on", "value-0"),
            ("field-0=text&value-0=a", "category"),
            ("field-0=text&value-0=a&transfer=on&category=food", "category"),
            ("field-0=text&value-0=a&category=nothing", "category"),
        ] {
            let wrong = read(text).terms().unwrap_err();
            assert_eq!(wrong[0].0, field, "{text}: {wrong:?}");
        }
        assert_eq!(
            ["CAFE LUNA 123 NYC", "123 X", "CAFE  LUNA #7", " A\u{a0} B\nC 1 ", "UBER"].map(beginning),
            ["CAFE LUNA", "123 X", "CAFE  LUNA", "A\u{a0} B", "UBER"]
        );
    }
}
