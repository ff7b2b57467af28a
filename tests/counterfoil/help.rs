//! What people ask before they know anything.

use support::Test;

use crate::workspace::Workspace;

/// The names in the list of commands.
fn subcommands() -> Vec<String> {
    let help = Workspace::empty().counterfoil(["--help"]).run().stdout;
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let (list, _) = list.split_once("\n\n").expect("options after it");
    list.lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(' '))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.is_empty() && name != "help")
        .collect()
}

#[test]
fn help_names_the_commands() {
    let ended = Workspace::empty().counterfoil(["--help"]).run();
    ended.assert_status(0);
    assert!(
        ended.stdout.starts_with("Run AI providers as processors"),
        "{ended:?}"
    );
    for name in ["completions", "doctor", "registry", "scaffold"] {
        assert!(
            subcommands().iter().any(|present| present == name),
            "{name} is missing"
        );
    }
}

#[test]
fn every_command_has_examples() {
    for name in subcommands() {
        let ended = Workspace::empty().counterfoil([&name, "--help"]).run();
        ended.assert_status(0);
        let (_, examples) = ended.stdout.split_once("Examples:").expect(&name);
        assert!(examples.contains(&format!("counterfoil {name}")), "{ended:?}");
    }
    for name in ["list", "check"] {
        let ended = Workspace::empty().counterfoil(["registry", name, "--help"]).run();
        assert!(
            ended.stdout.contains(&format!("counterfoil registry {name}")),
            "{ended:?}"
        );
    }
}

#[test]
fn help_holds_no_colour_in_a_pipe() {
    for name in subcommands() {
        let ended = Workspace::empty().counterfoil([&name, "--help"]).run();
        assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
    }
}

#[test]
fn version() {
    let ended = Workspace::empty().counterfoil(["--version"]).run();
    ended.assert_status(0);
    assert_eq!(
        ended.stdout,
        format!("counterfoil {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = Workspace::empty().counterfoil(["completions", shell]).run();
        ended.assert_status(0);
        for name in subcommands() {
            assert!(ended.stdout.contains(&name), "{shell} does not complete {name}");
        }
        for option in ["force", "registry", "json"] {
            assert!(
                ended.stdout.contains(option),
                "{shell} does not complete --{option}"
            );
        }
    }
}

#[test]
fn a_shell_takes_its_completions() {
    let workspace = Workspace::empty();
    let script = workspace.counterfoil(["completions", "bash"]).run().stdout;
    workspace.write("completions", &script);
    let bash = Test::new("bash").arg("-n").arg(workspace.path("completions"));
    bash.run().assert_status(0);
}

#[test]
fn reports_an_unknown_command_on_stderr() {
    for arguments in [&["regestry"][..], &["completions", "tcsh"], &["scaffold"], &[]] {
        let ended = Workspace::empty().counterfoil(arguments).run();
        ended.assert_status(2);
        assert_eq!(ended.stdout, "");
        assert!(
            ended.stderr.contains("Usage: counterfoil") || ended.stderr.contains("try '--help'"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_closed_stdout_is_no_error() {
    let shell = format!(
        "{} completions zsh | true; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_counterfoil")
    );
    let ended = Test::new("bash").args(["-c", &shell]).run();
    ended.assert_status(0);
    assert_eq!(ended.stderr, "");
}
