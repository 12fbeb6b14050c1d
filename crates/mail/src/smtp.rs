//! Mails over SMTP (RFC 5321).

mod failure;
mod options;

use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{MailError, Mailer, Receipt, mail::Mail},
    sources::Clock,
};
use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, TlsParameters},
    commands::{self, Rset},
    extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    response::Response,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use crate::{
    message::{Encoding, Sender, compose, has_ascii_addresses},
    reply::tame,
};
use failure::{Step, failure};
pub use options::{Encryption, SmtpOptions, UnusableSmtp};

/// How long a connection may wait for its next mail. Servers hang up on idle clients; SES does after ten seconds.
const IDLE: Duration = Duration::from_secs(8);
/// How long an idle connection may take to show that it still works, and a server to answer a good-bye.
const SHORT: Duration = Duration::from_secs(5);

/// [`Mailer`] over SMTP. It keeps connections open for the mails that follow soon.
///
/// The pool is our own because the library's takes a connection back whose answer was not waited for: the next
/// mail would get the answer to the one before. Here only a connection whose every command was answered goes back.
pub struct SmtpMailer {
    options: SmtpOptions,
    sender: Sender,
    clock: Arc<dyn Clock>,
    tls: Option<TlsParameters>,
    hello: ClientId,
    credentials: Option<Credentials>,
    idle: std::sync::Mutex<Vec<Idle>>,
    permits: Semaphore,
}

/// A connection that waits for its next mail.
struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl SmtpMailer {
    /// A mailer with these options. Nothing is connected until the first mail.
    pub fn new(options: SmtpOptions, sender: Sender, clock: Arc<dyn Clock>) -> Result<Self, UnusableSmtp> {
        let tls = options.tls()?;
        let hello = options.hello()?;
        let credentials = options.credentials.as_ref();
        let credentials =
            credentials.map(|(user, password)| Credentials::new(user.clone(), password.expose().to_owned()));
        let permits = Semaphore::new(options.connections);
        let idle = std::sync::Mutex::default();
        Ok(Self { options, sender, clock, tls, hello, credentials, idle, permits })
    }

    /// A connection that is ready for a mail: one that waits, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, MailError> {
        while let Some(Idle { mut connection, since }) = self.waiting() {
            if since.elapsed() > IDLE {
                tokio::spawn(async move { timeout(SHORT, connection.quit()).await });
                continue;
            }
            if matches!(timeout(SHORT, connection.command(Rset)).await, Ok(Ok(_))) {
                return Ok(connection);
            }
        }
        match timeout(self.options.connect_timeout, self.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            // Whatever the server says now, it says about us and not about this mail.
            Ok(Err(error)) => Err(MailError::Transient(tame(&error.to_string()))),
            Err(_) => {
                let seconds = self.options.connect_timeout.as_secs();
                Err(MailError::Transient(format!("no connection to the mail server within {seconds} s")))
            }
        }
    }

    fn waiting(&self) -> Option<Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let SmtpOptions { host, port, encryption, connect_timeout, .. } = &self.options;
        let at_once = self.tls.clone().filter(|_| *encryption == Encryption::Tls);
        let address = (host.as_str(), *port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(*connect_timeout), &self.hello, at_once, None)
                .await?;
        if let (Encryption::StartTls, Some(tls)) = (encryption, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// Hands one mail over. `left` turns true just before the text goes out: from then on the server may have it.
    async fn hand_over(&self, mail: &Mail, left: &AtomicBool) -> Result<Receipt, MailError> {
        let closed = |_| MailError::Transient("the mailer was closed".to_owned());
        let _permit = self.permits.acquire().await.map_err(closed)?;
        let mut connection = self.connection().await?;
        let sent = self.transact(&mut connection, mail, left).await;
        // What a refused mail left behind is reset before the next one, not here: this one has its verdict.
        if sent.as_ref().err().is_none_or(|failed| failed.answered) {
            let parked = Idle { connection, since: Instant::now() };
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(parked);
        }
        sent.map(|answer| Receipt(answer_text(&answer))).map_err(|failed| failed.error)
    }

    async fn transact(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Mail,
        left: &AtomicBool,
    ) -> Result<Response, Failed> {
        let offers = |extension| connection.server_info().supports_feature(extension);
        let encoding = if offers(Extension::EightBitMime) { Encoding::AsIs } else { Encoding::Ascii };
        let message = compose(mail, &self.sender, self.clock.now(), encoding)?;
        let from = message.envelope().from().cloned();
        let bytes = message.formatted();
        let mut parameters = Vec::new();
        if !has_ascii_addresses(&message) {
            if !offers(Extension::SmtpUtfEight) {
                let reason = "the mail server takes no addresses with letters beyond ASCII (SMTPUTF8)";
                return Err(MailError::Permanent(reason.to_owned()).into());
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let step = |step| move |error| Failed::at(step, &error);
        connection.command(commands::Mail::new(from, parameters)).await.map_err(step(Step::Sender))?;
        for address in message.envelope().to() {
            let recipient = commands::Rcpt::new(address.clone(), Vec::new());
            connection.command(recipient).await.map_err(step(Step::Recipient))?;
        }
        connection.command(commands::Data).await.map_err(step(Step::Data))?;
        left.store(true, Ordering::Relaxed);
        connection.message(&bytes).await.map_err(step(Step::Message))
    }
}

fn answer_text(answer: &Response) -> String {
    let text: Vec<&str> = answer.message().collect();
    tame(&format!("{} {}", answer.code(), text.join(" ")))
}

/// How a mail was not handed over, and whether the server answered everything it was asked.
struct Failed {
    error: MailError,
    answered: bool,
}

impl Failed {
    fn at(step: Step, error: &lettre::transport::smtp::Error) -> Self {
        // After 421 the server hangs up.
        let answered = error.status().is_some_and(|code| u16::from(code) != 421);
        Self { error: failure(step, error), answered }
    }
}

/// A failure before anything was said to the server.
impl From<MailError> for Failed {
    fn from(error: MailError) -> Self {
        Self { error, answered: true }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<Receipt, MailError> {
        let left = AtomicBool::new(false);
        // The library's own time limit ends with the connecting.
        match timeout(self.options.send_timeout, self.hand_over(mail, &left)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let reason = format!("no answer within {} s", self.options.send_timeout.as_secs());
                let left = left.load(Ordering::Relaxed);
                Err(if left { MailError::Uncertain(reason) } else { MailError::Transient(reason) })
            }
        }
    }
}

impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpMailer").field("options", &self.options).finish_non_exhaustive()
    }
}
