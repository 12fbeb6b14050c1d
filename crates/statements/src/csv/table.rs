//! A table, gone through once: its layout, how its dates and numbers are written, its accounts, and the order of its rows.

use std::{borrow::Cow, collections::HashMap};

use dashtam_domain::{
    ledger::{
        CsvColumn,
        statement::{BalanceCheck, LayoutOrigin, StatementError, StatementHints},
    },
    money::{Currency, Decimal},
    time::Day,
};

use super::{
    balances::Balances,
    columns::{Columns, Look},
    dates,
    layouts::{Found, find, place_of},
    money,
    orders::Orders,
    row::Rules,
    sheet::{Cells, Cutter, DELIMITERS, Place, even_delimiter, records},
    text::readable,
};
use crate::ofx::amounts::Marks;

/// A table that can be told row by row.
pub(super) struct Table<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) delimiter: u8,
    /// The records behind the header.
    pub(super) records: Vec<Place>,
    pub(super) found: Found,
    pub(super) rules: Rules,
    pub(super) accounts: Vec<Group>,
    pub(super) is_newest_first: bool,
    pub(super) balances: Option<BalanceCheck>,
    pub(super) notes: Aside,
}

/// The rows of one account.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// As the file names it.
    pub(super) called: Option<String>,
    pub(super) currency: Option<Currency>,
    /// Places among the records, in the order of the file.
    pub(super) rows: Vec<usize>,
}

/// What was not taken for a row: how many lines, and the first of them.
#[derive(Debug, Default)]
pub(super) struct Aside {
    pub(super) preamble: u64,
    pub(super) remarks: (u64, u64),
    pub(super) left_out: (u64, u64),
    pub(super) without_amount: (u64, u64),
}

impl<'a> Table<'a> {
    pub(super) fn open(file: &'a [u8], hints: &StatementHints) -> Result<Self, StatementError> {
        let given = hints.profile.as_ref().and_then(|given| given.encoding.as_deref());
        let mut text = readable(file, given);
        let mut cut = Cut::of(&text, hints)?;
        let is_utf8 = given.is_none() && std::str::from_utf8(file).is_ok();
        if let Some(label) = cut.found.profile.encoding.as_deref().filter(|_| given.is_none() && !is_utf8) {
            let again = readable(file, Some(label));
            if again != text {
                text = again;
                cut = Cut::of(&text, hints)?;
            }
        }
        let Cut { delimiter, mut places, found } = cut;
        let first = found.header.map_or(0, |header| header + 1);
        places.drain(..first.min(places.len()));
        let Scan {
            columns,
            marks,
            orders,
            mut accounts,
            mut broken,
            first_day,
            last_day,
            mut notes,
            are_of_several,
            ..
        } = Scan::of(&text, delimiter, &places, &found);
        if are_of_several {
            let reason =
                "it is an export of several accounts (account_id): export and import one account at a time.";
            return Err(StatementError::NoStatement(reason.to_owned()));
        }
        notes.preamble = found.header.unwrap_or(0) as u64;
        let Some(first) = accounts.first_mut() else {
            return Err(StatementError::NoStatement("the table has no rows.".to_owned()));
        };
        // What cannot be cut into cells names no account.
        first.rows.append(&mut broken);
        first.rows.sort_unstable();
        let order = orders.choose(found.profile.date_order, found.origin)?;
        let mut table = Self {
            rules: Rules {
                order,
                marks,
                invert: found.profile.invert.unwrap_or(false),
                fee_is_extra: found.profile.fee_is_extra,
                is_own_export: found.is_own_export(),
                columns,
            },
            text,
            delimiter,
            records: places,
            found,
            accounts,
            is_newest_first: false,
            balances: None,
            notes,
        };
        table.found.profile.date_order = Some(order);
        table.found.profile.delimiter = Some(char::from(delimiter));
        if is_utf8 {
            // The label of such files was not used, and whoever sends it back means it.
            table.found.profile.encoding = None;
        }
        let day = |text: &Option<String>| dates::read(text.as_deref()?, order).map(|dated| dated.day);
        table.settle(day(&first_day), day(&last_day));
        Ok(table)
    }

    /// Finds out in which order the rows stand, and whether the balances follow from the amounts.
    fn settle(&mut self, first: Option<Day>, last: Option<Day>) {
        let mut balances = Balances::default();
        if self.rules.columns.has(CsvColumn::Balance) {
            let mut cutter = Cutter::new(self.delimiter);
            for (account, group) in self.accounts.iter().enumerate() {
                for place in
                    group.rows.iter().filter_map(|at| self.records.get(*at)).filter(|at| !at.is_broken)
                {
                    let cells = cutter.cut(&self.text, *place);
                    let currency = self.rules.columns.cell(cells, CsvColumn::Currency);
                    let amount = self.rules.amount(cells, group.currency);
                    let balance = self.balance(cells, group.currency);
                    if let Ok(amount) = amount {
                        balances.row(account, currency, place.line, amount, balance);
                    }
                }
            }
        }
        self.is_newest_first = match first.cmp(&last) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => balances.are_newest_first(),
        };
        // Nobody said which sign money out has in a table that nobody knows.
        let is_open = self.found.origin == LayoutOrigin::Guessed && self.found.profile.invert.is_none();
        if is_open && balances.are_inverted(self.is_newest_first) {
            self.rules.invert = true;
            self.found.profile.invert = Some(true);
            self.balances = balances.check(self.is_newest_first, true);
            return;
        }
        self.balances = balances.check(self.is_newest_first, false);
    }

    /// The balance after a row.
    pub(super) fn balance(&self, cells: Cells<'_>, currency: Option<Currency>) -> Option<Decimal> {
        let text = self.rules.columns.filled(cells, CsvColumn::Balance)?;
        self.rules.number(text, currency).ok()
    }
}

/// A text cut into records, by the mark that its layout has between cells.
struct Cut {
    delimiter: u8,
    places: Vec<Place>,
    found: Found,
}

impl Cut {
    /// Where the first lines do not tell the mark, the one with which the columns are known.
    fn of(text: &str, hints: &StatementHints) -> Result<Self, StatementError> {
        let cut = |delimiter| {
            let places = records(text, delimiter);
            find(text, &places, delimiter, hints).map(|found| Self { delimiter, places, found })
        };
        let given = hints.profile.as_ref().and_then(|given| given.delimiter);
        if let Some(given) = given.and_then(|mark| u8::try_from(mark).ok()) {
            return cut(given);
        }
        let even = even_delimiter(text).unwrap_or(b',');
        cut(even).or_else(|error| {
            let others = DELIMITERS.into_iter().filter(|other| *other != even);
            others.map(cut).find_map(Result::ok).ok_or(error)
        })
    }
}

/// A table while it is gone through.
struct Scan<'f> {
    found: &'f Found,
    columns: Columns,
    marks: Marks,
    orders: Orders,
    accounts: Vec<Group>,
    by_name: HashMap<String, usize>,
    /// Of a table that this program wrote, the column of the accounts and the first of them.
    own_account: Option<(usize, Option<String>)>,
    are_of_several: bool,
    broken: Vec<usize>,
    first_day: Option<String>,
    last_day: Option<String>,
    notes: Aside,
}

impl<'f> Scan<'f> {
    fn of(text: &str, delimiter: u8, records: &[Place], found: &'f Found) -> Self {
        let mut scan = Self {
            found,
            columns: Columns::of(found),
            marks: Marks::default(),
            orders: Orders::default(),
            accounts: Vec::new(),
            by_name: HashMap::new(),
            own_account: found
                .is_own_export()
                .then(|| place_of(&found.names, "account_id", false))
                .flatten()
                .map(|at| (at, None)),
            are_of_several: false,
            broken: Vec::new(),
            first_day: None,
            last_day: None,
            notes: Aside::default(),
        };
        match found.profile.decimal {
            Some(',') => scan.marks.commas = 1,
            Some(_) => scan.marks.points = 1,
            None => {}
        }
        let mut cutter = Cutter::new(delimiter);
        for (at, place) in records.iter().enumerate() {
            if place.is_broken {
                scan.broken.push(at);
            } else {
                let cells = cutter.cut(text, *place);
                scan.record(at, *place, cells);
            }
        }
        scan
    }

    fn record(&mut self, at: usize, place: Place, cells: Cells<'_>) {
        let aside = match self.columns.look(cells, None) {
            Look::Nothing => return,
            Look::Remark => &mut self.notes.remarks,
            Look::LeftOut => &mut self.notes.left_out,
            Look::WithoutAmount => &mut self.notes.without_amount,
            Look::Row => return self.row(at, cells),
        };
        aside.0 += 1;
        if aside.1 == 0 {
            aside.1 = place.line;
        }
    }

    fn row(&mut self, at: usize, cells: Cells<'_>) {
        if let Some((at, first)) = &mut self.own_account {
            let account = cells.get(*at);
            self.are_of_several |= first.get_or_insert_with(|| account.to_owned()) != account;
        }
        let day = self.columns.cell(cells, CsvColumn::Day);
        self.orders.count(day);
        if self.first_day.is_none() {
            self.first_day = Some(day.to_owned());
        }
        let last = self.last_day.get_or_insert_default();
        last.clear();
        last.push_str(day);
        let amounts = [CsvColumn::Amount, CsvColumn::Debit, CsvColumn::Credit, CsvColumn::Balance];
        if self.found.profile.decimal.is_none() {
            for column in amounts {
                money::count(&mut self.marks, self.columns.cell(cells, column));
            }
        }
        let account = self.columns.filled(cells, CsvColumn::Account).map(str::to_owned);
        let currency = self.columns.filled(cells, CsvColumn::Currency).and_then(|text| text.parse().ok());
        let names_accounts = self.columns.has(CsvColumn::Account);
        let by_sign = || {
            let sign = amounts.into_iter().find_map(|c| money::currency_sign(self.columns.cell(cells, c)))?;
            of_sign(sign, names_accounts)
        };
        let currency = currency.or(self.found.profile.currency).or_else(by_sign);
        let group = self.group(account);
        group.rows.push(at);
        if group.currency.is_none() {
            group.currency = currency;
        }
    }

    /// The account of a row, by its name.
    fn group(&mut self, called: Option<String>) -> &mut Group {
        let next = self.accounts.len();
        let at = *self.by_name.entry(called.clone().unwrap_or_default()).or_insert(next);
        if at == next {
            self.accounts.push(Group { called, ..Group::default() });
        }
        // The place was there, or has just been made.
        &mut self.accounts[at]
    }
}

/// The currency of a sign; a dollar is only taken for the American one where the file is of several accounts, which nobody
/// can choose a currency for.
fn of_sign(sign: char, names_accounts: bool) -> Option<Currency> {
    let code = match sign {
        '€' => "EUR",
        '£' => "GBP",
        '₹' => "INR",
        '$' if names_accounts => "USD",
        _ => return None,
    };
    code.parse().ok()
}
