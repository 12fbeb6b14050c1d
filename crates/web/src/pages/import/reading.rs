//! How a table is read, as a person says it: a choice for each thing that a column can mean.

use dashtam_api::visit::Fields;
use dashtam_domain::{
    fault::FieldError,
    ledger::{CsvColumn, CsvProfile, statement::TableSample},
};
use serde_json::{Map, Value, json};

/// So many lines of the file stand above the choices.
const LINES: usize = 8;

/// What columns can be chosen for.
const COLUMNS: [(CsvColumn, &str); 9] = [
    (CsvColumn::Day, "Day"),
    (CsvColumn::Amount, "Amount"),
    (CsvColumn::Debit, "Money out, in a column of its own"),
    (CsvColumn::Credit, "Money in, in a column of its own"),
    (CsvColumn::Payee, "Who or what"),
    (CsvColumn::Memo, "More text"),
    (CsvColumn::Balance, "Balance after the row"),
    (CsvColumn::Currency, "Currency of the row"),
    (CsvColumn::Account, "Account"),
];

/// A choice: its name in the form, what it is for, and what can be chosen.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) label: &'static str,
    /// Value, words, and whether it is chosen.
    pub(super) options: Vec<(String, String, bool)>,
}

/// What is shown of how a table is read.
pub(super) struct Reading {
    pub(super) lines: Vec<Vec<String>>,
    pub(super) choices: Vec<Choice>,
    pub(super) currency: String,
}

/// How the form says that the file is read.
pub(super) struct Wanted {
    pub(super) profile: Option<CsvProfile>,
    /// Whether that is something else than what was shown.
    pub(super) is_changed: bool,
}

/// The choices for a file: `layout` is how it is read now, as far as that is known.
pub(super) fn choices(form: &Fields, sample: &TableSample, layout: &Value) -> Reading {
    let mut choices: Vec<Choice> = Vec::new();
    let option = |name: &str, value: &str, words: String| {
        (value.to_owned(), words, !value.is_empty() && form.text(name) == value)
    };
    let has_columns = !sample.lines.is_empty();
    if has_columns {
        let names = sample.lines.get(sample.names).map_or(&[][..], Vec::as_slice);
        for (column, label) in COLUMNS {
            let name = format!("column-{}", column.as_str());
            let now = layout["columns"][column.as_str()].as_str();
            let as_is = now.map_or_else(|| "Not in the file".to_owned(), |now| format!("As found: {now}"));
            let mut options = vec![option(&name, "", as_is)];
            if now.is_some() {
                options.push(option(&name, "none", "Not in the file".to_owned()));
            }
            for (at, called) in names.iter().enumerate() {
                let words = format!("{}: {called}", at + 1);
                options.push(option(&name, &at.to_string(), words));
            }
            choices.push(Choice { name, label, options });
        }
    }
    let mut among = |name: &str, label, now: Option<String>, words: &[(&str, &str)]| {
        let found = words.iter().find(|(value, _)| Some(*value) == now.as_deref());
        let as_is =
            found.map_or_else(|| "As the file shows".to_owned(), |(_, words)| format!("As found: {words}"));
        let others = words.iter().map(|(value, words)| option(name, value, (*words).to_owned()));
        let options = std::iter::once(option(name, "", as_is)).chain(others).collect();
        choices.push(Choice { name: name.to_owned(), label, options });
    };
    let told = |member: &str| layout[member].as_str().map(str::to_owned);
    among(
        "date-order",
        "How dates are written",
        told("date_order"),
        &[("dmy", "Day, month, year"), ("mdy", "Month, day, year"), ("ymd", "Year, month, day")],
    );
    among("decimal", "Decimal mark", told("decimal"), &[(".", "Point: 1,234.50"), (",", "Comma: 1.234,50")]);
    if has_columns {
        let way = layout["invert"].as_bool().map(|invert| if invert { "yes" } else { "no" }.to_owned());
        among(
            "invert",
            "Money you spent is written",
            way,
            &[("no", "With a minus"), ("yes", "Without a minus")],
        );
        let names =
            layout["without_header"].as_bool().map(|without| if without { "no" } else { "yes" }.to_owned());
        among(
            "names",
            "Line with the names of the columns",
            names,
            &[("yes", "There is one"), ("no", "There is none")],
        );
    }
    Reading {
        lines: sample.lines.iter().take(LINES).cloned().collect(),
        choices,
        currency: form.text("currency").to_owned(),
    }
}

/// What the form says, or everything that is wrong with it.
pub(super) fn wanted(form: &Fields, sample: Option<&TableSample>) -> Result<Wanted, Vec<FieldError>> {
    let read = |field: &str| -> Option<Value> { serde_json::from_str(form.text(field)).ok() };
    let requested = read("profile");
    let shown = match read("layout").or_else(|| requested.clone()) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let mut members = shown.clone();
    choose(form, sample, &mut members);
    // A page sends back what was chosen on the one before, too: that is in what it shows already.
    if members != shown {
        let profile = CsvProfile::from_json(&Value::Object(members))?;
        if CsvProfile::from_json(&Value::Object(shown)).as_ref() != Ok(&profile) {
            return Ok(Wanted { profile: Some(profile), is_changed: true });
        }
    }
    let profile = requested.map(|value| CsvProfile::from_json(&value)).transpose()?;
    Ok(Wanted { profile, is_changed: false })
}

/// Puts what was chosen into a profile.
fn choose(form: &Fields, sample: Option<&TableSample>, members: &mut Map<String, Value>) {
    let mut say = |field: &str, member: &str, value: Value| {
        if form.has(field) {
            members.insert(member.to_owned(), value);
        }
    };
    say("date-order", "date_order", json!(form.text("date-order")));
    say("decimal", "decimal", json!(form.text("decimal")));
    say("currency", "currency", json!(form.text("currency").to_uppercase()));
    say("invert", "invert", json!(form.text("invert") == "yes"));
    let mut is_without = members.get("without_header").and_then(Value::as_bool).unwrap_or_default();
    if form.has("names") && is_without != (form.text("names") == "no") {
        is_without = !is_without;
        members.insert("without_header".to_owned(), json!(is_without));
        // They are cells of the line that is not there.
        members.remove("headers");
    }
    let names = sample.and_then(|sample| sample.lines.get(sample.names));
    let mut columns = match members.remove("columns") {
        Some(Value::Object(columns)) => columns,
        _ => Map::new(),
    };
    for (column, _) in COLUMNS {
        let chosen = form.text(&format!("column-{}", column.as_str()));
        if chosen.is_empty() {
            continue;
        }
        let place = chosen.parse::<usize>().ok();
        let called = place.and_then(|at| names?.get(at).map(|name| (at, name)));
        match called {
            Some((at, _)) if is_without => {
                columns.insert(column.as_str().to_owned(), json!((at + 1).to_string()))
            }
            Some((_, name)) => columns.insert(column.as_str().to_owned(), json!(name)),
            None => columns.remove(column.as_str()),
        };
    }
    if !columns.is_empty() {
        members.insert("columns".to_owned(), Value::Object(columns));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> TableSample {
        let line = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        TableSample {
            lines: vec![line(&["When", "What", "How much"]), line(&["1.2.2026", "Rent", "5"])],
            names: 0,
        }
    }

    fn profile(form: &str) -> CsvProfile {
        let wanted = wanted(&Fields::parse(form.as_bytes()), Some(&sample())).unwrap();
        assert!(wanted.is_changed);
        wanted.profile.unwrap()
    }

    #[test]
    fn choices_name_columns_or_count_them() {
        let chosen = "column-day=0&column-amount=2&column-payee=1&date-order=dmy&invert=yes&currency=eur";
        let named = profile(chosen);
        assert_eq!(named.column(CsvColumn::Amount), Some("How much"));
        assert_eq!((named.invert, named.currency.unwrap().as_str()), (Some(true), "EUR"));
        let counted = profile(&format!("{chosen}&names=no"));
        assert_eq!((counted.column(CsvColumn::Day), counted.without_header), (Some("1"), true));
    }

    #[test]
    fn choices_change_what_was_found_and_nothing_else() {
        let layout = r#"{"name":"Bank","columns":{"day":"When","amount":"How much"},"date_order":"dmy"}"#;
        let layout: String = url::form_urlencoded::byte_serialize(layout.as_bytes()).collect();
        let changed = profile(&format!("layout={layout}&decimal=,&column-payee=1"));
        assert_eq!((changed.name.as_str(), changed.decimal), ("Bank", Some(',')));
        assert_eq!(changed.column(CsvColumn::Payee), Some("What"));
        let same = wanted(&Fields::parse(format!("layout={layout}").as_bytes()), Some(&sample())).unwrap();
        assert!(!same.is_changed && same.profile.is_none());
        let chosen = format!("layout={layout}&date-order=dmy&column-day=0&column-amount=2&names=yes");
        assert!(!wanted(&Fields::parse(chosen.as_bytes()), Some(&sample())).unwrap().is_changed, "as shown");
        let broken = wanted(&Fields::parse(b"column-day=0"), Some(&sample()));
        assert_eq!(broken.err().unwrap()[0].field, "profile.columns.amount");
    }
}
