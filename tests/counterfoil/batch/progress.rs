//! What a batch shows while it goes on.

use serde_json::json;

use super::{NEVER, Workspace, ok};
use crate::terminal::at_terminal;

#[test]
fn a_terminal_has_a_bar_and_a_line_for_each_failure() {
    let failing = json!({"label": "q-2", "params": {"do": "error", "message": "not so\u{1b}[2J"}});
    let workspace = Workspace::with_batch(&[ok("a"), failing, ok("b")]);
    let (shown, status) = at_terminal(&workspace.batch(&[]).env("TERM", "xterm"));
    assert_eq!(status, Some(1), "{shown:?}");
    assert_eq!(
        shown.matches("line 2 (q-2): ERR_PROVIDER_FAILED  not so").count(),
        1,
        "{shown:?}"
    );
    assert!(!shown.contains("run_failed"), "told twice: {shown:?}");
    assert!(shown.contains("/3") && shown.contains('░'), "{shown:?}");
    assert!(shown.contains("1 failed"), "{shown:?}");
}

#[test]
fn a_pipe_has_a_line_of_json_from_time_to_time() {
    let workspace = Workspace::with_batch(&[]);
    let mut lines = vec![ok("a")];
    lines.extend(workspace.meeting(1, NEVER));
    workspace.write_batch(&lines);
    let mut started = workspace.batch(&[]).start();
    started.wait_for("batch_progress"); // after 10 s
    workspace.end_meeting();
    let ended = started.wait();
    ended.assert_batch(0, 2, 0);
    let progress = ended
        .stderr
        .lines()
        .find(|line| line.contains("batch_progress"))
        .unwrap();
    let progress: serde_json::Value = serde_json::from_str(progress).unwrap();
    assert_eq!(progress["trace_id"], "batch");
    for (name, value) in [("lines", 2), ("ended", 1), ("before", 0), ("failed", 0)] {
        assert_eq!(progress[name], value, "{progress}");
    }
    assert!(
        progress["per_second"].is_f64() && progress["left_s"].is_u64(),
        "{progress}"
    );
}
