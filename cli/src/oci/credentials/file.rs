//! The file that `docker login` and `podman login` write.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::credential::Credential;
use super::failure::CredentialsError;
use super::helper;
use crate::environment::Environment;
use crate::oci::repository::Repository;

/// `config.json` of Docker, `auth.json` of Podman: one form.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ConfigFile {
    auths: BTreeMap<String, Login>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

/// One login; Docker leaves it empty where a helper has it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Login {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

/// What Docker Hub is called in these files.
const DOCKER_HUB: [&str; 4] = [
    "https://index.docker.io/v1/",
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
];

impl ConfigFile {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The login for a repository: that of the longest path, else of the host. A helper for the host comes before all of them, the
    /// store for all hosts after them.
    pub(super) fn find(
        &self,
        repository: &Repository,
        file: &'static str,
        environment: &Environment,
    ) -> Result<Option<Credential>, CredentialsError> {
        let names = names(repository);
        let helper = names.iter().find_map(|name| {
            Some((
                name,
                self.cred_helpers.get(*name).filter(|helper| !helper.is_empty())?,
            ))
        });
        if let Some((name, helper)) = helper {
            return helper::ask(helper, name, file, environment);
        }
        let login = keys(repository)
            .iter()
            .find_map(|key| self.login(key).filter(|login| !login.is_empty()));
        if let Some(login) = login {
            let credential = login.credential();
            return credential
                .map(Some)
                .ok_or_else(|| CredentialsError::unreadable(file));
        }
        if self.creds_store.is_empty() {
            return Ok(None);
        }
        let name = names.first().copied().unwrap_or_default();
        helper::ask(&self.creds_store, name, file, environment)
    }

    /// The login of a key, in whichever form the file writes it.
    fn login(&self, wanted: &str) -> Option<&Login> {
        self.auths.get(wanted).or_else(|| {
            let mut auths = self.auths.iter();
            auths
                .find(|(key, _)| plain(key) == wanted)
                .map(|(_, login)| login)
        })
    }
}

impl Login {
    fn is_empty(&self) -> bool {
        [
            &self.auth,
            &self.password,
            &self.identitytoken,
            &self.registrytoken,
        ]
        .iter()
        .all(|text| text.is_empty())
    }

    fn credential(&self) -> Option<Credential> {
        if !self.registrytoken.is_empty() {
            return Some(Credential::Bearer(self.registrytoken.clone()));
        }
        if !self.identitytoken.is_empty() {
            return Some(Credential::Identity(self.identitytoken.clone()));
        }
        if !self.auth.is_empty() {
            return Credential::decode(&self.auth);
        }
        Some(Credential::new(self.username.clone(), self.password.clone()))
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(..)")
    }
}

/// What helpers are asked for, the usual name first.
fn names(repository: &Repository) -> Vec<&str> {
    if DOCKER_HUB.contains(&repository.host()) {
        DOCKER_HUB.to_vec()
    } else {
        vec![repository.host()]
    }
}

/// The keys of a login: with the path, as Podman has them, from the longest to the host alone.
fn keys(repository: &Repository) -> Vec<String> {
    let mut keys = Vec::new();
    let whole = repository.to_string();
    let mut rest = whole.as_str();
    while let Some((above, _)) = rest.rsplit_once('/') {
        keys.push(rest.to_owned());
        rest = above;
    }
    keys.extend(names(repository).into_iter().map(str::to_owned));
    keys
}

/// A key without its scheme, and then without a path, which is that of an API: `https://ghcr.io/v2/`.
fn plain(key: &str) -> &str {
    let without = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    match without {
        Some(rest) => rest.split('/').next().unwrap_or(rest),
        None => key.trim_end_matches('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str, repository: &str) -> Option<String> {
        let environment = Environment::new([("PATH", "")], "/");
        let file = ConfigFile::parse(text.as_bytes()).unwrap();
        let found = file.find(&repository.parse().unwrap(), "config.json", &environment);
        found.unwrap().map(|credential| match credential {
            Credential::Password { user, .. } => user,
            Credential::Identity(token) | Credential::Bearer(token) => token,
        })
    }

    #[test]
    fn the_longest_path_wins() {
        let text = r#"{"auths":{
            "ghcr.io":{"username":"host","password":"x"},
            "ghcr.io/o":{"username":"owner","password":"x"},
            "ghcr.io/o/r/p":{"username":"repository","password":"x"},
            "ghcr.io/o/r":{}
        }}"#;
        for (repository, expected) in [
            ("ghcr.io/o/r/p", "repository"),
            ("ghcr.io/o/r/q", "owner"),
            ("ghcr.io/x/r/p", "host"),
        ] {
            assert_eq!(user(text, repository).as_deref(), Some(expected), "{repository}");
        }
        assert_eq!(user(text, "quay.io/o/r/p"), None);
    }

    #[test]
    fn keys_have_several_forms() {
        for key in [
            "h:5000",
            "https://h:5000",
            "http://h:5000/",
            "https://h:5000/v2/",
            "h:5000/",
        ] {
            let text = format!(r#"{{"auths":{{"{key}":{{"auth":"dXNlcjpw"}}}}}}"#);
            assert_eq!(user(&text, "h:5000/o/r/p").as_deref(), Some("user"), "{key}");
        }
        for key in DOCKER_HUB {
            let text = format!(r#"{{"auths":{{"{key}":{{"auth":"dXNlcjpw"}}}}}}"#);
            assert_eq!(user(&text, "docker.io/o/r").as_deref(), Some("user"), "{key}");
        }
    }

    #[test]
    fn tokens_come_before_passwords() {
        let text = r#"{"auths":{"h:1":{"auth":"dXNlcjpw","identitytoken":"refresh"}}}"#;
        assert_eq!(user(text, "h:1/a").as_deref(), Some("refresh"));
        let text = r#"{"auths":{"h:1":{"registrytoken":"bearer"}},"HttpHeaders":{"a":"b"}}"#;
        assert_eq!(user(text, "h:1/a").as_deref(), Some("bearer"));
    }

    #[test]
    fn a_login_that_cannot_be_decoded_is_an_error() {
        let environment = Environment::new([("PATH", "")], "/");
        let file = ConfigFile::parse(br#"{"auths":{"h:1":{"auth":"%"}}}"#).unwrap();
        let repository = "h:1/a".parse().unwrap();
        let error = file
            .find(&repository, "~/.docker/config.json", &environment)
            .unwrap_err();
        assert_eq!(
            error.message,
            "the logins in ~/.docker/config.json cannot be read"
        );
        assert!(ConfigFile::parse(b"{").is_none());
    }
}
