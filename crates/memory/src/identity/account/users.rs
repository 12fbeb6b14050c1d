//! [`UserRepository`], [`TokenFloorRepository`] and [`SecondFactorResetRepository`] on the unit of work.

use std::net::IpAddr;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{
        EmailAddress, GlobalRotation, PasswordHash, SecondFactorReset, SecondFactorResetRepository,
        SecurityConfig, Standing, TokenFloor, TokenFloorRepository, User, UserRepository,
    },
    store::{Admitted, Inserted, StoreError},
    time::Timestamp,
};

use crate::{mark::Mark, rows::StoredUser, tables::Tables, unit::Unit};

fn by_email<'t>(tables: &'t Tables, email: &EmailAddress) -> Option<&'t User> {
    tables.users.first(&Mark::Email(email.canonical().to_owned())).map(|row| &row.user)
}

/// Whether somebody else has the address or the login of this user.
fn is_taken(tables: &Tables, user: &User) -> bool {
    let login = user.login.as_ref().map(|login| Mark::Login(login.as_str().to_owned()));
    let other = |row: &StoredUser| row.user.id != user.id;
    by_email(tables, &user.email).is_some_and(|found| found.id != user.id)
        || login.is_some_and(|login| tables.users.first(&login).is_some_and(other))
}

/// Adds a user whose address is free.
fn add(tables: &mut Tables, user: &User) -> Result<(), StoreError> {
    if let Some(manager) = user.managed_by {
        tables.needs_user(manager)?;
    }
    if is_taken(tables, user) {
        return Err(StoreError::Database("the login is taken".into()));
    }
    tables.users.add(StoredUser { user: user.clone(), erasing_until: None })
}

/// Writes everything that changes, if the stored revision is this one's and nobody else has what is the user's alone.
fn update(tables: &mut Tables, user: &mut User) -> Result<Inserted, StoreError> {
    let current = tables.users.get(&user.id).filter(|row| row.user.revision == user.revision);
    let Some(current) = current.cloned() else { return Err(StoreError::Stale) };
    if is_taken(tables, user) {
        return Ok(Inserted::Exists);
    }
    user.revision += 1;
    let changed = User { created_at: current.user.created_at, ..user.clone() };
    tables.users.put(StoredUser { user: changed, ..current });
    Ok(Inserted::New)
}

#[async_trait]
impl UserRepository for Unit {
    async fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.run(|tables| Ok(tables.users.get(&id).map(|row| row.user.clone())))
    }

    async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        self.run(|tables| Ok(by_email(tables, email).cloned()))
    }

    async fn insert_if_absent(&mut self, user: &User) -> Result<Inserted, StoreError> {
        self.run(|tables| {
            if by_email(tables, &user.email).is_some() {
                return Ok(Inserted::Exists);
            }
            add(tables, user).map(|()| Inserted::New)
        })
    }

    async fn insert_first(&mut self, user: &User) -> Result<Inserted, StoreError> {
        self.run(|tables| {
            if tables.users.iter().next().is_some() {
                return Ok(Inserted::Exists);
            }
            add(tables, user).map(|()| Inserted::New)
        })
    }

    async fn update(&mut self, user: &mut User) -> Result<(), StoreError> {
        self.run(|tables| match update(tables, user)? {
            Inserted::New => Ok(()),
            Inserted::Exists => Err(StoreError::Database("the address or login is taken".into())),
        })
    }

    async fn insert_sub_user(&mut self, user: &User) -> Result<Admitted, StoreError> {
        self.run(|tables| {
            if by_email(tables, &user.email).is_some() {
                return Ok(Admitted::Exists);
            }
            let room = user.managed_by.and_then(|manager| {
                let limit = tables.users.get(&manager)?.user.flags.user_limit;
                let there = tables.users.marked(&Mark::ManagedBy(manager)).count();
                Some(has_room(limit.number(), there))
            });
            if room != Some(true) {
                return Ok(Admitted::Full);
            }
            add(tables, user).map(|()| Admitted::New)
        })
    }

    async fn other_administrators(&mut self, but: UserId, now: Timestamp) -> Result<Standing, StoreError> {
        self.run(|tables| {
            let others = tables.users.marked(&Mark::Administrator).filter(|row| row.user.id != but);
            Ok(others.map(|row| row.user.standing(now)).max().unwrap_or(Standing::None))
        })
    }

    async fn has_sub_users(&mut self, manager: UserId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.users.first(&Mark::ManagedBy(manager)).is_some()))
    }

    async fn update_email(&mut self, user: &mut User) -> Result<Inserted, StoreError> {
        self.run(|tables| update(tables, user))
    }

    async fn remove_unverified(&mut self, email: &EmailAddress) -> Result<bool, StoreError> {
        self.run(|tables| {
            let Some(id) = by_email(tables, email).filter(|user| !user.is_verified()).map(|user| user.id)
            else {
                return Ok(false);
            };
            tables.remove_user(id).map(|()| true)
        })
    }

    async fn replace_password(
        &mut self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.run(|tables| {
            let expected = |row: &StoredUser| row.user.password.as_ref() == Some(expected);
            Ok(tables.users.change(&id, expected, |row| {
                row.user.password = Some(new.clone());
                // The revision moves too: a copy read before must not bring the old hash back.
                row.user.revision += 1;
            }))
        })
    }

    async fn record_sign_in(
        &mut self,
        id: UserId,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.users.change(&id, |_| true, |row| row.user.signed_in(address, now));
            Ok(())
        })
    }

    async fn rotate_tokens(&mut self, id: UserId, now: Timestamp) -> Result<Option<i32>, StoreError> {
        self.run(|tables| {
            tables.users.change(
                &id,
                |_| true,
                |row| {
                    row.user.token_version += 1;
                    row.user.revision += 1;
                    row.user.updated_at = now;
                },
            );
            Ok(tables.users.get(&id).map(|row| row.user.token_version))
        })
    }
}

/// Whether one more is within the limit; one below zero is none.
pub(crate) fn has_room(limit: i32, there: usize) -> bool {
    usize::try_from(limit).map_or(true, |limit| there < limit)
}

#[async_trait]
impl TokenFloorRepository for Unit {
    /// What was the newest step becomes the earlier one. Where an earlier grace still runs, the shorter of the two
    /// counts for both, so that no rotation prolongs one before it.
    async fn rotate(&mut self, rotation: &GlobalRotation) -> Result<SecurityConfig, StoreError> {
        self.run(|tables| {
            let floor = tables.config()?.floor;
            let earlier_until = if floor.earlier_until > rotation.at {
                floor.earlier_until.min(floor.grace_until)
            } else {
                floor.grace_until
            };
            let config = SecurityConfig {
                floor: TokenFloor {
                    version: floor.version + 1,
                    grace_until: rotation.at.plus(rotation.grace),
                    earlier_version: floor.version,
                    earlier_until,
                },
                updated_at: rotation.at,
                updated_by: Some(rotation.by.clone()),
                reason: Some(rotation.reason.clone()),
            };
            tables.security_config.put(config.clone());
            Ok(config)
        })
    }
}

#[async_trait]
impl SecondFactorResetRepository for Unit {
    async fn insert_if_absent(&mut self, reset: &SecondFactorReset) -> Result<SecondFactorReset, StoreError> {
        self.run(|tables| {
            if let Some(there) = tables.second_factor_resets.get(&reset.user) {
                return Ok(*there);
            }
            tables.needs_user(reset.user)?;
            tables.second_factor_resets.add(*reset).map(|()| *reset)
        })
    }

    async fn take(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            Ok(tables.second_factor_resets.remove(&user, |reset| reset.due_at <= now).is_some())
        })
    }

    async fn cancel(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.second_factor_resets.remove(&user, |_| true).is_some()))
    }
}
