//! What the manuals name: settings, routes, files, services and commands that exist.

use std::collections::BTreeSet;

use dashtam_domain::live::LiveKind;
use dashtam_tests::{
    manual::{block_with, read},
    program::{run, workspace},
};
use serde_json::Value;

use super::{BLOCKS, MANUALS, Proof};

/// What stands between backquotes in the text of a manual, outside of its blocks.
fn quoted(file: &str) -> Vec<String> {
    let text = read(file);
    let prose: Vec<&str> = text.split("```").step_by(2).collect();
    let lines = prose.join("\n");
    lines.split('`').skip(1).step_by(2).map(|word| word.replace('\n', " ")).collect()
}

/// Every `section.key` there is.
fn settings() -> BTreeSet<String> {
    let mut section = String::new();
    let mut found = BTreeSet::new();
    for line in read("config/default.toml").lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            found.insert(section.clone());
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            found.insert(format!("{section}.{key}"));
        }
    }
    assert!(found.len() > 60);
    found
}

#[test]
fn settings_that_the_manuals_name_exist() {
    let settings = settings();
    let sections: BTreeSet<&str> = settings.iter().filter_map(|key| key.split('.').next()).collect();
    let files = MANUALS.into_iter().chain([
        "CHANGELOG.md",
        "deploy/proxy/Caddyfile",
        "deploy/systemd/dashtam.service",
    ]);
    let mut seen = 0;
    for file in files {
        let text = read(file);
        let variables = text.match_indices("DASHTAM__").map(|(at, _)| &text[at + "DASHTAM__".len()..]);
        for rest in variables {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let key = rest[..end].replace("__", ".").to_ascii_lowercase();
            let rule = key.starts_with("rate_limits.rules.");
            assert!(rule || key == "section.key" || settings.contains(&key), "{file} names {key}");
            seen += 1;
        }
        for word in quoted(file) {
            let key = word.split(" = ").next().unwrap_or_default();
            let is_key = key.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c));
            let (section, name) = key.split_once('.').unwrap_or_default();
            // A file's name looks the same, and so does what an event is called.
            if is_key
                && LiveKind::parse(key).is_none()
                && !name.is_empty()
                && sections.contains(section)
                && !["toml", "rs", "md"].contains(&name)
            {
                assert!(settings.contains(key), "{file} names {key}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn routes_that_the_manuals_name_exist() {
    let document: Value = serde_json::from_str(&run(&["openapi"], &[]).stdout).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let parameters_are_alike = |path: &str| {
        let parts = path.trim_end_matches('/').split('/');
        parts.map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
    };
    let has = |method: &str, path: &str| {
        let wanted = [path.to_owned(), format!("/api/v1{path}")].map(|path| parameters_are_alike(&path));
        paths.iter().any(|(path, methods)| {
            wanted.contains(&parameters_are_alike(path)) && methods.get(method.to_ascii_lowercase()).is_some()
        })
    };
    let mut seen = 0;
    for file in MANUALS {
        for word in quoted(file) {
            let Some((methods, path)) = word.split_once(' ') else { continue };
            let is_method = |method: &str| ["GET", "POST", "PATCH", "DELETE"].contains(&method);
            if !methods.split('|').all(is_method) || !path.starts_with('/') || path.contains(['…', '*']) {
                continue;
            }
            let path = path.split([' ', '?']).next().unwrap();
            // Not of the API: it has a listener of its own.
            if path == "/metrics" {
                continue;
            }
            for method in methods.split('|') {
                assert!(has(method, path), "{file} names {method} {path}");
                seen += 1;
            }
        }
    }
    assert!(seen > 3, "{seen}");
}

/// A line of a block without its remark, and lines that go on in the next put together.
fn commands(block: &str) -> Vec<String> {
    let joined = block.replace("\\\n", " ");
    joined
        .lines()
        .map(|line| line.split(" #").next().unwrap().trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn commands_that_cannot_be_run_here_name_what_exists() {
    let recipes = read("justfile");
    for (file, part, _) in BLOCKS.iter().filter(|(_, _, proof)| *proof == Proof::Words) {
        for line in commands(&block_with(file, part)) {
            let words: Vec<&str> = line.split_whitespace().collect();
            for path in words.iter().filter(|word| word.starts_with("deploy/") && !word.ends_with(".env")) {
                assert!(workspace().join(path).exists(), "{file}: {path} in {line}");
            }
            if let ["docker", "compose", "--file", rest @ ..] = words.as_slice() {
                docker_compose(file, rest);
            }
            // Help is printed once everything before it was understood.
            if let Some(at) = words.iter().rposition(|word| *word == "dashtam" || word.ends_with("/dashtam"))
            {
                let arguments: Vec<&str> = words[at + 1..].iter().copied().chain(["--help"]).collect();
                let is_command = arguments[0].chars().all(|c| c.is_ascii_lowercase() || c == '-');
                let installs =
                    words.contains(&"install") || words.contains(&"systemctl") || words[0] == "cargo";
                if is_command && !installs && !words.contains(&"pg_dump") && !words.contains(&"pg_restore") {
                    let ended = run(&arguments, &[]);
                    assert_eq!(ended.code, Some(0), "{file}: {line}: {}", ended.stderr);
                }
            }
            match words.as_slice() {
                ["cargo", "build", rest @ ..] => {
                    let known = ["--release", "--locked", "--bin", "dashtam"];
                    assert!(rest.iter().all(|word| known.contains(word)), "{file}: {line}");
                }
                ["just", recipe, ..] => {
                    assert!(recipes.contains(&format!("\n{recipe} ")), "{file}: no recipe {recipe}");
                }
                _ => {}
            }
        }
    }
}

/// The rest of `docker compose --file …`: the file, what to do, and with which services.
fn docker_compose(file: &str, words: &[&str]) {
    let [compose, action, rest @ ..] = words else { panic!("{file}: {words:?}") };
    let compose = read(compose);
    let services = rest.iter().take_while(|word| !word.contains("pg_")).filter(|word| !word.starts_with('-'));
    let services: Vec<&str> = match *action {
        // What follows the service is a command in it.
        "exec" => services.take(1).copied().collect(),
        // What comes before the service is said with the command, and what comes after is a command in it.
        "run" => {
            rest.iter().filter(|word| ["dashtam", "api", "worker"].contains(word)).take(1).copied().collect()
        }
        "cp" => rest.iter().filter_map(|word| Some(word.split_once(':')?.0)).collect(),
        "stop" | "start" | "logs" => services.copied().collect(),
        "up" | "down" => Vec::new(),
        other => panic!("{file}: docker compose {other}"),
    };
    for service in services {
        let service = service.trim_matches('"');
        assert!(compose.contains(&format!("\n  {service}:\n")), "{file}: no service {service}");
    }
}

#[test]
fn the_folder_that_is_backed_up_into_is_that_of_the_compose_file() {
    let compose = read("deploy/compose.yaml");
    assert!(compose.contains("\nvolumes:\n  data:") && compose.contains("    - data:/var/lib/dashtam\n"));
    assert!(read("deploy/README.md").contains("dashtam backup /var/lib/dashtam/backup-"));
}

#[test]
fn files_that_the_manuals_link_exist() {
    for file in MANUALS {
        let folder = workspace().join(file);
        let text = read(file);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !path.contains("://") {
                assert!(folder.parent().unwrap().join(path).exists(), "{file} links {link}");
            }
        }
    }
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("license = \"MIT OR Apache-2.0\""));
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(read(licence).len() > 1000, "{licence}");
    }
    let repository = manifest.lines().find_map(|line| line.strip_prefix("repository = ")).unwrap();
    assert!(read("README.md").contains(&format!("git clone {}", repository.trim_matches('"'))));
}
