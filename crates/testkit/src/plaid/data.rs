//! What is read of an item.

use serde_json::{Value, json};

use super::{
    Event,
    respond::{Answered, Refused, only, refused, text},
    state::{Item, State},
};

/// The item behind the token of a body, if it works and has the product.
fn of<'a>(state: &'a State, body: &Value, product: Option<&str>) -> Result<&'a Item, Refused> {
    let token = text(body, "access_token")?;
    let Some(item) = state.items.iter().find(|item| item.access_token == token) else {
        return refused("INVALID_INPUT", "INVALID_ACCESS_TOKEN", "could not find matching access token");
    };
    if let (Some(product), Some(code)) = (product, &item.error) {
        return refused(
            "ITEM_ERROR",
            code,
            &format!("{product}: the login details of this item have changed"),
        );
    }
    match product {
        Some(product) if product != "accounts" && !item.bank.products.iter().any(|has| has == product) => {
            refused("ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED", "the following products are not supported")
        }
        _ => Ok(item),
    }
}

fn shown(item: &Item) -> Value {
    let error = item.error.as_ref().map(|code| {
        json!({"error_type": "ITEM_ERROR", "error_code": code, "error_message": "the user has to sign in",
            "display_message": null})
    });
    json!({"item_id": item.id, "institution_id": "ins_109508", "institution_name": item.bank.name,
        "products": item.bank.products, "billed_products": item.bank.products, "available_products": ["balance"],
        "error": error, "consent_expiration_time": item.bank.consent_expiration_time, "webhook": null})
}

/// `/item/get`: also of one that needs its user.
pub(super) fn item(state: &State, body: &Value) -> Answered {
    only(body, &["access_token"])?;
    Ok(json!({"item": shown(of(state, body, None)?), "status": null}))
}

/// `/item/remove`.
pub(super) fn remove(state: &mut State, body: &Value) -> Answered {
    only(body, &["access_token"])?;
    let id = of(state, body, None)?.id.clone();
    state.items.retain(|item| item.id != id);
    Ok(json!({}))
}

/// `/accounts/get`.
pub(super) fn accounts(state: &State, body: &Value) -> Answered {
    only(body, &["access_token", "options"])?;
    let item = of(state, body, Some("accounts"))?;
    Ok(json!({"accounts": item.bank.accounts, "item": shown(item)}))
}

/// `/transactions/sync`.
pub(super) fn sync(state: &mut State, body: &Value) -> Answered {
    only(body, &["access_token", "cursor", "count", "options"])?;
    only(body.get("options").unwrap_or(&Value::Null), &["include_original_description"])?;
    let count = body.get("count").and_then(Value::as_u64).unwrap_or(100);
    if !(1..=500).contains(&count) {
        return refused("INVALID_REQUEST", "INVALID_FIELD", "count must be 1 to 500");
    }
    let count = usize::try_from(count).expect("it is small").min(state.page);
    let item = of(state, body, Some("transactions"))?;
    let prefix = format!("{}g{}n", item.id, item.generation);
    let from: usize = match body.get("cursor").map(|cursor| cursor.as_str().unwrap_or_default()) {
        None | Some("") => 0,
        Some(cursor) => match cursor.strip_prefix(&prefix).and_then(|place| place.parse().ok()) {
            Some(from) if from <= item.bank.events.len() => from,
            _ => {
                return refused(
                    "INVALID_REQUEST",
                    "INVALID_FIELD",
                    "cursor not associated with access_token",
                );
            }
        },
    };
    if item.status == "NOT_READY" {
        return Ok(json!({"added": [], "modified": [], "removed": [], "accounts": [], "next_cursor": "",
            "has_more": false, "transactions_update_status": "NOT_READY"}));
    }
    let to = from.saturating_add(count).min(item.bank.events.len());
    let events = &item.bank.events[from..to];
    let more = to < item.bank.events.len();
    let of = |pick: fn(&Event) -> Option<Value>| events.iter().filter_map(pick).collect::<Vec<Value>>();
    let answer = json!({
        "added": of(|event| match event { Event::Added(row) => Some(row.clone()), _ => None }),
        "modified": of(|event| match event { Event::Modified(row) => Some(row.clone()), _ => None }),
        "removed": of(|event| match event {
            Event::Removed(account, id) => Some(json!({"account_id": account, "transaction_id": id})),
            _ => None,
        }),
        "accounts": item.bank.accounts,
        "next_cursor": format!("{prefix}{to}"),
        "has_more": more,
        "transactions_update_status": item.status,
    });
    // Something changes between the pages of a listing.
    if !more && from > 0 && state.mutations > 0 {
        state.mutations -= 1;
        return refused(
            "TRANSACTIONS_ERROR",
            "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
            "Underlying transaction data changed since last page was fetched.",
        );
    }
    Ok(answer)
}

/// `/investments/holdings/get`.
pub(super) fn holdings(state: &State, body: &Value) -> Answered {
    only(body, &["access_token", "options"])?;
    let item = of(state, body, Some("investments"))?;
    Ok(json!({"accounts": investing(item), "holdings": item.bank.holdings["holdings"],
        "securities": item.bank.holdings["securities"], "item": shown(item)}))
}

fn investing(item: &Item) -> Vec<Value> {
    item.bank.accounts.iter().filter(|account| account["type"] == "investment").cloned().collect()
}

/// `/investments/transactions/get`.
pub(super) fn invested(state: &State, body: &Value) -> Answered {
    only(body, &["access_token", "start_date", "end_date", "options"])?;
    let options = body.get("options").unwrap_or(&Value::Null);
    only(options, &["count", "offset"])?;
    let (from, to) = (text(body, "start_date")?, text(body, "end_date")?);
    let [count, offset] = ["count", "offset"].map(|field| options.get(field).and_then(Value::as_u64));
    let (count, offset) = (count.unwrap_or(100), offset.unwrap_or(0));
    if from > to || !(1..=500).contains(&count) {
        return refused("INVALID_REQUEST", "INVALID_FIELD", "dates or count");
    }
    let item = of(state, body, Some("investments"))?;
    let asked = |row: &&Value| row["date"].as_str().is_some_and(|date| from <= date && date <= to);
    let rows: Vec<&Value> = item.bank.invested.iter().filter(asked).collect();
    let usual = |number: u64| usize::try_from(number).expect("it is small");
    let page = rows.iter().skip(usual(offset)).take(usual(count).min(state.page));
    Ok(json!({"accounts": investing(item), "investment_transactions": page.collect::<Vec<_>>(),
        "securities": item.bank.securities, "total_investment_transactions": rows.len(), "item": shown(item)}))
}

/// `/liabilities/get`.
pub(super) fn liabilities(state: &State, body: &Value) -> Answered {
    only(body, &["access_token", "options"])?;
    let item = of(state, body, Some("liabilities"))?;
    Ok(json!({"accounts": item.bank.accounts, "liabilities": item.bank.liabilities, "item": shown(item)}))
}
