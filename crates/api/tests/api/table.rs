//! The OpenAPI document against the application. (That each route is in the document is tested beside the table.)

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{http::Method, test::TestRequest};
use serde_json::Value;

use crate::world::World;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn document() -> Value {
    serde_json::to_value(dashtam_api::openapi()).unwrap()
}

fn operations(document: &Value) -> BTreeMap<String, BTreeMap<String, Value>> {
    serde_json::from_value(document["paths"].clone()).unwrap()
}

#[actix_web::test]
async fn every_documented_operation_is_served_and_no_other_method() {
    let world = World::new().await;
    let document = document();
    for (path, methods) in operations(&document) {
        let (start, end) = (path.find('{'), path.find('}'));
        let place = match (start, end) {
            (Some(start), Some(end)) => format!("{}{ID}{}", &path[..start], &path[end + 1..]),
            _ => path.clone(),
        };
        // A method that nothing has.
        let refused = world.send(TestRequest::default().method(Method::TRACE).uri(&place)).await;
        refused.problem(405, "method-not-allowed");
        let allowed: BTreeSet<_> =
            refused.header("allow").unwrap().split(", ").map(str::to_lowercase).collect();
        let mut documented: BTreeSet<_> = methods.keys().cloned().collect();
        if documented.contains("get") {
            documented.insert("head".to_owned());
        }
        assert_eq!(allowed, documented, "{path}");
    }
}

#[test]
fn operations_have_names_of_their_own_and_say_who_may_call() {
    let document = document();
    let mut names = BTreeSet::new();
    for (path, methods) in operations(&document) {
        for (method, operation) in methods {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(name.contains('.'), "{method} {path}: {name}");
            assert!(names.insert(name), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
            let public = operation["security"] == serde_json::json!([{}]);
            let refuses = operation["responses"].get("401").is_some();
            assert!(public || refuses, "{method} {path}");
        }
    }
    assert!(names.contains("profile.get") && names.contains("imports.create"));
}

#[test]
fn the_document_is_whole() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Dashtam");
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    let login = &schemas["LoginBody"];
    // An address or another identifier: neither is required by itself.
    assert_eq!(login["required"], serde_json::json!(["password"]));
    assert_eq!(login["properties"]["password"]["type"], "string");
    let register = schemas["RegisterBody"]["required"].as_array().unwrap();
    assert!(register.contains(&"email".into()) && register.contains(&"password".into()), "{register:?}");
}
