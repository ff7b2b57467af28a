//! Which model to run.

use runtime::{ErrorCode, ProcessorError};

const DEFAULT: &str = "black-forest-labs/flux-schnell";

/// An official model, `owner/name`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) owner: String,
    pub(crate) name: String,
}

impl Model {
    /// Reads a reference; none is the default model.
    ///
    /// # Errors
    ///
    /// `ERR_INPUTS` for anything but `owner/name`.
    pub(crate) fn parse(reference: Option<&str>) -> Result<Self, ProcessorError> {
        let reference = reference.unwrap_or(DEFAULT);
        match reference.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) => Ok(Self {
                owner: owner.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err(ProcessorError::new(
                ErrorCode::Inputs,
                format!("/model is not the owner/name of an official model, e.g. {DEFAULT}"),
            )),
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        assert_eq!(Model::parse(None).unwrap().owner, "black-forest-labs");
        assert_eq!(Model::parse(Some("a/b-1.5_x")).unwrap().name, "b-1.5_x");
        for bad in [
            "", "a", "a/", "/b", "a/b/c", "a/b:0123", "a/../b", "../b", "a/b?x", "a b/c",
        ] {
            let error = Model::parse(Some(bad)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs, "{bad}");
        }
    }
}
