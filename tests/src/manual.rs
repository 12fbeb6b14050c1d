//! The commands that the manuals show, as somebody copies them from there.

use std::fs;

use crate::program::workspace;

/// A file of the project.
pub fn read(file: &str) -> String {
    fs::read_to_string(workspace().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The shell blocks of a manual, in their order.
pub fn blocks(file: &str) -> Vec<String> {
    let text = read(file);
    let fenced = text.split("```sh\n").skip(1);
    let found: Vec<String> = fenced
        .map(|rest| {
            rest.split_once("```").unwrap_or_else(|| panic!("{file}: a block has no end")).0.to_owned()
        })
        .collect();
    assert!(!found.is_empty(), "{file} shows no commands");
    found
}

/// The one block of a manual that holds this text.
pub fn block_with(file: &str, part: &str) -> String {
    let mut found = blocks(file).into_iter().filter(|block| block.contains(part));
    let block = found.next().unwrap_or_else(|| panic!("{file} has no block with {part:?}"));
    assert!(found.next().is_none(), "{file} has several blocks with {part:?}");
    block
}
