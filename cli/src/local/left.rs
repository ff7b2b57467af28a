//! Containers that a killed orchestrator has left: they go on without it.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use documents::hash::sha256;
use rustix::process::getpid;

use super::engine::{Engine, Question};
use crate::call::Call;
use crate::error::Error;

/// The labels of a container: what it runs, for which artifacts, for which orchestrator, and until when at most.
const EXECUTION: &str = "counterfoil.execution";
const ARTIFACTS: &str = "counterfoil.artifacts";
const ORCHESTRATOR: &str = "counterfoil.orchestrator";
const UNTIL: &str = "counterfoil.until";

/// How long after its time a container may still be on its way: pulled up, killed and removed.
const MARGIN: Duration = Duration::from_secs(30);

/// What an orchestrator has left of its container.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    name: String,
    execution_id: String,
    artifacts: String,
}

/// A container, as its labels have it.
#[derive(Debug)]
struct Labelled {
    left: Left,
    is_running: bool,
    orchestrator: Orchestrator,
    /// Whether its time is over.
    is_late: bool,
}

/// The process that waits for a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Orchestrator {
    Lives,
    Gone,
    /// It is another machine's, or another container's.
    Elsewhere,
}

/// What to do with a container.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// It is somebody's.
    Keep,
    Remove,
    /// It goes on, within its time: what it does may have been paid for.
    WaitFor,
}

/// The labels of a container for a call.
pub(super) fn labels(call: &Call, artifacts: &Path) -> [String; 4] {
    let until = now() + call.timeout.as_secs() + MARGIN.as_secs();
    [
        format!("{EXECUTION}={}", call.execution_id.as_str()),
        format!("{ARTIFACTS}={}", key(artifacts)),
        format!("{ORCHESTRATOR}={}", this_process().unwrap_or_default()),
        format!("{UNTIL}={until}"),
    ]
}

/// Asks for all containers of orchestrators.
///
/// # Errors
///
/// `ERR_ADAPTER_INVOCATION` for an engine that cannot be started.
pub(super) fn ask(engine: &Engine) -> Result<Question<'_>, Error> {
    let filter = format!("label={EXECUTION}");
    engine.start(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter])
}

/// Removes what is of no use to anybody; returns the containers that go on.
pub(super) fn sweep(engine: &Engine, listed: Question<'_>) -> Vec<Left> {
    let ids = listed.answer().ok().filter(|output| output.status.success());
    let ids = ids.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let ids = ids.unwrap_or_default();
    let ids: Vec<&str> = ids.split_ascii_whitespace().collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let label = |name| format!("{{{{index .Config.Labels \"{name}\"}}}}");
    let format = format!(
        "{{{{.Name}}}} {{{{.State.Running}}}} {} {} {} {}",
        label(EXECUTION),
        label(ARTIFACTS),
        label(UNTIL),
        label(ORCHESTRATOR)
    );
    let question = [
        &["inspect", "--type", "container", "--format", &format],
        ids.as_slice(),
    ]
    .concat();
    // one that has ended in the meantime is left out, and the answer is a failure
    let answer = engine
        .ask(&question)
        .map(|output| output.stdout)
        .unwrap_or_default();
    let mut going_on = Vec::new();
    let mut removed = Vec::new();
    for container in String::from_utf8_lossy(&answer).lines().filter_map(read) {
        match fate(&container) {
            Fate::Keep => {}
            Fate::Remove => {
                tracing::info!(
                    container = container.left.name,
                    execution_id = container.left.execution_id,
                    was_running = container.is_running,
                    "left_container_removed"
                );
                removed.push(container.left.name);
            }
            Fate::WaitFor => going_on.push(container.left),
        }
    }
    if !removed.is_empty() {
        let names: Vec<&str> = removed.iter().map(String::as_str).collect();
        let question = [engine.removal(), &names].concat();
        let _ = engine.ask(&question); // the next run tries again
    }
    going_on
}

impl Left {
    /// Says so, if it is of the same execution: then the processor waits for it, as for any other run.
    pub(super) fn report(&self, call: &Call, artifacts: &Path) {
        if self.execution_id == call.execution_id.as_str() && self.artifacts == key(artifacts) {
            let what = "the orchestrator of an earlier run was killed; its container goes on, and this run waits for it";
            tracing::warn!(container = self.name, what, "left_container_goes_on");
        }
    }
}

fn fate(container: &Labelled) -> Fate {
    match (container.orchestrator, container.is_running) {
        (Orchestrator::Lives, _) | (Orchestrator::Elsewhere, true) => Fate::Keep,
        (Orchestrator::Elsewhere, false) if !container.is_late => Fate::Keep,
        (Orchestrator::Gone, true) if !container.is_late => Fate::WaitFor,
        (Orchestrator::Gone | Orchestrator::Elsewhere, _) => Fate::Remove,
    }
}

/// Reads a line of the answer; `None` for one that is not ours.
fn read(line: &str) -> Option<Labelled> {
    let mut words = line.split(' ');
    let name = words.next()?.trim_start_matches('/');
    let is_running = words.next()? == "true";
    let [execution_id, artifacts, until, orchestrator] =
        [words.next()?, words.next()?, words.next()?, words.next()?];
    Some(Labelled {
        left: Left {
            name: name.to_owned(),
            execution_id: execution_id.to_owned(),
            artifacts: artifacts.to_owned(),
        },
        is_running,
        orchestrator: state(orchestrator),
        is_late: until.parse::<u64>().is_ok_and(|until| until < now()),
    })
}

/// Whether a process runs, by what [`process`] says of it.
fn state(orchestrator: &str) -> Orchestrator {
    let parts: Vec<&str> = orchestrator.split(',').collect();
    let [boot, namespace, pid, _] = parts.as_slice() else {
        return Orchestrator::Elsewhere;
    };
    let is_here =
        machine().is_some_and(|(own_boot, own_namespace)| own_boot == *boot && own_namespace == *namespace);
    if !is_here {
        return Orchestrator::Elsewhere;
    }
    if process(pid).as_deref() == Some(orchestrator) {
        Orchestrator::Lives
    } else {
        Orchestrator::Gone
    }
}

/// This process: no other one has the same text, now or later.
fn this_process() -> Option<String> {
    process(&getpid().as_raw_pid().to_string())
}

/// The machine's boot, the namespace of process ids, the process id, and when the process began.
fn process(pid: &str) -> Option<String> {
    let (boot, namespace) = machine()?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?; // the name before may hold anything
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    let began = fields.nth(18).filter(|_| !matches!(state, "Z" | "X"))?; // it is dead, though nobody has asked for its status
    Some(format!("{boot},{namespace},{pid},{began}"))
}

fn machine() -> Option<(String, String)> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let namespace: String = namespace.to_str()?.chars().filter(char::is_ascii_digit).collect();
    Some((boot.trim().to_owned(), namespace))
}

/// What stands for an artifacts directory: a path may hold anything.
fn key(artifacts: &Path) -> String {
    let path = artifacts.canonicalize();
    let path = path.as_deref().unwrap_or(artifacts);
    let hash = sha256(path.as_os_str().as_encoded_bytes());
    hash.get(..32).unwrap_or_default().to_owned()
}

/// Seconds since the epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(orchestrator: &str, is_running: bool, until: u64) -> Fate {
        let line = format!("/counterfoil-x {is_running} x 0123 {until} {orchestrator}");
        fate(&read(&line).unwrap())
    }

    #[test]
    fn only_what_nobody_waits_for_is_removed() {
        let (past, future) = (now() - 1, now() + 60);
        let own = this_process().unwrap();
        for until in [past, future] {
            for is_running in [true, false] {
                assert_eq!(container(&own, is_running, until), Fate::Keep);
            }
        }
        let gone = format!("{}0", own); // it would have begun later
        assert_eq!(container(&gone, false, future), Fate::Remove);
        assert_eq!(container(&gone, true, past), Fate::Remove);
        assert_eq!(container(&gone, true, future), Fate::WaitFor);
        for elsewhere in [
            own.replacen(',', "x,", 1),
            own.replacen(',', ",9", 1),
            String::new(),
        ] {
            assert_eq!(container(&elsewhere, true, past), Fate::Keep);
            assert_eq!(container(&elsewhere, false, future), Fate::Keep);
            assert_eq!(container(&elsewhere, false, past), Fate::Remove);
        }
        assert!(read("/x true").is_none());
    }
}
