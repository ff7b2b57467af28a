//! The client against a registry in this process.

mod debian;
mod failures;
mod logins;
mod pushes;

use super::*;
use crate::oci::digest;
use crate::oci::platform::Platform;
use crate::oci::reference::Tag;
use support::Registry;

const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// A client with these variables alone.
fn remote(variables: &[(&str, &str)]) -> Remote {
    let variables = variables.iter().map(|(name, value)| (*name, *value));
    Remote::new(&Environment::new(variables, "/")).unwrap()
}

fn repository(registry: &Registry) -> Repository {
    format!("{}/o/r/p", registry.host()).parse().unwrap()
}

/// Whether the registry has a blob, as it is asked before a push.
fn has_blob(remote: &Remote, repository: &Repository, digest: &Digest) -> Result<bool, RemoteError> {
    remote
        .runtime
        .block_on(blobs::exists(&remote.client, repository, digest))
}

fn latest() -> Reference {
    Tag::latest().into()
}

#[test]
fn a_manifest_comes_with_its_digest_and_its_platforms() {
    for registry in [Registry::start(), Registry::start().without_digests()] {
        let expected = registry.index("o/r/p", "latest", &[BOTH[1], "unknown/unknown", BOTH[0]]);
        let (remote, repository) = (remote(&[]), repository(&registry));
        let manifest = remote.manifest(&repository, &latest()).unwrap();
        assert_eq!(manifest.digest.to_string(), expected);
        assert_eq!(
            manifest.bytes,
            registry.read_manifest("o/r/p", &expected).unwrap()
        );
        let content = remote.content(&repository, &manifest).unwrap();
        assert_eq!(content, Content::Index(Platform::ALL.to_vec()));

        let by_digest = remote
            .manifest(&repository, &manifest.digest.clone().into())
            .unwrap();
        assert_eq!(by_digest, manifest);
        assert_eq!(
            remote.digest(&repository, &latest()).unwrap(),
            Some(manifest.digest)
        );
        let other = digest::of(b"").unwrap();
        assert_eq!(remote.digest(&repository, &other.into()).unwrap(), None);
    }
}

#[test]
fn the_manifest_of_one_image_says_its_platform_in_its_configuration() {
    let registry = Registry::start();
    let (remote, repository) = (remote(&[]), repository(&registry));
    for (platform, expected) in [("linux/arm64", Some(Platform::Arm64)), ("windows/amd64", None)] {
        registry.image("o/r/p", "latest", platform);
        let manifest = remote.manifest(&repository, &latest()).unwrap();
        assert_eq!(
            remote.content(&repository, &manifest).unwrap(),
            Content::Image(expected)
        );
    }
}

#[test]
fn a_blob_is_checked() {
    let registry = Registry::start();
    let (remote, repository) = (remote(&[]), repository(&registry));
    let digest = digest::parse(&registry.blob("o/r/p", b"layer")).unwrap();
    assert_eq!(remote.blob(&repository, &digest).unwrap(), b"layer");
    registry.fail("/blobs/", [support::Answer::new(200, "other")]);
    let error = remote.blob(&repository, &digest).unwrap_err();
    assert_eq!(error.cause(), Cause::Protocol);
    assert!(error.what().contains("it sends other bytes"), "{error}");
}

#[test]
fn referrers_are_listed_or_tagged() {
    let registry = Registry::start();
    let tagged = Registry::start().without_referrers();
    for (registry, has_api) in [(&registry, true), (&tagged, false)] {
        let subject = registry.index("o/r/p", "latest", &BOTH);
        let (remote, repository) = (remote(&[]), repository(registry));
        let digest = digest::parse(&subject).unwrap();
        let none = remote.referrers(&repository, &digest).unwrap();
        assert_eq!((none.descriptors.len(), none.has_api), (0, has_api));

        let sbom = format!(
            r#"{{"schemaVersion":2,"artifactType":"a/b","config":{{}},"layers":[],"subject":{{"digest":"{subject}"}}}}"#
        );
        let image = "application/vnd.oci.image.manifest.v1+json";
        let referrer = registry.manifest("o/r/p", "", image, sbom.as_bytes());
        let index = format!(
            r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{image}","digest":"{referrer}","size":{}}}]}}"#,
            sbom.len()
        );
        let tag = subject.replace(':', "-");
        registry.manifest(
            "o/r/p",
            &tag,
            "application/vnd.oci.image.index.v1+json",
            index.as_bytes(),
        );
        let some = remote.referrers(&repository, &digest).unwrap();
        assert_eq!(some.descriptors.len(), 1);
        assert_eq!(some.descriptors[0].digest().to_string(), referrer);
    }
}
