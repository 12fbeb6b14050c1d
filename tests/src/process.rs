//! Child processes that never outlive the test: killed by their handle, or by a watchdog when the test itself dies.

use std::{
    io::Write,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

/// Reads `+ PID` and `- PID`; when the pipe from this process closes, kills those that were not taken back. A kill
/// asks nobody and drops nothing, but the kernel closes pipes always.
const WATCH: &str = r#"
pids=" "
while read -r sign pid; do
    case $sign in
        +) pids="$pids$pid " ;;
        -) case $pids in *" $pid "*) pids="${pids%% $pid *} ${pids#* $pid }" ;; esac ;;
    esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
"#;

#[expect(clippy::zombie_processes, reason = "it lives as long as this process and ends after it")]
fn watchdog() -> &'static Mutex<ChildStdin> {
    static PIPE: OnceLock<Mutex<ChildStdin>> = OnceLock::new();
    PIPE.get_or_init(|| {
        use std::os::unix::process::CommandExt as _;
        let mut shell = Command::new("/bin/sh")
            .args(["-c", WATCH])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal to the test's group must not take the one who cleans up.
            .process_group(0)
            .spawn()
            .expect("a shell starts");
        Mutex::new(shell.stdin.take().expect("standard input is piped"))
    })
}

fn tell(sign: char, pid: u32) {
    let mut pipe = watchdog().lock().unwrap_or_else(PoisonError::into_inner);
    // A watchdog that is gone can do nothing for us, and a test need not fail for it.
    let _ = writeln!(pipe, "{sign} {pid}");
}

/// A child process that is killed when this value goes.
#[derive(Debug)]
pub struct Guarded(Child);

impl Guarded {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn().expect("the program starts");
        tell('+', child.id());
        Self(child)
    }

    /// The process.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Ends it without asking (`SIGKILL`).
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Sends a signal such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status();
        assert!(sent.expect("kill can be run").success(), "the process is gone");
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Told before the process is reaped: afterwards its number may be another's.
        tell('-', self.0.id());
        self.kill();
    }
}
