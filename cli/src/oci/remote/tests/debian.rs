//! The same protocol as Debian's registry speaks it, where that is installed.

use support::{Dir, DockerRegistry};

use super::*;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The descriptor of these bytes, with more members.
fn descriptor(media_type: &str, bytes: &[u8], more: &str) -> String {
    format!(
        r#"{{"mediaType":"{media_type}","digest":"{}","size":{}{more}}}"#,
        digest::of(bytes).unwrap(),
        bytes.len()
    )
}

#[test]
fn a_real_registry_takes_an_image_and_shows_it() {
    let Some(registry) = DockerRegistry::start() else {
        return;
    };
    let repository: Repository = format!("{}/o/r/p", registry.host()).parse().unwrap();
    let remote = remote(&[]);
    let push = |bytes: &[u8]| {
        remote
            .push_blob(&repository, &digest::of(bytes).unwrap(), bytes.to_vec())
            .unwrap()
    };
    let put = |reference: &Reference, media_type: &str, text: &str| {
        remote
            .push_manifest(&repository, reference, media_type, text.into())
            .unwrap()
    };

    let gone = remote.manifest(&repository, &latest()).unwrap_err();
    assert_eq!(gone.cause(), Cause::Gone);
    assert!(gone.what().ends_with("(404 MANIFEST_UNKNOWN)"), "{gone}");

    let mut images = Vec::new();
    let layer = b"no tar at all";
    assert!(push(layer) && !push(layer));
    for platform in Platform::ALL {
        let config = format!(
            r#"{{"os":"{}","architecture":"{}"}}"#,
            platform.os(),
            platform.architecture()
        );
        assert!(push(config.as_bytes()));
        let image = format!(
            r#"{{"schemaVersion":2,"mediaType":"{IMAGE}","config":{},"layers":[{}]}}"#,
            descriptor("application/vnd.oci.image.config.v1+json", config.as_bytes(), ""),
            descriptor("application/vnd.oci.image.layer.v1.tar", layer, ""),
        );
        let by_digest = digest::of(image.as_bytes()).unwrap().into();
        assert!(put(&by_digest, IMAGE, &image) && !put(&by_digest, IMAGE, &image));
        let manifest = remote.manifest(&repository, &by_digest).unwrap();
        assert_eq!(
            remote.content(&repository, &manifest).unwrap(),
            Content::Image(Some(platform))
        );
        let of = format!(
            r#","platform":{{"os":"{}","architecture":"{}"}}"#,
            platform.os(),
            platform.architecture()
        );
        images.push(descriptor(IMAGE, image.as_bytes(), &of));
    }
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#,
        images.join(",")
    );
    assert!(put(&latest(), INDEX, &index) && !put(&latest(), INDEX, &index));
    let manifest = remote.manifest(&repository, &latest()).unwrap();
    assert_eq!(
        (manifest.bytes.as_slice(), manifest.media_type.as_str()),
        (index.as_bytes(), INDEX)
    );
    let content = remote.content(&repository, &manifest).unwrap();
    assert_eq!(content, Content::Index(Platform::ALL.to_vec()));

    // it has no referrers API: the tag stands for it
    let none = remote.referrers(&repository, &manifest.digest).unwrap();
    assert_eq!((none.descriptors.len(), none.has_api), (0, false));
    let tag = Reference::Tag(Tag::of_referrers(&manifest.digest));
    assert!(put(&tag, INDEX, &index));
    assert_eq!(
        remote
            .referrers(&repository, &manifest.digest)
            .unwrap()
            .descriptors
            .len(),
        2
    );
}

#[test]
fn a_real_registry_takes_a_login() {
    let Some(registry) = DockerRegistry::start_with_login() else {
        return;
    };
    let repository: Repository = format!("{}/o/r/p", registry.host()).parse().unwrap();
    let digest = digest::of(b"layer").unwrap();
    let refused = remote(&[])
        .push_blob(&repository, &digest, b"layer".to_vec())
        .unwrap_err();
    assert_eq!(refused.cause(), Cause::Refused);
    let dir = Dir::new();
    let login = |password: &str| {
        let text = format!(
            r#"{{"auths":{{"{}":{{"username":"user","password":"{password}"}}}}}}"#,
            registry.host()
        );
        let file = dir.write("auth.json", text);
        remote(&[("REGISTRY_AUTH_FILE", file.to_str().unwrap())])
    };
    let wrong = login("other")
        .push_blob(&repository, &digest, b"layer".to_vec())
        .unwrap_err();
    assert_eq!(wrong.cause(), Cause::Refused);
    assert!(
        login("s3cret")
            .push_blob(&repository, &digest, b"layer".to_vec())
            .unwrap()
    );
    assert_eq!(login("s3cret").blob(&repository, &digest).unwrap(), b"layer");
}
