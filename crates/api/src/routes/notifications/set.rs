//! `PUT /api/v1/notifications`: says what somebody wants to hear of.

use actix_web::web::Data;
use dashtam_application::notifications::{Notifications, SetNotifications};
use dashtam_domain::{
    delivery::notification::{LargeFrom, LowBelow, NotificationPreferences, NotificationSwitches},
    id::AccountId,
    money::{Currency, Decimal, plain_decimal},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{openapi::ChangeProblems, prelude::*, views::NotificationsView};

endpoint!(SetNotifications, limits: [Correction]);

/// From which amount on transactions in a currency are told.
#[derive(ToSchema)]
#[schema(as = LargeTransactionsBody)]
#[allow(dead_code, reason = "describes what `large` reads")]
struct LargeBody {
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// The amount without a sign: more than 0.
    #[schema(pattern = r"^[0-9]{1,18}(\.[0-9]{1,10})?$")]
    amount: String,
}

/// Below which balance an account is told of.
#[derive(ToSchema)]
#[schema(as = LowBalanceBody)]
#[allow(dead_code, reason = "describes what `low` reads")]
struct LowBody {
    /// The account.
    #[schema(format = Uuid)]
    account_id: String,
    /// The balance, in the currency of the account; below 0 where an overdraft is meant.
    #[schema(pattern = r"^-?[0-9]{1,18}(\.[0-9]{1,10})?$")]
    amount: String,
}

/// What somebody wants to hear of; what is left out is not told.
#[derive(Deserialize, ToSchema)]
struct SetNotificationsBody {
    /// Tell that a connection needs its owner. That a grant ends is mailed whatever is said here.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    connections: Field,
    /// Tell that the synchronisations of a connection have failed for a day.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    sync_failing: Field,
    /// Tell that a recurring payment costs more than before.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    price_raised: Field,
    /// Tell each Monday what the week before came to.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    weekly_summary: Field,
    /// From which amounts on transactions are told, one for each currency.
    #[serde(default)]
    #[schema(value_type = Vec<LargeBody>, required = false, max_items = 50)]
    large_transactions: Field,
    /// Below which balances accounts are told of.
    #[serde(default)]
    #[schema(value_type = Vec<LowBody>, required = false, max_items = 50)]
    low_balances: Field,
}

impl SetNotificationsBody {
    fn parse(self) -> Result<SetNotifications, Problem> {
        let mut checks = Checks::default();
        let mut flag = |field, value: &Field| checks.given_flag(field, value).unwrap_or_default();
        let switches = NotificationSwitches {
            connections: flag("connections", &self.connections),
            sync_failing: flag("sync_failing", &self.sync_failing),
            price_raised: flag("price_raised", &self.price_raised),
            weekly_summary: flag("weekly_summary", &self.weekly_summary),
        };
        let large = items(&mut checks, "large_transactions", self.large_transactions, "currencies");
        let large = checks.each(large, large_from);
        let low = items(&mut checks, "low_balances", self.low_balances, "accounts");
        let low = checks.each(low, low_below);
        checks.finish()?;
        let (large, low) = (large.unwrap_or_default(), low.unwrap_or_default());
        Ok(SetNotifications { switches, large, low })
    }
}

/// The items of a list that may be left out.
fn items(checks: &mut Checks, name: &str, list: Field, what: &str) -> Vec<Value> {
    match list {
        Field::Absent => Vec::new(),
        given => checks.list(name, given, 0..=NotificationPreferences::MOST, what).unwrap_or_default(),
    }
}

fn amount(checks: &mut Checks, field: &str, text: Option<String>) -> Option<Decimal> {
    let text = text?;
    let amount = plain_decimal(&text);
    if amount.is_none() {
        checks.broken(field, "decimal", "This field must be a decimal number such as 12.5.");
    }
    amount
}

fn large_from(checks: &mut Checks, at: usize, item: Value) -> Option<LargeFrom> {
    const MEMBERS: &str = "currency, amount";
    let place = format!("large_transactions[{at}]");
    let mut members = checks.object(&place, item, MEMBERS)?;
    let (of_currency, of_amount) = (format!("{place}.currency"), format!("{place}.amount"));
    let currency = checks.member_text(&of_currency, members.remove("currency"));
    let text = checks.member_text(&of_amount, members.remove("amount"));
    let currency = currency.and_then(|text| {
        let currency = text.parse::<Currency>().ok().filter(|currency| currency.as_str() == text);
        if currency.is_none() {
            checks.broken(&of_currency, "malformed", "This field must be a currency such as EUR.");
        }
        currency
    });
    let amount = amount(checks, &of_amount, text);
    checks.refuse_members(&place, &members, MEMBERS);
    Some(LargeFrom { currency: currency?, amount: amount? })
}

fn low_below(checks: &mut Checks, at: usize, item: Value) -> Option<LowBelow> {
    const MEMBERS: &str = "account_id, amount";
    let place = format!("low_balances[{at}]");
    let mut members = checks.object(&place, item, MEMBERS)?;
    let (of_account, of_amount) = (format!("{place}.account_id"), format!("{place}.amount"));
    let account = checks.member_text(&of_account, members.remove("account_id"));
    let text = checks.member_text(&of_amount, members.remove("amount"));
    let account = account.and_then(|text| {
        let account = text.parse::<AccountId>();
        if let Err(error) = &account {
            checks.broken(&of_account, "malformed", format!("This field {error}."));
        }
        account.ok()
    });
    let amount = amount(checks, &of_amount, text);
    checks.refuse_members(&place, &members, MEMBERS);
    Some(LowBelow { account: account?, amount: amount? })
}

/// Say of what you want to be told by mail, in the place of all that you said before.
///
/// What is switched on is told from now on, and nothing that happened before. What happens within fifteen minutes comes in one mail.
/// Of transactions those are told that are no older than seven days, and each is told once. That a balance is low, that
/// a connection needs you or that its synchronisations fail is told again only after it was over.
#[utoipa::path(put, path = "/api/v1/notifications", tag = "notifications", request_body = SetNotificationsBody,
    responses((status = OK, body = NotificationsView), ChangeProblems))]
async fn handle(
    asked: Asked<SetNotifications, Json<SetNotificationsBody>>,
    notifications: Data<Notifications>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let wanted = notifications.set(&call, body.parse()?).await?;
    Ok(Answer::ok(&NotificationsView::from(&wanted)))
}
