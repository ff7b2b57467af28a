//! What pinning does to the file of an entry.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::time::{Duration, Instant};

use support::{Registry, set_mode};

use super::{BOTH, name, pin, pinning};
use crate::workspace::Workspace;

const FILE: &str = "registry/a_b.yaml";

#[test]
fn a_current_pin_leaves_the_file_alone_and_takes_no_time() {
    let registry = Registry::start();
    let digest = registry.index("o/r/a-b", "latest", &BOTH);
    let image = format!("{}@{digest}", name(&registry));
    let workspace = pinning(&image);
    let before = fs::metadata(workspace.path(FILE)).unwrap();
    let text = workspace.read(FILE);
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        let ended = pin(&workspace, &[]).run();
        fastest = fastest.min(started.elapsed());
        ended.assert_status(0);
        assert_eq!(ended.stdout, format!("{FILE}: {image} is pinned already\n"));
    }
    assert!(fastest < Duration::from_millis(300), "{fastest:?}");
    let after = fs::metadata(workspace.path(FILE)).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
    assert_eq!(workspace.read(FILE), text);
}

#[test]
fn mode_links_and_line_ends_are_kept() {
    let registry = Registry::start();
    let old = registry.index("o/r/a-b", "latest", &BOTH);
    let workspace = pinning(&format!("{}@{old}", name(&registry)));
    let text = workspace.read(FILE).replace('\n', "\r\n");
    let target = workspace.write("elsewhere/entry.yaml", &text);
    set_mode(&target, 0o640);
    fs::remove_file(workspace.path(FILE)).unwrap();
    symlink("../elsewhere/entry.yaml", workspace.path(FILE)).unwrap();
    let new = registry.index("o/r/a-b", "latest", &["linux/arm64", "linux/amd64"]);
    pin(&workspace, &[]).run().assert_status(0);
    assert_eq!(fs::read_to_string(&target).unwrap(), text.replace(&old, &new));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(workspace.path(FILE)).unwrap().is_symlink());
    let left: Vec<_> = fs::read_dir(target.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn the_entries_of_this_workspace_take_a_pin_and_lose_nothing() {
    let registry = Registry::start();
    for (file, processor_ref, package) in [
        ("llm_litellm.yaml", "llm/litellm@1", "llm-litellm"),
        (
            "replicate_generic.yaml",
            "replicate/generic@1",
            "replicate-generic",
        ),
    ] {
        let repository = format!("o/r/{package}");
        let digest = registry.index(&repository, "latest", &BOTH);
        let image = format!("{}/{repository}@{digest}", registry.host());
        let text = fs::read_to_string(format!("{}/../registry/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let workspace = Workspace::empty().registry_file(file, &text);
        let call = workspace.counterfoil([
            "pin",
            "--ref",
            processor_ref,
            "--image",
            image.split('@').next().unwrap(),
        ]);
        call.run().assert_status(0);
        let pinned = workspace.read(&format!("registry/{file}"));
        let added: Vec<_> = pinned
            .lines()
            .filter(|line| !text.lines().any(|old| old == *line))
            .collect();
        let line = format!("  oci: {image}");
        assert!(added.contains(&line.as_str()) && added.len() <= 2, "{added:?}");
        assert!(
            text.lines()
                .all(|old| pinned.lines().any(|line| line == old) || old.contains("oci:"))
        );
    }
}

#[test]
fn a_layout_that_is_not_understood_is_left_to_people() {
    let registry = Registry::start();
    let digest = registry.index("o/r/a-b", "latest", &BOTH);
    let workspace = pinning("");
    let text = workspace
        .read(FILE)
        .replace("ref: a/b@1\n", "ref: a/b@1\nimage: { # later\n  }\n");
    workspace.write(FILE, &text);
    let name = name(&registry);
    pin(&workspace, &["--image", &name]).run().assert_error_line(
        30,
        &format!("{FILE} cannot be changed: its layout is unusual; write image.oci: {name}@{digest} into it by hand"),
    );
    assert_eq!(workspace.read(FILE), text);
}
