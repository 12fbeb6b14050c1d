//! Where the workspace is, and what is in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder with the workspace's manifest.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a folder of the workspace")
}

/// What `cargo` prints; its complaint ends the test.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    // Offline, cargo cannot answer for a crate that was never downloaded: a workspace build downloads them all.
    let hint =
        if complaint.contains("failed to download") { "\nrun `cargo fetch --locked` first" } else { "" };
    assert!(output.status.success(), "cargo {}: {complaint}{hint}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("cargo prints text")
}

/// Every file of the project whose name ends in `ending`, as its path from the root, in order. What is built, what
/// is hidden and what a run leaves behind are not the project.
pub(crate) fn files(ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).expect("a folder of the project is readable") {
            let entry = entry.expect("a folder of the project is readable");
            let name = entry.file_name().into_string().expect("files of the project have readable names");
            let path = folder.join(&name);
            let foreign = ["target", "node_modules"].contains(&name.as_str());
            if name.starts_with('.') || foreign || path == Path::new("data") {
                continue;
            }
            if entry.file_type().expect("a file of the project is readable").is_dir() {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push(path.to_str().expect("made of readable names").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The names of the workspace's packages, as their manifests give them.
pub(crate) fn packages() -> Vec<String> {
    // The fuzz targets and the generated client are workspaces of their own.
    let others = ["fuzz/", "tests/openapi/"];
    let members =
        files("Cargo.toml").into_iter().filter(|file| !others.iter().any(|other| file.starts_with(other)));
    members.filter_map(|file| package_name(&read(&file))).collect()
}

fn package_name(manifest: &str) -> Option<String> {
    let (_, package) = manifest.split_once("[package]")?;
    let name = package.lines().find_map(|line| line.trim().strip_prefix("name")?.trim().strip_prefix('='))?;
    Some(name.trim().trim_matches('"').to_owned())
}

pub(crate) fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_name_of_a_package_is_read_from_its_manifest() {
    assert_eq!(package_name("[package]\nname = \"x-y\"\n\n[[bin]]\nname = \"z\"\n").as_deref(), Some("x-y"));
    assert_eq!(package_name("[workspace]\nmembers = []\n"), None);
}
