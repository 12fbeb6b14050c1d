//! Finding accounts, limits that are counted where rows are added, and resets of second factors.

use dashtam_domain::{
    id::{AuditId, UserId},
    identity::{
        AuditAction, AuditEntry, AuditLine, Quota, SecondFactorReset, Standing, User, UserFilter, UserKey,
        UserSearch,
    },
    page::Limit,
    store::{Admitted, Inserted, Storage},
};

use crate::builders::{self, at};
use crate::storage::{begin, stored_user};

/// Stores a user with these changes.
pub(in crate::storage) async fn stored_with(storage: &Storage, change: impl FnOnce(&mut User)) -> User {
    let mut user = builders::user();
    change(&mut user);
    let mut unit = begin(storage).await;
    assert_eq!(unit.users().insert_if_absent(&user).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    user
}

/// The ids of all pages of two.
async fn found(storage: &Storage, filter: &UserFilter) -> Vec<UserId> {
    let (mut ids, mut after): (Vec<UserId>, Option<UserKey>) = (Vec::new(), None);
    loop {
        let page = storage.queries.users(filter, after, Limit::new(2).unwrap()).await.unwrap();
        ids.extend(page.items.iter().map(|user| user.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return ids,
        }
    }
}

fn by(search: UserSearch) -> UserFilter {
    UserFilter { search, ..UserFilter::default() }
}

/// By the other name, which nobody else can have.
pub async fn a_user_is_found_by_login(storage: &Storage) {
    let login = || "ada.king".parse().unwrap();
    let ada = stored_with(storage, |user| user.login = Some(login())).await;
    stored_with(storage, |user| user.login = None).await;
    assert_eq!(storage.queries.user_by_login(&login()).await.unwrap(), Some(ada));
    assert_eq!(storage.queries.user_by_login(&"nobody.king".parse().unwrap()).await.unwrap(), None);
}

/// It is not forgotten by a change of something else.
pub async fn who_switched_an_account_off_is_kept(storage: &Storage) {
    let mut user = stored_with(storage, |user| user.off_by_administrator = true).await;
    user.is_active = false;
    let mut unit = begin(storage).await;
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(user.id).await.unwrap().as_ref(), Some(&user));
    user.switch(true);
    let mut unit = begin(storage).await;
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!storage.queries.user(user.id).await.unwrap().unwrap().off_by_administrator);
}

/// Many at once, also more than one statement takes; who is not there is left out.
pub async fn users_are_found_by_their_ids(storage: &Storage) {
    let mut there = Vec::new();
    for _ in 0..3 {
        there.push(stored_user(storage).await);
    }
    stored_user(storage).await;
    let nobody = || UserId(builders::id());
    let found = async |ids: &[UserId]| {
        let mut found = storage.queries.users_of(ids).await.unwrap();
        found.sort_by_key(|user| user.id);
        found
    };
    there.sort_by_key(|user| user.id);
    let [first, second, third] = [there[0].id, there[1].id, there[2].id];
    assert_eq!(found(&[]).await, []);
    assert_eq!(found(&[nobody()]).await, []);
    assert_eq!(found(&[second]).await, there[1..2]);
    assert_eq!(found(&[third, first, third, nobody(), second]).await, there);
    let mut many: Vec<UserId> = (0..230).map(|_| nobody()).collect();
    for (place, id) in [(0, first), (115, second), (229, third)] {
        many[place] = id;
    }
    assert_eq!(found(&many).await, there);
}

/// By the beginning of address or name, whatever its letters' case, in that order and page by page.
pub async fn users_are_found_by_the_beginning_of_address_or_name(storage: &Storage) {
    let mut people = Vec::new();
    for (email, name) in [
        ("Zoe@example.com", "ada Smith"),
        ("ada@example.com", "Bob"),
        ("ADAM@example.com", "Ada King"),
        ("ad%@example.com", "Ada King"),
        ("bob@example.com", "ad_ \u{c4}gnes"),
        ("a.d@example.com", "\u{c4}gnes"),
    ] {
        let change = |user: &mut User| {
            user.email = email.parse().unwrap();
            user.name = name.parse().unwrap();
        };
        people.push(stored_with(storage, change).await.id);
    }
    let pick = |places: &[usize]| places.iter().map(|place| people[*place]).collect::<Vec<_>>();
    let email = |prefix: &str| by(UserSearch::Email(prefix.to_owned()));
    let name = |prefix: &str| by(UserSearch::Name(prefix.to_owned()));
    assert_eq!(found(storage, &UserFilter::default()).await, pick(&[0, 1, 2, 3, 4, 5]));
    assert_eq!(found(storage, &email("ad")).await, pick(&[3, 1, 2]));
    assert_eq!(found(storage, &email("ada")).await, pick(&[1, 2]));
    assert_eq!(found(storage, &email("ad%")).await, pick(&[3]), "no character is a wildcard");
    assert_eq!(found(storage, &email("x")).await, []);
    assert_eq!(found(storage, &name("ada ")).await, pick(&[2, 3, 0]));
    assert_eq!(found(storage, &name("ad_")).await, pick(&[4]));
    assert_eq!(found(storage, &name("\u{c4}g")).await, pick(&[5]));
    assert_eq!(found(storage, &name("a")).await.len(), 4);
}

/// Every filter narrows every order, alone and together.
pub async fn users_are_narrowed_by_what_they_are(storage: &Storage) {
    let manager = stored_user(storage).await;
    let mut people = Vec::new();
    for number in 0..8 {
        let change = |user: &mut User| {
            user.is_active = number & 1 == 0;
            user.administrator = number & 2 != 0;
            user.managed_by = (number & 4 != 0).then_some(manager.id);
        };
        people.push(stored_with(storage, change).await);
    }
    for search in
        [UserSearch::Everybody, UserSearch::Email("user-".to_owned()), UserSearch::Name("ada".to_owned())]
    {
        for disabled in [None, Some(false), Some(true)] {
            for administrator in [None, Some(false), Some(true)] {
                for managed_by in [None, Some(manager.id)] {
                    let filter = UserFilter { search: search.clone(), disabled, administrator, managed_by };
                    let fits = |user: &&User| {
                        disabled.is_none_or(|disabled| disabled != user.is_active)
                            && administrator.is_none_or(|yes| yes == user.administrator)
                            && managed_by.is_none_or(|manager| user.managed_by == Some(manager))
                    };
                    let everybody = std::iter::once(&manager).chain(&people);
                    let mut expected: Vec<UserId> = everybody.filter(fits).map(|user| user.id).collect();
                    let mut ids = found(storage, &filter).await;
                    expected.sort_by_key(|id| id.0);
                    ids.sort_by_key(|id| id.0);
                    assert_eq!(ids, expected, "{filter:?}");
                }
            }
        }
    }
}

/// A manager reads the lines of the own sub-users, newest first, and no others.
pub async fn a_manager_reads_the_trail_of_the_own_sub_users(storage: &Storage) {
    let [manager, other] = [stored_user(storage).await.id, stored_user(storage).await.id];
    let sub = |of: UserId| move |user: &mut User| user.managed_by = Some(of);
    let mine = [stored_with(storage, sub(manager)).await.id, stored_with(storage, sub(manager)).await.id];
    let foreign = stored_with(storage, sub(other)).await.id;
    let call = dashtam_domain::call::Call::system(at(0));
    let mut lines = Vec::new();
    for user in [mine[0], foreign, mine[1], manager, mine[0]] {
        let id = AuditId(builders::id());
        let mut unit = begin(storage).await;
        let line = AuditEntry::of(id, &call, AuditLine::new(AuditAction::UserRegistered, user));
        unit.audit().append(&line).await.unwrap();
        unit.commit().await.unwrap();
        lines.push(id);
    }
    let read = async |of, before| {
        let page = storage.queries.sub_user_trail(manager, of, before, Limit::new(2).unwrap()).await.unwrap();
        (page.items.iter().map(|line| line.id).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = read(None, None).await;
    assert_eq!((first, next), (vec![lines[4], lines[2]], Some(lines[2])));
    assert_eq!(read(None, next).await, (vec![lines[0]], None));
    assert_eq!(read(Some(mine[1]), None).await, (vec![lines[2]], None));
    assert_eq!(read(Some(foreign), None).await, (vec![], None));
}

/// A connection beyond the limit, or of a taken alias, is not stored; a lowered limit takes nothing away.
pub async fn connections_are_added_up_to_the_limit(storage: &Storage) {
    let mut owner = stored_with(storage, |user| user.flags.device_limit = Quota::new(2).unwrap()).await;
    let id = owner.id;
    let add = async |alias: &str| {
        let mut unit = begin(storage).await;
        let connection = builders::connection(id, alias);
        let admitted = unit.connections().insert_within_limit(&connection).await.unwrap();
        unit.commit().await.unwrap();
        let stored = storage.queries.connection(id, connection.id).await.unwrap();
        assert_eq!(
            stored.map(|found| found.connection == connection),
            (admitted == Admitted::New).then_some(true)
        );
        admitted
    };
    assert_eq!(add("one").await, Admitted::New);
    assert_eq!(add("one").await, Admitted::Exists);
    assert_eq!(add("two").await, Admitted::New);
    assert_eq!(add("two").await, Admitted::Exists);
    assert_eq!(add("three").await, Admitted::Full);
    for (limit, expected) in [(0, Admitted::Full), (3, Admitted::New), (-1, Admitted::New)] {
        let mut unit = begin(storage).await;
        owner.flags.device_limit = Quota::new(limit).unwrap();
        unit.users().update(&mut owner).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(add(&format!("with {limit}")).await, expected);
    }
    let connections = storage.queries.connections(id, None, Limit::default()).await.unwrap();
    assert_eq!(connections.items.len(), 4);
}

/// A sub-user beyond the limit, or of a taken address, is not stored.
pub async fn sub_users_are_added_up_to_the_limit(storage: &Storage) {
    let manager = stored_with(storage, |user| user.flags.user_limit = Quota::new(1).unwrap()).await;
    let add = async |manager: UserId, email: Option<&str>| {
        let mut user = builders::user();
        user.managed_by = Some(manager);
        if let Some(email) = email {
            user.email = email.parse().unwrap();
        }
        let mut unit = begin(storage).await;
        let admitted = unit.users().insert_sub_user(&user).await.unwrap();
        unit.commit().await.unwrap();
        let stored = storage.queries.user(user.id).await.unwrap();
        assert_eq!(stored, (admitted == Admitted::New).then_some(user));
        admitted
    };
    let has = async |manager: UserId| {
        let mut unit = begin(storage).await;
        unit.users().has_sub_users(manager).await.unwrap()
    };
    assert!(!has(manager.id).await);
    assert_eq!(add(manager.id, Some(manager.email.as_str())).await, Admitted::Exists);
    assert_eq!(add(manager.id, None).await, Admitted::New);
    assert!(has(manager.id).await);
    assert_eq!(add(manager.id, None).await, Admitted::Full);
    let nobody = stored_user(storage).await;
    assert_eq!(add(nobody.id, None).await, Admitted::Full);
    let many = stored_with(storage, |user| user.flags.user_limit = Quota::UNLIMITED).await;
    assert_eq!((add(many.id, None).await, add(many.id, None).await), (Admitted::New, Admitted::New));
}

/// The best of the others: for good, for a while, or none.
pub async fn administrators_stand_as_the_rule_says(storage: &Storage) {
    let root = stored_with(storage, |user| user.administrator = true).await;
    let others = async |but: UserId| {
        let mut unit = begin(storage).await;
        unit.users().other_administrators(but, at(10)).await.unwrap()
    };
    stored_user(storage).await;
    assert_eq!(others(root.id).await, Standing::None);
    for (change, best) in [
        ((false, None, None, false), Standing::None),
        ((true, Some(at(9)), None, false), Standing::None),
        ((true, None, Some(at(99)), false), Standing::None),
        ((true, None, None, true), Standing::None),
        ((true, Some(at(10)), None, false), Standing::Passing),
        ((true, None, None, false), Standing::Lasting),
    ] {
        let (is_active, expires_at, deletion_due_at, read_only) = change;
        let other = stored_with(storage, |user| {
            user.administrator = true;
            user.is_active = is_active;
            user.expires_at = expires_at;
            user.deletion_due_at = deletion_due_at;
            user.flags.read_only = read_only;
        })
        .await;
        assert!(other.standing(at(10)) <= best);
        assert_eq!(others(root.id).await, best, "{change:?}");
        assert_eq!(others(other.id).await, Standing::Lasting);
    }
}

/// One at a time per user, taken once it is due, or taken back.
pub async fn a_second_factor_reset_is_taken_when_it_is_due(storage: &Storage) {
    let [ada, bob] = [stored_user(storage).await.id, stored_user(storage).await.id];
    let reset = |user, due| SecondFactorReset { user, requested_at: at(0), due_at: at(due) };
    let mut unit = begin(storage).await;
    let resets = unit.second_factor_resets();
    assert_eq!(resets.insert_if_absent(&reset(ada, 20)).await.unwrap(), reset(ada, 20));
    assert_eq!(resets.insert_if_absent(&reset(ada, 90)).await.unwrap(), reset(ada, 20));
    resets.insert_if_absent(&reset(bob, 10)).await.unwrap();
    unit.commit().await.unwrap();
    let due = async |now, limit| storage.queries.due_second_factor_resets(at(now), limit).await.unwrap();
    assert_eq!(due(9, 5).await, []);
    assert_eq!(due(20, 5).await, [bob, ada]);
    assert_eq!(due(20, 1).await, [bob]);
    let mut unit = begin(storage).await;
    let resets = unit.second_factor_resets();
    assert!(!resets.take(ada, at(19)).await.unwrap());
    assert!(resets.take(ada, at(20)).await.unwrap() && !resets.take(ada, at(20)).await.unwrap());
    assert!(resets.cancel(bob).await.unwrap() && !resets.cancel(bob).await.unwrap());
    assert_eq!(due(20, 5).await, [bob, ada], "read beside the open unit, without what it has not committed");
    unit.commit().await.unwrap();
    assert_eq!(due(20, 5).await, []);
}
