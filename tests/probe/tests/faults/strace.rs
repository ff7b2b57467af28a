//! System calls as they happen, and faults in the place of each.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use support::{Dir, Finished, Test};

/// The system calls that change a disk, and those that the changes depend on.
const TRIED: [&str; 28] = [
    "copy_file_range",
    "creat",
    "fchmod",
    "fdatasync",
    "flock",
    "fstat",
    "fsync",
    "ftruncate",
    "getdents64",
    "linkat",
    "mkdir",
    "mkdirat",
    "open",
    "openat",
    "openat2",
    "pwrite64",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendfile",
    "statx",
    "symlinkat",
    "syncfs",
    "unlink",
    "unlinkat",
    "write",
    "writev",
];

/// What happens instead of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Kill,
    NoSpace,
    Broken,
}

impl Fault {
    pub(crate) const ALL: [Self; 3] = [Self::Kill, Self::NoSpace, Self::Broken];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "signal=KILL",
            Self::NoSpace => "error=ENOSPC",
            Self::Broken => "error=EIO",
        }
    }
}

/// A fault in the place of the n-th call, from 1, in any thread.
#[derive(Clone, Debug)]
pub(crate) struct Injection {
    pub(crate) syscall: String,
    pub(crate) nth: usize,
    pub(crate) fault: Fault,
}

impl Injection {
    pub(crate) fn new(syscall: &str, nth: usize, fault: Fault) -> Self {
        Self {
            syscall: syscall.to_owned(),
            nth,
            fault,
        }
    }
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "inject={}:{}:when={}",
            self.syscall,
            self.fault.as_str(),
            self.nth
        )
    }
}

/// Runs it with these faults.
pub(crate) fn inject(run: &Test, injections: &[Injection]) -> Finished {
    run.clone()
        .under_strace(Path::new("/dev/null"), options(injections))
        .run()
}

fn options(injections: &[Injection]) -> impl Iterator<Item = String> {
    injections
        .iter()
        .flat_map(|injection| ["-e".into(), injection.to_string()])
}

/// Every fault in every place that a run with these faults already has; they come first in each case.
pub(crate) fn all_faults(run: &Test, already: &[Injection]) -> Vec<Injection> {
    let calls = calls(run, already);
    assert!(
        calls.contains_key("openat") && calls.contains_key("write"),
        "the trace shows no run: {calls:?}"
    );
    calls
        .iter()
        .filter(|(name, _)| TRIED.contains(&name.as_str()))
        .flat_map(|(name, count)| (1..=*count).map(move |nth| (name, nth)))
        .flat_map(|(name, nth)| Fault::ALL.map(|fault| Injection::new(name, nth, fault)))
        .collect()
}

/// How often the busiest thread of a run makes each system call.
fn calls(run: &Test, already: &[Injection]) -> BTreeMap<String, usize> {
    let dir = Dir::new();
    run.clone()
        .under_strace(&dir.path("trace"), options(already))
        .run();
    let mut by_thread = BTreeMap::<_, usize>::new();
    for line in dir.read("trace").lines() {
        // `1234 fsync(5) = 0`; resumed calls and exits have no name before a parenthesis
        let (thread, call) = line.split_once(' ').unwrap();
        let Some((name, _)) = call.trim_start().split_once('(') else {
            continue;
        };
        if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            *by_thread.entry((name.to_owned(), thread.to_owned())).or_default() += 1;
        }
    }
    let mut calls = BTreeMap::new();
    for ((name, _), count) in by_thread {
        let most: &mut usize = calls.entry(name).or_default();
        *most = count.max(*most);
    }
    calls
}
