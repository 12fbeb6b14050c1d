//! Users, one by one and in lists.

use std::{collections::BTreeSet, sync::LazyLock};

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{EmailAddress, LoginName, User, UserFilter, UserKey, UserQueries, UserSearch},
    page::{Limit, Page},
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    pool::{Arg, Pool},
    rows::{columns, users},
};

static USER: LazyLock<String> = LazyLock::new(|| user_by("id"));
static USERS: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=AT_ONCE).map(|place| format!("${place}")).collect();
    let (user, places) = (columns("u", users::Column::iter()), places.join(", "));
    format!("SELECT {user} FROM users u WHERE u.id IN ({places})")
});
static USER_BY_LOGIN: LazyLock<String> = LazyLock::new(|| user_by("login"));
static USER_BY_EMAIL: LazyLock<String> = LazyLock::new(|| user_by("email_canonical"));

/// So many users are looked up by one statement.
const AT_ONCE: usize = 100;

fn user_by(column: &str) -> String {
    format!("SELECT {} FROM users u WHERE u.{column} = $1", columns("u", users::Column::iter()))
}

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

fn place(answer: Option<bool>) -> usize {
    answer.map_or(0, |yes| 1 + usize::from(yes))
}

impl SqlQueries {
    /// The place of this engine's statement where the two engines need different ones.
    pub(super) fn engine(&self) -> usize {
        usize::from(matches!(self.pool, Pool::Postgres(_)))
    }
}

#[async_trait]
impl UserQueries for SqlQueries {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER, &[Arg::Id(id.0)]).await
    }

    async fn users_of(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids: BTreeSet<UserId> = ids.iter().copied().collect();
        let ids: Vec<UserId> = ids.into_iter().collect();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            // The statement has a place for each of so many; a shorter list fills them by being repeated.
            let args: Vec<Arg<'_>> = ids.iter().cycle().take(AT_ONCE).map(|id| Arg::Id(id.0)).collect();
            found.append(&mut self.pool.rows(&USERS, &args).await?);
        }
        Ok(found)
    }

    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER_BY_EMAIL, &[Arg::Text(email.canonical())]).await
    }

    async fn user_by_login(&self, login: &LoginName) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER_BY_LOGIN, &[Arg::Text(login.as_str())]).await
    }

    async fn users(
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
}
