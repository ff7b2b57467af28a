//! Runs many cases side by side, and lists those that failed.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

const THREADS: usize = 2;

/// Checks them on as many threads as there are here. Fails with the list of all cases for which `check` panics.
pub fn check_all<C: Display + Send>(cases: Vec<C>, check: impl Fn(&C) + Sync) {
    let count = cases.len();
    let queue = Mutex::new(cases);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(count) {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().unwrap().pop() else {
                        break;
                    };
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&case))) {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{case}: {}", message(&*panic)));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {count} cases failed\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
