//! Tests of the places of addresses, on a database written here.

use super::*;

/// A value of the MaxMind format, as far as a city database needs it.
enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
}

/// Type in the upper three bits and size in the lower five; types above 7 have a byte of their own.
fn control(kind: u8, size: usize, bytes: &mut Vec<u8>) {
    let first = if kind <= 7 { kind << 5 } else { 0 };
    let (low, extra) = if size < 29 { (size as u8, None) } else { (29, Some((size - 29) as u8)) };
    bytes.push(first | low);
    if kind > 7 {
        bytes.push(kind - 7);
    }
    bytes.extend(extra);
}

fn write(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            control(2, text.len(), bytes);
            bytes.extend_from_slice(text.as_bytes());
        }
        Value::Short(number) => {
            control(5, 2, bytes);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Long(number) => {
            control(9, 8, bytes);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Number(number) => {
            control(6, 4, bytes);
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Map(entries) => {
            control(7, entries.len(), bytes);
            for (key, value) in entries {
                write(&Value::Text(key), bytes);
                write(value, bytes);
            }
        }
        Value::List(items) => {
            control(11, items.len(), bytes);
            items.iter().for_each(|item| write(item, bytes));
        }
    }
}

/// A record of the search tree.
#[derive(Clone, Copy)]
enum Record {
    Nothing,
    Node(usize),
    Data(usize),
}

/// A database of these IPv4 networks: a binary tree by bits of the address, 24 bits a record, then the data.
fn database(networks: &[([u8; 4], u8, Value)]) -> Vec<u8> {
    let mut nodes = vec![[Record::Nothing; 2]];
    let mut data = Vec::new();
    for (address, length, value) in networks {
        let bits = u32::from_be_bytes(*address);
        let mut node = 0;
        for depth in 0..*length {
            let bit = (bits >> (31 - depth) & 1) as usize;
            if depth + 1 == *length {
                nodes[node][bit] = Record::Data(data.len());
            } else if let Record::Node(next) = nodes[node][bit] {
                node = next;
            } else {
                nodes.push([Record::Nothing; 2]);
                let next = nodes.len() - 1;
                nodes[node][bit] = Record::Node(next);
                node = next;
            }
        }
        write(value, &mut data);
    }
    let count = nodes.len();
    let mut file = Vec::new();
    for record in nodes.iter().flatten() {
        let number = match record {
            Record::Nothing => count,
            Record::Node(node) => *node,
            Record::Data(offset) => count + 16 + offset,
        };
        file.extend_from_slice(&(number as u32).to_be_bytes()[1..]);
    }
    file.extend_from_slice(&[0; 16]);
    file.extend_from_slice(&data);
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let metadata = Value::Map(vec![
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Long(1_700_000_000)),
        ("database_type", Value::Text("Test-City")),
        ("description", Value::Map(vec![("en", Value::Text("A database of our own"))])),
        ("ip_version", Value::Short(4)),
        ("languages", Value::List(vec![Value::Text("en")])),
        ("node_count", Value::Number(count as u32)),
        ("record_size", Value::Short(24)),
    ]);
    write(&metadata, &mut file);
    file
}

fn named(name: &'static str) -> Value {
    Value::Map(vec![("names", Value::Map(vec![("de", Value::Text("anders")), ("en", Value::Text(name))]))])
}

#[test]
fn addresses_have_their_place_in_english() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.mmdb");
    let bytes = database(&[
        ([192, 0, 2, 0], 24, Value::Map(vec![("city", named("Vienna")), ("country", named("Austria"))])),
        ([198, 51, 100, 0], 24, Value::Map(vec![("country", named("Japan"))])),
        ([203, 0, 113, 0], 25, Value::Map(vec![("city", named("Atlantis"))])),
        ([203, 0, 113, 128], 25, Value::Map(Vec::new())),
    ]);
    std::fs::write(&file, bytes).unwrap();
    let locations = Locations::read(&file).unwrap();
    for (address, place) in [
        ("192.0.2.1", Some("Vienna, Austria")),
        ("::ffff:192.0.2.255", Some("Vienna, Austria")),
        ("198.51.100.7", Some("Unknown City, Japan")),
        ("203.0.113.5", Some("Atlantis, Unknown Country")),
        ("203.0.113.200", None),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("2001:db8::1", None),
    ] {
        assert_eq!(locations.find(address.parse().unwrap()).as_deref(), place, "{address}");
    }
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.mmdb");
    let missing = Locations::read(&file).err().unwrap();
    assert!(matches!(missing, LocationError::File { .. }));
    std::fs::write(&file, "not a database").unwrap();
    let wrong = Locations::read(&file).err().unwrap();
    assert!(matches!(wrong, LocationError::Format { .. }));
    assert!(wrong.to_string().contains("places.mmdb"));
}
