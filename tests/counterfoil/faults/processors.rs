//! The orchestrator of a batch killed just before and just after each of its processors, and processors that die with it.

use support::check_all;

use super::batches::{LINES, assert_goes_on, assert_whole, begun, calls, command};
use crate::workspace::BINARY;

/// Runs the batch with a script in the place of the processor, which does something at the n-th run alone; then again.
fn with_script(at: usize, script: &str) -> (Vec<usize>, Vec<usize>) {
    let workspace = begun();
    let body = format!(
        "if [ \"$1\" = --estimate ]; then exec \"$PROBE\" \"$@\"; fi\nn=$(($(cat '{0}' 2>/dev/null || echo 0) + 1)); echo $n > '{0}'\nif [ $n != {at} ]; then exec \"$PROBE\" \"$@\"; fi\n{script}",
        workspace.path("count").display()
    );
    let workspace = workspace.script(BINARY, &body);
    let killed = command(&workspace).run();
    killed.assert_killed();
    assert_eq!(
        killed.line_numbers(),
        (1..at as u64).collect::<Vec<_>>(),
        "{killed:?}"
    );
    assert_whole(&workspace);
    let before = calls(&workspace);
    let again = assert_goes_on(&workspace);
    assert!(again.before().len() >= at - 1, "{again:?}");
    (before, calls(&workspace))
}

fn each(check: impl Fn(&usize) + Sync) {
    check_all((1..=LINES).collect(), check);
}

#[test]
fn killed_as_a_processor_begins() {
    each(|at| {
        let (_, after) = with_script(*at, "kill -9 $PPID; exec \"$PROBE\" \"$@\"");
        assert_eq!(after, [1; LINES]);
    });
}

#[test]
fn killed_with_a_processor_that_has_not_begun() {
    each(|at| {
        let (before, after) = with_script(*at, "kill -9 $PPID; kill -9 $$");
        assert_eq!(before.iter().sum::<usize>(), at - 1);
        assert_eq!(after, [1; LINES]);
    });
}

#[test]
fn killed_as_a_processor_has_ended() {
    each(|at| {
        let (before, after) = with_script(*at, "\"$PROBE\" \"$@\" > \"$0.answer\"; kill -9 $PPID");
        assert_eq!(before.iter().sum::<usize>(), *at);
        assert_eq!(after, [1; LINES]);
    });
}
