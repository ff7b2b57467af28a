//! Where Azure's Responses API is: <https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses>.

/// The versions of the API below `/openai/v1`, which need no date.
const UNDATED: [&str; 3] = ["preview", "latest", "v1"];
const DEFAULT: &str = "preview";

/// The address of a resource's API, and the version to ask for. `base` ends in `/openai`.
///
/// Versions with a date that are not previews are older than the API, and meant for chat completions.
pub(crate) fn locate(base: String, version: Option<String>) -> (String, Option<String>) {
    match version {
        Some(version) if UNDATED.contains(&version.as_str()) => (format!("{base}/v1"), Some(version)),
        Some(version) if !is_dated(&version) => (base, Some(version)),
        _ => (format!("{base}/v1"), Some(DEFAULT.to_owned())),
    }
}

/// `2024-10-21`, but not `2025-03-01-preview`.
fn is_dated(version: &str) -> bool {
    version.len() == 10 && version.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_lead_to_paths() {
        for (version, base, sent) in [
            (None, "https://h/openai/v1", "preview"),
            (Some("2024-10-21"), "https://h/openai/v1", "preview"),
            (Some("latest"), "https://h/openai/v1", "latest"),
            (
                Some("2025-03-01-preview"),
                "https://h/openai",
                "2025-03-01-preview",
            ),
        ] {
            let located = locate("https://h/openai".to_owned(), version.map(str::to_owned));
            assert_eq!(located, (base.to_owned(), Some(sent.to_owned())));
        }
    }
}
