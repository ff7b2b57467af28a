//! The processors of this machine, for tests that have to run on one.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A processor that this process may use: another one for the next thread that asks.
pub(crate) fn own() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    let all = all();
    all[OWN.with(|own| own % all.len())].to_string()
}

/// The first processor that this process may use.
pub(crate) fn first() -> String {
    all()[0].to_string()
}

/// The processors that this process may use, at least one.
fn all() -> Vec<usize> {
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
    let (_, list) = status
        .split_once("Cpus_allowed_list:")
        .expect("a list of processors");
    let list = list.lines().next().unwrap_or_default().trim();
    let parse = |number: &str| -> usize { number.parse().expect("a number") };
    let range = |range: &str| match range.split_once('-') {
        Some((first, last)) => parse(first)..=parse(last),
        None => parse(range)..=parse(range),
    };
    list.split(',').flat_map(range).collect()
}
