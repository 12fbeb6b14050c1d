//! Clients an account is used by: one that goes on with another's session, and one that is trusted.

use dashtam_application::{
    sessions::{NoteOnSession, Refresh, SessionError},
    sign_in::Tokens,
};
use dashtam_domain::{
    call::{Call, ClientInfo},
    identity::{AuditAction, SessionNote},
    secret::SecretText,
};

use super::{ADA, Flow, PASSWORD, Person};
use crate::world::client;

fn from(user_agent: &str, address: [u8; 4]) -> ClientInfo {
    ClientInfo { address: Some(address.into()), user_agent: Some(user_agent.to_owned()) }
}

async fn refresh(flow: &Flow, client: ClientInfo, token: &SecretText) -> Result<Tokens, SessionError> {
    let call = Call { client, ..flow.anonymous() };
    flow.dashtam.sessions().refresh(&call, Refresh { refresh_token: token.clone() }).await
}

/// Shows each token's successor from these clients, one after the other.
async fn goes_on(flow: &Flow, mut token: SecretText, clients: &[ClientInfo]) {
    for client in clients {
        let tokens = refresh(flow, client.clone(), &token).await.unwrap();
        token = SecretText::new(tokens.refresh_token.expose());
    }
}

async fn lines(flow: &Flow, ada: &Person, action: AuditAction) -> usize {
    flow.trail(ada.user).await.into_iter().filter(|line| *line == action).count()
}

#[tokio::test]
async fn another_client_that_refreshes_a_session_is_noted_and_mailed_about_once() {
    let (flow, ada) = Flow::with_ada().await;
    let signed_in = flow.sign_in(ADA, PASSWORD).await.unwrap();
    let token = SecretText::new(signed_in.tokens().unwrap().refresh_token.expose());
    // Elsewhere, it is still the same client.
    let own = || from("Browser/1.0", [203, 0, 113, 9]);
    let curl = |version: &str| from(&format!("curl/{version}"), [192, 0, 2, 1]);
    goes_on(&flow, token.clone(), &[client(), own(), own()]).await;
    assert_eq!(
        (flow.count(ADA, "OtherClient").await, lines(&flow, &ada, AuditAction::OtherClient).await),
        (0, 0)
    );

    let signed_in = flow.sign_in(ADA, PASSWORD).await.unwrap();
    let token = SecretText::new(signed_in.tokens().unwrap().refresh_token.expose());
    goes_on(
        &flow,
        token,
        &[curl("8.5.0"), curl("8.5.0"), own(), curl("8.5.0"), from("Wget/1.2", [192, 0, 2, 1])],
    )
    .await;
    assert_eq!(flow.count(ADA, "OtherClient").await, 1, "one mail for the session");
    assert_eq!(lines(&flow, &ada, AuditAction::OtherClient).await, 2, "one line for each other client");
    // The link ends the session.
    let mails = flow.mails(ADA).await;
    let mail = mails.iter().find(|mail| format!("{:?}", mail.content) == "OtherClient").unwrap();
    let dashtam_domain::delivery::mail::MailContent::OtherClient { began, client, .. } = &mail.content else {
        panic!("another mail");
    };
    assert_eq!(client.device, "curl on Unknown OS");
    assert_eq!(began.device, "Unknown Browser on Unknown OS");
}

#[tokio::test]
async fn an_update_of_a_client_that_tells_its_name_makes_no_other_client() {
    let (flow, ada) = Flow::with_ada().await;
    let signed_in = flow.sign_in_from(from("curl/8.5.0", [192, 0, 2, 1]), None, ADA, PASSWORD).await.unwrap();
    let token = SecretText::new(signed_in.tokens().unwrap().refresh_token.expose());
    goes_on(&flow, token, &[from("curl/8.6.1", [192, 0, 2, 1])]).await;
    assert_eq!(lines(&flow, &ada, AuditAction::OtherClient).await, 0);
}

#[tokio::test]
async fn a_trusted_device_is_spared_the_mail_about_new_devices_and_nothing_else() {
    let (flow, ada) = Flow::with_ada().await;
    let elsewhere = |number| from("Browser/1.0", [203, 0, number, 9]);
    flow.sign_in_from(elsewhere(1), None, ADA, PASSWORD).await.unwrap();
    assert_eq!(flow.count(ADA, "NewClient").await, 1, "nobody is trusted yet");
    let note = |is_trusted| NoteOnSession {
        session: ada.session,
        note: SessionNote { label: None, is_trusted: Some(is_trusted) },
    };
    flow.dashtam.sessions().note(&flow.with_rights(&ada).await, note(true)).await.unwrap();
    let signed_in = flow.sign_in_from(elsewhere(2), None, ADA, PASSWORD).await.unwrap();
    assert_eq!(flow.count(ADA, "NewClient").await, 1);
    assert_eq!(lines(&flow, &ada, AuditAction::NewClient).await, 2, "the trail tells it all the same");
    // Trust is that device's: another client is another client.
    let token = SecretText::new(signed_in.tokens().unwrap().refresh_token.expose());
    goes_on(&flow, token, &[from("curl/8.5.0", [192, 0, 2, 1])]).await;
    assert_eq!(flow.count(ADA, "OtherClient").await, 1);
    flow.sign_in_from(from("Other/1.0", [203, 0, 113, 9]), None, ADA, PASSWORD).await.unwrap();
    assert_eq!(flow.count(ADA, "NewClient").await, 2, "another client is not trusted");

    flow.dashtam.sessions().note(&flow.with_rights(&ada).await, note(false)).await.unwrap();
    flow.sign_in_from(elsewhere(3), None, ADA, PASSWORD).await.unwrap();
    assert_eq!(flow.count(ADA, "NewClient").await, 3, "trust that was taken back spares nothing");
}
