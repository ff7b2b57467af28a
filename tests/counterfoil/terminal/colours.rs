//! When there are colours.

use support::Test;

use super::{At, seen, slow};
use crate::workspace::Workspace;

const ERROR: &str = "\u{1b}[1m\u{1b}[31m";

fn has_colour(shown: &str) -> bool {
    ["\u{1b}[1m", "\u{1b}[3", "\u{1b}[9"]
        .iter()
        .any(|colour| shown.contains(colour))
}

fn unknown(workspace: &Workspace) -> Test {
    workspace.counterfoil(["show", "nothing"])
}

#[test]
fn a_pipe_has_colours_only_on_request() {
    let workspace = Workspace::empty();
    for (environment, argument, expected) in [
        (&[][..], "", false),
        (&[("CLICOLOR_FORCE", "1")], "", true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], "", false),
        (&[("CLICOLOR_FORCE", "1")], "--color=never", false),
        (&[("NO_COLOR", "1")], "--color=always", true),
        (&[], "--color=auto", false),
    ] {
        let arguments = ["show", "nothing", argument];
        let arguments = arguments.into_iter().filter(|argument| !argument.is_empty());
        let ended = workspace
            .counterfoil(arguments)
            .envs(environment.iter().copied())
            .run();
        assert_eq!(ended.status, 1);
        assert_eq!(
            ended.stderr.starts_with(ERROR),
            expected,
            "{environment:?} {argument}: {ended:?}"
        );
    }
}

#[test]
fn a_terminal_has_colours_unless_told_otherwise() {
    let workspace = Workspace::empty();
    let terminal = |environment: (&str, &str), arguments: &[&str]| {
        let test = unknown(&workspace)
            .env("TERM", "xterm")
            .env(environment.0, environment.1);
        has_colour(&seen(&test.args(arguments), At::Both).shown)
    };
    assert!(terminal(("TERM", "xterm"), &[]));
    assert!(!terminal(("TERM", "dumb"), &[]));
    assert!(!terminal(("NO_COLOR", "1"), &[]));
    assert!(!terminal(("CLICOLOR", "0"), &[]));
    assert!(!terminal(("TERM", "xterm"), &["--color", "never"]));
    assert!(terminal(("TERM", "dumb"), &["--color", "always"]));
}

#[test]
fn a_run_without_colours_has_none() {
    let workspace = Workspace::new();
    for test in [
        slow(&workspace).env("NO_COLOR", "1"),
        slow(&workspace).args(["--color", "never"]),
    ] {
        let shown = seen(&test, At::Both).shown;
        assert!(shown.contains("ERR_TIMEOUT") && !has_colour(&shown), "{shown:?}");
    }
}

#[test]
fn help_and_wrong_command_lines_have_the_colour_that_they_name() {
    let workspace = Workspace::empty();
    for (line, expected) in [
        ("--color=always ls --frobnicate", true),
        ("ls --frobnicate --color always", true),
        ("--color=always run --help", true),
        ("run --help", false),
    ] {
        let ended = workspace.counterfoil(line.split(' ')).run();
        let said = [ended.stdout.as_str(), ended.stderr.as_str()].concat();
        assert_eq!(said.contains('\u{1b}'), expected, "{line}: {said:?}");
    }
    let wrong = workspace.counterfoil(["ls", "--color=red"]).run();
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("auto, always, never"), "{wrong:?}");
    let json = workspace
        .counterfoil("--color never run --json --frobnicate".split(' '))
        .run();
    assert!(json.stdout.contains("ERR_USAGE"), "{json:?}");
}
