//! Does nothing: what any Rust program costs, with the flags of the processors.

fn main() {}
