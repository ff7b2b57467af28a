//! The command that goes on with a batch.

use std::borrow::Cow;
use std::ffi::OsString;

/// What a shell takes as it stands.
const PLAIN: &str = "_@%+=:,./-";
const NAME: &str = "--execution-id";

/// The same command, for a shell. Where the caller cannot know the batch's name it is given, and stands for `--new`.
pub(super) fn command(arguments: &[OsString], new_name: Option<&str>) -> String {
    let mut words = Vec::new();
    let mut is_value = false;
    for argument in arguments {
        let argument = argument.to_string_lossy();
        let is_skipped = new_name.is_some()
            && (is_value
                || argument == "--new"
                || argument == NAME
                || argument.starts_with("--execution-id="));
        is_value = argument == NAME;
        if !is_skipped {
            words.push(quoted(&argument).into_owned());
        }
    }
    if let Some(name) = new_name {
        words.extend([NAME.to_owned(), name.to_owned()]);
    }
    words.join(" ")
}

fn quoted(argument: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str], new_name: Option<&str>) -> String {
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        command(&arguments, new_name)
    }

    #[test]
    fn a_shell_reads_what_was_given() {
        assert_eq!(
            of(&["counterfoil", "run", "--batch", "it's mine.jsonl", ""], None),
            r"counterfoil run --batch 'it'\''s mine.jsonl' ''"
        );
    }

    #[test]
    fn a_new_name_takes_the_place_of_what_made_it() {
        for arguments in [
            &["run", "--new", "--execution-id", "a", "--jobs", "2"][..],
            &["run", "--execution-id=a", "--jobs", "2", "--new"],
        ] {
            assert_eq!(of(arguments, Some("a.1")), "run --jobs 2 --execution-id a.1");
        }
        assert_eq!(of(&["run", "--execution-id", "a"], None), "run --execution-id a");
    }
}
