//! Journals of plain text accounting: hledger and beancount. Each transaction moves money between its account and what it was
//! for; a split one between its account and each of its parts.

use std::fmt::Write;

use dashtam_domain::{
    ledger::{
        Account, AccountKind, Tag, Transaction, TransactionStatus,
        meaning::{CategoryKey, DefaultCategory, Flow, OwnCategory},
    },
    money::Decimal,
};

use super::Beside;

/// A part of the name of an account that both programs take: letters, digits and hyphens, with a capital first.
fn component(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            part.push(c);
        } else if !part.is_empty() && !part.ends_with('-') {
            part.push('-');
        }
    }
    let part = part.trim_end_matches('-');
    let mut chars = part.chars();
    match chars.next() {
        None => "Unnamed".to_owned(),
        Some(first) => {
            let first: String = first.to_uppercase().collect();
            // Letters without capitals may not begin a name.
            let is_capital = first.chars().all(|c| c.is_uppercase() || c.is_ascii_digit());
            format!("{}{first}{}", if is_capital { "" } else { "X" }, chars.as_str())
        }
    }
}

/// The name of an account. Its id makes it one of its own.
fn account_name(account: &Account) -> String {
    let side = match account.shown_kind() {
        AccountKind::CreditCard | AccountKind::LineOfCredit | AccountKind::Loan => "Liabilities",
        _ => "Assets",
    };
    let institution = component(account.institution.as_deref().unwrap_or("Files"));
    let id: String = account.id.0.simple().to_string().chars().rev().take(6).collect();
    format!("{side}:{institution}:{}-{id}", component(account.shown_name()))
}

fn label(group: CategoryKey, own: &[OwnCategory]) -> String {
    match group {
        CategoryKey::Default(category) => component(category.label),
        CategoryKey::Own(id) => own
            .iter()
            .find(|category| category.id == id)
            .map_or_else(|| "Unnamed".to_owned(), |own| component(own.label.as_str())),
    }
}

/// The name of what something was for.
fn category_name(category: Option<CategoryKey>, amount: Decimal, own: &[OwnCategory]) -> String {
    let uncategorized =
        if amount < Decimal::ZERO { "Expenses:Uncategorized" } else { "Income:Uncategorized" };
    let Some(category) = category else { return uncategorized.to_owned() };
    let (flow, group) = match category {
        CategoryKey::Default(of) => {
            let is_group = |group: &&DefaultCategory| Some(group.key) == of.group;
            (of.flow, DefaultCategory::all().iter().find(is_group).map(CategoryKey::Default))
        }
        CategoryKey::Own(id) => match own.iter().find(|category| category.id == id) {
            Some(own) => (own.flow, own.group),
            None => return uncategorized.to_owned(),
        },
    };
    let side = match flow {
        Flow::Income => "Income",
        Flow::Expense => "Expenses",
        Flow::Transfer => "Equity",
    };
    let group = group.map(|group| format!("{}:", label(group, own))).unwrap_or_default();
    format!("{side}:{group}{}", label(category, own))
}

/// What a transaction moves: the name and the amount of each side.
fn postings(row: &Transaction, beside: &Beside) -> Vec<(String, Decimal)> {
    let amount = row.shown_amount();
    let account = beside.accounts.get(&row.account).map_or_else(|| "Assets:Unnamed".to_owned(), account_name);
    let mut postings = vec![(account, amount)];
    match row.split().filter(|_| row.split_adds_up()) {
        Some(parts) => postings.extend(
            parts.iter().map(|part| (category_name(part.category, part.amount, &beside.own), -part.amount)),
        ),
        None => {
            let category = row.category().map(|(category, _)| category);
            postings.push((category_name(category, amount, &beside.own), -amount));
        }
    }
    postings
}

/// On one line, without what would end a comment or a field early.
fn one_line(text: &str) -> String {
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(blank).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn mark(row: &Transaction) -> char {
    if row.status == TransactionStatus::Posted { '*' } else { '!' }
}

/// What a journal of hledger begins with.
pub(super) fn hledger_head(beside: &Beside) -> String {
    format!("; Exported by Dashtam on {}\n\n", beside.now.day())
}

/// A transaction in a journal of hledger.
pub(super) fn hledger(out: &mut String, row: &Transaction, beside: &Beside) {
    let description = one_line(row.shown_description()).replace([';', '|'], ",");
    let _ = writeln!(out, "{} {} {description}", row.shown_day(), mark(row));
    let _ = writeln!(out, "    ; id: {}", row.id);
    for tag in row.tags() {
        let tag: String = tag.as_str().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let _ = writeln!(out, "    ; {tag}:");
    }
    if let Some(note) = row.note() {
        let _ = writeln!(out, "    ; note: {}", one_line(note).replace(',', " "));
    }
    for (name, amount) in postings(row, beside) {
        let _ = writeln!(out, "    {name}  {amount} {}", row.currency);
    }
    out.push('\n');
}

/// What a file of beancount begins with.
pub(super) fn beancount_head(beside: &Beside) -> String {
    format!(
        "; Exported by Dashtam on {}\n\
         option \"title\" \"Dashtam\"\nplugin \"beancount.plugins.auto_accounts\"\n\n",
        beside.now.day()
    )
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", one_line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// A transaction in a file of beancount.
pub(super) fn beancount(out: &mut String, row: &Transaction, beside: &Beside) {
    let _ = write!(out, "{} {}", row.shown_day(), mark(row));
    if let Some(merchant) = row.shown_merchant() {
        let _ = write!(out, " {}", quoted(merchant));
    }
    let _ = write!(out, " {}", quoted(row.shown_description()));
    for tag in row.tags().into_iter().map(Tag::as_str) {
        let tag: String = tag.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let _ = write!(out, " #{tag}");
    }
    let _ = writeln!(out, "\n  id: \"{}\"", row.id);
    if let Some(note) = row.note() {
        let _ = writeln!(out, "  note: {}", quoted(note));
    }
    for (name, amount) in postings(row, beside) {
        let _ = writeln!(out, "  {name}  {amount} {}", row.currency);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_both_programs_take() {
        for (text, expected) in [
            ("Everyday checking", "Everyday-checking"),
            ("émile & söhne:x; y", "Émile-söhne-x-y"),
            ("  ", "Unnamed"),
            ("旅行", "X旅行"),
            ("401k", "401k"),
        ] {
            assert_eq!(component(text), expected);
        }
        assert_eq!(
            category_name("food.coffee".parse().ok(), Decimal::NEGATIVE_ONE, &[]),
            "Expenses:Food-and-drink:Coffee"
        );
        assert_eq!(category_name(None, Decimal::ONE, &[]), "Income:Uncategorized");
        assert_eq!(quoted("a \"b\" \\ c\nd"), "\"a \\\"b\\\" \\\\ c d\"");
    }
}
