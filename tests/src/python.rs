//! Libraries of others, which say whether they understand what the program gives out.

use std::{
    io::{self, Write as _},
    process::{Command, Stdio},
};

use serde_json::Value;

/// What a Python script prints as JSON that reads `given` as JSON; `modules` is what it needs. Where that is missing there
/// is a notice and no answer; `DASHTAM_REQUIRE_SERVERS=1` makes it a failure, as everything is that the script does not
/// like.
pub fn told_by_python(modules: &str, script: &str, given: &Value) -> Option<Value> {
    let required = std::env::var_os("DASHTAM_REQUIRE_SERVERS").is_some();
    let mut command = Command::new("python3");
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        assert!(!required, "python3 with {modules} is needed");
        let _ = writeln!(io::stderr(), "skipped: python3 with {modules} is missing");
        return None;
    };
    // A script that lacks a module ends before it reads.
    let _ = child.stdin.take().expect("it is piped").write_all(given.to_string().as_bytes());
    let output = child.wait_with_output().expect("a child can be waited for");
    if !output.status.success() {
        assert!(!required, "the script on {modules} failed");
        let _ = writeln!(io::stderr(), "skipped: python3 with {modules} is missing, or did not like it");
        return None;
    }
    Some(serde_json::from_slice(&output.stdout).expect("the script prints JSON"))
}
