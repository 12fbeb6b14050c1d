//! Mails that were asked for by naming an address.

use dashtam_domain::{
    call::ClientInfo,
    delivery::{AskedMail, MailRequest},
    id::MailRequestId,
    page::Limit,
    store::Storage,
};

use crate::builders;
use crate::storage::{
    begin,
    races::{race, winners},
};

async fn insert(storage: &Storage, request: &MailRequest) {
    let mut unit = begin(storage).await;
    unit.mail_requests().insert(request).await.unwrap();
    unit.commit().await.unwrap();
}

async fn waiting(storage: &Storage, limit: u16) -> Vec<MailRequestId> {
    storage.queries.mail_requests(Limit::new(limit).unwrap()).await.unwrap()
}

/// As it was stored; again if the unit came to nothing, and never after a commit.
pub async fn a_mail_request_is_handed_over_once(storage: &Storage) {
    let known = builders::mail_request(AskedMail::PasswordReset, "Ada@Example.com", 10);
    let bare = MailRequest {
        client: ClientInfo::default(),
        ..builders::mail_request(AskedMail::Verification, "bob@example.com", 11)
    };
    for request in [&known, &bare] {
        insert(storage, request).await;
        let mut unit = begin(storage).await;
        assert_eq!(unit.mail_requests().take(request.id).await.unwrap().as_ref(), Some(request));
        assert_eq!(unit.mail_requests().take(request.id).await.unwrap(), None);
        // The worker died.
        drop(unit);
        assert_eq!(waiting(storage, 10).await, [request.id]);
        let mut unit = begin(storage).await;
        assert_eq!(unit.mail_requests().take(request.id).await.unwrap().as_ref(), Some(request));
        unit.commit().await.unwrap();
        assert_eq!(waiting(storage, 10).await, []);
        let mut unit = begin(storage).await;
        assert_eq!(unit.mail_requests().take(request.id).await.unwrap(), None);
    }
}

/// By the time they were asked for, whatever their ids say, and no more than wanted.
pub async fn mail_requests_wait_oldest_first(storage: &Storage) {
    let requests =
        [30, 10, 20].map(|at| builders::mail_request(AskedMail::Verification, "a@example.com", at));
    for request in &requests {
        insert(storage, request).await;
    }
    let [last, first, second] = requests.map(|request| request.id);
    assert_eq!(waiting(storage, 500).await, [first, second, last]);
    assert_eq!(waiting(storage, 2).await, [first, second]);
}

/// Workers of many replicas look at the same list: each wish is one worker's.
pub async fn one_of_many_takes_a_mail_request(storage: &Storage) {
    for round in 0..5 {
        let request = builders::mail_request(AskedMail::PasswordReset, "ada@example.com", round);
        insert(storage, &request).await;
        let taken = race(storage, move |storage, _| async move {
            let mut unit = begin(&storage).await;
            let taken = unit.mail_requests().take(request.id).await.unwrap().is_some();
            unit.commit().await.unwrap();
            taken
        })
        .await;
        assert_eq!(winners(&taken), 1);
    }
}
