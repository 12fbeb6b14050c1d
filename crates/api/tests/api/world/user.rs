//! What somebody who is signed in asks for.

use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};

use super::{Reply, World};

/// Somebody who is signed in.
pub(crate) struct User<'a> {
    pub(crate) world: &'a World,
    pub(crate) login: Value,
}

impl User<'_> {
    pub(crate) fn token(&self) -> &str {
        self.login["access_token"].as_str().unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header(("authorization", format!("Bearer {}", self.token())))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.world.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.world.send(self.request(Method::PATCH, path).set_json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.world.send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.world.send(self.request(Method::POST, path).set_json(body)).await
    }

    pub(crate) async fn delete_with(&self, path: &str, body: Value) -> Reply {
        self.world.send(self.request(Method::DELETE, path).set_json(body)).await
    }

    /// A provider instance, not linked.
    pub(crate) async fn provider(&self, alias: &str) -> Value {
        let body = json!({"provider_key": "bank", "alias": alias});
        let created = self.post("/api/v1/providers/create", body).await;
        assert_eq!(created.status, 201, "{}", created.text());
        created.json()
    }

    /// Sends a file as a browser would.
    pub(crate) fn upload(&self, name: &str, file: &str, boundary: &str) -> TestRequest {
        self.upload_to("/api/v1/imports", name, file, boundary)
    }

    /// The same to this address.
    pub(crate) fn upload_to(&self, to: &str, name: &str, file: &str, boundary: &str) -> TestRequest {
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/x-ofx\r\n\r\n{file}\r\n--{boundary}--\r\n"
        );
        self.request(Method::POST, to)
            .insert_header(("content-type", format!("multipart/form-data; boundary={boundary}")))
            .set_payload(body)
    }
}
