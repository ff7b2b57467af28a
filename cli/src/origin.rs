//! The git repository that a workspace is pushed to.

use std::path::Path;
use std::process::Stdio;

use crate::environment::Environment;

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
        let answer = environment
            .command("git")
            .args(["remote", "get-url", "origin"])
            .current_dir(workspace)
            .stdin(Stdio::null())
            .output()
            .ok()?;
        if !answer.status.success() {
            return None;
        }
        Self::parse(String::from_utf8(answer.stdout).ok()?.trim())
    }

    /// The last two segments of a remote's path.
    fn parse(url: &str) -> Option<Self> {
        let (authority, path) = match url.split_once("://") {
            Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
            Some(_) => return None,
            None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?,
        };
        let host = authority.rsplit('@').next()?.split(':').next()?;
        let path = path.trim_end_matches('/').trim_end_matches(".git");
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

#[cfg(test)]
mod tests {
    use super::*;

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
            let origin = Origin::parse(url).unwrap();
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
            assert_eq!(Origin::parse(url), None, "{url}");
        }
    }
}
