//! Reads the archive of an account line by line, and believes nothing of it that its last line does not confirm.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use dashtam_domain::{id::UserId, time::Timestamp};
use openssl::sha::Sha256;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The version of the form that is read.
const VERSION: u64 = 2;
/// A line that is longer is none of an archive: what an institution sends of one transaction is bounded far below.
const LONGEST: u64 = 64 << 20;
/// Of more parts no archive is; which there are, the store knows.
const MOST_PARTS: usize = 1_000;
/// The part with the account itself.
const USERS: &str = "users";

/// The beginning of any line.
#[derive(Deserialize)]
struct Kind {
    r#type: String,
}

/// The first line.
#[derive(Deserialize)]
struct Head {
    version: u64,
    created_at: String,
}

/// A row as it is stored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(rename = "type")]
    _type: String,
    part: String,
    row: Box<RawValue>,
}

/// The last line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    #[serde(rename = "type")]
    _type: String,
    lines: u64,
    steady: bool,
    stored: BTreeMap<String, Part>,
    sha256: String,
}

/// What the last line says of a part.
#[derive(Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Part {
    rows: u64,
    sha256: String,
}

/// The row of the account itself.
#[derive(Deserialize)]
struct Account {
    id: uuid::Uuid,
    email: String,
}

/// A row for the database.
pub(super) struct Row {
    pub(super) part: String,
    /// JSON.
    pub(super) row: String,
}

/// What an archive is, once all of it was read.
pub(super) struct Description {
    pub(super) user: UserId,
    pub(super) email: String,
    /// When it was made, as it says.
    pub(super) created_at: Timestamp,
    /// How many stored rows there are.
    pub(super) rows: u64,
}

/// Reads an archive to its end and says what it is.
pub(super) fn describe(file: &Path) -> Result<Description> {
    let mut archive = Archive::open(file)?;
    let (mut account, mut rows) = (None, 0);
    while let Some(Row { part, row }) = archive.next_row()? {
        rows += 1;
        if part == USERS {
            let read = serde_json::from_str::<Account>(&row);
            account = Some(read.map_err(|_| archive.wrong("does not say whose it is"))?);
        }
    }
    let Some(Account { id, email }) = account else {
        bail!(archive.wrong("holds no account that could be brought back"));
    };
    let Some(created_at) = archive.created_at else {
        bail!(archive.wrong("does not say when it was made"));
    };
    Ok(Description { user: UserId(id), email, created_at, rows })
}

/// An archive that is being read.
pub(super) struct Archive {
    path: PathBuf,
    input: BufReader<File>,
    line: Vec<u8>,
    lines: u64,
    whole: Sha256,
    parts: BTreeMap<String, (u64, Sha256)>,
    created_at: Option<Timestamp>,
}

impl Archive {
    /// Opens an archive and reads its first line.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut archive = Self {
            path: path.to_owned(),
            input: BufReader::with_capacity(1 << 16, file),
            line: Vec::new(),
            lines: 0,
            whole: Sha256::new(),
            parts: BTreeMap::new(),
            created_at: None,
        };
        if !archive.read()? || archive.kind().as_deref() != Some("archive") {
            bail!(archive.wrong("is not the archive of an account"));
        }
        let head = serde_json::from_slice::<Head>(&archive.line);
        let head = head.map_err(|_| archive.wrong("is not the archive of an account"))?;
        match head.version {
            VERSION => {}
            1 => bail!(archive.wrong(
                "has the form 1, which holds too little to bring an account back: have a new one made by a newer server"
            )),
            other => bail!(archive.wrong(&format!("has the form {other}: it needs a newer version of this program"))),
        }
        archive.created_at = Timestamp::parse(&head.created_at);
        archive.whole.update(&archive.line);
        Ok(archive)
    }

    /// The next stored row; `None` behind the last one, when everything before was as the last line says.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            if !self.read()? {
                bail!(self.wrong("is cut off: its last line is missing"));
            }
            let kind = self.kind().ok_or_else(|| self.changed())?;
            if kind == "end" {
                self.check_end()?;
                return Ok(None);
            }
            self.lines += 1;
            self.whole.update(&self.line);
            if kind == "stored" {
                let stored = serde_json::from_slice::<Stored>(&self.line).map_err(|_| self.changed())?;
                let (rows, hash) = self.parts.entry(stored.part.clone()).or_insert((0, Sha256::new()));
                *rows += 1;
                hash.update(&self.line);
                if self.parts.len() > MOST_PARTS {
                    bail!(self.wrong("has more parts than any archive"));
                }
                return Ok(Some(Row { part: stored.part, row: stored.row.get().to_owned() }));
            }
        }
    }

    /// Reads a line; whether there was one.
    fn read(&mut self) -> Result<bool> {
        self.line.clear();
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut self.line);
        read.with_context(|| format!("{} cannot be read", self.path.display()))?;
        if self.line.last().is_some_and(|last| *last != b'\n') {
            bail!(self.wrong("is cut off within a line"));
        }
        Ok(!self.line.is_empty())
    }

    /// What the line is.
    fn kind(&self) -> Option<String> {
        serde_json::from_slice::<Kind>(&self.line).ok().map(|kind| kind.r#type)
    }

    fn check_end(&mut self) -> Result<()> {
        let end = serde_json::from_slice::<End>(&self.line).map_err(|_| self.changed())?;
        let whole = hex(std::mem::take(&mut self.whole));
        let parts = std::mem::take(&mut self.parts);
        let parts: BTreeMap<String, Part> =
            parts.into_iter().map(|(name, (rows, hash))| (name, Part { rows, sha256: hex(hash) })).collect();
        if end.lines != self.lines || end.sha256 != whole || end.stored != parts || self.read()? {
            return Err(self.changed());
        }
        if !end.steady {
            bail!(self.wrong(
                "was made while the account changed, and may hold a part of a change: have a new one made at a quiet moment"
            ));
        }
        Ok(())
    }

    fn changed(&self) -> anyhow::Error {
        self.wrong("is not as it was made: its content has changed since")
    }

    fn wrong(&self, what: &str) -> anyhow::Error {
        anyhow::anyhow!("{} {what}", self.path.display())
    }
}

fn hex(hash: Sha256) -> String {
    hash.finish().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"type":"archive","version":2,"created_at":"2026-11-30T00:00:00Z"}"#;
    const USER: &str =
        r#"{"type":"stored","part":"users","row":{"email":"ada@example.com","id":"01a2-not-an-id"}}"#;

    fn sha256(text: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(text.as_bytes());
        hex(hash)
    }

    /// An archive with this user's row, whose end says `steady`.
    fn archive(user: &str, steady: bool) -> String {
        archive_with(HEAD, user, steady)
    }

    fn archive_with(head: &str, user: &str, steady: bool) -> String {
        let body = format!("{head}\n{{\"type\":\"user\",\"part\":7}}\n{user}\n");
        let part = sha256(&format!("{user}\n"));
        let stored = format!(r#"{{"users":{{"rows":1,"sha256":"{part}"}}}}"#);
        let whole = sha256(&body);
        format!(
            "{body}{{\"type\":\"end\",\"lines\":2,\"steady\":{steady},\"stored\":{stored},\"sha256\":\"{whole}\"}}\n"
        )
    }

    fn described(text: &[u8]) -> Result<Description> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("archive.jsonl");
        std::fs::write(&file, text).unwrap();
        describe(&file)
    }

    #[track_caller]
    fn refused(text: &[u8], why: &str) {
        let error = format!("{:#}", described(text).err().expect("it is refused"));
        assert!(error.contains(why), "{why}: {error}");
    }

    #[test]
    fn a_whole_archive_is_described_and_any_other_refused() {
        let id = "01a22d60-be52-7103-9799-4cab1bca7085";
        let user = USER.replace("01a2-not-an-id", id);
        let whole = archive(&user, true);
        let found = described(whole.as_bytes()).unwrap();
        assert_eq!(
            (found.user.to_string().as_str(), found.email.as_str(), found.rows),
            (id, "ada@example.com", 1)
        );
        assert_eq!(found.created_at.to_string(), "2026-11-30T00:00:00.000000Z");

        refused(archive(&user, false).as_bytes(), "while the account changed");
        refused(archive(USER, true).as_bytes(), "does not say whose it is");
        refused(whole.replace("\"version\":2", "\"version\":1").as_bytes(), "has the form 1");
        refused(whole.replace("\"version\":2", "\"version\":3").as_bytes(), "newer version of this program");
        refused(b"{}\n", "is not the archive");
        refused(b"", "is not the archive");
        let end = whole.find("{\"type\":\"end\"").unwrap();
        refused(&whole.as_bytes()[..end], "its last line is missing");
        refused(format!("{whole}{whole}").as_bytes(), "has changed since");
    }

    /// Whoever makes an archive by hand gets its sums right, and nothing of it is held for as long as the file is.
    #[test]
    fn a_made_up_archive_is_refused_before_it_fills_the_memory_or_speaks_to_the_terminal() {
        let user = USER.replace("01a2-not-an-id", "01a22d60-be52-7103-9799-4cab1bca7085");
        let spoken = archive_with(&HEAD.replace("2026-11-30T00:00:00Z", "\\u001b[2J"), &user, true);
        refused(spoken.as_bytes(), "does not say when it was made");

        let part = |number| format!("{{\"type\":\"stored\",\"part\":\"p{number}\",\"row\":{{}}}}\n");
        let parts: String = (0..=MOST_PARTS).map(part).collect();
        refused(format!("{HEAD}\n{parts}").as_bytes(), "more parts than any archive");
    }

    /// Wherever an archive ends too early, and whichever byte is another, nothing is believed.
    #[test]
    fn no_cut_and_no_changed_byte_gets_through() {
        let user = USER.replace("01a2-not-an-id", "01a22d60-be52-7103-9799-4cab1bca7085");
        let whole = archive(&user, true);
        for end in 0..whole.len() {
            assert!(described(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        for place in 0..whole.len() {
            let mut changed = whole.as_bytes().to_vec();
            changed[place] ^= 0x01;
            assert!(described(&changed).is_err(), "another byte at {place}");
        }
    }
}
