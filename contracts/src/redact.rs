//! Keeps the values of secrets out of everything that leaves the process.

mod forms;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::{Arc, PoisonError, RwLock};

use memchr::memmem;

/// What stands where a secret stood.
pub const REDACTED: &str = "[REDACTED]";

/// A secret shorter than this is a placeholder (`x`, `no`) that any output may contain by chance: outputs are not
/// searched for it. Texts are redacted whatever its length.
const SHORTEST_SECRET_IN_OUTPUTS: usize = 4;

/// The longest public text, in characters; anything longer is a payload.
const LONGEST_TEXT: usize = 1_000;

/// How much of a file is searched at a time, in bytes: it stays in the processor's cache while it is searched for every form.
const PIECE: usize = 128 * 1024;

/// Knows every secret that the process has asked for, in every form that a library or a service may spell it in.
#[derive(Clone, Debug, Default)]
pub struct Redactor(Arc<RwLock<Vec<Known>>>);

struct Known {
    name: String,
    forms: BTreeSet<String>,
    /// The lines of a value that has several, long enough not to be anybody's: a text may come line by line.
    lines: BTreeSet<String>,
    in_outputs: bool,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Redactor {
    /// Makes the value of a secret known, as it is and without the white space around it.
    pub fn add(&self, name: &str, value: &str) {
        self.know(name, value, value.trim().len() >= SHORTEST_SECRET_IN_OUTPUTS);
    }

    /// The same for what is kept out of texts alone: outputs are not searched for it.
    pub fn add_for_texts(&self, name: &str, value: &str) {
        self.know(name, value, false);
    }

    fn know(&self, name: &str, value: &str, in_outputs: bool) {
        let mut forms = forms::of(value);
        forms.extend(forms::of(value.trim()));
        forms.remove("");
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|k| k.name == name && k.forms == forms) {
            known.push(Known {
                name: name.to_owned(),
                lines: forms::lines(value),
                in_outputs,
                forms,
            });
        }
    }

    /// Replaces every secret by [`REDACTED`]; overlapping ones together by one.
    pub fn redact(&self, text: &str) -> String {
        let mut ranges = self.ranges(text.as_bytes());
        ranges.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for (start, end) in ranges {
            match merged.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        let mut redacted = String::with_capacity(text.len());
        let mut rest = 0;
        for (start, end) in merged {
            redacted.push_str(text.get(rest..start).unwrap_or_default());
            redacted.push_str(REDACTED);
            rest = end;
        }
        redacted.push_str(text.get(rest..).unwrap_or_default());
        redacted
    }

    /// The length of the longest text that is looked for, in bytes.
    #[must_use]
    pub fn longest(&self) -> usize {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .flat_map(|known| &known.forms)
            .map(String::len)
            .max()
            .unwrap_or(0)
    }

    /// Text for people and documents: redacted, on one line, cut to a bounded length, in this order, so that neither
    /// joining lines nor cutting can hide a secret from the search.
    pub fn safe_text(&self, text: &str) -> String {
        let redacted = self.redact(text);
        let mut line = String::with_capacity(redacted.len().min(LONGEST_TEXT));
        for (count, c) in redacted.chars().enumerate() {
            if count == LONGEST_TEXT {
                line.push('…');
                break;
            }
            line.push(if c.is_control() { ' ' } else { c });
        }
        line
    }

    /// The name of a secret whose value stands in the bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .filter(|known| known.in_outputs)
            .find(|known| {
                known
                    .forms
                    .iter()
                    .any(|form| memmem::find(bytes, form.as_bytes()).is_some())
            })
            .map(|known| known.name.clone())
    }

    /// The same for what is too large for memory: in pieces that overlap, so that no border hides a secret.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn find_in(&self, mut reader: impl Read) -> io::Result<Option<String>> {
        let overlap = self.longest().saturating_sub(1);
        let mut piece = vec![0; PIECE + overlap];
        let mut kept = 0;
        loop {
            let n = match reader.read(piece.get_mut(kept..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                n => n?,
            };
            let end = kept + n;
            let found = self.find(piece.get(..end).unwrap_or_default());
            if found.is_some() || n == 0 {
                return Ok(found);
            }
            kept = end.min(overlap);
            piece.copy_within(end - kept..end, 0);
        }
    }

    /// Every place of every form, overlapping ones included.
    fn ranges(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut ranges = Vec::new();
        for form in known.iter().flat_map(|known| known.forms.union(&known.lines)) {
            let finder = memmem::Finder::new(form);
            let mut from = 0;
            while let Some(at) = text.get(from..).and_then(|rest| finder.find(rest)) {
                ranges.push((from + at, from + at + form.len()));
                from += at + 1;
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        for secret in secrets {
            redactor.add("KEY", secret);
        }
        redactor
    }

    #[test]
    fn overlapping_secrets_leave_nothing() {
        let redactor = redactor(&["abcd", "cdefgh"]);
        assert_eq!(redactor.redact("-abcdefgh-"), "-[REDACTED]-");
        assert_eq!(redactor.redact("abcdabcd"), "[REDACTED][REDACTED]");
        assert_eq!(redactor.redact("none here"), "none here");
    }

    #[test]
    fn text_is_redacted_before_it_is_cut_and_joined() {
        let redactor = redactor(&["two\nlines-of-secret"]);
        let text = format!("{}two\nlines-of-secret", "x".repeat(990));
        let safe = redactor.safe_text(&text);
        assert!(safe.ends_with("x[REDACTED]"), "{safe}");
        assert_eq!(redactor.safe_text("a\nb\u{7f}"), "a b ");
    }

    #[test]
    fn the_lines_of_a_secret_are_secrets_in_texts_alone() {
        let redactor = redactor(&["-----BEGIN KEY-----\n  bGluZSBvbmU  \nx\n-----END KEY-----\n"]);
        assert_eq!(redactor.redact("at bGluZSBvbmU: x"), "at [REDACTED]: x");
        assert_eq!(
            redactor.redact("-----BEGIN KEY-----\n  bGluZSBvbmU  \nx\n-----END KEY-----"),
            "[REDACTED]"
        );
        assert_eq!(redactor.find(b"-----BEGIN KEY-----"), None);
        assert!(redactor.longest() > 50);
    }

    #[test]
    fn no_border_hides_a_secret() {
        /// Gives a few bytes at a time.
        struct Slow<'a>(&'a [u8], usize);

        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let end = buffer.len().min(self.1);
                self.0.read(&mut buffer[..end])
            }
        }

        let redactor = redactor(&["hunter2-0123456789"]);
        for before in [0, 1, PIECE - 20, PIECE - 9, PIECE, PIECE + 5, 2 * PIECE - 1] {
            let text = format!("{}hunter2-0123456789.", "x".repeat(before));
            for step in [97, PIECE, usize::MAX] {
                let found = redactor.find_in(Slow(text.as_bytes(), step)).unwrap();
                assert_eq!(found.as_deref(), Some("KEY"), "{before} {step}");
                let found = redactor
                    .find_in(Slow(&text.as_bytes()[..text.len() - 2], step))
                    .unwrap();
                assert_eq!(found, None, "{before} {step}");
            }
        }
        assert_eq!(Redactor::default().find_in(b"x".as_slice()).unwrap(), None);
    }

    #[test]
    fn what_is_for_texts_alone_refuses_no_output() {
        let redactor = Redactor::default();
        redactor.add_for_texts("HTTPS_PROXY", "hunter2");
        assert_eq!(redactor.redact("my hunter2!"), "my [REDACTED]!");
        assert_eq!(redactor.find(b"my hunter2!"), None);
    }

    #[test]
    fn short_placeholders_do_not_refuse_outputs() {
        assert_eq!(redactor(&["x"]).find(b"text"), None);
        assert_eq!(
            redactor(&["hunter2"]).find(b"my hunter2!").as_deref(),
            Some("KEY")
        );
    }
}
