//! The fault levers, which a customer's name pulls.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// A fault that the bank makes on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lever {
    /// Every refresh of tokens is refused.
    ExpiredGrant,
    /// Everything is refused once an application is linked.
    RevokedGrant,
    /// Some calls are answered 429.
    RateLimited,
    /// All data calls are answered 500.
    Broken,
    /// The first data call of a sync is answered 500.
    Flaky,
    /// Data calls take long.
    Slow,
    /// The connection is cut in the middle of a page of transactions.
    Cut,
    /// One row has an amount that is not a number.
    MalformedRow,
    /// One posted row disappears.
    RemovedRow,
    /// One posted row gets another id.
    ReissuedId,
    /// Access tokens live for two seconds.
    ShortTokens,
    /// One pending row posts under another id, and nothing tells which it was.
    PostsUnlinked,
    /// One pending row posts under another id with a tip, and nothing tells which it was.
    PostsWithTip,
    /// One pending row is shown beside the posted one it became, once.
    PostsWhilePending,
    /// One pending row is shown again after it posted.
    PendingAgain,
    /// Every posted row of the checking account gets another id.
    ReissuedIds,
    /// One posted row is there twice.
    DuplicateRow,
    /// One posted row comes late.
    LateRow,
    /// One posted row says something else.
    RewrittenHistory,
    /// Accounts and rows have other ids, as if the customer had come to another branch.
    MovedAccounts,
    /// A security is split.
    Split,
    /// An account is in another currency.
    CurrencyChange,
}

/// A lever with its name and its effect.
#[derive(Debug, Clone, Copy)]
pub struct LeverInfo {
    /// The lever.
    pub lever: Lever,
    /// The part of a user name that pulls it.
    pub name: &'static str,
    /// What the bank does then.
    pub effect: &'static str,
}

const fn info(lever: Lever, name: &'static str, effect: &'static str) -> LeverInfo {
    LeverInfo { lever, name, effect }
}

/// All levers. Names are read, the sign-in page is written and documents are made from this table.
pub const LEVERS: [LeverInfo; 22] = [
    info(
        Lever::ExpiredGrant,
        "expired-grant",
        "Linking and the first access token work; every refresh answers invalid_grant.",
    ),
    info(
        Lever::RevokedGrant,
        "revoked-grant",
        "Linking works; then every data call answers 401 and every refresh invalid_grant.",
    ),
    info(Lever::RateLimited, "rate-limited", "Every third data call answers 429 with Retry-After: 2."),
    info(Lever::Broken, "broken", "Every data call answers 500."),
    info(
        Lever::Flaky,
        "flaky",
        "Every other reading of the list of accounts, starting with the first, answers 500: the first call \
         of each sync fails and its repetition works.",
    ),
    info(Lever::Slow, "slow", "Every data call takes three seconds longer, unless set otherwise."),
    info(Lever::Cut, "cut", "The connection is cut in the middle of every page of transactions."),
    info(
        Lever::MalformedRow,
        "malformed-row",
        "One row of the checking account has an amount that is no number; its neighbours are fine.",
    ),
    info(
        Lever::RemovedRow,
        "removed-row",
        "One posted row of the checking account disappears, and leaves the balance, once it has been \
         listed to the end.",
    ),
    info(
        Lever::ReissuedId,
        "reissued-id",
        "One posted row of the checking account has another id once it has been listed to the end.",
    ),
    info(Lever::ShortTokens, "short-tokens", "Access tokens expire after two seconds."),
    info(
        Lever::PostsUnlinked,
        "posts-unlinked",
        "One pending row of the checking account posts under another id once it has been listed; nothing tells \
         which row it was.",
    ),
    info(
        Lever::PostsWithTip,
        "posts-with-tip",
        "One pending row of the checking account posts under another id and with a fifth more once it has been \
         listed; nothing tells which row it was.",
    ),
    info(
        Lever::PostsWhilePending,
        "posts-while-pending",
        "As posts-unlinked, and the next listing shows both rows.",
    ),
    info(
        Lever::PendingAgain,
        "pending-again",
        "One pending row of the checking account posts under another id once it has been listed, and says which it \
         was; the listing after the next shows the pending row once more.",
    ),
    info(
        Lever::ReissuedIds,
        "reissued-ids",
        "Every posted row of the checking account has another id once they have been listed.",
    ),
    info(
        Lever::DuplicateRow,
        "duplicate-row",
        "One posted row of the checking account is listed a second time under another id.",
    ),
    info(
        Lever::LateRow,
        "late-row",
        "One posted row of the checking account, and its amount in the balance, is missing from the first listing.",
    ),
    info(
        Lever::RewrittenHistory,
        "rewritten-history",
        "One posted row of the checking account has another amount and another text once it has been listed.",
    ),
    info(
        Lever::MovedAccounts,
        "moved-accounts",
        "The accounts and rows of the person have other ids than without it, as after the bank moved them.",
    ),
    info(
        Lever::Split,
        "split",
        "The first security of the brokerage account is split two for one once the accounts have been listed: twice the \
         quantity, half the price.",
    ),
    info(
        Lever::CurrencyChange,
        "currency-change",
        "The savings account is in euros once the accounts have been listed.",
    ),
];

/// The user name without faults that the sign-in page suggests.
pub const DEFAULT_CUSTOMER: &str = "alice";
/// The user name of a whole household: two years with salaries, rent, a loan, a holiday abroad and investments, and codes of
/// what each row was for.
pub const HOUSEHOLD_CUSTOMER: &str = "household";
/// The password of every customer. It is written on the sign-in page.
pub const PASSWORD: &str = "sandbox";

const LONGEST_NAME: usize = 64;

/// A set of levers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<&'static str>")]
pub struct Levers(u32);

impl Levers {
    /// Whether the lever is in the set.
    pub const fn has(self, lever: Lever) -> bool {
        self.0 & (1 << lever as u16) != 0
    }

    const fn with(self, lever: Lever) -> Self {
        Self(self.0 | (1 << lever as u16))
    }
}

impl From<Levers> for Vec<&'static str> {
    fn from(levers: Levers) -> Self {
        LEVERS.iter().filter(|info| levers.has(info.lever)).map(|info| info.name).collect()
    }
}

impl TryFrom<Vec<String>> for Levers {
    type Error = &'static str;

    fn try_from(names: Vec<String>) -> Result<Self, Self::Error> {
        names.iter().try_fold(Self::default(), |levers, name| {
            let info = LEVERS.iter().find(|info| info.name == name).ok_or("not a lever")?;
            Ok(levers.with(info.lever))
        })
    }
}

/// A customer, read from the user name at sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The person whose accounts are shown: the user name without its levers.
    pub person: String,
    /// The levers that the user name pulls.
    pub levers: Levers,
}

impl Customer {
    /// Reads a name such as `alice`, `slow` or `bob+slow+malformed-row`.
    ///
    /// Case and surrounding space make no difference. Parts that name no lever are the person; when there
    /// are none, the whole name is. Nothing is read from an empty or overlong name.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return None;
        }
        let mut levers = Levers::default();
        let mut person = Vec::new();
        for part in name.split('+').map(str::trim) {
            match LEVERS.iter().find(|info| info.name == part) {
                Some(info) => levers = levers.with(info.lever),
                None => person.push(part),
            }
        }
        let person = if person.is_empty() { name.clone() } else { person.join("+") };
        Some(Self { person, levers })
    }
}

/// Writes the table of levers as Markdown, for documents.
pub fn lever_table() -> String {
    let mut table = String::from("| Customer | Effect |\n| --- | --- |\n");
    for info in &LEVERS {
        let _ = writeln!(table, "| `{}` | {} |", info.name, info.effect);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_pulls_its_own_lever_only() {
        for info in &LEVERS {
            let customer = Customer::parse(info.name).unwrap();
            assert_eq!(customer.person, info.name);
            for other in &LEVERS {
                assert_eq!(customer.levers.has(other.lever), other.lever == info.lever);
            }
            assert!(lever_table().contains(&format!("| `{}` |", info.name)));
        }
    }

    #[test]
    fn levers_combine_and_leave_the_person() {
        let bob = Customer::parse(" Bob+SLOW+malformed-row ").unwrap();
        assert_eq!(bob.person, "bob");
        assert!(bob.levers.has(Lever::Slow) && bob.levers.has(Lever::MalformedRow));
        assert!(!bob.levers.has(Lever::Cut));
        assert_eq!(Customer::parse("slow+cut").unwrap().person, "slow+cut");
        assert_eq!(Customer::parse("c+d").unwrap().person, "c+d");
        assert_eq!(Customer::parse("alice").unwrap().levers, Levers::default());
    }

    #[test]
    fn names_are_bounded() {
        assert_eq!(Customer::parse("  "), None);
        assert_eq!(Customer::parse(&"x".repeat(65)), None);
        assert_eq!(Customer::parse("a\nb"), None);
    }
}
