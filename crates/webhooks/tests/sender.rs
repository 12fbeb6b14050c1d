//! What is sent, and what is not.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::sync::Arc;

use dashtam_domain::{
    id::WebhookDeliveryId,
    webhook::{WebhookFailure, WebhookMessage, WebhookSender},
};
use dashtam_local::{SystemClock, SystemRandomness};
use dashtam_provider_kit::{Client, ClientOptions};
use dashtam_webhooks::{HttpWebhooks, Reach};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string, header, method, path},
};

fn sender(reach: Reach) -> HttpWebhooks {
    let client = Client::new(ClientOptions::default(), Arc::new(SystemRandomness), Arc::new(SystemClock));
    HttpWebhooks::new(&client, reach)
}

fn message(url: &str) -> WebhookMessage {
    WebhookMessage {
        url: url.parse().unwrap(),
        id: WebhookDeliveryId(uuid::Uuid::from_u128(7)),
        timestamp: 1_764_374_400,
        signatures: "v1,a v1,b".to_owned(),
        body: "{\"type\":\"webhook.test\"}".to_owned(),
    }
}

#[tokio::test]
async fn a_message_arrives_with_its_headers_and_the_answer_is_cut() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/hook"))
        .and(header("content-type", "application/json"))
        .and(header("webhook-id", "00000000-0000-0000-0000-000000000007"))
        .and(header("webhook-timestamp", "1764374400"))
        .and(body_string("{\"type\":\"webhook.test\"}"))
        .respond_with(
            ResponseTemplate::new(429).insert_header("retry-after", "120").set_body_string("é".repeat(5_000)),
        )
        .expect(1)
        .mount(&server)
        .await;
    let url = format!("{}/hook", server.uri());
    let answer = sender(Reach::Everywhere).send(&message(&url)).await.unwrap();
    assert_eq!((answer.status, answer.retry_after), (429, Some(120)));
    assert_eq!(answer.body, "é".repeat(2_048), "4096 bytes of it");
    // The matcher of headers would cut it at its commas.
    let sent = server.received_requests().await.unwrap();
    assert_eq!(sent[0].headers["webhook-signature"], "v1,a v1,b");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let server = MockServer::start().await;
    let elsewhere = ResponseTemplate::new(307).insert_header("location", "/elsewhere");
    Mock::given(path("/hook")).respond_with(elsewhere).expect(1).mount(&server).await;
    Mock::given(path("/elsewhere")).respond_with(ResponseTemplate::new(204)).expect(0).mount(&server).await;
    let answer = sender(Reach::Everywhere).send(&message(&format!("{}/hook", server.uri()))).await;
    assert_eq!(answer.unwrap().status, 307);
}

#[tokio::test]
async fn an_answer_that_breaks_off_was_one_and_silence_was_none() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let told = message(&url);
    let sent = tokio::spawn(async move { sender(Reach::Everywhere).send(&told).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    assert!(stream.read(&mut [0; 2_048]).await.unwrap() > 0);
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nthanks").await.unwrap();
    drop(stream);
    let answer = sent.await.unwrap().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "thanks"));

    let told = message(&url);
    let sent = tokio::spawn(async move { sender(Reach::Everywhere).send(&told).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4096\r\n\r\n").await.unwrap();
    stream.write_all(&[0xff; 4096]).await.unwrap();
    let body = sent.await.unwrap().unwrap().body;
    assert!((4_000..=4_096).contains(&body.len()) && body.chars().all(|c| c == '\u{fffd}'), "{}", body.len());

    let told = message(&url);
    let sent = tokio::spawn(async move { sender(Reach::Everywhere).send(&told).await });
    let (stream, _) = listener.accept().await.unwrap();
    drop(stream);
    assert_eq!(sent.await.unwrap(), Err(WebhookFailure::Unreachable));
}

/// No server answers at these addresses; a public one would be asked for and fail otherwise.
#[tokio::test]
async fn networks_of_our_own_are_not_reached() {
    let public = sender(Reach::Public);
    for url in [
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fc00::1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[ff02::1]/",
        "http://example.com/",
        "https://example.com:8443/",
    ] {
        let told = message(url);
        assert!(!public.admits(&told.url), "{url}");
        assert_eq!(public.send(&told).await, Err(WebhookFailure::AddressNotAllowed), "{url}");
    }
    for url in ["https://example.com/hook", "https://1.1.1.1/", "https://[2606:4700::1111]/"] {
        assert!(public.admits(&message(url).url), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_reached() {
    let told = message("https://localhost/hook");
    let public = sender(Reach::Public);
    assert!(public.admits(&told.url), "its text tells nothing");
    assert_eq!(public.send(&told).await, Err(WebhookFailure::AddressNotAllowed));
}
