//! The manuals: their commands work in bash and in zsh, and what they name is there.

mod names;
mod walk;

use std::{path::Path, process::Command};

use dashtam_tests::{
    manual::{block_with, blocks},
    program::{self, Ended, workspace},
};

/// Every manual.
const MANUALS: [&str; 15] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "GLOSSARY.md",
    "SECURITY.md",
    "deploy/README.md",
    "docs/adding-a-provider.md",
    "docs/api.md",
    "docs/benchmarks.md",
    "docs/clients.md",
    "docs/embedding.md",
    "docs/fuzzing.md",
    "docs/operations.md",
    "docs/rate-limits.md",
    "docs/webhooks.md",
];

/// The manuals whose tables have commands in their first column, to be run as they stand.
const TABLES_OF_COMMANDS: [&str; 2] = ["README.md", "docs/operations.md"];

/// Who sees to it that a block of commands works.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Proof {
    /// The walk through the first hour.
    Walk,
    /// It is run here as it stands, on an empty home.
    Run,
    /// The pipeline runs it, in this order.
    Pipeline,
    /// The check of the OpenAPI document runs it.
    Clients,
    /// The test of webhooks runs it.
    Webhooks,
    /// `deploy/` is tested with it.
    Deploy,
    /// It needs what a test cannot have (Docker, systemd, a release build): what its words name is there.
    Words,
}

/// Every block of commands in the manuals, by some of its text.
const BLOCKS: &[(&str, &str, Proof)] = &[
    ("README.md", "-- demo\n", Proof::Pipeline),
    ("README.md", "target/release/dashtam serve", Proof::Words),
    ("README.md", "api() {", Proof::Walk),
    ("README.md", "me accounts", Proof::Walk),
    ("README.md", "dashtam statement inspect", Proof::Run),
    ("docs/operations.md", "dashtam import-reference", Proof::Words),
    ("deploy/README.md", "> deploy/.env", Proof::Deploy),
    ("deploy/README.md", "logs dashtam", Proof::Words),
    ("deploy/README.md", "systemctl enable", Proof::Words),
    ("deploy/README.md", "systemd-run", Proof::Words),
    ("deploy/README.md", "dashtam backup", Proof::Words),
    ("deploy/README.md", "pg_dump", Proof::Words),
    ("deploy/README.md", "restore /backup", Proof::Words),
    ("deploy/README.md", "pg_restore", Proof::Words),
    ("docs/benchmarks.md", "just bench", Proof::Words),
    ("docs/operations.md", "dashtam admin create", Proof::Words),
    ("docs/operations.md", "dashtam backup", Proof::Words),
    ("docs/operations.md", "dashtam restore /var", Proof::Words),
    ("docs/operations.md", "dashtam restore-account", Proof::Words),
    ("docs/operations.md", "dashtam doctor", Proof::Run),
    ("docs/clients.md", "dashtam openapi", Proof::Clients),
    ("docs/clients.md", "openapi-python-client", Proof::Clients),
    ("docs/clients.md", "openapi-typescript", Proof::Clients),
    ("docs/clients.md", "cargo run", Proof::Clients),
    ("docs/clients.md", "check.py", Proof::Pipeline),
    ("docs/webhooks.md", "> webhook.json", Proof::Webhooks),
    ("docs/webhooks.md", "/test\"", Proof::Webhooks),
];

/// A shell with the program on its path and this folder as home, where only what fails says so.
fn shell(name: &str, home: &Path, script: &str) -> Command {
    let mut path = vec![program::path().parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut command = Command::new(name);
    // Nobody's own settings of the shell, nor of the program.
    if name == "zsh" {
        command.arg("-f");
    }
    command.args(["-e", "-o", "pipefail", "-c", script]);
    command.env_clear().env("HOME", home).env("PATH", std::env::join_paths(path).unwrap());
    command.env("LANG", "C.UTF-8").current_dir(workspace());
    command
}

/// The shells there are; both where servers are required.
fn shells() -> Vec<&'static str> {
    let required = std::env::var("DASHTAM_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    let there = |name: &&str| Command::new(name).args(["-c", "true"]).output().is_ok();
    let found: Vec<_> = ["bash", "zsh"].into_iter().filter(there).collect();
    assert!(found.len() == 2 || !required, "bash and zsh are needed: {found:?}");
    found
}

#[test]
fn every_block_of_commands_is_proved_by_something() {
    let mut seen = 0;
    for file in MANUALS {
        if !dashtam_tests::manual::read(file).contains("```sh\n") {
            continue;
        }
        for block in blocks(file) {
            let proofs: Vec<_> =
                BLOCKS.iter().filter(|(of, part, _)| *of == file && block.contains(part)).collect();
            assert_eq!(proofs.len(), 1, "{file}: {proofs:?} for the block\n{block}");
            // A zsh that one types into has no remarks: it hands them to the command.
            assert!(
                !block.lines().any(|line| line.starts_with('#') || line.contains(" #")),
                "{file}:\n{block}"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, BLOCKS.len(), "a block on the list is in no manual");
}

/// The commands in the first column of the manuals' tables, each once and in their order.
fn commands_of_tables() -> Vec<String> {
    let mut commands = Vec::new();
    for file in TABLES_OF_COMMANDS {
        let text = dashtam_tests::manual::read(file);
        for row in text.lines().filter_map(|line| line.strip_prefix("| `dashtam ")) {
            let command = format!("dashtam {}", row.split('`').next().unwrap());
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
    }
    commands
}

#[test]
fn single_commands_run_as_they_stand() {
    let mut all: Vec<String> = BLOCKS
        .iter()
        .filter(|(_, _, proof)| *proof == Proof::Run)
        .map(|(file, part, _)| block_with(file, part))
        .collect();
    let tables = commands_of_tables();
    assert!(tables.len() > 10, "{tables:?}");
    all.extend(tables);
    for name in shells() {
        let home = tempfile::tempdir().unwrap();
        for command in &all {
            // One of the commands is about the keystore.
            let mut shell = shell(name, home.path(), command);
            let ended: Ended = shell.env("DASHTAM__TOKENS__ALGORITHM", "RS256").output().unwrap().into();
            assert_eq!(ended.code, Some(0), "{name}: {command}: {}\n{}", ended.stdout, ended.stderr);
        }
    }
}

#[test]
fn the_pipeline_runs_the_two_commands_in_their_order() {
    let pipeline = dashtam_tests::manual::read(".ci/run");
    let mut from = 0;
    for line in block_with("README.md", "-- demo\n").lines().filter(|line| line.starts_with("cargo ")) {
        let command = line.split('#').next().unwrap().trim();
        let found = pipeline[from..].find(&format!("\n{command}\n"));
        from += found.unwrap_or_else(|| panic!(".ci/run does not run {command} at its place"));
    }
    assert!(from > 0);
}

#[test]
fn the_pipeline_checks_the_document_as_the_manual_says_and_the_check_runs_the_manual() {
    let pipeline = dashtam_tests::manual::read(".ci/run");
    // Its own copy of the program, which no later build takes the place of.
    let pipeline =
        pipeline.replace("$dashtam", "target/debug/dashtam").replace("$target", "target").replace('"', "");
    let block = block_with("docs/clients.md", "check.py");
    assert!(pipeline.contains(&format!("\n{block}")), ".ci/run does not have these lines:\n{block}");
    let check = dashtam_tests::manual::read("tests/openapi/check.py");
    assert!(check.contains("\"clients.md\""));
    let manual = dashtam_tests::manual::read("docs/clients.md");
    for language in ["Python", "TypeScript", "Rust"] {
        assert!(check.contains(&format!("\"{language}\"")) && manual.contains(&format!("\n## {language}\n")));
    }
}
