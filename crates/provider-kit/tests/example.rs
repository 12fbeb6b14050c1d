//! The small provider of the guide: it works, and the guide shows it as it is.

#[allow(unreachable_pub, reason = "it is written as a crate of its own")]
#[path = "../examples/small_provider.rs"]
mod small_provider;
mod support;

use dashtam_domain::{
    connections::{Linking, Provider, ProviderError},
    secret::SecretText,
};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{bearer_token, path},
};

use small_provider::PiggyProvider;
use support::{client, url};

const EXAMPLE: &str = include_str!("../examples/small_provider.rs");
const GUIDE: &str = include_str!("../../../docs/adding-a-provider.md");

#[tokio::test]
async fn it_is_linked_by_a_key_and_shows_accounts() {
    let server = MockServer::start().await;
    let rows = json!([{"id": "1", "name": "Coins", "currency": "EUR", "balance": "12.30"}, {"id": "2"}]);
    Mock::given(path("/accounts"))
        .and(bearer_token("oink"))
        .respond_with(ResponseTemplate::new(200).set_body_json(rows))
        .mount(&server)
        .await;
    Mock::given(path("/accounts")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let piggy = PiggyProvider::new(url(&server, "/"), client()).unwrap();
    let Linking::Secret(link) = piggy.linking() else { panic!("it is linked by a secret") };
    assert_eq!(link.fields().len(), 1);
    let now = dashtam_domain::time::Timestamp::from_micros(0).unwrap();
    let wrong = link.claim(&[SecretText::new("moo")], now).await;
    assert_eq!(wrong.unwrap_err(), ProviderError::NeedsReauthorization);
    let credentials = link.claim(&[SecretText::new("oink")], now).await.unwrap();
    let told = piggy.feeds().accounts.unwrap().accounts(&credentials).await.unwrap();
    assert_eq!((told.accounts.len(), told.accounts[0].balance.unwrap().to_string().as_str()), (1, "12.30"));
    assert_eq!(told.gaps, ["An account could not be read: name is missing."]);
    assert_eq!(piggy.descriptor().key.as_str(), "piggy");
}

#[test]
fn the_guide_shows_the_example_to_the_letter() {
    let shown = GUIDE.split("+++ b/crates/provider-piggy/src/lib.rs\n").nth(1).unwrap();
    let shown: String = shown
        .lines()
        .take_while(|line| line.starts_with('+'))
        .map(|line| format!("{}\n", &line[1..]))
        .collect();
    let code = EXAMPLE.split("// The crate ends here").next().unwrap();
    assert!(code.lines().count() > 90);
    assert_eq!(shown, code);
}
