//! Transactions that may be one, and transfers: somebody decides, and may take that back.

use std::{cmp::Reverse, collections::HashMap};

use askama::Template;
use dashtam_application::{
    ledger::{GetTransaction, LedgerError},
    reconciliations::{AcceptMatch, GetMatch, ListMatches, ReconciliationError, RejectMatch, UndoMatch},
    transfers::ListTransfers,
};
use dashtam_domain::{
    id::{AccountId, DecisionId, TransactionId},
    ledger::{
        Account, Decision, DecisionKind, DecisionState, EvidenceRow, Transaction, TransactionStatus,
        transfer::TransferSide,
    },
    money::Currency,
    page::Limit,
    time::Day,
};

use super::transactions;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many suggestions are shown at once.
const TOGETHER: usize = 5;
/// So many are counted.
const COUNTED: u16 = 100;
/// So many decisions of before are listed.
const BEFORE: u16 = 10;

/// What of two rows is compared: each one's words, and whether they differ.
struct Line {
    label: &'static str,
    left: String,
    right: String,
    differs: bool,
}

/// A further row of a transfer of which one side is several.
struct Further {
    amount: String,
    text: String,
    /// Its account, day and state.
    about: String,
    place: Option<String>,
}

/// A decision with its two rows beside one another.
struct Match {
    id: String,
    question: &'static str,
    why: String,
    heads: [&'static str; 2],
    /// Where the two transactions are, while they are there.
    places: [Option<String>; 2],
    lines: Vec<Line>,
    further: Vec<Further>,
    is_open: bool,
    is_applied: bool,
    /// Where it stands, once somebody or something decided.
    state: &'static str,
    accept: &'static str,
    reject: &'static str,
}

/// A decision of before, in a line.
struct Past {
    id: String,
    what: &'static str,
    texts: String,
    day: String,
    iso: String,
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    frame: Frame,
    matches: Vec<Match>,
    waiting: Option<String>,
    /// The decision that was just made, which can be undone.
    last: Option<String>,
    past: Vec<Past>,
    more: Option<String>,
    is_alone: bool,
}

/// How many suggestions wait, in words; nothing when none does.
pub(crate) async fn waiting(visit: &Visit) -> Result<Option<String>, ReconciliationError> {
    Ok(counted(&suggested(visit, None).await?))
}

fn counted(waiting: &[Decision]) -> Option<String> {
    match i64::try_from(waiting.len()).unwrap_or(i64::MAX) {
        0 => None,
        many if many >= i64::from(COUNTED) => Some(format!("{COUNTED} suggestions or more")),
        some => Some(words::counted(some, "suggestion", "suggestions")),
    }
}

async fn suggested(visit: &Visit, after: Option<DecisionId>) -> Result<Vec<Decision>, ReconciliationError> {
    listed(visit, DecisionState::Suggested, after, COUNTED).await
}

/// Of both sorts the newest first: transactions that may be one, and transfers.
async fn listed(
    visit: &Visit,
    state: DecisionState,
    after: Option<DecisionId>,
    most: u16,
) -> Result<Vec<Decision>, ReconciliationError> {
    let limit = Limit::new(most).unwrap_or_default();
    let (dashtam, call, state) = (visit.dashtam(), &visit.call, Some(state));
    let mut listed = dashtam.reconciliations().list(call, ListMatches { state, after, limit }).await?.items;
    listed.extend(dashtam.transfers().list(call, ListTransfers { state, after, limit }).await?.items);
    listed.sort_unstable_by_key(|decision| Reverse(decision.id));
    listed.truncate(limit.get());
    Ok(listed)
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let after: Option<DecisionId> = visit.query.text("after").parse().ok();
    let waiting = suggested(&visit, after).await?;
    let accounts = accounts(&visit).await?;
    let mut matches = Vec::new();
    for decision in waiting.iter().take(TOGETHER) {
        matches.push(compared(&visit, decision, &accounts).await?);
    }
    let past = listed(&visit, DecisionState::Applied, None, BEFORE).await?;
    let last = visit.query.text("last").parse::<DecisionId>().ok();
    let further = waiting.get(TOGETHER - 1).filter(|_| waiting.len() > TOGETHER);
    Reply::page(&Page {
        frame: visit.frame("Review", "review"),
        matches,
        waiting: counted(&waiting).filter(|_| after.is_none()),
        last: last.map(|id| id.to_string()),
        past: past.iter().map(told).collect(),
        more: further.map(|decision| format!("/review?after={}", decision.id)),
        is_alone: false,
    })
}

/// One decision by itself.
pub(crate) async fn one(visit: Visit) -> Outcome {
    let id: DecisionId = visit.id()?;
    let decision = visit.dashtam().reconciliations().get(&visit.call, GetMatch { decision: id }).await?;
    let accounts = accounts(&visit).await?;
    let shown = compared(&visit, &decision, &accounts).await?;
    Reply::page(&Page {
        frame: visit.frame("One decision", "review"),
        matches: vec![shown],
        waiting: None,
        last: None,
        past: Vec::new(),
        more: None,
        is_alone: true,
    })
}

/// The name of each account, and its currency.
type Accounts = HashMap<AccountId, (String, Currency)>;

async fn accounts(visit: &Visit) -> Result<Accounts, LedgerError> {
    let accounts = transactions::accounts(visit).await?;
    let told = |account: &Account| (account.id, (account.shown_name().to_owned(), account.currency));
    Ok(accounts.iter().map(told).collect())
}

fn told(decision: &Decision) -> Past {
    let (left, right) = (&decision.evidence.left, &decision.evidence.right);
    Past {
        id: decision.id.to_string(),
        what: match decision.kind {
            DecisionKind::PendingPosted => "A pending transaction that was booked",
            DecisionKind::Reissued => "A transaction that was issued anew",
            DecisionKind::CrossSource => "Told by two sources",
            DecisionKind::ManualMerge => "One, as you said",
            DecisionKind::Transfer => "A transfer",
        },
        texts: match left.description == right.description {
            true => left.description.clone(),
            false => format!("{} and {}", left.description, right.description),
        },
        day: words::day(left.day),
        iso: words::iso(left.day),
    }
}

async fn row(visit: &Visit, id: TransactionId) -> Result<Option<Transaction>, LedgerError> {
    let found = visit.dashtam().ledger().transaction(&visit.call, GetTransaction { transaction: id }).await;
    match found {
        Ok(row) => Ok(Some(row)),
        Err(LedgerError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is told of one row: account, day, text, amount and state.
fn side(
    row: Option<&Transaction>,
    evidence: &EvidenceRow,
    account: AccountId,
    accounts: &Accounts,
) -> [String; 5] {
    let known = accounts.get(&row.map_or(account, |row| row.account));
    let account = known.map(|(name, _)| name.clone()).unwrap_or_default();
    let standing = |status| match status {
        TransactionStatus::Pending => "pending",
        TransactionStatus::Posted => "booked",
        TransactionStatus::Removed => "removed",
    };
    match row {
        Some(row) => [
            account,
            words::day(row.shown_day()),
            row.shown_description().to_owned(),
            words::money(row.shown_amount(), row.currency).text,
            standing(row.status).to_owned(),
        ],
        None => [
            account,
            words::day(evidence.day),
            evidence.description.clone(),
            known.map_or_else(
                || words::decimal(evidence.amount, 0),
                |(_, currency)| words::money(evidence.amount, *currency).text,
            ),
            standing(evidence.status).to_owned(),
        ],
    }
}

/// The further rows of a transfer as they were when it was found. It stands on that: where one of them changes or goes, the
/// suggestion is withdrawn.
fn further(decision: &Decision, accounts: &Accounts) -> Vec<Further> {
    let is_there = matches!(decision.state, DecisionState::Suggested | DecisionState::Applied);
    let of = |(of, id, evidence): (TransferSide, TransactionId, &EvidenceRow)| {
        let [account, day, text, amount, state] = side(None, evidence, decision.account_of(of), accounts);
        let about = [account, day, state].join(", ");
        Further { amount, text, about, place: is_there.then(|| format!("/transactions/{id}")) }
    };
    decision.sides().skip(2).map(of).collect()
}

async fn compared(visit: &Visit, decision: &Decision, accounts: &Accounts) -> Result<Match, LedgerError> {
    let (left, right) = (row(visit, decision.left).await?, row(visit, decision.right).await?);
    let other = decision.other_account.unwrap_or(decision.account);
    let evidence = &decision.evidence;
    // Of what became one, what the two were before: what is stored now is both.
    let before = decision.before.as_ref();
    let told = before.map(|of| &of.left).or(left.as_ref());
    let first = side(told, &evidence.left, decision.account, accounts);
    let told = before.map(|of| &of.right).or(right.as_ref());
    let second = side(told, &evidence.right, other, accounts);
    let labels = ["Account", "Day", "Text", "Amount", "State"];
    let lines = labels.into_iter().zip(first.into_iter().zip(second));
    let is_transfer = decision.kind == DecisionKind::Transfer;
    let line = |(label, (left, right)): (&'static str, (String, String))| Line {
        // That a transfer goes from one account to another is no difference, and its amounts have two signs.
        differs: left != right && !(is_transfer && matches!(label, "Account" | "Amount")),
        label,
        left,
        right,
    };
    let place = |row: Option<Transaction>| row.map(|row| format!("/transactions/{}", row.id));
    Ok(Match {
        id: decision.id.to_string(),
        question: match decision.kind {
            DecisionKind::Transfer if decision.is_sum() => {
                "Did this money go from one of your accounts to another in several transactions?"
            }
            DecisionKind::Transfer => "Did this money go from one of your accounts to another?",
            DecisionKind::PendingPosted => "Did this pending transaction become this booked one?",
            _ => "Are these one transaction?",
        },
        why: why(decision),
        heads: if is_transfer { ["From", "To"] } else { ["The earlier one", "The later one"] },
        places: [place(left), place(right)],
        lines: lines.map(line).collect(),
        further: further(decision, accounts),
        is_open: decision.state == DecisionState::Suggested,
        is_applied: decision.state == DecisionState::Applied,
        state: match (decision.state, is_transfer) {
            (DecisionState::Suggested, _) => "",
            (DecisionState::Applied, true) => "They are a transfer.",
            (DecisionState::Applied, false) => "They are one transaction.",
            (DecisionState::Rejected | DecisionState::Undone, true) => "They are no transfer.",
            (DecisionState::Rejected | DecisionState::Undone, false) => "They are two transactions.",
        },
        accept: if is_transfer { "It is a transfer" } else { "They are one" },
        reject: if is_transfer { "It is none" } else { "They are two" },
    })
}

/// What speaks for it, in words.
fn why(decision: &Decision) -> String {
    let evidence = &decision.evidence;
    let (left, right, transfer) = (&evidence.left, &evidence.right, evidence.transfer);
    let crosses = transfer.is_some_and(|terms| terms.from_currency != terms.to_currency);
    let mut parts = Vec::new();
    let (first, second) = (left.amount.abs(), right.amount.abs());
    if decision.is_sum() {
        parts.push("amounts that add up exactly".to_owned());
    } else if first == second {
        parts.push("the same amount".to_owned());
    } else if crosses {
        parts.push("amounts near the exchange rate of the day".to_owned());
    } else if let Some(percent) = words::percent((second - first).abs(), first) {
        let way = if second > first { "more" } else { "less" };
        parts.push(format!("{} {way}", percent.trim_start_matches('+')));
    }
    let further = evidence.further.iter().map(|row| row.day);
    let last = further.clone().fold(left.day.max(right.day), Day::max);
    let first = further.fold(left.day.min(right.day), Day::min);
    parts.push(match right.day.days_since(left.day) {
        // Of more than two rows no two days say how far apart they are.
        _ if decision.is_sum() && first < last => {
            format!("within {}", words::counted(last.days_since(first), "day", "days"))
        }
        0 => "the same day".to_owned(),
        days if days > 0 => words::counted(days, "day later", "days later"),
        days => words::counted(-days, "day earlier", "days earlier"),
    });
    if let Some(scores) = decision.evidence.scores.filter(|_| transfer.is_none()) {
        let alike = match scores.text {
            900.. => "the same words",
            500.. => "like words",
            1.. => "few words in common",
            _ => "other words",
        };
        parts.push(alike.to_owned());
    }
    if let Some((fee, terms)) = transfer.and_then(|terms| Some((terms.fee?, terms))) {
        parts.push(format!("a fee of {}", words::money(fee, terms.from_currency).text));
    }
    words::capital(parts.join(", ")) + "."
}

/// Carries a suggestion out.
pub(crate) async fn accept(visit: Visit) -> Outcome {
    let id: DecisionId = visit.id()?;
    let reconciliations = visit.dashtam().reconciliations();
    let decision = match reconciliations.accept(&visit.call, AcceptMatch { decision: id }).await {
        // A second click.
        Err(ReconciliationError::Decided(DecisionState::Applied)) => {
            reconciliations.get(&visit.call, GetMatch { decision: id }).await?
        }
        decided => decided?,
    };
    let said = if decision.kind == DecisionKind::Transfer { "transferred" } else { "matched" };
    Ok(Reply::to(format!("/review?said={said}&last={id}")))
}

/// Refuses a suggestion.
pub(crate) async fn reject(visit: Visit) -> Outcome {
    let id: DecisionId = visit.id()?;
    match visit.dashtam().reconciliations().reject(&visit.call, RejectMatch { decision: id }).await {
        Ok(_) | Err(ReconciliationError::Decided(DecisionState::Rejected)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Reply::to("/review?said=parted"))
}

/// Takes back what a decision did.
pub(crate) async fn undo(visit: Visit) -> Outcome {
    let id: DecisionId = visit.id()?;
    match visit.dashtam().reconciliations().undo(&visit.call, UndoMatch { decision: id }).await {
        Ok(_) | Err(ReconciliationError::Decided(DecisionState::Undone)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Reply::to("/review?said=match-undone"))
}
