//! The services that have the API.

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// Gemini's own, of Google AI Studio.
    Gemini,
    /// Vertex AI, of Google Cloud.
    Vertex,
}
