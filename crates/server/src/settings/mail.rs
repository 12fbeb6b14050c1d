//! The checks of the mail section.

use std::net::IpAddr;

use dashtam_domain::{delivery::MAIL_LIMIT, identity::EmailAddress};
use url::Url;

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
    if mail.transport != MailTransport::SesApi {
        require(mail.port != 0, "mail.port must be the port of the mail server, usually 587 or 465");
        require(
            mail.security != MailSecurity::None || mail.allow_unencrypted || is_this_machine(&mail.host),
            "mail.security must be \"starttls\" or \"tls\"; if the network up to mail.host is yours alone, set \
             mail.allow_unencrypted",
        );
    }
    match mail.transport {
        MailTransport::Outbox => {}
        MailTransport::Smtp => {
            require(!mail.host.is_empty(), "mail.host must be the name of the mail server");
            require(
                mail.user.is_empty() == mail.password.is_empty(),
                "mail.user and mail.password must be set together",
            );
        }
        MailTransport::Ses => {
            require(is_word(&mail.aws_region), REGION);
            require(
                is_word(&mail.aws_access_key_id),
                "mail.aws_access_key_id (AWS_ACCESS_KEY_ID) must be set",
            );
            require(
                !mail.aws_secret_access_key.is_empty(),
                "mail.aws_secret_access_key (AWS_SECRET_ACCESS_KEY) must be set",
            );
            require(
                !is_temporary(mail),
                "mail.aws_access_key_id (AWS_ACCESS_KEY_ID) is a temporary key of a role, which SES does not take \
                 over SMTP; set mail.transport to \"ses-api\", or make an access key for a user who may send",
            );
        }
        MailTransport::SesApi => {
            require(
                cfg!(feature = "ses-api"),
                "mail.transport is \"ses-api\", which this program was built without; build it with \
                 `cargo build --release --bin dashtam --features ses-api`",
            );
            require(is_word(&mail.aws_region), REGION);
            let endpoint = &mail.ses_endpoint;
            require(
                endpoint.is_empty() || Url::parse(endpoint).is_ok(),
                "mail.ses_endpoint must be an address that begins with https://",
            );
            let (id, secret) = (&mail.aws_access_key_id, &mail.aws_secret_access_key);
            require(
                id.is_empty() == secret.is_empty() && (id.is_empty() || is_word(id)),
                "mail.aws_access_key_id (AWS_ACCESS_KEY_ID) and mail.aws_secret_access_key (AWS_SECRET_ACCESS_KEY) \
                 must be set together; leave both empty to use the role of this machine",
            );
            require(
                is_temporary(mail) != mail.aws_session_token.is_empty(),
                "mail.aws_session_token (AWS_SESSION_TOKEN) must be set for a temporary key, and for no other",
            );
        }
    }
    problems
}

const REGION: &str = "mail.aws_region (AWS_REGION) must be the region of SES, such as eu-central-1";

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether the access key is one of a role, which ends within hours.
fn is_temporary(mail: &Mail) -> bool {
    mail.aws_access_key_id.starts_with("ASIA")
}

/// A sentence for the log, if there is something to say about the settings.
pub(super) fn notes(mail: &Mail, profile: Profile) -> Option<String> {
    let note = match mail.transport {
        MailTransport::Outbox if profile == Profile::Production => {
            "mail.transport is \"outbox\": mails are written to files and reach nobody"
        }
        MailTransport::SesApi if is_temporary(mail) => {
            "mail.aws_access_key_id (AWS_ACCESS_KEY_ID) is a temporary key and cannot be renewed: mails stop when it \
             ends; leave it empty to use the role of this machine"
        }
        _ => return None,
    };
    Some(note.to_owned())
}

/// Whether the host is this machine, so that nothing leaves it.
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
        let temporary = ses("ASIAEXAMPLE");
        assert!(temporary.contains("temporary") && temporary.contains("ses-api"), "{temporary}");
    }

    #[test]
    fn without_its_feature_the_api_of_ses_is_refused_with_the_way_to_get_it() {
        let refused = problems(&[("transport", "ses-api"), ("AWS_REGION", "eu-central-1")]);
        let expected = if cfg!(feature = "ses-api") { "" } else { "--features ses-api" };
        assert!(refused.contains(expected) && refused.is_empty() == expected.is_empty(), "{refused}");
    }

    #[test]
    fn the_api_of_ses_takes_the_role_of_the_machine_or_a_whole_key() {
        let ses = |more: &[(&str, &str)]| {
            let mut settings = vec![("transport", "ses-api"), ("AWS_REGION", "eu-central-1")];
            settings.extend(more);
            problems(&settings).lines().filter(|line| !line.contains("--features")).collect::<String>()
        };
        let (id, role) = (("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"));
        let (secret, token) =
            (("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"), ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2Vj"));
        for right in [&[][..], &[id, secret], &[role, secret, token]] {
            assert!(!ses(right).contains("mail."), "{right:?}: {}", ses(right));
        }
        for (wrong, named) in [
            (&[id][..], "AWS_SECRET_ACCESS_KEY"),
            (&[secret], "AWS_ACCESS_KEY_ID"),
            (&[role, secret], "AWS_SESSION_TOKEN"),
            (&[id, secret, token], "AWS_SESSION_TOKEN"),
            (&[token], "AWS_SESSION_TOKEN"),
            (&[("AWS_REGION", "eu central")], "AWS_REGION"),
            (&[("ses_endpoint", "email.eu-central-1.amazonaws.com")], "mail.ses_endpoint"),
        ] {
            let said = ses(wrong);
            assert!(said.contains(named) && !said.contains("wJalr") && !said.contains("IQoJ"), "{said}");
        }
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
