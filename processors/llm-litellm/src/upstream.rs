//! A service's address and its key, which belong together.

use async_openai::config::Config as ClientConfig;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};
use runtime::{Config, ErrorCode, ProcessorError, SecretString, http};

use crate::address::Address;
use crate::options::Options;
use crate::requested_model::RequestedModel;
use crate::routes::{Quirk, Route, is_provider_key};

/// Azure's `api-version` by default: the newest dated version that is not a preview.
const AZURE_VERSION: &str = "2024-10-21";
const AZURE_VERSION_FROM: &str = "AZURE_API_VERSION";
const AZURE_KEY: HeaderName = HeaderName::from_static("api-key");

/// Where a request goes, and the key that it carries.
///
/// async-openai's own configuration reads the environment, and sends organization headers to any address.
#[derive(Clone)]
pub(crate) struct Upstream {
    base: String,
    version: Option<String>,
    key: SecretString,
    headers: HeaderMap,
}

impl Upstream {
    /// The service of a model, with the address and the key of its route.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for an address that is missing or wrong, `ERR_MISSING_SECRET` for a missing key; they name the variables.
    pub(crate) fn from_route(config: &Config, model: &RequestedModel) -> Result<Self, ProcessorError> {
        let address = route_address(config, model)?;
        let key = route_key(config, model.route)?;
        Self::new(config, model, address, key)
    }

    /// The service of a model, where the inputs may name another address or another variable of the key.
    ///
    /// A key is sent only to the address that it is meant for. An address of the inputs gets the key that the inputs name, or
    /// none if the service needs none, but never a provider's key. A provider never gets another provider's key.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for what the inputs must not combine, and those of [`Upstream::from_route`].
    pub(crate) fn from_options(
        config: &Config,
        model: &RequestedModel,
        options: &Options,
    ) -> Result<Self, ProcessorError> {
        let route = model.route;
        let wrong = |message: &str| ProcessorError::new(ErrorCode::Inputs, message);
        let address = || match &options.api_base {
            Some(given) => {
                Address::parse("/params/api_base", given, model).map_err(|error| wrong(error.message()))
            }
            None => route_address(config, model),
        };
        let Some(variable) = &options.api_key_env else {
            return match options.api_base {
                None => Self::from_route(config, model),
                Some(_) if route.has(&Quirk::KeyIsOptional) => Self::new(config, model, address()?, None),
                Some(_) => Err(wrong(
                    "/params/api_base needs a key that is meant for it; name its variable in /params/api_key_env",
                )),
            };
        };
        let is_own_key = options.api_base.is_none() && route.key_from.contains(&variable.as_str());
        if is_provider_key(variable) && !is_own_key {
            return Err(wrong(
                "/params/api_key_env names a provider's own key, which is sent to no other address; use a variable of your own",
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
        Self::new(config, model, address, Some((variable, key)))
    }

    /// Adds headers to each request.
    pub(crate) fn add_headers(&mut self, headers: &HeaderMap) {
        self.headers.extend(headers.clone());
    }

    /// Whether both have one origin, so that a secret sent to one may be sent to the other.
    pub(crate) fn has_same_origin(&self, other: &Self) -> bool {
        let origin = |upstream: &Self| Url::parse(&upstream.base).ok().map(|url| url.origin());
        origin(self).is_some_and(|own| Some(own) == origin(other))
    }

    fn new(
        config: &Config,
        model: &RequestedModel,
        address: Address,
        key: Option<(&str, SecretString)>,
    ) -> Result<Self, ProcessorError> {
        let mut headers = HeaderMap::new();
        if let Some((name, key)) = &key {
            let header = match model.api.native() {
                _ if model.route.has(&Quirk::Azure) => AZURE_KEY,
                Some(api) => api.key_header(),
                None => AUTHORIZATION,
            };
            let value = if header == AUTHORIZATION {
                http::bearer(name, key)?
            } else {
                http::credential(name, key)?
            };
            headers.insert(header, value);
        }
        let mut version = address.version;
        if address.needs_version {
            let configured = config.setting(AZURE_VERSION_FROM)?.or(version);
            version = Some(configured.unwrap_or_else(|| AZURE_VERSION.to_owned()));
        }
        Ok(Self {
            base: address.base,
            version,
            key: key.map(|(_, key)| key).unwrap_or_default(),
            headers,
        })
    }
}

fn route_address(config: &Config, model: &RequestedModel) -> Result<Address, ProcessorError> {
    let route = model.route;
    for name in route.base_from {
        if let Some(given) = config.setting(name)? {
            return Address::parse(name, &given, model);
        }
    }
    let base = model.api.native().map_or(route.base, |api| api.base());
    if !base.is_empty() {
        return Address::parse(route.prefix, base, model);
    }
    let (prefix, variables) = (route.prefix, route.base_from.join(" or "));
    Err(ProcessorError::new(
        ErrorCode::Usage,
        format!("{prefix}/ has no address of its own; set {variables} to that of your service"),
    ))
}

fn route_key<'a>(
    config: &Config,
    route: &'a Route,
) -> Result<Option<(&'a str, SecretString)>, ProcessorError> {
    for name in route.key_from {
        if let Some(key) = config.optional_secret(name)? {
            return Ok(Some((name, key)));
        }
    }
    if route.has(&Quirk::KeyIsOptional) {
        return Ok(None);
    }
    let (prefix, variables) = (route.prefix, route.key_from.join(" or "));
    Err(ProcessorError::new(
        ErrorCode::MissingSecret,
        format!("{prefix}/ needs a key; set {variables}"),
    ))
}

impl ClientConfig for Upstream {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        let version = self.version.as_deref();
        version
            .map(|version| ("api-version", version))
            .into_iter()
            .collect()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}
