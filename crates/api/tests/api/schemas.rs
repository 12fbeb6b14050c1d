//! What the document lets pass, and what the rules let pass: null, whole numbers, words and empty parameters.
//! (`tests/openapi` asks the same of the running program, with made-up values of every kind.)

use actix_web::{http::Method, test::TestRequest};
use dashtam_domain::identity::Scope;
use serde_json::{Value, json};

use crate::world::{PASSWORD, Reply, User, World};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn document() -> Value {
    serde_json::to_value(dashtam_api::openapi()).unwrap()
}

/// The schema that is meant, at the end of its references.
fn followed<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(place) => followed(document, document.pointer(place.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

/// Whether a value of this type fits.
fn allows(document: &Value, schema: &Value, kind: &str) -> bool {
    let schema = followed(document, schema);
    let own = &schema["type"];
    let kinds = own.as_array().map_or(std::slice::from_ref(own), Vec::as_slice);
    let either = schema["oneOf"].as_array().into_iter().flatten();
    kinds.contains(&json!(kind)) || either.into_iter().any(|one| allows(document, one, kind))
}

/// Every operation: its method, its path with an id in it, and what is told of it.
fn operations(document: &Value) -> Vec<(Method, String, &Value)> {
    let mut operations = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        let filled: Vec<_> =
            template.split('/').map(|part| if part.starts_with('{') { ID } else { part }).collect();
        for (method, told) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            operations.push((method, filled.join("/"), told));
        }
    }
    assert!(operations.len() > 60, "{}", operations.len());
    operations
}

/// Every member of every body: how it is sent, its name and its schema.
fn members(document: &Value) -> Vec<(Method, String, String, &Value)> {
    let mut members = Vec::new();
    for (method, path, told) in operations(document) {
        let Some(schema) = told.pointer("/requestBody/content/application~1json/schema") else { continue };
        for (name, property) in followed(document, schema)["properties"].as_object().into_iter().flatten() {
            members.push((method.clone(), path.clone(), name.clone(), property));
        }
    }
    assert!(members.len() > 50, "{}", members.len());
    // It ends the session that asks for all the others.
    members.sort_by_key(|(_, path, ..)| path.ends_with("/logout"));
    members
}

/// An administrator, who may call every route.
async fn root(world: &World) -> User<'_> {
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let login = world.login("root@example.com", PASSWORD).await;
    assert_eq!(login.status, 200, "{}", login.text());
    User { world, login: login.json() }
}

async fn send(root: &User<'_>, method: &Method, path: &str, body: Option<&str>) -> Reply {
    let mut request = TestRequest::default().method(method.clone()).uri(path);
    request = request.insert_header(("authorization", format!("Bearer {}", root.token())));
    if let Some(body) = body {
        request = request.insert_header(("content-type", "application/json")).set_payload(body.to_owned());
    }
    root.world.send(request).await
}

/// The codes of what is wrong with this field.
fn wrong_with(reply: &Reply, field: &str) -> Vec<String> {
    let text = reply.text();
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let errors = answer["errors"].as_array().into_iter().flatten();
    let own = errors.filter(|error| error["field"] == field);
    own.map(|error| error["code"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn null_is_taken_where_the_document_says_so_and_nowhere_else() {
    let world = World::new().await;
    let root = root(&world).await;
    let document = document();
    for (method, path, name, schema) in members(&document) {
        let reply = send(&root, &method, &path, Some(&json!({ &name: null }).to_string())).await;
        let wrong = wrong_with(&reply, &name);
        if allows(&document, schema, "null") {
            assert!(!wrong.contains(&"wrong_type".to_owned()), "{method} {path} {name}: {}", reply.text());
        } else {
            assert!(!wrong.is_empty(), "{method} {path} takes null for {name}: {}", reply.text());
        }
    }
    // The parts of a form have no null.
    for (name, part) in document["components"]["schemas"]["UploadForm"]["properties"].as_object().unwrap() {
        assert!(!allows(&document, part, "null"), "{name}");
    }
}

/// JSON Schema knows one sort of number: `17.0` is whole, and some languages write it so.
#[actix_web::test]
async fn whole_numbers_may_be_written_with_a_point() {
    let world = World::new().await;
    let root = root(&world).await;
    let document = document();
    let mut seen = 0;
    for (method, path, name, schema) in members(&document) {
        if !allows(&document, schema, "integer") {
            continue;
        }
        seen += 1;
        let least = schema["minimum"].as_i64().unwrap();
        let body = |number: String| format!("{{\"{name}\": {number}}}");
        let whole = send(&root, &method, &path, Some(&body(format!("{}.0", least.max(15))))).await;
        assert!(wrong_with(&whole, &name).is_empty(), "{method} {path} {name}: {}", whole.text());
        let broken = send(&root, &method, &path, Some(&body(format!("{}.5", least.max(15))))).await;
        assert_eq!(wrong_with(&broken, &name), ["out_of_range"], "{method} {path} {name}");
    }
    assert!(seen >= 7, "{seen}");
}

#[actix_web::test]
async fn an_empty_parameter_is_refused_where_the_document_says_so_and_nowhere_else() {
    let world = World::new().await;
    let root = root(&world).await;
    let document = document();
    let mut taken = Vec::new();
    for (method, path, told) in operations(&document) {
        if told["x-tolerates-unknown-parameters"] == true {
            continue;
        }
        for parameter in told["parameters"].as_array().into_iter().flatten() {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            if parameter["in"] != "query" {
                continue;
            }
            let ruled = ["minLength", "pattern", "format"].iter().any(|rule| !schema[rule].is_null());
            let fits = schema["type"] == "string" && !ruled;
            let reply = send(&root, &method, &format!("{path}?{name}="), None).await;
            assert_eq!(wrong_with(&reply, name).is_empty(), fits, "{method} {path} {name}: {}", reply.text());
            taken.extend(fits.then(|| name.to_owned()));
        }
    }
    taken.dedup();
    assert_eq!(taken, ["cursor"], "the first page");
}

#[test]
fn the_scopes_of_the_document_are_those_there_are() {
    let document = document();
    let told: Vec<&str> = document["components"]["schemas"]["ScopeName"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(told, Scope::ALL.map(Scope::as_str));
}
