//! Holds every answer of these tests against the OpenAPI document: its status, its media type, its body.

use std::sync::OnceLock;

use actix_web::http::Method;
use serde_json::Value;

use super::Reply;

/// What a schema of an answer may say. A word that is not looked at would hide a fault.
const WORDS: [&str; 15] = [
    "$ref",
    "type",
    "oneOf",
    "allOf",
    "properties",
    "required",
    "items",
    "format",
    "minimum",
    "maximum",
    "description",
    "example",
    "enum",
    "additionalProperties",
    "pattern",
];

/// Fails the test if the document does not tell of this answer.
pub(super) fn assert_told(method: &Method, path: &str, reply: &Reply) {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| serde_json::to_value(dashtam_api::openapi()).unwrap());
    let Some(answers) = answers(document, method, path) else { return };
    let status = reply.status.as_u16();
    let place = format!("{method} {path} {status}");
    let answer = &answers[status.to_string()];
    assert!(answer.is_object(), "{place} is not in the document: {}", reply.text());
    let Some(contents) = answer["content"].as_object() else {
        return assert!(reply.body.is_empty(), "{place} has a body: {}", reply.text());
    };
    let media = reply.header("content-type").unwrap_or_default().split(';').next().unwrap();
    let content = contents.get(media).unwrap_or_else(|| panic!("{place} is {media}"));
    // The archive is many documents, one a line.
    if media.ends_with("/json") || media.ends_with("+json") {
        let body = serde_json::from_slice(&reply.body).unwrap();
        if let Err(wrong) = fits(document, &content["schema"], &body) {
            panic!("{place}: {wrong}\n{body}");
        }
    }
}

/// The answers of the operation that serves this request; none for other methods and paths.
fn answers<'a>(document: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    let parts: Vec<_> = path.split('/').collect();
    let fits = |template: &str| {
        let told: Vec<_> = template.split('/').collect();
        let alike =
            |(told, part): (&&str, &&str)| told == part || (told.starts_with('{') && !part.is_empty());
        told.len() == parts.len() && told.iter().zip(&parts).all(alike)
    };
    let operations = document["paths"].as_object().unwrap().iter();
    let found = operations.filter(|(template, _)| fits(template));
    // A literal segment goes before a parameter in its place.
    let (_, methods) = found.min_by_key(|(template, _)| template.matches('{').count())?;
    methods[method.as_str().to_lowercase()].get("responses")
}

/// Whether a value is as a schema says, or else what is wrong with it.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    for word in schema.as_object().into_iter().flat_map(|schema| schema.keys()) {
        assert!(WORDS.contains(&word.as_str()), "{word} of a schema is not looked at");
    }
    if let Some(reference) = schema["$ref"].as_str() {
        fits(document, document.pointer(reference.trim_start_matches('#')).unwrap(), value)?;
    }
    let list = |word: &str| schema[word].as_array().map_or(&[][..], Vec::as_slice);
    for part in list("allOf") {
        fits(document, part, value)?;
    }
    let one_of = list("oneOf");
    let fitting = one_of.iter().filter(|one| fits(document, one, value).is_ok()).count();
    if !one_of.is_empty() && fitting != 1 {
        return Err(format!("{value} fits {fitting} of {}", schema["oneOf"]));
    }
    let own = &schema["type"];
    let kinds = own.as_array().map_or(std::slice::from_ref(own), Vec::as_slice);
    if !own.is_null() && !kinds.iter().any(|kind| is(value, kind.as_str().unwrap())) {
        return Err(format!("{value} is not of type {own}"));
    }
    if !schema["enum"].is_null() && !list("enum").contains(value) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    let bound = |word: &str| schema[word].as_f64().zip(value.as_f64());
    let is_too_much = bound("maximum").is_some_and(|(most, value)| value > most);
    if is_too_much || bound("minimum").is_some_and(|(least, value)| value < least) {
        return Err(format!("{value} is out of range"));
    }
    if let Some(members) = value.as_object() {
        for name in list("required").iter().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                return Err(format!("{name} is missing"));
            }
        }
        for (name, member) in members {
            let told = &schema["properties"][name];
            fits(document, told, member).map_err(|wrong| format!("{name}: {wrong}"))?;
        }
    }
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    Ok(())
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => panic!("{kind} is no type"),
    }
}
