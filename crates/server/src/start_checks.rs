//! What a server looks at before it serves: whether its keys are those of its database, whether its secret key is the
//! one from before, and how long its certificate lasts.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use dashtam_application::sealed::{InspectKeys, Keys, MarkSecret, SecretChange};
use dashtam_domain::{call::Call, page::Limit, sources::Sources, time::Timestamp};
use dashtam_persistence::{Database, SealedColumn};
use dashtam_security::secret_mark;
use openssl::{asn1::Asn1Time, x509::X509};

use crate::{settings::Settings, wiring};

/// Values of each column that are opened to see whether the keys fit.
const LOOKED_AT: u16 = 100;
/// Days before a certificate's end from which on every start says so.
const SOON_DAYS: i64 = 30;

/// Refuses to go on with keys that open nothing, and warns of what else an operator has to know.
pub(crate) async fn run(settings: &Settings, database: &Database, sources: &Sources) -> Result<()> {
    let ring = wiring::key_ring(settings, sources)?;
    let keys = Keys::new(&database.storage, sources.clone(), ring);
    let call = Call::system(sources.clock.now());
    fit(&keys, &call).await?;
    let mark = secret_mark(&settings.security.secret_key.0);
    let change = keys.mark_secret(&call, MarkSecret { mark }).await;
    if change.context("the mark of the master secret cannot be stored")? == SecretChange::Changed {
        tracing::warn!("{SECRET_CHANGED}");
    }
    if !settings.server.plain_http {
        certificate(&settings.server.certificate, call.now);
    }
    Ok(())
}

/// The warning about a changed `security.secret_key`.
const SECRET_CHANGED: &str = "\
security.secret_key (SECRET_KEY, or secret.key in the data directory) is another one than at the last start. Everybody \
is signed out; links and codes in mails that are under way stop working; a repeated request is not recognised; an import asks which \
account its file is about; and dashtam audit verify takes every earlier line of the trail for altered. If this was not meant, stop the server and put \
the earlier secret back: then all of it works again";

async fn fit(keys: &Keys, call: &Call) -> Result<()> {
    let limit = Limit::new(LOOKED_AT).unwrap_or_default();
    let fit = keys.inspect(call, InspectKeys { limit }).await;
    let fit = fit.context("the stored secrets cannot be looked at")?;
    if fit.unreadable == 0 {
        return Ok(());
    }
    let columns: Vec<String> = fit.columns.iter().map(|field| SealedColumn::of(*field).to_string()).collect();
    let columns = columns.join(", ");
    if fit.is_foreign() {
        bail!(
            "none of the encryption keys in force opens any stored secret ({columns}): the key that sealed them is \
             missing. Put it back into encryption.key of the data directory, or into security.encryption_keys. If it \
             is lost for good, run dashtam keys forget --lost with the same settings: it marks the connections for \
             linking again"
        );
    }
    tracing::warn!(
        "no encryption key opens some of the stored secrets ({columns}). dashtam keys verify lists them; put the \
         missing key back as the last one, or run dashtam keys forget --lost"
    );
    Ok(())
}

/// Tells of a certificate that has ended, ends soon, or has not begun. One that cannot be read is told by whoever
/// serves with it.
fn certificate(file: &Path, now: Timestamp) {
    let read = fs::read(file).ok().and_then(|pem| X509::from_pem(&pem).ok());
    let Some(remark) = read.and_then(|certificate| remark(&certificate, now)) else { return };
    tracing::warn!("server.certificate: {} {remark}", file.display());
}

/// What an operator has to know of how long a certificate is good; `None` when it is for a while.
pub(crate) fn remark(certificate: &X509, now: Timestamp) -> Option<String> {
    let at = |time: Timestamp| Asn1Time::from_unix(time.as_seconds()).ok();
    let (present, soon) = (at(now)?, at(now.plus(TimeDelta::days(SOON_DAYS)))?);
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    if end < &*present {
        Some(format!(
            "ended on {end}: clients refuse it. Put a new one in its place and start the server again"
        ))
    } else if begin > &*present {
        Some(format!("is good from {begin} on only: until then clients refuse it. Is the clock right?"))
    } else if end < &*soon {
        Some(format!("ends on {end}: put a new one in its place before, and start the server again"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use dashtam_security::self_signed_certificate;

    use super::*;

    #[test]
    fn a_certificate_that_does_not_serve_for_a_month_is_told() {
        let made = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let pair = self_signed_certificate(&["localhost"], &[], 90, made).unwrap();
        let certificate = X509::from_pem(pair.cert_pem.as_bytes()).unwrap();
        for (days, word) in [
            (-1, Some("is good from")),
            (0, None),
            (59, None),
            (61, Some("ends on Feb 12")),
            (89, Some("ends on")),
            (91, Some("ended on Feb 12")),
        ] {
            let told = remark(&certificate, made.plus(TimeDelta::days(days)));
            match word {
                Some(word) => {
                    assert!(told.clone().is_some_and(|told| told.contains(word)), "{days}: {told:?}")
                }
                None => assert_eq!(told, None, "{days}"),
            }
        }
    }
}
