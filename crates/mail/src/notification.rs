//! The words of notifications: a sentence for each thing that happened.

use dashtam_domain::{
    delivery::notification::Notification,
    money::{Currency, Decimal},
};

use crate::words::moment;

/// The sentences of a mail that tells these, and how many there are besides.
pub(crate) fn sentences(notifications: &[Notification], more: usize) -> Vec<String> {
    let mut all = vec!["You wanted to hear of this:".to_owned()];
    all.extend(notifications.iter().map(sentence));
    match more {
        0 => {}
        1 => all.push("There is one more of these.".to_owned()),
        more => all.push(format!("There are {more} more of these.")),
    }
    all.push("Your settings say what you hear of:".to_owned());
    all
}

/// What happened, in a sentence.
fn sentence(one: &Notification) -> String {
    match one {
        Notification::Connection { alias, why, .. } => {
            format!("The connection \u{201c}{}\u{201d} needs you: {}", unlinked(alias), unlinked(why))
        }
        Notification::SyncFailing { alias, since, .. } => format!(
            "Nothing has come in of \u{201c}{}\u{201d} since {}: its synchronisations fail.",
            unlinked(alias),
            moment(*since)
        ),
        Notification::LowBalance { name, balance, below, currency, .. } => format!(
            "The balance of \u{201c}{}\u{201d} is {}, which is below {}.",
            unlinked(name),
            money(*balance, *currency),
            money(*below, *currency)
        ),
        Notification::LargeTransaction { account, description, day, amount, currency, .. } => format!(
            "A large transaction on {day} in \u{201c}{}\u{201d}: {}, {}",
            unlinked(account),
            money(*amount, *currency),
            unlinked(description)
        ),
        Notification::PriceRaised { name, amount, currency, thousandths, .. } => format!(
            "\u{201c}{}\u{201d} costs {} now, {}.{} percent more than before.",
            unlinked(name),
            money(*amount, *currency),
            thousandths / 10,
            thousandths % 10
        ),
        Notification::WeeklySummary { from, to, spent, earned } => {
            format!("The week from {from} to {to}: spent {}, earned {}.", sums(spent), sums(earned))
        }
    }
}

fn money(amount: Decimal, currency: Currency) -> String {
    format!("{} {currency}", currency.shown(amount))
}

fn sums(sums: &[(Currency, Decimal)]) -> String {
    let sums: Vec<String> = sums.iter().map(|(currency, amount)| money(*amount, *currency)).collect();
    if sums.is_empty() { "nothing".to_owned() } else { sums.join(" and ") }
}

/// A text of somebody else on one line and without what a mail program makes a link of, be it an address without its scheme: who
/// sends money chooses what the transaction says.
fn unlinked(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ").replace("://", ": ");
    let mut apart = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_alphabetic() && apart.ends_with('.') {
            apart.push(' ');
        }
        apart.push(c);
    }
    apart
}

#[cfg(test)]
mod tests {
    use dashtam_domain::{
        id::{AccountId, ConnectionId, TransactionId},
        time::{Day, Timestamp},
    };

    use super::*;

    #[test]
    fn each_thing_is_told_in_a_sentence() {
        let connection = "01890a5d-ac96-774b-bcce-b302099a8057".parse::<ConnectionId>().unwrap();
        let (account, transaction) = (AccountId(connection.0), TransactionId(connection.0));
        let amount = |text: &str| text.parse::<Decimal>().unwrap();
        let day = |text: &str| Day::parse(text).unwrap();
        for (one, told) in [
            (
                Notification::Connection {
                    connection,
                    alias: "Mine".to_owned(),
                    why: "It waits.".to_owned(),
                },
                "The connection \u{201c}Mine\u{201d} needs you: It waits.",
            ),
            (
                Notification::SyncFailing {
                    connection,
                    alias: "Mine".to_owned(),
                    since: Timestamp::parse("2026-11-25T12:00:00Z").unwrap(),
                },
                "Nothing has come in of \u{201c}Mine\u{201d} since 2026-11-25 12:00 UTC: its synchronisations fail.",
            ),
            (
                Notification::LowBalance {
                    account,
                    name: "Giro".to_owned(),
                    balance: amount("-1.5"),
                    below: amount("100"),
                    currency: Currency::EUR,
                },
                "The balance of \u{201c}Giro\u{201d} is -1.50 EUR, which is below 100.00 EUR.",
            ),
            (
                Notification::LargeTransaction {
                    transaction,
                    account: "Giro".to_owned(),
                    description: "see https://evil.example".to_owned(),
                    day: day("2026-11-25"),
                    amount: amount("-1200"),
                    currency: Currency::EUR,
                },
                "A large transaction on 2026-11-25 in \u{201c}Giro\u{201d}: -1200.00 EUR, see https: evil. example",
            ),
            (
                Notification::PriceRaised {
                    transaction,
                    name: "Films".to_owned(),
                    amount: amount("12.99"),
                    currency: Currency::USD,
                    thousandths: 182,
                },
                "\u{201c}Films\u{201d} costs 12.99 USD now, 18.2 percent more than before.",
            ),
            (
                Notification::WeeklySummary {
                    from: day("2026-11-23"),
                    to: day("2026-11-29"),
                    spent: vec![(Currency::EUR, amount("10")), (Currency::USD, amount("7.5"))],
                    earned: Vec::new(),
                },
                "The week from 2026-11-23 to 2026-11-29: spent 10.00 EUR and 7.50 USD, earned nothing.",
            ),
        ] {
            assert_eq!(sentence(&one), told);
        }
    }

    #[test]
    fn what_others_wrote_is_one_line_without_a_link() {
        for (written, told) in [
            ("Rent 12.50, No. 7", "Rent 12.50, No. 7"),
            ("see https://evil.example/pay", "see https: evil. example/pay"),
            ("www.evil.example", "www. evil. example"),
            ("ask ann@evil.example", "ask ann@evil. example"),
            ("Gift\r\n\r\nYour account\tis\u{7}locked.", "Gift Your account is locked."),
        ] {
            assert_eq!(unlinked(written), told);
        }
    }

    #[test]
    fn what_is_not_named_is_counted() {
        for (more, told) in
            [(0, None), (1, Some("There is one more of these.")), (2, Some("There are 2 more of these."))]
        {
            let all = sentences(&[], more);
            assert_eq!(all.iter().find(|text| text.starts_with("There")).map(String::as_str), told);
        }
    }
}
