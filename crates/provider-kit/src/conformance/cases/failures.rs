//! What goes wrong at the bank, in the place of each answer in turn: what is told says what to do about it.

use dashtam_domain::connections::{Linking, ProviderError};

use super::{Subject, expected, refreshing, told, without_transactions};
use crate::conformance::{
    MARK, Refusal, Verdict,
    model::now,
    reading::{ATTEMPTS, MOST_BODY, Reading, Town, accounts_of, bank_of, last},
    server::Fault,
};

const DAYS: i64 = 20;
/// The wait that the bank asks for, in seconds: longer than the client of the suite waits.
const WAIT: u32 = 7;

/// An adapter before a bank in which nothing went wrong, and how many requests it made there.
async fn sound(subject: &Subject) -> (Town, usize) {
    let town = Town::open(subject, bank_of(subject, accounts_of(subject))).await;
    let read = town.read(last(DAYS)).await;
    assert!(read.is_ok(), "a good bank is not read: {read:?}");
    let requests = town.server.paths().len();
    (town, requests)
}

/// What comes of a bank that fails from this request on.
async fn failing(sound: &Town, from: usize, fault: Fault) -> (Result<Reading, ProviderError>, Town) {
    let town = sound.next(from, fault).await;
    let read = town.read(last(DAYS)).await;
    assert!(town.server.faulted() > 0, "request {from} was not made again");
    (read, town)
}

/// The error of a bank that fails so from each request on in turn, after which it was asked at most so often.
async fn each(subject: &Subject, fault: &Fault, most: usize, fits: impl Fn(&ProviderError) -> bool) {
    each_of(&sound(subject).await, fault, most, fits).await;
}

/// The same, for a case that has more faults than one: the bank in which nothing goes wrong is asked once for all of them.
async fn each_of(
    (sound, requests): &(Town, usize),
    fault: &Fault,
    most: usize,
    fits: impl Fn(&ProviderError) -> bool,
) {
    for from in 0..*requests {
        let (read, town) = failing(sound, from, fault.clone()).await;
        let place = format!("from request {from} on, {fault:?}");
        let error = match read {
            Ok(_) => panic!("{place}: it is read as if nothing were"),
            Err(error) => error,
        };
        assert!(fits(&error), "{place}: {error:?} does not say what to do");
        let faulted = town.server.faulted();
        assert!(faulted <= most, "{place}: asked {faulted} times, and {most} are enough");
    }
}

/// Credentials that are refused ask for a refresh where there is one, and for a new link where there is none; and the
/// bank is not asked with them again.
pub async fn refused_credentials_ask_for_what_helps(subject: Subject) -> Verdict {
    let town = Town::open(&subject, bank_of(&subject, 1)).await;
    let helps = match refreshing(&town) {
        Some(_) => ProviderError::AccessTokenRejected,
        None => ProviderError::NeedsReauthorization,
    };
    let fault = Fault::Refused(Refusal::Unauthorized);
    each(&subject, &fault, subject.declares().at_once, |error| *error == helps).await;
    Verdict::Held
}

/// A grant that has ended asks for a new link, and is not tried twice.
pub async fn an_ended_grant_asks_for_a_new_link(subject: Subject) -> Verdict {
    let fault = Fault::Refused(Refusal::GrantEnded);
    let town = Town::failing(&subject, 0, fault.clone()).await;
    let Some(link) = refreshing(&town) else {
        if let Linking::OAuth(link) = town.provider.linking() {
            let refreshed = link.refresh(&town.credentials, now()).await;
            let needs = Some(ProviderError::NeedsReauthorization);
            assert_eq!(refreshed.err(), needs, "without a refresh token only a new link helps");
            assert_eq!(town.server.faulted(), 0, "without a refresh token there is nothing to ask with");
        }
        let most = subject.declares().at_once;
        each(&subject, &fault, most, |error| *error == ProviderError::NeedsReauthorization).await;
        return Verdict::Held;
    };
    let error = match link.refresh(&town.credentials, now()).await {
        Ok(_) => panic!("a grant that has ended is refreshed"),
        Err(error) => error,
    };
    town.hides(&error);
    assert_eq!(error, ProviderError::NeedsReauthorization);
    assert_eq!(town.server.faulted(), 1, "a refresh token is not sent twice");
    Verdict::Held
}

/// The wait that the bank asks for is told, and until then it is not asked again.
pub async fn a_told_wait_is_handed_on_and_kept(subject: Subject) -> Verdict {
    let limited = ProviderError::RateLimited { retry_after: Some(WAIT) };
    let fault = Fault::Status(429, Some(WAIT));
    each(&subject, &fault, subject.declares().at_once, |error| *error == limited).await;
    Verdict::Held
}

/// A bank that asks to slow down without saying for how long is not asked more often than the client tries.
pub async fn a_limit_without_a_wait_is_not_hammered(subject: Subject) -> Verdict {
    let most = ATTEMPTS * subject.declares().at_once;
    let limited = |error: &ProviderError| matches!(error, ProviderError::RateLimited { .. });
    each(&subject, &Fault::Status(429, None), most, limited).await;
    Verdict::Held
}

/// An outage is told as one that may pass.
pub async fn outages_pass(subject: Subject) -> Verdict {
    let most = ATTEMPTS * subject.declares().at_once;
    let sound = sound(&subject).await;
    for status in [500, 502, 503] {
        let fault = Fault::Status(status, None);
        each_of(&sound, &fault, most, |error| *error == ProviderError::Unavailable).await;
    }
    Verdict::Held
}

/// A bank that says nothing at all is one that cannot be reached.
pub async fn silence_ends(subject: Subject) -> Verdict {
    let town = Town::silent(&subject).await;
    let read = town.read(last(DAYS)).await;
    assert_eq!(read.err(), Some(ProviderError::Unavailable));
    let most = ATTEMPTS * subject.declares().at_once;
    assert!((1..=most).contains(&town.server.faulted()), "asked {} times", town.server.faulted());
    Verdict::Held
}

/// What cannot be read, is cut off, or is larger than an answer can be is told as such, and no part of it as data.
pub async fn unreadable_answers_are_no_data(subject: Subject) -> Verdict {
    let unreadable =
        |error: &ProviderError| matches!(error, ProviderError::Malformed { .. } | ProviderError::Unavailable);
    let words = |text: &str| Fault::Body(text.as_bytes().to_vec());
    let large = [vec![b'['], vec![b' '; MOST_BODY + 1]].concat();
    let sound = sound(&subject).await;
    for fault in [
        words(""),
        words(MARK),
        words(&format!("<!DOCTYPE html><html><p>{MARK}</p></html>")),
        words(&format!("\"{MARK}\"")),
        Fault::Body(vec![0xff, 0xfe, 0x00, b'{']),
        Fault::Body(large),
        Fault::Half,
    ] {
        // An answer that is too large may be asked for in parts.
        each_of(&sound, &fault, usize::MAX, unreadable).await;
    }
    Verdict::Held
}

/// The institution's word for the type of its answer is not needed: the answer is read as ever, or not at all.
pub async fn a_wrong_content_type_does_no_harm(subject: Subject) -> Verdict {
    let bank = bank_of(&subject, accounts_of(&subject));
    let (sound, _) = sound(&subject).await;
    match failing(&sound, 0, Fault::Mistyped).await.0 {
        Ok(reading) => {
            let all = if without_transactions(&subject).await.is_some() {
                Vec::new()
            } else {
                expected(&subject, &bank, |_| true)
            };
            assert_eq!(told(&reading), all, "told, and of the bank");
            assert_eq!(reading.accounts.accounts.len(), bank.accounts.len(), "every account is told");
        }
        Err(error) => {
            let fits = matches!(error, ProviderError::Malformed { .. } | ProviderError::Unavailable);
            assert!(fits, "{error:?} does not say that the answer cannot be read");
        }
    }
    Verdict::Held
}

/// Nobody is sent elsewhere with our credentials.
pub async fn redirects_lead_nowhere(subject: Subject) -> Verdict {
    let (sound, requests) = sound(&subject).await;
    for from in 0..requests {
        let (read, town) = failing(&sound, from, Fault::Redirect).await;
        assert!(read.is_err(), "from request {from} on: it is read as if nothing were");
        let paths = town.server.paths();
        assert!(!paths.iter().any(|path| path.contains("elsewhere")), "a redirect was followed: {paths:?}");
    }
    Verdict::Held
}
