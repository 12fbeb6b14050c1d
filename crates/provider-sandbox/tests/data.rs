//! Accounts, transactions and positions, compared with the bank's own ledger to the cent.

mod support;

use std::collections::HashSet;

use dashtam_domain::{
    connections::{PageRequest, ProviderError, PulledTransaction, TransactionWindow},
    ledger::{AccountKind, AssetClass, TransactionKind, TransactionStatus, meaning::DefaultCategory},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};
use dashtam_sandbox_bank as bank;
use support::{Town, day};

fn kind(kind: bank::AccountKind) -> AccountKind {
    match kind {
        bank::AccountKind::Checking => AccountKind::Checking,
        bank::AccountKind::Savings => AccountKind::Savings,
        bank::AccountKind::CreditCard => AccountKind::CreditCard,
        bank::AccountKind::Brokerage => AccountKind::Brokerage,
        bank::AccountKind::Loan => AccountKind::Loan,
    }
}

fn movement(kind: bank::TransactionKind) -> TransactionKind {
    match kind {
        bank::TransactionKind::Deposit => TransactionKind::Deposit,
        bank::TransactionKind::Purchase => TransactionKind::PointOfSale,
        bank::TransactionKind::Refund => TransactionKind::Credit,
        bank::TransactionKind::Payment => TransactionKind::Payment,
        bank::TransactionKind::Transfer => TransactionKind::Transfer,
        bank::TransactionKind::Withdrawal => TransactionKind::Withdrawal,
        bank::TransactionKind::Fee => TransactionKind::Fee,
        bank::TransactionKind::Interest => TransactionKind::Interest,
        bank::TransactionKind::Buy | bank::TransactionKind::Sell => TransactionKind::Trade,
        bank::TransactionKind::Dividend => TransactionKind::Dividend,
    }
}

fn midnight(town: &Town) -> Timestamp {
    town.now().day().start()
}

#[tokio::test]
async fn accounts_are_those_of_the_ledger() {
    let town = Town::open().await;
    for customer in ["alice", "Zoë Ω", "bob+slow", bank::HOUSEHOLD_CUSTOMER] {
        let (credentials, world) = (town.linked(customer).await, town.world(customer));
        let pulled = town.accounts().accounts(&credentials).await.unwrap().accounts;
        assert_eq!(pulled.len(), world.accounts.len());
        for (pulled, own) in pulled.iter().zip(&world.accounts) {
            assert_eq!((&pulled.external_id, pulled.name.as_str()), (&own.id, own.name));
            assert_eq!((pulled.kind, pulled.currency), (kind(own.kind), Currency::USD));
            assert_eq!(pulled.mask.as_ref(), Some(&own.number_masked));
            assert_eq!(pulled.terms.credit_limit, own.credit_limit);
            assert_eq!(pulled.terms.interest_rate.is_some(), own.interest_rate.is_some());
            assert_eq!(pulled.balance, Some(own.current_balance()));
            assert_eq!(pulled.available, own.available_balance());
            assert_eq!(pulled.as_of, Some(midnight(&town)));
            // Kept as it was sent, it says the same.
            let again = town.accounts().read_account(&pulled.raw.to_string()).unwrap();
            assert_eq!(again, *pulled);
        }
        let card = pulled.iter().find(|account| account.kind == AccountKind::CreditCard).unwrap();
        assert!(card.balance.unwrap() < Decimal::ZERO, "what is owed is negative");
    }
}

#[tokio::test]
async fn transactions_are_those_of_the_ledger() {
    let town = Town::open().await;
    let (credentials, world) = (town.linked("alice").await, town.world("alice"));
    let mut kinds = HashSet::new();
    for own in &world.accounts {
        let (rows, refused, pages) = town.listing(&credentials, &own.id, town.window()).await.unwrap();
        assert_eq!(refused, []);
        assert_eq!(rows.len(), own.transactions.len());
        assert_eq!(pages, rows.len().div_ceil(500).max(1));
        for (row, own) in rows.iter().zip(&own.transactions) {
            assert_eq!((&row.external_id, &row.replaces), (&own.id, &own.pending_id));
            assert_eq!((row.day, row.amount, row.currency), (Day(own.date), own.amount, Currency::USD));
            assert_eq!(row.occurred_at, own.occurred_at.map(Timestamp::new));
            assert_eq!((&row.description, row.kind), (&own.description, movement(own.kind)));
            let posted = row.status == TransactionStatus::Posted;
            assert_eq!(
                (posted, row.status == TransactionStatus::Pending),
                (own.is_posted(), !own.is_posted())
            );
            assert_eq!(row.trade.is_some(), own.security.is_some());
            if let (Some(trade), Some(own)) = (&row.trade, &own.security) {
                assert_eq!(
                    (trade.symbol.as_deref(), trade.name.as_deref()),
                    (Some(own.symbol), Some(own.name))
                );
                assert_eq!(trade.quantity, own.quantity.unwrap_or_default());
                assert_eq!((trade.price, trade.fees), (own.price, own.fees));
            }
            assert_eq!(row.raw["id"], *own.id);
            kinds.insert(row.kind);
        }
        // What was read adds up to what the bank says is there.
        let posted = rows.iter().filter(|row| row.status == TransactionStatus::Posted);
        let sum: Decimal = posted.map(|row| row.amount).sum();
        assert_eq!(own.opening_balance + sum, own.current_balance());
    }
    assert!(kinds.len() >= 9, "the ledger shows most kinds: {kinds:?}");
    assert!(!kinds.contains(&TransactionKind::Other));
}

#[tokio::test]
async fn the_household_tells_what_was_bought_and_in_which_currency() {
    let town = Town::open().await;
    let customer = bank::HOUSEHOLD_CUSTOMER;
    let (credentials, world) = (town.linked(customer).await, town.world(customer));
    let mut abroad = 0;
    for own in &world.accounts {
        let (rows, refused, _) = town.listing(&credentials, &own.id, town.window()).await.unwrap();
        assert_eq!((rows.len(), refused), (own.transactions.len(), Vec::new()));
        for (row, own) in rows.iter().zip(&own.transactions) {
            let told = row.details.category.as_deref();
            assert_eq!(told, own.category);
            let known =
                told.map(|code| DefaultCategory::by_code(code).is_some_and(|of| of.codes.contains(&code)));
            assert_ne!(known, Some(false), "{told:?}");
            let other = row.details.exchange.as_ref();
            assert_eq!(other.and_then(|of| of.rate), own.original.as_ref().map(|original| original.rate));
            assert!(other.is_none_or(|of| of.is_converted && of.currency.as_str() == "EUR"));
            abroad += usize::from(other.is_some());
        }
    }
    assert!(abroad > 10);
}

#[tokio::test]
async fn pages_and_windows_fit_together() {
    let town = Town::open().await;
    let credentials = town.linked("alice").await;
    let account = town.account("alice", bank::AccountKind::Checking);
    let (all, _, pages) = town.listing(&credentials, &account, town.window()).await.unwrap();
    assert!(pages >= 2, "one page would prove nothing");
    let ids: HashSet<_> = all.iter().map(|row| &row.external_id).collect();
    assert_eq!(ids.len(), all.len());

    let window = TransactionWindow { from: day("2026-03-01"), to: day("2026-05-31") };
    let (rows, _, _) = town.listing(&credentials, &account, window).await.unwrap();
    let inside: Vec<PulledTransaction> =
        all.iter().filter(|row| (window.from..=window.to).contains(&row.day)).cloned().collect();
    assert!(inside.len() > 100);
    assert_eq!(rows, inside);

    let future = TransactionWindow { from: day("2026-07-16"), to: day("2026-07-17") };
    assert_eq!(town.listing(&credentials, &account, future).await.unwrap(), (vec![], vec![], 1));
}

#[tokio::test]
async fn positions_are_those_of_the_ledger() {
    let town = Town::open().await;
    let (credentials, world) = (town.linked("alice").await, town.world("alice"));
    let brokerage = world.account_of(bank::AccountKind::Brokerage).unwrap();
    let pulled = town.holdings().holdings(&credentials, &brokerage.id).await.unwrap().shown();
    assert!(pulled.len() >= 5 && pulled.len() == brokerage.holdings.len());
    for (pulled, own) in pulled.iter().zip(&brokerage.holdings) {
        assert_eq!((pulled.external_id.as_str(), pulled.symbol.as_deref()), (own.symbol, Some(own.symbol)));
        assert_eq!(pulled.name.as_deref(), Some(own.name));
        let class = match own.asset_type {
            bank::AssetType::Etf => AssetClass::Etf,
            bank::AssetType::MutualFund => AssetClass::MutualFund,
            bank::AssetType::Stock => AssetClass::Equity,
        };
        assert_eq!((pulled.asset_class, pulled.quantity), (class, own.quantity));
        assert_eq!((pulled.price, pulled.market_value), (Some(own.price), Some(own.market_value)));
        assert_eq!((pulled.cost_basis, pulled.currency), (Some(own.cost_basis), Currency::USD));
        assert_eq!(pulled.as_of, Some(midnight(&town)));
        let again = town.holdings().read_holding(Currency::USD, &pulled.raw.to_string()).unwrap();
        assert_eq!(again, *pulled);
    }
    let checking = town.account("alice", bank::AccountKind::Checking);
    assert_eq!(town.holdings().holdings(&credentials, &checking).await.unwrap().shown(), []);
}

#[tokio::test]
async fn a_security_is_split_and_an_account_changes_its_currency() {
    let town = Town::open().await;
    let credentials = town.linked("alice+split+currency-change").await;
    let brokerage = town.account("alice", bank::AccountKind::Brokerage);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let accounts = town.accounts().accounts(&credentials).await.unwrap().accounts;
        let savings = accounts.iter().find(|account| account.kind == AccountKind::Savings).unwrap();
        let held = town.holdings().holdings(&credentials, &brokerage).await.unwrap().shown().remove(0);
        seen.push((savings.currency.to_string(), held));
    }
    let [(first, before), (second, after)] = &seen[..] else { panic!("twice") };
    assert_eq!((first.as_str(), second.as_str()), ("USD", "EUR"));
    assert_eq!(after.quantity, before.quantity * Decimal::TWO);
    assert_eq!(after.price, before.price.map(|price| price / Decimal::TWO));
    assert_eq!((after.market_value, after.cost_basis), (before.market_value, before.cost_basis));
}

#[tokio::test]
async fn others_and_odd_accounts_are_not_found() {
    let town = Town::open().await;
    let credentials = town.linked("alice").await;
    let missing = Some(ProviderError::Rejected { code: "http_404".to_owned() });
    for account in [town.account("bob", bank::AccountKind::Checking).as_str(), "a/../b?x=1#y", "%2e%2e", "Ω"]
    {
        let page = town
            .transactions()
            .transactions(&credentials, &PageRequest::new(account, town.window(), None))
            .await;
        assert_eq!(page.err(), missing, "{account}");
        assert_eq!(town.holdings().holdings(&credentials, account).await.err(), missing, "{account}");
    }
    let account = town.account("alice", bank::AccountKind::Checking);
    let page = town
        .transactions()
        .transactions(&credentials, &PageRequest::new(&account, town.window(), Some("x&y")))
        .await;
    assert_eq!(page.err(), Some(ProviderError::Rejected { code: "http_422".to_owned() }));
}
