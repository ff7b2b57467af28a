//! The provider of `test/probe@1`: does on request what a bad or unlucky provider may do.
//!
//! `params.do` names the behaviour, and the other params are its arguments; both modes do the same. The names are those
//! of the arms of one `match`, in [`make_runner`].

mod checkpoint;
mod estimates;
mod files;
mod interruptions;
mod limits;
mod meeting;
mod outputs;
mod rejecting;
mod request;
mod secrets;

use std::fs::OpenOptions;
use std::io::Write as _;

use runtime::{Config, ErrorCode, Estimator, ProcessorError, ProcessorOutput, ProcessorResult, Runner};

use outputs::{INFO, ok};
use request::Request;

/// The size of an output that is a file and whose request names no size, in bytes.
const FILE_SIZE: u64 = 1024 * 1024;

/// Makes the estimator.
#[must_use]
pub fn make_estimator(config: Config) -> Estimator {
    Box::new(move |inputs| estimates::estimate(&config, &inputs))
}

/// Makes the runner.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| {
        let request = Request::new(&inputs);
        match request.text("do").unwrap_or("ok") {
            "ok" => {
                request.report_sent();
                Ok(ok(&request))
            }
            "outputs" => outputs::listed(&request),
            "none" => Ok(ProcessorOutput::new(INFO)),
            "many" => Ok(outputs::many(request.number("count").unwrap_or_default())),
            "nan" => Ok(with_usage(&request, f64::NAN)),
            "huge_usage" => Ok(with_usage(&request, 1e20)),
            "file" => files::file(&config, request.number("size").unwrap_or(FILE_SIZE)),
            "file_written" => files::written(&config, request.number("size").unwrap_or(FILE_SIZE)),
            "file_changed" => files::changed(&config, request.number("size").unwrap_or(FILE_SIZE)),
            "file_elsewhere" => Ok(files::elsewhere(request.required("path")?)),
            "file_link" => files::link(&config, request.required("path")?),
            "file_twice" => files::twice(&config, request.number("size").unwrap_or(FILE_SIZE)),
            "read_file" => files::read(&inputs, request.required("name")?),
            "error" => Err(request.error()),
            "reject" => rejecting::reject(&config, &request),
            "panic" => crash(&request.message()),
            "panic_secret" => crash(&secrets::all(&config)?),
            "thread_panic" => thread_panic(&request),
            "needs_secret" => config.secret(secrets::NAME).map(|_| ok(&request)),
            "secret_error" => Err(secrets::in_error(&secrets::asked(&config, &request)?)),
            "secret_output" => Ok(secrets::in_output(&secrets::asked(&config, &request)?)),
            "secret_extra" => Ok(secrets::in_extra(&secrets::asked(&config, &request)?)),
            "secret_log" => {
                secrets::in_log(&secrets::asked(&config, &request)?);
                Ok(ok(&request))
            }
            "hang" => interruptions::hang(),
            "hang_async" => interruptions::hang_async(&config),
            "clean_up" => interruptions::clean_up(&config),
            "clean_up_hang" => interruptions::clean_up_hang(&config),
            "poll" => interruptions::poll(&config),
            "keep" => checkpoint::keep(&config),
            "count" => count(&request),
            "limited" => limits::ask(&config, &request),
            "told" => limits::tell(&request),
            "fail_first" => limits::fail_first(&request),
            "meet" => {
                let dir = request.required("dir")?;
                let count = request.number("count").unwrap_or(u64::MAX);
                request.report_sent();
                meeting::meet(&config, dir.as_ref(), count)?;
                Ok(ok(&request))
            }
            "debug_log" => {
                log_at_every_level(&request.message());
                Ok(ok(&request))
            }
            unknown => Err(ProcessorError::new(
                ErrorCode::Inputs,
                format!("/params/do is {unknown:?}, which the probe does not know"),
            )),
        }
    })
}

fn with_usage(request: &Request<'_>, number: f64) -> ProcessorOutput {
    let mut output = ok(request);
    output.usage.insert("units".into(), number);
    output
}

#[expect(clippy::panic, reason = "a provider that panics is what is asked for")]
fn crash(message: &str) -> ! {
    panic!("{message}")
}

fn thread_panic(request: &Request<'_>) -> ProcessorResult {
    let message = request.message();
    let ended = std::thread::spawn(move || crash(&message)).join();
    drop(ended); // a provider that does not care
    Ok(ok(request))
}

/// Leaves a trace of every call outside of what the runtime keeps.
fn count(request: &Request<'_>) -> ProcessorResult {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(request.required("path")?)?;
    file.write_all(b"called\n")?;
    Ok(ok(request))
}

fn log_at_every_level(message: &str) {
    tracing::error!(text = message, "probe_error");
    tracing::warn!(text = message, "probe_warn");
    tracing::info!(text = message, "probe_info");
    tracing::debug!(text = message, "probe_debug");
    tracing::trace!(text = message, "probe_trace");
}
