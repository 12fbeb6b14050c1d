//! What a guarded client reaches and what it does not.

use dashtam_local::{SystemClock, SystemRandomness};

use super::*;
use crate::ClientOptions;

fn client(reach: AllowedAddresses) -> GuardedClient {
    allowing(reach, &[])
}

fn allowing(reach: AllowedAddresses, networks: &[&str]) -> GuardedClient {
    let networks: Vec<IpNet> = networks.iter().map(|network| network.parse().unwrap()).collect();
    let client = Client::new(ClientOptions::default(), Arc::new(SystemRandomness), Arc::new(SystemClock));
    client.guarded(reach, &networks, Duration::from_secs(5))
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
        assert!(!allowed(AllowedAddresses::Public, address.parse().unwrap()), "{address}");
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
        assert!(allowed(AllowedAddresses::Public, address.parse().unwrap()), "{address}");
    }
    assert!(allowed(AllowedAddresses::PublicAndThisMachine, "127.0.0.1".parse().unwrap()));
    assert!(allowed(AllowedAddresses::PublicAndThisMachine, "::1".parse().unwrap()));
    assert!(!allowed(AllowedAddresses::PublicAndThisMachine, "10.0.0.1".parse().unwrap()));
}

#[test]
fn tricks_in_the_text_of_an_address_are_refused() {
    let (public, here) = (client(AllowedAddresses::Public), client(AllowedAddresses::PublicAndThisMachine));
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
    let public = client(AllowedAddresses::Public);
    public.check(&url).unwrap();
    assert_eq!(public.post_nothing(&url).await.unwrap_err(), refused());
}

#[test]
fn the_operators_networks_are_reached_and_nothing_beside_them() {
    let allowing = allowing(AllowedAddresses::Public, &["192.168.7.0/24", "fd12::/16"]);
    for url in [
        "https://192.168.7.4/claim",
        "http://192.168.7.4:8080/claim",
        "https://[fd12::1]:8443/claim",
        "http://[::ffff:192.168.7.4]/claim",
        "https://bridge.example/claim",
        // Judged when they are resolved.
        "http://simplefin.lan:8080/claim",
    ] {
        allowing.check(&Url::parse(url).unwrap()).unwrap();
    }
    for url in [
        "https://192.168.8.4/claim",
        "https://10.0.0.1/claim",
        "http://127.0.0.1:8080/claim",
        "https://[fd13::1]/claim",
        "http://1.1.1.1/claim",
        "https://1.1.1.1:8443/claim",
        "http://user:word@192.168.7.4/claim",
        "ftp://192.168.7.4/claim",
    ] {
        assert_eq!(allowing.check(&Url::parse(url).unwrap()), Err(refused()), "{url}");
    }
}

#[tokio::test]
async fn a_name_on_another_port_leads_into_the_operators_networks_or_nowhere() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url =
        Url::parse(&format!("http://localhost:{}/claim", listener.local_addr().unwrap().port())).unwrap();
    let elsewhere = allowing(AllowedAddresses::Public, &["192.168.7.0/24"]);
    elsewhere.check(&url).unwrap();
    assert_eq!(elsewhere.post_nothing(&url).await.unwrap_err(), refused());
    // The public internet is asked by TLS on its own port only, whatever the name says.
    let names = GuardedNames { reach: None, networks: elsewhere.networks.clone() };
    assert!(!names.admit("1.1.1.1".parse().unwrap()) && names.admit("192.168.7.1".parse().unwrap()));

    let here = allowing(AllowedAddresses::Public, &["127.0.0.0/8", "::1/128"]);
    let asked = tokio::spawn(async move { here.post_nothing(&url).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut head = [0_u8; 1_024];
    assert!(tokio::io::AsyncReadExt::read(&mut stream, &mut head).await.unwrap() > 0);
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.unwrap();
    assert_eq!(asked.await.unwrap().unwrap().body, b"ok");
}
