//! System calls as they happen, and faults in the place of each.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::dir::Dir;
use crate::finished::Finished;
use crate::processors;
use crate::test::Test;

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

/// The system calls that change a disk or another process, or say something to it. Those that open count where they make a file.
const CHANGES: [&str; 34] = [
    "chmod",
    "clone",
    "clone3",
    "copy_file_range",
    "fallocate",
    "fchmod",
    "fdatasync",
    "flock",
    "fsync",
    "ftruncate",
    "kill",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "open",
    "openat",
    "pidfd_open",
    "pidfd_send_signal",
    "pwrite64",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendfile",
    "symlinkat",
    "syncfs",
    "unlink",
    "unlinkat",
    "vfork",
    "wait4",
    "waitid",
    "write",
    "writev",
];

/// What is traced of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The program, and all that it starts.
    Everything,
    /// All threads of the program itself.
    Threads,
    /// Its main thread.
    MainThread,
}

impl Scope {
    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::Everything => &["-f"],
            Self::Threads => &["-f", "-b", "execve"],
            Self::MainThread => &[],
        }
    }
}

/// What happens instead of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed.
    Kill,
    /// `ENOSPC`: the disk is full.
    NoSpace,
    /// `EIO`: the disk is broken.
    Broken,
    /// `EAGAIN`: there are too many threads or processes.
    NoThread,
}

impl Fault {
    /// Those that may happen at any call.
    pub const ALL: [Self; 3] = [Self::Kill, Self::NoSpace, Self::Broken];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "signal=KILL",
            Self::NoSpace => "error=ENOSPC",
            Self::Broken => "error=EIO",
            Self::NoThread => "error=EAGAIN",
        }
    }
}

/// A fault in the place of the n-th call, from 1, in any thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    /// The name of the system call.
    pub syscall: String,
    /// Which one of its thread, from 1.
    pub nth: usize,
    /// What happens.
    pub fault: Fault,
}

impl Injection {
    /// A fault in the place of this call.
    pub fn new(syscall: &str, nth: usize, fault: Fault) -> Self {
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

/// Whether this machine has what traces; a test that goes without says so, past what catches the output of tests.
pub fn has_strace() -> bool {
    let works = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let has = works("strace", &["-f", "-b", "execve", "-o", "/dev/null", "true"])
        && works("taskset", &["--cpu-list", &processors::first(), "true"]);
    if !has {
        skip("strace (6.1 or later, and leave to trace) and taskset are needed");
    }
    has
}

/// Says that a test is skipped, and why.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "*** SKIPPED: {test}: {why} ***");
}

/// Runs it with these faults.
pub fn inject(run: &Test, injections: &[Injection]) -> Finished {
    inject_in(Scope::Everything, run, injections)
}

/// The same in a part of the run.
pub fn inject_in(scope: Scope, run: &Test, injections: &[Injection]) -> Finished {
    run.clone()
        .under_strace(Path::new("/dev/null"), options(scope, injections))
        .run()
}

fn options(scope: Scope, injections: &[Injection]) -> impl Iterator<Item = String> {
    let scope = scope.options().iter().map(|option| (*option).to_owned());
    scope.chain(
        injections
            .iter()
            .flat_map(|injection| ["-e".into(), injection.to_string()]),
    )
}

/// Every fault in every place that a run with these faults already has; they come first in each case.
pub fn all_faults(run: &Test, already: &[Injection]) -> Vec<Injection> {
    let mut calls = BTreeMap::<String, usize>::new();
    for ((name, nth), _) in trace(Scope::Everything, run, already, |name, _| {
        TRIED.contains(&name).then_some(true)
    }) {
        let most = calls.entry(name).or_default();
        *most = nth.max(*most);
    }
    assert!(
        calls.contains_key("openat") && calls.contains_key("write"),
        "the trace shows no run: {calls:?}"
    );
    calls
        .iter()
        .flat_map(|(name, count)| (1..=*count).map(move |nth| (name, nth)))
        .flat_map(|(name, nth)| Fault::ALL.map(|fault| Injection::new(name, nth, fault)))
        .collect()
}

/// Each of these faults in the place of every call of a run that changes something; those of a disk where it is one that has a
/// part in the call. Where two threads make as many calls, the first one meets the fault.
pub fn faults_at_changes(scope: Scope, run: &Test, faults: &[Fault]) -> Vec<Injection> {
    let changes = trace(scope, run, &[], is_change);
    let on_disk = |at: &Injection| at.fault == Fault::Kill || changes[&(at.syscall.clone(), at.nth)];
    assert!(!changes.is_empty(), "the trace shows no run");
    let every = changes.keys().flat_map(|(name, nth)| {
        let at = |fault: &Fault| Injection::new(name, *nth, *fault);
        faults.iter().map(at)
    });
    every.filter(on_disk).collect()
}

/// Whether a call changes something; `true` for something on a disk.
fn is_change(name: &str, call: &str) -> Option<bool> {
    let opens = name == "open" || name == "openat";
    let is_change =
        CHANGES.contains(&name) && (!opens || call.contains("O_CREAT") || call.contains("O_TMPFILE"));
    is_change.then(|| is_on_disk(name, call))
}

/// Whether a change is one of a disk: not one of a process, a pipe or a device.
fn is_on_disk(name: &str, call: &str) -> bool {
    let takes_path = [
        "open", "link", "mkdir", "rename", "unlink", "symlink", "rmdir", "chmod",
    ];
    let descriptor = call.split_once("(").map_or("", |(_, arguments)| arguments);
    let descriptor = descriptor.trim_start_matches(|c: char| c.is_ascii_digit());
    takes_path.iter().any(|taker| name.starts_with(taker))
        || (descriptor.starts_with("</") && !descriptor.starts_with("</dev/"))
}

/// The calls of a run that the function selects, the how many-th of its thread each is, and whether the function says that one of
/// them is of a disk.
fn trace(
    scope: Scope,
    run: &Test,
    already: &[Injection],
    selects: impl Fn(&str, &str) -> Option<bool>,
) -> BTreeMap<(String, usize), bool> {
    let dir = Dir::new();
    run.clone()
        .under_strace(
            &dir.path("trace"),
            std::iter::once("-y".to_owned()).chain(options(scope, already)),
        )
        .run();
    let mut counts = BTreeMap::<_, usize>::new();
    let mut selected = BTreeMap::new();
    for line in dir.read("trace").lines() {
        // `1234 fsync(5) = 0`, without the number of the thread where there is one alone; resumed calls and exits have no name
        // before a parenthesis
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let thread = line.strip_suffix(call).unwrap_or_default();
        let Some((name, _)) = call.trim_start().split_once('(') else {
            continue;
        };
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            continue;
        }
        let count = counts.entry((name.to_owned(), thread.to_owned())).or_default();
        *count += 1;
        if let Some(is_on_disk) = selects(name, call) {
            *selected.entry((name.to_owned(), *count)).or_default() |= is_on_disk;
        }
    }
    selected
}
