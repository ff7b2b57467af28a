//! Writing rows as Parquet, a group of them at a time.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::cell::Cell;
use super::column_names::{DOUBLES, INTEGERS};

/// A group is kept in memory, and written when it has so many rows or bytes of text.
const ROWS: usize = 10_000;
const BYTES: usize = 8 * 1024 * 1024;

/// A file that is being written.
pub(super) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    /// Those of the rows that are not written yet.
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

struct Column {
    name: String,
    /// For each row whether it has a value: 1, or 0.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Integers(Vec<i64>),
    Doubles(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl<W: Write + Send> Parquet<W> {
    /// Begins a file. Tokens and times are integers, costs are doubles, and all else is text.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub(super) fn begin(columns: &[String], to: W) -> io::Result<Self> {
        let columns: Vec<_> = columns.iter().map(|name| Column::new(name)).collect();
        let fields = columns.iter().map(Column::field).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("results").with_fields(fields).build()?;
        let properties = Arc::new(WriterProperties::builder().build());
        Ok(Self {
            writer: SerializedFileWriter::new(to, Arc::new(schema), properties)?,
            columns,
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// Those of the writer, and for a value that its column cannot hold.
    pub(super) fn write(&mut self, cells: &[Cell]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            self.bytes += column.push(cell)?;
        }
        self.rows += 1;
        if self.rows == ROWS || self.bytes >= BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes the last group, and what a reader looks for at the end.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.write_group()?;
        self.writer.into_inner()?.flush()
    }

    fn write_group(&mut self) -> Result<()> {
        if mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        self.bytes = 0;
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else {
                break;
            };
            let levels = mem::take(&mut column.levels);
            let levels = Some(&*levels);
            match &mut column.values {
                Values::Integers(values) => {
                    let values = mem::take(values);
                    writer.typed::<Int64Type>().write_batch(&values, levels, None)?
                }
                Values::Doubles(values) => {
                    let values = mem::take(values);
                    writer.typed::<DoubleType>().write_batch(&values, levels, None)?
                }
                Values::Texts(values) => {
                    let values = mem::take(values);
                    writer
                        .typed::<ByteArrayType>()
                        .write_batch(&values, levels, None)?
                }
            };
            writer.close()?;
        }
        group.close().map(drop)
    }
}

impl Column {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            levels: Vec::new(),
            values: if INTEGERS.contains(&name) {
                Values::Integers(Vec::new())
            } else if DOUBLES.contains(&name) {
                Values::Doubles(Vec::new())
            } else {
                Values::Texts(Vec::new())
            },
        }
    }

    fn field(&self) -> Result<Arc<Type>> {
        let (physical, logical) = match self.values {
            Values::Integers(_) => (Physical::INT64, None),
            Values::Doubles(_) => (Physical::DOUBLE, None),
            Values::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(&self.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    }

    /// Adds a cell; returns how many bytes of text it has.
    fn push(&mut self, cell: &Cell) -> io::Result<usize> {
        let (Cell::Text(text) | Cell::Json(text)) = cell else {
            self.levels.push(0);
            return Ok(0);
        };
        let not_held = || {
            let name = &self.name;
            io::Error::other(format!(
                "a value of {name} is too large or no integer, which Parquet would have to round; write .csv instead"
            ))
        };
        match &mut self.values {
            Values::Integers(values) => values.push(text.parse().map_err(|_| not_held())?),
            Values::Doubles(values) => values.push(text.parse().map_err(|_| not_held())?),
            Values::Texts(values) => values.push(text.as_bytes().to_vec().into()),
        }
        self.levels.push(1);
        Ok(text.len())
    }
}
