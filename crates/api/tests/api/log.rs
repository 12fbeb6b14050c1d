//! The log of a test. One subscriber serves them all and keeps what each thread writes apart: subscribers that
//! come and go with the tests would switch off one another's events.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::Once,
};

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.write(text))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to listen.
pub(crate) fn listen() {
    static START: Once = Once::new();
    START.call_once(|| tracing_subscriber::fmt().json().with_writer(|| Lines).init());
}

/// What this test has logged since it last asked.
pub(crate) fn take() -> String {
    LINES.with_borrow_mut(|lines| String::from_utf8(std::mem::take(lines)).unwrap())
}
