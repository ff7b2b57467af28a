//! The orchestrator `counterfoil`.

use std::process::ExitCode;

use counterfoil::{Environment, Stdio, run};

fn main() -> ExitCode {
    run(std::env::args_os(), Environment::process(), Stdio::process()).into()
}
