//! A provider whose service takes so many requests in a time, and that waits as the processors do.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use runtime::{Config, ErrorCode, ProcessorError, ProcessorResult};

use crate::outputs::ok;
use crate::request::Request;

/// How many requests are made where the service names no pause.
const REQUESTS: u32 = 3;
/// The first pause between two of them, in milliseconds; then twice as long.
const PAUSE_MS: u64 = 100;

/// Asks a service that takes `count` requests in `window_ms`, in windows that slide or are `fixed`; where `told` is
/// set, it names a pause. Its state is the file `limiter` of the directory; `log` there has a line for every request: the
/// time, the provider and whether it was taken.
pub(crate) fn ask(config: &Config, request: &Request<'_>) -> ProcessorResult {
    let provider = request.text("provider").unwrap_or("probe");
    let dir = Path::new(request.required("dir")?);
    let code = ErrorCode::ProviderRateLimit.as_str();
    let mut requests = 0;
    loop {
        request.report_sent();
        let wait = match send(dir, provider, request)? {
            None => return Ok(ok(request)),
            Some(wait) => wait,
        };
        let pause_ms = if request.flag("told") {
            tracing::warn!(provider, code, pause_ms = wait, "told_pause");
            tracing::warn!(provider, code, pause_ms = wait, told = true, "retry");
            wait
        } else {
            requests += 1;
            if requests == REQUESTS {
                return Err(ProcessorError::new(
                    ErrorCode::ProviderRateLimit,
                    "too many requests",
                ));
            }
            let pause_ms = PAUSE_MS << requests;
            tracing::warn!(provider, code, pause_ms, told = false, "retry");
            pause_ms
        };
        config.block_on(async {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            Ok::<_, ProcessorError>(())
        })?;
    }
}

/// Reports that the service asks for a pause, and ends as requested.
pub(crate) fn tell(request: &Request<'_>) -> ProcessorResult {
    let dir = Path::new(request.required("dir")?);
    let provider = request.text("provider").unwrap_or("probe");
    log(dir, provider, true)?;
    if let Some(pause_ms) = request.number("pause_ms") {
        let code = ErrorCode::ProviderRateLimit.as_str();
        tracing::warn!(provider, code, pause_ms, "told_pause");
        log(dir, provider, false)?;
    }
    Ok(ok(request))
}

/// Fails as often as `times` says, with a file of the dir for each line `n`; then succeeds.
pub(crate) fn fail_first(request: &Request<'_>) -> ProcessorResult {
    let dir = Path::new(request.required("dir")?);
    let n = request.number("n").unwrap_or_default();
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(dir.join(format!("calls-{n}")))?;
    file.write_all(b"x")?;
    log(dir, &n.to_string(), true)?;
    if file.metadata()?.len() <= request.number("times").unwrap_or_default() {
        Err(request.error())
    } else {
        Ok(ok(request))
    }
}

/// One request; how many milliseconds to wait where it is not taken.
fn send(dir: &Path, provider: &str, request: &Request<'_>) -> Result<Option<u64>, ProcessorError> {
    let count = request.number("count").unwrap_or(10);
    let window = request.number("window_ms").unwrap_or(1_000);
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(dir.join("limiter"))?;
    file.lock()?;
    file.rewind()?;
    let mut taken = String::new();
    file.read_to_string(&mut taken)?;
    let now = now()?;
    let taken: Vec<u64> = taken.lines().filter_map(|line| line.parse().ok()).collect();
    let end = |at: u64| {
        if request.flag("fixed") {
            (at / window + 1) * window
        } else {
            at + window
        }
    };
    let inside: Vec<u64> = taken.into_iter().filter(|at| end(*at) > now).collect();
    let is_taken = (inside.len() as u64) < count;
    log(dir, provider, is_taken)?;
    if is_taken {
        writeln!(file, "{now}")?;
        return Ok(None);
    }
    Ok(inside.first().map(|at| end(*at) - now))
}

fn log(dir: &Path, provider: &str, is_taken: bool) -> Result<(), ProcessorError> {
    let mut log: File = OpenOptions::new()
        .append(true)
        .create(true)
        .open(dir.join("log"))?;
    log.write_all(format!("{} {provider} {is_taken}\n", now()?).as_bytes())?;
    Ok(())
}

/// Milliseconds since 1970.
fn now() -> Result<u64, ProcessorError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).map_err(|_| ProcessorError::new(ErrorCode::Processor, "no such time"))
}
