//! Tests of codings and tags.

use std::io::Read as _;

use actix_web::http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};

use super::{
    coding::{Coding, Effort},
    tag::{is_known, of_coding},
    *,
};

fn chosen(accepted: &[&'static str]) -> Option<Coding> {
    let lines: Vec<_> = accepted.iter().map(|line| HeaderValue::from_static(line)).collect();
    Coding::of(lines.iter())
}

#[test]
fn a_client_gets_the_coding_it_likes_best() {
    assert_eq!(chosen(&[]), None);
    assert_eq!(chosen(&["identity, deflate, zstd"]), None);
    assert_eq!(chosen(&["gzip, deflate, br, zstd"]), Some(Coding::Brotli));
    assert_eq!(chosen(&["gzip"]), Some(Coding::Gzip));
    assert_eq!(chosen(&["GZip", "br;q=0.5"]), Some(Coding::Gzip));
    assert_eq!(chosen(&["br;q=0, gzip;q=0"]), None);
    assert_eq!(chosen(&["*"]), Some(Coding::Brotli));
    assert_eq!(chosen(&["br;q=0, *;q=0.1"]), Some(Coding::Gzip));
    assert_eq!(chosen(&["gzip;q=nonsense"]), None);
}

#[test]
fn what_was_compressed_is_read_back() {
    let text = "an account, another account and one more account; ".repeat(200);
    for effort in [Effort::EachTime, Effort::Once] {
        let (mut plain, small) = (String::new(), Coding::Gzip.compress(text.as_bytes(), effort).unwrap());
        flate2::read::GzDecoder::new(&*small).read_to_string(&mut plain).unwrap();
        assert!(plain == text && small.len() < text.len() / 10);
        let (mut plain, small) = (String::new(), Coding::Brotli.compress(text.as_bytes(), effort).unwrap());
        brotli::Decompressor::new(&*small, 4096).read_to_string(&mut plain).unwrap();
        assert!(plain == text && small.len() < text.len() / 10);
    }
    assert_eq!(Coding::Gzip.compress(b"short", Effort::Once), None, "larger than before");
}

#[test]
fn each_representation_has_a_tag_of_its_own() {
    let plain = tag(b"one");
    assert_eq!(plain, tag(b"one"));
    assert_ne!(plain, tag(b"two"));
    let coded = of_coding(&plain, Some(Coding::Gzip));
    assert!(coded.to_str().unwrap().ends_with("-gzip\"") && coded != plain);
    let asked = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
        headers
    };
    let text = plain.to_str().unwrap();
    assert!(is_known(&asked(text), &plain) && !is_known(&asked(text), &coded));
    assert!(is_known(&asked(&format!("\"x\", W/{text}")), &plain) && is_known(&asked("*"), &plain));
    assert!(!is_known(&HeaderMap::new(), &plain));
}
