//! The settings in force as TOML, each with what set it.

use std::fmt::Write as _;

use super::{
    Settings,
    layers::{DEFAULTS, Origins, in_order},
};

/// The column in which remarks begin, unless the setting is longer.
const COLUMN: usize = 48;

/// The settings as a file of sections. Secrets show only whether they are set; what is not a default says where it is
/// from.
///
/// # Errors
/// None that settings could cause: TOML has a form for every kind of value there is.
pub(crate) fn as_toml(settings: &Settings, origins: &Origins) -> Result<String, toml::ser::Error> {
    let all = toml::Table::try_from(settings)?;
    let mut text = String::new();
    let mut open = "";
    let mut line = |section: &'static str, key: &str| {
        let path = format!("{section}.{key}");
        let Some(value) = at(&all, &path) else { return };
        if section != open {
            let _ = writeln!(text, "\n[{section}]");
            open = section;
        }
        let setting = format!("{key} = {value}");
        let _ = match origins.get(&path).map_or(DEFAULTS, String::as_str) {
            DEFAULTS => writeln!(text, "{setting}"),
            origin => writeln!(text, "{setting:<COLUMN$} # {origin}"),
        };
    };
    for (section, key) in in_order() {
        line(section, key);
        // Names below this section are the user's own, and no default has any.
        if (section, key) == ("rate_limits", "enabled") {
            for name in settings.rate_limits.rules.keys() {
                line("rate_limits.rules", name);
            }
        }
    }
    Ok(text)
}

fn at<'a>(table: &'a toml::Table, path: &str) -> Option<&'a toml::Value> {
    let mut parts = path.split('.');
    let mut found = table.get(parts.next()?)?;
    for part in parts {
        found = found.get(part)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Load, load_with_origins};

    fn shown(environment: &[(&str, &str)]) -> String {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let loaded = load_with_origins(Load { environment, ..Load::default() }).unwrap();
        as_toml(&loaded.settings, &loaded.origins).unwrap()
    }

    #[test]
    fn every_setting_is_shown_and_what_is_shown_is_toml() {
        let shown = shown(&[("DASHTAM__RATE_LIMITS__RULES__LOGIN", "20/5")]);
        let read: toml::Table = toml::from_str(&shown).unwrap();
        let expected: toml::Table = toml::from_str(include_str!("../../../../config/default.toml")).unwrap();
        for (section, settings) in &expected {
            for key in settings.as_table().unwrap().keys() {
                assert!(read[section].get(key).is_some(), "{section}.{key} is missing:\n{shown}");
            }
        }
        assert_eq!(read["rate_limits"]["rules"]["login"].as_str(), Some("20/5"));
    }

    #[test]
    fn what_is_not_a_default_says_where_it_is_from() {
        let shown = shown(&[
            ("DASHTAM__SERVER__THREADS", "3"),
            ("DATABASE_URL", "postgres://me:hunter2-hunter2@db/x"),
            ("DASHTAM__SECURITY__ENCRYPTION_KEYS", "fernet:hunter2-1,fernet:hunter2-2"),
            ("ENCRYPTION_KEY", "hunter2-3"),
        ]);
        let line = |start: &str| shown.lines().find(|line| line.starts_with(start)).unwrap_or_default();
        assert!(line("threads = 3 ").ends_with("# DASHTAM__SERVER__THREADS"), "{shown}");
        assert!(line("url = \"(hidden)\"").ends_with("# DATABASE_URL"), "{shown}");
        assert!(line("enabled = true").ends_with("true"), "{shown}");
        assert_eq!(line("role = "), "role = \"all\"");
        let keys = line("encryption_keys = ");
        assert_eq!(keys.matches("(hidden)").count(), 3, "{keys}");
        assert!(keys.ends_with("# DASHTAM__SECURITY__ENCRYPTION_KEYS, then ENCRYPTION_KEY"), "{keys}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
