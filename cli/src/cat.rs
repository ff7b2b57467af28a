//! `counterfoil cat`.

mod answer;
mod select;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};

use anyhow::{Context as _, bail};
use clap::Args;
use documents::ErrorCode;
use documents::hash::Hasher;

use crate::artifacts::ArtifactsOption;
use crate::error::Error;
use crate::locate::{self, Located};
use crate::printable::printable_lines;
use crate::session::{ExitStatus, Session};
use answer::Answer;

/// An output that a pointer selects in is read whole; one this large is no document.
const LARGEST_DOCUMENT: u64 = 64 * 1024 * 1024;

/// Print an output of a run as it is
///
/// Without OUTPUT it is outputs/response.json, or the only output. The bytes are hashed on their way: where they are not those that
/// the index lists, it ends with an error. `rejected/response.bin` is the answer that a failure could not use.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil cat run-1
  counterfoil cat run-1 --select /choices/0/message/content
  counterfoil cat run-1 assets/00.webp > picture.webp")]
pub(crate) struct Cat {
    /// An execution id, a write prefix or a receipt, as for `counterfoil show`
    #[arg(value_name = "ID|PREFIX|RECEIPT")]
    named: OsString,
    /// The output's path in the write prefix; `outputs/` may be left out
    output: Option<String>,
    /// Print what this JSON pointer names in the output: a text as it is, anything else as JSON
    #[arg(long, value_name = "POINTER")]
    select: Option<String>,
    #[command(flatten)]
    artifacts: ArtifactsOption,
}

impl Cat {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        if let Some(pointer) = self.select.as_deref().filter(|pointer| !is_pointer(pointer)) {
            let message =
                format!("--select {pointer} is no JSON pointer; one is like /choices/0/message/content");
            return Err(Error::new(ErrorCode::Usage, message).into());
        }
        let located = locate::receipt(&self.named, &self.artifacts, &session.environment)?;
        let answer = answer::find(&located, self.output.as_deref())?;
        match &self.select {
            Some(pointer) => {
                let bytes = read(&located, &answer)?;
                let selected = select::select(&bytes, pointer)
                    .with_context(|| format!("nothing can be selected in {}", answer.path))?;
                print(&with_newline(selected), session)?;
            }
            None if session.stdout.is_terminal => print(&read(&located, &answer)?, session)?,
            None => copy(&located, &answer, session)?,
        }
        Ok(ExitStatus::SUCCESS)
    }
}

/// RFC 6901: empty, or `/` and the first name; `~` only as `~0` and `~1`.
fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/'))
        && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

fn with_newline(mut text: String) -> Vec<u8> {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.into_bytes()
}

/// Prints a text; on a terminal nothing in it steers that.
fn print(bytes: &[u8], session: &Session) -> anyhow::Result<()> {
    if !session.stdout.is_terminal {
        session.stdout.clone().write_all(bytes)?;
        return Ok(());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        bail!("the output is no text; redirect it to a file");
    };
    let mut out = session.stdout.clone();
    out.write_all(printable_lines(text).as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads an output whole, and checks it.
fn read(located: &Located, answer: &Answer) -> anyhow::Result<Vec<u8>> {
    if answer.size_bytes > LARGEST_DOCUMENT {
        bail!(
            "{} has more than 64 MiB; redirect it to a file, without --select",
            answer.path
        );
    }
    let mut bytes = Vec::new();
    pass(located, answer, |chunk| {
        bytes.extend_from_slice(chunk);
        Ok(())
    })?;
    Ok(bytes)
}

fn copy(located: &Located, answer: &Answer, session: &Session) -> anyhow::Result<()> {
    let mut out = session.stdout.clone();
    pass(located, answer, |chunk| out.write_all(chunk))?;
    Ok(out.flush()?)
}

/// Passes an output on in pieces; never more than was written, and fails at its end if it is another.
fn pass(
    located: &Located,
    answer: &Answer,
    mut to: impl FnMut(&[u8]) -> io::Result<()>,
) -> anyhow::Result<()> {
    let path = &answer.path;
    let opened = located.artifacts.open(path);
    let mut file = opened
        .map_err(|error| anyhow::anyhow!("{path} {error}"))?
        .take(answer.size_bytes + 1);
    let mut hash = Hasher::default();
    let mut left = answer.size_bytes;
    let mut buffer = vec![0; 64 * 1024];
    let changed = || {
        let why = format!("{path} has changed since it was written");
        anyhow::anyhow!("{why}; `counterfoil verify` says what else differs")
    };
    loop {
        let count = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.with_context(|| format!("{path} cannot be read"))?,
        };
        let chunk = buffer.get(..count).unwrap_or_default();
        if chunk.is_empty() {
            break;
        }
        left = left.checked_sub(count as u64).ok_or_else(changed)?;
        hash.update(chunk);
        to(chunk)?;
    }
    if left == 0 && hash.finish() == answer.sha256 {
        Ok(())
    } else {
        Err(changed())
    }
}
