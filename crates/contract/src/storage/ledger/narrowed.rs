//! Lists that are asked for more than an account and a status: what is found is what the filter itself takes.

use dashtam_domain::{
    id::{TransactionId, UserId},
    ledger::meaning::{CategoryChoice, CategoryFilter, CategoryKey},
    ledger::{
        Hidden, ListOrder, Narrowing, SearchTerms, Sign, Tag, Tags, Transaction, TransactionChange,
        TransactionDetails, TransactionFilter, TransactionKind, TransactionStatus, TransferFilter,
        merchant_key,
    },
    money::Currency,
    page::Limit,
    store::Storage,
};

use crate::{
    builders::{self, day, decimal},
    storage::{
        begin,
        ledger::{
            categories::{category, put},
            corrections::correct,
            transfers::{applied, find, link},
        },
        store, stored_account, stored_user,
    },
};

async fn listed(
    storage: &Storage,
    owner: UserId,
    filter: &TransactionFilter,
    limit: u16,
) -> Vec<TransactionId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = storage.queries.transactions(owner, filter.clone(), after, Limit::new(limit).unwrap());
        let page = page.await.unwrap();
        ids.extend(page.items.iter().map(|row| row.id));
        match page.next {
            None => return ids,
            next => after = next,
        }
    }
}

/// What a list of these rows has to show.
fn taken(rows: &[Transaction], owner: UserId, filter: &TransactionFilter) -> Vec<TransactionId> {
    let mut taken: Vec<&Transaction> =
        rows.iter().filter(|row| row.owner == owner && filter.takes(row)).collect();
    let by_amount = filter.order().is_by_amount();
    let amount = |row: &Transaction| by_amount.then(|| row.shown_amount().abs());
    taken.sort_unstable_by_key(|row| (amount(row), row.shown_day(), row.id));
    if !filter.order().is_ascending() {
        taken.reverse();
    }
    taken.into_iter().map(|row| row.id).collect()
}

fn asks(narrowing: Narrowing) -> TransactionFilter {
    TransactionFilter { narrowing, ..TransactionFilter::default() }
}

fn words(text: &str) -> Narrowing {
    Narrowing { text: Some(SearchTerms::parse(text).unwrap()), ..Narrowing::default() }
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

/// Each by itself and with others, from either end, page by page, and nothing of anybody else's.
pub async fn lists_show_what_their_filter_takes(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let accounts = [stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await];
    let elses = stored_account(storage, other, "1").await;
    let kinds = [TransactionKind::Fee, TransactionKind::Transfer, TransactionKind::Payment];
    let texts = ["AMZN Mktp US*1X2", "Café Müller", "STARBUCKS 咖啡店", "قهوة الصباح", "בית קפה שלום"];
    let amounts = ["-12.50", "12.5", "-1200.00", "0.00", "-0.99", "99999999999.123456"];
    let mut rows: Vec<Transaction> = (0..30)
        .map(|n: usize| {
            let account = if n % 5 == 4 { &elses } else { &accounts[n % 2] };
            let row = builders::transaction(account, &n.to_string(), day(i64::try_from(n / 3).unwrap()));
            let payee = n.is_multiple_of(3).then(|| ["Joe's Pizza", "WALMART"][n % 2].to_owned());
            Transaction {
                amount: decimal(amounts[n % 6]),
                currency: if n.is_multiple_of(4) { Currency::EUR } else { Currency::USD },
                description: texts[n % 5 % texts.len()].to_owned()
                    + if n.is_multiple_of(7) { " Ref 0815" } else { "" },
                memo: (n % 6 == 1).then(|| "coffee and cake".to_owned()),
                kind: kinds[n % 3],
                status: if n == 11 { TransactionStatus::Pending } else { TransactionStatus::Posted },
                details: TransactionDetails { payee, ..TransactionDetails::default() },
                ..row
            }
        })
        .collect();
    store(storage, &rows).await;
    for (at, tags) in [(0, "Trip"), (3, "trip,Work"), (6, "work"), (4, "trip"), (9, "旅行")] {
        let tags = Tags::new(tags.split(',').map(tag));
        let change = TransactionChange { tags: Some(tags), ..TransactionChange::default() };
        rows[at] = correct(storage, &rows[at], change, 5).await;
    }
    let note = || Some("a note of Zoë".parse().ok());
    for (at, change) in [
        (1, TransactionChange { note: note(), hidden: Some(Some(true)), ..TransactionChange::default() }),
        (2, TransactionChange { note: note(), ..TransactionChange::default() }),
        (5, TransactionChange { description: Some("Rent".parse().ok()), ..TransactionChange::default() }),
        (7, TransactionChange { day: Some(Some(day(20))), ..TransactionChange::default() }),
        (8, TransactionChange { merchant: Some("joe's pizza".parse().ok()), ..TransactionChange::default() }),
        (10, TransactionChange { sign: Some(Some(Sign::Positive)), ..TransactionChange::default() }),
    ] {
        rows[at] = correct(storage, &rows[at], change, 6).await;
    }
    let own = [category(owner, "Between us", Some("transfer_out")), category(owner, "Tea", Some("food"))];
    for category in &own {
        put(storage, category).await;
    }
    for (at, key) in [(12, CategoryKey::Own(own[0].id)), (15, "food".parse().unwrap())] {
        let category = Some(Some(CategoryChoice::Category(key)));
        rows[at] =
            correct(storage, &rows[at], TransactionChange { category, ..TransactionChange::default() }, 7)
                .await;
    }
    // One side of a transfer is of another category, as a person wants it.
    link(storage, &applied(&rows[15], &rows[18]), [&rows[15], &rows[18]]).await;
    for at in [15, 18] {
        rows[at] = find(storage, &rows[at]).await;
    }
    let nothing = Narrowing::default;
    let amount = |text: &str| Some(decimal(text));
    let narrowings = [
        Narrowing { tags: vec![tag("TRIP").key().clone()], ..nothing() },
        Narrowing {
            tags: ["trip", "work", "旅行"].map(|name| tag(name).key().clone()).into(), ..nothing()
        },
        Narrowing { amount_min: amount("12.5"), ..nothing() },
        Narrowing { amount_min: amount("0.9"), amount_max: amount("12.50"), ..nothing() },
        Narrowing { amount_min: amount("12.5"), amount_max: amount("12.50"), ..nothing() },
        Narrowing { sign: Some(Sign::Positive), ..nothing() },
        Narrowing { sign: Some(Sign::Negative), currency: Some(Currency::EUR), ..nothing() },
        Narrowing { kinds: vec![TransactionKind::Fee, TransactionKind::Transfer], ..nothing() },
        Narrowing { currency: Some(Currency::EUR), ..nothing() },
        Narrowing { merchant: Some(merchant_key("JOE'S PIZZA")), ..nothing() },
        Narrowing { has_note: Some(true), ..nothing() },
        Narrowing { has_note: Some(false), ..nothing() },
        Narrowing { transfers: Some(TransferFilter::new(true)), ..nothing() },
        Narrowing { transfers: Some(TransferFilter::new(false)), ..nothing() },
        Narrowing { transfers: Some(TransferFilter::new(true).with(&own)), ..nothing() },
        Narrowing { transfers: Some(TransferFilter::new(false).with(&own)), ..nothing() },
        Narrowing { transfers: Some(TransferFilter::new(true).with(&own)), ..words("amzn") },
        Narrowing { accounts: accounts.iter().map(|account| account.id).collect(), ..nothing() },
        Narrowing { accounts: vec![accounts[1].id, elses.id], ..nothing() },
        Narrowing { accounts: vec![accounts[1].id, elses.id], ..words("amzn") },
        words("amzn"),
        words("mkt"),
        words("müller CAFE\u{301}"),
        words("咖啡"),
        words("صباح"),
        words("קפה"),
        words("12,50"),
        words("zo"),
        words("coffee 08"),
        words("rent"),
        words("nothing of the kind"),
        Narrowing {
            tags: vec![tag("trip").key().clone()],
            kinds: vec![TransactionKind::Fee],
            ..words("amzn")
        },
    ];
    for narrowing in narrowings {
        for order in [ListOrder::Newest, ListOrder::Oldest, ListOrder::Largest, ListOrder::Smallest] {
            let order = Some(order);
            let all = TransactionFilter { order, hidden: Hidden::With, ..asks(narrowing.clone()) };
            let of_account = TransactionFilter { account: Some(accounts[0].id), ..all.clone() };
            let visible = TransactionFilter { hidden: Hidden::Without, ..all.clone() };
            let of_days = TransactionFilter { from: Some(day(2)), to: Some(day(7)), ..all.clone() };
            let pending = TransactionFilter { status: Some(TransactionStatus::Pending), ..all.clone() };
            let none = TransactionFilter { category: CategoryFilter::Uncategorized, ..all.clone() };
            for filter in [all, of_account, visible, of_days, pending, none] {
                assert_eq!(
                    listed(storage, owner, &filter, 2).await,
                    taken(&rows, owner, &filter),
                    "{filter:?}"
                );
            }
        }
        let all = asks(narrowing);
        let walked = TransactionFilter { reads_all: true, ..all.clone() };
        assert_eq!(listed(storage, owner, &walked, 2).await, taken(&rows, owner, &all), "{walked:?}");
        assert_eq!(listed(storage, other, &all, 3).await, taken(&rows, other, &all), "{all:?}");
    }
    for order in [ListOrder::Oldest, ListOrder::Largest, ListOrder::Smallest] {
        let all = TransactionFilter { order: Some(order), ..TransactionFilter::default() };
        assert_eq!(listed(storage, owner, &all, 4).await, taken(&rows, owner, &all), "{order:?}");
    }
}

/// Whatever the texts and the words are, in Latin, Chinese, Arabic and Hebrew letters.
pub async fn the_same_words_find_the_same_everywhere(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let letters: Vec<char> = "abAé1,. 5-咖啡店星קשלقهوه%_\"'*".chars().collect();
    let mut state = 42_u64;
    let mut next = |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut at = |most: usize| usize::try_from(next(most as u64)).unwrap();
    let rows: Vec<Transaction> = (0..60)
        .map(|n: i64| Transaction {
            description: (0..4 + at(14)).map(|_| letters[at(letters.len())]).collect(),
            ..builders::transaction(&account, &n.to_string(), day(n % 9))
        })
        .collect();
    store(storage, &rows).await;
    let mut found = 0;
    for _ in 0..60 {
        // A part of one of the texts, which others may have as well.
        let text: Vec<char> = rows[at(rows.len())].description.chars().collect();
        let (begin, length) = (at(text.len()), 2 + at(3));
        let words: String = text.into_iter().skip(begin).take(length).collect();
        let Ok(terms) = SearchTerms::parse(&words) else { continue };
        let filter = asks(Narrowing { text: Some(terms), ..Narrowing::default() });
        let expected = taken(&rows, owner, &filter);
        found += expected.len();
        assert_eq!(listed(storage, owner, &filter, 50).await, expected, "{filter:?}");
    }
    assert!(found > 20, "{found}");
}

/// Behind more rows than are looked through: what is rare is found by its index, as it is shown now, and nothing of what is
/// gone.
pub async fn what_is_rare_is_found_far_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let mut rows: Vec<Transaction> = (0..2_300)
        .map(|n: i64| Transaction {
            description: if n % 1_000 == 1 { "rare 咖啡店".to_owned() } else { "common".to_owned() },
            amount: decimal(if n % 1_000 == 1 { "-77.70" } else { "-1.00" }),
            ..builders::transaction(&account, &n.to_string(), day(n / 100))
        })
        .collect();
    for some in rows.chunks(500) {
        store(storage, some).await;
    }
    let rename =
        TransactionChange { description: Some("other".parse().ok()), ..TransactionChange::default() };
    rows[1_001] = correct(storage, &rows[1_001], rename, 5).await;
    let mut unit = begin(storage).await;
    unit.transactions().remove(owner, account.id, "2001", builders::at(6)).await.unwrap();
    unit.commit().await.unwrap();
    rows[2_001].status = TransactionStatus::Removed;
    let amounts = Narrowing { amount_min: Some(decimal("70")), ..Narrowing::default() };
    for narrowing in [words("RARE"), words("咖啡"), words("77,7"), words("common"), words("other"), amounts]
    {
        for (account, order) in [(None, None), (Some(account.id), None), (None, Some(ListOrder::Oldest))] {
            for reads_all in [false, true] {
                let filter = TransactionFilter { account, order, reads_all, ..asks(narrowing.clone()) };
                assert_eq!(
                    listed(storage, owner, &filter, 450).await,
                    taken(&rows, owner, &filter),
                    "{filter:?}"
                );
            }
        }
    }
}
