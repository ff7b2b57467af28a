//! `--out answers.parquet`, read with the crate that writes it.

use std::fs::File;

use parquet::basic::Type;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::json;

use super::super::Workspace;
use super::{SAID, answering, chat, paid};

#[test]
fn columns_have_types() {
    let failing = json!({"params": {"do": "error", "message": "not so"}});
    let workspace = Workspace::with_batch(&[answering("a|b", &chat(&SAID.into())), paid(2, 0.25), failing]);
    workspace
        .batch(&["--out", "t.parquet"])
        .run()
        .assert_batch(1, 2, 1);
    let select = ["batch", "--out", "t.parquet", "--select", "n=/n"];
    workspace.results(&select).run().assert_status(0);

    let reader = SerializedFileReader::new(File::open(workspace.path("t.parquet")).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let of = |name: &str| {
        let mut columns = schema.columns().iter();
        columns
            .find(|column| column.name() == name)
            .unwrap()
            .physical_type()
    };
    assert_eq!(schema.num_columns(), 15);
    for (name, expected) in [
        ("line", Type::INT64),
        ("total_tokens", Type::INT64),
        ("cost_usd", Type::DOUBLE),
        ("answer", Type::BYTE_ARRAY),
        ("n", Type::BYTE_ARRAY),
    ] {
        assert_eq!(of(name), expected, "{name}");
    }
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let value = |row: usize, name: &str| {
        let mut columns = rows[row].get_column_iter();
        columns.find(|(column, _)| *column == name).unwrap().1.clone()
    };
    let text = |text: &str| Field::Str(text.to_owned());
    assert_eq!(rows.len(), 3);
    assert_eq!(value(0, "label"), text("a|b"));
    assert_eq!(value(0, "answer"), text(SAID));
    assert_eq!(value(0, "n"), text("9007199254740993"));
    assert_eq!(value(0, "cost_usd"), Field::Null);
    assert_eq!(value(1, "line"), Field::Long(2));
    assert_eq!(value(1, "total_tokens"), Field::Long(9));
    assert_eq!(value(1, "cost_usd"), Field::Double(0.25));
    assert_eq!(value(2, "code"), text("ERR_PROVIDER_FAILED"));
}

#[test]
fn a_number_that_would_be_rounded_is_refused_and_the_file_stays() {
    let workspace = Workspace::with_batch(&[json!({"params": {"usage": {"prompt_tokens": 1.5}}})]);
    workspace.write("t.parquet", "as it was");
    workspace.batch(&[]).run().assert_batch(0, 1, 0);
    let ended = workspace.results(&["batch", "--out", "t.parquet"]).run();
    ended.assert_status(1);
    let message = "a value of prompt_tokens is too large or no integer";
    assert!(ended.stderr.contains(message), "{ended:?}");
    assert_eq!(workspace.read("t.parquet"), "as it was");
}
