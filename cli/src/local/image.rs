//! Images: that one is on this machine, and runs there.

use documents::{ErrorCode, ImageDigest};
use logging::Redactor;
use serde::Deserialize;

use super::engine::{Engine, reason};
use super::{platform, pull};
use crate::error::Error;
use crate::registry::{Entry, file_name};

/// As much of an index as names its platforms.
#[derive(Deserialize)]
struct Index {
    manifests: Vec<Manifest>,
}

#[derive(Deserialize)]
struct Manifest {
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
}

/// The image that an entry pins.
///
/// # Errors
///
/// `ERR_IMAGE_UNPINNED` without one; `ERR_REGISTRY` for a name that an engine would look up in a registry of its own choice.
pub(super) fn pinned(entry: &Entry) -> Result<ImageDigest, Error> {
    let file = file_name(&entry.processor_ref);
    let package = &entry.build.package;
    let image = entry.image.oci.clone().ok_or_else(|| {
        Error::new(
            ErrorCode::ImageUnpinned,
            format!(
                "registry/{file} pins no image, and a container runs pinned images only; `counterfoil pin --ref {}` pins it, \
                 `--build` builds one, and `--engine process` needs none",
                entry.processor_ref
            ),
        )
    })?;
    let name = image.as_str().split('@').next().unwrap_or_default();
    let segments: Vec<&str> = name.split('/').collect();
    match segments.as_slice() {
        [host, _, .., _] if host.contains(['.', ':']) || *host == "localhost" => Ok(image),
        _ => Err(Error::new(
            ErrorCode::Registry,
            format!("image.oci in registry/{file} names no registry and owner"),
        )
        .hint(format!(
            "name it ghcr.io/<owner>/<repo>/{package}@sha256:<64 hex>"
        ))),
    }
}

/// Makes sure that an image is on this machine, and for its platform.
///
/// # Errors
///
/// `ERR_IMAGE_PULL`, or `ERR_ADAPTER_INVOCATION` where the engine is missing or does not answer.
pub(super) fn fetch(
    engine: &Engine,
    image: &ImageDigest,
    entry: &Entry,
    redactor: &Redactor,
) -> Result<(), Error> {
    let image = image.as_str();
    let here = inspect(engine, image)?;
    if here.as_deref().is_some_and(platform::runs_here) {
        return Ok(());
    }
    tracing::info!(image, here, "image_pull_started");
    let own = platform::of_this_machine().filter(|_| here.is_some());
    let pulled = match &own {
        // Docker's older store keeps one platform of an index, and that is another one
        Some(own) => engine.ask(&["pull", "--quiet", "--platform", own, image])?,
        None => engine.ask(&["pull", "--quiet", image])?,
    };
    if pulled.status.success() {
        return match inspect(engine, image)? {
            Some(here) if !platform::runs_here(&here) => {
                Err(pull::wrong_platform(image, &entry.processor_ref, &[here]))
            }
            Some(_) | None => Ok(()),
        };
    }
    let answer = engine.ask(&["version"])?;
    if !answer.status.success() {
        let message = format!("{} does not answer", engine.name);
        let said = reason(&answer, redactor);
        return Err(Error::new(ErrorCode::AdapterInvocation, message).hint(format!(
            "start it, or use `--engine process`, which needs none: {said}"
        )));
    }
    let said = reason(&pulled, redactor);
    let processor_ref = &entry.processor_ref;
    Err(match here {
        Some(here) if said.to_lowercase().contains(pull::ONE_PLATFORM) => {
            pull::other_platform_here(engine.name, image, &here)
        }
        Some(here) => {
            let mut known = platforms(engine, image);
            if known.is_empty() {
                known.push(here);
            }
            pull::wrong_platform(image, processor_ref, &known)
        }
        None => pull::error(engine.name, image, processor_ref, &said, || {
            platforms(engine, image)
        }),
    })
}

/// The platform of an image on this machine, e.g. `linux/amd64`.
fn inspect(engine: &Engine, image: &str) -> Result<Option<String>, Error> {
    let output = engine.ask(&["image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image])?;
    let platform = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success().then_some(platform))
}

/// The platforms that an image has in its registry, as far as the engine says.
fn platforms(engine: &Engine, image: &str) -> Vec<String> {
    let output = engine.ask(&["manifest", "inspect", image]).ok();
    let index = output.and_then(|output| serde_json::from_slice::<Index>(&output.stdout).ok());
    let mut platforms: Vec<String> = index
        .into_iter()
        .flat_map(|index| index.manifests)
        .filter_map(|manifest| manifest.platform)
        .filter(|platform| platform.os != "unknown") // attestations
        .map(|platform| format!("{}/{}", platform.os, platform.architecture))
        .collect();
    platforms.sort();
    platforms.dedup();
    platforms
}
