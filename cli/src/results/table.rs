//! Writing rows.

use std::borrow::Cow;
use std::io::{self, Write};

use logging::steers;

use super::cell::Cell;
use super::form::Form;
#[cfg(feature = "parquet")]
use super::parquet::Parquet;

/// A table that is being written.
pub(super) struct Table<W: Write + Send> {
    columns: Vec<String>,
    /// Whether it goes to a terminal, which nothing in it may steer.
    is_terminal: bool,
    writer: Writer<W>,
}

enum Writer<W: Write + Send> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
    Markdown(W),
    #[cfg(feature = "parquet")]
    Parquet(Box<Parquet<W>>),
}

impl<W: Write + Send> Table<W> {
    /// Writes the names of the columns, where the form has a line for them.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub(super) fn begin(form: Form, is_terminal: bool, columns: Vec<String>, to: W) -> io::Result<Self> {
        let mut writer = match form {
            Form::Csv => Writer::Csv(Box::new(csv::Writer::from_writer(to))),
            Form::Jsonl => Writer::Jsonl(to),
            Form::Markdown => Writer::Markdown(to),
            #[cfg(feature = "parquet")]
            Form::Parquet => Writer::Parquet(Box::new(Parquet::begin(&columns, to)?)),
        };
        match &mut writer {
            Writer::Csv(writer) => writer.write_record(&columns)?,
            Writer::Jsonl(_) => {}
            #[cfg(feature = "parquet")]
            Writer::Parquet(_) => {}
            Writer::Markdown(writer) => {
                markdown(writer, columns.iter().map(|name| name.as_str().into()))?;
                markdown(writer, columns.iter().map(|_| "---".into()))?;
            }
        }
        Ok(Self {
            columns,
            is_terminal,
            writer,
        })
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub(super) fn write(&mut self, cells: &[Cell]) -> io::Result<()> {
        let texts = cells.iter().map(|cell| match cell {
            Cell::Empty => "".into(),
            Cell::Text(text) | Cell::Json(text) => shown(text, self.is_terminal),
        });
        match &mut self.writer {
            Writer::Csv(writer) => writer.write_record(texts.map(Cow::into_owned).collect::<Vec<_>>())?,
            Writer::Jsonl(writer) => {
                let mut separator = '{';
                for ((name, cell), text) in self.columns.iter().zip(cells).zip(texts) {
                    write!(writer, "{separator}{}:", serde_json::to_string(name)?)?;
                    separator = ',';
                    match cell {
                        Cell::Empty => writer.write_all(b"null")?,
                        Cell::Text(_) => serde_json::to_writer(&mut *writer, &text)?,
                        // between tokens, a line break is as good as a space
                        Cell::Json(json) => writer.write_all(json.replace(['\n', '\r'], " ").as_bytes())?,
                    }
                }
                writer.write_all(b"}\n")?;
            }
            Writer::Markdown(writer) => markdown(writer, texts)?,
            #[cfg(feature = "parquet")]
            Writer::Parquet(writer) => writer.write(cells)?,
        }
        Ok(())
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub(super) fn end(self) -> io::Result<()> {
        match self.writer {
            Writer::Csv(mut writer) => writer.flush(),
            Writer::Jsonl(mut writer) | Writer::Markdown(mut writer) => writer.flush(),
            #[cfg(feature = "parquet")]
            Writer::Parquet(writer) => writer.end(),
        }
    }
}

fn markdown<'a>(writer: &mut impl Write, cells: impl Iterator<Item = Cow<'a, str>>) -> io::Result<()> {
    for cell in cells {
        let cell = cell
            .replace('\\', "\\\\")
            .replace('|', "\\|")
            .replace('<', "&lt;");
        let lines: Vec<_> = cell.lines().collect();
        write!(writer, "| {} ", lines.join("<br>"))?;
    }
    writer.write_all(b"|\n")
}

/// A text for a terminal: what would steer it, but for lines and tabs, is spelt out.
fn shown(text: &str, is_terminal: bool) -> Cow<'_, str> {
    let steers = |c: char| steers(c) && !matches!(c, '\n' | '\t');
    if !is_terminal || !text.contains(steers) {
        return text.into();
    }
    let spelt = text.chars().map(|c| match c {
        c if steers(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    });
    Cow::Owned(spelt.collect())
}
