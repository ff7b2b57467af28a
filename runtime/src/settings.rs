//! What the environment says about a run (`docs/spec.md#processor-command-line`).

use std::path::PathBuf;
use std::time::{Duration, Instant};

use documents::fingerprint::fingerprint;
use documents::{ErrorCode, ImageDigest, ProcessorRef, is_ci};
use logging::{Environment, NO_ADAPTER};
use tracing::level_filters::LevelFilter;

use crate::error::ProcessorError;

const DEFAULT_CPU: &str = "1";
const DEFAULT_MEMORY: &str = "2Gi";
const DEFAULT_BASE: &str = "/artifacts";

/// The settings of a run. An invalid one has its default, so that the run can report `error`.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) processor_ref: ProcessorRef,
    pub(crate) image_digest: String,
    pub(crate) env_fingerprint: String,
    pub(crate) base: PathBuf,
    pub(crate) ci: bool,
    pub(crate) log_level: LevelFilter,
    pub(crate) adapter: String,
    /// What the caller says the run belongs to.
    pub(crate) plan_id: Option<String>,
    pub(crate) timeout: Option<Duration>,
    /// The first invalid setting.
    pub(crate) error: Option<ProcessorError>,
    /// Settings that the run ignores.
    pub(crate) warnings: Vec<&'static str>,
}

impl Settings {
    pub(crate) fn read(environment: &Environment, own_ref: &ProcessorRef) -> Self {
        let mut error = None;
        let mut reject = |what: &str| {
            error.get_or_insert_with(|| ProcessorError::new(ErrorCode::Usage, what));
        };
        let mut warnings = Vec::new();
        let text = |name| {
            environment
                .get(name)
                .map(|value| value.to_string_lossy().into_owned())
        };

        let processor_ref = match text("PROCESSOR_REF").map(|text| ProcessorRef::parse(&text).ok()) {
            None => own_ref.clone(),
            Some(Some(processor_ref)) => processor_ref,
            Some(None) => {
                reject("PROCESSOR_REF does not have the form ns/name@ver, e.g. llm/litellm@1");
                own_ref.clone()
            }
        };
        let image = text("IMAGE_REF").and_then(|text| {
            let image = ImageDigest::parse(&text).ok();
            if image.is_none() {
                warnings
                    .push("IMAGE_REF is not pinned (repo/name@sha256:<64 hex>); the receipt says unknown");
            }
            image
        });
        let mut resource = |name, default: &str| match text(name) {
            None => default.to_owned(),
            Some(value) if is_resource(&value) => value,
            Some(_) => {
                reject(match name {
                    "CPU" => "CPU is not a quantity such as 1 or 0.5",
                    _ => "MEMORY is not a quantity such as 2Gi",
                });
                default.to_owned()
            }
        };
        let cpu = resource("CPU", DEFAULT_CPU);
        let memory = resource("MEMORY", DEFAULT_MEMORY);
        let log_level = match text("LOG_LEVEL").as_deref().map(logging::parse_level) {
            None => LevelFilter::INFO,
            Some(Some(level)) => level,
            Some(None) => {
                warnings
                    .push("LOG_LEVEL is none of trace, debug, info, warn, error, off; it is taken as info");
                LevelFilter::INFO
            }
        };
        let adapter = match text("ADAPTER") {
            None => NO_ADAPTER.to_owned(),
            Some(adapter) if is_resource(&adapter) => adapter,
            Some(_) => {
                warnings.push("ADAPTER is not a short name such as local; the log calls it none");
                NO_ADAPTER.to_owned()
            }
        };
        let timeout = text("TIMEOUT_S").and_then(|text| {
            let timeout = documents::parse_seconds(&text);
            if timeout.is_none() {
                reject("TIMEOUT_S is not a number of seconds above 0");
            }
            timeout
        });
        Self {
            processor_ref,
            env_fingerprint: fingerprint(&cpu, image.as_ref().map(ImageDigest::as_str), &memory),
            image_digest: image.map_or_else(|| "unknown".into(), |image| image.as_str().to_owned()),
            base: environment
                .get("ARTIFACTS_BASE_DIR")
                .unwrap_or_else(|| DEFAULT_BASE.into())
                .into(),
            ci: is_ci(environment.get("CI").as_deref()),
            log_level,
            adapter,
            plan_id: text("PLAN_ID"),
            timeout,
            error,
            warnings,
        }
    }

    /// When a run has to end.
    pub(crate) fn deadline(&self, started: Instant) -> Option<Instant> {
        started.checked_add(self.timeout?)
    }
}

/// Whether a value cannot be mistaken for another part of the fingerprint.
fn is_resource(value: &str) -> bool {
    value.len() <= 64
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Settings {
        let own_ref = ProcessorRef::from_static("llm/litellm@1");
        Settings::read(&Environment::from_variables(variables.iter().copied()), &own_ref)
    }

    #[test]
    fn everything_is_optional() {
        let settings = read(&[("IMAGE_REF", ""), ("TIMEOUT_S", "")]);
        assert!(settings.error.is_none() && settings.warnings.is_empty());
        assert_eq!(settings.image_digest, "unknown");
        assert_eq!(settings.env_fingerprint, "cpu:1;memory:2Gi");
        assert_eq!(settings.base, PathBuf::from("/artifacts"));
        assert_eq!(settings.timeout, None);
        assert_eq!(settings.adapter, "none");
    }

    #[test]
    fn wrong_settings_are_named() {
        for (name, value) in [
            ("PROCESSOR_REF", "llm"),
            ("CPU", "1;image:x"),
            ("MEMORY", "2 Gi"),
            ("TIMEOUT_S", "0"),
            ("TIMEOUT_S", "-1"),
            ("TIMEOUT_S", "NaN"),
            ("TIMEOUT_S", "1e300"),
            ("TIMEOUT_S", "soon"),
        ] {
            let error = read(&[(name, value)]).error.expect(value);
            assert_eq!(error.code(), ErrorCode::Usage);
            assert!(error.message().starts_with(name), "{error}");
        }
        assert_eq!(
            read(&[("TIMEOUT_S", "1.5")]).timeout,
            Some(Duration::from_millis(1500))
        );
    }

    #[test]
    fn an_adapter_has_a_short_name() {
        assert_eq!(read(&[("ADAPTER", "local")]).adapter, "local");
        let settings = read(&[("ADAPTER", "a b")]);
        assert_eq!((settings.adapter.as_str(), settings.warnings.len()), ("none", 1));
    }

    #[test]
    fn an_image_that_is_not_pinned_is_unknown() {
        let settings = read(&[("IMAGE_REF", "ghcr.io/o/r/x:latest")]);
        assert_eq!(settings.image_digest, "unknown");
        assert_eq!(settings.warnings.len(), 1);
    }
}
