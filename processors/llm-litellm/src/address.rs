//! The base address of a service's API, from any of the API's addresses.

use reqwest::Url;
use runtime::{ErrorCode, ProcessorError, http};

use crate::api::Api;
use crate::native::interface::NativeApi;
use crate::requested_model::RequestedModel;
use crate::routes::Quirk;

/// The ends of endpoints' addresses.
const ENDPOINTS: [&str; 2] = ["/chat/completions", "/completions"];
/// Also ends of endpoints, but only after a version or `openai`, as other addresses may have them, too.
const OTHER_ENDPOINTS: [&str; 4] = ["/responses", "/models", "/messages", "/embeddings"];

/// The end of an Azure address without deployments and versions.
const AZURE_V1: &str = "/openai/v1";
const DEPLOYMENTS: &str = "/openai/deployments";
/// The hosts of Azure resources, at which there is nothing but their APIs.
const AZURE_HOSTS: [&str; 5] = [
    ".openai.azure.com",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
    ".openai.azure.us",
    ".openai.azure.cn",
];

/// The address to which the path of a request is appended.
#[derive(Debug, PartialEq)]
pub(crate) struct Address {
    /// Without a trailing slash.
    pub(crate) base: String,
    /// Azure's `api-version`, if the address has one.
    pub(crate) version: Option<String>,
    /// Whether a request needs one.
    pub(crate) needs_version: bool,
}

impl Address {
    /// An address that is known to be right.
    pub(crate) const fn at(base: String) -> Self {
        Self {
            base,
            version: None,
            needs_version: false,
        }
    }

    /// Parses the address that is given for this model; well-known wrong forms are corrected.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` that begins with `name` and shows the right form, but never the address itself.
    pub(crate) fn parse(name: &str, given: &str, model: &RequestedModel) -> Result<Self, ProcessorError> {
        let wrong = |what: &str| ProcessorError::new(ErrorCode::Usage, format!("{name} {what}"));
        let is_azure = model.route.has(&Quirk::Azure);
        let (given, version) = if is_azure {
            split_version(given)
        } else {
            (given.to_owned(), None)
        };
        let mut url = Url::parse(&http::parse_base_url(name, &given)?)
            .map_err(|_| wrong("is not an address; give one such as https://api.example.com/v1"))?;
        let path = without_endpoint(url.path().trim_end_matches('/')).to_owned();
        let needs_version = is_azure && !path.ends_with(AZURE_V1);
        let path = if let Some(own) = model.route.own().and_then(Api::native) {
            let base = model.api.native().map_or(model.route.base, NativeApi::base);
            root_path(own.ends(), base, &path)
        } else if needs_version {
            azure_path(&url, &path, &model.model).map_err(wrong)?
        } else if is_azure {
            path
        } else if is_azure_host(&url) && path.contains(DEPLOYMENTS) {
            return Err(wrong(
                "is that of an Azure deployment; name the model azure/DEPLOYMENT and set AZURE_API_BASE",
            ));
        } else {
            complete(&path, &url, model.route.base).unwrap_or(path)
        };
        url.set_path(&path);
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            version,
            needs_version,
        })
    }

    /// The address of an Azure resource that needs no version, in place of that of a deployment.
    pub(crate) fn without_version(self) -> Self {
        match self.base.rsplit_once(DEPLOYMENTS) {
            Some((before, _)) => Self {
                base: format!("{before}{AZURE_V1}"),
                version: None,
                needs_version: false,
            },
            None => self,
        }
    }

    /// The address of an Azure resource's Responses API, in place of that of a deployment
    /// (<https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses>). Of versions with a date only previews have it.
    pub(crate) fn for_responses(self, configured: Option<String>) -> Self {
        let versions = [configured, self.version.clone()];
        let mut versions = versions.into_iter().flatten();
        let dated = versions.find(|version| {
            version.starts_with(|c: char| c.is_ascii_digit()) && version.ends_with("-preview")
        });
        match (dated, self.base.rsplit_once(DEPLOYMENTS)) {
            (Some(version), Some((before, _))) => Self {
                base: format!("{before}/openai"),
                version: Some(version),
                needs_version: false,
            },
            _ => self.without_version(),
        }
    }

    /// With this end, if it lacks it.
    pub(crate) fn ending_in(mut self, end: &str) -> Self {
        if !self.base.ends_with(end) {
            self.base.push_str(end);
        }
        self
    }
}

/// Splits off `?api-version=`, which the "target URI" of Azure's portal has. Any other query stays and is refused later.
fn split_version(given: &str) -> (String, Option<String>) {
    let split = || {
        let mut url = Url::parse(given).ok()?;
        let mut pairs = url.query_pairs();
        let (name, version) = pairs.next()?;
        if !name.eq_ignore_ascii_case("api-version") || version.is_empty() || pairs.next().is_some() {
            return None;
        }
        let version = version.into_owned();
        url.set_query(None);
        Some((url.into(), Some(version)))
    };
    split().unwrap_or_else(|| (given.to_owned(), None))
}

fn without_endpoint(path: &str) -> &str {
    let cut = ENDPOINTS.iter().find_map(|end| path.strip_suffix(end));
    let other = || {
        let before = OTHER_ENDPOINTS.iter().find_map(|end| path.strip_suffix(end))?;
        let last = before.rsplit('/').next()?;
        (last == "openai" || is_version(last)).then_some(before)
    };
    match cut.or_else(other) {
        Some(before) => without_endpoint(before.trim_end_matches('/')),
        None => path,
    }
}

/// `v1`, `v1beta`.
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix('v').unwrap_or_default();
    number.starts_with(|first: char| first.is_ascii_digit())
}

/// The path at which the API of `base` begins on the given host, where a path may end in any of the service's APIs.
fn root_path(ends: &[&str], base: &str, path: &str) -> String {
    let mut before = path;
    while let Some(shorter) = ends.iter().find_map(|end| before.strip_suffix(end)) {
        before = shorter.trim_end_matches('/');
    }
    let base = Url::parse(base);
    let root = base.as_ref().map_or("", Url::path).trim_end_matches('/');
    format!("{before}{root}")
}

/// The whole path, if an address on the service's own host lacks its end. An end that is no version, such as DeepSeek's `/beta`, may
/// be left out on purpose.
fn complete(path: &str, url: &Url, base: &str) -> Option<String> {
    let own = Url::parse(base).ok()?;
    let rest = own.path().strip_prefix(path)?;
    let last = rest.rsplit('/').next()?;
    let is_short = rest.starts_with('/') && (last == "openai" || is_version(last));
    (is_short && own.origin() == url.origin()).then(|| own.path().to_owned())
}

fn is_azure_host(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    AZURE_HOSTS.iter().any(|end| host.ends_with(end))
}

/// The path of the model's deployment; `path` may be a part of it.
fn azure_path(url: &Url, path: &str, model: &str) -> Result<String, &'static str> {
    const RESOURCE: &str = "is not that of an Azure resource; give it as https://NAME.openai.azure.com, or with /openai/v1 after it";
    let deployment = |before| deployment(url, before, model).ok_or(RESOURCE);
    if let Some((before, rest)) = path.split_once(DEPLOYMENTS)
        && !rest.is_empty()
    {
        let whole = deployment(before)?;
        return if whole.eq_ignore_ascii_case(path) {
            Ok(whole)
        } else if rest.trim_start_matches('/').contains('/') {
            Err("is not that of a deployment's chat completions; end it before /openai")
        } else {
            Err("names another deployment than the model does; end it before /openai")
        };
    }
    let ends = [DEPLOYMENTS, "/openai"];
    let before = ends.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    if is_azure_host(url) && !before.is_empty() {
        return Err(RESOURCE);
    }
    deployment(before)
}

/// <https://learn.microsoft.com/azure/ai-services/openai/reference>: the model is a deployment, and a part of the path.
fn deployment(url: &Url, before: &str, model: &str) -> Option<String> {
    let mut url = url.clone();
    url.set_path(before);
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["openai", "deployments", model]);
    Some(url.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Route;

    fn parse(model: &str, given: &str) -> Result<Address, ProcessorError> {
        let (route, name) = Route::resolve(model, "/model").unwrap();
        let model = RequestedModel {
            name: model.to_owned(),
            route,
            api: route.api(false),
            model: name,
        };
        Address::parse("BASE", given, &model)
    }

    #[test]
    fn endpoints_are_cut_off() {
        for [model, given, base] in [
            ["gpt-4o", "https://h/v1", "https://h/v1"],
            ["gpt-4o", "https://h/v1/chat/completions", "https://h/v1"],
            ["gpt-4o", "https://h/v1//chat/completions//", "https://h/v1"],
            ["gpt-4o", "https://h/chat/completions", "https://h"],
            ["gpt-4o", "https://h/v1/completions", "https://h/v1"],
            ["gpt-4o", "https://h/v1/responses", "https://h/v1"],
            ["gpt-4o", "https://h/v1/models/", "https://h/v1"],
            ["gpt-4o", "https://h/models", "https://h/models"],
            ["gpt-4o", "https://h/vision/models", "https://h/vision/models"],
            ["gpt-4o", "https://completions", "https://completions"],
            ["anthropic/c", "https://h/v1/messages", "https://h/v1"],
            ["gemini/g", "https://h/v1beta/openai/models", "https://h"],
        ] {
            let address = Address {
                base: base.to_owned(),
                version: None,
                needs_version: false,
            };
            assert_eq!(parse(model, given).unwrap(), address, "{given}");
        }
    }

    #[test]
    fn the_address_of_a_known_host_is_completed() {
        const GEMINI: &str = "https://generativelanguage.googleapis.com";
        #[rustfmt::skip]
        let cases = [
            ["gpt-4o", "https://api.openai.com", "https://api.openai.com/v1"],
            ["gpt-4o", "https://api.openai.com/", "https://api.openai.com/v1"],
            ["gpt-4o", "https://api.openai.com/v2", "https://api.openai.com/v2"],
            ["gpt-4o", "https://api.openai.com:8443", "https://api.openai.com:8443"],
            ["gpt-4o", "https://eu.api.openai.com", "https://eu.api.openai.com"],
            ["groq/x", "https://api.groq.com/openai", "https://api.groq.com/openai/v1"],
            ["groq/x", "https://api.groq.com/open", "https://api.groq.com/open"],
            ["gemini/x", &format!("{GEMINI}/v1beta"), GEMINI],
            ["gemini/x", &format!("{GEMINI}/v1beta/openai/"), GEMINI],
            ["perplexity/x", "https://api.perplexity.ai/", "https://api.perplexity.ai"],
            ["deepseek/x", "https://api.deepseek.com", "https://api.deepseek.com"],
            ["deepseek/x", "https://api.deepseek.com/v1", "https://api.deepseek.com/v1"],
            ["zai/x", "https://api.z.ai/api/paas", "https://api.z.ai/api/paas/v4"],
            ["ollama/x", "http://h:11434", "http://h:11434/api"],
            ["ollama/x", "http://h:11434/api/chat", "http://h:11434/api"],
            ["ollama/x", "http://h:11434/v1/chat/completions", "http://h:11434/api"],
            ["ollama_chat/x", "http://h/ollama", "http://h/ollama/api"],
            ["hosted_vllm/x", "http://h:8000", "http://h:8000"],
        ];
        for [model, given, base] in cases {
            assert_eq!(parse(model, given).unwrap().base, base, "{given}");
        }
    }

    #[test]
    fn azure_addresses_lead_to_the_deployment() {
        const HOST: &str = "https://n.openai.azure.com";
        const CHAT: &str = "/openai/deployments/my%20gpt/chat/completions";
        for (given, version) in [
            ("", None),
            ("/", None),
            ("/openai", None),
            ("/openai/", None),
            ("/openai/deployments", None),
            ("/openai/deployments/my%20gpt", None),
            ("/openai/deployments/My gpt/", None),
            (CHAT, None),
            (
                &format!("{CHAT}?api-version=2025-01-01-preview"),
                Some("2025-01-01-preview"),
            ),
            (
                "/openai/responses?api-version=2025-04-01-preview",
                Some("2025-04-01-preview"),
            ),
            ("?api-version=2024-06-01", Some("2024-06-01")),
        ] {
            for host in [
                HOST,
                "https://h/gateway",
                "https://me.westeurope.cloudapp.azure.com/gw",
            ] {
                let address = Address {
                    base: format!("{host}/openai/deployments/my%20gpt"),
                    version: version.map(str::to_owned),
                    needs_version: true,
                };
                let parsed = parse("azure/my gpt", &format!("{host}{given}"));
                assert_eq!(parsed.unwrap(), address, "{host}{given}");
            }
        }
        for (given, version) in [
            ("/openai/v1", None),
            ("/openai/v1/chat/completions", None),
            ("/openai/v1/responses", None),
            ("/openai/v1/chat/completions?api-version=preview", Some("preview")),
        ] {
            let address = Address {
                base: format!("{HOST}/openai/v1"),
                version: version.map(str::to_owned),
                needs_version: false,
            };
            let parsed = parse("azure/x", &format!("{HOST}{given}"));
            assert_eq!(parsed.unwrap(), address, "{given}");
        }
        let odd = parse("azure/a/b c?d", "https://h/gateway").unwrap();
        assert_eq!(odd.base, "https://h/gateway/openai/deployments/a%2Fb%20c%3Fd");
    }

    #[test]
    fn wrong_addresses_are_refused_with_the_right_form() {
        #[rustfmt::skip]
        let cases = [
            ["azure/x", "https://n.openai.azure.com/openai/deployments/secret-y", "names another deployment"],
            ["azure/x", "https://h/openai/deployments/secret-y/chat/completions?api-version=1", "names another deployment"],
            ["azure/x", "https://n.openai.azure.com/openai/deployments/x/extensions", "end it before /openai"],
            ["azure/x", "https://secret-h/openai/deployments/x/images/generations", "end it before /openai"],
            ["azure/x", "https://secret.services.ai.azure.com/models/chat/completions?api-version=1", "/openai/v1"],
            ["azure/x", "https://secret.services.ai.azure.com/api/projects/p", "/openai/v1"],
            ["azure/x", "https://n.openai.azure.com?api-version=1&key=secret", "?"],
            ["azure/x", "https://n.openai.azure.com?api-version=", "?"],
            ["gpt-4o", "https://h/v1?api-version=secret", "?"],
            ["gpt-4o", "https://n.openai.azure.com/openai/deployments/secret-y", "azure/DEPLOYMENT"],
        ];
        for [model, given, expected] in cases {
            let error = parse(model, given).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Usage);
            assert!(error.message().starts_with("BASE "), "{error}");
            assert!(error.message().contains(expected), "{error}");
            assert!(!error.message().contains("secret"), "{error}");
        }
    }
}
