//! Why there is no login, although one is set up.

/// What is wrong with a file or a helper, and what to do about it. It holds no credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::oci) struct CredentialsError {
    pub(in crate::oci) message: String,
    pub(in crate::oci) hint: String,
}

impl CredentialsError {
    pub(super) fn unreadable(file: &str) -> Self {
        Self {
            message: format!("the logins in {file} cannot be read"),
            hint: "correct its permissions and its JSON, or remove it and log in again".into(),
        }
    }

    pub(super) fn helper(name: &str, file: &str, what: &str) -> Self {
        Self {
            message: format!("the credential helper {name}, which {file} names, {what}"),
            hint: format!("install or repair {name}, or take it out of {file} and log in again"),
        }
    }
}
