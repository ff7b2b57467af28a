//! A list of the packages in a binary, as CycloneDX 1.5 in JSON.
//!
//! It comes from the binary itself if it was built with `cargo auditable`, else from `Cargo.lock`.

use std::collections::BTreeMap;

use cyclonedx_bom::external_models::spdx::SpdxExpression;
use cyclonedx_bom::models::bom::{Bom, SpecVersion};
use cyclonedx_bom::models::component::{Classification, Component, Components};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::models::property::{Properties, Property};
use cyclonedx_bom::prelude::Purl;
use oci_spec::image::{Digest, ImageManifestBuilder, MediaType, SCHEMA_VERSION};

use super::blob::{Blob, canonical, internal};
use crate::cargo::LockedPackage;
use crate::error::Error;

/// CycloneDX's own media type, <https://cyclonedx.org/specification/overview/>.
const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

/// A manifest that says something of another one (OCI image specification, `subject`).
#[derive(Debug)]
pub(crate) struct Referrer {
    pub(crate) subject: Digest,
    pub(crate) manifest: Blob,
}

/// The list in a binary is compressed; this many bytes of it are read.
const LARGEST_LIST: usize = 8 << 20;

/// Lists what is in a binary of the package `name`. `locked` has the packages that cargo builds it from; it is asked
/// only if the binary does not list them itself. `None` if neither is known.
///
/// # Errors
///
/// `ERR_IMAGE_BUILD` for a list that CycloneDX cannot hold, and those of `locked`.
pub(crate) fn sbom(
    name: &str,
    binary: &[u8],
    locked: impl FnOnce() -> Result<Option<Vec<LockedPackage>>, Error>,
) -> Result<Option<Vec<u8>>, Error> {
    let (origin, packages) = match embedded(binary) {
        Some(packages) => ("binary", packages),
        None => match locked()? {
            Some(packages) => ("Cargo.lock", packages),
            None => return Ok(None),
        },
    };
    document(name, origin, packages).map(Some)
}

/// What `cargo auditable` has put into the binary.
fn embedded(binary: &[u8]) -> Option<Vec<LockedPackage>> {
    let listed = auditable_info::audit_info_from_slice(binary, LARGEST_LIST).ok()?;
    let packages = listed.packages.into_iter();
    let shipped = packages.filter(|package| package.kind == Default::default()); // `Runtime`; the others only build it
    Some(
        shipped
            .map(|package| LockedPackage {
                name: package.name,
                version: package.version.to_string(),
                licence: None,
            })
            .collect(),
    )
}

fn document(name: &str, origin: &str, packages: Vec<LockedPackage>) -> Result<Vec<u8>, Error> {
    let mut components: BTreeMap<_, _> = packages
        .into_iter()
        .map(|package| {
            Ok((
                (package.name.clone(), package.version.clone()),
                component(&package)?,
            ))
        })
        .collect::<Result<_, Error>>()?;
    let own = components.keys().find(|(found, _)| found == name).cloned();
    let own = own
        .and_then(|key| components.remove(&key))
        .map(|component| Component {
            component_type: Classification::Application,
            ..component
        });
    let bom = Bom {
        version: 1,
        serial_number: None, // a random one would give another digest each time
        spec_version: SpecVersion::V1_5,
        metadata: Some(Metadata {
            component: own,
            properties: Some(Properties(vec![Property::new(
                "counterfoil:packages-from",
                origin,
            )])),
            ..Metadata::default()
        }),
        components: Some(Components(components.into_values().collect())),
        ..Bom::default()
    };
    let mut json = Vec::new();
    bom.output_as_json_v1_5(&mut json)
        .map_err(|problem| internal(&problem))?;
    let value: serde_json::Value = serde_json::from_slice(&json).map_err(|problem| internal(&problem))?;
    canonical(&value)
}

fn component(package: &LockedPackage) -> Result<Component, Error> {
    let purl = Purl::new("cargo", &package.name, &package.version).map_err(|problem| internal(&problem))?;
    let mut component = Component::new(
        Classification::Library,
        &package.name,
        &package.version,
        Some(purl.to_string()),
    );
    component.purl = Some(purl);
    component.licenses = package.licence.as_deref().map(|licence| {
        let licence = licence.replace('/', " OR "); // the old form of Cargo's manifests
        Licenses(vec![match SpdxExpression::try_from(licence.clone()) {
            Ok(expression) => LicenseChoice::Expression(expression),
            Err(_) => {
                LicenseChoice::License(cyclonedx_bom::models::license::License::named_license(&licence))
            }
        }])
    });
    Ok(component)
}

/// The manifest that says that a list belongs to an image, and the blobs that it names.
pub(super) fn referrer(subject: &Blob, sbom: Vec<u8>) -> Result<(Referrer, [Blob; 2]), Error> {
    let media_type = MediaType::Other(MEDIA_TYPE.to_owned());
    let empty = Blob::new(MediaType::EmptyJSON, b"{}".to_vec())?;
    let content = Blob::new(media_type.clone(), sbom)?;
    let manifest = ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .artifact_type(media_type.clone())
        .config(empty.descriptor.clone())
        .layers(vec![content.descriptor.clone()])
        .subject(subject.descriptor.clone())
        .build()
        .map_err(|problem| internal(&problem))?;
    let mut manifest = Blob::json(MediaType::ImageManifest, &manifest)?;
    manifest.descriptor.set_artifact_type(Some(media_type));
    let referrer = Referrer {
        subject: subject.digest().clone(),
        manifest,
    };
    Ok((referrer, [empty, content]))
}
