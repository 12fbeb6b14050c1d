//! What its owner hears of by mail.

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    ledger::ListAccounts,
    notifications::{GetNotifications, SetNotifications},
};
use dashtam_domain::{
    delivery::notification::{LargeFrom, LowBelow, NotificationPreferences, NotificationSwitches},
    id::AccountId,
    ledger::Account,
    money::{Currency, Decimal, plain_decimal},
};

use super::Wrong;
use crate::{
    frame::Frame,
    pages::rows,
    reply::{Outcome, Reply},
    visit::Visit,
};

/// Something that is told or not.
struct Switch {
    name: &'static str,
    words: &'static str,
    is_on: bool,
}

/// An amount.
struct Row {
    /// The name of its field.
    field: String,
    label: String,
    currency: String,
    typed: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "settings_notifications.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    switches: Vec<Switch>,
    large: Vec<Row>,
    low: Vec<Row>,
}

/// What a form is about: the accounts, and the currencies of which there is one or something is said.
struct Asked {
    accounts: Vec<Account>,
    currencies: Vec<Currency>,
    wanted: NotificationPreferences,
}

impl Asked {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let ledger = visit.dashtam().ledger();
        let mut accounts = rows::whole(|after, limit| {
            ledger.accounts(&visit.call, ListAccounts { connection: None, after, limit })
        })
        .await?;
        let wanted = visit.dashtam().notifications().get(&visit.call, GetNotifications).await?;
        let is_low = |id: AccountId| wanted.low().iter().any(|of| of.account == id);
        // Of accounts that are one, the primary one stands for all.
        accounts.retain(|of| (of.is_active && of.same_as().is_none()) || is_low(of.id));
        let told = accounts.iter().map(|account| account.currency);
        let mut currencies: Vec<Currency> = told.chain(wanted.large().iter().map(|of| of.currency)).collect();
        currencies.sort_unstable();
        currencies.dedup();
        currencies.sort_by_key(|of| wanted.large_from(*of).is_none());
        // A form takes as many as may be set; what is set is among them.
        currencies.truncate(NotificationPreferences::MOST);
        accounts.sort_by_key(|of| !is_low(of.id));
        accounts.truncate(NotificationPreferences::MOST);
        Ok(Self { accounts, currencies, wanted })
    }
}

fn field_of_currency(currency: Currency) -> String {
    format!("large-{currency}")
}

fn field_of_account(account: AccountId) -> String {
    format!("low-{account}")
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let asked = Asked::of(&visit).await?;
    shown(&visit, &asked, Wrong::default())
}

/// The page, with what is wrong with a form that was sent: the form then keeps what it said.
fn shown(visit: &Visit, asked: &Asked, wrong: Wrong) -> Outcome {
    let keeps = !wrong.is_empty();
    let row = |field: String, label: String, currency: Currency, amount: Option<Decimal>| Row {
        typed: match keeps {
            true => visit.form.text(&field).to_owned(),
            false => amount.map(|amount| amount.normalize().to_string()).unwrap_or_default(),
        },
        error: wrong.of(&field).map(str::to_owned),
        label,
        currency: currency.to_string(),
        field,
    };
    let large = |currency: &Currency| {
        let amount = asked.wanted.large_from(*currency);
        row(field_of_currency(*currency), currency.to_string(), *currency, amount)
    };
    let low = |account: &Account| {
        let said = asked.wanted.low().iter().find(|of| of.account == account.id);
        let label = account.shown_name().to_owned();
        row(field_of_account(account.id), label, account.currency, said.map(|of| of.amount))
    };
    let NotificationSwitches { connections, sync_failing, price_raised, weekly_summary } = match keeps {
        true => switches(visit),
        false => asked.wanted.switches(),
    };
    let switch = |name, words, is_on| Switch { name, words, is_on };
    let page = Page {
        frame: visit.frame("Notifications", "settings"),
        section: "notifications",
        switches: vec![
            switch("connections", "a connection needs me", connections),
            switch("sync_failing", "nothing has come in of a connection for a day", sync_failing),
            switch("price_raised", "a recurring payment costs more than before", price_raised),
            switch("weekly_summary", "each Monday, what the week before came to", weekly_summary),
        ],
        large: asked.currencies.iter().map(large).collect(),
        low: asked.accounts.iter().map(low).collect(),
    };
    wrong.shown(&page)
}

fn switches(visit: &Visit) -> NotificationSwitches {
    let is_on = |name: &str| visit.form.text(name) == "yes";
    NotificationSwitches {
        connections: is_on("connections"),
        sync_failing: is_on("sync_failing"),
        price_raised: is_on("price_raised"),
        weekly_summary: is_on("weekly_summary"),
    }
}

/// Says what is told from now on.
pub(crate) async fn save(visit: Visit) -> Outcome {
    let asked = Asked::of(&visit).await?;
    let mut wrong = Wrong::default();
    let mut typed = |field: String, least: Option<Decimal>| {
        let text = visit.form.text(&field);
        if text.is_empty() {
            return None;
        }
        let amount = plain_decimal(text).filter(|amount| least.is_none_or(|least| *amount > least));
        if amount.is_none() {
            let more = if least.is_some() { " that is more than 0" } else { "" };
            wrong.note(&field, format!("Write an amount{more}, such as 500 or 12.50."));
        }
        amount
    };
    let mut large = Vec::new();
    for currency in &asked.currencies {
        let amount = typed(field_of_currency(*currency), Some(Decimal::ZERO));
        large.extend(amount.map(|amount| LargeFrom { currency: *currency, amount }));
    }
    let mut low = Vec::new();
    for account in &asked.accounts {
        let amount = typed(field_of_account(account.id), None);
        low.extend(amount.map(|amount| LowBelow { account: account.id, amount }));
    }
    if !wrong.is_empty() {
        return shown(&visit, &asked, wrong);
    }
    let request = SetNotifications { switches: switches(&visit), large, low };
    visit.dashtam().notifications().set(&visit.call, request).await?;
    Ok(Reply::to("/settings/notifications?said=notifications"))
}
