//! `counterfoil pin`.

mod files;

use std::fs;
use std::process::Command;

use serde_json::json;
use support::{Answer, Registry, Test};

use crate::workspace::{Workspace, entry};

const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// `counterfoil pin --ref a/b@1` with more arguments.
fn pin(workspace: &Workspace, arguments: &[&str]) -> Test {
    let always = ["pin", "--ref", "a/b@1"];
    workspace.counterfoil(always.iter().chain(arguments))
}

/// A workspace whose entry pins this image, unless that is empty.
fn pinning(image: &str) -> Workspace {
    let workspace = Workspace::with_package();
    let lines = match image {
        "" => String::new(),
        image => format!("image: {{oci: \"{image}\"}} # mine\n"),
    };
    workspace.write("registry/a_b.yaml", entry("a/b@1", "a-b", &lines));
    workspace
}

fn name(registry: &Registry) -> String {
    format!("{}/o/r/a-b", registry.host())
}

#[test]
fn the_first_pin_needs_a_name_and_the_next_none() {
    let registry = Registry::start();
    let first = registry.index("o/r/a-b", "latest", &BOTH);
    let (workspace, name) = (pinning(""), name(&registry));
    let ended = pin(&workspace, &["--image", &name]).run();
    ended.assert_status(0);
    assert_eq!(
        ended.stdout,
        format!("registry/a_b.yaml: pinned {name}@{first}\n")
    );
    let text = workspace.read("registry/a_b.yaml");
    assert!(
        text.starts_with(&format!("ref: a/b@1\nimage:\n  oci: {name}@{first}\nbuild:")),
        "{text}"
    );

    let second = registry.index(
        "o/r/a-b",
        "latest",
        &["linux/amd64", "unknown/unknown", "linux/arm64"],
    );
    let ended = pin(&workspace, &["--json"]).run();
    ended.assert_status(0);
    assert_eq!(
        ended.json_lines(),
        [json!({
            "file": "registry/a_b.yaml",
            "ref": "a/b@1",
            "image": format!("{name}@{second}"),
            "previous": format!("{name}@{first}"),
            "platforms": ["linux/amd64", "linux/arm64"],
            "state": "pinned",
        })]
    );
    assert_eq!(workspace.read("registry/a_b.yaml"), text.replace(&first, &second));
    workspace
        .counterfoil(["registry", "check"])
        .run()
        .assert_status(0);
}

#[test]
fn a_tag_or_a_digest_is_asked_for() {
    let registry = Registry::start();
    let latest = registry.index("o/r/a-b", "latest", &BOTH);
    let tagged = registry.index("o/r/a-b", "v1.0", &["linux/arm64", "linux/amd64"]);
    let workspace = pinning(&format!("{}@{latest}", name(&registry)));
    let ended = pin(&workspace, &["--tag", "v1.0"]).run();
    ended.assert_status(0);
    assert!(workspace.read("registry/a_b.yaml").contains(&tagged));
    pin(&workspace, &["--digest", &latest]).run().assert_status(0);
    assert!(workspace.read("registry/a_b.yaml").contains(&latest));

    let nowhere = format!("sha256:{}", "0".repeat(64));
    let host = registry.host();
    pin(&workspace, &["--digest", &nowhere]).run().assert_error_line(
        30,
        &format!(
            "{host} does not have {host}/o/r/a-b@{nowhere} (404 MANIFEST_UNKNOWN); check the name, and that it was pushed"
        ),
    );
    for wrong in [
        ["--digest", "latest"],
        ["--tag", "a/b"],
        ["--image", "a-b"],
        ["--platform", "linux/x86"],
    ] {
        pin(&workspace, &wrong).run().assert_status(2);
    }
}

#[test]
fn check_writes_nothing() {
    let registry = Registry::start();
    let old = registry.index("o/r/a-b", "latest", &BOTH);
    let (name, workspace) = (name(&registry), pinning(&format!("{}@{old}", name(&registry))));
    let before = workspace.read("registry/a_b.yaml");
    pin(&workspace, &["--check"]).run().assert_status(0);
    let new = registry.index("o/r/a-b", "latest", &["linux/arm64", "linux/amd64"]);
    let ended = pin(&workspace, &["--check"]).run();
    ended.assert_status(30);
    assert_eq!(
        ended.stdout,
        format!(
            "registry/a_b.yaml: pins {name}@{old}, while {name}:latest is {name}@{new}; run `counterfoil pin --ref a/b@1`\n"
        )
    );
    let ended = pin(&workspace, &["--check", "--json"]).run();
    ended.assert_status(30);
    assert_eq!(ended.envelope()["state"], "different");
    assert_eq!(workspace.read("registry/a_b.yaml"), before);
    let unpinned = pinning("");
    let ended = pin(&unpinned, &["--check", "--image", &name]).run();
    ended.assert_status(30);
    let end = format!(
        "pins no image, while {name}:latest is {name}@{new}; run `counterfoil pin --ref a/b@1 --image {name}`\n"
    );
    assert!(ended.stdout.ends_with(&end), "{ended:?}");
}

#[test]
fn an_image_for_fewer_platforms_has_to_be_wanted() {
    let registry = Registry::start();
    let index = registry.index("o/r/a-b", "latest", &["linux/amd64"]);
    let image = registry.image("o/r/a-b", "arm", "linux/arm64");
    registry.image("o/r/a-b", "windows", "windows/amd64");
    registry.index("o/r/a-b", "none", &["unknown/unknown"]);
    let name = name(&registry);
    let workspace = pinning("");
    let refused = |arguments: &[&str]| {
        let ended = pin(&workspace, &[&["--image", name.as_str()], arguments].concat()).run();
        ended.assert_status(30);
        assert!(!workspace.read("registry/a_b.yaml").contains("oci"));
        ended.stderr
    };
    assert_eq!(
        refused(&[]),
        format!(
            "error: {name}:latest lacks linux/arm64; build and push it for that too, or add --platform linux/amd64\n"
        )
    );
    assert_eq!(
        refused(&["--tag", "arm"]),
        format!(
            "error: {name}:arm is the manifest of one platform, linux/arm64, and not an index; push an index of linux/amd64, linux/arm64, or add --platform linux/arm64\n"
        )
    );
    assert!(refused(&["--tag", "arm", "--platform", "linux/amd64"]).contains("add --platform linux/arm64"));
    assert!(refused(&["--tag", "arm", "--platform", "linux/amd64,linux/arm64"]).contains("not an index"));
    assert!(refused(&["--tag", "windows"]).contains("that no processor runs on"));
    assert!(refused(&["--tag", "none"]).contains("lacks linux/amd64, linux/arm64"));

    let named = ["--image", name.as_str()];
    pin(&workspace, &[&named[..], &["--platform", "linux/amd64"]].concat())
        .run()
        .assert_status(0);
    assert!(workspace.read("registry/a_b.yaml").contains(&index));
    pin(&workspace, &["--tag", "arm", "--platform", "linux/arm64"])
        .run()
        .assert_status(0);
    assert!(workspace.read("registry/a_b.yaml").contains(&image));
}

#[test]
fn the_name_comes_from_the_remote_on_github_or_has_to_be_given() {
    let workspace = pinning("");
    let missing = "the image of a/b@1 has no name: the entry pins none, and the git remote `origin` is not on github.com; give it with --image HOST/OWNER/REPO/a-b";
    pin(&workspace, &[]).run().assert_error_line(30, missing);
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(arguments)
            .current_dir(workspace.root())
            .status();
        assert!(done.unwrap().success());
    };
    git(&["init", "--quiet"]);
    git(&["remote", "add", "origin", "https://git.example/o/r.git"]);
    pin(&workspace, &[]).run().assert_error_line(30, missing);
    git(&[
        "remote",
        "set-url",
        "origin",
        "https://me:s3cret@github.com/Owner/Repo.git",
    ]);
    // no connection is made: there is no proxy on this port
    let ended = pin(&workspace, &[])
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .run();
    ended.assert_status(32);
    assert!(
        ended.stderr.starts_with("error: ghcr.io cannot be reached"),
        "{ended:?}"
    );
    assert!(!ended.stderr.contains("s3cret"), "{ended:?}");

    pin(&workspace, &["--image", "ghcr.io/owner/a-b"])
        .run()
        .assert_error_line(
            30,
            "the name ghcr.io/owner/a-b is not repo-scoped; give one with --image, such as ghcr.io/<owner>/<repo>/a-b",
        );
}

#[test]
fn a_login_is_asked_for_and_never_shown() {
    let registry = Registry::start().with_tokens("user", "s3cret", false);
    registry.index("o/r/a-b", "latest", &BOTH);
    let name = name(&registry);
    let workspace = pinning("");
    let ended = pin(&workspace, &["--image", &name]).run();
    ended.assert_status(30);
    let host = registry.host();
    assert!(
        ended.stderr.contains(&format!(
            "log in with `docker login {host}` as somebody who may read it"
        )),
        "{ended:?}"
    );
    workspace.write(
        "docker/config.json",
        json!({"auths": {host: {"username": "user", "password": "s3cret"}}}).to_string(),
    );
    let ended = pin(&workspace, &["--image", &name])
        .env("DOCKER_CONFIG", workspace.path("docker"))
        .run();
    ended.assert_status(0);
    ended.assert_nowhere("s3cret");
}

#[test]
fn a_registry_that_fails_is_no_reason_to_change_the_entry() {
    let registry = Registry::start();
    registry.index("o/r/a-b", "latest", &BOTH);
    let workspace = pinning("");
    let before = fs::read(workspace.path("registry/a_b.yaml")).unwrap();
    for (answer, count, status) in [
        (Answer::new(500, ""), 4, 32),
        (Answer::new(403, ""), 1, 30),
        (
            Answer::new(200, "<html>").header("content-type", "text/html"),
            1,
            30,
        ),
    ] {
        registry.fail("/manifests/", vec![answer; count]);
        pin(&workspace, &["--image", &name(&registry)])
            .run()
            .assert_status(status);
        assert_eq!(fs::read(workspace.path("registry/a_b.yaml")).unwrap(), before);
    }
}
