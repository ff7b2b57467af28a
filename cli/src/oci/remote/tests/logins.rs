//! Logins from files and helpers, by password and by token.

use support::Dir;

use super::*;

const PASSWORD: &str = "s3cret";

/// A directory with Docker's file, in which `HOST` is the registry's.
fn docker(registry: &Registry, text: &str) -> Dir {
    let dir = Dir::new();
    dir.write("config.json", text.replace("HOST", &registry.host()));
    dir
}

fn by_docker(dir: &Dir) -> Remote {
    let dir = dir.root().to_str().unwrap();
    remote(&[("DOCKER_CONFIG", dir), ("PATH", dir)])
}

const LOGIN: &str = r#"{"auths":{"HOST":{"auth":"dXNlcjpzM2NyZXQ="}}}"#;

#[test]
fn a_password_opens_both_schemes() {
    for registry in [
        Registry::start().with_basic("user", PASSWORD),
        Registry::start().with_tokens("user", PASSWORD, false),
    ] {
        registry.index("o/r/p", "latest", &BOTH);
        let dir = docker(&registry, LOGIN);
        let (remote, repository) = (by_docker(&dir), repository(&registry));
        remote.manifest(&repository, &latest()).unwrap();
        remote.manifest(&repository, &latest()).unwrap();
        let digest = digest::of(b"layer").unwrap();
        assert!(remote.push_blob(&repository, &digest, b"layer".to_vec()).unwrap());
        let tokens = registry
            .requests()
            .iter()
            .filter(|request| request.path.starts_with("/token"))
            .count();
        assert!(tokens <= 2, "one for pulling, one for pushing: {tokens}");
    }
}

#[test]
fn a_public_repository_needs_no_login_to_pull() {
    let registry = Registry::start().with_tokens("user", PASSWORD, true);
    registry.index("o/r/p", "latest", &BOTH);
    let (remote, repository) = (remote(&[]), repository(&registry));
    remote.manifest(&repository, &latest()).unwrap();
    let error = has_blob(&remote, &repository, &digest::of(b"").unwrap());
    assert!(!error.unwrap(), "asking is a read");
    let error = remote
        .push_blob(&repository, &digest::of(b"").unwrap(), Vec::new())
        .unwrap_err();
    assert_eq!(error.cause(), Cause::Refused);
    assert!(error.hint().contains("docker login 127.0.0.1:"), "{error}");
}

#[test]
fn a_refresh_token_is_exchanged() {
    let registry = Registry::start().with_tokens("user", PASSWORD, false);
    registry.index("o/r/p", "latest", &BOTH);
    let dir = docker(&registry, r#"{"auths":{"HOST":{"identitytoken":"s3cret"}}}"#);
    by_docker(&dir)
        .manifest(&repository(&registry), &latest())
        .unwrap();
    let requests = registry.requests();
    let exchange = requests.iter().find(|request| request.method == "POST").unwrap();
    let body = String::from_utf8_lossy(&exchange.body);
    assert!(
        body.starts_with("grant_type=refresh_token&refresh_token=s3cret&"),
        "{body}"
    );
}

#[test]
fn a_redirect_elsewhere_gets_no_login() {
    let elsewhere = Registry::start();
    let registry = Registry::start().with_basic("user", PASSWORD);
    let digest = digest::parse(&registry.blob("o/r/p", b"layer")).unwrap();
    elsewhere.blob("o/r/p", b"layer");
    let dir = docker(&registry, LOGIN);
    let (remote, repository) = (by_docker(&dir), repository(&registry));
    remote.blob(&repository, &digest).unwrap();
    let there = format!("http://{}/v2/o/r/p/blobs/{digest}", elsewhere.host());
    registry.fail(
        "/blobs/",
        [support::Answer::new(307, "").header("location", &there)],
    );
    assert_eq!(remote.blob(&repository, &digest).unwrap(), b"layer");
    assert!(elsewhere.requests()[0].header("authorization").is_none());
    assert!(
        registry
            .requests()
            .last()
            .unwrap()
            .header("authorization")
            .is_some()
    );
}

#[test]
fn a_wrong_login_is_refused_in_one_sentence() {
    for registry in [
        Registry::start().with_basic("user", "other"),
        Registry::start().with_tokens("user", "other", true),
    ] {
        registry.index("o/r/p", "latest", &BOTH);
        let dir = docker(&registry, LOGIN);
        let error = by_docker(&dir)
            .manifest(&repository(&registry), &latest())
            .unwrap_err();
        assert_eq!(error.cause(), Cause::Refused);
        let text = error.to_string();
        assert!(text.contains("log in with `docker login 127.0.0.1:"), "{text}");
        assert!(!text.contains(PASSWORD) && !text.contains("dXNl"), "{text}");
    }
}

/// A helper that answers with this, and its file.
fn helper(registry: &Registry, script: &str) -> Dir {
    let dir = docker(registry, r#"{"credHelpers":{"HOST":"test"}}"#);
    dir.executable("docker-credential-test", format!("#!/bin/sh\n{script}\n"));
    dir
}

#[test]
fn a_helper_is_asked_for_the_host() {
    let registry = Registry::start().with_basic("user", PASSWORD);
    registry.index("o/r/p", "latest", &BOTH);
    let reply = r#"read -r host; echo "$1 $host" > "$DOCKER_CONFIG/asked"; echo '{"ServerURL":"x","Username":"user","Secret":"s3cret"}'"#;
    let dir = helper(&registry, reply);
    by_docker(&dir)
        .manifest(&repository(&registry), &latest())
        .unwrap();
    assert_eq!(dir.read("asked"), format!("get {}\n", registry.host()));

    let store = docker(&registry, r#"{"credsStore":"test","auths":{"HOST":{}}}"#);
    store.executable("docker-credential-test", format!("#!/bin/sh\n{reply}\n"));
    by_docker(&store)
        .manifest(&repository(&registry), &latest())
        .unwrap();
}

#[test]
fn a_helper_that_does_not_help_is_named() {
    let registry = Registry::start().with_basic("user", PASSWORD);
    registry.index("o/r/p", "latest", &BOTH);
    let message = |dir: &Dir| {
        let error = by_docker(dir)
            .manifest(&repository(&registry), &latest())
            .unwrap_err();
        (error.cause(), error.to_string())
    };
    let name = "the credential helper docker-credential-test, which $DOCKER_CONFIG/config.json names,";
    for (script, what) in [
        ("echo s3cret >&2; exit 3", "fails"),
        ("echo s3cret", "does not answer with a login"),
    ] {
        let (cause, text) = message(&helper(&registry, script));
        assert_eq!(cause, Cause::Setting);
        assert!(text.starts_with(&format!("{name} {what};")), "{text}");
        assert!(!text.contains(PASSWORD), "{text}");
    }
    let missing = docker(&registry, r#"{"credHelpers":{"HOST":"test"}}"#);
    let (_, text) = message(&missing);
    assert!(text.starts_with(&format!("{name} is not on PATH;")), "{text}");

    let without = helper(
        &registry,
        "echo 'credentials not found in native keychain'; exit 1",
    );
    let (cause, _) = message(&without);
    assert_eq!(cause, Cause::Refused);
    let (cause, text) = message(&docker(&registry, "{"));
    assert_eq!(cause, Cause::Setting);
    assert!(
        text.starts_with("the logins in $DOCKER_CONFIG/config.json cannot be read;"),
        "{text}"
    );
}

#[test]
fn the_first_file_with_a_login_counts() {
    let registry = Registry::start().with_basic("user", PASSWORD);
    registry.index("o/r/p", "latest", &BOTH);
    let login = LOGIN.replace("HOST", &registry.host());
    for place in [
        ".docker/config.json",
        ".config/containers/auth.json",
        "run/containers/auth.json",
    ] {
        let home = Dir::new();
        home.write("auth.json", r#"{"auths":{}}"#);
        home.write(place, &login);
        let root = home.root().to_str().unwrap();
        let remote = remote(&[
            ("HOME", root),
            ("XDG_RUNTIME_DIR", &format!("{root}/run")),
            ("REGISTRY_AUTH_FILE", &format!("{root}/auth.json")),
        ]);
        remote.manifest(&repository(&registry), &latest()).unwrap();
    }
}
