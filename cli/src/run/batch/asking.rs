//! A processor that is asked for estimates: documents go into its stdin, and its answers come in the same order.

use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, Sender};

use documents::estimate::Estimate;
use serde::Deserialize;

/// The longest answer.
const LONGEST: u64 = 1024 * 1024;

/// Where questions go.
pub(super) struct Questions<Q> {
    stdin: Option<BufWriter<ChildStdin>>,
    asked: Sender<Q>,
}

impl<Q> Questions<Q> {
    pub(super) fn new(stdin: ChildStdin, asked: Sender<Q>) -> Self {
        Self {
            stdin: Some(BufWriter::new(stdin)),
            asked,
        }
    }

    /// Asks, as long as the processor reads; the question comes out of [`answers`] in any case.
    pub(super) fn ask(&mut self, question: Q, document: &[u8]) {
        let _ = self.asked.send(question); // its receiver lives longer
        if let Some(stdin) = &mut self.stdin
            && stdin
                .write_all(document)
                .and_then(|()| stdin.write_all(b"\n"))
                .is_err()
        {
            self.stdin = None; // why it ended shows in its answers
        }
    }
}

/// Why there are no more answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The processor knows no estimates.
    Unknown,
    /// It has ended too early.
    Ended,
    /// It said something else.
    NoEstimate,
}

/// What an earlier version answers to a command line that it does not know.
#[derive(Deserialize)]
struct Envelope {
    #[expect(dead_code, reason = "that it is there is all that counts")]
    status: String,
}

/// Takes each question with its answer, if there is one.
pub(super) fn answers<Q>(
    stdout: ChildStdout,
    questions: &Receiver<Q>,
    mut take: impl FnMut(Q, Option<Estimate>),
) -> Option<Trouble> {
    let mut stdout = Some(BufReader::new(stdout));
    let mut trouble = None;
    let mut line = Vec::new();
    for question in questions {
        let answer = match &mut stdout {
            Some(stdout) => read(stdout, &mut line),
            None => {
                take(question, None);
                continue;
            }
        };
        match answer {
            Ok(estimate) => take(question, Some(estimate)),
            Err(why) => {
                trouble = Some(why);
                stdout = None; // it is not listened to any more
                take(question, None);
            }
        }
    }
    trouble
}

fn read(stdout: &mut BufReader<ChildStdout>, line: &mut Vec<u8>) -> Result<Estimate, Trouble> {
    line.clear();
    let read: io::Result<usize> = stdout.take(LONGEST).read_until(b'\n', line);
    match read {
        Ok(0) | Err(_) => return Err(Trouble::Ended),
        Ok(_) => {}
    }
    if serde_json::from_slice::<Envelope>(line).is_ok() {
        return Err(Trouble::Unknown);
    }
    serde_json::from_slice(line).map_err(|_| Trouble::NoEstimate)
}
