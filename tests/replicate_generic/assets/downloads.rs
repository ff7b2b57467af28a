//! Downloads that break off, and what they resume.

use support::Answer;

use super::{DOCUMENT, assets, tagged};
use crate::service::{Asset, Service};

#[test]
fn resumes_a_download_that_breaks_off() {
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let service = Service::with_output(r#""{origin}/a.bin""#);
    service.asset(
        "/a.bin",
        Asset {
            etag: Some("\"v1\""),
            breaks: 3,
            ..Asset::new("application/octet-stream", content.clone())
        },
    );
    let finished = service.test(DOCUMENT).run();
    assert_eq!(assets(&finished)[0].1, content);
    let ranges: Vec<_> = service
        .requests()
        .iter()
        .filter(|request| request.path == "/a.bin")
        .map(|request| {
            request
                .header("range")
                .map(|range| String::from_utf8_lossy(range).into_owned())
        })
        .collect();
    assert_eq!(
        ranges,
        [
            None,
            Some("bytes=600000-".to_owned()),
            Some("bytes=900000-".to_owned()),
            Some("bytes=1050000-".to_owned())
        ]
    );
}

#[test]
fn restarts_a_download_without_an_etag() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    let asset = Asset {
        breaks: 2,
        ..Asset::new("application/octet-stream", vec![7; 10_000])
    };
    service.asset("/a.bin", asset);
    let finished = service.test(DOCUMENT).run();
    assert_eq!(assets(&finished)[0].1, vec![7; 10_000]);
    assert!(
        service
            .requests()
            .iter()
            .all(|request| request.header("range").is_none())
    );
}

#[test]
fn refuses_a_range_that_it_did_not_request() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    service.fail(
        "GET /a.bin",
        [
            tagged(Answer::new(200, "abc").promising(6)),
            tagged(Answer::new(206, "cdef").header("content-range", "bytes 2-5/6")),
        ],
    );
    service.asset("/a.bin", Asset::new("application/zip", "abcdef"));
    let finished = service.test(DOCUMENT).run();
    assert_eq!(assets(&finished), [("00.zip".to_owned(), b"abcdef".to_vec())]);

    let service = Service::with_output(r#""{origin}/a.bin""#);
    service.fail(
        "GET /a.bin",
        [tagged(
            Answer::new(206, "abc").header("content-range", "bytes 0-2/6"),
        )],
    );
    service.asset("/a.bin", Asset::new("application/zip", "abcdef"));
    assert_eq!(assets(&service.test(DOCUMENT).run())[0].1, b"abcdef");

    let service = Service::with_output(r#""{origin}/a.bin""#);
    let other = tagged(Answer::new(200, "another version")).header("etag", "\"v2\"");
    service.fail(
        "GET /a.bin",
        [tagged(Answer::new(200, "abc").promising(6)), other],
    );
    let finished = service.test(DOCUMENT).run();
    assert_eq!(assets(&finished)[0].1, b"another version");
}

#[test]
fn two_versions_of_a_file_are_not_mixed() {
    let zip = |answer: Answer| answer.header("content-type", "application/zip");
    let begun = || zip(Answer::new(200, "abc").promising(6).header("etag", "\"v1\""));
    let rest = |tag: Option<(&str, &str)>| {
        let rest = zip(Answer::new(206, "DEF").header("content-range", "bytes 3-5/6"));
        tag.map_or(rest.clone(), |(name, value)| rest.header(name, value))
    };
    let modified = "Tue, 24 Nov 2026 00:00:00 GMT";
    let dated = || {
        zip(Answer::new(200, "abc")
            .promising(6)
            .header("last-modified", modified))
    };
    for answers in [
        vec![begun(), rest(Some(("etag", "\"v2\"")))],
        vec![begun(), rest(None)],
        vec![begun(), rest(Some(("etag", "W/\"v1\"")))],
        vec![dated(), rest(Some(("last-modified", modified)))],
    ] {
        let service = Service::with_output(r#""{origin}/a.bin""#);
        service.fail("GET /a.bin", answers);
        service.asset("/a.bin", Asset::new("application/zip", "ABCDEF"));
        let finished = service.test(DOCUMENT).run();
        assert_eq!(assets(&finished), [("00.zip".to_owned(), b"ABCDEF".to_vec())]);
    }
}

#[test]
fn a_redirect_that_leads_elsewhere_the_next_time_is_another_file() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    let to = |location: &str| Answer::new(302, "").header("location", location);
    service.fail("GET /a.bin", [to("/1"), to("/2"), to("/2")]);
    let versioned = |body: &str| Asset {
        etag: Some("\"v1\""),
        ..Asset::new("application/zip", body)
    };
    service.asset(
        "/1",
        Asset {
            breaks: 1,
            ..versioned("abcdef")
        },
    );
    service.asset("/2", versioned("ABCDEF"));
    let finished = service.test(DOCUMENT).run();
    assert_eq!(assets(&finished)[0].1, b"ABCDEF");
}

#[test]
fn resumes_a_body_of_unknown_length() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    let broken = Answer::chunked(200, "3\r\nabc\r\n").header("etag", "\"v1\"");
    let short = Answer::new(206, "de")
        .header("etag", "\"v1\"")
        .header("content-range", "bytes 3-4/6");
    service.fail("GET /a.bin", [broken, short]);
    let asset = Asset {
        etag: Some("\"v1\""),
        ..Asset::new("application/zip", "abcdef")
    };
    service.asset("/a.bin", asset);
    let finished = service.test(DOCUMENT).run();
    assert_eq!(assets(&finished)[0].1, b"abcdef");
}

#[test]
fn does_not_resume_a_body_whose_length_is_never_known() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    service.fail(
        "GET /a.bin",
        [
            tagged(Answer::chunked(200, "3\r\nabc\r\n")),
            tagged(Answer::new(206, "de").header("content-range", "bytes 3-4/*")),
        ],
    );
    service.asset("/a.bin", Asset::new("application/zip", "abcdef"));
    assert_eq!(assets(&service.test(DOCUMENT).run())[0].1, b"abcdef");
}

#[test]
fn refuses_a_range_that_begins_elsewhere() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    service.fail(
        "GET /a.bin",
        [
            tagged(Answer::new(200, "abc").promising(6)),
            tagged(Answer::new(206, "cde").header("content-range", "bytes 2-4/6")),
        ],
    );
    service.asset("/a.bin", Asset::new("application/zip", "abcdef"));
    assert_eq!(assets(&service.test(DOCUMENT).run())[0].1, b"abcdef");
}

#[test]
fn restarts_when_a_range_is_refused() {
    let service = Service::with_output(r#""{origin}/a.bin""#);
    let begun = Answer::new(200, "abc").promising(6).header("etag", "\"v1\"");
    service.fail("GET /a.bin", [begun, Answer::new(416, "")]);
    let asset = Asset {
        etag: Some("\"v1\""),
        ..Asset::new("application/zip", "abcdef")
    };
    service.asset("/a.bin", asset);
    assert_eq!(assets(&service.test(DOCUMENT).run())[0].1, b"abcdef");
    let requests = service.requests();
    let ranged: Vec<_> = requests
        .iter()
        .map(|request| request.header("range").is_some())
        .collect();
    assert!(ranged.ends_with(&[false, true, false]), "{ranged:?}");
}
