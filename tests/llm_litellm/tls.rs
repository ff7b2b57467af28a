//! Secure connections, and whose certificates are trusted.

use std::path::Path;

use serde_json::json;
use support::{Answer, Authority, Dir, Server, Test};

use crate::{KEY, processor, real};

const GOOD: i32 = 4000;

fn answer() -> Answer {
    Answer::json(200, &json!({"choices": [], "model": "m-1"}))
}

/// A run that trusts what this file holds.
fn trusting(server: &Server, file: &Path) -> Test {
    real(server).env("SSL_CERT_FILE", file)
}

/// A directory with the certificate of an authority.
fn trusted(authority: &Authority) -> (Dir, std::path::PathBuf) {
    let dir = Dir::new();
    let file = dir.path("ca.pem");
    std::fs::write(&file, format!("a comment\n{}", authority.pem())).unwrap();
    (dir, file)
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let authority = Authority::new();
    let (_dir, file) = trusted(&authority);
    let server = Server::tls(&authority, "127.0.0.1", GOOD, answer());
    let run = trusting(&server, &file).run();
    run.assert_success().assert_nowhere(KEY);
    assert_eq!(run.receipt()["extra"]["model"], "m-1");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn nothing_is_sent_over_a_connection_that_is_not_secure() {
    let authority = Authority::new();
    let other = Authority::new();
    let (_dir, file) = trusted(&authority);
    for (what, server, trusts) in [
        ("unknown", Server::tls(&other, "127.0.0.1", GOOD, answer()), true),
        (
            "not named",
            Server::tls(&authority, "127.0.0.1", GOOD, answer()),
            false,
        ),
        (
            "other name",
            Server::tls(&authority, "api.example.com", GOOD, answer()),
            true,
        ),
        (
            "expired",
            Server::tls(&authority, "127.0.0.1", 2001, answer()),
            true,
        ),
    ] {
        let asked = if trusts {
            trusting(&server, &file)
        } else {
            real(&server)
        };
        let run = asked
            .inputs(r#"{"mode":"real","params":{"messages":[],"num_retries":0}}"#)
            .run();
        run.assert_failure("ERR_PROVIDER_UNAVAILABLE", 13)
            .assert_nowhere(KEY);
        assert_eq!(
            run.message(),
            "no secure connection to the provider can be made; the log says why",
            "{what}"
        );
        assert!(server.requests().is_empty(), "{what}");
    }
}

#[test]
fn reports_unusable_certificates() {
    let dir = Dir::new();
    let file = dir.path("ca.pem");
    let server = Server::always(answer());
    for (content, said) in [
        (None, "that cannot be read: "),
        (Some(""), "without a certificate; "),
        (Some("no PEM"), "without a certificate; "),
        (
            Some("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"),
            "whose certificate 1 cannot be read; ",
        ),
        (
            Some("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
            "whose certificate 1 cannot be read; ",
        ),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let run = trusting(&server, &file).run();
        run.assert_failure("ERR_USAGE", 2);
        let expected = format!("SSL_CERT_FILE names a file {said}");
        assert!(run.message().starts_with(&expected), "{run:?}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_mock_run_reads_no_certificates() {
    let inputs = json!({"params": {"messages": [{"role": "user", "content": "hi"}]}});
    let run = processor()
        .inputs(inputs.to_string())
        .env("SSL_CERT_FILE", "/nowhere");
    run.run().assert_success();
}
