//! The image that a processor's image is built upon, if there is one.

use std::path::{Path, PathBuf};

use documents::ErrorCode;
use oci_spec::image::{Descriptor, Digest, ImageConfiguration, ImageIndex, ImageManifest, MediaType};

use super::blob::Blob;
use super::configuration::scratch;
use crate::error::Error;
use crate::oci::{Platform, Remote, RemoteError, Repository, digest};
use crate::session::Session;

/// Where layers below the processor come from.
#[derive(Debug)]
pub(crate) enum Base {
    /// Nowhere: the processor is all.
    Scratch,
    /// A registry, pinned.
    Registry { repository: Repository, digest: Digest },
    /// An OCI layout on this machine, pinned.
    Layout { dir: PathBuf, digest: Digest },
}

/// What one platform's image has below the processor.
#[derive(Debug)]
pub(crate) struct BaseLayers {
    pub(crate) configuration: ImageConfiguration,
    pub(crate) blobs: Vec<Blob>,
}

impl Base {
    /// Reads `scratch`, `host/name@sha256:...` or `directory@sha256:...`, where a directory begins with `.` or `/`.
    ///
    /// # Errors
    ///
    /// `ERR_USAGE` for anything else: a base that is not pinned gives another image tomorrow.
    pub(crate) fn parse(text: &str, session: &Session) -> Result<Self, Error> {
        if text == "scratch" {
            return Ok(Self::Scratch);
        }
        let usage = |message: String| {
            Error::new(ErrorCode::Usage, message).hint(
                "name one as host/name@sha256:<64 hex>, or an OCI layout as ./directory@sha256:<64 hex>",
            )
        };
        let pinned = text
            .rsplit_once('@')
            .and_then(|(name, digest)| Some((name, digest::parse(digest).ok()?)));
        let (name, digest) =
            pinned.ok_or_else(|| usage(format!("the base {text} is not pinned by its digest")))?;
        if name.starts_with(['.', '/']) {
            let dir = session.environment.path(name);
            return Ok(Self::Layout { dir, digest });
        }
        let repository = name
            .parse()
            .map_err(|problem| usage(format!("the base {text} names no repository: {problem}")))?;
        Ok(Self::Registry { repository, digest })
    }

    /// The layers and the configuration for a platform.
    ///
    /// # Errors
    ///
    /// `ERR_IMAGE_PULL` if they cannot be had, `ERR_IMAGE_BUILD` if the base is not for the platform.
    pub(crate) fn layers(&self, platform: Platform, remote: &Remote) -> Result<BaseLayers, Error> {
        let (content, digest) = match self {
            Self::Scratch => {
                return Ok(BaseLayers {
                    configuration: scratch()?,
                    blobs: Vec::new(),
                });
            }
            Self::Registry { repository, digest } => (Content::Remote(remote, repository), digest),
            Self::Layout { dir, digest } => (Content::Dir(dir), digest),
        };
        let manifest = content.manifest(digest, platform)?;
        let configuration = content.blob(manifest.config().digest())?;
        let mut configuration: ImageConfiguration = read(&configuration, digest)?;
        if Platform::from_oci(configuration.os(), configuration.architecture()) != Some(platform) {
            return Err(lacks(digest, platform));
        }
        if configuration.rootfs().diff_ids().len() != manifest.layers().len() {
            let message =
                format!("the base {digest} names other layers in its configuration than in its manifest");
            return Err(Error::new(ErrorCode::ImageBuild, message).hint("name another base"));
        }
        let layers = manifest.layers().iter().map(|layer| {
            let mut descriptor = layer.clone();
            descriptor.set_media_type(layer_type(layer.media_type())?);
            let bytes = content.blob(layer.digest())?;
            Ok(Blob { descriptor, bytes })
        });
        let blobs = layers.collect::<Result<Vec<_>, Error>>()?;
        // a history that does not speak of every layer would be wrong with one more
        let steps = configuration.history().iter().flatten();
        let counted = steps.filter(|step| step.empty_layer() != Some(true)).count();
        if counted != blobs.len() {
            configuration.set_history(None);
        }
        Ok(BaseLayers { configuration, blobs })
    }
}

enum Content<'a> {
    Remote(&'a Remote, &'a Repository),
    Dir(&'a Path),
}

impl Content<'_> {
    fn manifest(&self, digest: &Digest, platform: Platform) -> Result<ImageManifest, Error> {
        let bytes = self.document(digest)?;
        let Ok(index) = serde_json::from_slice::<ImageIndex>(&bytes) else {
            return read(&bytes, digest);
        };
        let is_wanted = |descriptor: &&Descriptor| {
            let found = descriptor.platform().as_ref();
            found.and_then(|found| Platform::from_oci(found.os(), found.architecture())) == Some(platform)
        };
        let descriptor = index.manifests().iter().find(is_wanted);
        let descriptor = descriptor.ok_or_else(|| lacks(digest, platform))?;
        let digest = descriptor.digest();
        read(&self.document(digest)?, digest)
    }

    fn document(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        match self {
            Self::Remote(remote, repository) => {
                let manifest = remote
                    .manifest(repository, &digest.clone().into())
                    .map_err(failed)?;
                Ok(manifest.bytes)
            }
            Self::Dir(_) => self.blob(digest),
        }
    }

    fn blob(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        match self {
            Self::Remote(remote, repository) => remote.blob(repository, digest).map_err(failed),
            Self::Dir(dir) => {
                let path = dir.join("blobs/sha256").join(digest.digest());
                let bytes = std::fs::read(&path).map_err(|problem| {
                    Error::new(
                        ErrorCode::ImageBuild,
                        format!("the base's {digest} cannot be read: {problem}"),
                    )
                    .hint(format!("is {} an OCI layout that has it?", dir.display()))
                })?;
                if digest::is_of(digest, &bytes) {
                    return Ok(bytes);
                }
                let message = format!(
                    "the base's file {} has another digest than its name",
                    path.display()
                );
                Err(Error::new(ErrorCode::ImageBuild, message).hint("write the layout again"))
            }
        }
    }
}

fn failed(error: RemoteError) -> Error {
    error.into_error(ErrorCode::ImagePull)
}

fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8], digest: &Digest) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|problem| {
        Error::new(
            ErrorCode::ImageBuild,
            format!("the base {digest} is no image: {problem}"),
        )
    })
}

fn lacks(digest: &Digest, platform: Platform) -> Error {
    Error::new(
        ErrorCode::ImageBuild,
        format!("the base {digest} has no image for {platform}"),
    )
    .hint("name another base, or fewer platforms with --platform")
}

/// The OCI type of a layer: an image is of one kind of documents.
fn layer_type(found: &MediaType) -> Result<MediaType, Error> {
    match found.to_string().as_str() {
        "application/vnd.docker.image.rootfs.diff.tar.gzip"
        | "application/vnd.oci.image.layer.v1.tar+gzip" => Ok(MediaType::ImageLayerGzip),
        "application/vnd.oci.image.layer.v1.tar+zstd" => Ok(MediaType::ImageLayerZstd),
        "application/vnd.docker.image.rootfs.diff.tar" | "application/vnd.oci.image.layer.v1.tar" => {
            Ok(MediaType::ImageLayer)
        }
        other => Err(Error::new(
            ErrorCode::ImageBuild,
            format!("the base has a layer of the type {other}, which cannot be pushed on"),
        )
        .hint("name another base")),
    }
}
