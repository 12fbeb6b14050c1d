//! The checks of the mail section.

use std::net::IpAddr;

use dashtam_domain::{delivery::MAIL_LIMIT, identity::EmailAddress};

use super::{Mail, MailSecurity, MailTransport, Profile};

/// Everything that is wrong, each with the name of its setting.
pub(super) fn problems(mail: &Mail) -> Vec<String> {
    let mut problems = Vec::new();
    let mut require = |good: bool, problem: &str| {
        if !good {
            problems.push(problem.to_owned());
        }
    };
    let is_address = |text: &str| text.parse::<EmailAddress>().is_ok();
    require(is_address(&mail.from_email), "mail.from_email (SES_FROM_EMAIL) must be an e-mail address");
    require(
        mail.support_address.is_empty() || is_address(&mail.support_address),
        "mail.support_address must be an e-mail address",
    );
    if mail.transport == MailTransport::Outbox {
        return problems;
    }
    let most = MAIL_LIMIT.as_secs();
    require((1..=most).contains(&mail.send_seconds), &format!("mail.send_seconds must be 1 to {most}"));
    require(
        (1..=mail.send_seconds).contains(&mail.connect_seconds),
        "mail.connect_seconds must be 1 to mail.send_seconds",
    );
    require((1..=50).contains(&mail.connections), "mail.connections must be 1 to 50");
    require(mail.port != 0, "mail.port must be the port of the mail server, usually 587 or 465");
    require(
        mail.security != MailSecurity::None || mail.allow_unencrypted || is_this_machine(&mail.host),
        "mail.security must be \"starttls\" or \"tls\"; if the network up to mail.host is yours alone, set \
         mail.allow_unencrypted",
    );
    if mail.transport == MailTransport::Smtp {
        require(!mail.host.is_empty(), "mail.host must be the name of the mail server");
        require(
            mail.user.is_empty() == mail.password.is_empty(),
            "mail.user and mail.password must be set together",
        );
        return problems;
    }
    let (id, secret) = (&mail.aws_access_key_id, &mail.aws_secret_access_key);
    let is_word =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    require(
        is_word(&mail.aws_region),
        "mail.aws_region (AWS_REGION) must be the region of SES, such as eu-central-1",
    );
    require(is_word(id), "mail.aws_access_key_id (AWS_ACCESS_KEY_ID) must be set");
    require(!secret.is_empty(), "mail.aws_secret_access_key (AWS_SECRET_ACCESS_KEY) must be set");
    require(
        !id.starts_with("ASIA"),
        "mail.aws_access_key_id (AWS_ACCESS_KEY_ID) is a temporary key of a role, which SES does not take over SMTP; \
         make an access key for a user who may send",
    );
    problems
}

/// What is worth a remark.
pub(super) fn notes(mail: &Mail, profile: Profile) -> Option<String> {
    let nobody = mail.transport == MailTransport::Outbox && profile == Profile::Production;
    nobody.then(|| "mail.transport is \"outbox\": mails are written to files and reach nobody".to_owned())
}

/// Whether what is sent there leaves this machine.
fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use crate::settings::{Load, load};

    /// What is wrong with these mail settings; empty when nothing is.
    fn problems(settings: &[(&str, &str)]) -> String {
        let named = |(name, value): &(&str, &str)| match name.strip_prefix("AWS") {
            Some(_) => ((*name).to_owned(), (*value).to_owned()),
            None => (format!("DASHTAM__MAIL__{}", name.to_uppercase()), (*value).to_owned()),
        };
        let environment = settings.iter().map(named).collect();
        load(Load { environment, ..Load::default() })
            .map_or_else(|error| format!("{error:#}"), |_| String::new())
    }

    #[test]
    fn each_transport_names_what_it_misses() {
        assert_eq!(problems(&[]), "");
        assert!(problems(&[("transport", "pigeon")]).contains("transport"));
        assert!(problems(&[("transport", "smtp")]).contains("mail.host"));
        assert_eq!(problems(&[("transport", "smtp"), ("host", "mail.example.com")]), "");
        let missing = problems(&[("transport", "ses")]);
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            assert!(missing.contains(name), "{missing}");
        }
        let ses = |id| {
            problems(&[
                ("transport", "ses"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", id),
                ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
            ])
        };
        assert_eq!(ses("AKIAEXAMPLE"), "");
        assert!(ses("ASIAEXAMPLE").contains("temporary"));
    }

    #[test]
    fn values_out_of_range_are_named_and_secrets_are_not_shown() {
        let smtp = [("transport", "smtp"), ("host", "mail.example.com")];
        let with = |name: &'static str, value: &'static str| {
            let mut settings = smtp.to_vec();
            settings.push((name, value));
            problems(&settings)
        };
        for (name, value) in [
            ("send_seconds", "46"),
            ("connect_seconds", "0"),
            ("connect_seconds", "21"),
            ("connections", "0"),
            ("port", "0"),
            ("user", "somebody"),
            ("support_address", "nobody"),
            ("from_email", "nobody"),
            ("security", "hope"),
        ] {
            assert!(with(name, value).contains(name), "{name} {value}: {}", with(name, value));
        }
        assert!(!with("password", "hunter2hunter2").contains("hunter2"));
    }

    #[test]
    fn nothing_goes_unencrypted_through_a_network_unless_that_is_said() {
        let none = |host, allow| {
            problems(&[
                ("transport", "smtp"),
                ("host", host),
                ("security", "none"),
                ("allow_unencrypted", allow),
            ])
        };
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert_eq!(none(host, "false"), "", "{host}");
        }
        for host in ["mail.example.com", "10.0.0.7", "localhost.example.com"] {
            assert!(none(host, "false").contains("mail.security"), "{host}");
            assert_eq!(none(host, "true"), "", "{host}");
        }
    }
}
