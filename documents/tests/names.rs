//! Which execution ids, processor references, image digests, world paths and write prefixes are valid.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use documents::{ErrorCode, ExecutionId, ImageDigest, ProcessorRef, WorldPath, WritePrefix};

#[test]
fn execution_ids() {
    let longest = "x".repeat(128);
    for good in ["a", "0", "_", "A.b-c_9", "a..b", longest.as_str()] {
        assert!(ExecutionId::parse(good).is_ok(), "{good}");
    }
    let long = "x".repeat(129);
    for bad in [
        "",
        ".",
        "..",
        "-a",
        ".a",
        "../../x",
        "a/b",
        "a b",
        "é",
        "a\0",
        "a\n",
        long.as_str(),
    ] {
        let error = ExecutionId::parse(bad).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ExecutionId, "{bad:?}");
    }
}

#[test]
fn processor_refs() {
    for good in ["llm/litellm@1", "a/b@1.2-rc_1", "a-b/c_d@V2"] {
        assert!(ProcessorRef::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "", "llm", "llm/x", "llm/x@", "/x@1", "llm/@1", "a/b/c@1", "a@b/c", "a/b@1@2", "A/b@1", "-a/b@1",
        "a/b@.1", "a/b@1;x", "a/b@1\n",
    ] {
        assert!(ProcessorRef::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn image_digests() {
    let hex = "0123456789abcdef".repeat(4);
    for name in ["ghcr.io/o/r/llm-litellm", "binary", "localhost:5000/x"] {
        assert!(
            ImageDigest::parse(&format!("{name}@sha256:{hex}")).is_ok(),
            "{name}"
        );
    }
    let upper = hex.to_uppercase();
    for bad in [
        "x:latest".to_owned(),
        format!("@sha256:{hex}"),
        format!("x@sha256:{upper}"),
        format!("x@sha256:{hex}0"),
        format!("x;y@sha256:{hex}"),
        format!("x@sha256:{hex}@sha256:{hex}"),
    ] {
        assert!(ImageDigest::parse(&bad).is_err(), "{bad}");
    }
}

fn code(text: &str) -> ErrorCode {
    WorldPath::parse(text).unwrap_err().code()
}

#[test]
fn two_spellings_of_one_path_are_equal() {
    for text in [
        "world://artifacts/a/b c/é",
        "/artifacts/a/b c/é",
        "/artifacts//a///b%20c/e\u{301}",
        "world://artifacts/%61/b c/%C3%A9",
    ] {
        assert_eq!(
            WorldPath::parse(text).unwrap().as_str(),
            "world://artifacts/a/b c/é",
            "{text}"
        );
    }
}

#[test]
fn every_rule_of_world_paths_has_its_code() {
    let long_segment = format!("/artifacts/{}", "x".repeat(256));
    let long_path = format!("/artifacts/{}", "x/".repeat(512) + "x");
    for (text, expected) in [
        ("/artifacts/a%2Fb", ErrorCode::DecodedSlash),
        ("/artifacts/a%2fb", ErrorCode::DecodedSlash),
        ("/artifacts/a%00", ErrorCode::DecodedSlash),
        ("/artifacts/a\0", ErrorCode::ForbiddenSegment),
        ("/artifacts/a%25", ErrorCode::PercentDecode),
        ("/artifacts/a%", ErrorCode::PercentDecode),
        ("/artifacts/a%2", ErrorCode::PercentDecode),
        ("/artifacts/a%zz", ErrorCode::PercentDecode),
        ("/artifacts/a%+1", ErrorCode::PercentDecode),
        ("/artifacts/%ff", ErrorCode::PercentDecode),
        ("/artifacts/%é", ErrorCode::PercentDecode),
        ("/artifacts/./a", ErrorCode::DotSegments),
        ("/artifacts/a/..", ErrorCode::DotSegments),
        ("/artifacts/%2e%2E/a", ErrorCode::DotSegments),
        ("/artifacts/a\n", ErrorCode::ForbiddenSegment),
        ("/artifacts/%7f", ErrorCode::ForbiddenSegment),
        ("/artifacts/a%5Cb", ErrorCode::ForbiddenSegment),
        ("/artifacts/.git/x", ErrorCode::ForbiddenSegment),
        ("/artifacts/.well%2dknown/x", ErrorCode::ForbiddenSegment),
        (&long_segment, ErrorCode::SegmentTooLong),
        (&long_path, ErrorCode::PathTooLong),
        ("/etc/passwd", ErrorCode::BadFacet),
        ("world://other/a", ErrorCode::BadFacet),
        ("artifacts/a", ErrorCode::BadFacet),
        ("/artifacts", ErrorCode::BadFacet),
        ("/artifacts/", ErrorCode::BadFacet),
        ("", ErrorCode::BadFacet),
    ] {
        assert_eq!(code(text), expected, "{text:?}");
    }
}

#[test]
fn write_prefixes() {
    let id = ExecutionId::parse("run-1").unwrap();
    let expand = |template: &str| WritePrefix::expand(template, &id);
    let prefix = expand("/artifacts//a/{execution_id}/x{execution_id}/").unwrap();
    assert_eq!(prefix.segments(), ["a", "run-1", "xrun-1"]);
    assert_eq!(
        prefix.path("outputs.json").unwrap().as_str(),
        "world://artifacts/a/run-1/xrun-1/outputs.json"
    );
    assert_eq!(expand("/artifacts/").unwrap().segments(), [""; 0]);
    for (template, expected) in [
        ("/artifacts/a", ErrorCode::PrefixTemplate),
        ("artifacts/a/", ErrorCode::PrefixTemplate),
        ("/artifacts", ErrorCode::PrefixTemplate),
        ("/data/a/", ErrorCode::PrefixTemplate),
        ("world://artifacts/a/", ErrorCode::PrefixTemplate),
        ("/artifacts/{id}/", ErrorCode::PrefixTemplate),
        ("/artifacts/{execution_id/", ErrorCode::PrefixTemplate),
        ("/artifacts/../a/", ErrorCode::DotSegments),
        ("/artifacts/%2e%2e/", ErrorCode::DotSegments),
        ("/artifacts/a%00/", ErrorCode::DecodedSlash),
        ("/artifacts/a%2f/", ErrorCode::DecodedSlash),
    ] {
        assert_eq!(expand(template).unwrap_err().code(), expected, "{template}");
    }
}
