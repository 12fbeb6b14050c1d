//! Mails in the development outbox.

use std::{fs, path::Path};

use crate::{
    Server,
    patience::{SOON, eventually},
    secrets,
};

/// A mail as it was written.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its subject.
    pub subject: String,
    /// All of it.
    pub text: String,
}

impl Mail {
    /// The token in its link, if it has one.
    pub fn token(&self) -> Option<String> {
        let (_, rest) =
            ["verify-email?token=", "not-me?token="].iter().find_map(|l| self.text.split_once(l))?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let token = &rest[..end.unwrap_or(rest.len())];
        secrets::plant(token);
        Some(token.to_owned())
    }
}

/// Mails to an address, in the order in which they were written.
pub fn mails_to(server: &Server, address: &str) -> Vec<Mail> {
    let folder = Path::new(server.says["outbox"].as_str().expect("the server says where its outbox is"));
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    // Names begin with the time; what is still being written has another ending.
    files.retain(|file| file.extension().is_some_and(|ending| ending == "eml"));
    files.sort();
    let header = |text: &str, name: &str| {
        let line = text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let mails = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let to = |text: &String| header(text, "To:").trim_end_matches('>').ends_with(address);
    mails.filter(to).map(|text| Mail { subject: header(&text, "Subject:"), text }).collect()
}

/// The newest of `count` mails to an address, once there are so many.
pub async fn nth_mail_to(server: &Server, address: &str, count: usize) -> Mail {
    eventually(&format!("mail {count} to {address}"), SOON, async || {
        let mails = mails_to(server, address);
        (mails.len() >= count).then(|| mails[count - 1].clone())
    })
    .await
}
