//! All checks in order, but for nextest, which runs the tests that the README's command has run.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::ValueEnum as _;

use crate::check::Check;
use crate::shell::{Outcome, Shell};

/// Runs every check until one fails, then prints how long each took.
///
/// # Errors
///
/// The first failure.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let start = Instant::now();
    let mut table = String::new();
    let mut result = Ok(());
    for check in Check::value_variants()
        .iter()
        .filter(|check| !matches!(check, Check::Ci | Check::Nextest))
    {
        let name = check
            .to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned());
        println!("\n=== {name}");
        let start = Instant::now();
        let outcome = check.run(shell);
        let note = match &outcome {
            Ok(Outcome::Passed) => String::new(),
            Ok(Outcome::Skipped(why)) => format!("  SKIPPED: {why}"),
            Err(_) => "  FAILED".to_owned(),
        };
        table += &line(&name, start.elapsed(), &note);
        if outcome.is_err() {
            result = outcome.map(drop).context(name);
            break;
        }
    }
    table += &line("all", start.elapsed(), "");
    println!("\n=== times\n{table}");
    result
}

fn line(name: &str, time: Duration, note: &str) -> String {
    let seconds = time.as_secs();
    format!("{name:<10} {:>3}:{:02}{note}\n", seconds / 60, seconds % 60)
}
