//! What portfolios are reckoned from.

use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{
        AssetClass, SecurityFacts, Transaction, TransactionChange, TransactionStatus, identify,
        portfolio::{PriceKey, PriceSeries, PriceSource, SecurityPrice, Target, TargetOf, Targets},
    },
    money::Currency,
    page::Limit,
    store::Storage,
    time::Day,
};

use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin,
    races::{CALLERS, race},
    store, stored_account, stored_user,
};

/// What is posted and shown of an account is read from its beginning, by the days that people are shown, with what it is
/// made of.
pub async fn the_history_of_an_account_is_read_page_by_page(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let row = |id: &str, on| Transaction { raw: None, ..builders::transaction(&account, id, day(on)) };
    let (late, early, mut moved, mut hidden) =
        (row("late", 9), row("early", 2), row("moved", 3), row("h", 4));
    let pending = Transaction { status: TransactionStatus::Pending, ..row("p", 5) };
    let change = TransactionChange::default;
    hidden.correct(TransactionChange { hidden: Some(Some(true)), ..change() }, at(5));
    moved.correct(TransactionChange { day: Some(Some(day(12))), ..change() }, at(5));
    store(storage, &[late.clone(), moved.clone(), pending, early.clone(), hidden]).await;
    let two = Limit::new(2).unwrap();
    let page = |owner, after| storage.queries.history(owner, account.id, after, two);
    let first = page(owner, None).await.unwrap();
    assert_eq!((first.items, first.next), (vec![early, late.clone()], Some((day(9), late.id))));
    let second = page(owner, first.next).await.unwrap();
    assert_eq!((second.items, second.next), (vec![moved], None));
    assert_eq!(page(stored_user(storage).await.id, None).await.unwrap().items, []);
}

async fn put(storage: &Storage, owner: UserId, targets: &Targets) {
    let mut unit = begin(storage).await;
    unit.allocation_targets().put_all(owner, targets, at(5)).await.unwrap();
    unit.commit().await.unwrap();
}

fn target(of: TargetOf, percent: &str) -> Target {
    Target { of, currency: Currency::USD, percent: decimal(percent) }
}

/// They come back as they were set, in their order, and what is set anew takes the place of all of them.
pub async fn targets_are_set_as_a_whole(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let stranger = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), Targets::default());
    let first = Targets::new(vec![
        target(TargetOf::Class(AssetClass::MutualFund), "60.0001"),
        target(TargetOf::Account(account.id), "10"),
        Target { currency: Currency::EUR, ..target(TargetOf::Class(AssetClass::MutualFund), "100") },
    ]);
    let first = first.unwrap();
    put(storage, owner, &first).await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), first);
    assert_eq!(storage.queries.targets(stranger).await.unwrap(), Targets::default());
    let second = Targets::new(vec![target(TargetOf::Class(AssetClass::Equity), "5")]).unwrap();
    put(storage, owner, &second).await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), second);
    put(storage, owner, &Targets::default()).await;
    assert_eq!(storage.queries.targets(owner).await.unwrap(), Targets::default());
}

/// Of many that set them at once, those of one are there, and no mixture.
pub async fn targets_of_many_callers_are_those_of_one(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let of = |caller: usize| {
        let percent = (caller + 1).to_string();
        let classes = [AssetClass::Equity, AssetClass::Etf];
        Targets::new(classes.map(|class| target(TargetOf::Class(class), &percent)).to_vec()).unwrap()
    };
    let set = race(storage, |storage, caller| async move {
        let targets = of(caller);
        put(&storage, owner, &targets).await;
        targets
    });
    let set = set.await;
    let found = storage.queries.targets(owner).await.unwrap();
    assert!(set.contains(&found), "{found:?}");
}

/// Many that set one of two sides each keep what the others set, because they hold all while they add to them.
pub async fn targets_are_held_while_one_side_is_set(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let classes = [AssetClass::Equity, AssetClass::Etf, AssetClass::MutualFund];
    race(storage, |storage, caller| async move {
        let mut unit = begin(&storage).await;
        let held = unit.allocation_targets().hold_all(owner).await.unwrap();
        let mine = TargetOf::Class(classes[caller % classes.len()]);
        let others = held.as_slice().iter().filter(|target| target.of != mine).copied();
        let all = others.chain([target(mine, "5")]).collect();
        unit.allocation_targets().put_all(owner, &Targets::new(all).unwrap(), at(6)).await.unwrap();
        unit.commit().await.unwrap();
    })
    .await;
    assert_eq!(storage.queries.targets(owner).await.unwrap().as_slice().len(), classes.len());
}

/// A security of the owner that is known by its symbol.
async fn stored_security(storage: &Storage, owner: UserId, symbol: &str) -> SecurityId {
    let facts = SecurityFacts { symbol: Some(symbol.to_owned()), ..SecurityFacts::default() };
    let found = identify(owner, &[facts], Vec::new(), builders::id, at(1));
    let mut unit = begin(storage).await;
    unit.securities().put(owner, &found.written, &found.keys).await.unwrap();
    unit.commit().await.unwrap();
    found.written[0].id
}

fn price(security: SecurityId, source: &str, on: i64, price: &str) -> SecurityPrice {
    let key = PriceKey { security, day: day(on), source: PriceSource::parse(source).unwrap() };
    SecurityPrice::new(key, decimal(price), Currency::EUR, false, at(3)).unwrap()
}

async fn told(storage: &Storage, owner: UserId, prices: &[SecurityPrice]) {
    let mut unit = begin(storage).await;
    unit.security_prices().hold_all(owner).await.unwrap();
    unit.security_prices().store(owner, prices).await.unwrap();
    unit.commit().await.unwrap();
}

async fn all_prices(storage: &Storage, owner: UserId) -> Vec<SecurityPrice> {
    storage.queries.prices(owner, None, None, Limit::new(500).unwrap()).await.unwrap().items
}

/// They come back as they were told, each in the place of the one before, in the order of their places and page by page.
pub async fn prices_come_back_as_they_were_told(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (one, other) =
        (stored_security(storage, owner, "ONE").await, stored_security(storage, owner, "TWO").await);
    let (one, other) = (one.min(other), one.max(other));
    let adjusted = SecurityPrice { is_adjusted: true, ..price(one, "b", 2, "1.50") };
    let sorted = vec![
        price(one, "a", 2, "0.0000000001"),
        adjusted,
        price(one, "a", 3, "0"),
        price(other, "a", 1, "79228162514264337593543950335"),
    ];
    let shuffled: Vec<SecurityPrice> = sorted.iter().rev().cloned().collect();
    told(storage, owner, &shuffled).await;
    assert_eq!(all_prices(storage, owner).await, sorted);
    assert_eq!(all_prices(storage, stranger).await, []);
    let queries = &storage.queries;
    let two = Limit::new(2).unwrap();
    let first = queries.prices(owner, None, None, two).await.unwrap();
    assert_eq!((first.items.as_slice(), first.next.as_ref()), (&sorted[..2], Some(&sorted[1].key)));
    let second = queries.prices(owner, None, first.next, two).await.unwrap();
    assert_eq!((second.items.as_slice(), second.next), (&sorted[2..], None));
    // Of one security, from whatever place on.
    let of = async |security, after| queries.prices(owner, security, after, two).await.unwrap().items;
    assert_eq!(of(Some(one), None).await, sorted[..2]);
    assert_eq!(of(Some(one), Some(sorted[0].key.clone())).await, sorted[1..3]);
    assert_eq!(of(Some(one), Some(sorted[3].key.clone())).await, []);
    assert_eq!(of(Some(other), Some(sorted[0].key.clone())).await, sorted[3..]);
    let days = async |from, to| queries.security_prices(owner, one, (day(from), day(to))).await.unwrap();
    assert_eq!(days(2, 2).await, sorted[..2]);
    assert_eq!(days(3, 9).await, sorted[2..3]);
    assert_eq!(queries.security_prices(stranger, one, (Day::FIRST, Day::LAST)).await.unwrap(), []);
    assert_eq!(queries.security_prices(owner, one, (Day::FIRST, Day::LAST)).await.unwrap(), sorted[..3]);
    // Of several of one place among those that are told, the last.
    let again = SecurityPrice { told_at: at(9), ..price(one, "a", 3, "7") };
    told(storage, owner, &[price(one, "a", 3, "6"), again.clone()]).await;
    assert_eq!(all_prices(storage, owner).await[2], again);
}

/// A series is read and goes by its name, of one security or of all, and nobody else's goes with it.
pub async fn a_series_of_prices_goes_by_its_name(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (one, other) =
        (stored_security(storage, owner, "ONE").await, stored_security(storage, owner, "TWO").await);
    let theirs = price(stored_security(storage, stranger, "ONE").await, "a", 2, "1");
    told(storage, stranger, std::slice::from_ref(&theirs)).await;
    let kept = price(one, "b", 2, "2");
    told(storage, owner, &[price(one, "a", 2, "1"), price(other, "a", 3, "1"), kept.clone()]).await;
    let a = PriceSource::parse("a").unwrap();
    let series = |source: &PriceSource, security, on| PriceSeries {
        source: source.clone(),
        security,
        prices: 1,
        first: day(on),
        last: day(on),
    };
    let mut told_of = vec![series(&a, one, 2), series(&a, other, 3), series(&kept.key.source, one, 2)];
    told_of.sort_by_key(|of| (of.source.as_str().to_owned(), of.security));
    assert_eq!(storage.queries.price_series(owner).await.unwrap(), told_of);
    let unpriced = stored_security(storage, owner, "THREE").await;
    assert_eq!(
        storage.queries.priced(owner).await.unwrap(),
        [one.min(other), one.max(other)],
        "not {unpriced}"
    );
    let mut unit = begin(storage).await;
    let held = unit.security_prices().of_source(owner, &a, (day(3), day(4))).await.unwrap();
    assert_eq!(held, [price(other, "a", 3, "1")]);
    assert_eq!(unit.security_prices().remove(owner, &a, Some(one)).await.unwrap(), 1);
    assert_eq!(unit.security_prices().remove(owner, &a, Some(one)).await.unwrap(), 0);
    unit.roll_back().await;
    assert_eq!(all_prices(storage, owner).await.len(), 3, "what is rolled back is there");
    let mut unit = begin(storage).await;
    assert_eq!(unit.security_prices().remove(owner, &a, None).await.unwrap(), 2);
    unit.commit().await.unwrap();
    assert_eq!(all_prices(storage, owner).await, [kept]);
    assert_eq!(storage.queries.priced(owner).await.unwrap(), [one]);
    let later = price(one, "b", 7, "2");
    told(storage, owner, std::slice::from_ref(&later)).await;
    let whole = PriceSeries { prices: 2, last: day(7), ..series(&later.key.source, one, 2) };
    assert_eq!(storage.queries.price_series(owner).await.unwrap(), [whole]);
    assert_eq!(all_prices(storage, stranger).await, [theirs]);
}

/// Many that read a series and add to it each see what the others stored, because they hold all while they do so.
pub async fn prices_of_many_callers_are_all_kept(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let security = stored_security(storage, owner, "ONE").await;
    let source = PriceSource::parse("a").unwrap();
    race(storage, |storage, _| {
        let source = source.clone();
        async move {
            let mut unit = begin(&storage).await;
            unit.security_prices().hold_all(owner).await.unwrap();
            let always = (Day::FIRST, Day::LAST);
            let held = unit.security_prices().of_source(owner, &source, always).await.unwrap();
            let next = i64::try_from(held.len()).unwrap() + 1;
            unit.security_prices().store(owner, &[price(security, "a", next, "1")]).await.unwrap();
            unit.commit().await.unwrap();
        }
    })
    .await;
    assert_eq!(all_prices(storage, owner).await.len(), CALLERS);
}
