//! Lists of users for those who look after them.

use std::sync::LazyLock;

use dashtam_domain::{
    id::{AuditId, UserId},
    identity::{AuditEntry, User, UserFilter, UserKey, UserSearch},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    pool::{Arg, Pool},
    rows::{audit_log, columns, users},
};

/// What the list is ordered by, with `{}` for the collation in which the index is.
const ORDERS: [Option<&str>; 3] = [None, Some("u.email_canonical{}"), Some("lower(u.name{})")];
/// Both answers to a question, and none.
const ACTIVE: [&str; 3] = ["", " AND u.is_active", " AND NOT u.is_active"];
const ADMINISTRATOR: [&str; 3] = ["", " AND NOT u.administrator", " AND u.administrator"];

/// Every statement there can be: the reading side runs constant texts only. By engine, order, activity,
/// administration and whether a manager is named.
static LISTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let user = columns("u", users::Column::iter());
    let mut lists = Vec::new();
    for collation in ["", " COLLATE \"C\""] {
        for order in ORDERS {
            for active in ACTIVE {
                for administrator in ADMINISTRATOR {
                    for managed in ["", " AND u.managed_by = "] {
                        let (range, by, mut next) = match order {
                            // The range as such, which an index needs, and the place in it.
                            Some(text) => {
                                let text = text.replace("{}", collation);
                                let range =
                                    format!("{text} >= $1 AND {text} < $2 AND ({text}, u.id) > ($1, $3)");
                                (range, format!("{text}, u.id"), 4)
                            }
                            None => ("u.id > $1".to_owned(), "u.id".to_owned(), 2),
                        };
                        let mut filter = format!("{active}{administrator}");
                        if !managed.is_empty() {
                            filter.push_str(&format!("{managed}${next}"));
                            next += 1;
                        }
                        lists.push(format!(
                            "SELECT {user} FROM users u WHERE {range}{filter} ORDER BY {by} LIMIT ${next}"
                        ));
                    }
                }
            }
        }
    }
    lists
});

/// The lines of a manager's sub-users, of all or of one: the newest of each, found at the end of that user's part of an
/// index, and of these the newest. SQLite looks into the index for each sub-user by itself; Postgres does so when the
/// list of each is named as such. By engine, and by whether a sub-user is named.
static TRAIL: LazyLock<[[String; 2]; 2]> = LazyLock::new(|| {
    let entry = columns("a", audit_log::Column::iter());
    let newest = |list: &str, limit: &str| {
        format!(
            "SELECT {list} FROM audit_log l WHERE l.user_id = s.id AND l.id < $2 ORDER BY l.id DESC LIMIT {limit}"
        )
    };
    let sqlite = |limit: &str| format!("JOIN audit_log a ON a.id IN ({})", newest("l.id", limit));
    let postgres = |limit: &str| format!("CROSS JOIN LATERAL ({}) a", newest("l.*", limit));
    let each: [&dyn Fn(&str) -> String; 2] = [&sqlite, &postgres];
    each.map(|join| {
        [("", "$3"), (" AND s.id = $3", "$4")].map(|(of, limit)| {
            format!(
                "SELECT {entry} FROM users s {} WHERE s.managed_by = $1{of} ORDER BY a.id DESC LIMIT {limit}",
                join(limit)
            )
        })
    })
});

fn place(answer: Option<bool>) -> usize {
    answer.map_or(0, |yes| 1 + usize::from(yes))
}

impl SqlQueries {
    /// The place of this engine's statement where the two engines need different ones.
    fn engine(&self) -> usize {
        usize::from(matches!(self.pool, Pool::Postgres(_)))
    }

    pub(super) async fn list_users(
        &self,
        filter: &UserFilter,
        after: Option<UserKey>,
        limit: Limit,
    ) -> Result<Page<User, UserKey>, StoreError> {
        let (order, prefix) = match &filter.search {
            UserSearch::Everybody => (0, ""),
            UserSearch::Email(prefix) => (1, prefix.as_str()),
            UserSearch::Name(prefix) => (2, prefix.as_str()),
        };
        // Nothing that begins with the prefix comes after the prefix with the last character there is.
        let end = format!("{prefix}{}", char::MAX);
        let (from, id) = match &after {
            Some(key) => (key.text.as_str(), key.id.0),
            None => (prefix, Uuid::nil()),
        };
        let mut args = match order {
            0 => vec![Arg::Id(id)],
            _ => vec![Arg::Text(from.max(prefix)), Arg::Text(&end), Arg::Id(id)],
        };
        args.extend(filter.managed_by.map(|manager| Arg::Id(manager.0)));
        args.push(count(limit));
        let mut at = self.engine() * 3 + order;
        for (answers, answer) in [
            (3, place(filter.disabled)),
            (3, place(filter.administrator)),
            (2, usize::from(filter.managed_by.is_some())),
        ] {
            at = at * answers + answer;
        }
        self.pool.page(&LISTS[at], &args, limit, |last| filter.search.key(last)).await
    }

    pub(super) async fn trail_of_sub_users(
        &self,
        manager: UserId,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        let before = before.map_or_else(Uuid::max, |id| id.0);
        let mut args = vec![Arg::Id(manager.0), Arg::Id(before)];
        args.extend(of.map(|user| Arg::Id(user.0)));
        args.push(count(limit));
        let trail = &TRAIL[self.engine()][usize::from(of.is_some())];
        self.pool.page(trail, &args, limit, |last: &AuditEntry| last.id).await
    }
}
