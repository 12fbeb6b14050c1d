//! Where the program under test is, and running its commands to their end.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    time::SystemTime,
};

/// Names a program to test instead of the one built here.
pub const PROGRAM: &str = "DASHTAM_TEST_PROGRAM";

/// The `dashtam` program of this build. Built first if it is missing or older than its sources: a test of this
/// package alone does not make cargo build it.
pub fn path() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        if let Some(given) = std::env::var_os(PROGRAM) {
            return PathBuf::from(given);
        }
        let test = std::env::current_exe().expect("a test knows its own file");
        let profile = test.parent().and_then(Path::parent).expect("tests are in <profile>/deps");
        let program = profile.join("dashtam");
        if !is_current(&program) {
            build(profile);
        }
        assert!(program.is_file(), "{} was not built", program.display());
        program
    })
}

/// Whether the program is there and none of the sources cargo noted beside it is newer.
fn is_current(program: &Path) -> bool {
    let changed = |file: &Path| -> Option<SystemTime> { fs::metadata(file).ok()?.modified().ok() };
    let (Some(built), Ok(noted)) = (changed(program), fs::read_to_string(program.with_extension("d"))) else {
        return false;
    };
    // `program: source source …`, with spaces inside names written `\ `.
    let sources = noted.split_once(": ").map_or("", |(_, sources)| sources).trim().replace("\\ ", "\0");
    sources
        .split(' ')
        .map(|source| PathBuf::from(source.replace('\0', " ")))
        .all(|source| changed(&source).is_some_and(|changed| changed <= built))
}

/// Builds the program into the folder this test was built in, with the features of a build of the workspace.
fn build(profile: &Path) {
    let target = profile.parent().expect("a profile's folder is in the target folder");
    let name = profile.file_name().and_then(OsStr::to_str).unwrap_or("debug");
    let name = if name == "debug" { "dev" } else { name };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(workspace())
        .args(["build", "--locked", "--workspace", "--bin", "dashtam", "--profile", name])
        .args(cfg!(feature = "ses-api").then_some("--all-features"))
        .arg("--target-dir")
        .arg(target)
        .stdin(Stdio::null())
        .output()
        .expect("cargo can be run");
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the program under test cannot be built:\n{says}");
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
