//! The address of a project in a location: <https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations>.

use reqwest::Url;
use runtime::{Config, ErrorCode, ProcessorError, http};

use super::account::Account;
use super::partners::{Partner, locations, partner};
use crate::api::Api;
use crate::native::gemini::is_gemini_3;
use crate::requested_model::RequestedModel;

/// The variables that name the project, LiteLLM's, and the one of Google's own clients; the first that is set counts.
pub(crate) const PROJECT: [&str; 3] = ["VERTEXAI_PROJECT", "VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT"];
/// Those of the location, likewise.
pub(crate) const LOCATION: [&str; 2] = ["VERTEXAI_LOCATION", "VERTEX_LOCATION"];

/// LiteLLM's location by default.
const DEFAULT: &str = "us-central1";
/// The only location of the newest models.
const GLOBAL: &str = "global";

/// Where a model is.
#[derive(Debug)]
pub(crate) struct Place {
    /// The address to which the path of the model is appended.
    pub(crate) base: String,
    /// That another location was chosen, which lacks the model: `location europe-west4 to global`.
    pub(crate) change: Option<String>,
}

impl From<String> for Place {
    fn from(base: String) -> Self {
        Self { base, change: None }
    }
}

/// The place of a model. `given` is the name and the value of another host's address.
///
/// # Errors
///
/// `ERR_USAGE` for a project that is missing, or names that are none.
pub(crate) fn find(
    config: &Config,
    model: &RequestedModel,
    account: Option<&Account>,
    given: Option<(&str, &str)>,
) -> Result<Place, ProcessorError> {
    let partner =
        (model.api == Api::ChatCompletions).then(|| partner(&model.model).unwrap_or(Partner::Compatible));
    let end = partner.map_or("", Partner::end);
    let version = partner.map_or("/v1", Partner::version);
    let given = given
        .map(|(name, given)| http::parse_base_url(name, given))
        .transpose()?;
    if let Some((before, _)) = given
        .as_deref()
        .and_then(|given| given.split_once("/publishers/"))
    {
        return Ok(format!("{before}{end}").into());
    }
    if let Some(given) = given.as_deref().filter(|given| given.contains("/projects/")) {
        return Ok(format!("{given}{end}").into());
    }
    let chosen = first(config, &LOCATION)?;
    let chosen = chosen
        .map(|chosen| checked(chosen, "is no location, such as europe-west4 or global"))
        .transpose()?;
    let (location, change) = location(chosen, model);
    let project = match first(config, &PROJECT)? {
        Some(project) => checked(project, "is no id of a project")?,
        None => {
            let project = account.and_then(Account::project);
            let project = project.ok_or_else(|| {
                let message = format!("vertex_ai/ needs a project; set {}", PROJECT[0]);
                ProcessorError::new(ErrorCode::Usage, message)
            })?;
            checked(("project_id", project.to_owned()), "is no id of a project")?
        }
    };
    let given = given.map(|given| without_version(&given));
    let host = given.unwrap_or_else(|| host(&location));
    let base = format!("{host}{version}/projects/{project}/locations/{location}{end}");
    Ok(Place { base, change })
}

/// The location of a model: the chosen one, unless the model is known to be in others alone, which is told.
fn location(chosen: Option<String>, requested: &RequestedModel) -> (String, Option<String>) {
    let model = &requested.model;
    let only = locations(model);
    let is_googles = requested.api != Api::VertexMessages && partner(model).is_none();
    match (chosen, only.first()) {
        (Some(chosen), Some(other)) if !only.contains(&chosen.as_str()) => {
            let change = format!("location {chosen} to {other}");
            ((*other).to_owned(), Some(change))
        }
        (Some(chosen), _) => (chosen, None),
        (None, Some(other)) => ((*other).to_owned(), None),
        (None, None) if is_googles && is_gemini_3(model) => (GLOBAL.to_owned(), None),
        (None, None) => (DEFAULT.to_owned(), None),
    }
}

/// A gateway's address, which may end in the version.
fn without_version(given: &str) -> String {
    let mut ends = ["/v1beta1", "/v1"]
        .iter()
        .filter_map(|end| given.strip_suffix(end));
    let shorter = ends.next().unwrap_or(given);
    // a gateway may have a path of this name
    let is_root = Url::parse(given).is_ok_and(|url| matches!(url.path(), "/v1" | "/v1beta1"));
    if is_root { shorter } else { given }.to_owned()
}

fn host(location: &str) -> String {
    match location {
        GLOBAL => "https://aiplatform.googleapis.com".to_owned(),
        // `us` and `eu`
        area if !area.contains('-') => format!("https://aiplatform.{area}.rep.googleapis.com"),
        region => format!("https://{region}-aiplatform.googleapis.com"),
    }
}

fn first<'a>(config: &Config, names: &[&'a str]) -> Result<Option<(&'a str, String)>, ProcessorError> {
    for name in names {
        if let Some(value) = config.setting(name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// A name that becomes a part of the address, and must not lead elsewhere.
fn checked((variable, name): (&str, String), what: &str) -> Result<String, ProcessorError> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':');
    let is_name = variable != LOCATION[0] && variable != LOCATION[1] || !name.contains(['.', ':']);
    if !name.is_empty() && !name.contains("..") && name.bytes().all(is_plain) && is_name {
        Ok(name)
    } else {
        Err(ProcessorError::new(
            ErrorCode::Usage,
            format!("{variable} {what}"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_have_hosts() {
        for (location, expected) in [
            ("global", "https://aiplatform.googleapis.com"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com"),
            ("europe-west4", "https://europe-west4-aiplatform.googleapis.com"),
        ] {
            assert_eq!(host(location), expected);
        }
    }

    #[test]
    fn names_lead_nowhere_else() {
        let check = |variable: &str, name: &str| checked((variable, name.to_owned()), "is wrong").is_ok();
        for name in ["my-project", "example.com:my-project", "123"] {
            assert!(check(PROJECT[0], name), "{name}");
        }
        for name in ["", "a/b", "..", "a?b", "A", "a b"] {
            assert!(!check(PROJECT[0], name), "{name}");
            assert!(!check(LOCATION[0], name), "{name}");
        }
        assert!(!check(LOCATION[1], "evil.com"));
        assert!(check(LOCATION[1], "us-central1"));
    }
}
