//! The names that a new processor has in a workspace.

use documents::{ErrorCode, ProcessorRef};

use crate::error::Error;

/// Longer ones would not fit the generated lines, which are formatted as `cargo fmt` leaves them.
const LONGEST: usize = 64;

/// What a processor is called where a reference cannot stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// The Cargo package, and so the binary: `vision-replicate`.
    pub(super) package: String,
    /// The library and the tests' directory: `vision_replicate`.
    pub(super) lib: String,
    /// What stands behind `@`.
    pub(super) version: String,
}

impl Names {
    /// The names for a reference.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for a reference that no package can be named after.
    pub(super) fn new(processor_ref: &ProcessorRef) -> Result<Self, Error> {
        let refuse = |why: &str| Err(Error::new(ErrorCode::Usage, format!("{processor_ref} {why}")));
        let text = processor_ref.as_str();
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return refuse(
                "begins with a digit, which no Cargo package may; choose a namespace that begins with a letter",
            );
        }
        if text.len() > LONGEST {
            return refuse("is longer than 64 characters; choose a shorter reference");
        }
        let joined = format!("{}-{}", processor_ref.namespace(), processor_ref.name());
        // a crate's name with two underscores in a row is not snake case
        let words: Vec<_> = joined.split(['-', '_']).filter(|word| !word.is_empty()).collect();
        Ok(Self {
            package: words.join("-"),
            lib: words.join("_"),
            version: text.rsplit('@').next().unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Names, Error> {
        Names::new(&ProcessorRef::parse(text).unwrap())
    }

    #[test]
    fn names_are_words_joined() {
        for (text, package, lib, version) in [
            ("vision/replicate@1", "vision-replicate", "vision_replicate", "1"),
            ("a-b/c_d@2-rc.1", "a-b-c-d", "a_b_c_d", "2-rc.1"),
            ("a_/b--c-@V2", "a-b-c", "a_b_c", "V2"),
            ("fn/mod@1", "fn-mod", "fn_mod", "1"),
        ] {
            let names = names(text).unwrap();
            assert_eq!(
                (&*names.package, &*names.lib, &*names.version),
                (package, lib, version)
            );
        }
    }

    #[test]
    fn what_no_package_can_be_named_after_is_refused() {
        let long = format!("a/{}@1", "b".repeat(61));
        for (text, why) in [
            ("3d/mesh@1", "begins with a digit"),
            (&*long, "is longer than 64"),
        ] {
            let error = names(text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Usage);
            assert!(error.message().starts_with(&format!("{text} {why}")), "{error}");
        }
        assert!(names(&format!("a/{}@1", "b".repeat(60))).is_ok());
    }
}
