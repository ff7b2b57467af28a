//! A login.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};

/// What a registry, or the service that it names, is shown.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::oci) enum Credential {
    Password {
        user: String,
        password: String,
    },
    /// An OAuth2 refresh token, which the registry's service exchanges for an access token.
    Identity(String),
    /// An access token.
    Bearer(String),
}

/// Docker writes padding, other programs do not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Credential {
    /// A user and a password; the user `<token>` is how helpers mark a refresh token.
    pub(super) fn new(user: String, password: String) -> Self {
        if user == "<token>" {
            Self::Identity(password)
        } else {
            Self::Password { user, password }
        }
    }

    /// Reads the field `auth`: `user:password` in base64.
    pub(super) fn decode(auth: &str) -> Option<Self> {
        let bytes = LENIENT.decode(auth.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        let password = password.trim_end_matches('\0'); // as Docker reads it
        Some(Self::new(user.to_owned(), password.to_owned()))
    }

    /// The value of `Authorization` by the scheme Basic, if this is a password.
    pub(in crate::oci) fn basic(&self) -> Option<String> {
        match self {
            Self::Password { user, password } => {
                let encoded = general_purpose::STANDARD.encode(format!("{user}:{password}"));
                Some(format!("Basic {encoded}"))
            }
            Self::Identity(_) | Self::Bearer(_) => None,
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_is_a_user_and_a_password() {
        for auth in [
            "dXNlcjpwYTpzcw==",
            "dXNlcjpwYTpzcw",
            " dXNlcjpwYTpzcw==\n",
            "dXNlcjpwYTpzcwA=",
        ] {
            let credential = Credential::decode(auth).unwrap();
            assert_eq!(
                credential,
                Credential::new("user".into(), "pa:ss".into()),
                "{auth}"
            );
            assert_eq!(credential.basic().unwrap(), "Basic dXNlcjpwYTpzcw==");
        }
        for auth in ["", "dXNlcg==", "%"] {
            assert_eq!(Credential::decode(auth), None, "{auth}");
        }
    }

    #[test]
    fn a_token_is_no_password_and_nothing_is_printed() {
        let token = Credential::new("<token>".into(), "s3cret".into());
        assert_eq!(token, Credential::Identity("s3cret".into()));
        assert_eq!(token.basic(), None);
        assert_eq!(format!("{token:?}"), "Credential(..)");
    }
}
