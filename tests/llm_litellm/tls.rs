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
fn a_certificate_that_is_not_accepted_is_asked_for_once_and_explained() {
    let authority = Authority::new();
    let other = Authority::new();
    let (dir, file) = trusted(&authority);
    let named = dir.path("self-signed.pem");
    let (ca, pem) = Server::self_signed(answer());
    std::fs::write(&named, pem).unwrap();
    let untrusted = "is not trusted (it is self-signed, or of a private CA); put its CA into a PEM file and name that in SSL_CERT_FILE";
    for (server, trusted, said) in [
        (
            Server::tls(&other, "127.0.0.1", GOOD, answer()),
            Some(&file),
            untrusted,
        ),
        (
            Server::tls(&authority, "127.0.0.1", GOOD, answer()),
            None,
            untrusted,
        ),
        (
            ca,
            Some(&named),
            "is that of a CA (CA:TRUE), which identifies no server; make one with `openssl req -x509 -addext \
             basicConstraints=critical,CA:FALSE` and name it in SSL_CERT_FILE",
        ),
        (
            Server::tls(&authority, "api.example.com", GOOD, answer()),
            Some(&file),
            "is for another name (api.example.com); use that in the address, or a certificate for this one",
        ),
        (
            Server::tls(&authority, "127.0.0.1", 2001, answer()),
            Some(&file),
            "is out of date: it ended at 2001-12-31T00:00:00Z, and the clock here says 2",
        ),
    ] {
        let asked = match trusted {
            Some(file) => trusting(&server, file),
            None => real(&server),
        };
        let run = asked.run();
        run.assert_failure("ERR_PROVIDER_RESPONSE", 14)
            .assert_nowhere(KEY);
        let host = server.url("").replace("https://", "");
        let expected = format!("the certificate of {host} {said}");
        assert!(run.message().starts_with(&expected), "{}", run.message());
        assert!(!run.message().contains("requests)"), "{}", run.message());
        assert!(server.requests().is_empty(), "{said}");
    }
}

#[test]
fn a_model_whose_service_is_not_trusted_has_a_fallback() {
    let authority = Authority::new();
    let server = Server::tls(&authority, "127.0.0.1", GOOD, answer());
    let good = Server::always(answer());
    let inputs = json!({"mode": "real", "params": {"messages": [], "fallbacks": ["groq/m-2"]}});
    let run = real(&server).inputs(inputs.to_string());
    let run = run.env("GROQ_API_BASE", good.url("/v1")).env("GROQ_API_KEY", KEY);
    run.run().assert_success();
    assert_eq!(good.requests().len(), 1);
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
