//! What rules decided about a transaction.

use crate::{
    id::{PayeeId, RuleId},
    ledger::meaning::{CategoryKey, Learned},
    ledger::{Line, Note, Tag, Tags},
};
use uuid::Uuid;

/// A value, and the rule that set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByRule<T> {
    /// The value.
    pub value: T,
    /// Which rule.
    pub rule: RuleId,
}

/// What was decided about a transaction without a person looking at it. People decide otherwise by correcting it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleOutcome {
    /// Its category.
    pub category: Option<ByRule<CategoryKey>>,
    /// The other side.
    pub merchant: Option<ByRule<Line>>,
    /// A note.
    pub note: Option<ByRule<Note>>,
    /// Lists leave it out.
    pub hidden: Option<ByRule<()>>,
    /// Its tags, each once and with the first rule that added it.
    pub tags: Vec<ByRule<Tag>>,
    /// What was learned of the other side, or is proposed.
    pub learned: Option<Learned>,
}

impl RuleOutcome {
    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The ids of what decided something, each once.
    pub fn deciders(&self) -> Vec<Uuid> {
        let Self { category, merchant, note, hidden, tags, learned } = self;
        let rules = [
            category.as_ref().map(|by| by.rule),
            merchant.as_ref().map(|by| by.rule),
            note.as_ref().map(|by| by.rule),
            hidden.as_ref().map(|by| by.rule),
        ];
        let mut ids: Vec<Uuid> = rules.into_iter().flatten().map(|rule| rule.0).collect();
        ids.extend(tags.iter().map(|by| by.rule.0));
        ids.extend(learned.map(|learned| learned.payee.0));
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// What of it can still be: what was decided by rules that are there, or learned of a payee that is, and names a category that
    /// is. `None`: nothing.
    pub fn still(
        &self,
        is_rule: impl Fn(RuleId) -> bool,
        is_payee: impl Fn(PayeeId) -> bool,
        is_category: impl Fn(CategoryKey) -> bool,
    ) -> Option<Box<Self>> {
        let Self { category, merchant, note, hidden, tags, learned } = self.clone();
        let still = Self {
            category: category.filter(|by| is_rule(by.rule) && is_category(by.value)),
            merchant: merchant.filter(|by| is_rule(by.rule)),
            note: note.filter(|by| is_rule(by.rule)),
            hidden: hidden.filter(|by| is_rule(by.rule)),
            tags: tags.into_iter().filter(|by| is_rule(by.rule)).collect(),
            learned: learned.filter(|learned| is_payee(learned.payee) && is_category(learned.category)),
        };
        (!still.is_empty()).then(|| Box::new(still))
    }

    /// Adds these tags, as long as there are not too many.
    pub fn tag(&mut self, tags: &[Tag], rule: RuleId) {
        for tag in tags {
            let is_new = self.tags.iter().all(|by| by.value.key() != tag.key());
            if is_new && self.tags.len() < Tags::MOST {
                self.tags.push(ByRule { value: tag.clone(), rule });
            }
        }
    }

    /// Adds what was learned of the other side. If the same was learned before, it is left as it was: how many choices there were
    /// by then.
    pub fn with_learned(
        of: Option<Box<Self>>,
        learned: Option<Learned>,
        before: Option<&Self>,
    ) -> Option<Box<Self>> {
        let Some(learned) = learned else { return of };
        let known = before.and_then(|before| before.learned);
        let is_same = |known: &Learned| {
            (known.payee, known.category, known.is_given)
                == (learned.payee, learned.category, learned.is_given)
        };
        let mut of = of.unwrap_or_default();
        of.learned = Some(known.filter(is_same).unwrap_or(learned));
        Some(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CategoryId;

    #[test]
    fn what_is_gone_is_not_decided_again() {
        let [one, other] = [1, 2].map(|number| RuleId(Uuid::from_u128(number)));
        let own = CategoryKey::Own(CategoryId(Uuid::from_u128(3)));
        let payee = PayeeId(Uuid::from_u128(4));
        let outcome = RuleOutcome {
            category: Some(ByRule { value: own, rule: one }),
            merchant: Some(ByRule { value: "Shop".parse().unwrap(), rule: other }),
            note: Some(ByRule { value: "note".parse().unwrap(), rule: one }),
            hidden: Some(ByRule { value: (), rule: other }),
            tags: vec![ByRule { value: "trip".parse().unwrap(), rule: other }],
            learned: Some(Learned { payee, category: own, agreed: 3, of: 3, is_given: true }),
        };
        let all = outcome.still(|_| true, |_| true, |_| true);
        assert_eq!(all.as_deref(), Some(&outcome));
        let gone = outcome.still(|rule| rule == one, |_| true, |category| category != own);
        let note = RuleOutcome { note: outcome.note.clone(), ..RuleOutcome::default() };
        assert_eq!(gone.as_deref(), Some(&note));
        let left = outcome.still(|_| false, |of| of == payee, |_| true);
        let learned = RuleOutcome { learned: outcome.learned, ..RuleOutcome::default() };
        assert_eq!(left.as_deref(), Some(&learned));
        assert_eq!(outcome.still(|_| false, |_| false, |_| true), None);
    }
}
