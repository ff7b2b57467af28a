//! What an author needs to test a provider without a process.
