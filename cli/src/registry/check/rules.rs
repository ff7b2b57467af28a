//! The rules for one entry that can be read.

use std::path::Path;

use super::finding::{Finding, Level};
use crate::oci::split;
use crate::registry::directory::file_name;
use crate::registry::entry::Entry;
use crate::registry::schema;
use crate::workspace::{Workspace, has_own_binary};

/// No host runs a job for longer than a day, in seconds.
const LONGEST_TIMEOUT: f64 = 86_400.0;

/// How much of a library's message is shown, in characters.
const LONGEST_MESSAGE: usize = 200;

/// What is wrong with an entry, without the name of its file.
pub(super) fn findings(entry: &Entry, name: &Path, workspace: Option<&Workspace>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut problem = |what: String, hint: String| found.push(Finding::problem("", what, hint));

    let expected = file_name(&entry.processor_ref);
    if name != Path::new(&expected) {
        problem(
            format!("it is the entry of {}", entry.processor_ref),
            format!("name the file {expected}"),
        );
    }
    let package = &entry.build.package;
    match workspace.map(|workspace| workspace.package(package)) {
        Some(None) => problem(
            format!("build.package {package} is not in the workspace"),
            "correct the name, or add the package to the members in Cargo.toml".into(),
        ),
        Some(Some(found)) if !has_own_binary(found) => problem(
            format!("the package {package} has no binary of its own name"),
            "add src/main.rs".into(),
        ),
        Some(Some(_)) | None => {}
    }
    if let Some(image) = &entry.image.oci
        && !split(image).is_ok_and(|(repository, _)| repository.is_repo_scoped(package))
    {
        problem(
            "image.oci is not repo-scoped".into(),
            format!(
                "name it ghcr.io/<owner>/<repo>/{}@sha256:<64 hex>, without a tag",
                package.to_ascii_lowercase()
            ),
        );
    }
    if entry.runtime.timeout_s > LONGEST_TIMEOUT {
        problem(
            "runtime.timeout_s is more than a day".into(),
            format!("give at most {LONGEST_TIMEOUT} seconds"),
        );
    }
    for name in repeated(entry) {
        problem(
            format!("{name} is named twice"),
            "name it once, as a required secret, an optional one, or a setting".into(),
        );
    }
    if let Some(schema) = &entry.inputs.schema
        && let Err(error) = schema::compile(schema)
    {
        problem(
            format!(
                "inputs.schema{} is not valid: {}",
                error.instance_path(),
                shortened(&error.to_string())
            ),
            "write JSON Schema that refers to nothing outside itself".into(),
        );
    }
    if entry.image.oci.is_none() {
        found.push(Finding {
            level: Level::Note,
            ..Finding::problem(
                "",
                "its image is not pinned",
                "a local process needs none, all else runs pinned images only",
            )
        });
    }
    found
}

/// Names that stand in the three lists more than once, each once.
fn repeated(entry: &Entry) -> Vec<&str> {
    let names = entry.secrets.names().chain(&entry.settings);
    let mut names: Vec<_> = names.map(|name| name.as_str()).collect();
    names.sort_unstable();
    let mut twice: Vec<_> = names
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        })
        .collect();
    twice.dedup();
    twice
}

fn shortened(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// The problems of an entry with these further lines.
    fn problems(timeout: &str, lines: &str) -> Vec<String> {
        let text = format!(
            "ref: a/b@1\nbuild: {{package: a-b}}\nruntime: {{cpu: 1, memory: 2Gi, timeout_s: {timeout}}}\n{lines}"
        );
        let entry = Entry::parse(&text).unwrap();
        findings(&entry, Path::new("a_b.yaml"), None)
            .into_iter()
            .filter(|finding| finding.level == Level::Problem)
            .map(|finding| finding.what)
            .collect()
    }

    #[test]
    fn images_are_repo_scoped() {
        let image = |name: &str| problems("60", &format!("image: {{oci: \"{name}@sha256:{HEX}\"}}"));
        for good in ["ghcr.io/o/r/a-b", "localhost/o/r/a-b", "h:5000/o/r/x/a-b"] {
            assert!(image(good).is_empty(), "{good}");
        }
        for bad in [
            "a-b",
            "r/a-b",
            "ghcr.io/r/a-b",
            "o/r/x/a-b",
            "ghcr.io/o/r/other",
            "ghcr.io/o/r/a-b:1",
            "ghcr.io//r/a-b",
        ] {
            assert_eq!(image(bad), ["image.oci is not repo-scoped"], "{bad}");
        }
    }

    #[test]
    fn a_variable_is_named_once() {
        assert!(problems("60", "secrets: {required: [A], optional: [B]}\nsettings: [C]").is_empty());
        for lists in [
            "secrets: {required: [A, A]}",
            "secrets: {optional: [A, B, A]}",
            "secrets: {required: [A], optional: [A, A]}",
            "secrets: {optional: [A]}\nsettings: [A]",
            "settings: [A, B, A]",
        ] {
            let found = problems("60", lists);
            assert_eq!(found, ["A is named twice"], "{lists}");
        }
    }

    #[test]
    fn a_run_ends_within_a_day() {
        assert!(problems("86400", "").is_empty());
        assert_eq!(problems("86400.5", ""), ["runtime.timeout_s is more than a day"]);
    }

    #[test]
    fn the_schema_is_a_schema() {
        let schema = |text: &str| problems("60", &format!("inputs: {{schema: {text}}}"));
        for good in [
            "true",
            "{type: object}",
            "{$defs: {a: {type: string}}, properties: {x: {$ref: \"#/$defs/a\"}}}",
        ] {
            assert!(schema(good).is_empty(), "{good}");
        }
        for (bad, place) in [
            ("1", "inputs.schema is not valid"),
            ("{type: objekt}", "inputs.schema/type is not valid"),
            (
                "{properties: {a: {minItems: x}}}",
                "inputs.schema/properties/a/minItems is not valid",
            ),
            ("{pattern: \"(\"}", "inputs.schema/pattern is not valid"),
            ("{$ref: \"#/nowhere\"}", "inputs.schema is not valid"),
            (
                "{$ref: \"http://example.invalid/x\"}",
                "inputs.schema is not valid",
            ),
        ] {
            let found = schema(bad);
            assert_eq!(found.len(), 1, "{bad}");
            assert!(
                found[0].starts_with(place) && !found[0].contains('\n'),
                "{found:?}"
            );
        }
        let long = schema(&format!("{{type: [{}]}}", "x, ".repeat(500)));
        assert!(long[0].len() < 300, "{long:?}");
    }
}
