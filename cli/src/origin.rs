//! The git repository that a workspace is pushed to.

use std::path::Path;

use crate::environment::Environment;
use crate::git;

/// Where `origin` is: in lower case, as image names are, and without whatever stands before the host, which may be a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) host: String,
    owner: String,
    repo: String,
}

impl Origin {
    /// Asks git; `None` if there is no such remote, or it is not on a host.
    pub(crate) fn find(workspace: &Path, environment: &Environment) -> Option<Self> {
        Self::parse(&web_address_of_origin(workspace, environment)?)
    }

    /// The last two segments of a remote's path.
    fn parse(address: &str) -> Option<Self> {
        let (authority, path) = address.split_once("://")?.1.split_once('/')?;
        let host = authority.split(':').next()?;
        let (owners, repo) = path.rsplit_once('/')?;
        let owner = owners.rsplit('/').next()?;
        let is_name = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        };
        (is_name(host) && is_name(owner) && is_name(repo)).then(|| Self {
            host: host.to_ascii_lowercase(),
            owner: owner.to_ascii_lowercase(),
            repo: repo.to_ascii_lowercase(),
        })
    }

    /// `owner/repo`.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.owner, self.repo)
    }
}

/// The address of a repository for people: `git@host:a/b.git` and `https://user:token@host/a/b` become
/// `https://host/a/b`. `None` for a path of this machine.
pub(crate) fn web_address(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or(url); // a token may stand there
    let (host, path) = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        None => url.split_once(':')?,
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = if url.starts_with("ssh://") {
        host.split(':').next().unwrap_or(host)
    } else {
        host
    };
    let path = path.trim_matches('/').trim_end_matches(".git");
    let is_host = !host.is_empty() && !host.contains('/') && host != ".";
    let is_path = !path.is_empty() && !path.contains('@'); // else a password has a `/`, and is in both
    (is_host && is_path).then(|| format!("https://{host}/{path}"))
}

/// The same of the remote `origin` of a repository.
pub(crate) fn web_address_of_origin(workspace: &Path, environment: &Environment) -> Option<String> {
    web_address(&git::ask(
        workspace,
        environment,
        &["remote", "get-url", "origin"],
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_for_people_and_without_credentials() {
        for (url, address) in [
            ("git@github.com:o/r.git", Some("https://github.com/o/r")),
            ("https://github.com/o/r", Some("https://github.com/o/r")),
            (
                "https://ada:token@github.com/o/r.git",
                Some("https://github.com/o/r"),
            ),
            (
                "ssh://git@host.example:2222/o/r.git",
                Some("https://host.example/o/r"),
            ),
            (
                "https://host.example:8443/o/r",
                Some("https://host.example:8443/o/r"),
            ),
            (
                "https://github.com/o/r?access_token=S3cret",
                Some("https://github.com/o/r"),
            ),
            ("https://u:p/S3cret@host.example/o/r", None),
            ("/srv/git/r.git", None),
            ("file:///srv/git/r.git", None),
            ("../r.git", None),
        ] {
            assert_eq!(web_address(url).as_deref(), address, "{url}");
        }
    }

    #[test]
    fn remotes() {
        for url in [
            "https://github.com/Owner/repo.git",
            "https://user:secret@github.com/owner/repo/",
            "https://user:se@cret@GitHub.com/owner/repo/",
            "ssh://git@github.com:22/owner/repo.git",
            "git@github.com:owner/Repo.git",
            "https://github.com/group/owner/repo",
        ] {
            let origin = web_address(url)
                .and_then(|address| Origin::parse(&address))
                .unwrap();
            assert_eq!(
                (origin.host.as_str(), origin.path().as_str()),
                ("github.com", "owner/repo"),
                "{url}"
            );
        }
        for url in [
            "",
            "/srv/git/owner/repo",
            "file:///srv/owner/repo",
            "../owner/repo",
            "https://host/repo",
            "h:o/a b",
        ] {
            assert_eq!(
                web_address(url).and_then(|address| Origin::parse(&address)),
                None,
                "{url}"
            );
        }
    }
}
