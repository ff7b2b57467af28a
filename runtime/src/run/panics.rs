//! Makes a provider's panic an error.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use documents::ErrorCode;

use super::whole_process;
use crate::error::ProcessorError;

/// Calls a provider; `ERR_PROCESSOR` if it panics.
pub(super) fn caught<T>(call: impl FnOnce() -> Result<T, ProcessorError>) -> Result<T, ProcessorError> {
    install_hook();
    CAPTURE.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    CAPTURE.set(false);
    result.unwrap_or_else(|_| {
        Err(ProcessorError::new(
            ErrorCode::Processor,
            PANIC.take().unwrap_or_else(|| "the provider panicked".into()),
        ))
    })
}

thread_local! {
    /// Whether a panic of this thread becomes an error.
    static CAPTURE: Cell<bool> = const { Cell::new(false) };
    /// What the hook reports.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics from being printed unredacted: the provider's becomes an error, another thread's a log line.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if CAPTURE.get() {
                PANIC.set(Some(describe(info)));
            } else if whole_process::get() {
                tracing::error!(panic = describe(info), "thread_panicked");
            } else {
                before(info);
            }
        }));
    });
}

/// Message and location, without the directories of the machine that built it.
fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    let location = info.location().map_or_else(String::new, |location| {
        let file = location.file();
        let file = if file.starts_with('/') {
            file.rsplit('/').next().unwrap_or(file)
        } else {
            file
        };
        format!(" at {file}:{}:{}", location.line(), location.column())
    });
    format!("the provider panicked{location}: {message}")
}
