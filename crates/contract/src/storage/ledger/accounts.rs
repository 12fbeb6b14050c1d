//! Accounts, balances, holdings and imports.

use dashtam_domain::{
    id::UserId,
    ledger::{
        Account, AccountKind, AccountSource, AccountTerms, BalanceParts, Covered, Import, ImportCounts,
        ImportState, OptionTerms, statement::StatementProblem,
    },
    money::Decimal,
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, decimal};
use crate::storage::{
    begin, connected_account,
    races::{race, winners},
    stored_account, stored_connection, stored_user,
};

/// Every field survives.
pub async fn an_account_comes_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let full = connected_account(storage, &connection, "external id").await;
    // What an aggregator tells of the institution behind an account.
    let parts = BalanceParts {
        cash: Some(decimal("-120.50")),
        money_market: Some(decimal("505.250")),
        margin_debt: Some(decimal("120.50")),
    };
    let terms = AccountTerms {
        credit_limit: Some(decimal("2500.00")),
        interest_rate: Some(decimal("21.9")),
        closed_since: Some(at(7).day()),
    };
    let institution_url = Some("https://bank.example/".parse().unwrap());
    let covered = Some(Covered { from: at(0).day(), to: at(86_400).day() });
    let full = Account { institution_url, parts, terms, covered, ..full };
    let bare = Account {
        institution: None,
        mask: None,
        kind: AccountKind::CertificateOfDeposit,
        currency: "EUR".parse().unwrap(),
        balance: None,
        available: None,
        parts: BalanceParts::default(),
        balance_as_of: None,
        is_active: false,
        last_synced_at: None,
        ..builders::file_account(owner, "DE02 1203 0000 0000 2020 51")
    };
    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().upsert(&bare).await.unwrap(), bare.id);
    assert_eq!(unit.accounts().upsert(&full).await.unwrap(), full.id);
    unit.commit().await.unwrap();
    for account in [full, bare] {
        assert_eq!(storage.queries.account(owner, account.id).await.unwrap(), Some(account));
    }
}

/// The same account again is updated; its id and first date stay, and unknown balances change nothing.
pub async fn an_account_is_one_by_owner_source_and_external_id(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let first = stored_account(storage, owner, "1").await;
    let again = Account {
        name: "Renamed".to_owned(),
        balance: Some(decimal("-7.00")),
        // What the balance before was made of does not outlive it.
        parts: BalanceParts::default(),
        terms: AccountTerms { interest_rate: Some(decimal("4.5")), ..AccountTerms::default() },
        available: None,
        balance_as_of: None,
        is_active: false,
        created_at: at(50),
        updated_at: at(50),
        ..builders::file_account(owner, "1")
    };
    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().upsert(&again).await.unwrap(), first.id);
    let neighbours = [builders::file_account(owner, "2"), builders::file_account(other, "1")];
    for neighbour in &neighbours {
        assert_eq!(unit.accounts().upsert(neighbour).await.unwrap(), neighbour.id);
    }
    unit.commit().await.unwrap();
    let expected = Account {
        id: first.id,
        available: first.available,
        balance_as_of: first.balance_as_of,
        parts: BalanceParts::default(),
        created_at: first.created_at,
        ..again
    };
    assert_eq!(storage.queries.account(owner, first.id).await.unwrap(), Some(expected));
}

async fn renamed(storage: Storage, owner: UserId, source: AccountSource) -> bool {
    let earlier = ["earlier|0".to_owned(), "earlier|1".to_owned()];
    let mut unit = begin(&storage).await;
    let renamed = unit.accounts().rename(owner, &source, &earlier, "now|1").await.unwrap();
    unit.commit().await.unwrap();
    renamed
}

/// The account under an earlier external id gets its new one, of its owner and source only, and never beside another
/// account that has it; of 30 callers at once, one does it.
pub async fn an_earlier_external_id_gives_way_once(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let account = stored_account(storage, owner, "earlier|1").await;
    let foreign = stored_account(storage, other, "earlier|1").await;
    let elsewhere = AccountSource::Files { institution_id: "another".to_owned() };
    assert!(!renamed(storage.clone(), owner, elsewhere).await);
    let answers = race(storage, |storage, _| renamed(storage, owner, account.source.clone())).await;
    assert_eq!(winners(&answers), 1);
    let external_id = async |of: &Account| {
        storage.queries.account(of.owner, of.id).await.unwrap().map(|account| account.external_id)
    };
    assert_eq!(external_id(&account).await.as_deref(), Some("now|1"));
    assert_eq!(external_id(&foreign).await.as_deref(), Some("earlier|1"));
    let late = stored_account(storage, owner, "earlier|1").await;
    assert!(!renamed(storage.clone(), owner, account.source).await, "the new id is taken");
    assert_eq!(external_id(&late).await.as_deref(), Some("earlier|1"));
}

/// Those of files by owner; and those of all owners whose external id is neither a hash nor made for a file without one.
pub async fn accounts_of_files_are_found_by_owner_and_by_what_they_show(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let connection = stored_connection(storage, owner, "Mine").await;
    let connected = connected_account(storage, &connection, "12345").await;
    let hashed = stored_account(storage, owner, "hashed|0000|1").await;
    let unnamed = stored_account(storage, owner, "unnamed|1").await;
    let in_clear = stored_account(storage, owner, "checking|1").await;
    let foreign = stored_account(storage, other, "checking|1").await;
    let ids = |accounts: Vec<Account>| accounts.into_iter().map(|account| account.id).collect::<Vec<_>>();
    let of = async |owner| ids(storage.queries.file_accounts(owner).await.unwrap());
    assert_eq!(of(owner).await, [hashed.id, unnamed.id, in_clear.id]);
    assert_eq!(of(other).await, [foreign.id]);
    let found = ids(storage.queries.accounts_in_clear(Limit::new(Limit::MAX).unwrap()).await.unwrap());
    for (account, is_found) in
        [(connected, false), (hashed, false), (unnamed, false), (in_clear, true), (foreign, true)]
    {
        assert_eq!(found.contains(&account.id), is_found, "{}", account.external_id);
    }
}

/// Those of the connection that were not listed, once.
pub async fn accounts_that_are_gone_are_switched_off(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let other = stored_connection(storage, owner, "Other").await;
    let kept = connected_account(storage, &connection, "1").await;
    let gone = connected_account(storage, &connection, "2").await;
    let untouched =
        [connected_account(storage, &other, "1").await, stored_account(storage, owner, "1").await];
    let mut unit = begin(storage).await;
    let accounts = unit.accounts();
    assert_eq!(accounts.deactivate_others(owner, connection.id, &[kept.id], at(9)).await.unwrap(), 1);
    assert_eq!(accounts.deactivate_others(owner, connection.id, &[kept.id], at(10)).await.unwrap(), 0);
    unit.commit().await.unwrap();
    let terms = AccountTerms { closed_since: Some(at(9).day()), ..gone.terms };
    let gone = Account { is_active: false, terms, updated_at: at(9), ..gone };
    for account in untouched.into_iter().chain([kept.clone(), gone]) {
        assert_eq!(storage.queries.account(owner, account.id).await.unwrap(), Some(account));
    }
    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().deactivate_others(owner, connection.id, &[], at(11)).await.unwrap(), 1);
    unit.commit().await.unwrap();
}

/// As many digits as there are, and the zeros at the end.
pub async fn decimals_keep_every_digit(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    for (number, text) in [
        "0",
        "0.00",
        "1.10",
        "-0.0000000000000000000000000001",
        "1234567890123456789012345678",
        "-12345678901234.56789012345678",
        "9.999999999999999999999999999",
        "79228162514264337593543950335",
        "0.1000000000000000000000000000",
    ]
    .into_iter()
    .enumerate()
    {
        let value: Decimal = decimal(text);
        let account = Account { balance: Some(value), ..builders::file_account(owner, &number.to_string()) };
        let mut unit = begin(storage).await;
        unit.accounts().upsert(&account).await.unwrap();
        unit.commit().await.unwrap();
        let stored = storage.queries.account(owner, account.id).await.unwrap().unwrap().balance.unwrap();
        assert_eq!(stored.to_string(), text);
    }
}

/// New ones appear, known ones keep their id, missing ones go.
pub async fn holdings_are_replaced_as_a_whole(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let neighbour = stored_account(storage, owner, "2").await;
    let [a, b, c] = ["a", "b", "c"].map(|id| builders::holding(&account, id));
    let theirs = builders::holding(&neighbour, "a");
    let mut unit = begin(storage).await;
    unit.holdings().replace(owner, account.id, &[b.clone(), a.clone()]).await.unwrap();
    unit.holdings().replace(owner, neighbour.id, std::slice::from_ref(&theirs)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.holdings(owner, account.id).await.unwrap(), [a, b.clone()]);

    let mut changed = builders::holding(&account, "b");
    (changed.symbol, changed.name, changed.price, changed.market_value) = (None, None, None, None);
    (changed.as_of, changed.cost_basis) = (None, Some(decimal("100.00")));
    changed.quantity = decimal("-0.00012345");
    changed.option = OptionTerms::of_symbol("ACME  260918P00012500");
    changed.updated_at = at(60);
    // The same position twice in one answer: the last counts.
    let superseded = builders::holding(&account, "b");
    let mut unit = begin(storage).await;
    unit.holdings().replace(owner, account.id, &[superseded, changed.clone(), c.clone()]).await.unwrap();
    unit.commit().await.unwrap();
    changed.id = b.id;
    assert_eq!(storage.queries.holdings(owner, account.id).await.unwrap(), [changed, c]);

    let mut unit = begin(storage).await;
    unit.holdings().replace(owner, account.id, &[]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.holdings(owner, account.id).await.unwrap(), []);
    assert_eq!(storage.queries.holdings(owner, neighbour.id).await.unwrap(), [theirs]);
}

/// Unlike a replacement, positions that are not named stay as they are.
pub async fn holdings_are_merged_without_losing_any(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let [a, b, c] = ["a", "b", "c"].map(|id| builders::holding(&account, id));
    let mut unit = begin(storage).await;
    unit.holdings().replace(owner, account.id, &[a.clone(), b.clone()]).await.unwrap();
    unit.commit().await.unwrap();
    let mut changed = builders::holding(&account, "b");
    (changed.quantity, changed.updated_at) = (decimal("7"), at(60));
    let mut unit = begin(storage).await;
    unit.holdings().merge(owner, account.id, &[changed.clone(), c.clone()]).await.unwrap();
    unit.holdings().merge(owner, account.id, &[]).await.unwrap();
    unit.commit().await.unwrap();
    changed.id = b.id;
    assert_eq!(storage.queries.holdings(owner, account.id).await.unwrap(), [a, changed, c]);
}

/// The same instant again replaces, also within one call.
pub async fn balances_are_recorded_again_and_again(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let mut unit = begin(storage).await;
    unit.balances().record(&[]).await.unwrap();
    let many: Vec<_> = (0..1_200).map(|second| builders::balance(&account, "1.00", second)).collect();
    unit.balances().record(&many).await.unwrap();
    let twice = [builders::balance(&account, "2.00", 5), builders::balance(&account, "3.00", 5)];
    unit.balances().record(&twice).await.unwrap();
    unit.commit().await.unwrap();
}

/// Counts and problems are kept.
pub async fn an_import_comes_back_with_its_report(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut import = builders::import(owner);
    let mut unit = begin(storage).await;
    unit.imports().insert(&import).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.import(owner, import.id).await.unwrap(), Some(import.clone()));
    import.state = ImportState::Completed;
    import.counts = ImportCounts { taken: 5_000_000_000, known: 2, refused: 3, accounts: 1 };
    import.finished_at = Some(at(3));
    import.report(StatementProblem { line: 17, reason: "The amount \"1,2,3\" is not a number.".to_owned() });
    let mut unit = begin(storage).await;
    unit.imports().update(&import).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.import(owner, import.id).await.unwrap(), Some(import));
}

/// A file that is read again does not know when the account was last complete.
pub async fn an_account_keeps_what_its_source_leaves_out(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let sparse = Account {
        balance: None,
        available: None,
        balance_as_of: None,
        last_synced_at: None,
        name: "Renamed".to_owned(),
        ..account.clone()
    };
    let mut unit = begin(storage).await;
    unit.accounts().upsert(&sparse).await.unwrap();
    unit.commit().await.unwrap();
    let stored = storage.queries.account(owner, account.id).await.unwrap().unwrap();
    assert_eq!(stored, Account { name: "Renamed".to_owned(), ..account });
}

/// Those that ended are left alone, and one that lives after all is completed.
pub async fn an_import_that_runs_too_long_was_interrupted(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (old, new, done) = (
        builders::import(owner),
        Import { created_at: at(50), ..builders::import(owner) },
        Import { state: ImportState::Completed, finished_at: Some(at(3)), ..builders::import(owner) },
    );
    let mut unit = begin(storage).await;
    for import in [&old, &new, &done] {
        unit.imports().insert(import).await.unwrap();
    }
    assert_eq!(unit.imports().interrupt(at(50), at(60)).await.unwrap(), 1);
    assert_eq!(unit.imports().interrupt(at(50), at(70)).await.unwrap(), 0);
    unit.commit().await.unwrap();
    let shown = async |import: &Import| storage.queries.import(owner, import.id).await.unwrap().unwrap();
    let interrupted = Import { state: ImportState::Interrupted, finished_at: Some(at(60)), ..old.clone() };
    assert_eq!(shown(&old).await, interrupted);
    assert_eq!((shown(&new).await, shown(&done).await), (new, done));
    let mut unit = begin(storage).await;
    unit.imports().update(&interrupted).await.unwrap();
    let ended = Import { state: ImportState::Completed, finished_at: Some(at(80)), ..old.clone() };
    unit.imports().update(&ended).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(shown(&old).await, ended);
}
