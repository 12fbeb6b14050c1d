//! The example of embedding stays as small as its manual says.

use crate::workspace::read;

#[test]
fn the_example_service_is_as_small_as_its_manual_says() {
    let counts = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("//") && !["#[cfg(test)]", "mod tests;"].contains(&line)
    };
    let lines_of = |file: &str| read(&format!("examples/embedded/src/{file}")).lines().filter(counts).count();
    let lines = lines_of("main.rs") + lines_of("jar.rs");
    assert!(lines < 150, "the example has {lines} lines of code");
    let said = format!("`examples/embedded` has {lines} lines of code");
    assert!(read("docs/embedding.md").contains(&said), "docs/embedding.md should say: {said}");
}
