//! The figures: as a table for people and as JSON for programs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, TableComponent, presets::UTF8_HORIZONTAL_ONLY};
use dashtam_domain::time::Timestamp;
use serde_json::{Value, json};

use crate::{cli::Part, engine::Engine};

/// A number with its unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantity {
    value: f64,
    unit: &'static str,
}

impl Quantity {
    /// A number of requests in a second.
    pub(crate) fn rate(value: f64) -> Self {
        Self { value, unit: "req/s" }
    }

    /// A number of rows in a second.
    pub(crate) fn rows(value: f64) -> Self {
        Self { value, unit: "rows/s" }
    }

    /// A number of milliseconds.
    pub(crate) fn millis(value: f64) -> Self {
        Self { value, unit: "ms" }
    }

    /// A number of mebibytes.
    pub(crate) fn mib(value: f64) -> Self {
        Self { value, unit: "MiB" }
    }

    /// A part of all, from 0 to 1.
    pub(crate) fn share(value: f64) -> Self {
        Self { value, unit: "of 1" }
    }

    /// A number of answers.
    pub(crate) fn answers(value: f64) -> Self {
        Self { value, unit: "answers" }
    }

    fn shown(self) -> String {
        let Self { value, unit } = self;
        let digits = match value.abs() {
            v if v >= 100.0 => 0,
            v if v >= 10.0 => 1,
            v if v >= 1.0 => 2,
            _ => 3,
        };
        let plain = format!("{value:.digits$}");
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) && digit.is_ascii_digit() {
                grouped.push('\u{202f}');
            }
            grouped.push(digit);
        }
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{grouped}{point}{fraction} {unit}")
    }
}

/// The value that a figure has to reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// The ratio to the reference is at least this.
    RatioAtLeast(f64),
    /// The ratio to the reference is at most this.
    RatioAtMost(f64),
    /// The value itself is at least this.
    AtLeast(f64),
    /// The value itself is at most this.
    AtMost(f64),
}

impl Target {
    fn shown(self) -> String {
        let (words, bound) = match self {
            Self::RatioAtLeast(bound) => ("ratio ≥", bound),
            Self::RatioAtMost(bound) => ("ratio ≤", bound),
            Self::AtLeast(bound) => ("≥", bound),
            Self::AtMost(bound) => ("≤", bound),
        };
        format!("{words} {}", (bound * 100.0).round() / 100.0)
    }
}

/// One line of the report.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    part: Part,
    engine: Option<Engine>,
    name: String,
    ours: Quantity,
    reference: Option<(String, Quantity)>,
    ratio: Option<f64>,
    target: Option<Target>,
    details: Value,
}

impl Figure {
    /// A figure without a reference and without a target.
    pub(crate) fn new(part: Part, engine: Option<Engine>, name: impl Into<String>, ours: Quantity) -> Self {
        let name = name.into();
        Self { part, engine, name, ours, reference: None, ratio: None, target: None, details: Value::Null }
    }

    /// Stands it beside a reference, with the ratio found round by round.
    #[must_use]
    pub(crate) fn beside(mut self, what: impl Into<String>, reference: Quantity, ratio: f64) -> Self {
        self.reference = Some((what.into(), reference));
        self.ratio = Some(ratio);
        self
    }

    /// Sets what the figure has to reach.
    #[must_use]
    pub(crate) fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// Adds details that only the JSON file shows.
    #[must_use]
    pub(crate) fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    fn reached(&self) -> Option<bool> {
        Some(match self.target? {
            Target::RatioAtLeast(bound) => self.ratio? >= bound,
            Target::RatioAtMost(bound) => self.ratio? <= bound,
            Target::AtLeast(bound) => self.ours.value >= bound,
            Target::AtMost(bound) => self.ours.value <= bound,
        })
    }

    fn engine_name(&self) -> &'static str {
        self.engine.map_or("–", Engine::name)
    }

    fn json(&self) -> Value {
        json!({
            "part": self.part.name(),
            "engine": self.engine.map(Engine::name),
            "name": self.name,
            "value": self.ours.value,
            "unit": self.ours.unit,
            "reference": self.reference.as_ref().map(|(what, quantity)| json!({
                "name": what, "value": quantity.value, "unit": quantity.unit,
            })),
            "ratio": self.ratio,
            "target": self.target.map(Target::shown),
            "reached": self.reached(),
            "details": self.details,
        })
    }
}

/// All figures of a run.
#[derive(Debug)]
pub(crate) struct Report {
    begun: Timestamp,
    quick: bool,
    logged: bool,
    figures: Vec<Figure>,
    skipped: Vec<String>,
}

impl Report {
    /// A report without figures.
    pub(crate) fn new(begun: Timestamp, quick: bool, logged: bool) -> Self {
        Self { begun, quick, logged, figures: Vec::new(), skipped: Vec::new() }
    }

    /// Adds figures.
    pub(crate) fn add(&mut self, figures: impl IntoIterator<Item = Figure>) {
        for figure in figures {
            crate::tell(&format!("  {} · {}: {}", figure.engine_name(), figure.name, figure.ours.shown()));
            self.figures.push(figure);
        }
    }

    /// Notes what could not be measured.
    pub(crate) fn skip(&mut self, why: String) {
        crate::tell(&format!("  left out: {why}"));
        self.skipped.push(why);
    }

    /// The report as a table, for people.
    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_preset(UTF8_HORIZONTAL_ONLY);
        for line in [TableComponent::HorizontalLines, TableComponent::MiddleIntersections] {
            table.remove_style(line);
        }
        table.set_header(["Figure", "Engine", "Ours", "Reference", "Ratio", "Target", "Reached"]);
        for figure in &self.figures {
            let reference = figure.reference.as_ref();
            table.add_row([
                figure.name.clone(),
                figure.engine_name().to_owned(),
                figure.ours.shown(),
                reference.map(|(what, quantity)| format!("{what} {}", quantity.shown())).unwrap_or_default(),
                figure.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
                figure.target.map(Target::shown).unwrap_or_default(),
                figure
                    .reached()
                    .map(|reached| if reached { "yes" } else { "NO" })
                    .unwrap_or_default()
                    .to_owned(),
            ]);
        }
        for column in [2, 3, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let skipped = self.skipped.iter().map(|why| format!("\nLeft out: {why}")).collect::<String>();
        let quick =
            if self.quick { "\nA quick run: small data, short rounds, nothing to judge by." } else { "" };
        format!("{table}{skipped}{quick}")
    }

    /// Writes the JSON file.
    pub(crate) fn write(&self, folder: &Path) -> Result<PathBuf> {
        let content = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "begun": self.begun.to_string(),
            "quick": self.quick,
            "logged": self.logged,
            "release": !cfg!(debug_assertions),
            "processors": std::thread::available_parallelism().map_or(1, usize::from),
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
            "skipped": self.skipped,
        });
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let name = self.begun.as_chrono().format("%Y-%m-%dT%H%M%SZ.json").to_string();
        let file = folder.join(name);
        fs::write(&file, format!("{content:#}\n"))
            .with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_grouped_and_rounded() {
        assert_eq!(Quantity::rate(1_234_567.8).shown(), "1\u{202f}234\u{202f}568 req/s");
        assert_eq!(Quantity::millis(12.345).shown(), "12.3 ms");
        assert_eq!(Quantity::millis(0.1234).shown(), "0.123 ms");
        assert_eq!(Quantity::mib(123.0).shown(), "123 MiB");
    }

    #[test]
    fn a_target_is_judged_by_ratio_or_value() {
        let figure = Figure::new(Part::Reads, None, "x", Quantity::rate(70.0));
        assert_eq!(figure.reached(), None);
        let beside = figure.clone().beside("bare", Quantity::rate(100.0), 0.7);
        assert_eq!(beside.clone().target(Target::RatioAtLeast(0.7)).reached(), Some(true));
        assert_eq!(beside.target(Target::RatioAtMost(0.6)).reached(), Some(false));
        assert_eq!(figure.clone().target(Target::AtMost(60.0)).reached(), Some(false));
        assert_eq!(figure.target(Target::AtLeast(60.0)).reached(), Some(true));
    }
}
