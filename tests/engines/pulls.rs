//! Pulls that fail, each for a reason of its own.

use support::{Answer, Server};

use super::engine::{Engine, Workspace, engines, own_architecture};

/// What nobody has pushed.
const MISSING: &str = "sha256:abababababababababababababababababababababababababababababababab";

#[track_caller]
fn assert_refused(engine: &Engine, image: &str, texts: &[&str], is_retryable: bool) {
    let workspace = Workspace::new(engine, image);
    let finished = workspace.test().run();
    finished.assert_failure("ERR_IMAGE_PULL", 32);
    for text in texts {
        finished.assert_message(text);
    }
    let failed = finished
        .log()
        .into_iter()
        .find(|line| line["event"] == "run_failed");
    assert_eq!(failed.unwrap()["retryable"], is_retryable, "{finished:?}");
}

/// An architecture that is not this machine's.
fn other_architecture() -> &'static str {
    if own_architecture() == "amd64" {
        "arm64"
    } else {
        "amd64"
    }
}

#[test]
fn each_cause_has_its_own_hint() {
    for engine in engines() {
        let gone = engine.pinned(MISSING);
        assert_refused(
            &engine,
            &gone,
            &["does not have", "counterfoil pin --ref test/probe@1"],
            false,
        );

        let server = Server::always(Answer::new(401, "{}").header("www-authenticate", "Basic realm=\"x\""));
        let host = server.url("").replace("http://", "");
        let host = host.trim_end_matches('/');
        if engine.name == "docker" {
            // Podman asks a registry that its configuration does not name by TLS
            let refused = format!("{host}/o/r/test-probe@{MISSING}");
            let log_in = format!("log in with `docker login {host}`");
            assert_refused(&engine, &refused, &["does not let docker pull", &log_in], false);
        }
        drop(server);

        let unreachable = format!("127.0.0.1:1/o/r/test-probe@{MISSING}");
        assert_refused(
            &engine,
            &unreachable,
            &["cannot reach 127.0.0.1:1", "connection refused"],
            true,
        );
    }
}

#[test]
fn an_image_of_another_platform_is_not_started() {
    let other = other_architecture();
    for engine in engines() {
        let probe = std::fs::read(&engine.probe).unwrap();
        let foreign = engine.image(&[&probe[..], b"\0"].concat(), other);
        let needs = format!("this machine needs linux/{}", own_architecture());
        let is_for = format!("is for linux/{other}");
        assert_refused(&engine, &foreign, &[&is_for, &needs, "--engine process"], false);
        let index = engine.index(&[(other, &foreign)]);
        assert_refused(&engine, &index, &[&needs, "--engine process"], false);
    }
}

#[test]
fn the_platform_of_this_machine_is_taken_from_an_index() {
    let other = other_architecture();
    for engine in engines() {
        let probe = std::fs::read(&engine.probe).unwrap();
        // no other test has a container of it, which would keep it from being removed
        let own = engine.image(&[&probe[..], b"\0\0\0"].concat(), own_architecture());
        let foreign = engine.image(&[&probe[..], b"\0\0"].concat(), other);
        let index = engine.index(&[(own_architecture(), &own), (other, &foreign)]);
        // the other one is here, as after a look at it
        engine.ask(&["image", "rm", &index]); // of an earlier run of this test
        engine.answer(&["pull", "--quiet", "--platform", &format!("linux/{other}"), &index]);
        let workspace = Workspace::new(&engine, &index);
        let finished = workspace.test().run();
        if finished.status != 0 {
            // Docker's older store has one platform of an index, and takes no other one in its place
            finished.assert_failure("ERR_IMAGE_PULL", 32);
            let hint = format!("remove it with `{} image rm {index}`", engine.name);
            finished.assert_message(&hint);
            engine.answer(&["image", "rm", &index]);
            workspace.test().run().assert_success();
        }
    }
}
