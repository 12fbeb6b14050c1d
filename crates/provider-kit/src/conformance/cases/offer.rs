//! What the adapter says of itself, and whether it keeps to it.

use dashtam_domain::connections::{Feature, Linking};

use super::Subject;
use crate::conformance::{
    Verdict,
    reading::{Town, accounts_of, bank_of, last},
};

/// Runs of one day that are tried where the adapter sets no bound of its own.
const RUNS: i32 = 4;

/// The catalogue names what the adapter offers, and nothing else, and what is declared to the suite can be so.
pub async fn the_catalogue_tells_what_is_offered(subject: Subject) -> Verdict {
    let declared = subject.declares();
    assert!(declared.most_accounts >= 1, "a grant has one account at least");
    assert!(
        (1..=4).contains(&declared.at_once),
        "an institution is not asked for more than 4 things at once"
    );
    assert!(!subject.secrets().is_empty(), "whatever it is asked with is a secret");
    let town = Town::open(&subject, bank_of(&subject, 1)).await;
    let (descriptor, feeds) = (town.provider.descriptor(), town.provider.feeds());
    assert!(!descriptor.name.trim().is_empty() && !descriptor.description.trim().is_empty());
    assert_eq!(descriptor.missing_configuration, None, "the adapter under test is set up");
    assert!(feeds.accounts.is_some(), "there is nothing without accounts");
    assert!(
        feeds.transactions.is_none() || feeds.changes.is_none(),
        "transactions are told by days or by what changed, and not by both"
    );
    let transactions = feeds.transactions.is_some() || feeds.changes.is_some();
    let linking = town.provider.linking();
    for (feature, offered) in [
        (Feature::Accounts, feeds.accounts.is_some()),
        (Feature::Transactions, transactions),
        (Feature::Holdings, feeds.holdings.is_some()),
        (Feature::Oauth2, matches!(linking, Linking::OAuth(_))),
        (Feature::HostedLink, matches!(linking, Linking::Hosted(_))),
    ] {
        let named = descriptor.features.iter().filter(|named| **named == feature).count();
        assert_eq!(named, usize::from(offered), "{} in the catalogue, and what is offered", feature.as_str());
    }
    if let Linking::Secret(link) = linking {
        let mut names: Vec<&str> = link.fields().iter().map(|field| field.name).collect();
        assert!(!names.is_empty(), "something has to be pasted");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), link.fields().len(), "what has to be pasted is told apart by its name");
    }
    Verdict::Held
}

/// The pace is one that can be kept: as many synchronisations a day as the adapter asks for do not meet a bound of its
/// own.
pub async fn the_pace_can_be_kept(subject: Subject) -> Verdict {
    let town = Town::open(&subject, bank_of(&subject, accounts_of(&subject))).await;
    let pace = town.provider.pace();
    assert!(pace.frequency.least >= 1 && pace.frequency.least <= pace.frequency.most, "{pace:?}");
    assert!(pace.max_parallel >= 1, "{pace:?}");
    assert!(pace.overlap_days >= 1, "what is booked late is never seen: {pace:?}");
    assert!(pace.daily_runs.is_none_or(|runs| runs >= 1), "{pace:?}");
    // As often as the frequency admits in a day, where that is less.
    let by_frequency = 24 * 60 / pace.frequency.least.max(1);
    let runs = pace.daily_runs.unwrap_or(RUNS).min(by_frequency.max(1));
    for run in 1..=runs {
        let read = town.read(last(pace.overlap_days)).await;
        assert!(read.is_ok(), "synchronisation {run} of {runs} in one day: {read:?}");
    }
    Verdict::Held
}

/// A synchronisation takes no more requests than the adapter says, and that is not much, the first time and later.
pub async fn requests_are_few(subject: Subject) -> Verdict {
    for accounts in 1..=accounts_of(&subject) {
        let most = subject.most_requests(accounts);
        assert!(most <= 6 + 4 * accounts, "{most} requests for {accounts} accounts are too many");
        let town = Town::open(&subject, bank_of(&subject, accounts)).await;
        for run in 1..=2 {
            let before = town.server.paths().len();
            let window = last(town.provider.pace().overlap_days);
            let read = town.read(window).await;
            assert!(read.is_ok(), "{read:?}");
            let asked = town.server.paths().split_off(before);
            assert!(!asked.is_empty(), "the bank is not asked in synchronisation {run}");
            assert!(
                asked.len() <= most,
                "synchronisation {run} of {accounts} accounts asks {} times and not {most}: {asked:?}",
                asked.len()
            );
        }
    }
    Verdict::Held
}
