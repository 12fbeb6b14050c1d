//! What is asked of the settings for Enable Banking.

use dashtam_provider_enable_banking::Bank;

use super::sections::EnableBanking;

/// Everything that is wrong, each with the name of its setting.
pub(super) fn problems(settings: &EnableBanking) -> Vec<String> {
    let EnableBanking { application_id, private_key, private_key_file, banks, base_url, .. } = settings;
    let mut problems = Vec::new();
    let mut require = |good: bool, problem: &str| {
        if !good {
            problems.push(problem.to_owned());
        }
    };
    let has_file = !private_key_file.as_os_str().is_empty();
    let is_on = !application_id.is_empty();
    require(
        !has_file || private_key.is_empty(),
        "enable_banking.private_key and enable_banking.private_key_file must not both be set",
    );
    require(
        is_on == (has_file || !private_key.is_empty()),
        "enable_banking.application_id and enable_banking.private_key_file must be set together",
    );
    require(!is_on || !base_url.is_empty(), "enable_banking.base_url must not be empty");
    require(
        is_on != banks.is_empty(),
        "enable_banking.banks must name the banks that can be linked, such as FI:Nordea, and nothing without \
         enable_banking.application_id",
    );
    let mut keys = Vec::new();
    for (entry, place) in banks.iter().zip(1..) {
        let key = entry
            .parse::<Bank>()
            .map_err(|error| error.to_string())
            .and_then(|bank| bank.key().map_err(|_| "makes no key".to_owned()));
        match key {
            Ok(key) if keys.contains(&key) => {
                require(false, &format!("enable_banking.banks, entry {place}, names a bank a second time"));
            }
            Ok(key) => keys.push(key),
            Err(error) => require(false, &format!("enable_banking.banks, entry {place}, {error}")),
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use dashtam_domain::secret::SecretText;

    use super::*;
    use crate::settings::{PsuType, secret::Secret};

    fn settings() -> EnableBanking {
        EnableBanking {
            application_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".to_owned(),
            private_key: Secret(SecretText::new("")),
            private_key_file: PathBuf::from("application.pem"),
            banks: vec!["FI:Nordea".to_owned(), "DE:Sparkasse, Nord".to_owned()],
            psu_type: PsuType::Personal,
            redirect_uri: String::new(),
            base_url: "https://api.enablebanking.com".to_owned(),
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(problems(&settings()).is_empty());
        let off = EnableBanking {
            application_id: String::new(),
            private_key_file: PathBuf::new(),
            banks: Vec::new(),
            ..settings()
        };
        assert!(problems(&off).is_empty());
        let one = |wrong: EnableBanking, setting: &str| {
            let problems = problems(&wrong);
            assert!(problems.len() == 1 && problems[0].starts_with(setting), "{setting}: {problems:?}");
        };
        let key = Secret(SecretText::new("a key"));
        one(EnableBanking { private_key: key, ..settings() }, "enable_banking.private_key ");
        one(
            EnableBanking { private_key_file: PathBuf::new(), ..settings() },
            "enable_banking.application_id",
        );
        one(EnableBanking { base_url: String::new(), ..settings() }, "enable_banking.base_url");
        one(EnableBanking { banks: Vec::new(), ..settings() }, "enable_banking.banks");
        let banks = vec!["FI:Nordea".to_owned(), "Nordea".to_owned()];
        one(EnableBanking { banks, ..settings() }, "enable_banking.banks, entry 2");
        let banks = vec!["FI:Nordea".to_owned(), "FI: nordea ".to_owned()];
        one(EnableBanking { banks, ..settings() }, "enable_banking.banks, entry 2");
        one(EnableBanking { banks: vec!["FI:Nordea".to_owned()], ..off }, "enable_banking.banks must");
    }
}
