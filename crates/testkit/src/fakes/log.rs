//! All that is logged on this thread, for tests that look for what must not be there.

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Keeps what is logged on the thread that made it, at every level, until it is dropped.
pub struct LogKeeper {
    lines: Lines,
    _guard: DefaultGuard,
}

impl fmt::Debug for LogKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogKeeper")
    }
}

impl LogKeeper {
    /// Begins to listen.
    pub fn listen() -> (Self, LogReader) {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(lines.clone())
            .finish();
        let reader = LogReader(lines.clone());
        (Self { lines, _guard: tracing::subscriber::set_default(subscriber) }, reader)
    }

    /// All there is so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lines.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// Takes out what was kept; may be sent to other threads, unlike the keeper.
#[derive(Clone)]
pub struct LogReader(Lines);

impl fmt::Debug for LogReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogReader")
    }
}

impl LogReader {
    /// What was logged since the last time.
    pub fn take(&self) -> String {
        let taken = std::mem::take(&mut *self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&taken).into_owned()
    }
}
