//! Providers that never return, or only when they are interrupted.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use runtime::{Config, ProcessorError, ProcessorResult};

/// Never comes back, whatever happens.
pub(crate) fn hang() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// Waits in async code that never ends by itself.
pub(crate) fn hang_async(config: &Config) -> ProcessorResult {
    match wait(config) {
        Err(error) => Err(error),
        Ok(never) => match never {},
    }
}

/// As [`hang_async`], then cleans up, and says so in the error.
pub(crate) fn clean_up(config: &Config) -> ProcessorResult {
    let error = match wait(config) {
        Err(error) => error,
        Ok(never) => match never {},
    };
    let result = config.clean_up(async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        "the clean-up ran to its end"
    });
    Err(ProcessorError::new(
        error.code(),
        result.unwrap_or("the clean-up was cut short"),
    ))
}

/// As [`clean_up`], but the clean-up never ends by itself.
pub(crate) fn clean_up_hang(config: &Config) -> ProcessorResult {
    let error = match wait(config) {
        Err(error) => error,
        Ok(never) => match never {},
    };
    tracing::info!("probe_cleans_up");
    Err(match config.clean_up(pending::<Infallible>()) {
        None => ProcessorError::new(error.code(), "the clean-up was cut short"),
        Some(never) => match never {},
    })
}

/// Works in a loop of its own, and asks whether to go on.
pub(crate) fn poll(config: &Config) -> ProcessorResult {
    loop {
        config.check_interrupted()?;
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn wait(config: &Config) -> Result<Infallible, ProcessorError> {
    tracing::info!("probe_waits");
    config.block_on(pending())
}
