//! What is an entry and what is not, with the words of every refusal.

use super::*;

const WHOLE: &str = "\
ref: llm/litellm@1
image:
  oci: ghcr.io/o/r/llm-litellm@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
build:
  package: llm-litellm
runtime: {cpu: \"0.5\", memory: 512Mi, timeout_s: 1.5, gpu: none}
secrets:
  required: [A]
  optional: [B_2, _C]
inputs:
  schema: {type: object}
";

const LEAST: &str = "ref: a/b@1\nbuild: {package: a-b}\nruntime: {cpu: 1, memory: 2Gi, timeout_s: 60}\n";

/// The refusal of the least entry with one text of it replaced.
#[track_caller]
fn refusal(part: &str, replacement: &str) -> String {
    assert!(LEAST.contains(part), "{part:?} is not there");
    let error = Entry::parse(&LEAST.replace(part, replacement)).unwrap_err();
    assert!(!error.contains(['\n', '\t']), "{error:?} is more than one line");
    error
}

#[test]
fn an_entry_is_read_whole() {
    let entry = Entry::parse(WHOLE).unwrap();
    assert_eq!(entry.processor_ref.as_str(), "llm/litellm@1");
    assert!(entry.image.oci.unwrap().as_str().ends_with("cdef"));
    assert_eq!(entry.build.package, "llm-litellm");
    assert_eq!(entry.runtime.cpu.as_str(), "0.5");
    assert_eq!(entry.runtime.memory.as_str(), "512Mi");
    assert_eq!(entry.runtime.memory.bytes(), 512 * 1024 * 1024);
    assert_eq!(entry.runtime.timeout_s, 1.5);
    let required: Vec<_> = entry.secrets.required.iter().map(VariableName::as_str).collect();
    let optional: Vec<_> = entry.secrets.optional.iter().map(VariableName::as_str).collect();
    assert_eq!((required, optional), (vec!["A"], vec!["B_2", "_C"]));
    assert_eq!(entry.inputs.schema, Some(serde_json::json!({"type": "object"})));
}

#[test]
fn the_rest_may_be_left_out() {
    let entry = Entry::parse(LEAST).unwrap();
    assert_eq!(entry.runtime.gpu, "none");
    assert!(entry.image.oci.is_none() && entry.inputs.schema.is_none());
    assert!(entry.secrets.required.is_empty() && entry.secrets.optional.is_empty());
}

#[test]
fn a_number_of_cpus_need_not_be_quoted() {
    for (written, text) in [("1", "1"), ("0.50", "0.50"), ("\"2\"", "2")] {
        let entry = Entry::parse(&LEAST.replace("cpu: 1", &format!("cpu: {written}"))).unwrap();
        assert_eq!(entry.runtime.cpu.as_str(), text);
    }
}

#[test]
fn spelling_and_line_ends_do_not_matter() {
    let windows = format!("\u{feff}---\n{LEAST}...\n").replace('\n', "\r\n");
    assert_eq!(Entry::parse(&windows).unwrap().processor_ref.as_str(), "a/b@1");
}

#[test]
fn every_refusal_names_the_field_and_the_place() {
    for (part, replacement, expected) in [
        (
            "a/b@1",
            "a/b",
            "ref: a processor reference has the form ns/name@ver, e.g. llm/litellm@1 at line 1, column 6",
        ),
        ("a/b@1", "", "ref: null is not allowed here at line 1, column 4"),
        (
            "cpu: 1",
            "cpu: 0",
            "runtime.cpu: not a number of CPUs above 0, e.g. \"1\" or \"0.5\" at line 3, column 16",
        ),
        (
            "2Gi",
            "2GB",
            "runtime.memory: not a whole number of Ki, Mi, Gi or Ti, e.g. 512Mi or 2Gi at line 3, column 27",
        ),
        (
            "60",
            "soon",
            "runtime.timeout_s: invalid floating point at line 3, column 43",
        ),
        (
            "60",
            "-1",
            "runtime.timeout_s: not a number of seconds above 0 at line 3, column 43",
        ),
        (
            "package: a-b",
            "package: ../x",
            "build.package: not the name of a Cargo package: letters, digits, - and _, starting with a letter \
             at line 2, column 18",
        ),
        (
            "ref: a/b@1",
            "ref: a/b@1\nsecrets: {required: [a]}",
            "secrets.required[0]: the name of a variable is A-Z, 0-9 and _, not starting with a digit at line 2, column 22",
        ),
        (
            "ref: a/b@1",
            "ref: a/b@1\nsecrets: {optional: [PATH]}",
            "secrets.optional[0]: PATH is not for an entry to pass on at line 2, column 22",
        ),
        (
            "ref: a/b@1",
            "ref: a/b@1\nimage: {oci: \"x:latest\"}",
            "image.oci: a pinned image has the form repo/name@sha256:<64 lower-case hex> at line 2, column 14",
        ),
    ] {
        assert_eq!(refusal(part, replacement), expected);
    }
}

#[test]
fn what_is_not_an_entry_is_refused() {
    for (part, replacement, expected) in [
        ("ref: a/b@1", "", "missing field `ref`"),
        ("ref", "reference", "unknown field `reference`"),
        ("cpu: 1", "cpus: 1", "runtime.cpus: unknown field `cpus`"),
        (
            "ref: a/b@1",
            "ref: a/b@1\nref: a/b@1",
            "duplicate mapping key `ref`",
        ),
        ("cpu: 1", "cpu: 1, \"cpu\": 1", "duplicate mapping key `cpu`"),
        (
            "ref: a/b@1",
            "ref: a/b@1\ninputs: {schema: {x: 1, x: 2}}",
            "duplicate mapping key `x`",
        ),
        ("runtime: {", "runtime: {<<: {gpu: none}, ", "merge key"),
        ("a/b@1", "!x a/b@1", "tag"),
        ("runtime: {", "runtime:\n\t{", "tab"),
        ("60}", "60", "line 3"),
        ("ref: a/b@1", "ref: &r a/b@1", "it has anchors"),
        ("60}\n", "60}\n---\nref: a/b@1\n", "a second document"),
        (
            "ref: a/b@1",
            "ref: a/b@1\ninputs: {schema: {e: 1e999}}",
            "not a finite number",
        ),
    ] {
        let error = refusal(part, replacement);
        assert!(error.contains(expected), "{error}");
        assert!(error.contains(" line "), "{error}");
    }
    for text in ["", "null\n", "- a\n", "text\n"] {
        assert!(Entry::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn nothing_makes_reading_expensive() {
    let with_schema = |schema: &str| format!("{LEAST}inputs: {{schema: {schema}}}\n");
    let deep = with_schema(&format!("{}1{}", "[".repeat(4000), "]".repeat(4000)));
    let wide = with_schema(&format!("[{}]", "1,".repeat(40_000)));
    let mut bomb = format!("{LEAST}inputs:\n  schema:\n    a0: &a0 [x, x]\n");
    for i in 1..40 {
        bomb.push_str(&format!("    a{i}: &a{i} [*a{0}, *a{0}]\n", i - 1));
    }
    let large = format!("{LEAST}#{}", "x".repeat(yaml::LARGEST));
    for text in [deep, wide, bomb, large] {
        let error = Entry::parse(&text).unwrap_err();
        assert!(error.len() < 200 && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a_b.yaml");
    let message = |path: &Path| Entry::read(path).unwrap_err().message().to_owned();
    assert!(message(&path).starts_with(&format!(
        "{} is not a registry entry: it cannot be read",
        path.display()
    )));
    assert!(message(dir.path()).contains("it cannot be read"));
    std::fs::write(&path, b"ref: \xff").unwrap();
    assert!(message(&path).contains("it cannot be read"));
}

#[test]
fn amounts() {
    let memory =
        |text: &str| Entry::parse(&LEAST.replace("2Gi", text)).map(|entry| entry.runtime.memory.bytes());
    assert_eq!(memory("1Ki"), Ok(1024));
    assert_eq!(memory("1Ti"), Ok(1 << 40));
    for wrong in ["0Gi", "Gi", "1", "1.5Gi", "-1Gi", "99999999999Ti", "1Gi "] {
        let quoted = format!("\"{wrong}\"");
        assert!(memory(&quoted).is_err(), "{wrong}");
    }
    let cpu = |text: &str| Entry::parse(&LEAST.replace("cpu: 1", &format!("cpu: \"{text}\"")));
    for wrong in [
        "",
        "0",
        "0.0",
        "-1",
        "1e3",
        "inf",
        "NaN",
        "1;image:x",
        ".",
        "12345678901234567",
    ] {
        assert!(cpu(wrong).is_err(), "{wrong}");
    }
    assert_eq!(Entry::parse(LEAST).unwrap().timeout(), Duration::from_secs(60));
    for wrong in ["0", ".inf", ".nan", "1e300"] {
        assert!(Entry::parse(&LEAST.replace("60", wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn names_of_variables() {
    for good in ["A", "_", "OPENAI_API_KEY", "A1"] {
        assert!(VariableName::parse(good).is_ok(), "{good}");
    }
    let long = "A".repeat(129);
    for bad in [
        "",
        "1A",
        "a",
        "A-B",
        "A=B",
        "É",
        "CI",
        "LD_PRELOAD",
        long.as_str(),
    ] {
        assert!(VariableName::parse(bad).is_err(), "{bad}");
    }
}
