//! Keeps the values of secrets out of everything that leaves the process.

mod forms;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aho_corasick::AhoCorasick;

/// What stands where a secret stood.
pub const REDACTED: &str = "[REDACTED]";

/// A shorter secret is a placeholder (`x`, `no`) that any output may contain by chance: outputs are not searched for it. Texts are
/// redacted whatever its length.
const SHORTEST_SECRET_IN_OUTPUTS: usize = 4;

/// The longest public text, in characters; anything longer is a payload.
const LONGEST_TEXT: usize = 1_000;

/// How much of a file is searched at a time, in bytes.
const CHUNK: usize = 128 * 1024;

/// Knows every secret that the process has read, in every form that a library or a service may spell it in.
#[derive(Clone, Debug, Default)]
pub struct Redactor(Arc<RwLock<Secrets>>);

#[derive(Debug, Default)]
struct Secrets {
    list: Vec<Secret>,
    /// Finds the forms and the lines of all secrets.
    in_texts: Option<AhoCorasick>,
    /// Finds the forms of the secrets that no output may contain.
    in_outputs: Option<AhoCorasick>,
    /// The secret of each pattern of `in_outputs`.
    owners: Vec<usize>,
}

struct Secret {
    name: String,
    forms: BTreeSet<String>,
    /// The longer lines of a value that has several: a text may come line by line.
    lines: BTreeSet<String>,
    is_sought_in_outputs: bool,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Secrets {
    fn add(&mut self, secret: Secret) {
        if self
            .list
            .iter()
            .any(|s| s.name == secret.name && s.forms == secret.forms)
        {
            return;
        }
        self.list.push(secret);
        let forms = self
            .list
            .iter()
            .flat_map(|secret| secret.forms.union(&secret.lines));
        self.in_texts = AhoCorasick::new(forms).ok();
        let sought = || {
            self.list
                .iter()
                .enumerate()
                .filter(|(_, secret)| secret.is_sought_in_outputs)
        };
        self.owners = sought()
            .flat_map(|(index, secret)| secret.forms.iter().map(move |_| index))
            .collect();
        self.in_outputs = AhoCorasick::new(sought().flat_map(|(_, secret)| &secret.forms)).ok();
    }
}

impl Redactor {
    /// Registers the value of a secret, as it is and without the white space around it.
    pub fn add(&self, name: &str, value: &str) {
        self.register(name, value, value.trim().len() >= SHORTEST_SECRET_IN_OUTPUTS);
    }

    /// Registers a value that is kept out of texts alone: outputs are not searched for it.
    pub fn add_for_texts(&self, name: &str, value: &str) {
        self.register(name, value, false);
    }

    fn register(&self, name: &str, value: &str, is_sought_in_outputs: bool) {
        let mut forms = forms::spellings(value);
        forms.extend(forms::spellings(value.trim()));
        forms.remove("");
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .add(Secret {
                name: name.to_owned(),
                lines: forms::lines(value),
                is_sought_in_outputs,
                forms,
            });
    }

    fn secrets(&self) -> RwLockReadGuard<'_, Secrets> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces every secret by [`REDACTED`]; overlapping ones together by one.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let secrets = self.secrets();
        let Some(searcher) = &secrets.in_texts else {
            return text.to_owned();
        };
        let found = searcher.find_overlapping_iter(text);
        let mut ranges: Vec<_> = found.map(|found| (found.start(), found.end())).collect();
        ranges.sort_unstable();
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0; // of what is done
        for range in ranges {
            if range.0 >= end {
                redacted.push_str(text.get(end..range.0).unwrap_or_default());
                redacted.push_str(REDACTED);
            }
            end = end.max(range.1);
        }
        redacted.push_str(text.get(end..).unwrap_or_default());
        redacted
    }

    /// The length of the longest text that is looked for, in bytes.
    #[must_use]
    pub fn longest(&self) -> usize {
        let secrets = self.secrets();
        let forms = secrets.list.iter().flat_map(|secret| &secret.forms);
        forms.map(String::len).max().unwrap_or(0)
    }

    /// Text for people and documents: redacted, on one line, cut to a bounded length, in this order, so that neither joining lines
    /// nor cutting can hide a secret from the search.
    #[must_use]
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

    /// The name of a secret whose value the bytes contain.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        let secrets = self.secrets();
        let found = secrets.in_outputs.as_ref()?.find(bytes)?;
        let owner = secrets.owners.get(found.pattern().as_usize())?;
        secrets.list.get(*owner).map(|secret| secret.name.clone())
    }

    /// The name of a secret whose value a reader's bytes contain. They are searched in chunks that overlap, so that no border hides
    /// a secret.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn find_in(&self, mut reader: impl Read) -> io::Result<Option<String>> {
        let overlap = self.longest().saturating_sub(1);
        let mut chunk = vec![0; CHUNK + overlap];
        let mut kept = 0;
        loop {
            let n = match reader.read(chunk.get_mut(kept..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                n => n?,
            };
            let end = kept + n;
            let found = self.find(chunk.get(..end).unwrap_or_default());
            if found.is_some() || n == 0 {
                return Ok(found);
            }
            kept = end.min(overlap);
            chunk.copy_within(end - kept..end, 0);
        }
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
        for before in [0, 1, CHUNK - 20, CHUNK - 9, CHUNK, CHUNK + 5, 2 * CHUNK - 1] {
            let text = format!("{}hunter2-0123456789.", "x".repeat(before));
            for step in [97, CHUNK, usize::MAX] {
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
