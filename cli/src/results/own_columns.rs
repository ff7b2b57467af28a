//! The columns of a batch whose lines are rows, beside those that every table has.

use super::column_names::COLUMNS;
use super::select::Select;

/// What a column is called whose name the table has already.
const PREFIX: &str = "row_";

/// The names of the columns in the batch's own rows.
#[derive(Debug)]
pub(super) struct OwnColumns {
    /// As the table has them.
    pub(super) names: Vec<String>,
    /// What the batch calls a column, and what the table does, where that differs.
    pub(super) renamed: Vec<(String, String)>,
}

impl OwnColumns {
    /// Gives each column a name that no other one has: a column that has none is called by its number.
    ///
    /// For `DuckDB` upper and lower case are the same, and so are they beside the table's own names.
    pub(super) fn new(columns: Vec<String>, selects: &[Select]) -> Self {
        let mut this = Self {
            names: Vec::with_capacity(columns.len()),
            renamed: Vec::new(),
        };
        let is_ours = |name: &str| {
            let selected = selects.iter().map(|select| select.name.as_str());
            COLUMNS
                .into_iter()
                .chain(selected)
                .any(|ours| ours.eq_ignore_ascii_case(name))
        };
        for (index, column) in columns.iter().enumerate() {
            let mut name = column.clone();
            if name.is_empty() {
                name = format!("column_{}", index + 1);
            }
            while is_ours(&name) || this.names.contains(&name) || (name != *column && columns.contains(&name))
            {
                name.insert_str(0, PREFIX);
            }
            if name != *column {
                this.renamed.push((column.clone(), name.clone()));
            }
            this.names.push(name);
        }
        this
    }

    /// The names of all columns of the table.
    pub(super) fn with_ours(&self, selects: &[Select]) -> Vec<String> {
        let own = self.names.iter().map(String::as_str);
        let selected = selects.iter().map(|select| select.name.as_str());
        own.chain(COLUMNS).chain(selected).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let selects = ["city=/city".parse().unwrap()];
        let columns = ["id", "Answer", "row_answer", "answer", "city", "", "", "column_7"];
        let own = OwnColumns::new(columns.map(str::to_owned).into(), &selects);
        assert_eq!(
            own.names,
            [
                "id",
                "row_Answer",
                "row_answer",
                "row_row_answer",
                "row_city",
                "column_6",
                "row_column_7",
                "column_7",
            ]
        );
        assert_eq!(own.renamed.len(), 5);
        assert_eq!(own.with_ours(&selects).len(), 8 + COLUMNS.len() + 1);
    }
}
