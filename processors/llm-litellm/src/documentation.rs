//! The tables of `docs/llm-litellm.md` that say what the data of this crate say: a test fails where they differ.

mod parameters;
mod providers;

use std::{env, fs};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/llm-litellm.md");
const UPDATE: &str = "SNAPSHOTS=overwrite cargo test -p llm-litellm --lib documentation";

/// The document with this table under its heading, in place of the one that is there.
fn with_table(document: &str, heading: &str, table: &str) -> String {
    let start = document.find(heading).expect(heading);
    let start = start + document[start..].find("\n| ").expect("a table") + 1;
    let end = document[start..]
        .find("\n\n")
        .map_or(document.len(), |end| start + end + 1);
    format!("{}{table}{}", &document[..start], &document[end..])
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table.
fn head(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().copied().map(str::to_owned).collect();
    row(&names) + "|" + &"---|".repeat(names.len()) + "\n"
}

/// Names as code.
fn code(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[test]
fn the_tables_say_what_the_data_say() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let updated = with_table(&document, "\n## Models and keys\n", &providers::table());
    let updated = with_table(&updated, "\n## What each service takes\n", &parameters::table());
    if env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        fs::write(DOCUMENT, updated).unwrap();
    } else {
        let differing = document
            .lines()
            .zip(updated.lines())
            .find(|(old, new)| old != new);
        assert!(
            document == updated,
            "docs/llm-litellm.md is out of date; run {UPDATE}: {differing:#?}"
        );
    }
}

#[test]
fn a_table_is_replaced_and_nothing_else() {
    let document = "# a\n\n| x |\n\n## b\n\ntext\n\n| old |\n|---|\n| old |\n\n| y |\n";
    let expected = "# a\n\n| x |\n\n## b\n\ntext\n\n| new |\n\n| y |\n";
    assert_eq!(with_table(document, "\n## b\n", "| new |\n"), expected);
    assert_eq!(
        with_table("\n## b\n\n| old |\n", "\n## b\n", "| new |\n"),
        "\n## b\n\n| new |\n"
    );
}
