//! The account that asks Vertex AI: a service account, or a user (<https://google.aip.dev/auth/4112>,
//! <https://google.aip.dev/auth/4113>).

use std::fs::File;
use std::io::Read as _;

use runtime::{Config, ErrorCode, ExposeSecret as _, ProcessorError, SecretString, http};
use serde_json::Value;

/// The variables that hold the JSON of an account, or the path of its file; the first that is set counts. The first is LiteLLM's.
pub(crate) const CREDENTIALS: [&str; 2] = ["VERTEXAI_CREDENTIALS", "VERTEX_CREDENTIALS"];
/// The variable of Google's own clients, which holds a path.
pub(crate) const FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
/// The variable that holds an access token in place of an account, as Google's provider for Terraform has it.
pub(crate) const TOKEN: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";

/// A longer file is no account.
const LARGEST: u64 = 1 << 20;
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
/// The members that are secrets.
const SECRETS: [&str; 3] = ["private_key", "refresh_token", "client_secret"];

/// An account, whose tokens [`Account::token`] requests.
#[derive(Debug)]
pub(crate) struct Account {
    /// The variable that gives it.
    pub(crate) variable: &'static str,
    pub(super) grant: Grant,
    pub(super) token_uri: String,
    project: Option<String>,
}

/// What a token is given for.
#[derive(Debug)]
pub(super) enum Grant {
    /// A signature.
    Service {
        email: String,
        key_id: Option<String>,
        /// In PEM.
        key: SecretString,
    },
    /// A refresh token.
    User {
        client_id: String,
        client_secret: SecretString,
        refresh_token: SecretString,
    },
}

impl Account {
    /// The account that the variables give, if there is one.
    ///
    /// # Errors
    ///
    /// `ERR_MISSING_SECRET` that names the variable, for something that is no account, or one of another type.
    pub(crate) fn from_config(config: &Config) -> Result<Option<Self>, ProcessorError> {
        for variable in CREDENTIALS {
            if let Some(given) = config.optional_secret(variable)? {
                let given = given.expose_secret();
                let json = if given.starts_with('{') {
                    given.to_owned()
                } else {
                    read(variable, given)?
                };
                return Self::parse(config, variable, &json).map(Some);
            }
        }
        let Some(path) = config.setting(FILE)? else {
            return Ok(None);
        };
        let json = read(FILE, &path)?;
        Self::parse(config, FILE, &json).map(Some)
    }

    /// The project that the account belongs to, or that is charged for it.
    pub(crate) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn parse(config: &Config, variable: &'static str, json: &str) -> Result<Self, ProcessorError> {
        let account: Value = serde_json::from_str(json)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| wrong(variable, "is not the JSON of an account; download its key again"))?;
        let text = |name: &str| account.get(name).and_then(Value::as_str);
        for name in SECRETS {
            if let Some(secret) = text(name) {
                config.register_secret(variable, secret);
            }
        }
        let required = |name: &str| {
            let missing = || {
                wrong(
                    variable,
                    &format!("has no {name}; download the account's key again"),
                )
            };
            text(name).ok_or_else(missing)
        };
        let grant = match text("type") {
            Some("service_account") | None => Grant::Service {
                email: required("client_email")?.to_owned(),
                key_id: text("private_key_id").map(str::to_owned),
                key: required("private_key")?.into(),
            },
            Some("authorized_user") => Grant::User {
                client_id: required("client_id")?.to_owned(),
                client_secret: required("client_secret")?.into(),
                refresh_token: required("refresh_token")?.into(),
            },
            Some(_) => {
                return Err(wrong(
                    variable,
                    &format!(
                        "is neither a service account nor a user; set {TOKEN} to an access token, such as that of gcloud auth print-access-token"
                    ),
                ));
            }
        };
        let token_uri = http::parse_base_url(variable, text("token_uri").unwrap_or(TOKEN_URI))
            .map_err(|_| wrong(variable, "has a token_uri that is no address"))?;
        let project = text("project_id").or_else(|| text("quota_project_id"));
        Ok(Self {
            variable,
            grant,
            token_uri,
            project: project.map(str::to_owned),
        })
    }
}

/// The content of a file. The message has no path, which may be a secret that was pasted in its place.
fn read(variable: &str, path: &str) -> Result<String, ProcessorError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(error) => Err(wrong(
            variable,
            &format!(
                "is neither the JSON of an account nor a file that can be read: {}",
                error.kind()
            ),
        )),
    }
}

pub(super) fn wrong(variable: &str, what: &str) -> ProcessorError {
    ProcessorError::new(ErrorCode::MissingSecret, format!("{variable} {what}"))
}
