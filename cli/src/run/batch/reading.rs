//! How a batch's lines are read: as `--format` and `--template` say, else as the first line looks.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use documents::ErrorCode;
use documents::inputs::LARGEST;

use super::file::BatchFile;
use super::lines::Lines;
use crate::error::Error;
use crate::run::format::{Format, Guess, Reader, Rows, Template};
use crate::run::options::Run;
use crate::session::Session;

/// How lines are read.
pub(super) struct Reading {
    pub(super) reader: Reader,
    /// What the first line looks like.
    pub(super) guess: Guess,
    /// What to say about it, where nothing on the command line does.
    pub(super) notice: Option<&'static str>,
}

impl Reading {
    /// Looks at the first line.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for a file that is no batch, a template that is none, and for options that do not fit one another.
    pub(super) fn choose(run: &Run, file: &Arc<BatchFile>, session: &Session) -> Result<Self, Error> {
        let first = Lines::new(Arc::clone(file)).next()?.map(|(_, line)| line);
        let guess = first.as_deref().map_or(Guess::Nothing, Guess::of);
        let chosen = |reader, notice| Reading {
            reader,
            guess,
            notice,
        };
        if let Some(path) = &run.template {
            let template = read_template(path, session)?;
            return match (run.format, guess) {
                (
                    None,
                    Guess::Format(Format::Inputs | Format::Messages | Format::OpenaiBatch) | Guess::Rows,
                ) => {
                    let reader = Reader::Rows(Box::new(Rows::json(template)));
                    Ok(chosen(reader, Some("JSON objects that fill in the template")))
                }
                (Some(Format::Csv), _) | (None, Guess::Format(Format::Csv) | Guess::Nothing) => {
                    let notice = run.format.is_none().then_some("CSV (--format csv)");
                    Ok(chosen(csv(template, first.as_deref(), file)?, notice))
                }
                (None, _) => Err(no_batch(file, guess)),
                (Some(_), _) => {
                    let message =
                        "--template fills in rows, and a line of this --format is a document of its own";
                    let hint = "use --format csv, or leave --format out for rows that are JSON objects";
                    Err(Error::new(ErrorCode::Usage, message).hint(hint))
                }
            };
        }
        match (run.format, guess) {
            (Some(Format::Csv), _) => {
                let message = "--format csv needs --template: the request that the columns fill in";
                let hint = "write an inputs document whose strings hold {{column}}";
                Err(Error::new(ErrorCode::Usage, message).hint(hint))
            }
            (Some(format), _) => Ok(chosen(reader(format), None)),
            (None, Guess::Rows | Guess::Nothing) => Ok(chosen(Reader::InputsLines, None)),
            (None, Guess::Format(format)) if format != Format::Csv => {
                Ok(chosen(reader(format), notice(format)))
            }
            (None, _) => Err(no_batch(file, guess)),
        }
    }

    /// What the file looks like, where it is read as something else.
    pub(super) fn advice(&self) -> Option<&'static str> {
        let is_so = matches!(
            (&self.reader, self.guess),
            (Reader::InputsLines, Guess::Format(Format::Inputs))
                | (Reader::OpenaiBatchLines, Guess::Format(Format::OpenaiBatch))
                | (Reader::MessagesLines, Guess::Format(Format::Messages))
                | (Reader::Rows(_), _)
        );
        if is_so { None } else { self.guess.advice() }
    }

    /// The lines that it reads.
    ///
    /// # Errors
    ///
    /// As [`Lines::of`].
    pub(super) fn lines(&self, file: &Arc<BatchFile>) -> Result<Lines, Error> {
        Lines::of(&self.reader, Arc::clone(file))
    }
}

const fn reader(format: Format) -> Reader {
    match format {
        Format::OpenaiBatch => Reader::OpenaiBatchLines,
        Format::Messages => Reader::MessagesLines,
        Format::Inputs | Format::Csv => Reader::InputsLines, // rows of CSV have their own
    }
}

const fn notice(format: Format) -> Option<&'static str> {
    match format {
        Format::OpenaiBatch => Some("OpenAI's batch file (--format openai-batch)"),
        Format::Messages => Some("requests for chat completions (--format messages)"),
        Format::Inputs | Format::Csv => None,
    }
}

fn csv(template: Template, header: Option<&[u8]>, file: &Arc<BatchFile>) -> Result<Reader, Error> {
    let first = header.unwrap_or_default();
    // a quoted name may have lines
    let header = match Rows::delimiter_of(first) {
        Some(delimiter) => Lines::records(Arc::clone(file), delimiter).next()?,
        None => None,
    };
    let header = header.as_ref().map_or(first, |(_, record)| record);
    let rows = Rows::csv(template, header).map_err(|what| file.unusable(&what).hint("nothing was run"))?;
    Ok(Reader::Rows(Box::new(rows)))
}

fn read_template(path: &Path, session: &Session) -> Result<Template, Error> {
    let wrong = |what: String| {
        let message = format!("the template {} {what}", path.display());
        Error::new(ErrorCode::Usage, message)
    };
    let mut bytes = Vec::new();
    File::open(session.environment.path(path))
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!(
            "has more than the {} MiB of an inputs document",
            LARGEST >> 20
        )));
    }
    Template::parse(&bytes).map_err(wrong)
}

fn no_batch(file: &BatchFile, guess: Guess) -> Error {
    let advice = guess.advice().unwrap_or_default();
    file.unusable(&format!("has no lines that can be run; {advice}"))
        .hint("nothing was run")
}
