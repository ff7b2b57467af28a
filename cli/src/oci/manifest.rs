//! A manifest as a registry has it: its bytes, which its digest is of.

use oci_spec::image::{Digest, ImageIndex, ImageManifest};
use serde::Deserialize;

use super::platform::Platform;

pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// The types that a registry is asked for; without Docker's it would convert an index to a manifest, or have none.
pub(super) const ACCEPTED: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

/// A manifest or an index. Its digest is that of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
}

/// The types that a document names itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
}

impl Manifest {
    /// The media type is the document's own, else the one that the registry says.
    ///
    /// # Errors
    ///
    /// Says that it is no manifest.
    pub(super) fn new(bytes: Vec<u8>, said: Option<&str>, digest: Digest) -> Result<Self, String> {
        let head: Head = serde_json::from_slice(&bytes).map_err(|_| "it is no JSON document")?;
        let of_form = match head.manifests {
            Some(_) => OCI_INDEX,
            None => OCI_MANIFEST,
        };
        let said = said.filter(|said| ACCEPTED.contains(said));
        let media_type = match head.media_type.as_deref().or(said).unwrap_or(of_form) {
            known if ACCEPTED.contains(&known) => known.to_owned(),
            _ => return Err("it is neither an image's manifest nor an index".into()),
        };
        Ok(Self {
            bytes,
            media_type,
            digest,
        })
    }

    /// Whether it lists the manifests of several platforms.
    pub(crate) fn is_index(&self) -> bool {
        [OCI_INDEX, DOCKER_LIST].contains(&self.media_type.as_str())
    }

    /// Reads an index.
    ///
    /// # Errors
    ///
    /// Says that it cannot be read.
    pub(crate) fn index(&self) -> Result<ImageIndex, String> {
        ImageIndex::from_reader(self.bytes.as_slice()).map_err(|_| "its index cannot be read".into())
    }

    /// Reads the manifest of one image.
    ///
    /// # Errors
    ///
    /// Says that it cannot be read.
    pub(crate) fn image(&self) -> Result<ImageManifest, String> {
        ImageManifest::from_reader(self.bytes.as_slice()).map_err(|_| "its manifest cannot be read".into())
    }

    /// Our platforms that an index lists, each with its manifest. Others, and attestations (`unknown/unknown`), are ignored.
    ///
    /// # Errors
    ///
    /// That of [`Manifest::index`].
    pub(crate) fn platforms(&self) -> Result<Vec<(Platform, Digest)>, String> {
        let index = self.index()?;
        let mut platforms: Vec<_> = index
            .manifests()
            .iter()
            .filter_map(|descriptor| {
                let platform = descriptor.platform().as_ref()?;
                let platform = Platform::from_oci(platform.os(), platform.architecture())?;
                Some((platform, descriptor.digest().clone()))
            })
            .collect();
        platforms.sort_by_key(|(platform, _)| *platform);
        platforms.dedup_by_key(|(platform, _)| *platform);
        Ok(platforms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest;
    use super::*;

    fn manifest(text: &str, said: Option<&str>) -> Result<Manifest, String> {
        Manifest::new(text.into(), said, digest::of(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_type_is_that_of_the_document() {
        let docker = format!(r#"{{"mediaType":"{DOCKER_LIST}","manifests":[]}}"#);
        for (text, said, expected) in [
            (r#"{"manifests":[]}"#, None, OCI_INDEX),
            (r#"{"layers":[]}"#, Some("application/json"), OCI_MANIFEST),
            (r#"{"layers":[]}"#, Some(DOCKER_MANIFEST), DOCKER_MANIFEST),
            (&docker, Some(OCI_INDEX), DOCKER_LIST),
        ] {
            assert_eq!(manifest(text, said).unwrap().media_type, expected, "{text}");
        }
        assert!(manifest("<html>", None).is_err());
        assert!(manifest(r#"{"mediaType":"application/x"}"#, None).is_err());
    }

    #[test]
    fn an_index_lists_platforms_and_more() {
        let one = |architecture: &str, os: &str, digit: &str| {
            format!(
                r#"{{"mediaType":"{OCI_MANIFEST}","size":1,"digest":"sha256:{}","platform":{{"architecture":"{architecture}","os":"{os}"}}}}"#,
                digit.repeat(64)
            )
        };
        let list = [
            one("arm64", "linux", "a"),
            one("unknown", "unknown", "b"),
            one("amd64", "windows", "c"),
            one("amd64", "linux", "d"),
        ];
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, list.join(","));
        let platforms = manifest(&text, None).unwrap().platforms().unwrap();
        let names: Vec<_> = platforms.iter().map(|(platform, _)| *platform).collect();
        assert_eq!(names, Platform::ALL);
        assert!(platforms[0].1.digest().starts_with('d'));
    }
}
