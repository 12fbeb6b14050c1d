//! Mail servers for tests, on somebody else's implementations: aiosmtpd for SMTP, botocore for the API of Amazon SES.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{Skip, find_program, servers_are_required, unless_required};

/// One kind of server. The head of its program says what it does for which recipient.
struct Kind {
    program: &'static str,
    /// What Python has to have.
    modules: &'static str,
    /// The Python that has it, looked for once.
    python: OnceLock<Result<PathBuf, Skip>>,
}

static SMTP: Kind = Kind {
    program: concat!(include_str!("mail/common.py"), include_str!("mail/smtp.py")),
    modules: "aiosmtpd.smtp, cryptography",
    python: OnceLock::new(),
};

static SES_API: Kind = Kind {
    program: concat!(include_str!("mail/common.py"), include_str!("mail/ses_api.py")),
    modules: "botocore.auth, cryptography",
    python: OnceLock::new(),
};

/// A running mail server on loopback. It ends with this value, or with the process.
#[derive(Debug)]
pub struct MailServer {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    folder: TempDir,
    process: Child,
}

impl MailServer {
    /// One that speaks SMTP, with these arguments: `--tls starttls`, `--tls implicit`, `--login USER:PASSWORD`,
    /// `--ses KEY_ID:SECRET:REGION`, `--seven-bit`.
    ///
    /// # Errors
    /// [`Skip`] when there is no Python with the module aiosmtpd; where `DASHTAM_REQUIRE_SERVERS=1` that is a failure.
    pub fn smtp(arguments: &[&str]) -> Result<Self, Skip> {
        Self::start(&SMTP, arguments)
    }

    /// The API of Amazon SES, with these arguments: `--region REGION`, `--key ID:SECRET[:TOKEN]`, `--role-seconds N`,
    /// `--tls`.
    ///
    /// # Errors
    /// [`Skip`] when there is no Python with the module botocore; where `DASHTAM_REQUIRE_SERVERS=1` that is a failure.
    pub fn ses_api(arguments: &[&str]) -> Result<Self, Skip> {
        Self::start(&SES_API, arguments)
    }

    fn start(kind: &Kind, arguments: &[&str]) -> Result<Self, Skip> {
        let python = kind.python.get_or_init(|| python(kind.modules)).clone();
        let python = unless_required(python, servers_are_required())?;
        let folder = tempfile::Builder::new().prefix("dashtam-mail-").tempdir().expect("a folder is made");
        let log = fs::File::create(folder.path().join("log")).expect("a log can be written");
        let mut process = Command::new(python)
            .args(["-c", kind.program])
            .arg(folder.path())
            .args(arguments)
            // Its end tells the server that the test is over, however the test ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("python3 starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the mail server can be read");
        let port = serde_json::from_str::<Value>(&line).ok().and_then(|says| says["port"].as_u64());
        let Some(port) = port.and_then(|port| u16::try_from(port).ok()) else {
            let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            super::panic_with(&format!("the mail server did not start:\n{log}"));
        };
        Ok(Self { port, folder, process })
    }

    /// The certificate to trust, for the name `localhost`; there when it was started with `--tls`.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The folder in which it keeps mails as `.eml` files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The mails it has, oldest first.
    pub fn mails(&self) -> Vec<String> {
        mails_in(self.folder())
    }

    /// What happened, in order. SMTP: `{"event": "rcpt", "address", "answer", "tls", "peer"}`, `{"event": "data", …}`,
    /// `{"event": "login", "right"}`. SES: `{"event": "send", "address", "key", "tls", "peer"}`,
    /// `{"event": "refused", "code"}`, `{"event": "credentials", "number"}`, `{"event": "stray", "path"}`.
    pub fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("journal")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// How many events of this kind there were.
    pub fn count(&self, event: &str) -> usize {
        self.journal().iter().filter(|entry| entry["event"] == event).count()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The complete mails in a folder, by their names.
pub fn mails_in(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "eml"));
    files.sort();
    files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect()
}

/// A Python that has what the server needs: the one on the search path, or the one `.ci/run` prepares in the target
/// folder.
fn python(modules: &str) -> Result<PathBuf, Skip> {
    let test = std::env::current_exe().unwrap_or_default();
    let prepared = test.ancestors().map(|folder| folder.join("ci-python/bin"));
    let prepared = prepared.chain([Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ci-python/bin")]);
    let places: Vec<PathBuf> = prepared.filter(|folder| folder.is_dir()).collect();
    let on_path = find_program("python3", std::env::var_os("PATH").as_deref(), &[]);
    let beside = places.iter().map(|folder| folder.join("python3"));
    let has_modules = |python: &PathBuf| {
        let mut probe = Command::new(python);
        probe.args(["-c", &format!("import {modules}")]).stdin(Stdio::null());
        probe.stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    on_path.into_iter().chain(beside).find(has_modules).ok_or_else(|| Skip {
        reason: format!("there is no python3 with {modules}"),
        how_to_install:
            "python3 -m venv target/ci-python && target/ci-python/bin/python3 -m pip install aiosmtpd \
                         botocore cryptography"
                .to_owned(),
    })
}
