//! The prefixes, their APIs and their variables.

use super::{code, head, row};
use crate::google::account;
use crate::routes::{Quirk, ROUTES, Route};

/// They are asked in the Responses API as well (`src/chosen_api.rs`).
const WITH_RESPONSES: [&str; 3] = ["openai", "azure", "xai"];

pub(super) fn table() -> String {
    let names = [
        "prefix",
        "API",
        "key, the first that is set",
        "address, if not the provider's own",
    ];
    let rows = ROUTES.iter().map(|route| {
        row(&[
            format!("`{}/`", route.prefix),
            api(route),
            key(route),
            address(route),
        ])
    });
    head(&names) + &rows.collect::<String>()
}

fn api(route: &Route) -> String {
    let own = route.api(false);
    if WITH_RESPONSES.contains(&route.prefix) {
        return "chat completions; `openai_responses` [where needed](#apis)".to_owned();
    }
    match route.own() {
        None => "chat completions".to_owned(),
        Some(_) if route.has(&Quirk::Google) => format!(
            "`{}`; Claude: `vertex_messages`; other makers: chat completions",
            own.name()
        ),
        Some(_) => format!("`{}`", own.name()),
    }
}

fn key(route: &Route) -> String {
    let variables = code(route.key_from);
    if route.has(&Quirk::Aws) {
        format!(
            "{variables}, else `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` (with `AWS_SESSION_TOKEN`)"
        )
    } else if route.has(&Quirk::Google) {
        let credentials = code(&account::CREDENTIALS);
        format!(
            "{variables}, else {credentials} (JSON or a path), `{}` (a path)",
            account::FILE
        )
    } else if route.has(&Quirk::KeyIsOptional) {
        format!("{variables} (optional)")
    } else {
        variables
    }
}

fn address(route: &Route) -> String {
    let variables = code(route.base_from);
    if route.base.is_empty() && !route.has(&Quirk::Google) {
        format!("{variables} (required)")
    } else {
        variables
    }
}
