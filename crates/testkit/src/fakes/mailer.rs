//! A mailer that keeps the mails.

use std::{collections::VecDeque, sync::Mutex};

use async_trait::async_trait;
use dashtam_domain::delivery::{MailError, Mailer, Receipt, mail::Mail};

use super::{OpenUnits, Recorder};

/// [`Mailer`] that keeps what it is handed, and fails as scripted.
#[derive(Debug)]
pub struct RecordingMailer {
    open: OpenUnits,
    sent: Recorder<Mail>,
    failures: Mutex<VecDeque<MailError>>,
}

impl RecordingMailer {
    /// A mailer that is not called while one of these units is open.
    pub fn new(open: &OpenUnits) -> Self {
        Self { open: open.clone(), sent: Recorder::new(), failures: Mutex::default() }
    }

    /// The next mail that is not spoken for fails like this.
    pub fn will_fail(&self, error: MailError) {
        self.failures.lock().expect("no test fails while it holds this").push_back(error);
    }

    /// The mails that were handed over.
    pub fn sent(&self) -> Vec<Mail> {
        self.sent.all()
    }
}

#[async_trait]
impl Mailer for RecordingMailer {
    async fn send(&self, mail: &Mail) -> Result<Receipt, MailError> {
        self.open.assert_none("sending a mail");
        if let Some(error) = self.failures.lock().expect("no test fails while it holds this").pop_front() {
            return Err(error);
        }
        self.sent.push(mail.clone());
        Ok(Receipt("250 kept".to_owned()))
    }
}
