//! The repository that images will be named after.

use std::path::Path;
use std::process::Stdio;

use crate::environment::Environment;

/// What stands where it is not known.
const PLACEHOLDER: &str = "<owner>/<repo>";

/// `owner/repo` of the git remote `origin`, in lower case as image names are, else placeholders.
pub(super) fn repository(workspace: &Path, environment: &Environment) -> String {
    let answer = environment
        .command("git")
        .args(["remote", "get-url", "origin"])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .output();
    answer
        .ok()
        .filter(|answer| answer.status.success())
        .and_then(|answer| parse(String::from_utf8(answer.stdout).ok()?.trim()))
        .unwrap_or_else(|| PLACEHOLDER.into())
}

/// The last two segments of a remote on a host; whatever stands before them may be a password.
fn parse(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?.1,
        Some(_) => return None,
        None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?.1,
    };
    let path = path.trim_end_matches('/').trim_end_matches(".git");
    let (owners, repo) = path.rsplit_once('/')?;
    let owner = owners.rsplit('/').next()?;
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    (is_name(owner) && is_name(repo)).then(|| format!("{owner}/{repo}").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes() {
        for url in [
            "https://github.com/Owner/repo.git",
            "https://user:secret@github.com/owner/repo/",
            "ssh://git@github.com:22/owner/repo.git",
            "git@github.com:owner/Repo.git",
            "https://example.com/group/owner/repo",
        ] {
            assert_eq!(parse(url).as_deref(), Some("owner/repo"), "{url}");
        }
        for url in [
            "",
            "/srv/git/owner/repo",
            "file:///srv/owner/repo",
            "../owner/repo",
            "https://host/repo",
            "h:o/a b",
        ] {
            assert_eq!(parse(url), None, "{url}");
        }
    }
}
