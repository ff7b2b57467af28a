//! What holds for any JSON and any path.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

use documents::json::{Node, Order, parse, to_bytes, to_canonical};
use documents::outputs::check_paths;
use documents::{ErrorCode, ExecutionId, WorldPath, WritePrefix};

/// Any text, with more than its share of what is special in JSON, URLs and UTF-16.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        '"',
        '\\',
        '/',
        '\u{0}',
        '\n',
        '\u{7f}',
        '%',
        '.',
        'e',
        '\u{301}',
        '\u{fb33}',
        '\u{1f600}',
        '\u{2028}',
    ]);
    vec(
        prop_oneof![any::<char>(), special, prop::char::range('a', 'z')],
        0..12,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

/// Any number that has a canonical form.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
        prop_oneof![any::<f64>(), any::<f32>().prop_map(f64::from)]
            .prop_filter("has a canonical form", |double| documents::json::is_canonical(
                *double
            ))
            .prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(text(), inner, 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// The same document with other white space, key order and escapes.
fn respell(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .rev()
                .map(|(key, value)| {
                    format!("\n {} :\t{}", respell(&Value::from(key.as_str())), respell(value))
                })
                .collect();
            format!("{{{} }}", members.join(" ,"))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(respell).collect();
            format!("[ {}\r\n]", items.join(" , "))
        }
        Value::String(text) => {
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
            format!("\"{escaped}\"")
        }
        Value::Number(number) => match number.as_i64() {
            Some(integer) => format!("{integer}.000e0"),
            None => format!("{:e}", number.as_f64().unwrap()),
        },
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn a_canonical_form_is_a_fixed_point(value in json()) {
        let canonical = to_canonical(&value).unwrap();
        let read = parse(&canonical).unwrap();
        prop_assert_eq!(&to_bytes(&read, Order::Canonical), &canonical);
        prop_assert_eq!(read.into_value(), Node::from_value(&value).unwrap().into_value());
    }

    #[test]
    fn spelling_does_not_change_the_canonical_form(value in json()) {
        let respelled = respell(&value);
        let read = parse(respelled.as_bytes()).unwrap();
        prop_assert_eq!(to_bytes(&read, Order::Canonical), to_canonical(&value).unwrap());
        // another implementation keeps the order of keys too
        let ordered: Value = serde_json::from_str(&respelled).unwrap();
        prop_assert_eq!(read.into_value().to_string(), Node::from_value(&ordered).unwrap().into_value().to_string());
    }

    #[test]
    fn another_implementation_agrees(value in json()) {
        let other = serde_json_canonicalizer::to_vec(&value).unwrap();
        prop_assert_eq!(to_canonical(&value).unwrap(), other);
    }

    #[test]
    fn reading_any_bytes_ends_in_a_value_or_one_line(bytes in vec(any::<u8>(), 0..64)) {
        match parse(&bytes) {
            Ok(value) => {
                let lenient: Value = serde_json::from_slice(&bytes).unwrap();
                prop_assert_eq!(to_bytes(&value, Order::Canonical), serde_json_canonicalizer::to_vec(&lenient).unwrap());
            }
            Err(what) => prop_assert!(!what.contains('\n')),
        }
    }

    #[test]
    fn integers_are_kept_or_refused(integer in any::<i128>()) {
        let literal = integer.to_string();
        let result = parse(literal.as_bytes());
        if integer.unsigned_abs() < 1 << 53 {
            prop_assert_eq!(to_bytes(&result.unwrap(), Order::Canonical), literal.into_bytes());
        } else {
            prop_assert!(result.is_err());
        }
    }

    #[test]
    fn canonicalizing_a_path_twice_changes_nothing(below in "[a-zé\u{301}./%0-9A-F ]{0,40}", absolute in any::<bool>()) {
        let root = if absolute { "/artifacts/" } else { "world://artifacts/" };
        if let Ok(path) = WorldPath::parse(&format!("{root}{below}")) {
            let again = WorldPath::parse(path.as_str());
            prop_assert_eq!(again.ok(), Some(path.clone()));
            let (directories, name) = path.split();
            for segment in directories.into_iter().chain([name]) {
                prop_assert!(!["", ".", ".."].contains(&segment), "{path}");
            }
        }
    }

    #[test]
    fn escaping_a_path_does_not_change_it(segments in vec("[a-z\u{e9}\u{4e16} _-]{1,8}", 1..5)) {
        let plain = segments.join("/");
        let escaped: String = plain
            .bytes()
            .map(|byte| if byte == b'/' { "//".to_owned() } else { format!("%{byte:02x}") })
            .collect();
        prop_assert_eq!(
            WorldPath::parse(&format!("/artifacts/{plain}")).unwrap(),
            WorldPath::parse(&format!("world://artifacts/{escaped}")).unwrap()
        );
    }

    #[test]
    fn outputs_go_below_the_prefix_or_nowhere(
        relpaths in vec(prop_oneof![text(), text().prop_map(|text| format!("outputs/{text}"))], 1..4),
    ) {
        let id = ExecutionId::parse("id").unwrap();
        let prefix = WritePrefix::expand("/artifacts/a/{execution_id}/", &id).unwrap();
        match check_paths(relpaths.iter().map(String::as_str), &prefix) {
            Ok(paths) => for (path, relpath) in paths.iter().zip(&relpaths) {
                prop_assert_eq!(path.as_str(), format!("world://artifacts/a/id/{relpath}"));
                prop_assert!(relpath.starts_with("outputs/"));
                prop_assert!(relpath.split('/').all(|segment| !["", ".", ".."].contains(&segment)));
            },
            Err(error) => prop_assert!(
                matches!(error.code(), ErrorCode::OutputPath | ErrorCode::OutputDuplicate),
                "{}", error
            ),
        }
    }
}
