//! The image that is pinned: there, and for the platforms that are wanted.

use documents::{ErrorCode, ImageDigest};

use crate::error::Error;
use crate::oci::{Content, Platform, Reference, Remote, RemoteError, Repository};

/// What the registry has.
pub(super) struct Found {
    pub(super) image: ImageDigest,
    pub(super) platforms: Vec<Platform>,
}

/// Asks the registry. `wanted` is empty for all platforms.
///
/// # Errors
///
/// `ERR_IMAGE_PULL` when the registry cannot be reached; `ERR_REGISTRY` when it does not have the image, does not show it, or has it
/// for other platforms.
pub(super) fn find(
    remote: &Remote,
    repository: &Repository,
    reference: &Reference,
    wanted: &[Platform],
) -> Result<Found, Error> {
    let manifest = remote.manifest(repository, reference).map_err(unavailable)?;
    let content = remote.content(repository, &manifest).map_err(unavailable)?;
    let name = reference.in_repository(repository);
    let platforms = content.platforms();
    let error = |message: String| Error::new(ErrorCode::Registry, message);
    match &content {
        Content::Image(Some(platform))
            if !wanted.is_empty() && wanted.iter().all(|wanted| wanted == platform) => {}
        Content::Image(Some(platform)) => {
            return Err(error(format!(
                "{name} is the manifest of one platform, {platform}, and not an index"
            ))
            .hint(format!(
                "push an index of {}, or add --platform {platform}",
                Platform::list(&Platform::ALL)
            )));
        }
        Content::Image(None) => {
            return Err(error(format!(
                "{name} is the manifest of a platform that no processor runs on"
            ))
            .hint(format!("push an index of {}", Platform::list(&Platform::ALL))));
        }
        Content::Index(platforms) => {
            let wanted = if wanted.is_empty() { &Platform::ALL } else { wanted };
            let missing: Vec<_> = wanted
                .iter()
                .copied()
                .filter(|platform| !platforms.contains(platform))
                .collect();
            if !missing.is_empty() {
                return Err(lacking(&name, &missing, platforms));
            }
            let gone = remote.gone(repository, &manifest).map_err(unavailable)?;
            if wanted.iter().any(|platform| gone.contains(platform)) {
                return Err(error(format!(
                    "{name} names a manifest for {} that {} does not have",
                    Platform::list(&gone),
                    repository.host()
                ))
                .hint("push the image again, and keep untagged images"));
            }
        }
    }
    let image = repository
        .with_digest(&manifest.digest)
        .map_err(|invalid| error(format!("{name} cannot be pinned: {invalid}")))?;
    Ok(Found { image, platforms })
}

fn lacking(name: &str, missing: &[Platform], present: &[Platform]) -> Error {
    let error = Error::new(
        ErrorCode::Registry,
        format!("{name} lacks {}", Platform::list(missing)),
    );
    match present {
        [] => error.hint("build and push it for that"),
        [..] => {
            let present: Vec<_> = present.iter().map(Platform::to_string).collect();
            error.hint(format!(
                "build and push it for that too, or add --platform {}",
                present.join(",")
            ))
        }
    }
}

fn unavailable(error: RemoteError) -> Error {
    let code = if error.is_retryable() {
        ErrorCode::ImagePull
    } else {
        ErrorCode::Registry
    };
    error.into_error(code)
}
