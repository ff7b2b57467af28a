//! A run for people, in 80 columns. Only paths go beyond: those are there to be copied.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use documents::Failure;
use documents::Mode;
use documents::outputs::IndexEntry;
use documents::receipt::{Receipt, Status};
use documents::start::Start;
use unicode_width::UnicodeWidthStr as _;

use super::document::{Document, Paths};
use super::way_out::WayOut;
use crate::columns::{cut, padded, wrap};
use crate::printable::Printable;
use crate::quantity::{duration, size};
use crate::state::State;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default().bold();
const LABEL: Style = Style::new().dimmed();

const LABEL_COLUMNS: usize = 11;
const TEXT_COLUMNS: usize = 80 - LABEL_COLUMNS;
/// How much of a digest is enough to distinguish two.
const SHORT_DIGEST: usize = 12;
/// Of more outputs than this, the directory is named and not each.
const MOST_PATHS: usize = 8;
/// A media type in the table is cut to this.
const TYPE_COLUMNS: usize = 24;

pub(super) fn render(document: &Document) -> String {
    let mut page = Page::default();
    page.state(document.state);
    page.field("execution", &document.execution_id);
    match &document.receipt {
        Some(receipt) => page.receipt(receipt),
        None => page.start(document.start.as_ref()),
    }
    if let Some(failure) = document
        .receipt
        .as_ref()
        .and_then(|receipt| receipt.error.as_ref())
    {
        page.failure(failure);
    }
    if let Some(rejected) = document
        .receipt
        .as_ref()
        .and_then(|receipt| receipt.rejected.as_ref())
    {
        page.field(
            "kept",
            &format!("the answer, {}, as {}", size(rejected.size_bytes), rejected.path),
        );
    }
    page.way_out(&document.way_out);
    if let Some(receipt) = document
        .receipt
        .as_ref()
        .filter(|receipt| receipt.status == Status::Success)
    {
        let prefix = receipt.local_path().map(|path| path.beside(""));
        page.outputs(&document.outputs, &prefix.unwrap_or_default());
    }
    page.paths(&document.paths);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn state(&mut self, state: State) {
        let style = match state {
            State::Success => GOOD,
            State::Error => BAD,
            _ => OPEN,
        };
        self.styled("status", style, &state.to_string());
    }

    /// A run without a receipt.
    fn start(&mut self, start: Option<&Start>) {
        let Some(start) = start else { return };
        self.field("processor", &start.processor_ref);
        self.field("mode", start.mode.as_str());
        self.field("asked", &time(&start.timestamp_utc));
        if start.earlier_attempts > 0 {
            self.field(
                "before",
                &format!("{} runs that never ended either", start.earlier_attempts),
            );
        }
        if let Some(plan_id) = &start.plan_id {
            self.field("plan", plan_id);
        }
        self.field("prefix", &start.write_prefix);
    }

    fn receipt(&mut self, receipt: &Receipt) {
        self.field("processor", &receipt.processor_ref);
        self.field("mode", receipt.mode.map_or("not known", Mode::as_str));
        self.field("image", &short_image(&receipt.image_digest));
        let ended = time(&receipt.timestamp_utc);
        self.field(
            "ended",
            &format!("{ended}, after {}", duration(receipt.duration_ms)),
        );
        self.field("inputs", receipt.inputs_hash.as_deref().unwrap_or("not known"));
        if let Some(plan_id) = &receipt.plan_id {
            self.field("plan", plan_id);
        }
        if let Some(info) = &receipt.processor_info {
            self.field("info", info);
        }
        for (name, text) in &receipt.extra {
            match name.as_str() {
                "model" => self.field("model", text),
                _ => self.field("extra", &format!("{name}: {text}")),
            }
        }
        let usage = receipt.usage.iter().flatten();
        let usage: Vec<_> = usage.map(|(name, number)| format!("{name} {number}")).collect();
        if !usage.is_empty() {
            self.field("usage", &usage.join(", "));
        }
    }

    fn failure(&mut self, failure: &Failure) {
        self.0.push('\n');
        self.styled("error", BAD, &failure.code);
        self.field("message", &failure.message);
    }

    fn way_out(&mut self, way_out: &WayOut) {
        if let Some(may_succeed) = way_out.may_succeed {
            let again = if may_succeed {
                "the same run may succeed when it is tried again"
            } else {
                "the same run would fail again"
            };
            self.field("again", again);
        } else if way_out.text.is_some() {
            self.0.push('\n');
        }
        let mut label = "way out";
        if let Some(text) = way_out.text {
            self.field(std::mem::take(&mut label), text);
        }
        if let Some(command) = &way_out.command {
            self.label(label);
            let _ = writeln!(self.0, "{}", Printable(command)); // it is there to be copied, and never wrapped
        }
    }

    fn outputs(&mut self, outputs: &[IndexEntry], prefix: &str) {
        let mime: Vec<String> = outputs
            .iter()
            .map(|output| cut(&Printable(&output.mime).to_string(), TYPE_COLUMNS))
            .collect();
        let columns = mime.iter().map(|mime| mime.width()).max().unwrap_or(0);
        let total = outputs
            .iter()
            .fold(0_u64, |sum, output| sum.saturating_add(output.size_bytes));
        self.0.push('\n');
        self.field(
            "outputs",
            &match outputs.len() {
                0 => "none".to_owned(),
                1 => format!("1 file, {}", size(total)),
                many => format!("{many} files, {}", size(total)),
            },
        );
        for (output, mime) in outputs.iter().zip(&mime) {
            let digest = output.cid.strip_prefix("sha256:").unwrap_or(&output.cid);
            let digest: String = digest.chars().take(SHORT_DIGEST).collect();
            let _ = writeln!(
                self.0,
                "  {:>10}  {}  {}  {}",
                size(output.size_bytes),
                padded(mime, columns),
                Printable(&digest),
                Printable(output.path.strip_prefix(prefix).unwrap_or(&output.path)),
            ); // writing to a String cannot fail
        }
    }

    fn paths(&mut self, paths: &Paths) {
        if paths.determinism.is_none() && paths.receipt.is_none() {
            return;
        }
        self.0.push('\n');
        let receipt = paths.receipt.iter().chain(&paths.determinism);
        let mut label = "open";
        for path in receipt.chain(&paths.index) {
            self.path(std::mem::take(&mut label), path);
        }
        match &paths.index {
            Some(index) if paths.outputs.len() > MOST_PATHS => {
                self.path("", &index.with_file_name("outputs"));
            }
            _ => paths.outputs.iter().for_each(|path| self.path("", path)),
        }
    }

    fn styled(&mut self, label: &str, style: Style, text: &str) {
        self.label(label);
        let _ = writeln!(self.0, "{style}{}{style:#}", Printable(text)); // as above
    }

    fn field(&mut self, label: &str, text: &str) {
        self.label(label);
        let indent = format!("\n{:LABEL_COLUMNS$}", "");
        let text = wrap(&Printable(text).to_string(), TEXT_COLUMNS);
        self.0.push_str(&text.replace('\n', &indent));
        self.0.push('\n');
    }

    fn path(&mut self, label: &str, path: &Path) {
        self.label(label);
        let _ = writeln!(self.0, "{}", Printable(&path.to_string_lossy())); // as above
    }

    fn label(&mut self, label: &str) {
        let _ = write!(
            self.0,
            "{LABEL}{label}{LABEL:#}{:1$}",
            "",
            LABEL_COLUMNS - label.len()
        ); // as above
    }
}

fn time(text: &str) -> String {
    text.replace('T', " ").replace('Z', " UTC")
}

/// The whole name, and enough of the digest.
fn short_image(image: &str) -> String {
    const MARK: &str = "@sha256:";
    match image.split_once(MARK) {
        Some((name, digest)) => format!("{name}{MARK}{}", cut(digest, SHORT_DIGEST + 1)),
        None => image.to_owned(),
    }
}
