//! How a table of one layout is read: which of its columns means what.

use serde_json::{Map, Value, json};

use super::{AccountKind, account::stored_enum};
use crate::{fault::FieldError, money::Currency};

stored_enum! {
    /// What a column of a table can mean.
    CsvColumn {
        /// The day of the transaction.
        Day = "day",
        /// The day on which it was booked; where it is filled, it is the transaction's day.
        Posted = "posted",
        /// The signed amount, or the unsigned one where another column tells the direction.
        Amount = "amount",
        /// Money out, whatever its sign.
        Debit = "debit",
        /// Money in, whatever its sign.
        Credit = "credit",
        /// The other side, or what it was for.
        Payee = "payee",
        /// Further text.
        Memo = "memo",
        /// The institution's id of the row.
        Id = "id",
        /// The account's balance after the row.
        Balance = "balance",
        /// The row's currency.
        Currency = "currency",
        /// What of the amount is a fee.
        Fee = "fee",
        /// A second fee.
        OtherFee = "other_fee",
        /// The institution's own category.
        Category = "category",
        /// The account's name or number, in files of several accounts.
        Account = "account",
        /// The institution's word for the sort of transaction.
        Kind = "kind",
        /// The number of a cheque.
        Check = "check",
        /// The currency it was made in.
        OriginalCurrency = "original_currency",
        /// The ticker of a security.
        Symbol = "symbol",
        /// The name of a security.
        Security = "security",
        /// Units of a security.
        Quantity = "quantity",
        /// The price of one unit.
        Price = "price",
    }
}

impl CsvColumn {
    /// Every one.
    pub const ALL: [Self; 21] = [
        Self::Day,
        Self::Posted,
        Self::Amount,
        Self::Debit,
        Self::Credit,
        Self::Payee,
        Self::Memo,
        Self::Id,
        Self::Balance,
        Self::Currency,
        Self::Fee,
        Self::OtherFee,
        Self::Category,
        Self::Account,
        Self::Kind,
        Self::Check,
        Self::OriginalCurrency,
        Self::Symbol,
        Self::Security,
        Self::Quantity,
        Self::Price,
    ];
}

stored_enum! {
    /// The order of day, month and year in a date of digits. A date that begins with four digits has its year first
    /// whatever the order is.
    DateOrder {
        /// Month, day, year.
        MonthFirst = "mdy",
        /// Day, month, year.
        DayFirst = "dmy",
        /// Year, month, day.
        YearFirst = "ymd",
    }
}

/// A column and some of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnValues {
    /// The name of the column.
    pub column: String,
    /// The values, compared without regard to case.
    pub values: Vec<String>,
}

/// How a table is read. A column is named as the header names it, or by its number from 1 where there is no header; several
/// names that it may have are separated by `|`, and the first that is filled counts.
///
/// Without columns it completes what is found out about a file, member by member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvProfile {
    /// Stable key of a layout that Dashtam knows; empty for any other.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// Whose files these are.
    pub institution: Option<String>,
    /// What sort of account.
    pub account_kind: Option<AccountKind>,
    /// Column names that have to be there for a file to be of this layout; where there is no header, what the cells of
    /// the first row have to be.
    pub headers: Vec<String>,
    /// A part of the names of such files.
    pub file_name: Option<String>,
    /// Label of the character set, where it is not told by the bytes.
    pub encoding: Option<String>,
    /// What stands between two cells.
    pub delimiter: Option<char>,
    /// Whether the table begins without a line of column names.
    pub without_header: bool,
    /// Which column means what.
    pub columns: Vec<(CsvColumn, String)>,
    /// Whether money out is written as a positive amount.
    pub invert: Option<bool>,
    /// The column that tells the direction, and the values that mean money out.
    pub indicator: Option<ColumnValues>,
    /// Whether fees are still to be taken off the amount.
    pub fee_is_extra: bool,
    /// The currency of files that name none.
    pub currency: Option<Currency>,
    /// How dates are written.
    pub date_order: Option<DateOrder>,
    /// The decimal mark.
    pub decimal: Option<char>,
    /// The rows that are taken; all others are left out.
    pub keep_if: Option<ColumnValues>,
}

/// The most characters of a name, and the most entries of a list.
const LONGEST: usize = 200;
const MOST: usize = 100;
/// So many problems are told, each with so many characters of the name of a member.
const MOST_PROBLEMS: usize = 20;
const LONGEST_NAME: usize = 64;

impl CsvProfile {
    /// The name of the column that means this.
    pub fn column(&self, wanted: CsvColumn) -> Option<&str> {
        self.columns.iter().find(|(column, _)| *column == wanted).map(|(_, name)| name.as_str())
    }

    /// The same with what the other one says for itself.
    #[must_use]
    pub fn completed_by(mut self, other: &Self) -> Self {
        self.encoding = other.encoding.clone().or(self.encoding);
        self.delimiter = other.delimiter.or(self.delimiter);
        self.account_kind = other.account_kind.or(self.account_kind);
        self.institution = other.institution.clone().or(self.institution);
        self.invert = other.invert.or(self.invert);
        self.indicator = other.indicator.clone().or(self.indicator);
        self.currency = other.currency.or(self.currency);
        self.date_order = other.date_order.or(self.date_order);
        self.decimal = other.decimal.or(self.decimal);
        self.keep_if = other.keep_if.clone().or(self.keep_if);
        self
    }

    /// As it is shown and stored; members that say nothing are left out.
    pub fn to_json(&self) -> Value {
        let values = |of: &ColumnValues| json!({"column": of.column, "values": of.values});
        let columns: Map<String, Value> =
            self.columns.iter().map(|(column, name)| (column.as_str().to_owned(), json!(name))).collect();
        let mut all = json!({
            "name": self.name,
            "institution": self.institution,
            "account_kind": self.account_kind.map(AccountKind::as_str),
            "file_name": self.file_name,
            "encoding": self.encoding,
            "delimiter": self.delimiter.map(String::from),
            "invert": self.invert,
            "indicator": self.indicator.as_ref().map(values),
            "currency": self.currency.map(|currency| currency.as_str().to_owned()),
            "date_order": self.date_order.map(DateOrder::as_str),
            "decimal": self.decimal.map(String::from),
            "keep_if": self.keep_if.as_ref().map(values),
        });
        if let Value::Object(all) = &mut all {
            all.retain(|_, value| !value.is_null() && *value != json!(""));
            for (name, is_there) in
                [("without_header", self.without_header), ("fee_is_extra", self.fee_is_extra)]
            {
                if is_there {
                    all.insert(name.to_owned(), json!(true));
                }
            }
            for (name, value) in [("headers", json!(self.headers)), ("columns", Value::Object(columns))] {
                let is_empty = value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(Map::is_empty);
                if !is_empty {
                    all.insert(name.to_owned(), value);
                }
            }
            if !self.key.is_empty() {
                all.insert("key".to_owned(), json!(self.key));
            }
        }
        all
    }

    /// Reads what [`Self::to_json`] wrote, or a person. Every member that is wrong is told.
    pub fn from_json(value: &Value) -> Result<Self, Vec<FieldError>> {
        let Some(members) = value.as_object() else {
            return Err(vec![FieldError::new("profile", "malformed", "This must be an object.")]);
        };
        let mut read = Reading { profile: Self::default(), problems: Vec::new() };
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            read.member(name, value);
        }
        read.check();
        if read.problems.is_empty() { Ok(read.profile) } else { Err(read.problems) }
    }
}

/// A profile on its way in.
struct Reading {
    profile: CsvProfile,
    problems: Vec<FieldError>,
}

impl Reading {
    fn refuse(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            let name: String = name.chars().take(LONGEST_NAME).collect();
            self.problems.push(FieldError::new(format!("profile.{name}"), code, message));
        }
    }

    fn member(&mut self, name: &str, value: &Value) {
        match name {
            "key" => self.profile.key = self.text(name, value).unwrap_or_default(),
            "name" => self.profile.name = self.text(name, value).unwrap_or_default(),
            "institution" => self.profile.institution = self.text(name, value),
            "file_name" => self.profile.file_name = self.text(name, value),
            "encoding" => self.profile.encoding = self.text(name, value),
            "account_kind" => {
                self.profile.account_kind =
                    self.word(name, value, AccountKind::parse, "This must be a sort of account.");
            }
            "currency" => {
                let read = |text: &str| text.parse::<Currency>().ok();
                self.profile.currency = self.word(name, value, read, "This must be an ISO 4217 code.");
            }
            "date_order" => {
                self.profile.date_order =
                    self.word(name, value, DateOrder::parse, "This must be mdy, dmy or ymd.");
            }
            "delimiter" => {
                let read = |text: &str| one(text).filter(|c| matches!(c, ',' | ';' | '\t' | '|'));
                let message = "This must be a comma, a semicolon, a tab or a vertical line.";
                self.profile.delimiter = self.word(name, value, read, message);
            }
            "decimal" => {
                let read = |text: &str| one(text).filter(|c| matches!(c, ',' | '.'));
                self.profile.decimal = self.word(name, value, read, "This must be a point or a comma.");
            }
            "without_header" => self.profile.without_header = self.flag(name, value).unwrap_or_default(),
            "fee_is_extra" => self.profile.fee_is_extra = self.flag(name, value).unwrap_or_default(),
            "invert" => self.profile.invert = self.flag(name, value),
            "headers" => self.profile.headers = self.list(name, value),
            "indicator" => self.profile.indicator = self.values(name, value),
            "keep_if" => self.profile.keep_if = self.values(name, value),
            "columns" => self.columns(value),
            _ => self.refuse(name, "unknown", "There is no such member."),
        }
    }

    fn columns(&mut self, value: &Value) {
        let Some(columns) = value.as_object() else {
            return self.refuse("columns", "malformed", "This must be an object.");
        };
        for (name, value) in columns.iter().filter(|(_, value)| !value.is_null()) {
            let field = format!("columns.{name}");
            match CsvColumn::parse(name) {
                Some(column) => {
                    if let Some(text) = self.text(&field, value) {
                        self.profile.columns.push((column, text));
                    }
                }
                None => self.refuse(&field, "unknown", "There is no such column."),
            }
        }
    }

    /// What has to be there together.
    fn check(&mut self) {
        let profile = &self.profile;
        if profile.columns.is_empty() {
            return;
        }
        let has = |column| profile.column(column).is_some();
        let has_amount = has(CsvColumn::Amount) || (has(CsvColumn::Debit) && has(CsvColumn::Credit));
        let has_day = has(CsvColumn::Day);
        let twice = has(CsvColumn::Amount) && (has(CsvColumn::Debit) || has(CsvColumn::Credit));
        if !has_day {
            self.refuse("columns.day", "required", "A table needs a column with the day.");
        }
        if !has_amount || twice {
            let message = "A table needs either a column amount, or the two columns debit and credit.";
            self.refuse("columns.amount", "required", message);
        }
    }

    fn text(&mut self, name: &str, value: &Value) -> Option<String> {
        let text = value.as_str().map(str::trim).filter(|text| {
            (1..=LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control)
        });
        if text.is_none() {
            self.refuse(name, "malformed", "This must be a text of 1 to 200 characters.");
        }
        text.map(str::to_owned)
    }

    fn word<T>(
        &mut self,
        name: &str,
        value: &Value,
        read: impl Fn(&str) -> Option<T>,
        message: &str,
    ) -> Option<T> {
        let read = value.as_str().and_then(read);
        if read.is_none() {
            self.refuse(name, "malformed", message);
        }
        read
    }

    fn flag(&mut self, name: &str, value: &Value) -> Option<bool> {
        let flag = value.as_bool();
        if flag.is_none() {
            self.refuse(name, "malformed", "This must be true or false.");
        }
        flag
    }

    fn list(&mut self, name: &str, value: &Value) -> Vec<String> {
        let Some(items) = value.as_array().filter(|items| items.len() <= MOST) else {
            self.refuse(name, "malformed", "This must be a list of at most 100 texts.");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text(name, item)).collect()
    }

    fn values(&mut self, name: &str, value: &Value) -> Option<ColumnValues> {
        let members = value.as_object().filter(|members| members.len() == 2);
        let both = members.and_then(|members| Some((members.get("column")?, members.get("values")?)));
        let Some((column, values)) = both else {
            self.refuse(name, "malformed", "This must be an object with the members column and values.");
            return None;
        };
        let column = self.text(&format!("{name}.column"), column)?;
        Some(ColumnValues { column, values: self.list(&format!("{name}.values"), values) })
    }
}

/// The only character of a text.
fn one(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

#[cfg(test)]
#[path = "csv_profile_tests.rs"]
mod tests;
