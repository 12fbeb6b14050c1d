//! What `deploy/` ships: every service is started with exactly the settings it gets there.
//!
//! What cannot be had here is stood in for, and nothing else: folders and ports of the machine, and the names of the
//! containers beside it.

mod compose;
mod proxy;
mod unit;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use dashtam_tests::{
    manual,
    process::Guarded,
    program::{self, Ended},
    secrets,
};
use serde_json::Value;

pub(crate) const MANUAL: &str = "deploy/README.md";

/// Variables by their names.
type Variables = BTreeMap<String, String>;

/// What the manual's first commands write: the secrets of an installation, and its address.
fn secrets_of_the_manual() -> Variables {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deploy")).unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-euc", &manual::block_with(MANUAL, "> deploy/.env")]).current_dir(folder.path());
    let ended: Ended = shell.output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let made = variables(&fs::read_to_string(folder.path().join("deploy/.env")).unwrap());
    for (name, value) in &made {
        assert!(!value.is_empty(), "{name} is empty");
        if !name.starts_with("DASHTAM__") {
            secrets::plant(value);
        }
    }
    made
}

/// The lines of a file of variables.
fn variables(text: &str) -> Variables {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line:?} sets nothing")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Two ports that nothing listens on, for the API and the callback.
fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Settings as a service gets them, with what this machine has instead of the places they name.
#[derive(Clone)]
struct Stage {
    ports: [u16; 2],
    replaced: Vec<(String, String)>,
}

impl Stage {
    fn on(directory: &Path) -> Self {
        let ports = free_ports();
        let mut replaced = vec![("/var/lib/dashtam".to_owned(), directory.display().to_string())];
        for (documented, here) in [8000, 8182].into_iter().zip(ports) {
            for address in ["0.0.0.0", "127.0.0.1"] {
                replaced.push((format!("{address}:{documented}"), format!("127.0.0.1:{here}")));
            }
        }
        Self { ports, replaced }
    }

    fn apply(&self, text: &str) -> String {
        self.replaced.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// A command of the program with these settings, and nothing else of the surroundings.
    fn command(&self, arguments: &[String], settings: &Variables) -> Command {
        let arguments: Vec<String> = arguments.iter().map(|argument| self.apply(argument)).collect();
        let mut command = program::command(&arguments);
        command.envs(settings.iter().map(|(name, value)| (name, self.apply(value))));
        command
    }

    /// A command that has to do what it says.
    #[track_caller]
    fn done(&self, arguments: &[String], settings: &Variables) -> String {
        let ended: Ended = self.command(arguments, settings).output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
        ended.stdout
    }

    /// A server that goes on; what its first line says.
    fn serve(&self, arguments: &[String], settings: &Variables, log: &Path) -> (Guarded, Value) {
        let mut command = self.command(arguments, settings);
        let mut process =
            Guarded::start(command.stdout(Stdio::piped()).stderr(fs::File::create(log).unwrap()));
        let mut line = String::new();
        BufReader::new(process.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let says = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{arguments:?}: {}", fs::read_to_string(log).unwrap()));
        (process, says)
    }
}
