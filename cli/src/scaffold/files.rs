//! The files of a new processor, as text.

use documents::ProcessorRef;

use super::golden;
use super::names::Names;
use crate::registry::entry::VariableName;
use crate::registry::file_name;

/// `rustfmt` leaves a call on one line up to this many characters of arguments (60% of the workspace's `max_width`).
const WIDEST_CALL: usize = 66;

/// Every file to write, by its path in the workspace; `repository` is `owner/repo`.
pub(super) fn files(
    processor_ref: &ProcessorRef,
    names: &Names,
    secrets: &[VariableName],
    repository: &str,
) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let Names {
        package,
        lib,
        version,
    } = names;
    let required: Vec<_> = secrets.iter().map(VariableName::as_str).collect();
    let values = [
        ("ref", processor_ref.as_str().to_owned()),
        ("package", package.clone()),
        ("lib", lib.clone()),
        ("version", version.clone()),
        ("main", main_line(processor_ref, lib)),
        (
            "config",
            if secrets.is_empty() { "_config" } else { "config" }.to_owned(),
        ),
        (
            "secrets",
            required
                .iter()
                .map(|name| format!("    config.secret(\"{name}\")?;\n"))
                .collect(),
        ),
        ("required", required.join(", ")),
        ("inputs", golden::INPUTS.to_owned()),
        ("repository", repository.to_owned()),
    ];
    let fill = |template: &str| fill(template, &values).into_bytes();
    let mut files = vec![
        (
            format!("processors/{package}/Cargo.toml"),
            fill(include_str!("templates/Cargo.toml.in")),
        ),
        (
            format!("processors/{package}/src/main.rs"),
            fill(include_str!("templates/main.rs.in")),
        ),
        (
            format!("processors/{package}/src/provider.rs"),
            fill(include_str!("templates/provider.rs.in")),
        ),
        (
            format!("tests/{lib}/main.rs"),
            fill(include_str!("templates/test.rs.in")),
        ),
    ];
    for (path, bytes) in golden::files(processor_ref, names)? {
        files.push((format!("tests/{lib}/golden/mock/{path}"), bytes));
    }
    files.push((
        format!("registry/{}", file_name(processor_ref)),
        fill(include_str!("templates/entry.yaml.in")),
    ));
    Ok(files)
}

/// Fills every `{{name}}` in; no value holds one itself.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), value)
    })
}

fn main_line(processor_ref: &ProcessorRef, lib: &str) -> String {
    let arguments = [format!("\"{processor_ref}\""), format!("{lib}::make_runner")];
    let on_one_line = arguments.join(", ");
    if on_one_line.len() <= WIDEST_CALL {
        format!("runtime::main!({on_one_line});")
    } else {
        format!("runtime::main!(\n    {}\n);", arguments.join(",\n    "))
    }
}
