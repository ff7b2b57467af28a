//! `--dry-run`: prints what a batch would run.

use std::io::{self, Write};

use super::sums::{Runs, Sums};
use crate::printable::Printable;
use crate::quantity::{grouped, usd};
use crate::run::options::Run;
use crate::session::Session;
use crate::spent::by_frequency;

/// Prints sums on stdout: one JSON line with `--json`, else for people.
pub(super) fn print(sums: &Sums, run: &Run, session: &Session) -> io::Result<()> {
    let mut out = session.out();
    if run.json {
        writeln!(out, "{}", serde_json::to_string(sums)?)?;
        return out.flush();
    }
    writeln!(
        out,
        "batch {} of {}: {}, {} done before, {} would be run",
        Printable(&sums.batch),
        sums.processor_ref,
        count(sums.lines),
        grouped(sums.before),
        grouped(sums.left())
    )?;
    let maybe_paid = &sums.unknown_whether_paid;
    if maybe_paid.count() > 0 {
        let count = grouped(maybe_paid.count());
        writeln!(out, "  {count} that may have been paid: {maybe_paid}")?;
    }
    for runs in sums.runs.values() {
        writeln!(out, "  {}", line(runs))?;
    }
    tokens(
        &mut out,
        "input tokens: about",
        sums.input_tokens_at_most,
        &[(sums.without_input_limit, "with more than text")],
        ", without files (a token has at least a byte)",
    )?;
    tokens(
        &mut out,
        "output tokens:",
        sums.output_tokens_at_most,
        &[(sums.without_output_limit, "without a limit (max_tokens)")],
        "",
    )?;
    let hint = match sums.without_cost {
        0 => "",
        _ => "; --limit 10 shows what ten lines cost, and --max-cost bounds it",
    };
    writeln!(out, "cost: {}{hint}", cost(sums))?;
    writeln!(out, "nothing was run")?;
    out.flush()
}

fn count(number: u64) -> String {
    match number {
        1 => "1 line".to_owned(),
        number => format!("{} lines", grouped(number)),
    }
}

fn line(runs: &Runs) -> String {
    let model = runs.model.as_deref();
    let model = Printable(model.unwrap_or("no model, so the processor's default"));
    let mut line = format!("{}  {model}", runs.mode.as_str());
    let service = [&runs.provider, &runs.api].into_iter().flatten();
    let service: Vec<_> = service.map(String::as_str).collect();
    if !service.is_empty() {
        line = format!("{line} ({})", Printable(&service.join(", ")));
    }
    line = format!("{line}  {}", count(runs.lines));
    if runs.before > 0 {
        line = format!("{line}, {} done before", grouped(runs.before));
    }
    if runs.cost_usd_at_most > 0.0 {
        line = format!("{line}, {} USD at most", usd(runs.cost_usd_at_most));
    }
    line
}

fn tokens(
    out: &mut impl Write,
    what: &str,
    at_most: u64,
    without: &[(u64, &str)],
    remark: &str,
) -> io::Result<()> {
    let mut line = format!("{what} {} at most{remark}", grouped(at_most));
    for (lines, why) in without.iter().filter(|(lines, _)| *lines > 0) {
        line = format!("{line}, and {} {why}", count(*lines));
    }
    writeln!(out, "{line}")
}

/// What the lines that are left cost at most, and of how many that is not known.
pub(super) fn cost(sums: &Sums) -> String {
    let known = sums.left() - sums.without_cost;
    let mut parts = Vec::new();
    match &sums.prices {
        Some(prices) => parts.push(format!(
            "{} USD at most by the {}",
            usd(sums.cost_usd_at_most),
            Printable(prices)
        )),
        None if known > 0 => parts.push("none in mode mock".to_owned()),
        None => {}
    }
    if sums.without_cost > 0 {
        let reasons = by_frequency(&sums.unknown);
        let why = match (&sums.not_asked, reasons.is_empty()) {
            (Some(why), _) => format!(" ({})", Printable(why)),
            (None, false) => format!(" ({})", Printable(&reasons)),
            (None, true) => String::new(),
        };
        let lines = count(sums.without_cost);
        parts.push(format!("not known of {lines}{why}"));
    }
    if parts.is_empty() {
        parts.push("none".to_owned());
    }
    parts.join("; ")
}
