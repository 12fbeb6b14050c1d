//! What the server needs outside: the mail server, Redis, and the institutions.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use dashtam_domain::sources::Sources;
use tokio::{net::TcpStream, time::timeout};
use url::Url;

use super::report::Report;
use crate::{
    settings::{MailTransport, Settings},
    wiring,
};

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether mails can leave. Nothing is sent.
pub(super) async fn mail(settings: &Settings, directory: &Path, sources: &Sources, report: &mut Report) {
    let check = "mail";
    let configured = wiring::mail::mailer(&settings.mail, &directory.join("outbox"), sources)
        .and_then(|_| wiring::mail::server(&settings.mail));
    let (host, port) = match configured {
        Ok(server) => server,
        Err(error) => return report.failed(check, format!("{error:#}"), "correct the settings of mail.*"),
    };
    let remedy = "look at mail.host, mail.port and the network; `dashtam mail test --to ADDRESS` sends one";
    match settings.mail.transport {
        MailTransport::Outbox => report.ok(check, "written to files of the data directory (mail.transport)"),
        MailTransport::SesApi => report.ok(check, "Amazon SES over HTTPS; `dashtam mail test` sends one"),
        MailTransport::Smtp | MailTransport::Ses => match reach(&host, port).await {
            Ok(()) => report.ok(check, format!("{host}:{port} answers; `dashtam mail test` sends one")),
            Err(error) => report.failed(check, format!("{host}:{port}: {error:#}"), remedy),
        },
    }
}

/// Whether Redis answers, if it is used.
pub(super) async fn redis(settings: &Settings, report: &mut Report) {
    if settings.redis.url.is_empty() {
        return report.ok("redis", "not used: right for a single server");
    }
    let place = Url::parse(settings.redis.url.0.expose()).ok();
    let host = place.as_ref().and_then(Url::host_str).unwrap_or("localhost").to_owned();
    let port = place.as_ref().and_then(Url::port).unwrap_or(6379);
    match reach(&host, port).await {
        Ok(()) => report.ok("redis", format!("{host}:{port} answers")),
        Err(error) => report.failed(
            "redis",
            format!("{host}:{port}: {error:#}"),
            "start it, or correct redis.url (REDIS_URL); until then each server counts limits for itself",
        ),
    }
}

/// Which institutions can be linked, and whether those with a fixed address can be reached.
pub(super) async fn providers(settings: &Settings, report: &mut Report) {
    let check = "institutions";
    let schwab = &settings.schwab;
    if schwab.api_key.is_empty() || schwab.api_secret.is_empty() {
        report.ok(check, "schwab is not configured (SCHWAB_API_KEY, SCHWAB_API_SECRET)");
    } else {
        institution("schwab", &schwab.base_url, report).await;
    }
    match settings.simplefin.enabled {
        true => report.ok(check, "simplefin can be linked; its servers are named by each setup token"),
        false => report.ok(check, "simplefin is switched off"),
    }
    match settings.alpaca.enabled {
        true => {
            institution("alpaca", &settings.alpaca.live_url, report).await;
            institution("alpaca (paper)", &settings.alpaca.paper_url, report).await;
        }
        false => report.ok(check, "alpaca is switched off"),
    }
    let plaid = &settings.plaid;
    match plaid.client_id.is_empty() {
        true => report.ok(check, "plaid is not configured (plaid.client_id, plaid.secret)"),
        false => institution("plaid", &wiring::plaid_address(plaid), report).await,
    }
    let european = &settings.enable_banking;
    match european.application_id.is_empty() {
        true => report.ok(
            check,
            "enable-banking is not configured (enable_banking.application_id, enable_banking.private_key_file)",
        ),
        false => institution("enable-banking", &european.base_url, report).await,
    }
    if settings.sandbox.enabled {
        report.ok(check, "sandbox runs inside the server");
    }
}

async fn institution(name: &str, address: &str, report: &mut Report) {
    let check = "institutions";
    let place = Url::parse(address).ok();
    let host = place.as_ref().and_then(Url::host_str).map(str::to_owned);
    let (Some(host), Some(port)) = (host, place.and_then(|url| url.port_or_known_default())) else {
        return report.failed(check, format!("{name}: {address} is no address"), "correct its base URL");
    };
    match reach(&host, port).await {
        Ok(()) => report.ok(check, format!("{name} at {host} can be reached")),
        Err(error) => report.warning(
            check,
            format!("{name} at {host}:{port}: {error:#}"),
            "look at the network, the firewall and the name servers",
        ),
    }
}

/// Connects to an address and closes the connection.
async fn reach(host: &str, port: u16) -> Result<()> {
    let connected = timeout(PATIENCE, TcpStream::connect((host, port))).await;
    connected.context("no answer within 5 seconds")?.map(drop).context("cannot be reached")
}
