//! The whole interface as plain text, without its words: what a change makes different of it is seen by reading the
//! difference of one page.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::openapi;

/// What stands beside a value's type and is a rule of it.
const RULES: [&str; 10] = [
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "minItems",
    "maxItems",
    "uniqueItems",
    "default",
];

/// `docs/http-interface.txt`. `DASHTAM_WRITE_DOCS=1` writes it anew.
#[test]
fn the_interface_in_the_manual_is_what_the_document_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/http-interface.txt");
    let page = page(&serde_json::to_value(openapi()).unwrap());
    if std::env::var("DASHTAM_WRITE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::write(file, &page).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    let first = written.lines().zip(page.lines()).find(|(written, page)| written != page);
    assert!(
        written == page,
        "docs/http-interface.txt is out of date: run this test with DASHTAM_WRITE_DOCS=1 if what clients meet was \
         meant to change. The first line that differs: {first:?}"
    );
}

fn page(document: &Value) -> String {
    let mut page = String::from(
        "The HTTP interface without its words: every operation, then every shape. Written from the OpenAPI document by a\n\
         test of crates/api (DASHTAM_WRITE_DOCS=1), which fails where this page is not what clients meet.\n\
         A question mark: may be left out. The document itself (/openapi.json) says what things mean.\n",
    );
    for (path, methods) in members(&document["paths"]) {
        for (method, operation) in members(methods) {
            let public = operation["security"]
                .as_array()
                .is_some_and(|ways| ways.iter().all(|way| members(way).count() == 0));
            let who = if public { " (public)" } else { "" };
            let _ = writeln!(page, "\n{} {path}{who}", method.to_uppercase());
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let place = parameter["in"].as_str().unwrap_or_default();
                let name = parameter["name"].as_str().unwrap_or_default();
                let _ = writeln!(
                    page,
                    "  {place} {name}{}: {}",
                    optional(parameter["required"] == true),
                    shape(&parameter["schema"])
                );
            }
            for (media, content) in members(&operation["requestBody"]["content"]) {
                let _ = writeln!(page, "  body {media}: {}", shape(&content["schema"]));
            }
            let mut refusals = Vec::new();
            for (status, response) in members(&operation["responses"]) {
                let contents: Vec<_> = members(&response["content"]).collect();
                match contents.as_slice() {
                    [(media, content)]
                        if *media == "application/problem+json" && shape(&content["schema"]) == "Problem" =>
                    {
                        refusals.push(status.as_str());
                    }
                    [] => {
                        let _ = writeln!(page, "  {status}");
                    }
                    contents => {
                        for (media, content) in contents {
                            let _ = writeln!(page, "  {status} {media}: {}", shape(&content["schema"]));
                        }
                    }
                }
            }
            if !refusals.is_empty() {
                let _ = writeln!(page, "  problems {}", refusals.join(" "));
            }
        }
    }
    for (name, schema) in members(&document["components"]["schemas"]) {
        match schema["properties"].as_object() {
            None => {
                let _ = writeln!(page, "\n{name} = {}", shape(schema));
            }
            Some(properties) => {
                let closed = if schema["additionalProperties"] == false { " (nothing else)" } else { "" };
                let _ = writeln!(page, "\n{name}{closed}");
                for (member, value) in properties {
                    let _ =
                        writeln!(page, "  {member}{}: {}", optional(requires(schema, member)), shape(value));
                }
            }
        }
    }
    page
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn optional(required: bool) -> &'static str {
    if required { "" } else { "?" }
}

fn requires(schema: &Value, member: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == member))
}

/// A schema in a line.
fn shape(schema: &Value) -> String {
    let mut said = plain(schema);
    let rules: Vec<String> =
        RULES.iter().filter_map(|rule| schema.get(rule).map(|value| format!("{rule} {value}"))).collect();
    if !rules.is_empty() {
        let _ = write!(said, " ({})", rules.join(", "));
    }
    said
}

fn plain(schema: &Value) -> String {
    let all = |list: &Value, between: &str| {
        let parts: Vec<String> = list.as_array().into_iter().flatten().map(shape).collect();
        parts.join(between)
    };
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return name.to_owned();
    }
    for (several, between) in [("oneOf", " | "), ("anyOf", " | "), ("allOf", " & ")] {
        if schema.get(several).is_some() {
            return all(&schema[several], between);
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    match &schema["type"] {
        Value::Array(kinds) => {
            let one = |kind: &Value| {
                let mut alone = schema.clone();
                alone["type"] = kind.clone();
                plain(&alone)
            };
            kinds.iter().map(one).collect::<Vec<_>>().join(" | ")
        }
        Value::String(kind) if kind == "array" => format!("{}[]", shape(&schema["items"])),
        Value::String(kind) if kind == "object" => {
            let listed = members(&schema["properties"]).map(|(member, value)| {
                format!("{member}{}: {}", optional(requires(schema, member)), shape(value))
            });
            let any = schema.get("additionalProperties").filter(|more| more.is_object());
            let parts: Vec<String> = listed.chain(any.map(|more| format!("*: {}", shape(more)))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        Value::String(kind) if kind == "null" => kind.clone(),
        Value::String(kind) => schema["format"].as_str().unwrap_or(kind).to_owned(),
        _ => "anything".to_owned(),
    }
}
