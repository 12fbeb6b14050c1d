//! The checking account as a customer's levers show it.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::{
    faults::Lever,
    grants::store::Visit,
    world::{Account, AccountKind, Status, Transaction, World},
};

/// The levers that change rows from one listing to the next.
const LEVERS: [Lever; 8] = [
    Lever::PostsUnlinked,
    Lever::PostsWithTip,
    Lever::PostsWhilePending,
    Lever::PendingAgain,
    Lever::ReissuedIds,
    Lever::DuplicateRow,
    Lever::LateRow,
    Lever::RewrittenHistory,
];

/// Whether listings of this account are counted for this customer.
pub(super) fn counts(visit: &Visit, account: &Account) -> bool {
    account.kind == AccountKind::Checking && LEVERS.into_iter().any(|lever| visit.customer.levers.has(lever))
}

/// What is shown of an account after so many complete listings.
struct Shown<'w> {
    world: &'w World,
    linked_on: NaiveDate,
    listings: u64,
    rows: Vec<Transaction>,
}

/// The account as it is listed. A row that is there twice counts once in the balance, as banks do.
pub(super) fn listed<'w>(visit: &Visit, world: &'w World, account: &'w Account) -> Cow<'w, Account> {
    touched(visit, world, account, true)
}

/// The account whose balance is told.
pub(super) fn balanced<'w>(visit: &Visit, world: &'w World, account: &'w Account) -> Cow<'w, Account> {
    touched(visit, world, account, false)
}

fn touched<'w>(visit: &Visit, world: &'w World, account: &'w Account, twice: bool) -> Cow<'w, Account> {
    if !counts(visit, account) {
        return Cow::Borrowed(account);
    }
    let rows = account.transactions.clone();
    let listings = visit.history.listings;
    let mut shown = Shown { world, linked_on: visit.linked_on, listings, rows };
    let pulled = |lever: &Lever| visit.customer.levers.has(*lever);
    for lever in LEVERS.into_iter().filter(pulled).filter(|lever| twice || *lever != Lever::DuplicateRow) {
        shown.pull(lever);
    }
    shown.rows.sort_by_key(Transaction::order);
    Cow::Owned(Account { transactions: shown.rows, ..account.clone() })
}

impl Shown<'_> {
    fn pull(&mut self, lever: Lever) {
        if lever == Lever::ReissuedIds {
            if self.listings > 0 {
                let posted = self.rows.iter_mut().filter(|row| row.is_posted());
                posted.for_each(|row| row.id = anew(&row.id));
            }
            return;
        }
        let id = self.world.touched_by(lever, self.linked_on).map(|row| row.id.clone());
        let Some(at) = self.rows.iter().position(|row| Some(&row.id) == id.as_ref()) else { return };
        match lever {
            Lever::PostsUnlinked if self.listings > 0 => self.post(at, Decimal::ONE),
            Lever::PostsWithTip if self.listings > 0 => self.post(at, Decimal::new(12, 1)),
            Lever::PostsWhilePending if self.listings == 1 => {
                let pending = self.rows[at].clone();
                self.post(at, Decimal::ONE);
                self.rows.push(pending);
            }
            Lever::PostsWhilePending if self.listings > 1 => self.post(at, Decimal::ONE),
            Lever::PendingAgain if self.listings > 0 => {
                let pending = self.rows[at].clone();
                self.post(at, Decimal::ONE);
                self.rows[at].pending_id = Some(pending.id.clone());
                if self.listings == 2 {
                    self.rows.push(pending);
                }
            }
            Lever::DuplicateRow => {
                let row = self.rows[at].clone();
                let position = row.position + 10_000;
                self.rows.push(Transaction { id: anew(&row.id), position, ..row });
            }
            Lever::LateRow if self.listings == 0 => {
                self.rows.remove(at);
            }
            Lever::RewrittenHistory if self.listings > 0 => {
                let row = &mut self.rows[at];
                row.amount -= Decimal::ONE;
                row.description = format!("{} CORRECTED", row.description);
            }
            _ => {}
        }
    }

    /// Lets a pending row post, with this many times its amount.
    fn post(&mut self, at: usize, times: Decimal) {
        let row = &mut self.rows[at];
        let amount = row.amount * times;
        row.amount = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        row.id = row.id.replacen("p-", "t-now", 1);
        row.status = Status::Posted;
        row.position += 5_000;
    }
}

/// Another id for a row.
fn anew(id: &str) -> String {
    id.replacen("t-", "t-re", 1)
}
