//! Where the program under test is, and running its commands to their end.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// Names a program to test instead of the one built here.
pub const PROGRAM: &str = "DASHTAM_TEST_PROGRAM";

/// The features of the program that a build may have or not have, and whether these tests were built for one that has.
const FEATURES: [(&str, bool); 3] = [
    ("parquet", cfg!(feature = "parquet")),
    ("ses-api", cfg!(feature = "ses-api")),
    ("web", cfg!(feature = "web")),
];

/// The `dashtam` program of this build: of the sources there are now, and with the features these tests have. Whoever
/// ran the program before (`cargo run -- demo`) left one with other features in the same place, so nothing is concluded
/// from a file that is there; cargo knows, and builds what is missing.
pub fn path() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        if let Some(given) = std::env::var_os(PROGRAM) {
            return PathBuf::from(given);
        }
        let test = std::env::current_exe().expect("a test knows its own file");
        let profile = test.parent().and_then(Path::parent).expect("tests are in <profile>/deps");
        keep(&build(profile), profile)
    })
}

/// Builds the program as the tests were built; its file. A build that has nothing to do takes a second.
fn build(profile: &Path) -> PathBuf {
    let target = profile.parent().expect("a profile's folder is in the target folder");
    let name = profile.file_name().and_then(OsStr::to_str).unwrap_or("debug");
    let name = if name == "debug" { "dev" } else { name };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace())
        .args(["build", "--locked", "--workspace", "--bin", "dashtam", "--profile", name])
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(target)
        .stdin(Stdio::null());
    let wanted: Vec<&str> = FEATURES.iter().filter(|(_, wanted)| *wanted).map(|(name, _)| *name).collect();
    if wanted.len() == FEATURES.len() {
        // As the tests themselves are built, or everything below the program would be compiled once more.
        command.arg("--all-features");
    } else {
        command
            .args(wanted.iter().flat_map(|name| ["--features".to_owned(), format!("dashtam-server/{name}")]));
    }
    let output = command.output().expect("cargo can be run");
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the program under test cannot be built:\n{says}");
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| message["executable"].is_string() && message["target"]["name"] == "dashtam")
        .expect("cargo says where the program is");
    let has = |name: &str| built["features"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    for (name, wanted) in FEATURES {
        assert_eq!(has(name), wanted, "the program under test and the tests differ in the feature {name}");
    }
    PathBuf::from(built["executable"].as_str().expect("asked for above"))
}

/// The same file under a name that nobody else replaces: another build in the same folder while the tests run would put
/// a program with other features in its place.
fn keep(program: &Path, profile: &Path) -> PathBuf {
    let folder = profile.join("under-test");
    let draft = folder.join(format!("draft-{}", std::process::id()));
    let kept = folder.join("dashtam");
    fs::create_dir_all(&folder).expect("a folder for the program under test is made");
    let _ = fs::remove_file(&draft);
    fs::hard_link(program, &draft)
        .or_else(|_| fs::copy(program, &draft).map(drop))
        .expect("the program is kept");
    fs::rename(&draft, &kept).expect("the program is kept");
    // Both names were one file already: then renaming does nothing.
    let _ = fs::remove_file(&draft);
    kept
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a folder of the workspace")
}

/// Variables every run needs. All others are left out, so that settings of whoever runs the tests change nothing.
pub(crate) fn environment() -> BTreeMap<String, String> {
    ["PATH", "HOME", "LANG", "TMPDIR"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
        .collect()
}

/// The program, ready to be run with nothing of our environment but what every program needs.
pub fn command<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).env_clear().envs(environment()).stdin(Stdio::null());
    command
}

/// The program as what a shell becomes once it has done this.
pub fn behind<S: AsRef<OsStr>>(shell: &str, arguments: &[S]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\"")]).arg(path()).args(arguments);
    command.env_clear().envs(environment()).stdin(Stdio::null());
    command
}

/// The program under `/usr/bin/time`, which adds seconds and kilobytes at their peak to standard error.
pub fn measured<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%e s, %M KiB"]).arg(path()).args(arguments);
    command.env_clear().envs(environment()).stdin(Stdio::null());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it answered.
    pub stdout: String,
    /// What it told besides.
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a command of the program to its end.
pub fn run<S: AsRef<OsStr>>(arguments: &[S], variables: &[(&str, &str)]) -> Ended {
    let mut command = command(arguments);
    command.envs(variables.iter().copied());
    command.output().expect("the program can be run").into()
}
