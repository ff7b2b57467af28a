//! What takes gigabytes of disk, or rights that not everybody has.

use support::{Dir, Signal, kill};

use super::probe;

#[test]
#[ignore = "writes 3 GiB; .ci/run runs it"]
fn an_output_larger_than_memory() {
    let dir = Dir::new();
    let document = dir.write("inputs.json", r#"{"params":{"do":"file","size":3221225472}}"#);
    let test = probe("{}").inputs_file(document);
    // 128 MiB of address space, most of it stacks and the allocator's arenas
    let finished = test
        .under(["sh", "-c", "ulimit -v 131072; exec \"$0\" \"$@\""])
        .run();
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    let size = finished.envelope().pointer("/outputs/0/size_bytes").cloned();
    assert_eq!(size, Some(3_221_225_472_u64.into()));
}

#[test]
#[ignore = "needs root: makes a PID namespace; .ci/run runs it"]
fn a_signal_ends_process_1() {
    let dir = Dir::new();
    let document = dir.write("inputs.json", r#"{"params":{"do":"hang_async"}}"#);
    let test = probe("{}").inputs_file(document);
    let mut started = test.under(["unshare", "--pid", "--fork", "--kill-child"]).start();
    started.wait_for("inputs_read");
    let children = format!("/proc/{0}/task/{0}/children", started.pid());
    let children = std::fs::read_to_string(children).unwrap();
    kill(children.trim().parse().unwrap(), Signal::TERM);
    let finished = started.wait();
    finished.assert_failure("ERR_CANCELLED", 143);
}
