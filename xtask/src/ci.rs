//! All checks in order.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::outcome::Outcome;
use crate::shell::Shell;
use crate::task::Task;

/// Runs every check until one fails, then prints how long each took.
///
/// # Errors
///
/// The first failure.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let begun = Instant::now();
    let mut lines = Vec::new();
    let mut result = Ok(());
    for (name, task) in Task::ALL {
        println!("\n=== {name}");
        let begun = Instant::now();
        let outcome = task.run(shell).with_context(|| name);
        let word = match &outcome {
            Ok(Outcome::Passed) => String::new(),
            Ok(Outcome::Skipped(why)) => format!("  SKIPPED: {why}"),
            Err(_) => "  FAILED".to_owned(),
        };
        lines.push(line(name, begun.elapsed(), &word));
        if let Err(error) = outcome {
            result = Err(error);
            break;
        }
    }
    lines.push(line("all", begun.elapsed(), ""));
    println!("\n=== times\n{}", lines.join("\n"));
    result
}

fn line(name: &str, time: Duration, word: &str) -> String {
    let seconds = time.as_secs();
    format!("{name:<10} {:>3}:{:02}{word}", seconds / 60, seconds % 60)
}
