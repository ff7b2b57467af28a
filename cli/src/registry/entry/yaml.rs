//! Reading one YAML document that people write: strict, within limits, and with a place for every error.

use serde::de::DeserializeOwned;
use serde_saphyr::{Error, MergeKeyPolicy, Options, UserMessageFormatter, budget, options};

/// A file of this many bytes is no entry.
pub(super) const LARGEST: usize = 1024 * 1024;

/// Reads the only document of a text; the error is one line with the field, the line and the column.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.len() > LARGEST {
        return Err("it is larger than 1 MiB".into());
    }
    let mut field = String::new();
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, strict(), |yaml| {
        serde_path_to_error::deserialize(yaml).map_err(|error| {
            field = error.path().to_string();
            error.into_inner()
        })
    });
    read.map_err(|error| describe(&error, &field))
}

/// No anchors and merge keys: a pin edits one line, so what is read has to stand where it is read.
fn strict() -> Options {
    options! {
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        budget: budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_depth: 64,
            max_documents: 1,
            max_nodes: 20_000,
        },
    }
}

fn describe(error: &Error, field: &str) -> String {
    let what = match (error, error.location()) {
        (Error::Budget { .. }, Some(place)) => format!(
            "it has anchors, a second document, or more than an entry needs at line {}, column {}",
            place.line(),
            place.column()
        ),
        _ => error
            .render_with_formatter(&UserMessageFormatter)
            .replace('\n', " "),
    };
    // `?` is a key that was not read, `.` the document itself
    match field.trim_end_matches(['?', '.']) {
        "" => what,
        field if field.len() > 100 => what,
        field => format!("{field}: {what}"),
    }
}
