//! The service: its address and its key, which belong together.

use async_openai::config::Config as ClientConfig;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};
use runtime::{Config, ErrorCode, ProcessorError, SecretString, http};

use crate::address::Address;
use crate::options::Options;
use crate::routes::{Route, Special, is_providers_key};

/// The version that Azure is asked for where nobody says otherwise: the last one of its dated versions that is no preview.
const AZURE_VERSION: &str = "2024-10-21";
const AZURE_VERSION_FROM: &str = "AZURE_API_VERSION";
const AZURE_KEY: HeaderName = HeaderName::from_static("api-key");

/// Where a request goes, and what it proves itself with.
///
/// async-openai's own configuration reads the environment and sends organisation headers to whatever address is set.
#[derive(Clone)]
pub(crate) struct Upstream {
    base: String,
    version: Option<String>,
    key: SecretString,
    headers: HeaderMap,
}

impl Upstream {
    /// The service of a route, with the address and the key that are the route's own.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` and `ERR_MISSING_SECRET` that name the variables.
    pub(crate) fn of(config: &Config, route: &Route, model: &str) -> Result<Self, ProcessorError> {
        let address = own_address(config, route, model)?;
        let key = own_key(config, route)?;
        Self::new(config, route, address, key)
    }

    /// The same, where the inputs name the address or the variable of the key.
    ///
    /// A key goes to no address but the one that it is meant for: an address of the inputs gets the key that they name with
    /// it, or none where the service may do without, and no provider's; a provider gets no other provider's.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for anything else, and those of [`Upstream::of`].
    pub(crate) fn chosen(
        config: &Config,
        route: &Route,
        model: &str,
        options: &Options,
    ) -> Result<Self, ProcessorError> {
        let wrong = |what: &str| ProcessorError::new(ErrorCode::Inputs, what);
        let address = || match &options.api_base {
            Some(given) => {
                Address::read("/params/api_base", given, route, model).map_err(|error| wrong(error.message()))
            }
            None => own_address(config, route, model),
        };
        let Some(variable) = &options.api_key_env else {
            return match options.api_base {
                None => Self::of(config, route, model),
                Some(_) if route.is(&Special::KeyIsOptional) => Self::new(config, route, address()?, None),
                Some(_) => Err(wrong(
                    "/params/api_base needs a key that is meant for it; name its variable in /params/api_key_env",
                )),
            };
        };
        let is_foreign = match options.api_base {
            Some(_) => is_providers_key(variable),
            None => is_providers_key(variable) && !route.key_from.contains(&variable.as_str()),
        };
        if is_foreign {
            return Err(wrong(
                "/params/api_key_env names a provider's own key, which goes to no other address; use a variable of your own",
            ));
        }
        let address = address()?;
        let key = config.optional_secret(variable)?.ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::MissingSecret,
                format!(
                    "the secret {variable}, which /params/api_key_env names, is not set; set it, and name it in the registry entry"
                ),
            )
        })?;
        Self::new(config, route, address, Some((variable, key)))
    }

    /// Sends these headers, too.
    pub(crate) fn add_headers(&mut self, headers: &HeaderMap) {
        self.headers.extend(headers.clone());
    }

    /// Whether both are on one host, so that who may see a secret of the one may see it at the other.
    pub(crate) fn is_at_host_of(&self, other: &Self) -> bool {
        let origin = |upstream: &Self| Url::parse(&upstream.base).ok().map(|url| url.origin());
        origin(self).is_some_and(|own| Some(own) == origin(other))
    }

    fn new(
        config: &Config,
        route: &Route,
        address: Address,
        key: Option<(&str, SecretString)>,
    ) -> Result<Self, ProcessorError> {
        let mut headers = HeaderMap::new();
        if let Some((name, key)) = &key {
            match route.is(&Special::Azure) {
                true => headers.insert(AZURE_KEY, http::credential(name, key)?),
                false => headers.insert(AUTHORIZATION, http::bearer(name, key)?),
            };
        }
        let version = match address.needs_version {
            false => address.version,
            true => config
                .setting(AZURE_VERSION_FROM)?
                .or(address.version)
                .or_else(|| Some(AZURE_VERSION.to_owned())),
        };
        Ok(Self {
            base: address.base,
            version,
            key: key.map(|(_, key)| key).unwrap_or_default(),
            headers,
        })
    }
}

fn own_address(config: &Config, route: &Route, model: &str) -> Result<Address, ProcessorError> {
    for name in route.base_from {
        if let Some(given) = config.setting(name)? {
            return Address::read(name, &given, route, model);
        }
    }
    match route.base.is_empty() {
        false => Address::read(route.prefix, route.base, route, model),
        true => Err(ProcessorError::new(
            ErrorCode::Usage,
            format!(
                "{}/ has no address of its own; set {} to that of your service",
                route.prefix,
                route.base_from.join(" or ")
            ),
        )),
    }
}

fn own_key<'a>(config: &Config, route: &'a Route) -> Result<Option<(&'a str, SecretString)>, ProcessorError> {
    for name in route.key_from {
        if let Some(key) = config.optional_secret(name)? {
            return Ok(Some((name, key)));
        }
    }
    match route.is(&Special::KeyIsOptional) {
        true => Ok(None),
        false => Err(ProcessorError::new(
            ErrorCode::MissingSecret,
            format!(
                "{}/ needs a key; set {}",
                route.prefix,
                route.key_from.join(" or ")
            ),
        )),
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
        self.version
            .iter()
            .map(|version| ("api-version", version.as_str()))
            .collect()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}
