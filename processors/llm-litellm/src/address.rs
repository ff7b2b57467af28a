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
            let version = other_version(&path).filter(|_| model.api == Api::GeminiGenerateContent);
            let cut = version
                .and_then(|version| path.strip_suffix(version))
                .unwrap_or(&path);
            let root = root_path(own.ends(), base, cut.trim_end_matches('/'));
            version.map_or_else(|| root.clone(), |version| format!("{root}/{version}"))
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

/// The version that an address of Gemini's ends in, if it is not the one that each path has anyway.
fn other_version(path: &str) -> Option<&str> {
    let last = path.rsplit('/').next()?;
    (is_version(last) && last != "v1beta").then_some(last)
}

/// A path that is appended to an address, whose version takes the place of that of the path.
pub(crate) fn join(base: &str, path: &str) -> String {
    let has_version = base.rsplit('/').next().is_some_and(is_version);
    let own = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    match own {
        Some((first, rest)) if has_version && is_version(first) => format!("{base}/{rest}"),
        _ => format!("{base}{path}"),
    }
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
mod cases;
