//! A further member of the workspace, in its place in the list, with every comment kept.

use toml_edit::{Array, DocumentMut, Value};

/// Adds a member to the text of the workspace's `Cargo.toml`; the text is the same where it is one already.
/// The error says why that is not the manifest of a workspace.
pub(super) fn add(manifest: &str, member: &str) -> Result<String, String> {
    let mut document: DocumentMut = manifest
        .parse()
        .map_err(|error: toml_edit::TomlError| format!("is not TOML: {}", error.message()))?;
    let members = document
        .get_mut("workspace")
        .and_then(|workspace| workspace.get_mut("members"))
        .and_then(|members| members.as_array_mut())
        .ok_or("has no list of workspace members")?;
    let (dir, _) = member.rsplit_once('/').unwrap_or_default();
    let all = format!("{dir}/*");
    if members
        .iter()
        .filter_map(Value::as_str)
        .any(|present| present == member || present == all)
    {
        return Ok(manifest.to_owned());
    }
    insert(members, position(members, dir, member), member);
    Ok(document.to_string())
}

/// Before the first of its directory that comes later, else after the last of its directory, else at the end.
fn position(members: &Array, dir: &str, member: &str) -> usize {
    let mut after = members.len();
    for (at, present) in members.iter().enumerate() {
        let Some(present) = present.as_str() else { continue };
        if present.rsplit_once('/').unwrap_or_default().0 == dir {
            if present > member {
                return at;
            }
            after = at + 1;
        }
    }
    after
}

fn insert(members: &mut Array, at: usize, member: &str) {
    let lead = |value: &Value| raw(value.decor().prefix());
    // a comment at the end of the line before stands in front of what comes next
    let next = members
        .get(at)
        .map_or_else(|| raw(Some(members.trailing())), lead);
    let (same_line, rest) = match next.find('\n') {
        Some(end) => next.split_at(end),
        None => ("", next.as_str()),
    };
    let own = members
        .iter()
        .map(lead)
        .find_map(|lead| lead.rsplit_once('\n').map(|(_, indent)| format!("\n{indent}")));
    let own = match own {
        Some(line) => format!("{same_line}{line}"),
        None if at == 0 => String::new(),
        None => " ".to_owned(),
    };
    let rest = match rest {
        "" if at == 0 && !members.is_empty() => " ", // the first of a list on one line was not set off
        rest => rest,
    }
    .to_owned();
    match members.get_mut(at) {
        Some(value) => value.decor_mut().set_prefix(rest),
        None => members.set_trailing(rest),
    }
    members.insert_formatted(at, Value::from(member).decorated(own, ""));
}

fn raw(text: Option<&toml_edit::RawString>) -> String {
    text.and_then(toml_edit::RawString::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_adds(member: &str, before: &str, after: &str) {
        let added = add(before, member).unwrap();
        assert_eq!(added, after);
        assert_eq!(
            add(&added, member).unwrap(),
            added,
            "adding it again changes something"
        );
    }

    const LIST: &str = "# workspace\n[workspace]\nmembers = [\n    \"cli\",\n    \"processors/b\", # why b\n    # about d\n    \"processors/d\",\n    \"tests/support\",\n]\nresolver = \"3\"\n";

    #[test]
    fn a_member_stands_in_its_place_and_comments_stay_with_theirs() {
        assert_adds(
            "processors/a",
            LIST,
            &LIST.replace(
                "    \"processors/b\"",
                "    \"processors/a\",\n    \"processors/b\"",
            ),
        );
        assert_adds(
            "processors/c",
            LIST,
            &LIST.replace("# why b\n", "# why b\n    \"processors/c\",\n"),
        );
        assert_adds(
            "processors/e",
            LIST,
            &LIST.replace(
                "\"processors/d\",\n",
                "\"processors/d\",\n    \"processors/e\",\n",
            ),
        );
    }

    #[test]
    fn the_end_and_a_single_line() {
        assert_adds(
            "processors/a",
            "[workspace]\nmembers = [\n  \"z\", # last\n]\n",
            "[workspace]\nmembers = [\n  \"z\", # last\n  \"processors/a\",\n]\n",
        );
        assert_adds(
            "processors/b",
            "[workspace]\nmembers = [\"processors/a\", \"processors/c\"]\n",
            "[workspace]\nmembers = [\"processors/a\", \"processors/b\", \"processors/c\"]\n",
        );
        assert_adds(
            "processors/a",
            "[workspace]\nmembers = [\"processors/c\"]\n",
            "[workspace]\nmembers = [\"processors/a\", \"processors/c\"]\n",
        );
        assert_adds(
            "processors/a",
            "[workspace]\nmembers = []\n",
            "[workspace]\nmembers = [\"processors/a\"]\n",
        );
    }

    #[test]
    fn a_pattern_that_covers_it_is_enough() {
        let text = "[workspace]\nmembers = [\"processors/*\"]\n";
        assert_adds("processors/a", text, text);
    }

    #[test]
    fn what_is_no_workspace_is_refused() {
        for (text, why) in [
            ("[package]\n", "has no list of workspace members"),
            ("[workspace]\n", "has no list of workspace members"),
            ("[workspace\n", "is not TOML: "),
        ] {
            let error = add(text, "processors/a").unwrap_err();
            assert!(error.starts_with(why) && !error.contains('\n'), "{error}");
        }
    }
}
