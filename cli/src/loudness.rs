//! The options of every command: how much it prints, and whether in colour.

use std::ffi::OsString;

use clap::{ArgMatches, Args, ColorChoice, ValueEnum as _};

const HEADING: &str = "Options of every command";
const COLOR: &str = "--color";
/// What comes after the options of the command itself.
const LAST: usize = 900;

/// How much a command prints beside its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Loudness {
    /// Errors, and the line that sums up.
    Quiet,
    #[default]
    Normal,
    /// Retries too, and whatever else the log has.
    Verbose,
}

// No doc comment: it would become the description of the command.
#[derive(Debug, Args)]
pub(crate) struct LoudnessOptions {
    /// Print errors and the last line only: no progress, no notes, no log
    #[arg(short, long, conflicts_with = "verbose", help_heading = HEADING, display_order = LAST)]
    quiet: bool,
    /// Print retries too, and the whole log
    #[arg(short, long, help_heading = HEADING, display_order = LAST)]
    verbose: bool,
    /// When to use colours; auto does at a terminal, as NO_COLOR, CLICOLOR_FORCE and TERM allow [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = HEADING, display_order = LAST)]
    color: Option<ColorChoice>,
}

impl Loudness {
    /// What the options before and after the name of the command say.
    pub(crate) fn of(matches: [&ArgMatches; 2]) -> Self {
        let has = |name| {
            let flags = matches
                .iter()
                .filter_map(|matches| matches.try_get_one(name).ok()?);
            flags.copied().any(|is_set: bool| is_set)
        };
        if has("quiet") {
            Self::Quiet
        } else if has("verbose") {
            Self::Verbose
        } else {
            Self::Normal
        }
    }
}

/// The last `--color` of a command line that need not be right: help and errors are coloured by it too.
pub(crate) fn color(arguments: &[OsString]) -> ColorChoice {
    let mut color = ColorChoice::Auto;
    let mut is_value = false;
    for argument in arguments.iter().take_while(|argument| *argument != "--") {
        let argument = argument.to_str().unwrap_or_default();
        let joined = argument
            .strip_prefix(COLOR)
            .and_then(|rest| rest.strip_prefix('='));
        let named = if is_value { Some(argument) } else { joined };
        let named = named.and_then(|name| ColorChoice::from_str(name, false).ok());
        color = named.unwrap_or(color);
        is_value = argument == COLOR;
    }
    color
}

/// The name of the command, where a command line has one: the first argument that is neither an option nor a value of one.
pub(crate) fn command_name(arguments: &[OsString]) -> Option<&OsString> {
    let mut is_value = false;
    arguments.iter().find(|argument| {
        let is_option = argument.as_encoded_bytes().starts_with(b"-");
        let is_name = !is_option && !is_value;
        is_value = *argument == COLOR;
        is_name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_colour_of_a_wrong_command_line_is_known() {
        for (text, expected) in [
            ("counterfoil ls", ColorChoice::Auto),
            ("counterfoil --color never rnu", ColorChoice::Never),
            ("counterfoil rnu --color=always --frobnicate", ColorChoice::Always),
            ("counterfoil ls --color", ColorChoice::Auto),
            ("counterfoil --color never --color=always", ColorChoice::Always),
            ("counterfoil ls --color=red", ColorChoice::Auto),
            ("counterfoil ls -- --color never", ColorChoice::Auto),
        ] {
            assert_eq!(color(&line(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_value_is_no_command() {
        for (text, expected) in [
            ("run --json", Some("run")),
            ("--color never run --json", Some("run")),
            ("-q --color=never ls", Some("ls")),
            ("--color never", None),
        ] {
            let line = line(text);
            let name = command_name(&line).and_then(|name| name.to_str());
            assert_eq!(name, expected, "{text}");
        }
    }
}
