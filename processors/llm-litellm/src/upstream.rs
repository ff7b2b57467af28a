//! The service: its address and its key.

use async_openai::config::Config as ClientConfig;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use runtime::{Config, ProcessorError, SecretString, http};

const KEY: &str = "OPENAI_API_KEY";
/// Where an address may be set, the first that is set counts.
const BASES: [&str; 2] = ["OPENAI_BASE_URL", "OPENAI_API_BASE"];
const DEFAULT_BASE: &str = "https://api.openai.com/v1";

/// Where a request goes, and what it proves itself with.
///
/// async-openai's own configuration reads the environment and sends organisation headers to whatever address is set.
pub(crate) struct Upstream {
    base: String,
    key: SecretString,
    headers: HeaderMap,
}

impl Upstream {
    /// # Errors
    ///
    /// `ERR_USAGE` and `ERR_MISSING_SECRET` that name the variable.
    pub(crate) fn of(config: &Config) -> Result<Self, ProcessorError> {
        let base = http::base(config, &BASES, DEFAULT_BASE)?;
        let key = config.secret(KEY)?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, http::bearer(KEY, &key)?)]);
        Ok(Self { base, key, headers })
    }
}

impl ClientConfig for Upstream {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}
