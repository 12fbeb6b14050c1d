//! What a guarded client reaches and what it does not.

use dashtam_local::{SystemClock, SystemRandomness};

use super::*;
use crate::ClientOptions;

fn client(reach: Reach) -> GuardedClient {
    let client = Client::new(ClientOptions::default(), Arc::new(SystemRandomness), Arc::new(SystemClock));
    client.guarded(reach, Duration::from_secs(5))
}

#[test]
fn private_addresses_are_known_in_all_their_spellings() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "100::1",
    ] {
        assert!(!allowed(Reach::Public, address.parse().unwrap()), "{address}");
    }
    for address in [
        "1.1.1.1",
        "9.255.255.255",
        "100.63.0.1",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::",
    ] {
        assert!(allowed(Reach::Public, address.parse().unwrap()), "{address}");
    }
    assert!(allowed(Reach::PublicAndThisMachine, "127.0.0.1".parse().unwrap()));
    assert!(allowed(Reach::PublicAndThisMachine, "::1".parse().unwrap()));
    assert!(!allowed(Reach::PublicAndThisMachine, "10.0.0.1".parse().unwrap()));
}

#[test]
fn tricks_in_the_text_of_an_address_are_refused() {
    let (public, here) = (client(Reach::Public), client(Reach::PublicAndThisMachine));
    for url in [
        "http://bridge.example/claim",
        "https://user@bridge.example/claim",
        "https://user:word@bridge.example/claim",
        "https://:word@bridge.example/claim",
        "https://bridge.example:8443/claim",
        "https://bridge.example:22/claim",
        "https://127.0.0.1/claim",
        "https://2130706433/claim",
        "https://0x7f.1/claim",
        "https://0177.0.0.1/claim",
        "https://[::1]/claim",
        "https://[::ffff:10.0.0.1]/claim",
        "https://169.254.169.254/latest/meta-data",
        "http://localhost:80/claim",
        "ftp://bridge.example/claim",
        "file:///etc/passwd",
        "data:text/plain,x",
    ] {
        assert_eq!(public.check(&Url::parse(url).unwrap()), Err(refused()), "{url}");
    }
    public.check(&Url::parse("https://bridge.example:443/claim").unwrap()).unwrap();
    public.check(&Url::parse("https://1.1.1.1/claim").unwrap()).unwrap();
    here.check(&Url::parse("http://127.0.0.1:4000/claim").unwrap()).unwrap();
    here.check(&Url::parse("http://localhost:4000/claim").unwrap()).unwrap();
    for url in ["http://bridge.example/", "http://10.0.0.1/", "http://u:p@127.0.0.1/", "https://10.0.0.1/"] {
        assert_eq!(here.check(&Url::parse(url).unwrap()), Err(refused()), "{url}");
    }
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_resolves_to() {
    // `localhost` looks like any other name until it is resolved.
    let url = Url::parse("https://localhost/claim").unwrap();
    let public = client(Reach::Public);
    public.check(&url).unwrap();
    assert_eq!(public.post_nothing(&url).await.unwrap_err(), refused());
}
