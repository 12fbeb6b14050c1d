//! What no route has, asked of every route of the document: parameters, members of bodies, parts of forms.

use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};

use crate::world::{PASSWORD, Reply, User, World};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Takes what an institution sends to the letter: its proof is about every letter, and is asked for first.
const HINT: &str = "/api/v1/providers/webhooks/{provider_key}";

/// One operation of the document.
struct Operation {
    method: Method,
    template: String,
    path: String,
    told: Value,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The names of its query parameters.
    fn query(&self) -> Vec<&str> {
        let parameters = self.told["parameters"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let query = parameters.filter(|parameter| parameter["in"] == "query");
        query.map(|parameter| parameter["name"].as_str().unwrap()).collect()
    }

    /// Whether it takes what it does not know.
    fn tolerates(&self) -> bool {
        self.told["x-tolerates-unknown-parameters"] == true
    }

    fn request(&self, query: &str) -> TestRequest {
        let path = if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) };
        TestRequest::default().method(self.method.clone()).uri(&path)
    }
}

fn document() -> Value {
    serde_json::to_value(dashtam_api::openapi()).unwrap()
}

/// A path with the parameters of this operation: the first word that each takes, or an id.
fn filled(template: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let fill = |part| {
        let Some(name) = str::strip_prefix(part, "{").and_then(|part| part.strip_suffix('}')) else {
            return part;
        };
        let own = parameters.iter().find(|parameter| parameter["name"] == name && parameter["in"] == "path");
        own.and_then(|own| own["schema"]["enum"][0].as_str()).unwrap_or(ID)
    };
    template.split('/').map(fill).collect::<Vec<_>>().join("/")
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, told) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let (template, path, told) = (template.clone(), filled(template, told), told.clone());
            operations.push(Operation { method, template, path, told });
        }
    }
    assert!(operations.len() > 60, "{}", operations.len());
    operations
}

/// The schema of a body of JSON, with every reference followed.
fn body<'a>(document: &'a Value, operation: &'a Operation) -> Option<&'a Value> {
    let schema = operation.told.pointer("/requestBody/content/application~1json/schema")?;
    Some(match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap(),
        None => schema,
    })
}

/// An administrator, who may call every route.
async fn root(world: &World) -> User<'_> {
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let login = world.login("root@example.com", PASSWORD).await;
    assert_eq!(login.status, 200, "{}", login.text());
    User { world, login: login.json() }
}

async fn send(root: &User<'_>, request: TestRequest) -> Reply {
    root.world.send(request.insert_header(("authorization", format!("Bearer {}", root.token())))).await
}

fn message<'a>(problem: &'a Value, field: &str) -> &'a str {
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().find(|error| error["field"] == field).unwrap()["message"].as_str().unwrap()
}

#[actix_web::test]
async fn every_route_refuses_parameters_it_does_not_have() {
    let world = World::new().await;
    let root = root(&world).await;
    let mut tolerant = Vec::new();
    for operation in operations(&document()) {
        if operation.tolerates() {
            tolerant.push(operation.template);
            continue;
        }
        let reply = send(&root, operation.request("colour=blue&colour=red&s%C3%BCss=")).await;
        assert_eq!(reply.status, 422, "{}: {}", operation.name(), reply.text());
        let broken = reply.broken_rules();
        assert!(broken.contains(&"colour:unknown".to_owned()), "{}: {broken:?}", operation.name());
        assert!(broken.contains(&"s\u{fc}ss:unknown".to_owned()), "{}: {broken:?}", operation.name());
    }
    // Institutions call it, with whatever they like to add.
    assert_eq!(tolerant, ["/api/v1/auth/{provider_id}/callback"]);
}

#[actix_web::test]
async fn every_documented_parameter_is_read_and_found_when_it_is_misspelt() {
    let world = World::new().await;
    let root = root(&world).await;
    for operation in operations(&document()) {
        for name in operation.query() {
            if name == "error" {
                continue; // It is not read: that it is there says all.
            }
            let twice = send(&root, operation.request(&format!("{name}=x&{name}="))).await.broken_rules();
            let repeated = format!("{name}:repeated");
            assert!(twice.contains(&repeated), "{} {name}: {twice:?}", operation.name());
            if operation.tolerates() {
                continue;
            }
            let typo = format!("{name}{}", &name[name.len() - 1..]);
            let problem = send(&root, operation.request(&format!("{typo}=x"))).await.json();
            let told = message(&problem, &typo);
            assert!(told.ends_with(&format!("Did you mean {name}?")), "{} {typo}: {told}", operation.name());
        }
    }
}

#[actix_web::test]
async fn every_body_refuses_members_it_does_not_have_and_the_document_tells_all_it_has() {
    let world = World::new().await;
    let root = root(&world).await;
    let document = document();
    for operation in operations(&document) {
        let Some(schema) = body(&document, &operation) else { continue };
        let Some(properties) = schema["properties"].as_object() else {
            // The institution says which members there are.
            assert!(["/api/v1/auth/{provider_id}/link", HINT].contains(&operation.template.as_str()));
            continue;
        };
        let name = operation.name();
        assert_eq!(schema["additionalProperties"], false, "{name}");
        let reply = send(&root, operation.request("").set_json(json!({"colour": {"a": [1]}}))).await;
        assert_eq!(reply.status, 422, "{name}: {}", reply.text());
        assert_eq!(reply.broken_rules(), ["colour:unknown"], "{name}");
        let problem = reply.json();
        let told = message(&problem, "colour").split("There is: ").nth(1).expect("all names");
        let mut told: Vec<_> = told.trim_end_matches('.').split(", ").collect();
        let mut documented: Vec<_> = properties.keys().map(String::as_str).collect();
        told.sort_unstable();
        documented.sort_unstable();
        assert_eq!(told, documented, "{name}");
        for property in documented {
            let typo = format!("{property}{}", &property[property.len() - 1..]);
            let reply = send(&root, operation.request("").set_json(json!({typo.clone(): 1}))).await.json();
            let told = message(&reply, &typo);
            assert!(told.ends_with(&format!("Did you mean {property}?")), "{name} {typo}: {told}");
        }
    }
}

#[actix_web::test]
async fn no_object_is_no_body_anywhere() {
    let world = World::new().await;
    let root = root(&world).await;
    let document = document();
    for operation in operations(&document) {
        if body(&document, &operation).is_none() || operation.template == HINT {
            continue;
        }
        for (text, rule) in
            [("[]", "body:wrong_shape"), ("null", "body:wrong_shape"), ("\"x\"", "body:wrong_shape")]
        {
            let request = operation.request("").insert_header(("content-type", "application/json"));
            let reply = send(&root, request.set_payload(text)).await;
            assert_eq!(reply.broken_rules(), [rule], "{} {text}", operation.name());
        }
    }
}

#[actix_web::test]
async fn routes_without_a_body_refuse_one() {
    let world = World::new().await;
    let root = root(&world).await;
    let mut seen = 0;
    for operation in operations(&document()) {
        if !operation.told["requestBody"].is_null() {
            continue;
        }
        seen += 1;
        for (text, rule) in [
            ("{\"colour\": 1}", "colour:unknown"),
            ("[1]", "body:unexpected"),
            ("colour=blue", "body:unexpected"),
        ] {
            let reply = send(&root, operation.request("").set_payload(text)).await;
            assert_eq!(reply.status, 422, "{} {text}: {}", operation.name(), reply.text());
            assert_eq!(reply.broken_rules(), [rule], "{} {text}", operation.name());
        }
    }
    assert!(seen > 30, "{seen}");
    let large = TestRequest::get().uri("/health").set_payload("x".repeat(1 << 20));
    assert_eq!(world.send(large).await.broken_rules(), ["body:unexpected"]);
    // The empty object that some clients send for nothing is nothing.
    let user = root.request(Method::GET, "/api/v1/auth/me").set_json(json!({}));
    assert_eq!(world.send(user).await.status, 200);
}

#[actix_web::test]
async fn parts_of_a_form_that_are_not_known_are_named() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let part = |name: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n");
    let form = format!("{}{}{}--b--\r\n", part("files"), part("colour"), part("file"));
    let request = user
        .request(Method::POST, "/api/v1/imports")
        .insert_header(("content-type", "multipart/form-data; boundary=b"))
        .set_payload(form);
    let reply = world.send(request).await;
    assert_eq!(reply.broken_rules(), ["colour:unknown", "files:unknown"]);
    assert_eq!(message(&reply.json(), "files"), "There is no such part. Did you mean file?");
}

#[actix_web::test]
async fn a_callback_takes_what_the_institution_adds() {
    let world = World::new().await;
    for query in
        ["state=x&code=y&session=1&session=2&iss=https%3A%2F%2Fbank", "error=denied&error_uri=x&state=x"]
    {
        let reply = world.get(&format!("/api/v1/auth/{ID}/callback?{query}")).await;
        assert_ne!(reply.status, 422, "{}", reply.text());
        let page = world.send_callback(TestRequest::get().uri(&format!("/?{query}"))).await;
        assert!(!page.text().contains("could not be read"), "{}", page.text());
    }
}

#[test]
fn every_answer_is_described() {
    let document = document();
    for operation in operations(&document) {
        for (status, answer) in operation.told["responses"].as_object().unwrap() {
            let described = answer["description"].as_str().is_some_and(|text| text.len() > 5);
            assert!(described, "{} {status}: {answer}", operation.name());
        }
        assert!(operation.told["responses"].get("422").is_some(), "{}", operation.name());
    }
}

/// The schema of what a list holds, with its reference followed.
fn items_of<'a>(document: &'a Value, property: &'a Value) -> Option<&'a Value> {
    let items = property.get("items")?;
    Some(match items["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap(),
        None => items,
    })
}

/// What a schema lets pass the rules let pass, as far as a schema can tell: no body is looser than its rules.
#[test]
fn words_of_bodies_are_bounded() {
    let document = document();
    // Secrets of any form: what is not one of ours is a wrong one, not a broken rule.
    let free = ["token", "refresh_token", "challenge_token", "binding"];
    let mut loose = Vec::new();
    for operation in operations(&document) {
        let Some(schema) = body(&document, &operation) else { continue };
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let kind = &property["type"];
            let text =
                *kind == "string" || kind.as_array().is_some_and(|kinds| kinds.contains(&"string".into()));
            let bounded =
                ["maxLength", "pattern", "enum", "format"].iter().any(|rule| !property[rule].is_null());
            let items = items_of(&document, property);
            if items.is_some_and(|items| {
                let is_bounded = ["pattern", "enum", "format"].iter().any(|rule| !items[rule].is_null());
                items["type"] == "string" && !is_bounded
            }) {
                loose.push(format!("{} {name}[]", operation.name()));
            }
            if text && !bounded && !free.contains(&name.as_str()) {
                loose.push(format!("{} {name}", operation.name()));
            }
        }
    }
    assert!(loose.is_empty(), "{loose:#?}");
}
