//! Rows of a table, each of which fills in a template.

use documents::Error;
use documents::json;
use serde_json::{Map, Value};

use super::csv;
use super::template::Template;

/// What a line is a row of, and what it fills in.
#[derive(Debug)]
pub(crate) struct Rows {
    template: Template,
    table: Table,
}

#[derive(Debug)]
enum Table {
    /// Each line is an object.
    Json,
    Csv {
        columns: Vec<String>,
        delimiter: u8,
    },
}

impl Rows {
    /// Rows that are JSON objects.
    pub(crate) const fn json(template: Template) -> Self {
        let table = Table::Json;
        Self { template, table }
    }

    /// Rows of CSV below this header.
    ///
    /// # Errors
    ///
    /// What is wrong with the header, or which columns of the template it does not have.
    pub(crate) fn csv(template: Template, header: &[u8]) -> Result<Self, String> {
        let header = header.strip_prefix(b"\xef\xbb\xbf").unwrap_or(header);
        let delimiter = csv::delimiter(header).unwrap_or(b',');
        let columns = csv::fields(header, delimiter).map_err(|what| format!("has a header whose {what}"))?;
        let columns: Vec<String> = columns.iter().map(|name| name.trim().to_owned()).collect();
        if let Some(twice) = columns.iter().enumerate().find_map(|(index, name)| {
            let before = columns.get(..index).unwrap_or_default();
            (!name.is_empty() && before.contains(name)).then_some(name)
        }) {
            return Err(format!("has two columns {}", json::pointer_part(twice)));
        }
        let columns = named(columns);
        let missing = template.missing(|name| columns.iter().any(|column| column == name));
        if !missing.is_empty() {
            let has: Vec<_> = columns.iter().map(|column| json::pointer_part(column)).collect();
            return Err(format!(
                "has no column {}, which the template names; it has {}",
                missing.join(", "),
                has.join(", ")
            ));
        }
        let table = Table::Csv { columns, delimiter };
        Ok(Self { template, table })
    }

    /// What is between the fields of a header, if it has more than one.
    pub(crate) fn delimiter_of(header: &[u8]) -> Option<u8> {
        csv::delimiter(header)
    }

    /// What is between fields of CSV.
    pub(super) const fn delimiter(&self) -> Option<u8> {
        match self.table {
            Table::Json => None,
            Table::Csv { delimiter, .. } => Some(delimiter),
        }
    }

    /// The columns of a row and their values.
    pub(super) fn row(&self, line: &[u8]) -> Result<Map<String, Value>, Error> {
        match &self.table {
            Table::Json => match documents::inputs::parse_json(line)?.into_value() {
                Value::Object(row) => Ok(row),
                _ => Err(Error::inputs("the row is not a JSON object")),
            },
            Table::Csv { columns, delimiter } => {
                let fields = csv::fields(line, *delimiter).map_err(Error::inputs)?;
                let (has, wants) = (fields.len(), columns.len());
                if has != wants {
                    let message = format!("the row has {has} fields, and the header has {wants}");
                    return Err(Error::inputs(message));
                }
                let row = columns.iter().cloned().zip(fields);
                Ok(row.map(|(name, field)| (name, Value::String(field))).collect())
            }
        }
    }

    /// The document for a row.
    pub(super) fn fill(&self, line: &[u8]) -> Result<Vec<u8>, Error> {
        let mut document = self.template.fill(&self.row(line)?).map_err(Error::inputs)?;
        // what stands alone keeps its type, and a label is text: `{{id}}` of a number
        if let Some(label @ (Value::Number(_) | Value::Bool(_))) = document.get_mut("label") {
            *label = Value::String(label.to_string());
        }
        Ok(document.to_string().into_bytes())
    }
}

/// A column without a name is called by its number, so that it is not taken for another one.
fn named(mut columns: Vec<String>) -> Vec<String> {
    for index in 0..columns.len() {
        let mut name = format!("column_{}", index + 1);
        while columns.contains(&name) {
            name.insert(0, '_');
        }
        if let Some(column) = columns.get_mut(index).filter(|column| column.is_empty()) {
            *column = name;
        }
    }
    columns
}
