//! An HTTP client for providers.
