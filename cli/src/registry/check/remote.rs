//! What the registries of the pinned images say.

use documents::{ErrorCode, ImageDigest, ProcessorRef};

use super::finding::{Finding, Level};
use crate::environment::Environment;
use crate::error::Error;
use crate::oci::{Cause, Content, Platform, Reference, Remote, RemoteError, Tag, split};
use crate::registry::entry::Entry;

/// How much of a digest is shown, in hex digits.
const SHORT_DIGEST: usize = 12;

/// Asks for every pinned image.
///
/// # Errors
///
/// `ERR_REGISTRY` when this process gets no HTTP client.
pub(in crate::registry) fn findings(
    entries: &[(String, Entry)],
    environment: &Environment,
) -> Result<Vec<Finding>, Error> {
    let remote = Remote::new(environment).map_err(|error| error.into_error(ErrorCode::Registry))?;
    let pinned = entries
        .iter()
        .filter_map(|(file, entry)| Some((file, &entry.processor_ref, entry.image.oci.as_ref()?)));
    let found = pinned.flat_map(|(file, processor_ref, image)| {
        let found = of_image(&remote, processor_ref, image);
        found.into_iter().map(|finding| finding.in_file(file))
    });
    Ok(found.collect())
}

/// An image without a registry's name is another check's matter.
fn of_image(remote: &Remote, processor_ref: &ProcessorRef, image: &ImageDigest) -> Vec<Finding> {
    let Ok((repository, digest)) = split(image) else {
        return Vec::new();
    };
    let pin = format!("`counterfoil pin --ref {processor_ref}`");
    let problem = |what: String, hint: String| Finding::problem("", what, hint);
    let asked = remote
        .manifest(&repository, &Reference::Digest(digest.clone()))
        .and_then(|manifest| {
            let content = remote.content(&repository, &manifest)?;
            Ok((content, remote.gone(&repository, &manifest)?))
        });
    let (content, gone) = match asked {
        Ok(asked) => asked,
        Err(error) => return vec![failure(&error, &pin)],
    };
    let mut found = Vec::new();
    let platforms = content.platforms();
    let missing: Vec<_> = Platform::ALL
        .into_iter()
        .filter(|platform| !platforms.contains(platform))
        .collect();
    match content {
        Content::Image(_) => found.push(problem(
            format!(
                "its pin is the manifest of one platform ({}), not an index",
                Platform::list(&platforms)
            ),
            format!(
                "push an index of {}, then run {pin}",
                Platform::list(&Platform::ALL)
            ),
        )),
        Content::Index(_) if !missing.is_empty() => found.push(problem(
            format!("its image lacks {}", Platform::list(&missing)),
            format!("build and push it for all platforms, then run {pin}"),
        )),
        Content::Index(_) => {}
    }
    if !gone.is_empty() {
        found.push(problem(
            format!(
                "its index names a manifest for {} that {} does not have",
                Platform::list(&gone),
                repository.host()
            ),
            "push the image again, and keep untagged images".into(),
        ));
    }
    let latest = remote.digest(&repository, &Tag::latest().into());
    if let Some(newer) = latest.ok().flatten().filter(|latest| *latest != digest) {
        let hex = newer.digest();
        let short = hex.get(..SHORT_DIGEST).unwrap_or(hex);
        let what = format!("the tag latest names another image, sha256:{short}");
        found.push(Finding {
            level: Level::Note,
            ..problem(what, format!("{pin} takes it"))
        });
    }
    found
}

/// Why the registry did not show the image.
fn failure(error: &RemoteError, pin: &str) -> Finding {
    let (what, hint) = match error.cause() {
        Cause::Gone => (
            format!("its pin is stale: {}", error.what()),
            format!("push the image again, or pin what is there with {pin}"),
        ),
        Cause::Refused => (error.what().to_owned(), error.hint().to_owned()),
        Cause::Unreachable | Cause::Failing | Cause::Protocol | Cause::Setting => (
            format!("nothing is known of its image: {}", error.what()),
            error.hint().to_owned(),
        ),
    };
    Finding::problem("", what, hint)
}
