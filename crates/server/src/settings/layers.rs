//! The layers of the configuration: what each of them sets, and which one decided a setting.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, anyhow};
use config::{Config, ConfigError, File, FileFormat, Source, Value, ValueKind};

use super::{
    aliases::{ALIASES, Alias},
    load::{Load, Profile},
    unknown::{Known, variables_that_miss_their_name},
};

const DEFAULT: &str = include_str!("../../../../config/default.toml");
const DEVELOPMENT: &str = include_str!("../../../../config/development.toml");
const PRODUCTION: &str = include_str!("../../../../config/production.toml");

/// The origin of a setting that nobody changed.
pub(crate) const DEFAULTS: &str = "default";

/// For each `section.key`, what set it: [`DEFAULTS`], a file, a variable or an option of the command.
pub(crate) type Origins = BTreeMap<String, String>;

/// All layers of the configuration, one over the other.
pub(super) struct Layered {
    /// The settings that they come to.
    pub(super) config: Config,
    pub(super) origins: Origins,
    /// The value of `ENCRYPTION_KEY`, which becomes the last key of the ring.
    pub(super) reference_key: Option<String>,
    /// Names that are no settings, each with the nearest one.
    pub(super) unknown: Vec<String>,
}

/// Reads the layers in their order; the later ones win.
pub(super) fn read(from: Load, profile: Profile) -> Result<Layered> {
    let defaults = leaves(&File::from_str(DEFAULT, FileFormat::Toml).collect()?);
    let known = Known::new(defaults.keys().cloned());
    // A setting whose default is a list is one.
    let is_list =
        |key: &str| defaults.get(key).is_some_and(|value| matches!(value.kind, ValueKind::Array(_)));
    let mut layers =
        Layers { builder: Some(Config::builder()), origins: Origins::new(), unknown: Vec::new() };
    layers.file(&known, DEFAULTS, DEFAULT)?;
    match profile {
        Profile::Development => layers.file(&known, "development profile", DEVELOPMENT)?,
        Profile::Production => layers.file(&known, "production profile", PRODUCTION)?,
    }
    if let Some(file) = &from.file {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("the configuration file {} cannot be read", file.display()))?;
        is_toml(file, &text)?;
        layers.file(&known, &file.display().to_string(), &text)?;
    }
    let mut reference_key = None;
    for (name, alias) in &ALIASES {
        let Some(value) = from.environment.get(*name).filter(|value| !value.is_empty()) else { continue };
        match alias {
            Alias::Setting(key) => layers.one(&known, name, key, value.as_str())?,
            Alias::ReferenceKey => {
                reference_key = Some(value.clone());
                layers.origins.insert("security.encryption_keys".to_owned(), (*name).to_owned());
            }
        }
    }
    for (name, value) in &from.environment {
        let Some(key) = name.strip_prefix("DASHTAM__") else { continue };
        let key = key.replace("__", ".").to_ascii_lowercase();
        if is_list(&key) {
            let items: Vec<&str> = value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
            layers.one(&known, name, &key, items)?;
            // The variable and ENCRYPTION_KEY make one list.
            if let (Some(_), "security.encryption_keys") = (&reference_key, key.as_str()) {
                layers.origins.insert(key, format!("{name}, then ENCRYPTION_KEY"));
            }
        } else {
            layers.one(&known, name, &key, value.as_str())?;
        }
    }
    layers.unknown.extend(variables_that_miss_their_name(&known, from.environment.keys()));
    for (key, value) in from.overrides {
        let option = format!("--{}", key.rsplit('.').next().unwrap_or(key).replace('_', "-"));
        // The directory is the one option whose name says more than its setting's.
        let option = if key == "data.dir" { "--data-dir".to_owned() } else { option };
        layers.one(&known, &option, key, value)?;
    }
    let Layers { builder, origins, unknown } = layers;
    let config = builder.unwrap_or_default().build()?;
    Ok(Layered { config, origins, reference_key, unknown })
}

struct Layers {
    /// The builder of the library. It is missing only while a call changes it, because its methods take it by value.
    builder: Option<config::ConfigBuilder<config::builder::DefaultState>>,
    origins: Origins,
    unknown: Vec<String>,
}

impl Layers {
    fn file(&mut self, known: &Known, origin: &str, text: &str) -> Result<()> {
        let source = File::from_str(text, FileFormat::Toml);
        for key in leaves(&source.collect()?).into_keys() {
            self.unknown.extend(known.complaint(origin, &key));
            self.origins.insert(key, origin.to_owned());
        }
        self.builder = self.builder.take().map(|builder| builder.add_source(source));
        Ok(())
    }

    /// One setting. An unknown one is noted and left out: a name that is no path would fail in the library, and its
    /// message would say less.
    fn one(&mut self, known: &Known, origin: &str, key: &str, value: impl Into<Value>) -> Result<()> {
        if let Some(complaint) = known.complaint(origin, key) {
            self.unknown.push(complaint);
            return Ok(());
        }
        let builder = self.builder.take().unwrap_or_default();
        self.builder = Some(builder.set_override(key, value)?);
        self.origins.insert(key.to_owned(), origin.to_owned());
        Ok(())
    }
}

/// Complains about a file that is no TOML without quoting it, because a line of it may hold a secret.
fn is_toml(file: &Path, text: &str) -> Result<()> {
    let Err(error) = toml::from_str::<toml::Table>(text) else { return Ok(()) };
    let end = error.span().map_or(0, |span| span.start).min(text.len());
    let line = text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1;
    Err(anyhow!("the configuration file {} is not TOML: line {line}: {}", file.display(), error.message()))
}

/// The names of all single settings.
fn leaves(sections: &config::Map<String, Value>) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut open: Vec<(String, &Value)> = sections.iter().map(|(key, value)| (key.clone(), value)).collect();
    while let Some((key, value)) = open.pop() {
        match &value.kind {
            ValueKind::Table(table) => {
                open.extend(table.iter().map(|(inner, value)| (format!("{key}.{inner}"), value)));
            }
            _ => drop(found.insert(key, value.clone())),
        }
    }
    found
}

/// The library's message without the rejected value, which may be a secret, and with who set it.
pub(super) fn without_values(error: &ConfigError, origins: &Origins) -> String {
    let (key, what) = match error {
        ConfigError::Type { key: Some(key), expected, .. } => (key, format!("must be {expected}")),
        ConfigError::At { error, key: Some(key), .. } => match choices(key) {
            Some(choices) => (key, format!("must be one of {choices}")),
            None => (key, without_values(error, origins)),
        },
        other => return other.to_string(),
    };
    // An item of a list is named with its place.
    let setting = key.split('[').next().unwrap_or_default();
    match origins.get(setting) {
        Some(origin) => format!("{key} (set by {origin}): {what}"),
        None => format!("{key}: {what}"),
    }
}

/// What may stand for a setting that is a choice; the library names the rejected word instead.
fn choices(key: &str) -> Option<&'static str> {
    Some(match key {
        "server.role" => "\"all\", \"api\" and \"worker\"",
        "tokens.algorithm" => "\"HS256\" and \"RS256\"",
        "registration.mode" => "\"open\", \"invitation\" and \"closed\"",
        "mail.transport" => "\"outbox\", \"smtp\", \"ses\" and \"ses-api\"",
        "mail.security" => "\"starttls\", \"tls\" and \"none\"",
        "log.format" => "\"text\" and \"json\"",
        _ => return None,
    })
}

/// Every setting, in the order in which `config/default.toml` explains them.
pub(crate) fn in_order() -> Vec<(&'static str, &'static str)> {
    let (mut found, mut section) = (Vec::new(), "");
    for line in DEFAULT.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            found.push((section, key));
        }
    }
    found
}
