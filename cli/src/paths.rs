//! Paths of this machine, which no document holds (`docs/spec.md#world-paths`).

/// The name of the artifacts directory in documents.
pub(crate) const ARTIFACTS: &str = "/artifacts";
/// Paths that are the same on every machine: the artifacts, what is mounted beside them, a registry's API, and the system's own
/// devices and programs, which tell why an engine fails.
const NAMED: [&str; 11] = [
    ARTIFACTS,
    "/run/secrets",
    "/run/settings",
    "/v2",
    "/dev",
    "/proc",
    "/sys",
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/sbin",
];
/// What stands where another path stood.
const MASK: &str = "[path]";

/// Replaces a directory's absolute path, but not where it is a part of another path.
pub(crate) fn with_dir_renamed(text: &str, dir: &str, name: &str) -> String {
    let dir = dir.trim_end_matches('/');
    if dir.is_empty() {
        return text.to_owned();
    }
    let is_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(dir) {
        let is_whole = !before.ends_with(is_of_a_name) && !after.starts_with(is_of_a_name);
        renamed.push_str(before);
        renamed.push_str(if is_whole { name } else { dir });
        rest = after;
    }
    renamed.push_str(rest);
    renamed
}

/// Replaces every absolute path in what somebody else has written, but those that are the same everywhere: from a `/` at the beginning
/// of a word, or of a URL's path without a host, to the word's end. A `/` by itself stays.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        let (before, from) = rest.split_at(at);
        let length = from.find(ends_word).unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        masked.push_str(before);
        let begins = before
            .chars()
            .next_back()
            .or(masked.chars().next_back())
            .is_none_or(begins_path);
        let path = word.trim_start_matches("//");
        let is_named = NAMED.iter().any(|dir| {
            path.strip_prefix(dir)
                .is_some_and(|below| below.is_empty() || below.starts_with('/'))
        });
        if before.ends_with("unix:") {
            masked.push_str(word); // an engine's socket, which tells which engine it is
        } else if before.ends_with(':') && word.starts_with("///") {
            // without a host; with one it is no path of this machine
            masked.push_str("//");
            masked.push_str(MASK);
        } else {
            masked.push_str(if begins && !is_named && path.len() > 1 {
                MASK
            } else {
                word
            });
        }
        rest = after;
    }
    masked.push_str(rest);
    masked
}

fn begins_path(before: char) -> bool {
    before.is_whitespace() || matches!(before, '"' | '\'' | '`' | '(' | '[' | '<' | '=' | ',')
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')' | ']' | '>' | ',' | ':' | ';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_renamed_where_it_is_one() {
        for (text, renamed) in [
            ("no /data/a/b: \"/data/a\"", "no /artifacts/b: \"/artifacts\""),
            (
                "/data/ab, /data/a-b, /more/data/a",
                "/data/ab, /data/a-b, /more/data/a",
            ),
            ("/data/a", "/artifacts"),
        ] {
            assert_eq!(with_dir_renamed(text, "/data/a/", "/artifacts"), renamed);
        }
        assert_eq!(with_dir_renamed("/ and /x", "/", "/artifacts"), "/ and /x");
    }

    #[test]
    fn paths_are_masked_and_nothing_else_is() {
        for (text, masked_text) in [
            (
                "open /home/ada/.docker/config.json: denied",
                "open [path]: denied",
            ),
            (
                "the daemon at unix:///var/run/docker.sock. GET /v2/x; in /run/secrets/A",
                "the daemon at unix:///var/run/docker.sock. GET /v2/x; in /run/secrets/A",
            ),
            ("file:///home/ada/x", "file://[path]"),
            ("'/a/b', \"/c\" (/d)", "'[path]', \"[path]\" ([path])"),
            (
                "/usr/bin/x failed: open(\"/dev/net/tun\"), /binary",
                "/usr/bin/x failed: open(\"/dev/net/tun\"), [path]",
            ),
            ("/a", "[path]"),
            ("no /artifacts/x in /artifacts", "no /artifacts/x in /artifacts"),
            ("in /artifacts-2", "in [path]"),
            ("docker://ghcr.io/o/x@sha256:ab", "docker://ghcr.io/o/x@sha256:ab"),
            (
                "ghcr.io/o/x, src/main.rs:3:9 and/or 1 / 2",
                "ghcr.io/o/x, src/main.rs:3:9 and/or 1 / 2",
            ),
            ("--source=/a/b", "--source=[path]"),
        ] {
            assert_eq!(masked(text), masked_text);
        }
    }
}
