//! The schema goes up and down, once, and is left alone by programs older than it.

use dashtam_domain::{
    id::DecisionId,
    ledger::{
        AssetClass, Decision, DecisionState, Holding, Narrowing, SearchTerms, SecurityFacts, Trade,
        Transaction, TransactionChange, TransactionFilter,
        matching::Scores,
        transfer::{ProposedSum, TransferKind, TransferSum, TransferTerms},
    },
    page::Limit,
};
use dashtam_persistence::{MigrateError, Options, connect};
use dashtam_testkit::builders::{self, decimal};
use sea_orm::ConnectionTrait;

use super::{both, raw, texts};
use crate::support::{empty_postgres, empty_sqlite};

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_again() {
    let empty = [Some(empty_sqlite().await), empty_postgres("migrations_go_up_down_and_up_again").await];
    for (database, _guard) in empty.into_iter().flatten() {
        let applied = async || -> Vec<bool> {
            database.status().await.unwrap().into_iter().map(|(_, applied)| applied).collect()
        };
        let names: Vec<String> = database.status().await.unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.first().map(String::as_str), Some("m20261122_0001_identity"));
        assert_eq!(applied().await, vec![false; names.len()]);
        for _ in 0..2 {
            database.migrate().await.unwrap();
            database.migrate().await.unwrap();
            assert_eq!(applied().await, vec![true; names.len()]);
            database.migrate_down(1).await.unwrap();
            assert_eq!(applied().await.last(), Some(&false));
            database.migrate_down(100).await.unwrap();
            assert_eq!(applied().await, vec![false; names.len()]);
        }
        database.migrate().await.unwrap();
        let user = builders::user();
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_files_lose_the_account_numbers_they_hold() {
    for (database, guard) in both("rows_of_files_lose_the_account_numbers_they_hold").await {
        let user = builders::user();
        let account = builders::file_account(user.id, "1");
        let row = |at: usize, raw: &str| Transaction {
            raw: Some(raw.to_owned()),
            ..builders::transaction(&account, &at.to_string(), builders::day(3))
        };
        let transfer = "<STMTTRN><bankacctto><ACCTID>9876543210</bankacctto></STMTTRN>";
        // More than are read at once.
        let mut rows: Vec<Transaction> = (0..1_001).map(|at| row(at, transfer)).collect();
        rows.push(row(2_000, r#"{"note":"9876543210"}"#));
        let odd = [
            (
                "<STMTTRN><NAME>1234567890<ACCTID></STMTTRN>",
                "<STMTTRN><NAME>1234567890<ACCTID>****</STMTTRN>",
            ),
            ("<ACCTID>98-7654-3211</ACCTID><MEMO>é", "<ACCTID>****3211</ACCTID><MEMO>é"),
            ("x<loanacctid>9876543212\r\n<MEMO>x", "x<loanacctid>****3212<MEMO>x"),
            ("<ACCTID>123<ACCTID", "<ACCTID>****<ACCTID"),
        ];
        rows.extend((3_000..).zip(odd).map(|(at, (before, _))| row(at, before)));
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.transactions().insert(&rows).await.unwrap();
        unit.commit().await.unwrap();

        let db = raw(&guard).await;
        let again = "DELETE FROM seaql_migrations WHERE version = 'm20261129_0031_masked_rows'";
        db.execute_unprepared(again).await.unwrap();
        database.migrate().await.unwrap();
        let count = async |like: &str| {
            let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM transactions WHERE raw LIKE '%{like}%'");
            texts(&db, &sql).await.concat()
        };
        assert_eq!(count("9876543210").await, "1");
        assert_eq!(count("<ACCTID>****3210</bankacctto></STMTTRN>").await, "1001");
        for (before, after) in odd {
            let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM transactions WHERE raw = '{after}'");
            assert_eq!(texts(&db, &sql).await.concat(), "1", "{before}");
        }
    }
}

/// As the program finds them: by symbol and currency, by coin, by name, for each user.
#[tokio::test(flavor = "multi_thread")]
async fn securities_of_stored_positions_and_trades_are_found() {
    for (database, guard) in both("securities_of_stored_positions_and_trades_are_found").await {
        let mut holdings = Vec::new();
        let mut unit = database.storage.store.begin().await.unwrap();
        for symbol in ["acme ", "ACME"] {
            let user = builders::user();
            let account = builders::file_account(user.id, "1");
            let held = |key: &str, symbol: Option<&str>, class| Holding {
                symbol: symbol.map(str::to_owned),
                asset_class: class,
                ..builders::holding(&account, key)
            };
            let held = [
                held("a", Some(symbol), AssetClass::Equity),
                held("b", Some("BTC"), AssetClass::Cryptocurrency),
                held("c", None, AssetClass::Other),
                Holding { name: None, ..held("d", None, AssetClass::Other) },
            ];
            let trade = Trade {
                security: None,
                symbol: Some("Acme".to_owned()),
                name: None,
                asset_class: AssetClass::Other,
                quantity: decimal("1"),
                price: None,
                fees: None,
            };
            let sale =
                Transaction { trade: Some(trade), ..builders::transaction(&account, "1", builders::day(3)) };
            unit.users().insert_if_absent(&user).await.unwrap();
            unit.accounts().upsert(&account).await.unwrap();
            unit.holdings().replace(user.id, account.id, &held).await.unwrap();
            unit.transactions().insert(&[sale]).await.unwrap();
            holdings.push((user.id, account.id));
        }
        unit.commit().await.unwrap();

        let all = database.status().await.unwrap();
        let later = all.iter().rev().take_while(|(name, _)| !name.ends_with("_securities")).count();
        database.migrate_down(u32::try_from(later).unwrap() + 1).await.unwrap();
        database.migrate().await.unwrap();
        let queries = &database.storage.queries;
        for (owner, account) in holdings {
            let held = queries.holdings(owner, account).await.unwrap();
            let known: Vec<bool> = held.iter().map(|holding| holding.security.is_some()).collect();
            assert_eq!(known, [true, true, true, false]);
            let known = queries.securities(owner, None, Limit::default()).await.unwrap().items;
            assert_eq!(known.len(), 3);
            let filter = TransactionFilter::default();
            let sold = queries.transactions(owner, filter, None, Limit::default()).await.unwrap().items;
            assert_eq!(sold[0].trade.as_ref().unwrap().security, held[0].security);
            // What a source tells now leads to the same ones.
            let facts = held[..3].iter().map(|holding| SecurityFacts {
                symbol: holding.symbol.clone(),
                name: holding.name.clone(),
                asset_class: Some(holding.asset_class),
                currency: Some(holding.currency),
                ..SecurityFacts::default()
            });
            let mut unit = database.storage.store.begin().await.unwrap();
            for (facts, holding) in facts.zip(&held) {
                let known = unit.securities().known(owner, &facts.keys()).await.unwrap();
                assert_eq!(known.first().map(|known| known.security.id), holding.security);
            }
            unit.roll_back().await;
        }
        drop(guard);
    }
}

/// What is stored before lists could be searched is found as what is stored since.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_before_is_searched() {
    for (database, guard) in both("what_was_stored_before_is_searched").await {
        let user = builders::user();
        let account = builders::file_account(user.id, "1");
        let row = |at: i64, description: &str| Transaction {
            description: description.to_owned(),
            amount: decimal("-12.50"),
            ..builders::transaction(&account, &at.to_string(), builders::day(at))
        };
        let rows = [row(1, "Café \"Zoë\""), row(2, "咖啡店"), row(3, "other\\")];
        let change = TransactionChange { note: Some("tea".parse().ok()), ..TransactionChange::default() };
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.accounts().upsert(&account).await.unwrap();
        unit.transactions().insert(&rows).await.unwrap();
        let held = unit.corrections().hold_transaction(user.id, rows[2].id).await.unwrap();
        let mut noted = held.unwrap();
        noted.correct(change, builders::at(5));
        unit.corrections().correct_transaction(&noted).await.unwrap();
        unit.commit().await.unwrap();
        let all = database.status().await.unwrap();
        let later = all.iter().rev().take_while(|(name, _)| !name.ends_with("_search")).count();
        database.migrate_down(u32::try_from(later).unwrap() + 1).await.unwrap();
        database.migrate().await.unwrap();
        let words = |text| Narrowing { text: SearchTerms::parse(text).ok(), ..Narrowing::default() };
        let noted = Narrowing { has_note: Some(true), ..Narrowing::default() };
        let amount = Some(decimal("12.5"));
        let amount = Narrowing { amount_min: amount, amount_max: amount, ..Narrowing::default() };
        for (narrowing, found) in [
            (words("zoë café"), vec![0]),
            (words("咖啡"), vec![1]),
            (words("12,50 tea"), vec![2]),
            (noted, vec![2]),
            (amount, vec![2, 1, 0]),
        ] {
            let filter = TransactionFilter { narrowing, ..TransactionFilter::default() };
            let page = database.storage.queries.transactions(user.id, filter.clone(), None, Limit::default());
            let ids: Vec<_> = page.await.unwrap().items.iter().map(|row| row.id).collect();
            assert_eq!(ids, found.iter().map(|at: &usize| rows[*at].id).collect::<Vec<_>>(), "{filter:?}");
        }
        drop(guard);
    }
}

/// Transfers in several transactions are forgotten whole, and those in two stay as they were.
#[tokio::test(flavor = "multi_thread")]
async fn transfers_in_several_go_with_their_columns() {
    for (database, guard) in both("transfers_in_several_go_with_their_columns").await {
        let user = builders::user();
        let accounts = ["1", "2"].map(|id| builders::file_account(user.id, id));
        let row = |of: usize, id: &str, amount: &str| Transaction {
            amount: decimal(amount),
            ..builders::transaction(&accounts[of], id, builders::day(3))
        };
        let rows =
            [row(0, "a", "-3"), row(1, "b", "1"), row(1, "c", "2"), row(0, "d", "-9"), row(1, "e", "9")];
        let terms = TransferTerms {
            kind: TransferKind::Internal,
            from_currency: rows[0].currency,
            to_currency: rows[0].currency,
            fee: None,
            rate: None,
        };
        let sum = TransferSum { whole: rows[0].id, pieces: vec![rows[1].id, rows[2].id] };
        let proposed = ProposedSum { sum, scores: Scores { text: 667, amount: 1000, day: 1000 }, terms };
        let (id, now) = (|| DecisionId(builders::id()), builders::at(5));
        let sum = Decision::sum(id(), (&rows[0], &[&rows[1], &rows[2]]), &proposed, now).unwrap();
        let pair = Decision::transfer(id(), None, (&rows[3], &rows[4]), (None, terms), now);
        let [sum, pair] = [sum, pair].map(|of| Decision { state: DecisionState::Applied, ..of });
        let of = |at: usize| if at < 3 { &sum } else { &pair };
        let numbered = rows.iter().cloned().enumerate();
        let linked = numbered.map(|(at, row)| Transaction { transfer: of(at).transfer_link(), ..row });
        let linked: Vec<Transaction> = linked.collect();
        let mut unit = database.storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        for account in &accounts {
            unit.accounts().upsert(account).await.unwrap();
        }
        unit.transactions().insert(&rows).await.unwrap();
        unit.reconciliations().insert(&[sum.clone(), pair.clone()]).await.unwrap();
        unit.transfers().write(&linked).await.unwrap();
        unit.commit().await.unwrap();

        let all = database.status().await.unwrap();
        let later = all.iter().rev().take_while(|(name, _)| !name.ends_with("_transfer_sums")).count();
        database.migrate_down(u32::try_from(later).unwrap() + 1).await.unwrap();
        database.migrate().await.unwrap();
        let queries = &database.storage.queries;
        let left = queries.transfers(user.id, None, None, Limit::default()).await.unwrap().items;
        assert_eq!(left, std::slice::from_ref(&pair));
        let filter = TransactionFilter::default();
        let left = queries.transactions(user.id, filter, None, Limit::default()).await.unwrap().items;
        let linked: Vec<DecisionId> =
            left.iter().filter_map(|row| row.transfer.map(|link| link.id)).collect();
        assert_eq!((left.len(), linked), (5, vec![pair.id; 2]));
        drop(guard);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_together_migrate_once() {
    let empty =
        [Some(empty_sqlite().await), empty_postgres("programs_that_start_together_migrate_once").await];
    for (_first, guard) in empty.into_iter().flatten() {
        let url = guard.url();
        let starts: Vec<_> = (0..6)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { connect(Options::new(url)).await.unwrap().migrate().await })
            })
            .collect();
        for start in starts {
            start.await.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_left_alone() {
    for (database, guard) in both("a_newer_schema_is_left_alone").await {
        let insert = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_0001_future', 0)";
        raw(&guard).await.execute_unprepared(insert).await.unwrap();
        for refused in [
            database.migrate().await.unwrap_err(),
            database.migrate_down(1).await.unwrap_err(),
            database.status().await.unwrap_err(),
        ] {
            assert!(matches!(refused, MigrateError::Newer(_)), "{refused:?}");
            assert!(refused.to_string().contains("m20991231_0001_future"), "{refused}");
        }
    }
}
