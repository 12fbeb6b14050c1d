//! Makes the document say what holds on every route, so that no route has to say it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use utoipa::{
    Modify,
    openapi::{
        Object, OpenApi, RefOr, Required, Response, Schema,
        path::{Operation, ParameterIn},
        request_body::RequestBody,
        schema::{AdditionalProperties, Array, ArrayItems, SchemaType, Type},
    },
};

use super::problem;
use crate::endpoint::operations;

const SCHEMAS: &str = "#/components/schemas/";

/// Completes every operation: bodies have no members but those they tell of, parameters are never null, whatever a
/// request has that its route does not take is a 422, every answer is described, and what may be null in it is there.
pub(crate) struct Strict;

impl Modify for Strict {
    fn modify(&self, document: &mut OpenApi) {
        let schemas = document.components.as_ref().map(|components| &components.schemas);
        let told: BTreeMap<String, String> = schemas
            .into_iter()
            .flatten()
            .filter_map(|(name, schema)| Some((name.clone(), first_line(description(schema)?))))
            .collect();
        let mut bodies = BTreeSet::new();
        for (_, operation) in document.paths.paths.values_mut().flat_map(operations) {
            let (status, refusal) = problem(422);
            operation.responses.responses.entry(status).or_insert(refusal);
            parameters(operation);
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                bodies.extend(close(body));
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    describe(status, response, &told);
                }
            }
        }
        let Some(components) = &mut document.components else { return };
        let asked = reached(&components.schemas, &bodies);
        for (_, answer) in components.schemas.iter_mut().filter(|(name, _)| !asked.contains(*name)) {
            tell_nulls(answer);
        }
        for name in bodies {
            if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(&name)
                && object.additional_properties.is_none()
            {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
}

/// These shapes, what they name, and what that names in turn.
fn reached(schemas: &BTreeMap<String, RefOr<Schema>>, from: &BTreeSet<String>) -> BTreeSet<String> {
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                let target = members.get("$ref").and_then(Value::as_str);
                found.extend(target.and_then(|target| target.strip_prefix(SCHEMAS)).map(str::to_owned));
                members.values().for_each(|value| names(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| names(value, found)),
            _ => {}
        }
    }
    let (mut seen, mut open) = (BTreeSet::new(), from.iter().cloned().collect::<Vec<_>>());
    while let Some(name) = open.pop() {
        let schema = schemas.get(&name).and_then(|schema| serde_json::to_value(schema).ok());
        if let (Some(schema), true) = (schema, seen.insert(name)) {
            names(&schema, &mut open);
        }
    }
    seen
}

/// A parameter of a query is there or not, and never null.
fn parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let loose = matches!(parameter.parameter_in, ParameterIn::Query | ParameterIn::Header);
        if let (true, Some(RefOr::T(Schema::Object(object)))) = (loose, &mut parameter.schema)
            && let SchemaType::Array(types) = &object.schema_type
            && let [kind] = types.iter().filter(|kind| **kind != Type::Null).collect::<Vec<_>>()[..]
        {
            object.schema_type = SchemaType::Type(kind.clone());
        }
    }
}

/// Says that a body is an object, and whether it may be left out. The names of its schemas.
fn close(body: &mut RequestBody) -> Vec<String> {
    let mut names = Vec::new();
    let mut optional = false;
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        if let Some(RefOr::T(Schema::OneOf(one_of))) = &content.schema {
            let object = one_of.items.iter().find(|item| matches!(item, RefOr::Ref(_))).cloned();
            optional = true;
            content.schema = object.or_else(|| content.schema.take());
        }
        if let Some(RefOr::Ref(reference)) = &content.schema {
            names.extend(reference.ref_location.strip_prefix(SCHEMAS).map(str::to_owned));
        }
    }
    body.required = Some(if optional { Required::False } else { Required::True });
    names
}

/// Describes an answer by what it holds, unless its route did.
fn describe(status: &str, response: &mut Response, told: &BTreeMap<String, String>) {
    if !response.description.is_empty() {
        return;
    }
    let schema = response.content.values().find_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    let held = match schema {
        Some(RefOr::Ref(reference)) => {
            reference.ref_location.strip_prefix(SCHEMAS).and_then(|name| told.get(name)).cloned()
        }
        Some(RefOr::T(Schema::Array(_))) => Some("All there are.".to_owned()),
        _ => None,
    };
    response.description = held.unwrap_or_else(|| {
        let fixed = match status {
            "202" => "It was taken and is done in the background.",
            "307" => "Where to go on.",
            _ => "It was done.",
        };
        fixed.to_owned()
    });
}

/// What an answer may have null for it always has: no client has to tell null from missing.
fn tell_nulls(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            for (name, property) in &mut object.properties {
                tell_nulls(property);
                if may_be_null(property) && !object.required.contains(name) {
                    object.required.push(name.clone());
                }
            }
        }
        RefOr::T(Schema::Array(array)) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                tell_nulls(items);
            }
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(tell_nulls),
        RefOr::T(Schema::OneOf(one)) => one.items.iter_mut().for_each(tell_nulls),
        _ => {}
    }
}

fn may_be_null(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(Object { schema_type, .. }) | Schema::Array(Array { schema_type, .. })) => {
            match schema_type {
                SchemaType::Array(types) => types.contains(&Type::Null),
                SchemaType::Type(kind) => *kind == Type::Null,
                SchemaType::AnyValue => false,
            }
        }
        RefOr::T(Schema::OneOf(one)) => one.items.iter().any(may_be_null),
        _ => false,
    }
}

fn description(schema: &RefOr<Schema>) -> Option<&str> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.description.as_deref(),
        RefOr::T(Schema::AllOf(all)) => all.description.as_deref(),
        RefOr::T(Schema::OneOf(one)) => one.description.as_deref(),
        _ => None,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
