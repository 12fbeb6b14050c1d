//! Budgets of mails.

use chrono::TimeDelta;
use dashtam_domain::{
    identity::{MailKind, MailRule},
    secret::SecretHash,
    store::Storage,
};

use crate::{builders::at, storage::begin};

/// A pause between two, so many a day, each kind and address by itself.
pub async fn mails_are_taken_from_a_budget(storage: &Storage) {
    let (ada, bob) = (SecretHash::of("ada"), SecretHash::of("bob"));
    let rule = MailRule { pause: TimeDelta::seconds(60), most: 3 };
    let take = async |subject: SecretHash, kind, seconds| {
        let mut unit = begin(storage).await;
        let taken = unit.mail_budgets().take(&subject, kind, rule, at(seconds)).await.unwrap();
        unit.commit().await.unwrap();
        taken
    };
    let (one, other) = (MailKind::Verification, MailKind::PasswordReset);
    let mut unit = begin(storage).await;
    assert_eq!(unit.mail_budgets().last(&ada, one).await.unwrap(), None);
    drop(unit);
    for (subject, kind, seconds, expected) in [
        (ada, one, 0, true),
        (ada, one, 59, false),
        (ada, other, 59, true),
        (bob, one, 59, true),
        (ada, one, 60, true),
        (ada, one, 119, false),
        (ada, one, 200, true),
        (ada, one, 300, false),
        (ada, one, 86_399, false),
        // The day that began with the first mail is over.
        (ada, one, 86_400, true),
        (ada, one, 86_460, true),
    ] {
        assert_eq!(take(subject, kind, seconds).await, expected, "{kind:?} after {seconds} s");
    }
    let mut unit = begin(storage).await;
    assert_eq!(unit.mail_budgets().last(&ada, one).await.unwrap(), Some(at(86_460)));
    assert_eq!(unit.mail_budgets().last(&bob, one).await.unwrap(), Some(at(59)));
}
