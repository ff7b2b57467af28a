//! The requests that a service may charge for.

/// Logs that a request goes out which the service may charge for: call it right before each one is sent, and not for polls,
/// downloads or tokens. `counterfoil` counts these lines. `provider` is that of [`Retries::new`](super::Retries::new).
pub fn report_request(provider: &str) {
    tracing::info!(provider, "request");
}
