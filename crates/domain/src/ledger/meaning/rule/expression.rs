//! Regular expressions of rules: searched in linear time, and none that costs much to make ready or to search by.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::{
    Ast, ClassAscii, ClassPerl, ClassSetItem, RepetitionKind, RepetitionRange, Visitor, parse, visit,
};

/// Most weight of one expression.
const MOST: usize = 128;
/// Deepest nesting.
const NESTED: u32 = 50;

/// The regular expression of a pattern; `None` where it is none, or weighs or takes too much.
pub(super) fn build(pattern: &str) -> Option<Regex> {
    /// In bytes.
    const SIZE: usize = 64 * 1024;
    weight(pattern).filter(|weight| *weight <= MOST)?;
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(true).size_limit(SIZE).dfa_size_limit(4 * SIZE).nest_limit(NESTED);
    builder.build().ok()
}

/// How much a pattern costs, without making it ready: the steps that one character of a text may take, and what its classes
/// hold. To make a class ready its characters are gone through one by one, because case makes no difference, and that is
/// not bounded by the size of what comes of it.
pub(super) fn weight(pattern: &str) -> Option<usize> {
    let ast = parse::ParserBuilder::new().nest_limit(NESTED).build().parse(pattern).ok()?;
    visit(&ast, Weight { times: vec![1], sum: 0 }).ok()
}

struct Weight {
    /// How often what is looked at is repeated, by every repetition around it.
    times: Vec<usize>,
    sum: usize,
}

impl Weight {
    /// A class with a name in Unicode, which may hold every character there is.
    const NAMED: usize = 60;
    /// One with a letter, as `\d`.
    const PERL: usize = 2;
    /// So many characters of a range weigh as much as one place.
    const RANGE: usize = 1_024;

    fn add(&mut self, weight: usize) {
        let times = self.times.last().copied().unwrap_or(1);
        self.sum = self.sum.saturating_add(weight.saturating_mul(times));
    }
}

fn most(of: &RepetitionKind) -> usize {
    let most = match of {
        RepetitionKind::Range(RepetitionRange::Exactly(most) | RepetitionRange::Bounded(_, most)) => *most,
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => least.saturating_add(1),
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => 1,
    };
    usize::try_from(most).unwrap_or(usize::MAX).max(1)
}

impl Visitor for Weight {
    type Output = usize;
    type Err = ();

    fn finish(self) -> Result<usize, ()> {
        Ok(self.sum)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
        match ast {
            Ast::Repetition(repetition) => {
                let times = self.times.last().copied().unwrap_or(1);
                self.times.push(times.saturating_mul(most(&repetition.op.kind)));
            }
            Ast::Concat(_) | Ast::Alternation(_) | Ast::Group(_) => {}
            Ast::ClassUnicode(_) => self.add(Self::NAMED),
            Ast::ClassPerl(_) => self.add(Self::PERL),
            _ => self.add(1),
        }
        Ok(())
    }

    fn visit_post(&mut self, ast: &Ast) -> Result<(), ()> {
        if let Ast::Repetition(_) = ast {
            self.times.pop();
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), ()> {
        match item {
            ClassSetItem::Range(range) => {
                let (from, to) = (u32::from(range.start.c), u32::from(range.end.c));
                self.add(usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX) / Self::RANGE);
            }
            // What is not in it may be nearly everything.
            ClassSetItem::Unicode(_)
            | ClassSetItem::Perl(ClassPerl { negated: true, .. })
            | ClassSetItem::Ascii(ClassAscii { negated: true, .. }) => self.add(Self::NAMED),
            ClassSetItem::Bracketed(inner) if inner.negated => self.add(Self::NAMED),
            ClassSetItem::Perl(_) => self.add(Self::PERL),
            ClassSetItem::Bracketed(_) => self.add(1),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_light() {
        for (pattern, expected) in [
            ("amazon", 6),
            ("^(amazon|amzn).*[0-9]{3}$", 16),
            (r"JOES\s+\d{2}$", 11),
            (r"\w+", 2),
            ("[а-яё]+", 1),
            ("[一-龯]", 21),
            (r"\pL", 60),
            ("(?:(a{2}b){3}){1,4}", 36),
        ] {
            assert_eq!(weight(pattern), Some(expected), "{pattern}");
            assert!(build(pattern).is_some(), "{pattern}");
        }
        for pattern in ["(", r"(a)\1", "(?=a)", "a{2,1}"] {
            assert_eq!(weight(pattern), None, "{pattern}");
        }
    }

    /// None of these is made ready: each would take long, or be searched by slowly.
    #[test]
    fn what_costs_much_is_refused() {
        for pattern in [
            "[!-\u{10FFFF}]",
            r"[\x21-\u{10FFFF}]",
            r"\pL\p{Any}\PN",
            r"[\D\W\S]",
            r"[[\pL]&&[\pN]--\p{Any}]",
            "[[^a]][[^b]][[^c]]",
            "[[:^alpha:]][[:^digit:]][[:^space:]]",
            "(a|b)*a(a|b){100}",
            "(((a{9}){9}){9}){9}",
            "((((){999}){999}){999}){999}",
            "a{4294967295}{4294967295}",
        ] {
            assert!(weight(pattern).is_some_and(|weight| weight > MOST), "{pattern}");
            assert!(build(pattern).is_none(), "{pattern}");
        }
    }
}
