//! Statements that are made for one list.

use chrono::NaiveDate;
use dashtam_domain::{
    id::UserId,
    ledger::meaning::{CategoryFilter, CategoryKey},
    ledger::{
        Hidden, Narrowing, SearchTerms, Sign, TransactionFilter, TransactionKey, TransactionStatus,
        amount_key,
    },
};
use uuid::Uuid;

use super::{
    bound::{Bound, Edge},
    driver::Driver,
};
use crate::{
    queries::ledger::{FIRST_DAY, LAST_DAY},
    rows::{columns, transactions},
};

/// The index of a list that asks nothing else.
fn index_of_list(filter: &TransactionFilter) -> &'static str {
    let of_account = filter.account.is_some();
    match (filter.hidden, filter.status) {
        (Hidden::Only, _) if of_account => "ix_transactions_account_hidden",
        (Hidden::Only, _) => "ix_transactions_hidden",
        (_, Some(TransactionStatus::Pending)) if of_account => "ix_transactions_account_pending",
        (_, Some(TransactionStatus::Pending)) => "ix_transactions_pending",
        (_, Some(TransactionStatus::Removed)) if of_account => "ix_transactions_account_removed",
        (_, Some(TransactionStatus::Removed)) => "ix_transactions_removed",
        _ if filter.order().is_by_amount() => "ix_transactions_amount",
        _ if of_account => "ix_transactions_user_id_account_id_day_id",
        _ => "ix_transactions_user_id_day_id",
    }
}

/// Words for the columns of the day and the id, made into what holds of them.
type Place = Box<dyn Fn(&str, &str) -> String + Send + Sync>;

/// A statement in the making. The owner is its first value.
pub(super) struct Making<'f> {
    filter: &'f TransactionFilter,
    is_sqlite: bool,
    pub(super) bound: Vec<Bound>,
    limit: String,
    /// What holds of the place of each row, in the words for the columns of the day and the id.
    place: Place,
}

impl<'f> Making<'f> {
    pub(super) fn new(
        owner: UserId,
        filter: &'f TransactionFilter,
        after: Option<TransactionKey>,
        (limit, edge): (Bound, Option<Edge>),
        is_sqlite: bool,
    ) -> Self {
        let mut making = Self {
            filter,
            is_sqlite,
            bound: vec![Bound::Id(owner.0)],
            limit: String::new(),
            place: Box::new(|_, _| String::new()),
        };
        making.limit = making.put(limit);
        let first = filter.from.map_or(FIRST_DAY, |day| day.0.clamp(FIRST_DAY, LAST_DAY));
        let last = filter.to.map_or(LAST_DAY, |day| day.0.clamp(FIRST_DAY, LAST_DAY));
        let oldest = filter.order().is_ascending();
        if filter.order().is_by_amount() {
            making.place = making.by_amount((first, last), after);
            return making;
        }
        let after = after.map(|key| (key.day.0, key.id.0));
        let (end, (day, id)) = if oldest {
            (last, after.map_or((first, Uuid::nil()), |after| after.max((first, Uuid::nil()))))
        } else {
            (first, after.map_or((last, Uuid::max()), |after| after.min((last, Uuid::max()))))
        };
        let (end, day, id) =
            (making.put(Bound::Day(end)), making.put(Bound::Day(day)), making.put(Bound::Id(id)));
        let edge = edge.map(|edge| (making.put(Bound::Day(edge.day)), making.put(Bound::Id(edge.id))));
        making.place = Box::new(move |on, of| {
            let (until, behind, within) = if oldest { ("<=", ">", "<=") } else { (">=", "<", ">=") };
            let edge = edge.as_ref().map_or(String::new(), |(edge_day, edge_id)| {
                format!(" AND ({on}, {of}) {within} ({edge_day}, {edge_id})")
            });
            format!("{on} {until} {end} AND ({on}, {of}) {behind} ({day}, {id}){edge}")
        });
        making
    }

    /// What holds of the place of each row in a list by amounts.
    fn by_amount(&mut self, (first, last): (NaiveDate, NaiveDate), after: Option<TransactionKey>) -> Place {
        let (first, last) = (self.put(Bound::Day(first)), self.put(Bound::Day(last)));
        let way = if self.filter.order().is_ascending() { ">" } else { "<" };
        let behind = after.map_or(String::new(), |key| {
            let amount = self.text(amount_key(key.amount.unwrap_or_default()));
            let (day, id) = (self.put(Bound::Day(key.day.0)), self.put(Bound::Id(key.id.0)));
            format!(" AND (t.amount_key, t.day, t.id) {way} ({amount}, {day}, {id})")
        });
        Box::new(move |on, _| format!("{on} >= {first} AND {on} <= {last}{behind}"))
    }

    fn put(&mut self, value: Bound) -> String {
        self.bound.push(value);
        format!("${}", self.bound.len())
    }

    fn text(&mut self, text: impl Into<String>) -> String {
        self.put(Bound::Text(text.into()))
    }

    fn any(&mut self, texts: impl Iterator<Item = String>) -> String {
        texts.map(|text| self.text(text)).collect::<Vec<_>>().join(", ")
    }

    fn order(&self, day: &str, id: &str) -> String {
        let order = self.filter.order();
        let way = if order.is_ascending() { "" } else { " DESC" };
        let amount = if order.is_by_amount() { format!("t.amount_key{way}, ") } else { String::new() };
        format!("ORDER BY {amount}{day}{way}, {id}{way} LIMIT {}", self.limit)
    }

    /// What SQLite is told to read.
    fn by(&self, index: &str) -> String {
        if self.is_sqlite { format!(" INDEXED BY {index}") } else { String::new() }
    }

    /// What holds of a row, beside its owner and its place.
    fn conditions(&mut self) -> String {
        let filter = self.filter;
        let Narrowing {
            accounts,
            tags,
            amount_min,
            amount_max,
            sign,
            kinds,
            currency,
            merchant,
            has_note,
            transfers,
            text,
        } = &filter.narrowing;
        let mut all = vec![match filter.status {
            None => "t.status <> 'removed'".to_owned(),
            Some(status) => format!("t.status = '{}'", status.as_str()),
        }];
        match filter.hidden {
            Hidden::Without => all.push("NOT t.is_hidden".to_owned()),
            Hidden::With => {}
            Hidden::Only => all.push("t.is_hidden".to_owned()),
        }
        if let Some(account) = filter.account {
            all.push(format!("t.account_id = {}", self.put(Bound::Id(account.0))));
        }
        if !accounts.is_empty() {
            let accounts: Vec<String> =
                accounts.iter().map(|account| self.put(Bound::Id(account.0))).collect();
            all.push(format!("t.account_id IN ({})", accounts.join(", ")));
        }
        match &filter.category {
            CategoryFilter::Any => {}
            CategoryFilter::Uncategorized => all.push("t.category IS NULL".to_owned()),
            CategoryFilter::Among(keys) => {
                all.push(format!("t.category IN ({})", self.any(keys.iter().map(CategoryKey::to_string))));
            }
        }
        if !tags.is_empty() {
            let tags = self.any(tags.iter().map(|tag| tag.as_str().to_owned()));
            all.push(format!(
                "EXISTS (SELECT 1 FROM transaction_tags h WHERE h.user_id = t.user_id AND h.tag IN ({tags}) \
                 AND h.day = t.day AND h.transaction_id = t.id)"
            ));
        }
        if let Some(least) = amount_min {
            all.push(format!("t.amount_key >= {}", self.text(amount_key(*least))));
        }
        if let Some(most) = amount_max {
            all.push(format!("t.amount_key <= {}", self.text(amount_key(*most))));
        }
        match sign {
            None => {}
            Some(Sign::Negative) => all.push("(t.amount LIKE '-%' AND t.amount_key <> 'a0')".to_owned()),
            Some(Sign::Positive) => all.push("(t.amount NOT LIKE '-%' OR t.amount_key = 'a0')".to_owned()),
        }
        if !kinds.is_empty() {
            all.push(format!("t.kind IN ({})", self.any(kinds.iter().map(|kind| kind.as_str().to_owned()))));
        }
        if let Some(currency) = currency {
            all.push(format!("t.currency = {}", self.text(currency.as_str())));
        }
        if let Some(merchant) = merchant {
            all.push(format!("t.merchant_key = {}", self.text(merchant.as_str())));
        }
        match has_note {
            None => {}
            Some(true) => all.push("t.has_note".to_owned()),
            Some(false) => all.push("NOT t.has_note".to_owned()),
        }
        if let Some(transfers) = transfers {
            let not = if transfers.wanted { "" } else { "NOT " };
            let moving = self.any(transfers.categories().iter().map(CategoryKey::to_string));
            all.push(format!("{not}(t.transfer_id IS NOT NULL OR COALESCE(t.category, '') IN ({moving}))"));
        }
        let place = if self.is_sqlite { "instr" } else { "strpos" };
        for part in text.iter().flat_map(SearchTerms::parts) {
            all.push(format!("{place}(t.search, {}) > 0", self.text(part)));
        }
        all.join(" AND ")
    }

    /// The statement of a page.
    pub(super) fn page(&mut self, owner: UserId, driver: &Driver) -> String {
        let list = columns("t", transactions::listed());
        let conditions = self.conditions();
        let of_rows = (self.place)("t.day", "t.id");
        let order = self.order("t.day", "t.id");
        let of_owner = |index: &str| format!("SELECT {list} FROM transactions t{index} WHERE t.user_id = $1");
        match driver {
            Driver::List => {
                let index = self.by(index_of_list(self.filter));
                format!("{} AND {of_rows} AND {conditions} {order}", of_owner(&index))
            }
            Driver::Notes => {
                let index = self.by("ix_transactions_note");
                format!("{} AND {of_rows} AND {conditions} {order}", of_owner(&index))
            }
            Driver::Amounts if self.is_sqlite => {
                let index = self.by("ix_transactions_amount");
                format!("{} AND {of_rows} AND {conditions} {order}", of_owner(&index))
            }
            Driver::Amounts => {
                let (least, most) = (self.filter.narrowing.amount_min, self.filter.narrowing.amount_max);
                let least =
                    least.map(|least| format!(" AND x.amount_key >= {}", self.text(amount_key(least))));
                let most = most.map(|most| format!(" AND x.amount_key <= {}", self.text(amount_key(most))));
                // By itself, so that no plan prefers the order of the list and looks for what is rare in all of it.
                format!(
                    "WITH found AS MATERIALIZED (SELECT x.id FROM transactions x WHERE x.user_id = $1{}{}) \
                     SELECT {list} FROM found f JOIN transactions t ON t.id = f.id \
                     WHERE t.user_id = $1 AND {of_rows} AND {conditions} {order}",
                    least.unwrap_or_default(),
                    most.unwrap_or_default()
                )
            }
            Driver::Values { column, index, values } => {
                let index = self.by(index);
                let ranges: Vec<String> = values
                    .iter()
                    .map(|value| match value {
                        None => format!("t.{column} IS NULL"),
                        Some(value) => format!("t.{column} = {}", self.text(value.as_str())),
                    })
                    .map(|of| format!("{} AND {of} AND {of_rows} AND {conditions} {order}", of_owner(&index)))
                    .collect();
                self.union(&ranges, "UNION ALL")
            }
            Driver::Accounts(accounts) => {
                let index = self.by("ix_transactions_user_id_account_id_day_id");
                let ranges: Vec<String> = accounts
                    .iter()
                    .map(|account| self.put(Bound::Id(account.0)))
                    .map(|of| {
                        format!(
                            "{} AND t.account_id = {of} AND {of_rows} AND {conditions} {order}",
                            of_owner(&index)
                        )
                    })
                    .collect();
                self.union(&ranges, "UNION ALL")
            }
            Driver::Transfers(categories) => {
                let index = self.by("ix_transactions_user_id_category_day_id");
                let mut ranges: Vec<String> = categories
                    .iter()
                    .map(|category| self.text(category.to_string()))
                    .map(|of| {
                        format!(
                            "{} AND t.category = {of} AND {of_rows} AND {conditions} {order}",
                            of_owner(&index)
                        )
                    })
                    .collect();
                let sides = of_owner(&self.by("ix_transactions_transfer"));
                let is_side = "t.transfer_id IS NOT NULL";
                ranges.push(format!("{sides} AND {is_side} AND {of_rows} AND {conditions} {order}"));
                // Most sides of transfers have such a category, too.
                self.union(&ranges, "UNION")
            }
            Driver::Tags(tags) => {
                let (join, place) = (self.join(), (self.place)("g.day", "g.transaction_id"));
                let order = self.order("g.day", "g.transaction_id");
                let ranges = tags.iter().map(|tag| {
                    let tag = self.text(tag.as_str());
                    format!(
                        "SELECT {list} FROM transaction_tags g {join} transactions t ON t.id = g.transaction_id \
                         WHERE g.user_id = $1 AND g.tag = {tag} AND {place} AND t.user_id = $1 AND {conditions} {order}"
                    )
                });
                let ranges: Vec<String> = ranges.collect();
                // A transaction with several of the tags is in several ranges.
                self.union(&ranges, "UNION")
            }
            Driver::Words(terms) => {
                let found = self.found(owner, terms);
                let join = self.join();
                format!(
                    "{found} SELECT {list} FROM found f {join} transactions t ON t.id = f.id \
                     WHERE t.user_id = $1 AND {of_rows} AND {conditions} {order}"
                )
            }
        }
    }

    /// What SQLite reads from the left to the right.
    fn join(&self) -> &'static str {
        if self.is_sqlite { "CROSS JOIN" } else { "JOIN" }
    }

    /// What has all runs of characters of these words, whether it has the words or not.
    fn found(&mut self, owner: UserId, terms: &SearchTerms) -> String {
        let grams = terms.grams(owner);
        if self.is_sqlite {
            let all: Vec<String> =
                grams.iter().map(|gram| format!("\"{}\"", gram.replace('"', "\"\""))).collect();
            let all = self.text(all.join(" AND "));
            return format!(
                "WITH found AS MATERIALIZED (SELECT d.transaction_id AS id FROM transaction_texts \
                 CROSS JOIN transaction_docs d ON d.doc = transaction_texts.rowid \
                 WHERE transaction_texts MATCH {all})"
            );
        }
        let all = self.text(serde_json::Value::from(grams).to_string());
        format!(
            "WITH found AS MATERIALIZED (SELECT x.id FROM transactions x WHERE search_grams(x.search) @> \
             ARRAY(SELECT jsonb_array_elements_text({all}::text::jsonb)))"
        )
    }

    /// One list of several ranges.
    fn union(&self, ranges: &[String], join: &str) -> String {
        if let [range] = ranges {
            return range.clone();
        }
        let each = ranges.iter().enumerate();
        let each: Vec<String> = each.map(|(at, range)| format!("SELECT * FROM ({range}) AS r{at}")).collect();
        format!("{} {}", each.join(&format!(" {join} ")), self.order("day", "id"))
    }

    /// The place of the last of so many of the nearest rows.
    pub(super) fn edge(&mut self, nearest: i64) -> String {
        let (index, account) = match self.filter.account {
            None => ("ix_transactions_user_id_day_id", String::new()),
            Some(account) => (
                "ix_transactions_user_id_account_id_day_id",
                format!(" AND t.account_id = {}", self.put(Bound::Id(account.0))),
            ),
        };
        let (index, place) = (self.by(index), (self.place)("t.day", "t.id"));
        let nearest = self.put(Bound::Count(nearest));
        format!(
            "SELECT t.day, t.id FROM transactions t{index} WHERE t.user_id = $1{account} AND {place} {} OFFSET {nearest}",
            self.order("t.day", "t.id")
        )
    }
}
