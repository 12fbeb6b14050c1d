//! The data directory, the disk it lies on, and the certificate.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use dashtam_domain::{secret::SecretText, sources::Sources};
use openssl::{pkey::PKey, x509::X509};

use super::report::Report;
use crate::{
    key_file,
    settings::{Profile, Secret, Settings},
    start_checks,
};

/// Room below which an import of a large statement may not find place.
const LITTLE: u64 = 1 << 30;
/// Room below which nothing may be stored any more.
const NONE: u64 = 64 << 20;

/// Whether the directory is there and nobody else may look into it.
pub(super) fn directory(directory: &Path, report: &mut Report) {
    let check = "data directory";
    let shown = directory.display();
    match fs::metadata(directory) {
        Err(_) => {
            report.warning(check, format!("{shown} is not there yet"), "the first `dashtam serve` makes it")
        }
        Ok(found) if !found.is_dir() => {
            report.failed(check, format!("{shown} is no directory"), "name another with --data-dir");
        }
        Ok(found) if found.permissions().mode() & 0o077 != 0 => report.warning(
            check,
            format!("others than its owner may look into {shown}, where keys and the database lie"),
            format!("chmod 700 {shown}"),
        ),
        Ok(_) => report.ok(check, shown.to_string()),
    }
}

/// The settings with what a first start generated in the directory. Nothing is generated here.
pub(super) fn generated(mut settings: Settings, profile: Profile, directory: &Path) -> Settings {
    if settings.database.url.is_empty() {
        let file = directory.join("dashtam.db");
        settings.database.url = Secret(SecretText::new(file.display().to_string()));
    }
    if profile == Profile::Development {
        let security = &mut settings.security;
        if let (true, Ok(entries)) =
            (security.encryption_keys.is_empty(), key_file::read(&directory.join("encryption.key")))
        {
            security.encryption_keys = entries.into_iter().map(Secret).collect();
        }
        if let (true, Ok(entries)) =
            (security.secret_key.is_empty(), key_file::read(&directory.join("secret.key")))
        {
            security.secret_key = entries.into_iter().next().map_or(Secret(SecretText::new("")), Secret);
        }
        let server = &mut settings.server;
        if server.certificate.as_os_str().is_empty() && !server.plain_http {
            server.certificate = directory.join("certificate.pem");
            server.private_key = directory.join("certificate.key");
        }
    }
    settings
}

/// Whether there is enough room on the disk.
pub(super) fn disk(directory: &Path, report: &mut Report) {
    let check = "disk";
    let there = directory.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let free = match rustix::fs::statvfs(there) {
        Ok(stat) => stat.f_bavail.saturating_mul(stat.f_frsize),
        Err(error) => {
            return report.failed(
                check,
                format!("{} cannot be asked: {error}", there.display()),
                "look at the disk",
            );
        }
    };
    let found = format!("{} MiB free at {}", free >> 20, there.display());
    let remedy = "make room, or move the data directory to a larger disk";
    match free {
        ..NONE => report.failed(check, found, remedy),
        NONE..LITTLE => report.warning(check, found, remedy),
        _ => report.ok(check, found),
    }
}

/// Whether the certificate can be used, and for how long.
pub(super) fn certificate(settings: &Settings, directory: &Path, sources: &Sources, report: &mut Report) {
    let check = "certificate";
    let server = &settings.server;
    if server.plain_http {
        return report.ok(check, "none needed: server.plain_http, for a proxy that speaks TLS");
    }
    if server.certificate.starts_with(directory) && !server.certificate.exists() {
        return report.ok(check, "none yet: the next start makes one");
    }
    let read =
        |path: &Path| fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()));
    let pair = read(&server.certificate).and_then(|pem| {
        let certificate = X509::from_pem(&pem)
            .map_err(|_| format!("{} holds no certificate", server.certificate.display()))?;
        let key = SecretText::new(String::from_utf8_lossy(&read(&server.private_key)?));
        let key = PKey::private_key_from_pem(key.expose().as_bytes())
            .map_err(|_| format!("{} holds no private key", server.private_key.display()))?;
        let fits = certificate.public_key().is_ok_and(|public| public.public_eq(&key));
        if fits { Ok(certificate) } else { Err("the private key is not that of the certificate".to_owned()) }
    });
    match pair {
        Err(wrong) => report.failed(check, wrong, "look at server.certificate and server.private_key"),
        Ok(certificate) => match start_checks::remark(&certificate, sources.clock.now()) {
            Some(remark) => {
                report.warning(check, remark, "put a new one in its place and start the server again")
            }
            None => report.ok(check, format!("good until {}", certificate.not_after())),
        },
    }
}
