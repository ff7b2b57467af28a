//! The provider of `test/probe@1`: does on request what a bad or unlucky provider may do.
//!
//! `params.do` names the behaviour, and the other params are its arguments; both modes do the same. The names are those
//! of the arms of one `match`, in [`make_runner`].

mod checkpoint;
mod files;
mod interruptions;
mod limits;
mod meeting;
mod outputs;
mod rejecting;
mod secrets;

use std::fs::OpenOptions;
use std::io::Write as _;

use runtime::{Config, ErrorCode, Inputs, ProcessorError, ProcessorOutput, ProcessorResult, Runner, Signal};
use serde_json::Value;

pub(crate) const INFO: &str = "test_probe:v1";

/// The size of an output whose request names none, in bytes.
const SIZE: u64 = 1000;
/// The same for an output that is a file.
const FILE_SIZE: u64 = 1024 * 1024;

/// Makes the runner.
#[must_use]
pub fn make_runner(config: Config) -> Runner {
    Box::new(move |inputs| {
        let request = Request(&inputs);
        match request.text("do").unwrap_or("ok") {
            "ok" => Ok(ok(&request)),
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
            "error" => Err(error(&request)),
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

/// The inputs, as the arguments of a behaviour.
pub(crate) struct Request<'a>(&'a Inputs);

impl Request<'_> {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.params.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    fn required(&self, name: &str) -> Result<&str, ProcessorError> {
        self.text(name).ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::Inputs,
                format!("/params/{name} has to be a string for this behaviour"),
            )
        })
    }

    fn message(&self) -> String {
        self.text("message").unwrap_or("as requested").to_owned()
    }
}

/// The outputs of a good provider.
fn ok(request: &Request<'_>) -> ProcessorOutput {
    let mut output = outputs::three(request.number("size").unwrap_or(SIZE));
    let usage = request.get("usage").and_then(Value::as_object);
    for (name, number) in usage.into_iter().flatten() {
        output
            .usage
            .insert(name.clone(), number.as_f64().unwrap_or_default());
    }
    output
}

fn with_usage(request: &Request<'_>, number: f64) -> ProcessorOutput {
    let mut output = ok(request);
    output.usage.insert("units".into(), number);
    output
}

fn error(request: &Request<'_>) -> ProcessorError {
    let name = request.text("code").unwrap_or("ERR_PROVIDER_FAILED");
    let code = CODES.iter().find(|code| code.as_str() == name);
    let error = ProcessorError::new(code.copied().unwrap_or(ErrorCode::Processor), request.message());
    match request.text("cause") {
        Some(cause) => error.with_cause(cause),
        None => error,
    }
}

const CODES: [ErrorCode; 29] = [
    ErrorCode::Usage,
    ErrorCode::Inputs,
    ErrorCode::Mode,
    ErrorCode::CiSafety,
    ErrorCode::PrefixTemplate,
    ErrorCode::ExecutionId,
    ErrorCode::DecodedSlash,
    ErrorCode::PercentDecode,
    ErrorCode::DotSegments,
    ErrorCode::ForbiddenSegment,
    ErrorCode::PathTooLong,
    ErrorCode::SegmentTooLong,
    ErrorCode::BadFacet,
    ErrorCode::MissingSecret,
    ErrorCode::ProviderAuth,
    ErrorCode::ProviderRejected,
    ErrorCode::ProviderRateLimit,
    ErrorCode::ProviderUnavailable,
    ErrorCode::ProviderResponse,
    ErrorCode::ProviderFailed,
    ErrorCode::OutputPath,
    ErrorCode::OutputDuplicate,
    ErrorCode::OutputWrite,
    ErrorCode::ReceiptWrite,
    ErrorCode::ExecutionConflict,
    ErrorCode::OutputSecret,
    ErrorCode::Processor,
    ErrorCode::Timeout,
    ErrorCode::Cancelled(Signal::Interrupt),
];

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
