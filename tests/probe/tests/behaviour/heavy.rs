//! What takes gigabytes of disk, or rights that not everybody has.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use support::Run;
use tempfile::TempDir;

use super::probe;

/// The same run, started by another program with these arguments before it.
fn under(run: &Run, program: &str, arguments: &[&str]) -> Command {
    let inner = run.command();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
#[ignore = "writes 3 GiB; .ci/run runs it"]
fn an_output_larger_than_memory() {
    let folder = TempDir::new().unwrap();
    let document = folder.path().join("inputs.json");
    std::fs::write(&document, r#"{"params":{"do":"file","size":3221225472}}"#).unwrap();
    let run = probe("{}").inputs_file(&document);
    // 128 MiB of address space, most of it stacks and the allocator's arenas
    let child = under(&run, "sh", &["-c", "ulimit -v 131072; exec \"$0\" \"$@\""])
        .spawn()
        .unwrap();
    let finished = run.wait(child);
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    let size = finished.envelope().pointer("/outputs/0/size_bytes").cloned();
    assert_eq!(size, Some(3_221_225_472_u64.into()));
}

#[test]
#[ignore = "needs root: makes a PID namespace; .ci/run runs it"]
fn a_signal_ends_process_1() {
    let folder = TempDir::new().unwrap();
    let document = folder.path().join("inputs.json");
    std::fs::write(&document, r#"{"params":{"do":"hang_async"}}"#).unwrap();
    let run = probe("{}").inputs_file(&document);
    let mut child = under(&run, "unshare", &["--pid", "--fork", "--kill-child"])
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("inputs_read") {
        assert_ne!(stderr.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let children = std::fs::read_to_string(children).unwrap();
    let inside = children.trim().parse().ok().and_then(Pid::from_raw).unwrap();
    kill_process(inside, Signal::TERM).unwrap();
    let finished = run.wait(child);
    stderr.read_to_string(&mut seen).unwrap();
    finished.assert_failure("ERR_CANCELLED", 143);
}
