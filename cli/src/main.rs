//! The orchestrator `counterfoil`.

use std::process::ExitCode;
use std::sync::Arc;

use counterfoil::{Environment, Stdio, run};
use signal_hook::consts::SIGXFSZ;

fn main() -> ExitCode {
    // a file beyond `ulimit -f` is then an error of the write, and not the end of the process
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default()); // it can always be handled
    run(std::env::args_os(), Environment::process(), Stdio::process()).into()
}
