//! What is wrong with lines: the first ones are named, all are counted.

use documents::ErrorCode;

use super::file::BatchFile;
use crate::error::Error;
use crate::quantity::grouped;

/// How many lines are named.
const NAMED: usize = 10;

/// The lines of a batch that cannot run.
#[derive(Default)]
pub(super) struct Problems {
    /// Lines that are wrong themselves.
    lines: Named,
    /// Lines for which something around them is: a key, a setting, or CI. By what is wrong, in the order of the file.
    around: Vec<(ErrorCode, Named)>,
    /// How many lines have yet another problem around them.
    others: u64,
}

/// The lines of one problem.
#[derive(Default)]
struct Named {
    count: u64,
    /// The numbers of the first ones.
    first: Vec<String>,
    /// What is wrong with the first one.
    why: String,
}

impl Problems {
    pub(super) fn add(&mut self, number: u64, error: &Error) {
        match error.code() {
            ErrorCode::MissingSecret | ErrorCode::CiSafety => self.add_around(number, error),
            _ => self.lines.add(number, error),
        }
    }

    /// Adds a line for which something around it is wrong.
    pub(super) fn add_around(&mut self, number: u64, error: &Error) {
        let why = error.message();
        if let Some((_, named)) = self.around.iter_mut().find(|(_, named)| named.why == why) {
            named.add(number, error);
        } else if self.around.len() < NAMED {
            let mut named = Named::default();
            named.add(number, error);
            self.around.push((error.code(), named));
        } else {
            self.others += 1;
        }
    }

    /// The error of the whole batch.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for lines that are wrong, else the code of the first problem around them.
    pub(super) fn into_result(self, file: &BatchFile, advice: Option<&str>) -> Result<(), Error> {
        let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
        if self.lines.count > 0 {
            let message = format!("{}{advice}", self.lines.message());
            return Err(file.unusable(&message).hint("nothing was run"));
        }
        let Some((code, _)) = self.around.first() else {
            return Ok(());
        };
        let told = self.around.iter().map(|(_, named)| match named.count {
            1 => format!("{} (line {})", named.why, named.list()),
            count => format!("{} ({} lines: {})", named.why, grouped(count), named.list()),
        });
        let mut told: Vec<_> = told.collect();
        if self.others > 0 {
            told.push(format!("something else for {} more lines", grouped(self.others)));
        }
        Err(Error::new(*code, told.join("; ")).hint("nothing was run"))
    }
}

impl Named {
    fn add(&mut self, number: u64, error: &Error) {
        if self.count == 0 {
            // a line has its own number already
            self.why = error.message().replace(" at line 1 column ", " at column ");
        }
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(number.to_string());
        }
    }

    fn list(&self) -> String {
        let rest = if self.count > NAMED as u64 { ", ..." } else { "" };
        format!("{}{rest}", self.first.join(", "))
    }

    fn message(&self) -> String {
        let first = self.first.first().map(String::as_str).unwrap_or_default();
        let why = format!("line {first}: {}", self.why);
        if self.count == 1 {
            return format!("has a line that cannot be used, {why}");
        }
        let count = grouped(self.count);
        format!(
            "has {count} lines that cannot be used ({}), first {why}",
            self.list()
        )
    }
}
