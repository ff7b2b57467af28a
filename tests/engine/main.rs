//! For tests only: stands in for `docker` and `podman`, as far as the orchestrator asks them for something.
//!
//! What it is called as says which of the two it is. Its state is the directory that `STAND_IN_ENGINE` names: `calls.jsonl`
//! has every call; `images/<hex>` and `remote/<hex>` are processors, here and to be pulled; `built` is what a build
//! makes; `containers/<name>` is there until a container is removed, and has `labels`, `pid`, and its `status` once it has
//! ended. `platform` is that of all images, and `platform-pulled` what a pull for another one makes of it; `index` is what it
//! says of an image's platforms, `out-of-memory` that every container was killed for want of it. Files there make it fail:
//! `down`, `pull-fails`, `run-fails`, each with what it then says. A FIFO `gate` keeps a run waiting until somebody
//! has opened it for writing and closed it again; the command that `hangs` names never ends.
//!
//! It refuses what it does not know, flags above all. A container is the processor as a process that has the environment
//! it was given, for `/artifacts` the directory that is mounted there, and that lives on without its client.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what must not happen ends it, and fails the test"
)]

mod container;
mod engine;
mod monitor;
mod request;
mod state;

use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use engine::Engine;
use request::{Request, RunOptions};
use state::State;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let own = arguments.next().expect("a name");
    let arguments: Vec<OsString> = arguments.collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == monitor::COMMAND
    {
        return monitor::run(rest);
    }
    let engine = match Path::new(&own).file_name().and_then(|name| name.to_str()) {
        Some("docker") => Engine::Docker,
        Some("podman") => Engine::Podman,
        _ => panic!("it is docker or podman, by its name"),
    };
    let state = State::from_environment();
    state.record(engine, &arguments);
    let arguments: Vec<String> = match arguments.into_iter().map(OsString::into_string).collect() {
        Ok(arguments) => arguments,
        Err(argument) => return fail(125, format!("{} is not UTF-8", argument.display())),
    };
    let asked = match request::parse(engine, &arguments) {
        Ok(asked) => asked,
        Err(problem) => return fail(125, problem),
    };
    if let Some(why) = state.text("down") {
        return fail(1, why);
    }
    if state
        .text("hangs")
        .is_some_and(|command| arguments.first() == Some(&command))
    {
        loop {
            std::thread::park();
        }
    }
    match asked {
        Request::Version => ExitCode::SUCCESS,
        Request::Inspect { image } => {
            if state.image(&image).is_symlink() {
                answer(&state.platform())
            } else {
                fail(1, format!("No such image: {image}"))
            }
        }
        Request::Platforms { image } => match state.text("index") {
            Some(index) => answer(&index),
            None => fail(1, format!("no such manifest: {image}")),
        },
        Request::Pull {
            image,
            is_for_platform,
        } => pull(&state, &image, is_for_platform),
        Request::List => answer(&state.containers().join("\n")),
        Request::Containers { format, names } => {
            let lines: Vec<_> = names
                .iter()
                .map(|name| container::inspect(&state, name, &format))
                .collect();
            answer(&lines.join("\n"))
        }
        Request::OutOfMemory => answer(state.text("out-of-memory").map_or("", |_| "oom")),
        Request::Build { id_file, package } => build(&state, &id_file, &package),
        Request::Run(options) => run(&state, &options),
        Request::Kill { signal, name } => {
            if container::signal(&state, &name, signal) {
                answer(&name)
            } else {
                fail(1, format!("No such container: {name}"))
            }
        }
        Request::Remove { names } => {
            let missing: Vec<_> = names
                .iter()
                .filter(|name| !container::remove(&state, name))
                .collect();
            match missing.first() {
                None => answer(&names.join("\n")),
                Some(name) => fail(1, format!("No such container: {name}")),
            }
        }
    }
}

fn pull(state: &State, image: &str, is_for_platform: bool) -> ExitCode {
    if let Some(why) = state.text("pull-fails") {
        return fail(1, why);
    }
    if is_for_platform && state.pull_for_platform() {
        return answer(image);
    }
    if state.pull(image) {
        answer(image)
    } else {
        fail(1, format!("manifest for {image} not found"))
    }
}

fn build(state: &State, id_file: &Path, package: &str) -> ExitCode {
    let Some(id) = state.build() else {
        return fail(1, format!("{package} does not compile"));
    };
    std::fs::write(id_file, format!("sha256:{id}")).expect("the id's file can be written");
    answer("built, and told on stdout")
}

fn run(state: &State, options: &RunOptions) -> ExitCode {
    if let Some(why) = state.text("run-fails") {
        return fail(125, why);
    }
    let _ = state.text("gate"); // a FIFO, where the test is to say when it goes on
    let program = state.image(&options.image);
    if !program.is_symlink() {
        return fail(125, format!("No such image: {}", options.image));
    }
    if !state.claim(&options.name) {
        return fail(
            125,
            format!("the container name {} is already in use", options.name),
        );
    }
    container::run(state, options, &program)
}

fn answer(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

fn fail(status: u8, why: impl Display) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "Error: {why}");
    ExitCode::from(status)
}
