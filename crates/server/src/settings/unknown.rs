//! Names that are no settings, told with the setting that was probably meant.

use strsim::normalized_damerau_levenshtein as likeness;

/// An unknown setting that is at least this similar to a known one is taken for a misspelling of it.
const ALIKE: f64 = 0.6;
/// A variable that only begins like ours has to be at least this similar, because some are for other programs.
const VERY_ALIKE: f64 = 0.8;

/// Below this name, operators choose the names themselves.
const FREE: &str = "rate_limits.rules.";

/// All settings that there are, as `section.key`.
pub(super) struct Known(Vec<String>);

impl Known {
    pub(super) fn new(keys: impl Iterator<Item = String>) -> Self {
        Self(keys.collect())
    }

    /// What to say about a name if there is no such setting.
    pub(super) fn complaint(&self, origin: &str, key: &str) -> Option<String> {
        if key.starts_with(FREE) || self.0.iter().any(|known| known == key) {
            return None;
        }
        let what = match origin.strip_prefix("DASHTAM__") {
            Some(_) => format!("{origin} ({key}) names no setting"),
            None => format!("{key}, set by {origin}, is no setting"),
        };
        let inside = format!("{key}.");
        if self.0.iter().any(|known| known.starts_with(&inside)) {
            return Some(format!("{what}: {key} is a section"));
        }
        let Some(meant) = self.nearest(key) else {
            return Some(format!("{what}; `dashtam config check` lists them"));
        };
        Some(match origin.strip_prefix("DASHTAM__") {
            Some(_) => format!("{what}; did you mean {} ({meant})?", variable(meant)),
            None => format!("{what}; did you mean {meant}?"),
        })
    }

    /// The setting whose name is most like this one; for a name without a section, by the last part alone.
    fn nearest(&self, key: &str) -> Option<&str> {
        let key = key.replace('-', "_");
        let alike = |known: &str| match (key.contains('.'), known.rsplit('.').next()) {
            (false, Some(last)) => likeness(&key, last).max(likeness(&key, known)),
            _ => likeness(&key, known),
        };
        let scored = self.0.iter().map(|known| (alike(known), known.as_str()));
        let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other));
        best.filter(|(alike, _)| *alike >= ALIKE).map(|(_, known)| known)
    }
}

/// The name of a setting in the environment.
fn variable(key: &str) -> String {
    format!("DASHTAM__{}", key.replace('.', "__").to_ascii_uppercase())
}

/// Complaints about variables that would be passed over because their name only resembles one of ours: a letter
/// astray in `DASHTAM_PROFILE` would make a production server one of the development profile, without a word.
pub(super) fn variables_that_miss_their_name<'a>(
    known: &Known,
    names: impl Iterator<Item = &'a String>,
) -> Vec<String> {
    const PROFILE: &str = "DASHTAM_PROFILE";
    let flat: Vec<(String, String)> =
        known.0.iter().map(|key| (key.replace('.', "_"), variable(key))).collect();
    let mut found = Vec::new();
    for name in names {
        let upper = name.to_ascii_uppercase();
        let Some(rest) = upper.strip_prefix("DASHTAM_") else { continue };
        if name == PROFILE || name.starts_with("DASHTAM__") {
            continue;
        }
        let rest = rest.trim_start_matches('_').replace("__", "_").to_ascii_lowercase();
        let settings = flat.iter().map(|(flat, variable)| (likeness(&rest, flat), variable.as_str()));
        let all = settings.chain([(likeness(&rest, "profile"), PROFILE)]);
        let best = all.max_by(|(one, _), (other, _)| one.total_cmp(other));
        if let Some((alike, meant)) = best.filter(|(alike, _)| *alike >= VERY_ALIKE) {
            let certain = if alike >= 1.0 { "is written" } else { "is no setting; did you mean" };
            let mark = if alike >= 1.0 { "" } else { "?" };
            found.push(format!("{name} {certain} {meant}{mark}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let keys = ["server.listen", "server.public_url", "data.dir", "mail.host", "rate_limits.enabled"];
        Known::new(keys.into_iter().map(str::to_owned))
    }

    #[test]
    fn the_nearest_setting_is_named_in_the_words_of_its_source() {
        for (origin, key, meant) in [
            ("own.toml", "server.listne", "did you mean server.listen?"),
            ("own.toml", "server.public-url", "did you mean server.public_url?"),
            ("own.toml", "public_url", "did you mean server.public_url?"),
            (
                "DASHTAM__SERVER__LISTNE",
                "server.listne",
                "did you mean DASHTAM__SERVER__LISTEN (server.listen)?",
            ),
            ("own.toml", "server", "server is a section"),
            ("own.toml", "colour.of.the.roof", "`dashtam config check` lists them"),
        ] {
            let said = known().complaint(origin, key).unwrap();
            assert!(said.ends_with(meant) && said.contains(origin), "{said}");
        }
        for key in ["server.listen", "rate_limits.rules.login"] {
            assert_eq!(known().complaint("own.toml", key), None);
        }
    }

    #[test]
    fn variables_that_only_resemble_ours_are_told_and_those_of_others_are_not() {
        let complaints = |name: &str| variables_that_miss_their_name(&known(), [name.to_owned()].iter());
        for (name, meant) in [
            ("DASHTAM_PROFIL", "did you mean DASHTAM_PROFILE?"),
            ("dashtam_profile", "is written DASHTAM_PROFILE"),
            ("DASHTAM_SERVER_PUBLIC_URL", "is written DASHTAM__SERVER__PUBLIC_URL"),
            ("DASHTAM_SERVER__LISTEN", "is written DASHTAM__SERVER__LISTEN"),
            ("dashtam__server__listen", "is written DASHTAM__SERVER__LISTEN"),
            ("DASHTAM_DATA_DIR", "is written DASHTAM__DATA__DIR"),
        ] {
            let said = complaints(name).join("\n");
            assert!(said.ends_with(meant) && said.starts_with(name), "{name}: {said}");
        }
        for other in [
            "DASHTAM_HOST",
            "DASHTAM_IMAGE",
            "DASHTAM_FAILPOINT",
            "DASHTAM_SAMPLES",
            "DASHTAM__SERVER__LISTEN",
        ] {
            assert_eq!(complaints(other), [""; 0], "{other}");
        }
    }
}
