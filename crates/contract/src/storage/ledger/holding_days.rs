//! What accounts held on the days for which it was told.

use dashtam_domain::{
    id::{ImportId, SecurityId, UserId},
    ledger::{Account, AssetClass, HeldPosition, HoldingDayKey, HoldingSnapshot, OptionTerms},
    page::Limit,
    store::Storage,
    time::Day,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{begin, stored_account, stored_user};

/// What was told of this account for a day, at this second: so many units of each of these.
fn snapshot(account: &Account, of: i64, seconds: i64, held: &[(&str, &str)]) -> HoldingSnapshot {
    let position = |(key, quantity): &(&str, &str)| HeldPosition {
        quantity: decimal(quantity),
        ..HeldPosition::from(&builders::holding(account, key))
    };
    HoldingSnapshot {
        owner: account.owner,
        account: account.id,
        day: day(of),
        import: None,
        taken_at: at(seconds),
        value: Some(decimal("10.50")),
        positions: held.iter().map(position).collect(),
    }
}

async fn take(storage: &Storage, snapshots: &[&HoldingSnapshot]) {
    let mut unit = begin(storage).await;
    for snapshot in snapshots {
        unit.holding_days().take(snapshot).await.unwrap();
    }
    unit.commit().await.unwrap();
}

/// The days, keys and units that the history shows, page by page.
async fn history(storage: &Storage, account: &Account, days: (Day, Day)) -> Vec<(Day, String, String)> {
    let (mut all, mut after) = (Vec::new(), None::<HoldingDayKey>);
    loop {
        let limit = Limit::new(2).unwrap();
        let page = storage.queries.holding_days(account.owner, account.id, days, after, limit).await.unwrap();
        let shown =
            |(day, held): &(Day, HeldPosition)| (*day, held.external_id.clone(), held.quantity.to_string());
        all.extend(page.items.iter().map(shown));
        let Some(next) = page.next else { return all };
        after = Some(next);
    }
}

fn rows(expected: &[(i64, &str, &str)]) -> Vec<(Day, String, String)> {
    expected.iter().map(|(of, key, units)| (day(*of), (*key).to_owned(), (*units).to_owned())).collect()
}

/// As of a day it is what was told for it, or last before it; an account that held nothing held nothing.
pub async fn what_was_held_is_told_for_each_day(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let other = stored_account(storage, owner, "2").await;
    let mut whole = snapshot(&account, 1, 1, &[("a", "1"), ("b", "-0.5")]);
    whole.positions[1].option = OptionTerms::of_symbol("ACME  260918C00012500");
    (whole.positions[1].price, whole.positions[1].market_value) = (None, None);
    let sold = HoldingSnapshot { value: None, ..snapshot(&account, 3, 2, &[]) };
    let again = snapshot(&account, 5, 3, &[("c", "2"), ("a", "3"), ("d", "4")]);
    let theirs = snapshot(&other, 2, 4, &[("x", "9")]);
    take(storage, &[&whole, &sold, &again, &theirs]).await;

    let on = async |account: &Account, owner: UserId, of: i64| {
        storage.queries.holdings_on(owner, account.id, day(of)).await.unwrap()
    };
    assert_eq!(on(&account, owner, 0).await, None);
    for of in [1, 2] {
        assert_eq!(on(&account, owner, of).await, Some(whole.clone()));
    }
    assert_eq!(on(&account, owner, 4).await, Some(sold));
    let last = on(&account, owner, 900).await.unwrap();
    let keys: Vec<&str> = last.positions.iter().map(|held| held.external_id.as_str()).collect();
    assert_eq!((last.day, keys), (day(5), vec!["a", "c", "d"]));
    assert_eq!(on(&other, owner, 2).await, Some(theirs));

    let always = (day(-900), day(900));
    let all = [(1, "a", "1"), (1, "b", "-0.5"), (5, "a", "3"), (5, "c", "2"), (5, "d", "4")];
    assert_eq!(history(storage, &account, always).await, rows(&all));
    assert_eq!(history(storage, &account, (day(2), day(900))).await, rows(&all[2..]));
    assert_eq!(history(storage, &account, (day(1), day(4))).await, rows(&all[..2]));

    // Nobody else sees any of it.
    let stranger = stored_user(storage).await.id;
    assert_eq!(on(&account, stranger, 5).await, None);
    let theirs = Account { owner: stranger, ..account };
    assert_eq!(history(storage, &theirs, always).await, []);
}

/// The last synchronisation of a day takes the place of the earlier ones; beside it imports tell what they tell.
pub async fn of_several_that_tell_of_a_day_the_last_counts(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let earlier = snapshot(&account, 1, 1, &[("a", "1"), ("b", "1")]);
    let later = snapshot(&account, 1, 5, &[("a", "2")]);
    take(storage, &[&earlier, &later]).await;
    let always = (day(0), day(9));
    assert_eq!(history(storage, &account, always).await, rows(&[(1, "a", "2")]));

    let import = Some(ImportId(builders::id()));
    let between = HoldingSnapshot { import, ..snapshot(&account, 1, 3, &[("a", "7"), ("z", "7")]) };
    take(storage, &[&between]).await;
    assert_eq!(history(storage, &account, always).await, rows(&[(1, "a", "2")]));
    assert_eq!(storage.queries.holdings_on(owner, account.id, day(1)).await.unwrap(), Some(later));
    let last = HoldingSnapshot { taken_at: at(9), ..between };
    take(storage, &[&last]).await;
    assert_eq!(history(storage, &account, always).await, rows(&[(1, "a", "7"), (1, "z", "7")]));
    assert_eq!(storage.queries.holdings_on(owner, account.id, day(1)).await.unwrap(), Some(last));
}

/// What is left is what the others told, and the latest of it is known.
pub async fn an_import_takes_back_what_it_told(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let [first, second] = [1, 2].map(|seconds| HoldingSnapshot {
        import: Some(ImportId(builders::id())),
        ..snapshot(&account, seconds, seconds, &[("a", "1")])
    });
    take(storage, &[&first, &second]).await;
    let mut unit = begin(storage).await;
    let days = unit.holding_days();
    assert_eq!(days.latest(owner, account.id).await.unwrap().as_ref(), Some(&second));
    let gone = second.import.unwrap();
    assert_eq!(days.forget(owner, account.id, gone).await.unwrap(), 1);
    assert_eq!(days.forget(owner, account.id, gone).await.unwrap(), 0);
    assert_eq!(days.latest(owner, account.id).await.unwrap().as_ref(), Some(&first));
    unit.commit().await.unwrap();
    assert_eq!(history(storage, &account, (day(0), day(9))).await, rows(&[(1, "a", "1")]));
}

/// An account of which positions were ever told holds securities, whatever it is called; money among them is none.
pub async fn accounts_of_which_positions_were_told_are_known(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut accounts = Vec::new();
    for number in ["1", "2", "3", "4"] {
        accounts.push(stored_account(storage, owner, number).await);
    }
    let [holds, held, has_money, _untold] = &accounts[..] else { panic!("four accounts") };
    let holding = snapshot(holds, 2, 1, &[("a", "1"), ("b", "2")]);
    let (earlier, sold) = (snapshot(held, 1, 2, &[("a", "1")]), snapshot(held, 3, 3, &[]));
    let mut money = snapshot(has_money, 2, 4, &[("USD", "5")]);
    money.positions[0].security = None;
    money.positions[0].asset_class = AssetClass::CashEquivalent;
    take(storage, &[&holding, &earlier, &sold, &money]).await;
    let mut expected = vec![holds.id, held.id];
    expected.sort_unstable();
    assert_eq!(storage.queries.holders(owner).await.unwrap(), expected);
    let stranger = stored_user(storage).await.id;
    assert_eq!(storage.queries.holders(stranger).await.unwrap(), []);
}

/// Of these days only, of one owner, and of each account and day what was told last.
pub async fn a_security_is_found_in_all_accounts_on_some_days(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut accounts = [stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await];
    accounts.sort_by_key(|account| account.id);
    let [one, other] = &accounts;
    let [security, another] = [SecurityId(builders::id()), SecurityId(builders::id())];
    let told = |account: &Account, of: i64, seconds: i64, units: &str| {
        let mut snapshot = snapshot(account, of, seconds, &[("a", units), ("b", units), ("c", "9")]);
        snapshot.positions[0].security = Some(security);
        snapshot.positions[1].security = Some(security);
        snapshot.positions[1].price = None;
        snapshot.positions[2].security = Some(another);
        snapshot
    };
    let import = Some(ImportId(builders::id()));
    let replaced = HoldingSnapshot { import, ..told(one, 4, 2, "7") };
    let sold = HoldingSnapshot { import, ..snapshot(other, 6, 9, &[("c", "9")]) };
    let days = [
        told(one, 1, 1, "1"),
        told(one, 2, 1, "2"),
        replaced,
        told(one, 4, 3, "4"),
        told(other, 4, 4, "5"),
        told(other, 6, 5, "6"),
        sold,
        told(other, 7, 6, "8"),
    ];
    take(storage, &days.iter().collect::<Vec<_>>()).await;
    let found = async |owner: UserId, security: SecurityId, from: i64, to: i64| {
        storage.queries.security_days(owner, security, (day(from), day(to))).await.unwrap()
    };
    let all = found(owner, security, 2, 6).await;
    let shown: Vec<_> = all
        .iter()
        .map(|(account, day, held)| {
            (*account, *day, held.external_id.as_str(), held.quantity.to_string(), held.price.is_some())
        })
        .collect();
    let row = |account: &Account, of: i64, key, units: &str, has_price| {
        (account.id, day(of), key, units.to_owned(), has_price)
    };
    // The position of the last day is that of what was told later, which has none of it.
    let expected = [
        row(one, 2, "a", "2", true),
        row(one, 2, "b", "2", false),
        row(one, 4, "a", "4", true),
        row(one, 4, "b", "4", false),
        row(other, 4, "a", "5", true),
        row(other, 4, "b", "5", false),
    ];
    assert_eq!(shown, expected);
    assert!(all.iter().all(|(_, _, held)| held.security == Some(security)));
    assert_eq!(found(owner, security, 8, 90).await, []);
    assert_eq!(found(owner, security, 6, 2).await, []);
    assert_eq!(found(owner, SecurityId(builders::id()), 0, 90).await, []);
    let stranger = stored_user(storage).await.id;
    assert_eq!(found(stranger, security, 0, 90).await, []);
}
