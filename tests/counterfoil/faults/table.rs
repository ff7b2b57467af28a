//! `counterfoil results --out`.

use support::{Fault, Injection, Scope, check_all, faults_at_changes, has_strace, inject_in};

use super::assert_nothing_unfinished;
use super::batches::{begun, command};
use crate::workspace::Workspace;

const EARLIER: &str = "an earlier table\n";

fn results(workspace: &Workspace) -> support::Test {
    workspace.counterfoil(["results", "batch", "--out", "tables/table.csv"])
}

#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn a_table_is_whole_or_the_earlier_one() {
    if !has_strace() {
        return;
    }
    let workspace = begun();
    command(&workspace).run().assert_status(0);
    workspace.create_dir("tables");
    results(&workspace).run().assert_status(0);
    let whole = workspace.read("tables/table.csv");
    for before in [None, Some(EARLIER)] {
        // a file that is there has one call more: its mode is kept
        match before {
            Some(before) => drop(workspace.write("tables/table.csv", before)),
            None => std::fs::remove_file(workspace.path("tables/table.csv")).unwrap(),
        }
        let faults = faults_at_changes(Scope::MainThread, &results(&workspace), &Fault::ALL);
        eprintln!("{} faults", faults.len());
        check_all(faults, |fault| {
            let dir = support::Dir::new();
            let path = dir.path("table.csv");
            if let Some(before) = before {
                dir.write("table.csv", before);
            }
            let write = workspace.counterfoil(["results", "batch", "--out"]).arg(&path);
            let finished = inject_in(Scope::MainThread, &write, std::slice::from_ref(fault));
            let table = std::fs::read_to_string(&path).ok();
            assert!(
                table.as_deref() == before || table.as_ref() == Some(&whole),
                "{table:?}"
            );
            match fault.fault {
                Fault::Kill => drop(finished.assert_killed()),
                _ if finished.status == 0 => assert_eq!(table.as_ref(), Some(&whole)),
                _ => {}
            }
            write.run().assert_status(0);
            assert_eq!(dir.read("table.csv"), whole);
            assert_nothing_unfinished(dir.root());
        });
    }
}

/// So many lines that several threads would make their rows.
#[test]
#[ignore = "needs strace; cargo xtask faults runs it"]
fn a_table_is_made_without_another_thread_if_need_be() {
    if !has_strace() {
        return;
    }
    let workspace = Workspace::empty();
    workspace.write("artifacts/batch/q.json", r#"{"batch":"q","ref":"test/probe@1"}"#);
    let line = |number| format!("{{\"line\":{number},\"execution_id\":\"q-{number:016x}\"}}\n");
    let lines: String = (1..=100).map(line).collect();
    workspace.write("artifacts/batch/q.lines.jsonl", lines);
    let results = workspace.counterfoil(["results", "q"]);
    let no_thread = [Injection::new("clone3", 1, Fault::NoThread)];
    let finished = inject_in(Scope::Threads, &results, &no_thread);
    finished.assert_status(0);
    assert_eq!(finished.stdout, results.run().stdout);
    assert_eq!(finished.stdout.lines().count(), 101);
}
