//! What goes wrong, told apart.

use std::net::TcpListener;

use support::{Answer, Authority, Dir, Server};

use super::*;

fn error(repository: &str, remote: &Remote) -> RemoteError {
    remote
        .manifest(&repository.parse().unwrap(), &latest())
        .unwrap_err()
}

#[test]
fn what_is_not_there_is_gone() {
    let registry = Registry::start();
    let error = error(&repository(&registry).to_string(), &remote(&[]));
    assert_eq!(error.cause(), Cause::Gone);
    let host = registry.host();
    assert_eq!(
        error.to_string(),
        format!(
            "{host} does not have {host}/o/r/p:latest (404 NAME_UNKNOWN); check the name, and that it was pushed"
        )
    );
    assert!(!error.is_retryable());
}

#[test]
fn a_status_has_one_cause() {
    let registry = Registry::start();
    registry.index("o/r/p", "latest", &BOTH);
    let denied = r#"{"errors":[{"code":"DENIED","message":"token t0ken-x"}]}"#;
    for (status, body, expected) in [
        (401, "", Cause::Refused),
        (403, denied, Cause::Refused),
        (400, "", Cause::Protocol),
        (404, "<html>", Cause::Protocol),
        (404, denied, Cause::Gone),
        (501, "", Cause::Failing),
        (418, "teapot", Cause::Protocol),
        (302, "", Cause::Protocol),
        (200, "<html>", Cause::Protocol),
        (200, "{}", Cause::Protocol), // its digest is another
    ] {
        let answer = Answer::new(status, body)
            .header("content-type", "text/html")
            .header("docker-content-digest", "sha256:0");
        registry.fail("/manifests/", [answer]);
        let error = error(&repository(&registry).to_string(), &remote(&[]));
        assert_eq!(error.cause(), expected, "{status} {body}: {error}");
        assert!(!error.to_string().contains("t0ken"), "{error}");
    }
}

#[test]
fn a_busy_registry_is_asked_again_but_not_for_ever() {
    let registry = Registry::start();
    registry.index("o/r/p", "latest", &BOTH);
    let (remote, repository) = (remote(&[]), repository(&registry));
    registry.fail(
        "/manifests/",
        [
            Answer::new(503, ""),
            Answer::new(429, "").header("retry-after", "0"),
            Answer::close(),
        ],
    );
    remote.manifest(&repository, &latest()).unwrap();
    registry.fail(
        "/manifests/",
        [Answer::new(429, "").header("retry-after", "3600")],
    );
    let error = remote.manifest(&repository, &latest()).unwrap_err();
    assert_eq!(error.cause(), Cause::Failing);
    assert!(error.what().ends_with("asks to slow down (429)"), "{error}");
    registry.fail("/manifests/", vec![Answer::new(502, "bad gateway"); 4]);
    let error = remote.manifest(&repository, &latest()).unwrap_err();
    assert!(
        error.is_retryable() && error.what().ends_with("fails (502)"),
        "{error}"
    );
}

#[test]
fn a_registry_that_is_not_reached_says_why() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = error(&format!("{free}/o/r/p"), &remote(&[]));
    assert_eq!(refused.cause(), Cause::Unreachable);
    assert!(refused.what().ends_with("it refuses the connection"), "{refused}");
    let unknown = error("registry.invalid/o/r/p", &remote(&[]));
    assert_eq!(unknown.cause(), Cause::Unreachable);
    assert!(unknown.what().contains("cannot be reached"), "{unknown}");

    let page = Server::always(Answer::new(200, "<html>").header("content-type", "text/html"));
    let (_, host) = page
        .url("")
        .split_once("://")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let page = error(&format!("{host}/o/r/p"), &remote(&[]));
    assert_eq!(page.cause(), Cause::Protocol);
}

#[test]
fn silence_has_an_end() {
    let registry = Registry::start();
    registry.index("o/r/p", "latest", &BOTH);
    let environment = Environment::new([("PATH", "")], "/");
    let remote = Remote::with_silence(&environment, Duration::from_millis(100)).unwrap();
    for answer in [Answer::hang(), Answer::new(200, "{").promising(2).hanging()] {
        registry.fail("/manifests/", [answer]);
        let error = error(&repository(&registry).to_string(), &remote);
        assert_eq!(error.cause(), Cause::Unreachable);
        assert!(error.what().ends_with("it does not answer in time"), "{error}");
    }
}

#[test]
fn an_answer_has_a_largest_size() {
    let registry = Registry::start();
    registry.fail("/manifests/", [Answer::new(200, vec![b' '; 1 << 20]).endless()]);
    let error = error(&repository(&registry).to_string(), &remote(&[]));
    assert_eq!(error.cause(), Cause::Protocol);
    assert!(
        error.what().ends_with("its answer is larger than 4194304 bytes"),
        "{error}"
    );
}

#[test]
fn a_certificate_has_to_be_trusted() {
    let authority = Authority::new();
    let registry = Registry::tls(&authority);
    registry.index("o/r/p", "latest", &BOTH);
    let repository = repository(&registry);
    let dir = Dir::new();
    let own = dir.write("ca.pem", authority.pem());
    remote(&[("SSL_CERT_FILE", own.to_str().unwrap())])
        .manifest(&repository, &latest())
        .unwrap();

    let other = dir.write("other.pem", Authority::new().pem());
    let text = error(
        &repository.to_string(),
        &remote(&[("SSL_CERT_FILE", other.to_str().unwrap())]),
    );
    assert_eq!(text.cause(), Cause::Unreachable);
    assert!(
        text.what()
            .contains("cannot be trusted: invalid peer certificate"),
        "{text}"
    );
    assert!(text.hint().contains("SSL_CERT_FILE"), "{text}");

    let none = dir.write("none.pem", "");
    for (path, what) in [
        (none.to_str().unwrap(), "without a certificate"),
        ("/nowhere", "that cannot be read"),
    ] {
        let error = error(&repository.to_string(), &remote(&[("SSL_CERT_FILE", path)]));
        assert_eq!(error.cause(), Cause::Setting);
        assert!(error.what().ends_with(what), "{error}");
    }
}

#[test]
fn a_proxy_is_used_for_other_machines_alone() {
    let proxy = Server::always(Answer::new(403, ""));
    let address = proxy.url("").replace("//", "//alice:s3cr@");
    let variables = [("HTTPS_PROXY", address.as_str()), ("ALL_PROXY", address.as_str())];
    let text = error("registry.invalid/o/r/p", &remote(&variables)).to_string();
    assert!(text.contains("through the proxy"), "{text}");
    assert!(!text.contains("s3cr") && !text.contains("alice"), "{text}");
    assert_eq!(proxy.requests()[0].method, "CONNECT");

    let registry = Registry::start();
    registry.index("o/r/p", "latest", &BOTH);
    remote(&variables)
        .manifest(&repository(&registry), &latest())
        .unwrap();
    assert_eq!(proxy.requests().len(), 1);
}
