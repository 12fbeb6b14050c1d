//! How mails leave this installation.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use dashtam_domain::{delivery::Mailer, sources::Sources};
use dashtam_mail::{DevelopmentOutbox, Encryption, Sender, SmtpMailer, SmtpOptions, UnusableSmtp};

use crate::settings::{Mail, MailSecurity, MailTransport};

const LIMITS: &str = "mail.connect_seconds, mail.send_seconds or mail.connections";

/// Makes the configured mailer. `outbox` is the folder of the development outbox.
pub(crate) fn mailer(settings: &Mail, outbox: &Path, sources: &Sources) -> Result<Arc<dyn Mailer>> {
    let sender = format!("{} <{}>", settings.from_name, settings.from_email);
    let sender: Sender = sender.parse().context("mail.from_name and mail.from_email make no sender")?;
    let support = match settings.support_address.as_str() {
        "" => None,
        address => Some(address.parse().context("mail.support_address")?),
    };
    let (sender, clock) = (sender.with_support(support), sources.clock.clone());
    match settings.transport {
        MailTransport::Outbox => return Ok(Arc::new(DevelopmentOutbox::new(outbox, sender, clock))),
        MailTransport::SesApi => return ses_api::mailer(settings, sender, clock),
        MailTransport::Smtp | MailTransport::Ses => {}
    }
    let mailer = SmtpMailer::new(smtp(settings)?, sender, clock).map_err(|error| {
        let setting = match error {
            UnusableSmtp::Host => "mail.host",
            UnusableSmtp::Authorities => "mail.ca_file",
            UnusableSmtp::HelloName => "mail.hello_name",
            UnusableSmtp::Limits => LIMITS,
        };
        anyhow!("{setting}: {error}")
    })?;
    Ok(Arc::new(mailer))
}

/// The host and the port of the configured mail server.
pub(crate) fn server(settings: &Mail) -> Result<(String, u16)> {
    let options = smtp(settings)?;
    Ok((options.host, options.port))
}

fn smtp(settings: &Mail) -> Result<SmtpOptions> {
    let mut options = match settings.transport {
        MailTransport::Ses => SmtpOptions::ses(
            &settings.aws_region,
            &settings.aws_access_key_id,
            &settings.aws_secret_access_key.0,
        ),
        _ => SmtpOptions::new("", settings.port),
    };
    if !settings.host.is_empty() {
        options.host.clone_from(&settings.host);
    }
    if settings.transport == MailTransport::Smtp && !settings.user.is_empty() {
        options.credentials = Some((settings.user.clone(), settings.password.0.clone()));
    }
    options.authorities = authorities(settings)?;
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

/// Certificates to trust besides those of the system.
fn authorities(settings: &Mail) -> Result<Option<String>> {
    if settings.ca_file.as_os_str().is_empty() {
        return Ok(None);
    }
    let file = settings.ca_file.display();
    let pem = std::fs::read_to_string(&settings.ca_file);
    pem.map(Some).with_context(|| format!("mail.ca_file: {file} cannot be read"))
}

#[cfg(feature = "ses-api")]
mod ses_api {
    use dashtam_domain::sources::Clock;
    use dashtam_mail::{AccessKey, SesApiMailer, SesApiOptions, UnusableSesApi};

    use super::*;

    pub(super) fn mailer(settings: &Mail, sender: Sender, clock: Arc<dyn Clock>) -> Result<Arc<dyn Mailer>> {
        let endpoint = match settings.ses_endpoint.as_str() {
            "" => None,
            address => Some(address.parse().context("mail.ses_endpoint is not an address")?),
        };
        let token = &settings.aws_session_token;
        let access_key = (!settings.aws_access_key_id.is_empty()).then(|| AccessKey {
            id: settings.aws_access_key_id.clone(),
            secret: settings.aws_secret_access_key.0.clone(),
            session_token: (!token.is_empty()).then(|| token.0.clone()),
        });
        let options = SesApiOptions {
            access_key,
            endpoint,
            authorities: authorities(settings)?,
            connect_timeout: Duration::from_secs(settings.connect_seconds),
            send_timeout: Duration::from_secs(settings.send_seconds),
            connections: settings.connections,
            ..SesApiOptions::new(&settings.aws_region)
        };
        let mailer = SesApiMailer::new(options, sender, clock).map_err(|error| {
            let setting = match error {
                UnusableSesApi::Endpoint => "mail.ses_endpoint",
                UnusableSesApi::Authorities => "mail.ca_file",
                UnusableSesApi::Http => "mail.transport",
                UnusableSesApi::Limits => LIMITS,
            };
            anyhow!("{setting}: {error}")
        })?;
        Ok(Arc::new(mailer))
    }
}

#[cfg(not(feature = "ses-api"))]
mod ses_api {
    use super::*;

    /// Never reached with good settings: their check refuses this transport and says how to build it in.
    pub(super) fn mailer<T>(_: &Mail, _: Sender, _: T) -> Result<Arc<dyn Mailer>> {
        Err(anyhow!("mail.transport: this program was built without \"ses-api\""))
    }
}
