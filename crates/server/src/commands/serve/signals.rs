//! What ends a server from outside.

use anyhow::{Context, Result, anyhow};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
};

use crate::database_file::{self, Examination};

/// The signals that ask the program to stop.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// Of the terminal that is closed; where nobody listens to it, `nohup` keeps the program running.
    hangup: Option<Signal>,
}

impl Signals {
    /// Those that every server ends by.
    pub(super) fn listen() -> Result<Self> {
        let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Ok(Self { interrupt: interrupt?, terminate: terminate?, hangup: None })
    }

    /// A demo ends with its terminal, and removes what it made.
    pub(super) fn of_a_demo() -> Result<Self> {
        Ok(Self { hangup: Some(signal(SignalKind::hangup())?), ..Self::listen()? })
    }

    /// Returns on a signal, or with an error when a server ends by itself or the database turns out to be damaged.
    pub(super) async fn wait_for_the_end(
        mut self,
        running: &mut JoinSet<std::io::Result<()>>,
        examination: Examination,
    ) -> Result<()> {
        tokio::select! {
            error = database_file::damaged(examination) => Err(error),
            _ = self.interrupt.recv() => Ok(()),
            _ = self.terminate.recv() => Ok(()),
            Some(_) = async { self.hangup.as_mut()?.recv().await } => Ok(()),
            Some(ended) = running.join_next() => match ended {
                Ok(Ok(())) => Err(anyhow!("a listener ended unexpectedly")),
                Ok(Err(error)) => Err(error).context("a listener failed"),
                Err(error) => Err(error).context("a listener failed"),
            },
        }
    }
}
