//! The repository whose image is pinned.

use documents::ErrorCode;

use crate::error::Error;
use crate::oci::{Repository, split};
use crate::origin::Origin;
use crate::registry::{Entry, Registry};

/// Where the images of GitHub's repositories are.
const GITHUB: (&str, &str) = ("github.com", "ghcr.io");

/// The name that was given, else that of the present pin, else the one that belongs to the workspace's repository on GitHub.
///
/// # Errors
///
/// `ERR_REGISTRY` when there is none, or it is not repo-scoped.
pub(super) fn repository(
    given: Option<Repository>,
    entry: &Entry,
    registry: &Registry,
) -> Result<Repository, Error> {
    let package = &entry.build.package;
    let pinned = || {
        let image = entry.image.oci.as_ref()?;
        split(image).ok().map(|(repository, _)| repository)
    };
    let by_origin = || {
        let (git, images) = GITHUB;
        let origin = Origin::find(&registry.workspace(), registry.environment())?;
        let name = format!("{images}/{}/{}", origin.path(), package.to_ascii_lowercase());
        (origin.host == git).then(|| name.parse().ok())?
    };
    let repository = given.or_else(pinned).or_else(by_origin).ok_or_else(|| {
        Error::new(
            ErrorCode::Registry,
            format!(
                "the image of {} has no name: the entry pins none, and the git remote `origin` is not on github.com",
                entry.processor_ref
            ),
        )
        .hint(format!("give it with --image HOST/OWNER/REPO/{package}"))
    })?;
    if repository.is_repo_scoped(package) {
        return Ok(repository);
    }
    Err(Error::new(
        ErrorCode::Registry,
        format!("the name {repository} is not repo-scoped"),
    )
    .hint(format!(
        "give one with --image, such as {}/<owner>/<repo>/{}",
        repository.host(),
        package.to_ascii_lowercase()
    )))
}
