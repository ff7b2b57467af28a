//! What is sent, and what is not.

use support::Answer;

use super::*;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const MANIFEST: &[u8] = br#"{"schemaVersion":2,"config":{},"layers":[]}"#;

#[test]
fn what_is_there_is_not_sent_again() {
    let registry = Registry::start();
    let (remote, repository) = (remote(&[]), repository(&registry));
    let digest = digest::of(b"layer").unwrap();
    assert!(!has_blob(&remote, &repository, &digest).unwrap());
    assert!(remote.push_blob(&repository, &digest, b"layer".to_vec()).unwrap());
    assert!(!remote.push_blob(&repository, &digest, b"layer".to_vec()).unwrap());
    assert!(has_blob(&remote, &repository, &digest).unwrap());
    assert_eq!(registry.blobs_pushed(), 1);

    let push = |reference: &Reference| {
        remote
            .push_manifest(&repository, reference, IMAGE, MANIFEST.to_vec())
            .unwrap()
    };
    let by_digest = digest::of(MANIFEST).unwrap().into();
    registry.manifest("o/r/p", "other", IMAGE, b"{}");
    registry.fail("PUT /v2/o/r/p/manifests/", [Answer::new(201, "")]);
    assert!(push(&latest()));
    registry.manifest("o/r/p", "latest", IMAGE, MANIFEST);
    assert!(!push(&latest()) && !push(&by_digest));
    let other: Reference = Reference::Tag("other".parse().unwrap());
    registry.fail("PUT /v2/o/r/p/manifests/other", [Answer::new(201, "")]);
    assert!(push(&other), "another manifest has this tag");
}

#[test]
fn an_upload_that_breaks_begins_anew() {
    let registry = Registry::start();
    let (remote, repository) = (remote(&[]), repository(&registry));
    registry.fail("PUT /v2/", [Answer::close(), Answer::new(503, "")]);
    let digest = digest::of(b"layer").unwrap();
    assert!(remote.push_blob(&repository, &digest, b"layer".to_vec()).unwrap());
    assert_eq!(registry.read_blob("o/r/p", digest.as_ref()).unwrap(), b"layer");
    let begun = registry
        .requests()
        .iter()
        .filter(|request| request.method == "POST")
        .count();
    assert_eq!(begun, 3);
}

#[test]
fn an_upload_elsewhere_gets_no_login() {
    let elsewhere = Registry::start();
    let registry = Registry::start().with_basic("user", "s3cret");
    let auth = support::Dir::new();
    let file = auth.write(
        "auth.json",
        format!(
            r#"{{"auths":{{"{}":{{"username":"user","password":"s3cret"}}}}}}"#,
            registry.host()
        ),
    );
    let remote = remote(&[("REGISTRY_AUTH_FILE", file.to_str().unwrap())]);
    let location = format!("http://{}/v2/o/r/p/blobs/uploads/7", elsewhere.host());
    elsewhere.fail("PUT", [Answer::new(201, "")]);
    let digest = digest::of(b"layer").unwrap();
    let repository = repository(&registry);
    has_blob(&remote, &repository, &digest).unwrap();
    registry.fail("POST", [Answer::new(202, "").header("location", &location)]);
    assert!(remote.push_blob(&repository, &digest, b"layer".to_vec()).unwrap());
    assert!(elsewhere.requests()[0].header("authorization").is_none());

    registry.fail(
        "POST",
        [Answer::new(202, "").header("location", "http://example.invalid/x")],
    );
    let error = remote
        .push_blob(&repository, &digest::of(b"x").unwrap(), b"x".to_vec())
        .unwrap_err();
    assert!(error.what().contains("an address without TLS"), "{error}");
}
