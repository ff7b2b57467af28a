//! Keeps the values of secrets out of everything that leaves the process (`docs/spec.md#redaction`).

mod forms;
mod search;
mod unescape;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use self::search::Search;

/// What replaces a secret.
pub const REDACTED: &str = "[REDACTED]";

/// Outputs are not searched for a shorter secret, which may occur by chance; in texts it is redacted.
const SHORTEST_SECRET_IN_OUTPUTS: usize = 4;

/// The longest message, in characters; a longer one is a payload.
pub const LONGEST_TEXT: usize = 1_000;

/// How many bytes of a file are searched at a time.
const CHUNK: usize = 128 * 1024;

/// Every secret that the process has read, in every form in which a library or a service may spell it.
#[derive(Clone, Debug, Default)]
pub struct Redactor(Arc<RwLock<Secrets>>);

#[derive(Debug, Default)]
struct Secrets {
    list: Vec<Secret>,
    /// Finds the forms and the lines of all secrets. Like the next one it is built when it is needed, not for every secret.
    in_texts: OnceLock<Option<AhoCorasick>>,
    /// Finds the forms of the secrets that no output may contain.
    in_outputs: OnceLock<Option<AhoCorasick>>,
}

struct Secret {
    name: String,
    forms: BTreeSet<String>,
    /// The longer lines of a value with several: a text may come line by line.
    lines: BTreeSet<String>,
    is_searched_in_outputs: bool,
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
        self.in_texts = OnceLock::new();
        self.in_outputs = OnceLock::new();
    }

    fn in_texts(&self) -> Option<&AhoCorasick> {
        let patterns = || {
            self.list
                .iter()
                .flat_map(|secret| secret.forms.union(&secret.lines))
        };
        self.in_texts.get_or_init(|| automaton(patterns())).as_ref()
    }

    /// The patterns of the second automaton with the names of their secrets.
    fn forms_in_outputs(&self) -> impl Iterator<Item = (&str, &String)> {
        let searched = self.list.iter().filter(|secret| secret.is_searched_in_outputs);
        searched.flat_map(|secret| secret.forms.iter().map(|form| (secret.name.as_str(), form)))
    }
}

fn automaton<'a>(patterns: impl Iterator<Item = &'a String>) -> Option<AhoCorasick> {
    let kind = Some(AhoCorasickKind::ContiguousNFA); // a DFA takes many times as long to build
    AhoCorasick::builder().kind(kind).build(patterns).ok()
}

/// Whether a character could steer a terminal, or show a line in another order than it is written.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Redactor {
    /// Registers the value of a secret, with and without the white space around it.
    pub fn add(&self, name: &str, value: &str) {
        self.register(name, value, value.trim().len() >= SHORTEST_SECRET_IN_OUTPUTS);
    }

    /// Registers a value that is redacted in texts, but not searched in outputs.
    pub fn add_for_texts(&self, name: &str, value: &str) {
        self.register(name, value, false);
    }

    fn register(&self, name: &str, value: &str, is_searched_in_outputs: bool) {
        let mut forms = forms::spellings(value);
        forms.extend(forms::spellings(value.trim()));
        forms.remove("");
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .add(Secret {
                name: name.to_owned(),
                lines: forms::lines(value),
                is_searched_in_outputs,
                forms,
            });
    }

    fn secrets(&self) -> RwLockReadGuard<'_, Secrets> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces every secret by [`REDACTED`], and secrets that overlap by a single one.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let secrets = self.secrets();
        if secrets.list.is_empty() {
            return text.to_owned(); // as in mock mode: no automaton is built, no text is scanned
        }
        let Some(searcher) = secrets.in_texts() else {
            return REDACTED.to_owned(); // nothing can be searched for, so nothing is shown
        };
        let found = searcher.find_overlapping_iter(text);
        let mut ranges: Vec<_> = found.map(|found| (found.start(), found.end())).collect();
        ranges.sort_unstable();
        let mut redacted = String::with_capacity(text.len());
        let mut end = 0;
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

    /// The length of the longest form, in bytes.
    #[must_use]
    pub fn longest(&self) -> usize {
        let secrets = self.secrets();
        let forms = secrets.list.iter().flat_map(|secret| &secret.forms);
        forms.map(String::len).max().unwrap_or(0)
    }

    /// A message for people and documents: redacted, on one line, redacted again, and then cut. What [`steers`] becomes a space. A secret may have a line break where
    /// the message has a space, or the other way round; and a part of a secret is not found.
    #[must_use]
    pub fn safe_text(&self, text: &str) -> String {
        let redacted = self.redact(text);
        if !redacted.contains(steers) {
            return cut(redacted);
        }
        let mut line = String::with_capacity(redacted.len());
        let mut is_blank = false;
        for c in redacted.chars() {
            match (steers(c), is_blank) {
                (true, true) => {}
                (true, false) => line.push(' '),
                (false, _) => line.push(c),
            }
            is_blank = steers(c);
        }
        cut(self.redact(&line))
    }

    /// The name of a secret that the bytes contain, as they are or in the decoded strings of JSON.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        self.secrets().forms_in_outputs().next()?; // else there is nothing to search for
        Search::new(self.longest()).find(bytes, &|text| self.find_as_written(text))
    }

    fn find_as_written(&self, bytes: &[u8]) -> Option<String> {
        let secrets = self.secrets();
        let automaton = || automaton(secrets.forms_in_outputs().map(|(_, form)| form));
        let pattern = match secrets.in_outputs.get_or_init(automaton) {
            Some(automaton) => automaton.find(bytes)?.pattern().as_usize(),
            None => 0, // nothing can be searched for, so nothing is let through
        };
        let (name, _) = secrets.forms_in_outputs().nth(pattern)?;
        Some(name.to_owned())
    }

    /// The same for a reader's bytes.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    pub fn find_in(&self, mut reader: impl Read) -> io::Result<Option<String>> {
        if self.secrets().forms_in_outputs().next().is_none() {
            return Ok(None);
        }
        let mut search = Search::new(self.longest());
        let mut chunk = vec![0; CHUNK];
        loop {
            let n = match reader.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                n => n?,
            };
            let found = search.find(chunk.get(..n).unwrap_or_default(), &|text| {
                self.find_as_written(text)
            });
            if found.is_some() || n == 0 {
                return Ok(found);
            }
        }
    }
}
