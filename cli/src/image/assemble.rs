//! The documents of an image: configuration and manifest of each platform, the index over them, and what refers to them.

use std::collections::{BTreeMap, HashMap};

use oci_spec::image::{
    Arch, Config, Descriptor, Digest, History, ImageConfiguration, ImageIndex, ImageIndexBuilder,
    ImageManifestBuilder, MediaType, Os, Platform as OciPlatform, PlatformBuilder, RootFsBuilder,
    SCHEMA_VERSION,
};

use super::base::BaseLayers;
use super::blob::{Blob, internal};
use super::labels::OCI;
use super::layer::{Layer, PATH};
use super::{layer, sbom};
use crate::error::Error;
use crate::oci::Platform;

/// The user of the processor: a number, as an image without a base has no names.
const USER: &str = "65532:65532";

/// What one platform's image is made of.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) platform: Platform,
    pub(crate) binary: Vec<u8>,
    /// The layers below the binary; none for an image from scratch.
    pub(crate) base: BaseLayers,
    /// A list of the binary's packages, CycloneDX in JSON.
    pub(crate) sbom: Option<Vec<u8>>,
}

/// A whole image for several platforms, ready to be written or pushed.
#[derive(Debug)]
pub(crate) struct Image {
    /// Configurations, layers and what referrers hold.
    pub(crate) blobs: Vec<Blob>,
    /// One for each platform.
    pub(crate) manifests: Vec<Blob>,
    /// What a pin names.
    pub(crate) index: Blob,
    pub(crate) referrers: Vec<Referrer>,
}

/// A manifest that says something of another one (OCI image specification, `subject`).
#[derive(Debug)]
pub(crate) struct Referrer {
    pub(crate) subject: Digest,
    pub(crate) manifest: Blob,
}

/// Puts an image together. The same parts and labels give the same bytes.
///
/// # Errors
///
/// `ERR_IMAGE_BUILD` for a binary that is too large for a layer.
pub(crate) fn assemble(parts: Vec<Part>, labels: &BTreeMap<String, String>) -> Result<Image, Error> {
    let packed = pack_all(&parts)?;
    let mut blobs = Vec::new();
    let mut manifests = Vec::new();
    let mut referrers = Vec::new();
    for (part, layer) in parts.into_iter().zip(packed) {
        let sbom = part.sbom;
        let configuration = configuration(part.platform, &part.base, &layer, labels);
        let configuration = Blob::json(MediaType::ImageConfig, &configuration)?;
        let mut layers = part.base.blobs;
        layers.push(layer.blob);
        let manifest = ImageManifestBuilder::default()
            .schema_version(SCHEMA_VERSION)
            .media_type(MediaType::ImageManifest)
            .config(configuration.descriptor.clone())
            .layers(descriptors(&layers))
            .build()
            .map_err(|problem| internal(&problem))?;
        let mut manifest = Blob::json(MediaType::ImageManifest, &manifest)?;
        if let Some(sbom) = sbom {
            let (referrer, content) = sbom::referrer(&manifest, sbom)?;
            blobs.extend(content);
            referrers.push(referrer);
        }
        manifest
            .descriptor
            .set_platform(Some(oci_platform(part.platform)?));
        blobs.push(configuration);
        blobs.extend(layers);
        manifests.push(manifest);
    }
    let annotations: HashMap<_, _> = labels
        .iter()
        .filter(|(name, _)| name.starts_with(OCI))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let index: ImageIndex = ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests(descriptors(&manifests))
        .annotations(annotations)
        .build()
        .map_err(|problem| internal(&problem))?;
    let index = Blob::json(MediaType::ImageIndex, &index)?;
    Ok(Image {
        blobs,
        manifests,
        index,
        referrers,
    })
}

/// Compresses all layers side by side: it is most of the work.
fn pack_all(parts: &[Part]) -> Result<Vec<Layer>, Error> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .iter()
            .map(|part| scope.spawn(|| layer::pack(&part.binary)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(internal(&"a thread panicked")))
            })
            .collect()
    })
}

/// What the engine is told: the base's own settings, with the processor as the entry point.
fn configuration(
    platform: Platform,
    base: &BaseLayers,
    layer: &Layer,
    labels: &BTreeMap<String, String>,
) -> ImageConfiguration {
    let mut configuration = base.configuration.clone();
    let mut settings = configuration.config().clone().unwrap_or_default();
    settings.set_user(Some(USER.to_owned()));
    settings.set_entrypoint(Some(vec![format!("/{PATH}")]));
    settings.set_cmd(None); // a base's arguments are not the processor's
    settings.set_labels(Some(
        labels
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    ));
    configuration.set_config(Some(settings));
    configuration.set_created(None); // the same source is to give the same image
    configuration.set_os(Os::Linux);
    configuration.set_architecture(architecture(platform));
    configuration
        .rootfs_mut()
        .diff_ids_mut()
        .push(layer.diff_id.clone());
    if let Some(history) = configuration.history_mut() {
        let mut step = History::default();
        step.set_created_by(Some("counterfoil build".to_owned()));
        history.push(step);
    }
    configuration
}

/// The configuration of an image without a base, before the processor is in it.
pub(super) fn scratch() -> Result<ImageConfiguration, Error> {
    let rootfs = RootFsBuilder::default()
        .typ("layers")
        .diff_ids(Vec::<String>::new())
        .build()
        .map_err(|problem| internal(&problem))?;
    let mut configuration = ImageConfiguration::default();
    configuration.set_rootfs(rootfs);
    configuration.set_history(Some(Vec::new()));
    configuration.set_config(Some(Config::default()));
    Ok(configuration)
}

fn descriptors(blobs: &[Blob]) -> Vec<Descriptor> {
    blobs.iter().map(|blob| blob.descriptor.clone()).collect()
}

fn oci_platform(platform: Platform) -> Result<OciPlatform, Error> {
    PlatformBuilder::default()
        .architecture(architecture(platform))
        .os(Os::Linux)
        .build()
        .map_err(|problem| internal(&problem))
}

/// The specification's name of a platform's CPU.
pub(super) const fn architecture(platform: Platform) -> Arch {
    match platform {
        Platform::Amd64 => Arch::Amd64,
        Platform::Arm64 => Arch::ARM64,
    }
}
