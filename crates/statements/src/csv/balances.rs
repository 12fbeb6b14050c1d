//! Whether the balances of a table follow from its amounts, and what that tells of the order and the sign of its rows.

use std::collections::HashMap;

use dashtam_domain::{ledger::statement::BalanceCheck, money::Decimal};

/// Balances held against one another in both orders of the rows, with the amounts as they are and turned.
#[derive(Debug, Default)]
pub(super) struct Balances {
    /// The row before, by account and currency.
    last: HashMap<(usize, String), Told>,
    ways: [BalanceCheck; 4],
}

/// A balance after a row, and the row's amount.
#[derive(Debug, Clone, Copy)]
struct Told {
    balance: Decimal,
    amount: Decimal,
}

/// Where a way of reading is among the four.
fn way(is_newest_first: bool, is_inverted: bool) -> usize {
    usize::from(is_newest_first) + 2 * usize::from(is_inverted)
}

impl Balances {
    /// The next row in the order of the file.
    pub(super) fn row(
        &mut self,
        account: usize,
        currency: &str,
        line: u64,
        amount: Decimal,
        balance: Option<Decimal>,
    ) {
        let key = (account, currency.to_owned());
        let Some(balance) = balance else {
            self.last.remove(&key);
            return;
        };
        let told = Told { balance, amount };
        let Some(before) = self.last.insert(key, told) else { return };
        for is_newest_first in [false, true] {
            for is_inverted in [false, true] {
                let (older, newer) = if is_newest_first { (told, before) } else { (before, told) };
                let moved = if is_inverted { -newer.amount } else { newer.amount };
                let follows = older.balance.checked_add(moved) == Some(newer.balance);
                if let Some(check) = self.ways.get_mut(way(is_newest_first, is_inverted)) {
                    check.compared += 1;
                    check.wrong += u64::from(!follows);
                    if !follows {
                        check.first_wrong.get_or_insert(line);
                    }
                }
            }
        }
    }

    /// What the check says for one way of reading; `None` where there was nothing to compare.
    pub(super) fn check(&self, is_newest_first: bool, is_inverted: bool) -> Option<BalanceCheck> {
        self.ways.get(way(is_newest_first, is_inverted)).copied().filter(|check| check.compared > 0)
    }

    fn wrong(&self, is_newest_first: bool, is_inverted: bool) -> u64 {
        self.check(is_newest_first, is_inverted).map_or(0, |check| check.wrong)
    }

    /// Whether the balances tell that the newest row is the first; for rows whose days do not.
    pub(super) fn are_newest_first(&self) -> bool {
        self.wrong(true, false).min(self.wrong(true, true))
            < self.wrong(false, false).min(self.wrong(false, true))
    }

    /// Whether all balances follow from the amounts turned, and none from the amounts as they are.
    pub(super) fn are_inverted(&self, is_newest_first: bool) -> bool {
        self.check(is_newest_first, false).is_some_and(|check| check.wrong == check.compared)
            && self.wrong(is_newest_first, true) == 0
    }
}
