use proptest::prelude::*;

use super::*;

const REST: &str = "build: {package: p}\nruntime: {cpu: 1, memory: 2Gi, timeout_s: 60}\n";

fn image(name: &str) -> ImageDigest {
    ImageDigest::parse(&format!("{name}@sha256:{}", "a".repeat(64))).unwrap()
}

/// Fails unless the pin of a text is this text, in which `NEW` is the new image and `OLD` an old one.
#[track_caller]
fn assert_pinned(text: &str, expected: &str) {
    let (old, new) = (image("127.0.0.1:5000/o/r/p"), image("ghcr.io/o/r/p"));
    let filled = |text: &str| text.replace("OLD", old.as_str()).replace("NEW", new.as_str());
    let text = filled(text);
    assert_eq!(pinned(&text, &new), Ok(filled(expected)), "{text}");
    let again = filled(expected);
    assert_eq!(pinned(&again, &new), Ok(again.clone()));
}

#[test]
fn only_the_value_changes() {
    for (before, after) in [
        ("image:\n  oci: OLD # why\n", "image:\n  oci: NEW # why\n"),
        ("image:\n    oci:   'OLD'\n", "image:\n    oci:   'NEW'\n"),
        ("image: {oci: \"OLD\" }\n", "image: {oci: \"NEW\" }\n"),
        ("image: { oci: OLD}\n", "image: { oci: NEW}\n"),
        ("\"image\":\n  \"oci\" : OLD\n", "\"image\":\n  \"oci\" : NEW\n"),
        (
            "image:\n\n  # note\n  oci:\n    OLD\n",
            "image:\n\n  # note\n  oci:\n    NEW\n",
        ),
    ] {
        for newline in ["\n", "\r\n"] {
            let text =
                |image: &str| format!("# é\nref: a/b@1 # one\n{image}{REST}# end").replace('\n', newline);
            assert_pinned(&text(before), &text(after));
        }
    }
}

#[test]
fn what_is_empty_is_filled() {
    for (before, after) in [
        ("image: {} # later\n", "image: {oci: NEW} # later\n"),
        ("image: {  }\n", "image: {oci: NEW}\n"),
        ("image: # later\n", "image: # later\n  oci: NEW\n"),
        ("image:\n# oci: x\n", "image:\n  oci: NEW\n# oci: x\n"),
        ("image: ~\n", "image: {oci: NEW}\n"),
        ("image: null # later\n", "image: {oci: NEW} # later\n"),
        ("image:\n  oci: # later\n", "image:\n  oci: NEW # later\n"),
        ("image:\n  oci: ~\n", "image:\n  oci: NEW\n"),
        ("image: {oci: }\n", "image: {oci: NEW }\n"),
        ("", "image:\n  oci: NEW\n"),
        (
            "# image:\n#   oci: x\n",
            "image:\n  oci: NEW\n# image:\n#   oci: x\n",
        ),
    ] {
        for newline in ["\n", "\r\n"] {
            let text = |image: &str| format!("ref: a/b@1 # one\n{image}{REST}").replace('\n', newline);
            assert_pinned(&text(before), &text(after));
        }
    }
}

#[test]
fn other_layouts() {
    let flow = "{ref: a/b@1, build: {package: p}, runtime: {cpu: 1, memory: 2Gi, timeout_s: 60}}";
    assert_pinned(flow, &flow.replace("@1,", "@1, image: {oci: NEW},"));
    let null = flow.replace("build", "image: , build");
    assert_pinned(&null, &null.replace("image: ", "image: {oci: NEW} "));
    let last = format!("{REST}ref: a/b@1");
    assert_pinned(&last, &format!("{last}\nimage:\n  oci: NEW"));
    let indented = format!(
        "---\n  {}  ref: a/b@1\n",
        REST.replace('\n', "\n  ").trim_end_matches("  ")
    );
    let indented = indented.replace("    ref", "  ref");
    assert_pinned(&indented, &format!("{}  image:\n    oci: NEW\n", indented));
    let marked = format!("\u{feff}ref: a/b@1\n{REST}");
    assert_pinned(&marked, &marked.replace("@1\n", "@1\nimage:\n  oci: NEW\n"));
}

#[test]
fn what_is_not_understood_is_left_to_people() {
    for text in [
        format!("ref: a/b@1\nimage: {{ # later\n  }}\n{REST}"),
        format!("? ref\n: a/b@1\n{REST}"),
    ] {
        Entry::parse(&text).unwrap();
        let result = pinned(&text, &image("ghcr.io/o/r/p"));
        if let Ok(changed) = &result {
            assert!(
                changed.contains("# later") || !text.contains("# later"),
                "{changed}"
            );
        } else {
            assert_eq!(result, Err("its layout is unusual".into()));
        }
    }
    assert!(pinned("ref: a/b@1\n", &image("ghcr.io/o/r/p")).is_err());
}

/// Lines that are no part of the entry's meaning.
fn noise() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("\n".to_owned()),
        "[ ]{0,4}# [ -~é]{0,20}\n"
    ]
}

/// The `image` of an entry, and whether it is a block.
fn image_lines() -> impl Strategy<Value = String> {
    let old = image("127.0.0.1:5000/o/r/p").as_str().to_owned();
    let quoted = prop_oneof![
        Just(old.clone()),
        Just(format!("'{old}'")),
        Just(format!("\"{old}\"")),
        Just(String::new()),
        Just("~".to_owned()),
    ];
    (quoted, 1..5_usize, "( *| # [ -~]{0,9})", 0..5).prop_map(|(value, indent, comment, form)| {
        let indent = " ".repeat(indent);
        match form {
            0 => String::new(),
            1 => format!("image:{comment}\n{indent}oci: {value}{comment}\n"),
            2 => format!("image:{indent}{{oci: {value}}}{comment}\n"),
            3 => format!("image: {{{indent}}}{comment}\n"),
            _ => format!("image:{comment}\n"),
        }
    })
}

proptest! {
    #[test]
    fn whatever_stands_around_survives(
        parts in proptest::collection::vec(noise(), 5),
        image_at in 0..4_usize,
        lines in image_lines(),
        is_crlf in any::<bool>(),
    ) {
        let mut fields = vec![
            "ref: a/b@1 # one\n".to_owned(),
            "build: {package: p}\n".to_owned(),
            "runtime: {cpu: 1, memory: 2Gi, timeout_s: 60}\n".to_owned(),
        ];
        fields.insert(image_at, lines);
        let mut text: String = parts.iter().zip(&fields).map(|(noise, field)| format!("{noise}{field}")).collect();
        text.push_str(&parts[4]);
        if is_crlf {
            text = text.replace('\n', "\r\n");
        }
        prop_assume!(Entry::parse(&text).is_ok());
        let new = image("ghcr.io/o/r/p");
        let changed = pinned(&text, &new).unwrap();
        prop_assert_eq!(Entry::parse(&changed).unwrap().image.oci, Some(new.clone()));
        let comments = |text: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('#')).map(|(_, comment)| comment.to_owned());
            lines.by_ref().collect::<Vec<_>>()
        };
        prop_assert_eq!(comments(&text), comments(&changed));
        prop_assert_eq!(text.contains("\r\n"), changed.contains("\r\n"));
        prop_assert!(!changed.replace("\r\n", "").contains('\r') && (!is_crlf || !changed.replace("\r\n", "").contains('\n')));
        prop_assert_eq!(pinned(&changed, &new).unwrap(), changed);
    }
}
