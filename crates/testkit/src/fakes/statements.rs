//! A statement reader whose files are events written down by the test.

use std::collections::HashMap;

use dashtam_domain::ledger::statement::{
    StatementError, StatementEvent, StatementEvents, StatementFormat, StatementReader,
};

/// [`StatementReader`] that knows some files by heart.
#[derive(Debug, Default)]
pub struct ScriptedReader(HashMap<Vec<u8>, Result<Vec<StatementEvent>, StatementError>>);

impl ScriptedReader {
    /// What every file of this format begins with.
    pub const HEAD: &'static str = "SCRIPT";

    /// A reader that knows no file.
    pub fn new() -> Self {
        Self::default()
    }

    /// The contents of the file with this name.
    pub fn file(name: &str) -> Vec<u8> {
        format!("{} {name}", Self::HEAD).into_bytes()
    }

    /// Also knows the file of this name, which reads as these events or cannot be used.
    #[must_use]
    pub fn knowing(mut self, name: &str, read: Result<Vec<StatementEvent>, StatementError>) -> Self {
        self.0.insert(Self::file(name), read);
        self
    }
}

impl StatementReader for ScriptedReader {
    fn format(&self) -> StatementFormat {
        StatementFormat { key: "script", name: "Script of a test", extensions: &["script"] }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(Self::HEAD.as_bytes())
    }

    fn read<'a>(&self, file: &'a [u8]) -> Result<StatementEvents<'a>, StatementError> {
        let events = self.0.get(file).expect("the test wrote this file down").clone()?;
        Ok(Box::new(events.into_iter()))
    }
}
