//! Good answers with one bad value in them.

use serde_json::Value;

use super::MARK;

/// Where a value stands: the keys and places that lead to it.
type Path = Vec<Step>;

#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Place(usize),
}

/// Stands where the bad value goes; no good answer has it.
const HOLE: &str = "the-hole-0c1d";

/// What a value may be instead, as it is written. Everything but the last three is JSON.
fn literals() -> Vec<String> {
    let digits = "1234567890".repeat(4);
    [
        "null",
        "true",
        "false",
        "\"\"",
        "[]",
        "{}",
        "[[]]",
        "0",
        "-1",
        "1e400",
        "-1e400",
        "1e-400",
        "1E+39",
        "9223372036854775808",
        "\"NaN\"",
        "\"-Infinity\"",
        "\"1e400\"",
        "\"+275760-09-13\"",
        "\"\\u0000\\u202e\\n<b>\"",
        "\"../../../etc\"",
        "\"\\ud83d\\ude00\"",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([
        digits.clone(),
        format!("0.{digits}"),
        format!("\"-{digits}.{digits}\""),
        format!("\"{MARK}\""),
        format!("[{{\"{MARK}\":\"{MARK}\"}}]"),
        format!("\"{}\"", MARK.repeat(2_000)),
    ])
    .chain(["NaN", "-Infinity", "\"\\ud800\""].map(str::to_owned))
    .collect()
}

/// Every good answer with one bad value, and what is bad about it.
pub(super) fn twisted(good: &str) -> Vec<(String, String)> {
    let good: Value = serde_json::from_str(good).expect("a good answer is JSON");
    let mut paths = Vec::new();
    walk(&good, &mut Vec::new(), &mut paths);
    let literals = literals();
    let mut twisted = Vec::new();
    for path in &paths {
        let mut holed = good.clone();
        *at(&mut holed, path) = Value::String(HOLE.to_owned());
        let holed = holed.to_string();
        for literal in &literals {
            let what = format!("{path:?} is {literal:.60}");
            twisted.push((what, holed.replace(&format!("\"{HOLE}\""), literal)));
        }
        let Some((Step::Key(key), parent)) = path.split_last() else { continue };
        let mut without = good.clone();
        if let Some(object) = at(&mut without, parent).as_object_mut() {
            object.remove(key);
        }
        twisted.push((format!("{path:?} is missing"), without.to_string()));
        // The same key twice, with something else the second time and the first time.
        let known = at(&mut good.clone(), path).to_string();
        let name = Value::String(key.clone());
        for pair in [format!("{known},{name}:\"{MARK}\""), format!("\"{MARK}\",{name}:{known}")] {
            twisted.push((format!("{path:?} is told twice"), holed.replace(&format!("\"{HOLE}\""), &pair)));
        }
    }
    twisted
}

fn walk(value: &Value, path: &mut Path, paths: &mut Vec<Path>) {
    if !path.is_empty() {
        paths.push(path.clone());
    }
    match value {
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                path.push(Step::Place(place));
                walk(value, path, paths);
                path.pop();
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                path.push(Step::Key(key.clone()));
                walk(value, path, paths);
                path.pop();
            }
        }
        _ => {}
    }
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Place(place) => &mut value[*place],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_takes_its_turn() {
        let twisted = twisted(r#"{"a": [1, {"b": "x"}]}"#);
        let has = |body: &str| twisted.iter().any(|(_, twisted)| twisted == body);
        assert!(has(r#"{"a":null}"#) && has(r#"{"a":[1e400,{"b":"x"}]}"#) && has(r#"{"a":[1,{}]}"#));
        assert!(has(&format!(r#"{{"a":[1,{{"b":"x","b":"{MARK}"}}]}}"#)));
        // Four values; two of them have a key, which can be missing or told twice.
        assert_eq!(twisted.len(), 4 * literals().len() + 2 * 3);
    }
}
