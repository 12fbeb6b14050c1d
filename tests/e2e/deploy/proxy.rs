//! The proxy example in front of a server: a real Caddy with the very file, on another port.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Stdio},
};

use dashtam_tests::{
    manual,
    patience::{SOON, eventually},
    process::Guarded,
    program::{Ended, workspace},
    secrets,
    user::{fresh_credentials, registration},
};
use reqwest::{Certificate, Client, redirect};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::free_ports;

const FILE: &str = "deploy/proxy/Caddyfile";

/// The example, read by Caddy, for a port of this machine.
pub(super) struct Proxy {
    port: u16,
    folder: TempDir,
    config: Value,
}

/// A proxy that runs.
pub(super) struct RunningProxy {
    address: String,
    client: Client,
    _process: Guarded,
    _folder: TempDir,
}

/// Caddy, which keeps everything in this folder.
fn caddy(folder: &Path) -> Command {
    let mut command = Command::new("caddy");
    command.env_clear().env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
    command
}

impl Proxy {
    /// `None`, with a notice, where there is no Caddy.
    pub(super) fn prepare(test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut adapt = caddy(folder.path());
        adapt.args(["adapt", "--adapter", "caddyfile", "--config"]).arg(workspace().join(FILE));
        let output = match adapt.env("DASHTAM_HOST", "localhost").output() {
            Ok(output) => output,
            Err(error) => {
                let required = std::env::var("DASHTAM_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
                assert!(!required, "caddy cannot be run ({error}): apt install caddy");
                eprintln!("SKIPPED {test}: caddy cannot be run ({error}): apt install caddy");
                return None;
            }
        };
        let ended: Ended = output.into();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let config = serde_json::from_str(&ended.stdout).expect("Caddy prints JSON");
        Some(Self { port: free_ports()[0], folder, config })
    }

    /// Under which people reach the server.
    pub(super) fn address(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Every path the file has a rule for.
    pub(super) fn paths(&self) -> Vec<String> {
        fn below(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    for path in members.get("path").and_then(Value::as_array).into_iter().flatten() {
                        found.extend(path.as_str().map(str::to_owned));
                    }
                    members.values().for_each(|member| below(member, found));
                }
                Value::Array(items) => items.iter().for_each(|item| below(item, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        below(&self.config, &mut found);
        found
    }

    /// Starts it in front of a server on these ports. Two things differ from the file: the ports, and that the machine
    /// is not told to trust the certificates that Caddy makes for `localhost`.
    pub(super) async fn start(self, [api, callback]: [u16; 2]) -> RunningProxy {
        let address = self.address();
        let text = self.config.to_string();
        for documented in ["127.0.0.1:8000", "127.0.0.1:8182"] {
            assert!(text.contains(documented), "{FILE} does not lead to {documented}");
        }
        let text = text
            .replace("127.0.0.1:8000", &format!("127.0.0.1:{api}"))
            .replace("127.0.0.1:8182", &format!("127.0.0.1:{callback}"));
        let mut config: Value = serde_json::from_str(&text).unwrap();
        let server = &mut config["apps"]["http"]["servers"]["srv0"];
        assert_eq!(server["listen"], json!([":443"]));
        server["listen"] = json!([format!("127.0.0.1:{}", self.port)]);
        server["automatic_https"] = json!({"disable_redirects": true});
        config["apps"]["pki"] = json!({"certificate_authorities": {"local": {"install_trust": false}}});
        let file = self.folder.path().join("caddy.json");
        fs::write(&file, config.to_string()).unwrap();

        let log = self.folder.path().join("log");
        let mut run = caddy(self.folder.path());
        run.args(["run", "--config"]).arg(&file).stdout(Stdio::null());
        let mut process = Guarded::start(run.stderr(fs::File::create(&log).unwrap()));
        let root = self.folder.path().join("caddy/pki/authorities/local/root.crt");
        let client = eventually("a proxy that answers", SOON, async || {
            if let Some(ended) = process.child().try_wait().unwrap() {
                panic!("Caddy ended ({ended}):\n{}", fs::read_to_string(&log).unwrap());
            }
            let authority = Certificate::from_pem(&fs::read(&root).ok()?).ok()?;
            let client = Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .add_root_certificate(authority)
                // Another address than the proxy's own, to be told apart from it.
                .local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)))
                .resolve("localhost", SocketAddr::from(([127, 0, 0, 1], self.port)))
                .build()
                .ok()?;
            client.get(&address).send().await.is_ok().then_some(client)
        })
        .await;
        RunningProxy { address, client, _process: process, _folder: self.folder }
    }
}

impl RunningProxy {
    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.address)).send().await.expect("the proxy answers")
    }

    async fn post(&self, path: &str, body: Value, status: u16) -> Value {
        let request = self.client.post(format!("{}/api/v1/{path}", self.address)).json(&body);
        let answer = request.send().await.expect("the proxy answers");
        let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert_eq!(got, status, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A person signs up and in through the proxy, and is seen by the own address. `outbox` is where mails are written.
    pub(super) async fn carries_a_sign_up(&self, outbox: &Path) {
        let ready = self.get("/health/ready").await;
        assert_eq!(ready.status(), 200);
        assert!(ready.headers().contains_key("strict-transport-security"));
        let server = ready.headers().get("server").cloned();
        assert_eq!(server, None);
        assert_eq!(ready.json::<Value>().await.unwrap()["database"], "connected");
        // The second listener, which knows nothing of this state and says so in a page.
        let callback = self.get("/callback?state=unknown&code=unknown").await;
        let kind = callback.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(callback.status().is_client_error() && kind.starts_with("text/html"), "{callback:?}");

        let (email, password) = fresh_credentials();
        self.post("auth/register", registration(&email, &password), 201).await;
        let mail = eventually("the mail", SOON, async || {
            let files = fs::read_dir(outbox).ok()?.flatten().map(|entry| entry.path());
            let mut mails = files.filter(|file| file.extension().is_some_and(|ending| ending == "eml"));
            mails.find_map(|file| fs::read_to_string(file).ok().filter(|text| text.contains(&email)))
        })
        .await;
        assert!(mail.contains(&self.address), "links lead to the public address: {mail}");
        let (_, token) = mail.split_once("?token=").expect("there is a link");
        let token: String = token.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        secrets::plant(&token);
        self.post("auth/verify-email", json!({"token": token}), 200).await;
        let signed_in = self.post("auth/login", json!({"email": email, "password": password}), 200).await;
        let token = signed_in["access_token"].as_str().unwrap();
        secrets::plant(token);
        let sessions = self.client.get(format!("{}/api/v1/auth/sessions", self.address)).bearer_auth(token);
        let sessions: Value = sessions.send().await.unwrap().json().await.unwrap();
        let text = sessions.to_string();
        assert!(text.contains("\"127.0.0.2\""), "the client's address and not the proxy's: {text}");
    }
}

#[test]
fn the_proxy_speaks_of_routes_that_exist_and_takes_every_statement() {
    let Some(proxy) = Proxy::prepare("the_proxy_speaks_of_routes_that_exist") else { return };
    let printed = dashtam_tests::program::run(&["openapi"], &[]).stdout;
    let document: Value = serde_json::from_str(&printed).unwrap();
    let routes: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    let callback = manual::read("deploy/compose.yaml");
    for path in proxy.paths() {
        let exists = match path.strip_suffix('*') {
            Some(start) => routes.iter().any(|route| route.starts_with(start)),
            None => routes.contains(&&path),
        };
        // The callback is the one place that is not the API's; the deploy files say where it is.
        assert!(exists || callback.contains(&format!("}}{path}}}")), "{FILE} has a rule for {path}");
    }
    fn largest(value: &Value) -> Option<u64> {
        match value {
            Value::Object(members) => {
                members.get("max_size").and_then(Value::as_u64).or_else(|| members.values().find_map(largest))
            }
            Value::Array(items) => items.iter().find_map(largest),
            _ => None,
        }
    }
    let limit = largest(&proxy.config).expect("the file has a limit");
    let description = document["paths"]["/api/v1/imports"]["post"].to_string();
    assert!(description.contains("32 MiB") && limit >= (33 << 20), "{limit}: {description}");
}
