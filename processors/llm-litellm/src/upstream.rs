//! A service's address and its key, which belong together.

use std::sync::Arc;

use async_openai::config::Config as ClientConfig;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use runtime::{Config, ErrorCode, ExposeSecret as _, ProcessorError, SecretString, http};

use crate::address::{self, Address};
use crate::api::Api;
use crate::aws::region;
use crate::aws::signer::{self, Signer};
use crate::failure::Failure;
use crate::google::account::{self, Account};
use crate::google::location;
use crate::headers::joined;
use crate::native::interface::NativeApi;
use crate::options::Options;
use crate::requested_model::RequestedModel;
use crate::routes::{Quirk, is_provider_key};

/// Azure's `api-version` by default, LiteLLM's: it serves every model on sale, where 2024-10-21, the newest that is no preview, refuses
/// o1 and o3-mini.
const AZURE_VERSION: &str = "2025-02-01-preview";
const AZURE_VERSION_FROM: &str = "AZURE_API_VERSION";
/// Versions of the address that needs none (<https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle>).
const AZURE_V1_VERSIONS: [&str; 3] = ["v1", "latest", "preview"];
const PERPLEXITY: &str = "perplexity";
const AZURE_KEY: HeaderName = HeaderName::from_static("api-key");

/// Where a request goes, and the key that it carries.
///
/// async-openai's own configuration reads the environment, and sends organization headers to any address.
#[derive(Clone)]
pub(crate) struct Upstream {
    base: String,
    version: Option<String>,
    key: SecretString,
    /// The variable of the key.
    key_name: Option<String>,
    headers: HeaderMap,
    /// What gets an access token, in place of a key.
    account: Option<Arc<Account>>,
    /// Signs each request, in place of a key.
    signer: Option<Arc<Signer>>,
    /// How the address differs from what the variables say.
    change: Option<String>,
}

/// An address, and the variable that gives it; `None` is the service's own, or that of the inputs.
struct Located {
    address: Address,
    variable: Option<&'static str>,
}

impl Upstream {
    /// The service of a model, with the address and the key of its route.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for an address that is missing or wrong, `ERR_MISSING_SECRET` for a missing key; they name the variables.
    pub(crate) fn from_route(config: &Config, model: &RequestedModel) -> Result<Self, ProcessorError> {
        if model.route.has(&Quirk::Google) {
            let token = config.optional_secret(account::TOKEN)?;
            return Self::from_google(config, model, token.map(|token| (account::TOKEN, token)));
        }
        let Located { address, variable } = route_address(config, model)?;
        let key = route_key(config, model, variable)?;
        let needs_signature = model.route.has(&Quirk::Aws) && key.is_none();
        let mut upstream = Self::new(config, model, address, key)?;
        if needs_signature {
            let region = region::find(config, &model.model)?;
            upstream.signer = Some(Arc::new(Signer::from_config(config, region)?));
            upstream.key_name = Some(signer::KEY_ID.to_owned());
        }
        upstream.add_route_headers(config, model)?;
        Ok(upstream)
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
        let given_address = || {
            let given = options.api_base.as_ref()?;
            let address = Address::parse("/params/api_base", given, model);
            Some(address.map_err(|error| wrong(error.message())))
        };
        let Some(variable) = &options.api_key_env else {
            return match given_address() {
                None => Self::from_route(config, model),
                Some(address) if route.has(&Quirk::KeyIsOptional) => Self::new(config, model, address?, None),
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
        let key = || {
            config.optional_secret(variable)?.ok_or_else(|| {
                ProcessorError::new(
                    ErrorCode::MissingSecret,
                    format!(
                        "the secret {variable}, which /params/api_key_env names, is not set; set it, and name it in the registry entry"
                    ),
                )
            })
        };
        if let Some(address) = given_address() {
            return Self::new(config, model, address?, Some((variable, key()?)));
        }
        if route.has(&Quirk::Google) {
            return Self::from_google(config, model, Some((variable, key()?)));
        }
        let located = route_address(config, model)?;
        if is_own_key && !route.may_send(variable, located.variable) {
            return Err(wrong(
                "/params/api_key_env names a key that belongs to another address; set that address, or name another key",
            ));
        }
        let mut upstream = Self::new(config, model, located.address, Some((variable, key()?)))?;
        upstream.add_route_headers(config, model)?;
        Ok(upstream)
    }

    /// The variable that holds the key; `None` if there is no key.
    pub(crate) fn key_name(&self) -> Option<&str> {
        self.key_name.as_deref()
    }

    /// How the address differs from what the variables say: `location europe-west4 to global`.
    pub(crate) fn change(&self) -> Option<String> {
        self.change.clone()
    }

    /// Vertex AI, with an access token, or an account that gets one.
    fn from_google(
        config: &Config,
        model: &RequestedModel,
        token: Option<(&str, SecretString)>,
    ) -> Result<Self, ProcessorError> {
        let account = if token.is_none() {
            let account = Account::from_config(config)?;
            Some(account.ok_or_else(|| {
                let message = format!(
                    "vertex_ai/ needs an account; set {} or {}, or {} to an access token",
                    account::CREDENTIALS[0],
                    account::FILE,
                    account::TOKEN
                );
                ProcessorError::new(ErrorCode::MissingSecret, message)
            })?)
        } else {
            None
        };
        let given = first_setting(config, model.route.base_from)?;
        let given = given
            .as_ref()
            .map(|(variable, given)| (*variable, given.as_str()));
        let place = location::find(config, model, account.as_ref(), given)?;
        let mut upstream = Self::new(config, model, Address::at(place.base), token)?;
        upstream.change = place.change;
        if let Some(account) = account {
            upstream.key_name = Some(account.variable.to_owned());
            upstream.account = Some(Arc::new(account));
        }
        Ok(upstream)
    }

    /// With the access token that an account gets now; `None` if there is no account.
    ///
    /// # Errors
    ///
    /// Those of [`Account::token`].
    pub(crate) async fn with_token(&self, config: &Config, client: &Client) -> Result<Option<Self>, Failure> {
        let Some(account) = &self.account else {
            return Ok(None);
        };
        let token = account.token(config, client).await?;
        let mut upstream = self.clone();
        upstream.headers.insert(AUTHORIZATION, token);
        Ok(Some(upstream))
    }

    /// What signs each request, if it carries no key.
    pub(crate) fn signer(&self) -> Option<Arc<Signer>> {
        self.signer.clone()
    }

    /// Adds headers to each request.
    pub(crate) fn add_headers(&mut self, headers: &HeaderMap) {
        self.headers = joined(std::mem::take(&mut self.headers), headers.clone());
    }

    /// Whether both have one origin, so that a secret sent to one may be sent to the other.
    pub(crate) fn has_same_origin(&self, other: &Self) -> bool {
        let origin = |upstream: &Self| Url::parse(&upstream.base).ok().map(|url| url.origin());
        origin(self).is_some_and(|own| Some(own) == origin(other))
    }

    /// The host of the address.
    pub(crate) fn host(&self) -> Option<String> {
        Url::parse(&self.base).ok()?.host_str().map(str::to_owned)
    }

    fn new(
        config: &Config,
        model: &RequestedModel,
        address: Address,
        key: Option<(&str, SecretString)>,
    ) -> Result<Self, ProcessorError> {
        let mut headers = HeaderMap::new();
        if let Some((name, key)) = &key {
            let native = model.api.native();
            let tokens = native.and_then(NativeApi::access_tokens);
            let token = tokens.filter(|(start, ..)| key.expose_secret().starts_with(start));
            let header = match native {
                _ if model.route.is_token(name) || token.is_some() => AUTHORIZATION,
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
            headers.extend(token.map(|(_, name, value)| (name, value)));
        }
        let configured = if address.needs_version {
            config.setting(AZURE_VERSION_FROM)?
        } else {
            None
        };
        let is_v1 = configured
            .as_deref()
            .is_some_and(|version| AZURE_V1_VERSIONS.contains(&version));
        let address = if model.api == Api::OpenAiResponses && address.needs_version {
            address.for_responses(configured.clone())
        } else if is_v1 {
            address.without_version()
        } else if model.api == Api::OpenAiResponses && model.route.prefix == PERPLEXITY {
            // its chat completions have no version: https://docs.perplexity.ai/api-reference/responses-post
            address.ending_in("/v1")
        } else {
            address
        };
        let mut version = address.version;
        if address.needs_version {
            version = Some(configured.or(version).unwrap_or_else(|| AZURE_VERSION.to_owned()));
        }
        Ok(Self {
            base: address.base,
            version,
            key_name: key.as_ref().map(|(name, _)| (*name).to_owned()),
            key: key.map(|(_, key)| key).unwrap_or_default(),
            headers,
            account: None,
            signer: None,
            change: None,
        })
    }

    /// Adds the headers that variables give, such as OpenAI's account.
    fn add_route_headers(&mut self, config: &Config, model: &RequestedModel) -> Result<(), ProcessorError> {
        for (header, variables) in model.route.headers() {
            let Some((variable, value)) = first_setting(config, variables)? else {
                continue;
            };
            let value = HeaderValue::from_str(&value).map_err(|_| {
                let message = format!("{variable} holds a character that an HTTP header cannot carry");
                ProcessorError::new(ErrorCode::Usage, message)
            })?;
            self.headers.insert(HeaderName::from_static(header), value);
        }
        Ok(())
    }
}

fn first_setting(
    config: &Config,
    variables: &'static [&'static str],
) -> Result<Option<(&'static str, String)>, ProcessorError> {
    for variable in variables {
        if let Some(value) = config.setting(variable)? {
            return Ok(Some((variable, value)));
        }
    }
    Ok(None)
}

fn route_address(config: &Config, model: &RequestedModel) -> Result<Located, ProcessorError> {
    let route = model.route;
    if let Some((variable, given)) = first_setting(config, route.base_from)? {
        let address =
            Address::parse(variable, &given, model)?.ending_in(route.end(variable).unwrap_or_default());
        return Ok(Located {
            address,
            variable: Some(variable),
        });
    }
    let own = model.api.native().map(NativeApi::base);
    let base = own.filter(|base| !base.is_empty()).unwrap_or(route.base);
    let endpoint = if route.has(&Quirk::Aws) {
        region::endpoint(&region::find(config, &model.model)?)
    } else {
        base.to_owned()
    };
    if !endpoint.is_empty() {
        let address = Address::parse(route.prefix, &endpoint, model)?;
        return Ok(Located {
            address,
            variable: None,
        });
    }
    let (prefix, variables) = (route.prefix, route.base_from.join(" or "));
    Err(ProcessorError::new(
        ErrorCode::Usage,
        format!("{prefix}/ has no address of its own; set {variables} to that of your service"),
    ))
}

/// The first key that is set and may be sent to the address that this variable gives.
fn route_key(
    config: &Config,
    model: &RequestedModel,
    base: Option<&str>,
) -> Result<Option<(&'static str, SecretString)>, ProcessorError> {
    let route = model.route;
    let mut names = route
        .key_from
        .iter()
        .copied()
        .filter(|name| route.may_send(name, base));
    for name in names.clone() {
        if let Some(key) = config.optional_secret(name)? {
            return Ok(Some((name, key)));
        }
    }
    if route.has(&Quirk::KeyIsOptional) {
        return Ok(None);
    }
    let first = names.next().unwrap_or_default();
    let variables = names.fold(first.to_owned(), |list, name| format!("{list} or {name}"));
    let prefix = route.prefix;
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
        address::join(&self.base, path)
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
