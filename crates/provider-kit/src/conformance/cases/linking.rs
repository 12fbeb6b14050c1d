//! Linking: what the user's browser is shown, what a claim and a refresh that fail say.

use dashtam_domain::{
    connections::{AuthorizationRequest, Linking, ProviderError},
    secret::SecretText,
};
use url::Url;

use super::{Subject, refreshing};
use crate::conformance::{
    MARK, Refusal, Verdict,
    model::now,
    reading::{Town, bank_of, last},
    server::Fault,
};

const STATE: &str = "state-of-the-suite";
const VERIFIER: &str = "verifier-0123456789-0123456789-0123456789-01";

type Fits = fn(&ProviderError) -> bool;

/// What may go wrong that says nothing of the grant, and what may come of it.
fn passing() -> [(Fault, Fits); 4] {
    [
        (Fault::Status(429, Some(7)), |error| {
            matches!(error, ProviderError::RateLimited { retry_after: Some(7) })
        }),
        (Fault::Status(503, None), |error| *error == ProviderError::Unavailable),
        (Fault::Body(MARK.as_bytes().to_vec()), |error| {
            matches!(error, ProviderError::Malformed { .. } | ProviderError::Unavailable)
        }),
        (Fault::Redirect, |error| matches!(error, ProviderError::Rejected { .. })),
    ]
}

/// Asks for the address to which a browser is sent; `None` of an adapter that is not linked by OAuth.
async fn opened(town: &Town) -> Option<Result<Url, ProviderError>> {
    let Linking::OAuth(link) = town.provider.linking() else { return None };
    let request = AuthorizationRequest { state: SecretText::new(STATE), verifier: SecretText::new(VERIFIER) };
    Some(link.authorization_url(&request, now()).await)
}

/// The address to which a browser is sent proves who comes back from there, and tells nothing that is secret. Where the bank
/// has to be asked for it and fails, nobody is sent anywhere, and the error says what to do.
pub async fn an_authorization_address_tells_no_secret(subject: Subject) -> Verdict {
    let town = Town::open(&subject, bank_of(&subject, 1)).await;
    let url = match opened(&town).await {
        Some(Ok(url)) => url,
        Some(Err(error)) => panic!("there is no address to send a browser to: {error:?}"),
        None => return Verdict::NotApplicable("it is not linked by OAuth"),
    };
    assert!(url.query_pairs().any(|(_, value)| value == STATE), "who comes back has to be known: {url}");
    assert!(!url.as_str().contains(VERIFIER), "the verifier is for the exchange only: {url}");
    town.hides_secrets(url.as_str());
    for from in 0..town.server.paths().len() {
        for (fault, fits) in passing() {
            let town = Town::failing(&subject, from, fault.clone()).await;
            let place = format!("from request {from} on, {fault:?}");
            let Some(Err(error)) = opened(&town).await else {
                panic!("{place}: a browser is sent somewhere")
            };
            town.hides(&error);
            assert!(fits(&error), "{place}: {error:?} does not say what to do");
        }
    }
    Verdict::Held
}

/// What is pasted is proved at the bank and can be used from then on; a claim that fails says whether it was that, and
/// tells nothing of it.
pub async fn a_claim_says_what_to_do(subject: Subject) -> Verdict {
    let mut town = Town::open(&subject, bank_of(&subject, 1)).await;
    let claimed = match town.provider.linking() {
        Linking::Secret(link) => {
            let pasted = subject.pasted(&town.place);
            assert_eq!(pasted.len(), link.fields().len(), "one text is pasted for each field");
            link.claim(&pasted, now()).await
        }
        _ => return Verdict::NotApplicable("nothing is pasted to link it"),
    };
    assert!(!town.server.paths().is_empty(), "a claim is proved at the bank");
    town.credentials = claimed.unwrap_or_else(|error| panic!("what is right is refused: {error:?}"));
    let read = town.read(last(10)).await;
    assert!(read.is_ok(), "what was claimed is no good: {read:?}");
    let refused: (Fault, Fits) =
        (Fault::Refused(Refusal::Unauthorized), |error| *error == ProviderError::NeedsReauthorization);
    for (fault, fits) in passing().into_iter().chain([refused]) {
        let town = Town::failing(&subject, 0, fault.clone()).await;
        let Linking::Secret(link) = town.provider.linking() else { continue };
        let error = match link.claim(&subject.pasted(&town.place), now()).await {
            Ok(_) => panic!("{fault:?}: a claim that nobody proved"),
            Err(error) => error,
        };
        town.hides(&error);
        assert!(fits(&error), "{fault:?}: {error:?} does not say what to do");
    }
    Verdict::Held
}

/// A refresh that fails for now says so: only the bank's own word ends a grant. It is not sent twice, because the first
/// may have been taken.
pub async fn a_passing_failure_ends_no_grant(subject: Subject) -> Verdict {
    for (fault, fits) in passing() {
        let town = Town::failing(&subject, 0, fault.clone()).await;
        let Some(link) = refreshing(&town) else {
            return Verdict::NotApplicable("it has no refresh");
        };
        let error = match link.refresh(&town.credentials, now()).await {
            Ok(_) => panic!("{fault:?}: a token that nobody gave"),
            Err(error) => error,
        };
        town.hides(&error);
        assert!(fits(&error), "{fault:?}: {error:?} does not say what to do");
        assert_eq!(town.server.faulted(), 1, "{fault:?}: a refresh token is not sent twice");
    }
    Verdict::Held
}
