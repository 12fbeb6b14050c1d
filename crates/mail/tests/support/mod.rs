//! Mails, and adapters with a place where what they send arrives.

use std::{path::PathBuf, sync::Arc, time::Duration};

use dashtam_domain::{
    delivery::{Mailer, mail::Mail, mail::MailContent},
    secret::SecretText,
};
#[cfg(feature = "ses-api")]
use dashtam_mail::{AccessKey, SesApiMailer, SesApiOptions};
use dashtam_mail::{DevelopmentOutbox, Encryption, Sender, SmtpMailer, SmtpOptions};
use dashtam_testkit::{
    builders,
    servers::{MailServer, Skip, mail::mails_in},
};

/// An adapter, and the place where its mails arrive.
pub(crate) struct Post {
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) server: Option<MailServer>,
    folder: PathBuf,
    _own: Option<tempfile::TempDir>,
}

impl Post {
    /// The mails that arrived.
    pub(crate) fn mails(&self) -> Vec<String> {
        mails_in(&self.folder)
    }

    /// The one mail that arrived.
    pub(crate) fn only_mail(&self) -> String {
        let mut mails = self.mails();
        assert_eq!(mails.len(), 1, "one mail is expected: {mails:?}");
        mails.remove(0)
    }

    /// The server of an adapter that has one.
    pub(crate) fn server(&self) -> &MailServer {
        self.server.as_ref().unwrap()
    }
}

pub(crate) fn sender() -> Sender {
    "Dashtam <no-reply@dashtam.test>".parse().unwrap()
}

/// An adapter for SMTP servers.
pub(crate) fn smtp(options: SmtpOptions) -> SmtpMailer {
    SmtpMailer::new(options, sender(), dashtam_local::sources().clock).unwrap()
}

/// Options for a server on this machine, by the name its certificate has. They wait long, because the machine may be busy.
pub(crate) fn local(port: u16) -> SmtpOptions {
    SmtpOptions {
        encryption: Encryption::None,
        connect_timeout: Duration::from_secs(30),
        send_timeout: Duration::from_secs(40),
        ..SmtpOptions::new("localhost", port)
    }
}

/// Trusts this server's certificate.
pub(crate) fn trusting(server: &MailServer, encryption: Encryption) -> SmtpOptions {
    let authorities = Some(std::fs::read_to_string(server.ca_file()).unwrap());
    SmtpOptions { encryption, authorities, ..local(server.port) }
}

/// The development outbox.
pub(crate) fn development(_: &str) -> Option<Post> {
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().to_owned();
    let mailer = DevelopmentOutbox::new(&folder, sender(), dashtam_local::sources().clock);
    Some(Post { mailer: Arc::new(mailer), server: None, folder, _own: Some(own) })
}

/// What a server and options for it make; the test is left out where there is no server.
pub(crate) fn post(
    test: &str,
    arguments: &[&str],
    options: impl FnOnce(&MailServer) -> SmtpOptions,
) -> Option<Post> {
    arriving(test, MailServer::smtp(arguments), |server| Arc::new(smtp(options(server))))
}

fn arriving(
    test: &str,
    server: Result<MailServer, Skip>,
    mailer: impl FnOnce(&MailServer) -> Arc<dyn Mailer>,
) -> Option<Post> {
    let server = server.map_err(|skip| skip.announce(test)).ok()?;
    let (mailer, folder) = (mailer(&server), server.folder().to_owned());
    Some(Post { mailer, folder, server: Some(server), _own: None })
}

/// A relay in the same room: no encryption, nobody signs in.
pub(crate) fn relay(test: &str) -> Option<Post> {
    post(test, &[], |server| local(server.port))
}

/// A mail server without 8BITMIME.
pub(crate) fn seven_bit(test: &str) -> Option<Post> {
    post(test, &["--seven-bit"], |server| local(server.port))
}

/// A mail server that wants STARTTLS and a password.
pub(crate) fn submission(test: &str) -> Option<Post> {
    post(test, &["--tls", "starttls", "--login", "mailer:p4ss w0rd"], |server| SmtpOptions {
        credentials: Some(("mailer".to_owned(), SecretText::new("p4ss w0rd"))),
        ..trusting(server, Encryption::StartTls)
    })
}

/// A mail server that wants TLS from the first byte.
pub(crate) fn submissions(test: &str) -> Option<Post> {
    post(test, &["--tls", "implicit"], |server| trusting(server, Encryption::Tls))
}

/// The user, the key and the region of a server that wants what SES wants.
pub(crate) const SES: [&str; 3] = ["AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"];

/// Shaped like SES: STARTTLS, and the password AWS makes of an access key.
pub(crate) fn ses(test: &str) -> Option<Post> {
    let [id, secret, region] = SES;
    post(test, &["--tls", "starttls", "--ses", &SES.join(":")], |server| {
        let ses = SmtpOptions::ses(region, id, &SecretText::new(secret));
        assert_eq!((ses.host.as_str(), ses.port), ("email-smtp.eu-central-1.amazonaws.com", 587));
        assert_eq!(ses.encryption, Encryption::StartTls);
        SmtpOptions { credentials: ses.credentials, ..trusting(server, Encryption::StartTls) }
    })
}

/// The HTTP API of SES with the key of a role.
#[cfg(feature = "ses-api")]
pub(crate) fn ses_api(test: &str) -> Option<Post> {
    ses_api_with(test, &[], |_| {})
}

/// The same with other arguments for the server, and options changed.
#[cfg(feature = "ses-api")]
pub(crate) fn ses_api_with(
    test: &str,
    arguments: &[&str],
    change: impl FnOnce(&mut SesApiOptions),
) -> Option<Post> {
    let [id, secret, region] = SES;
    let key = format!("{id}:{secret}:a-session-token");
    let arguments = [&["--region", region, "--key", &key], arguments].concat();
    arriving(test, MailServer::ses_api(&arguments), |server| {
        let mut options = ses_api_options(server, &arguments);
        change(&mut options);
        Arc::new(SesApiMailer::new(options, sender(), dashtam_local::sources().clock).unwrap())
    })
}

/// Options for a server of this machine.
#[cfg(feature = "ses-api")]
fn ses_api_options(server: &MailServer, arguments: &[&str]) -> SesApiOptions {
    let [id, secret, region] = SES;
    let with_tls = arguments.contains(&"--tls");
    let scheme = if with_tls { "https" } else { "http" };
    SesApiOptions {
        access_key: Some(AccessKey {
            id: id.to_owned(),
            secret: SecretText::new(secret),
            session_token: Some(SecretText::new("a-session-token")),
        }),
        endpoint: Some(format!("{scheme}://localhost:{}", server.port).parse().unwrap()),
        authorities: with_tls.then(|| std::fs::read_to_string(server.ca_file()).unwrap()),
        connect_timeout: Duration::from_secs(30),
        send_timeout: Duration::from_secs(40),
        ..SesApiOptions::new(region)
    }
}

pub(crate) const LINK: &str =
    "https://localhost:8443/verify-email?token=dsv_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs";

/// A mail with a link to this address.
pub(crate) fn mail(to: &str, name: &str) -> Mail {
    Mail {
        id: builders::outbox_id(),
        to: to.parse().unwrap(),
        name: name.parse().unwrap(),
        content: MailContent::VerifyEmail { link: LINK.parse().unwrap(), hours: 24 },
    }
}

/// The value of a header.
pub(crate) fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let head = message.lines().take_while(|line| !line.is_empty());
    let mut found = head.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.next().unwrap_or_default()
}
