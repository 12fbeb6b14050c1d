//! One account: its balance over time, what it holds, and its latest transactions.

use std::collections::HashMap;

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    categories::ListCategories,
    connections::GetConnection,
    corrections::CorrectAccount,
    ledger::{AskedTransactions, GetAccount, ListHoldings, ListTransactions, ShowBalanceHistory},
    portfolio::ListInvesting,
};
use dashtam_domain::{
    fault::FaultKind,
    id::AccountId,
    ledger::{AccountChange, Holding, portfolio::LotMethod},
    page::Limit,
};

use super::{
    overview::{choices, period},
    portfolio::tell,
    rows::{self, TransactionRow},
};
use crate::{
    chart::{Chart, Point},
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// How many of the latest transactions are shown.
const LATEST: u16 = 25;

/// A position.
struct HoldingRow {
    /// The page of its security.
    place: Option<String>,
    symbol: String,
    name: String,
    class: String,
    quantity: String,
    price: Option<Money>,
    value: Option<Money>,
    cost: Option<Money>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    id: String,
    about: String,
    kind: &'static str,
    balance: Option<Money>,
    is_owed: bool,
    available: Option<Money>,
    cash: Option<Money>,
    fresh: String,
    /// The connection it came by: id and name.
    connection: Option<(String, String)>,
    chart: Option<Chart>,
    place: String,
    periods: Vec<(&'static str, &'static str, bool)>,
    notes: Vec<String>,
    holdings: Vec<HoldingRow>,
    /// Which lots a sale takes first: name, words, and whether it is so. None where it holds no securities.
    methods: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<TransactionRow>,
    has_more: bool,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let id: AccountId = visit.id()?;
    let (name, days, interval) = period(visit.query.text("period"));
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let ledger = dashtam.ledger();
    let mut account = ledger.account(call, GetAccount { account: id }).await?;
    let asked =
        ShowBalanceHistory { account: id, from: Some(visit.today().plus_days(-days)), to: None, interval };
    let history = ledger.balance_history(call, asked).await?;
    let ends = history.balances.iter().map(|balance| &balance.end);
    let points: Vec<Point> = ends
        .map(|end| Point { day: end.day, value: end.balance, is_estimated: end.is_estimated })
        .skip_while(|point| point.value.is_none())
        .collect();
    let holdings = ledger.holdings(call, ListHoldings { account: id }).await?;
    let cash = account.parts.cash.filter(|_| account.kind.holds_securities());
    if account.tells_cash_alone() {
        account.balance = rows::worth(&account, &holdings.iter().collect::<Vec<_>>());
    }
    let limit = Limit::new(LATEST).unwrap_or_default();
    let asked = AskedTransactions { accounts: vec![id], ..AskedTransactions::default() };
    let page = ledger.transactions(call, ListTransactions { asked, after: None, limit }).await?;
    let own = dashtam.categories().list(call, ListCategories).await?;
    let names = HashMap::new();
    let connection = match account.source.connection() {
        Some(connection) => {
            let found = dashtam.connections().get(call, GetConnection { connection }).await?;
            Some((connection.to_string(), found.connection.alias.as_str().to_owned()))
        }
        None => None,
    };
    let gaps = history.gaps.iter().map(|gap| {
        format!(
            "From {} to {} the transactions and the balances that were told differ by {}.",
            words::day(gap.from),
            words::day(gap.to),
            words::money(gap.amount, account.currency).text
        )
    });
    let unconverted = history.unconverted.iter().map(|(currency, count)| {
        let rows = words::counted(*count, "transaction", "transactions");
        format!("{rows} in {} are in no balance here.", currency.as_str())
    });
    // Of an account that is another one, that of the other counts.
    let investing = dashtam.portfolio().investing(call, ListInvesting).await?;
    let is_invested = investing.how(&account).has_lots() && account.same_as().is_none();
    let of_account = account.lot_method();
    let methods = LotMethod::ALL.map(|of| (of.as_str(), tell::method(of), of == of_account)).to_vec();
    let told = account.balance_as_of.or(account.last_synced_at);
    let page = Page {
        frame: visit.frame(account.shown_name(), "accounts"),
        id: id.to_string(),
        about: rows::about(&account),
        kind: words::kind(account.shown_kind()),
        balance: account.balance.map(|balance| words::money(balance, account.currency)),
        is_owed: account.balance.is_some_and(|balance| balance.is_sign_negative() && !balance.is_zero()),
        available: account.available.map(|amount| words::money(amount, account.currency)),
        cash: cash.map(|amount| words::money(amount, account.currency)),
        fresh: told
            .map_or_else(|| "never told".to_owned(), |at| format!("as of {}", words::ago(at, visit.now()))),
        connection,
        chart: Chart::of("Balance", &points, account.currency),
        place: format!("/accounts/{id}"),
        periods: choices(name),
        notes: gaps.chain(unconverted).collect(),
        methods: if is_invested { methods } else { Vec::new() },
        holdings: holdings.iter().map(|of| holding(of, account.counts_as())).collect(),
        rows: rows::transactions(&page.items, &names, &own),
        has_more: page.next.is_some(),
    };
    Reply::page(&page)
}

/// Chooses which lots of an account's securities a sale takes first.
pub(crate) async fn choose_method(visit: Visit) -> Outcome {
    let id: AccountId = visit.id()?;
    let chosen = visit.form.text("method");
    let account = visit.dashtam().ledger().account(&visit.call, GetAccount { account: id }).await?;
    let investing = visit.dashtam().portfolio().investing(&visit.call, ListInvesting).await?;
    if account.same_as().is_some() || !investing.how(&account).has_lots() {
        let words = "This account has no lots of its own.";
        return Err(Problem::new(FaultKind::Invalid, "invalid-request", words));
    }
    let method = LotMethod::parse(chosen).ok_or_else(|| {
        Problem::new(FaultKind::Invalid, "invalid-request", "There is no such way to choose lots.")
    })?;
    let lot_method = Some(Some(method).filter(|method| *method != LotMethod::USUAL));
    let change = AccountChange { lot_method, ..AccountChange::default() };
    visit
        .dashtam()
        .corrections()
        .correct_account(&visit.call, CorrectAccount { account: id, change })
        .await?;
    Ok(Reply::to(format!("/accounts/{id}?said=lots#lots")))
}

/// A position, which is in the portfolio that of the account as which its own counts.
fn holding(holding: &Holding, counts_as: AccountId) -> HoldingRow {
    let money = |amount| words::money(amount, holding.currency);
    HoldingRow {
        place: holding.security.map(|id| format!("/portfolio/securities/{id}#of-{counts_as}")),
        symbol: holding.symbol.clone().unwrap_or_default(),
        name: holding.name.clone().or_else(|| holding.symbol.clone()).unwrap_or_default(),
        class: words::asset(holding.asset_class),
        quantity: words::decimal(holding.quantity, 0),
        price: holding.price.map(money),
        value: holding.market_value.map(money),
        cost: holding.cost_basis.map(money),
    }
}
