//! The command that goes on with a batch.

use std::borrow::Cow;
use std::ffi::OsString;

/// What a shell takes as it stands.
const PLAIN: &str = "_@%+=:,./-";
/// Where the pipes of `<(...)` are.
const PIPES: [&str; 2] = ["/dev/fd/", "/proc/self/fd/"];
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
            words.push(quoted(&from_stdin(&argument)).into_owned());
        }
    }
    if let Some(name) = new_name {
        words.extend([NAME.to_owned(), name.to_owned()]);
    }
    words.join(" ")
}

/// What a shell has put in the place of `<(...)` is gone with its call; standard input takes the same lines.
fn from_stdin(argument: &str) -> Cow<'_, str> {
    let (option, value) = argument.split_once('=').unwrap_or(("", argument));
    let is_pipe = PIPES.iter().any(|pipes| {
        let number = value.strip_prefix(pipes);
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    match (is_pipe, option) {
        (false, _) => argument.into(),
        (true, "") => "-".into(),
        (true, option) => format!("{option}=-").into(),
    }
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
    fn what_comes_from_another_command_is_taken_from_standard_input() {
        for given in [&["--batch", "/dev/fd/63"][..], &["--batch", "/proc/self/fd/9"]] {
            assert_eq!(of(given, Some("a")), "--batch - --execution-id a");
        }
        assert_eq!(of(&["--batch=/dev/fd/63"], None), "--batch=-");
        assert_eq!(of(&["--batch", "/dev/fd/x"], None), "--batch /dev/fd/x");
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
