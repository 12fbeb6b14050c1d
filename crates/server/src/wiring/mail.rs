//! How mails leave this installation.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use dashtam_domain::{delivery::Mailer, sources::Sources};
use dashtam_mail::{DevelopmentOutbox, Encryption, Sender, SmtpMailer, SmtpOptions, UnusableSmtp};

use crate::settings::{Mail, MailSecurity, MailTransport};

/// The configured way. `outbox` is the folder of the development outbox.
pub(crate) fn mailer(settings: &Mail, outbox: &Path, sources: &Sources) -> Result<Arc<dyn Mailer>> {
    let sender = format!("{} <{}>", settings.from_name, settings.from_email);
    let sender: Sender = sender.parse().context("mail.from_name and mail.from_email make no sender")?;
    let support = match settings.support_address.as_str() {
        "" => None,
        address => Some(address.parse().context("mail.support_address")?),
    };
    let (sender, clock) = (sender.with_support(support), sources.clock.clone());
    if settings.transport == MailTransport::Outbox {
        return Ok(Arc::new(DevelopmentOutbox::new(outbox, sender, clock)));
    }
    let mailer = SmtpMailer::new(smtp(settings)?, sender, clock).map_err(|error| {
        let setting = match error {
            UnusableSmtp::Host => "mail.host",
            UnusableSmtp::Authorities => "mail.ca_file",
            UnusableSmtp::HelloName => "mail.hello_name",
            UnusableSmtp::Limits => "mail.connect_seconds, mail.send_seconds or mail.connections",
        };
        anyhow!("{setting}: {error}")
    })?;
    Ok(Arc::new(mailer))
}

fn smtp(settings: &Mail) -> Result<SmtpOptions> {
    let mut options = match settings.transport {
        MailTransport::Ses => SmtpOptions::ses(
            &settings.aws_region,
            &settings.aws_access_key_id,
            &settings.aws_secret_access_key.0,
        ),
        MailTransport::Smtp | MailTransport::Outbox => SmtpOptions::new("", settings.port),
    };
    if !settings.host.is_empty() {
        options.host.clone_from(&settings.host);
    }
    if settings.transport == MailTransport::Smtp && !settings.user.is_empty() {
        options.credentials = Some((settings.user.clone(), settings.password.0.clone()));
    }
    if !settings.ca_file.as_os_str().is_empty() {
        let file = settings.ca_file.display();
        let pem = std::fs::read_to_string(&settings.ca_file);
        options.authorities = Some(pem.with_context(|| format!("mail.ca_file: {file} cannot be read"))?);
    }
    Ok(SmtpOptions {
        port: settings.port,
        encryption: match settings.security {
            MailSecurity::StartTls => Encryption::StartTls,
            MailSecurity::Tls => Encryption::Tls,
            MailSecurity::None => Encryption::None,
        },
        hello_name: Some(settings.hello_name.clone()).filter(|name| !name.is_empty()),
        connect_timeout: Duration::from_secs(settings.connect_seconds),
        send_timeout: Duration::from_secs(settings.send_seconds),
        connections: settings.connections,
        ..options
    })
}
