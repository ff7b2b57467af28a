//! The documents of an image: configuration and manifest of each platform, the index over them, and what refers to them.

use std::collections::{BTreeMap, HashMap};

use oci_spec::image::{
    Descriptor, ImageIndex, ImageIndexBuilder, ImageManifestBuilder, MediaType, Os, Platform as OciPlatform,
    PlatformBuilder, SCHEMA_VERSION,
};

use super::base::BaseLayers;
use super::blob::{Blob, internal};
use super::configuration::{architecture, with_processor};
use super::labels::OCI;
use super::layer::{self, Layer};
use super::sbom::{self, Referrer};
use crate::error::Error;
use crate::oci::Platform;

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
        let configuration = with_processor(part.platform, part.base.configuration, &layer, labels);
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
