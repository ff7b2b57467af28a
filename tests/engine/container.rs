//! The client's side of a container: it passes on what goes in and out, and can be killed without the container.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use rustix::process::{Pid, Signal};

use crate::monitor;
use crate::request::RunOptions;
use crate::state::State;

/// The file that has a container's labels, one a line.
const LABELS: &str = "labels";

/// Runs a container to its end.
pub(crate) fn run(state: &State, options: &RunOptions, program: &Path) -> ExitCode {
    std::fs::write(
        state.container(&options.name).join(LABELS),
        options.labels.join("\n"),
    )
    .expect("its labels can be written");
    let mut command = Command::new(std::env::current_exe().expect("its own path"));
    command
        .arg(monitor::COMMAND)
        .arg(state.container(&options.name))
        .arg(program)
        .args(&options.arguments)
        .env_clear()
        .envs(environment(options))
        .process_group(0) // what kills the client's group does not reach it
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut monitor = command.spawn().expect("the monitor starts");
    let mut stdin = monitor.stdin.take().expect("it is piped");
    std::thread::spawn(move || io::copy(&mut io::stdin(), &mut stdin));
    let stdout = monitor.stdout.take().expect("it is piped");
    let stderr = monitor.stderr.take().expect("it is piped");
    std::thread::scope(|scope| {
        scope.spawn(|| monitor::pass_on(stdout, io::stdout()));
        scope.spawn(|| monitor::pass_on(stderr, io::stderr()));
    });
    let status = monitor.wait().expect("the monitor ends").code();
    ExitCode::from(
        status
            .and_then(|status| u8::try_from(status).ok())
            .expect("a status"),
    )
}

/// What every container has, and what this one was given.
fn environment(options: &RunOptions) -> Vec<(OsString, OsString)> {
    let mut environment: Vec<(OsString, OsString)> = vec![
        ("HOSTNAME".into(), "0123456789ab".into()),
        ("PATH".into(), "/usr/bin:/bin".into()),
    ];
    for given in &options.environment {
        match given.split_once('=') {
            // where the container would see the mount
            Some(("ARTIFACTS_BASE_DIR", value)) => {
                assert_eq!(value, "/artifacts");
                environment.push(("ARTIFACTS_BASE_DIR".into(), options.artifacts.clone().into()));
            }
            // likewise
            Some((name, value)) => {
                let source = options.mounts.iter().find(|(target, _)| target == value);
                let value = source.map_or_else(|| value.into(), |(_, source)| source.clone().into());
                environment.push((name.into(), value));
            }
            None => {
                if let Some(value) = std::env::var_os(given) {
                    environment.push((given.into(), value));
                }
            }
        }
    }
    environment
}

/// Whether a container of this name was running, and has been signalled.
pub(crate) fn signal(state: &State, name: &str, signal: i32) -> bool {
    let signal = Signal::from_named_raw(signal).expect("a signal");
    pid(state, name).is_some_and(|pid| rustix::process::kill_process(pid, signal).is_ok())
}

/// Fills in what is known of a container.
pub(crate) fn inspect(state: &State, name: &str, format: &str) -> String {
    let dir = state.container(name);
    let labels = std::fs::read_to_string(dir.join(LABELS)).unwrap_or_default();
    let mut line = format
        .replace("{{.Name}}", &format!("/{name}"))
        .replace("{{.State.Running}}", "true"); // one that has ended is removed
    for (name, value) in labels.lines().filter_map(|label| label.split_once('=')) {
        line = line.replace(&format!("{{{{index .Config.Labels \"{name}\"}}}}"), value);
    }
    line
}

/// Kills all of a container, and removes it; whether there was one.
pub(crate) fn remove(state: &State, name: &str) -> bool {
    let dir = state.container(name);
    let Some(pid) = pid(state, name) else {
        return false;
    };
    let handle = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty());
    let _ = rustix::process::kill_process_group(pid, Signal::KILL); // gone: it has ended
    if let Ok(handle) = handle {
        let mut end = [rustix::event::PollFd::new(&handle, rustix::event::PollFlags::IN)];
        rustix::event::poll(&mut end, None).expect("its end can be waited for");
    }
    while std::fs::remove_dir_all(&dir).is_err() && dir.exists() {} // its monitor removes it, too
    true
}

fn pid(state: &State, name: &str) -> Option<Pid> {
    let text = std::fs::read_to_string(state.container(name).join(monitor::PID)).ok()?;
    Pid::from_raw(text.parse().ok()?)
}
