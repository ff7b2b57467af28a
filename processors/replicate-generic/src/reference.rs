//! Which model to run, and the endpoint that runs it (<https://replicate.com/docs/reference/http#predictions.create>).

use runtime::{ErrorCode, ProcessorError};

pub(crate) const DEFAULT: &str = "black-forest-labs/flux-schnell";

/// A model, as its inputs name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// `owner/name`: an official model, or the latest version of a community model.
    Model(Model),
    /// `owner/name:version`, or the version alone.
    Version(String, Option<Model>),
    /// `deployments/owner/name`.
    Deployment(Model),
}

/// The `owner/name` of a model or a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    owner: String,
    name: String,
}

/// Where predictions are created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Relative to the base URL.
    pub(crate) path: String,
    /// The `version` of the request.
    pub(crate) version: Option<String>,
}

impl Reference {
    /// Reads a reference; `None` stands for the default model.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` that lists the valid forms.
    pub(crate) fn parse(reference: Option<&str>) -> Result<Self, ProcessorError> {
        let reference = reference.unwrap_or(DEFAULT);
        read(reference).ok_or_else(|| {
            ProcessorError::new(
                ErrorCode::Inputs,
                "/model is not a reference to a model; write owner/name, owner/name:version, a version alone (64 hexadecimal digits), \
                 or deployments/owner/name",
            )
        })
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        let path = match self {
            Self::Model(model) => format!("/v1/models/{model}/predictions"),
            Self::Deployment(model) => format!("/v1/deployments/{model}/predictions"),
            Self::Version(version, _) => return Endpoint::from_version(version.clone()),
        };
        Endpoint { path, version: None }
    }

    /// The model, if its latest version is meant.
    pub(crate) const fn model(&self) -> Option<&Model> {
        match self {
            Self::Model(model) => Some(model),
            Self::Version(..) | Self::Deployment(_) => None,
        }
    }

    /// The model, whichever version of it is meant.
    pub(crate) const fn named(&self) -> Option<&Model> {
        match self {
            Self::Model(model) | Self::Version(_, Some(model)) => Some(model),
            Self::Version(_, None) | Self::Deployment(_) => None,
        }
    }

    /// The model and its version (`None` for the latest), where the service publishes the schema.
    pub(crate) fn described(&self) -> Option<(&Model, Option<&str>)> {
        let version = match self {
            Self::Version(version, _) => Some(version.as_str()),
            Self::Model(_) | Self::Deployment(_) => None,
        };
        Some((self.named()?, version))
    }
}

impl Endpoint {
    pub(crate) fn from_version(version: String) -> Self {
        Self {
            path: "/v1/predictions".to_owned(),
            version: Some(version),
        }
    }
}

impl Model {
    /// Reads `owner/name`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        (is_name(owner) && is_name(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

fn read(reference: &str) -> Option<Reference> {
    if is_version(reference) {
        return Some(Reference::Version(reference.to_owned(), None));
    }
    if let Some(deployment) = reference.strip_prefix("deployments/").and_then(Model::parse) {
        return Some(Reference::Deployment(deployment));
    }
    match reference.split_once(':') {
        None => Model::parse(reference).map(Reference::Model),
        Some((model, version)) => {
            let model = Model::parse(model).filter(|_| is_version(version))?;
            Some(Reference::Version(version.to_owned(), Some(model)))
        }
    }
}

/// 64 hexadecimal digits.
pub(crate) fn is_version(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_name(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa";

    fn endpoint(reference: &str) -> Endpoint {
        Reference::parse(Some(reference)).unwrap().endpoint()
    }

    #[test]
    fn every_form_has_its_endpoint() {
        let without_version = |path: &str| Endpoint {
            path: path.to_owned(),
            version: None,
        };
        assert_eq!(
            endpoint("a/b-1.5_x"),
            without_version("/v1/models/a/b-1.5_x/predictions")
        );
        assert_eq!(
            endpoint("deployments/a/b"),
            without_version("/v1/deployments/a/b/predictions")
        );
        for reference in [HEX.to_owned(), format!("a/b:{HEX}")] {
            assert_eq!(endpoint(&reference), Endpoint::from_version(HEX.to_owned()));
        }
        let default = Reference::parse(None).unwrap().endpoint();
        assert_eq!(
            default,
            without_version("/v1/models/black-forest-labs/flux-schnell/predictions")
        );
    }

    #[test]
    fn other_references_are_refused_with_a_list_of_the_forms() {
        let short = HEX.get(1..).unwrap();
        #[rustfmt::skip]
        let refused = [
            "", "a", "a/", "/b", "a/b/c", "a/b:0123", "a/b:", "a/../b", "../b", "a/b?x", "a b/c", short,
            "deployments/a/b/c",
        ];
        for bad in refused {
            let error = Reference::parse(Some(bad)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs, "{bad}");
            for form in [
                "owner/name:version",
                "64 hexadecimal digits",
                "deployments/owner/name",
            ] {
                assert!(error.message().contains(form), "{error}");
            }
        }
    }
}
