//! Accounts and their balances.

use std::collections::HashMap;

use dashtam_domain::{
    connections::PulledAccount,
    ledger::{AccountKind, AccountTerms, BalanceParts, mask_number},
    money::{Currency, Decimal},
    time::Timestamp,
};
use dashtam_provider_kit::lenient;
use serde_json::{Value, json};

use super::{name, words};
use crate::wire;

/// Words in a user's own name of an account that only retirement accounts have. Schwab does not tell.
const RETIREMENT: [&str; 9] =
    ["ira", "roth", "sep", "401k", "401(k)", "403b", "contributory", "rollover", "retirement"];
/// The balances that are sums over positions.
const POSITION_SUMS: [&str; 4] =
    ["longMarketValue", "shortMarketValue", "longOptionMarketValue", "shortOptionMarketValue"];

/// The accounts in an answer, be it a list or a single one.
pub(crate) fn entries(answer: &Value) -> Option<Vec<&Value>> {
    match answer {
        Value::Array(list) => {
            let entries: Vec<&Value> = list.iter().filter(|entry| is_account(entry)).collect();
            (list.is_empty() || !entries.is_empty()).then_some(entries)
        }
        entry if is_account(entry) => Some(vec![entry]),
        _ => None,
    }
}

fn is_account(entry: &Value) -> bool {
    entry.get("securitiesAccount").is_some_and(Value::is_object)
}

fn inner(entry: &Value) -> &Value {
    entry.get("securitiesAccount").unwrap_or(&Value::Null)
}

pub(crate) fn number(entry: &Value) -> Option<String> {
    lenient::text(inner(entry), "accountNumber")
}

/// The positions in the answer about an account.
pub(super) fn positions(entry: &Value) -> &[Value] {
    inner(entry).get("positions").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Users' names of their accounts, by number. The answer is an object, or a list of one.
pub(crate) fn nicknames(answer: &Value) -> HashMap<String, String> {
    let people = match answer {
        Value::Array(people) => people.as_slice(),
        one => std::slice::from_ref(one),
    };
    let accounts = people.iter().filter_map(|one| one.get("accounts")?.as_array()).flatten();
    accounts.filter_map(|row| Some((lenient::text(row, "accountNumber")?, words(row, "nickName")?))).collect()
}

/// A figure of a block of balances. Absent is not zero; one that cannot be read is as good as absent.
fn figure(block: &Value, field: &str) -> Option<Decimal> {
    wire::money(block, field).unwrap_or_else(|reason| {
        tracing::warn!(%reason, "a balance was left out");
        None
    })
}

/// An account under its hash; the number itself is not handed on.
pub(crate) fn account(
    entry: &Value,
    number: &str,
    hash: &str,
    nickname: Option<&str>,
    now: Timestamp,
) -> PulledAccount {
    let account = inner(entry);
    let block = |name| account.get(name).unwrap_or(&Value::Null);
    let current = block("currentBalances");
    let present = figure(current, "liquidationValue").or_else(|| {
        figure(entry.get("aggregatedBalance").unwrap_or(&Value::Null), "currentLiquidationValue")
    });
    let morning = present.is_none().then(|| figure(block("initialBalances"), "accountValue")).flatten();
    let (balance, as_of) = match (present, morning) {
        (None, Some(_)) => (morning, Some(wire::midnight_in_new_york(wire::day_in_new_york(now)))),
        (present, _) => (present, None),
    };
    // What a balance is made of is of the same time as the balance.
    let made_of = if morning.is_some() { block("initialBalances") } else { current };
    let parts = BalanceParts {
        cash: figure(made_of, "cashBalance"),
        money_market: figure(made_of, "moneyMarketFund"),
        margin_debt: figure(made_of, "marginBalance").map(|balance| -balance.min(Decimal::ZERO)),
    };
    let (withdrawable, funds) = ("cashAvailableForWithdrawal", "availableFunds");
    let order = if name(account, "type") == "MARGIN" { [funds, withdrawable] } else { [withdrawable, funds] };
    let mask = mask_number(number);
    let nickname = nickname.map(|name| hide(name, number));
    let shown = nickname.clone().unwrap_or_else(|| match &mask {
        Some(mask) if mask.len() > 4 => format!("Schwab …{}", mask.trim_start_matches('*')),
        _ => "Schwab".to_owned(),
    });
    let raw = kept(entry, mask.as_deref(), hash, nickname.as_deref());
    PulledAccount {
        external_id: hash.to_owned(),
        institution: None,
        name: shown,
        kind: kind(nickname.as_deref()),
        currency: Currency::USD,
        mask,
        balance,
        available: order.into_iter().find_map(|field| figure(current, field)),
        parts,
        terms: AccountTerms::default(),
        as_of,
        raw: raw.into(),
    }
}

/// An account as it is kept: without its number and without its positions, which are kept by themselves.
fn kept(entry: &Value, mask: Option<&str>, hash: &str, nickname: Option<&str>) -> Value {
    let mut entry = entry.clone();
    if let Some(account) = entry.get_mut("securitiesAccount").and_then(Value::as_object_mut) {
        account.remove("positions");
        account.insert("accountNumber".to_owned(), mask.into());
    }
    json!({"account": entry, "hash": hash, "nickname": nickname})
}

/// Reads an account as it is kept.
pub(crate) fn kept_account(kept: &Value, now: Timestamp) -> Result<PulledAccount, String> {
    let entry = kept.get("account").filter(|entry| is_account(entry)).ok_or("it is no account")?;
    let hash = lenient::text(kept, "hash").ok_or("hash is missing")?;
    let nickname = lenient::text(kept, "nickname");
    Ok(account(entry, &number(entry).unwrap_or_default(), &hash, nickname.as_deref(), now))
}

/// A user may have written the number into the name.
fn hide(name: &str, number: &str) -> String {
    if number.len() > 4 {
        name.replace(number, &mask_number(number).unwrap_or_default())
    } else {
        name.to_owned()
    }
}

fn kind(nickname: Option<&str>) -> AccountKind {
    let said = nickname.unwrap_or_default().to_lowercase();
    let mut said = said.split(|c: char| !c.is_alphanumeric() && !"()".contains(c));
    if said.any(|word| RETIREMENT.contains(&word)) { AccountKind::Retirement } else { AccountKind::Brokerage }
}

/// Whether an account is said to be worth nothing while its cash and positions are not.
pub(crate) fn balance_contradicts(entry: &Value) -> bool {
    let current = inner(entry).get("currentBalances").unwrap_or(&Value::Null);
    let zero = |value: Option<Decimal>| value.is_some_and(|value| value.is_zero());
    if !zero(wire::money(current, "liquidationValue").ok().flatten()) {
        return false;
    }
    let values = positions(entry).iter().filter_map(|row| wire::money(row, "marketValue").ok().flatten());
    let cash = wire::money(current, "cashBalance").ok().flatten();
    let worth = values.chain(cash).try_fold(Decimal::ZERO, Decimal::checked_add);
    !positions(entry).is_empty() && !zero(worth)
}

/// Whether there are no positions while the balances count some.
pub(crate) fn positions_contradict(entry: &Value) -> bool {
    let current = inner(entry).get("currentBalances").unwrap_or(&Value::Null);
    let counted = |field: &&str| {
        wire::money(current, field).ok().flatten().is_some_and(|value: Decimal| !value.is_zero())
    };
    positions(entry).is_empty() && POSITION_SUMS.iter().any(counted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(entry: &Value, nickname: Option<&str>) -> PulledAccount {
        let now = Timestamp::parse("2026-11-22T02:00:00Z").unwrap();
        account(entry, "12345678", "HASH", nickname, now)
    }

    fn entry(kind: &str, current: &Value) -> Value {
        json!({"securitiesAccount": {"type": kind, "accountNumber": "12345678", "currentBalances": current}})
    }

    #[test]
    fn balances_follow_their_order_and_zero_is_a_value() {
        let mut entry = entry("CASH", &json!({"liquidationValue": 0, "cashAvailableForWithdrawal": 0.0}));
        entry["aggregatedBalance"] = json!({"currentLiquidationValue": 7});
        entry["securitiesAccount"]["initialBalances"] = json!({"accountValue": "9.005"});
        let read = of(&entry, None);
        assert_eq!((read.balance, read.available), (Some(Decimal::ZERO), Some(Decimal::ZERO)));
        assert_eq!(read.as_of, None);

        entry["securitiesAccount"]["currentBalances"] = json!({"liquidationValue": []});
        let read = of(&entry, None);
        assert_eq!((read.balance, read.available), (Some(Decimal::from(7)), None));

        entry["aggregatedBalance"] = Value::Null;
        let read = of(&entry, None);
        assert_eq!(read.balance.unwrap().to_string(), "9.005");
        assert_eq!(
            read.as_of,
            Timestamp::parse("2026-11-21T05:00:00Z"),
            "a figure of the morning in New York"
        );

        entry["securitiesAccount"]["initialBalances"] = Value::Null;
        assert_eq!((of(&entry, None).balance, of(&entry, None).as_of), (None, None));
    }

    #[test]
    fn a_balance_tells_what_it_is_made_of() {
        let text = |value: Option<Decimal>| value.map(|value| value.normalize().to_string());
        let of = |entry: &Value| {
            let BalanceParts { cash, money_market, margin_debt } = of(entry, None).parts;
            [text(cash), text(money_market), text(margin_debt)]
        };
        let some = |text: &str| Some(text.to_owned());
        let current = json!({"liquidationValue": 10342.289999999999, "cashBalance": 0.30000000000000004,
            "moneyMarketFund": 505.25, "marginBalance": -120.5});
        let mut entry = entry("MARGIN", &current);
        assert_eq!(of(&entry), [some("0.3"), some("505.25"), some("120.5")]);
        entry["securitiesAccount"]["currentBalances"]["marginBalance"] = json!(7);
        assert_eq!(of(&entry)[2], some("0"), "nothing is owed");
        entry["securitiesAccount"]["initialBalances"] = json!({"accountValue": 9, "cashBalance": 8});
        entry["securitiesAccount"]["currentBalances"] = json!({"cashBalance": 1});
        assert_eq!(of(&entry), [some("8"), None, None], "of the morning, as the balance is");
        entry["securitiesAccount"]["initialBalances"] = Value::Null;
        assert_eq!(of(&entry), [some("1"), None, None]);
    }

    #[test]
    fn what_may_be_spent_depends_on_the_type() {
        let current = json!({"cashAvailableForWithdrawal": 1, "availableFunds": 2});
        assert_eq!(of(&entry("CASH", &current), None).available, Some(Decimal::ONE));
        assert_eq!(of(&entry("MARGIN", &current), None).available, Some(Decimal::TWO));
        assert_eq!(of(&entry("OTHER", &current), None).available, Some(Decimal::ONE));
    }

    #[test]
    fn names_and_kinds() {
        let entry = entry("CASH", &json!({}));
        let read = of(&entry, None);
        assert_eq!((read.name.as_str(), read.mask.as_deref()), ("Schwab …5678", Some("****5678")));
        assert_eq!((read.external_id.as_str(), read.kind), ("HASH", AccountKind::Brokerage));
        for (nickname, kind) in [
            ("Contributory", AccountKind::Retirement),
            ("My Roth-IRA", AccountKind::Retirement),
            ("401(k)", AccountKind::Retirement),
            ("Miracle", AccountKind::Brokerage),
            ("Trading Brokerage", AccountKind::Brokerage),
        ] {
            let read = of(&entry, Some(nickname));
            assert_eq!((read.name.as_str(), read.kind), (nickname, kind));
        }
        assert_eq!(of(&entry, Some("Old 12345678")).name, "Old ****5678");
        let now = Timestamp::parse("2026-11-22T02:00:00Z").unwrap();
        assert_eq!(account(&entry, "12", "HASH", None, now).name, "Schwab …12");
    }

    #[test]
    fn contradictions_are_noticed() {
        let mut zero = entry("CASH", &json!({"liquidationValue": 0.0, "cashBalance": 5}));
        assert!(!balance_contradicts(&zero), "there are no positions");
        zero["securitiesAccount"]["positions"] = json!([{"marketValue": 10}]);
        assert!(balance_contradicts(&zero));
        zero["securitiesAccount"]["currentBalances"]["cashBalance"] = json!(-10);
        assert!(!balance_contradicts(&zero), "a debt may cancel them");
        assert!(positions_contradict(&entry("CASH", &json!({"longMarketValue": 1}))));
        assert!(!positions_contradict(&entry("CASH", &json!({"longMarketValue": 0, "bondValue": 5}))));
        assert!(!positions_contradict(&zero));
    }

    #[test]
    fn preferences_may_be_an_object_or_a_list() {
        let one = json!({"accounts": [{"accountNumber": 12, "nickName": "a"}, {"accountNumber": "13"}, 7]});
        for answer in [one.clone(), json!([one])] {
            assert_eq!(nicknames(&answer), HashMap::from([("12".to_owned(), "a".to_owned())]));
        }
        assert!(nicknames(&json!({"accounts": 7})).is_empty());
    }
}
