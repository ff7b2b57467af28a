//! What an engine has beside each container: it knows its end, whoever else has gone.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// The first argument of a monitor.
pub(crate) const COMMAND: &str = "monitor";
/// The file that has the process id of a container.
pub(crate) const PID: &str = "pid";
/// Runs a container: its directory, its program, the program's arguments.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let [dir, program, arguments @ ..] = arguments else {
        panic!("a directory and a program");
    };
    let dir = Path::new(dir);
    let status = start(dir, program, arguments);
    let _ = std::fs::remove_dir_all(dir); // unless it was removed
    ExitCode::from(status)
}

fn start(dir: &Path, program: &OsString, arguments: &[OsString]) -> u8 {
    let child = Command::new(program)
        .args(arguments)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "Error: the entry point cannot be started: {}",
                error.kind()
            );
            return match error.kind() {
                io::ErrorKind::NotFound => 127,
                _ => 126,
            };
        }
    };
    let staging = dir.join("new");
    std::fs::write(&staging, child.id().to_string())
        .and_then(|()| std::fs::rename(staging, dir.join(PID)))
        .expect("its process id can be written");
    let mut stdin = child.stdin.take().expect("it is piped");
    std::thread::spawn(move || io::copy(&mut io::stdin(), &mut stdin));
    let stdout = child.stdout.take().expect("it is piped");
    let stderr = child.stderr.take().expect("it is piped");
    std::thread::scope(|scope| {
        scope.spawn(|| pass_on(stdout, io::stdout()));
        scope.spawn(|| pass_on(stderr, io::stderr()));
    });
    let status = child.wait().expect("it ends");
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).expect("a status")
}

/// Reads to the end, also when nobody wants it any more.
pub(crate) fn pass_on(mut from: impl Read, mut to: impl Write) {
    let mut buffer = vec![0; 16 * 1024];
    let mut is_wanted = true;
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..length).unwrap_or_default();
        is_wanted = is_wanted && to.write_all(bytes).and_then(|()| to.flush()).is_ok();
    }
}
