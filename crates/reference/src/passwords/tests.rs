//! Tests of the password hashes that came along.

use dashtam_security::Argon2Parameters;
use dashtam_testkit::fakes::CountingRandomness;

use super::*;

fn hasher() -> ReferencePasswords {
    let randomness = Arc::new(CountingRandomness::default());
    let today = Argon2Hasher::with_limits(Argon2Parameters::FLOOR, randomness, 2, 8).unwrap();
    ReferencePasswords::new(Arc::new(today))
}

fn typed(text: &str) -> PlainPassword {
    PlainPassword::presented(text).unwrap()
}

#[test]
fn work_factors_are_bounded_before_any_work() {
    let digest = "BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTTOq";
    for (head, readable) in [
        ("$2y$07$", true),
        ("$2a$04$", true),
        ("$2b$15$", true),
        ("$2b$16$", false),
        ("$2b$31$", false),
        ("$2b$03$", false),
        ("$2x$07$", false),
        ("$2b$7$", false),
        ("$2b$+7$", false),
        ("$1$", false),
        ("", false),
    ] {
        assert_eq!(is_bcrypt(&format!("{head}{digest}")), readable, "{head}");
    }
    for text in ["", "$argon2id$", "$2b$07$short", "plain"] {
        assert!(!is_bcrypt(text), "{text}");
    }
}

#[tokio::test]
async fn hashes_of_the_reference_system_verify_and_are_outdated() {
    let hasher = hasher();
    for (password, hash) in [
        ("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq"),
        ("rasmuslerdorf", "$2a$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi"),
        ("Correct-Horse-7", "$2b$05$abcdefghijklmnopqrstuuprk/rqhgcPTYTHLq52sX1mIsVNYyi5u"),
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ] {
        let hash = PasswordHash::new(hash);
        let found = hasher.verify(&typed(password), &hash).await.unwrap();
        assert_eq!(found, PasswordMatch { right: true, outdated: true }, "{}", hash.as_str());
        assert!(!hasher.verify(&typed("something else"), &hash).await.unwrap().right);
        assert!(hasher.needs_rehash(&hash));
    }
}

#[tokio::test]
async fn bcrypt_sees_the_first_72_bytes() {
    let hasher = hasher();
    let seventy_two = "é".repeat(36);
    let hash = PasswordHash::new("$2b$04$abcdefghijklmnopqrstuuKiIlCeXB6chNXkLyAo8C7XcLPzh6zUe");
    for (text, right) in [
        (seventy_two.clone(), true),
        (format!("{seventy_two}anything after it"), true),
        ("é".repeat(35), false),
    ] {
        let found = hasher.verify(&typed(&text), &hash).await.unwrap();
        assert_eq!(found, PasswordMatch { right, outdated: true }, "{text}");
    }
}

#[tokio::test]
async fn new_hashes_are_of_todays_kind() {
    let hasher = hasher();
    let password = typed("Correct-Horse-7");
    let hash = hasher.hash(&password).await.unwrap();
    assert!(hash.as_str().starts_with("$argon2id$"), "{}", hash.as_str());
    let found = hasher.verify(&password, &hash).await;
    assert_eq!(found, Ok(PasswordMatch { right: true, outdated: false }));
    assert!(!hasher.needs_rehash(&hash) && !hasher.needs_rehash(&PasswordHash::new("unreadable")));
    let unreadable = hasher.verify(&password, &PasswordHash::new("$2b$16$unreadable")).await;
    assert_eq!(unreadable, Ok(PasswordMatch { right: false, outdated: false }));
    assert_eq!(hasher.waste(&password).await, Ok(()));
}

/// The two kinds share their turns: with one turn and no place to wait, a second check comes back later.
#[tokio::test]
async fn both_kinds_take_turns() {
    let randomness = Arc::new(CountingRandomness::default());
    let today = Arc::new(Argon2Hasher::with_limits(Argon2Parameters::FLOOR, randomness, 1, 0).unwrap());
    let hasher = ReferencePasswords::new(today.clone());
    let (release, hold) = std::sync::mpsc::channel::<()>();
    let running = tokio::spawn({
        let today = today.clone();
        async move { today.in_turn(move || hold.recv().unwrap()).await }
    });
    while today.load().running == 0 {
        tokio::task::yield_now().await;
    }
    let hash = PasswordHash::new("$2b$05$abcdefghijklmnopqrstuuprk/rqhgcPTYTHLq52sX1mIsVNYyi5u");
    assert_eq!(hasher.verify(&typed("Correct-Horse-7"), &hash).await, Err(HashError::Busy));
    release.send(()).unwrap();
    assert_eq!(running.await.unwrap(), Ok(()));
    assert!(hasher.verify(&typed("Correct-Horse-7"), &hash).await.unwrap().right);
}
