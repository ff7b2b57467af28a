//! Why an image cannot be pulled, and what to do about it.

use documents::{ErrorCode, ProcessorRef};

use crate::error::Error;

/// The causes that have a hint of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// This machine has no room for it.
    DiskFull,
    /// It is for other platforms.
    Platform,
    /// The registry wants to know who asks, or lets nobody have it.
    Refused,
    /// The registry has no such image, any more or yet.
    Gone,
    /// The registry cannot be reached, or is out of order.
    Unreachable,
}

/// What Docker 20.10 and 28 and Podman 4.3 say, in lower case; the first line that fits decides, because a message may
/// quote another one.
const MESSAGES: &[(Cause, &[&str])] = &[
    (
        Cause::DiskFull,
        &["no space left on device", "disk quota exceeded"],
    ),
    (
        Cause::Platform,
        &[
            "no matching manifest for",
            "no image found in manifest list for architecture",
            "no image found in image index for architecture",
            "does not match the specified platform",
            "does not provide the specified platform",
            "no match for platform in manifest",
        ],
    ),
    (
        Cause::Refused,
        &[
            "toomanyrequests", // anonymous pulls are limited
            "unauthorized",
            "no basic auth credentials",
            "pull access denied",
            "authentication required",
            "access to the resource is denied",
            "incorrect username or password",
            "401 unauthorized",
            "403 forbidden",
            "(forbidden)",
            ": denied",
            "access forbidden",
        ],
    ),
    (
        Cause::Gone,
        &[
            "manifest unknown",
            "name unknown",
            "name_unknown",
            "repository name not known",
            "404 not found",
            "(not found)",
            ": not found",
        ],
    ),
    (
        Cause::Unreachable,
        &[
            "dial tcp",
            "dial udp",
            "no such host",
            "temporary failure in name resolution",
            "connection refused",
            "connection reset",
            "network is unreachable",
            "no route to host",
            "i/o timeout",
            "timeout exceeded",
            "deadline exceeded",
            "request canceled while waiting for connection",
            "handshake timeout",
            "unexpected eof",
            ": eof",
            "proxyconnect tcp",
            "500 internal server error",
            "502 bad gateway",
            "503 service unavailable",
            "504 gateway timeout",
            "status code from registry 5",
            "http status: 5",
        ],
    ),
];

/// The error for what an engine said when it could not pull an image. `platforms` are those of the image, where they are known.
pub(super) fn error(
    engine: &str,
    image: &str,
    processor_ref: &ProcessorRef,
    said: &str,
    platforms: impl FnOnce() -> Vec<String>,
) -> Error {
    let host = image.split('/').next().unwrap_or_default();
    let failed = |what: String| Error::new(ErrorCode::ImagePull, what).retryable(false);
    match cause(said) {
        Some(Cause::DiskFull) => failed(format!("the disk of {engine} is full, and {image} does not fit"))
            .hint(format!("remove what is not used with `{engine} system prune`")),
        Some(Cause::Platform) => wrong_platform(image, processor_ref, &platforms()),
        Some(Cause::Refused) => failed(format!("{host} does not let {engine} pull {image}"))
            .hint(format!("log in with `{engine} login {host}`")),
        Some(Cause::Gone) => failed(format!(
            "{host} does not have {image}, which the registry entry pins"
        ))
        .hint(format!(
            "pin what it has with `counterfoil pin --ref {processor_ref}`"
        )),
        Some(Cause::Unreachable) => failed(format!("{engine} cannot reach {host} to pull {image}"))
            .hint(format!("try again when it can be reached: {said}"))
            .retryable(true),
        None => failed(format!("{engine} cannot pull {image}: {said}")),
    }
}

/// What Docker says where its older image store has one platform of an index and is to take another, in lower case.
pub(super) const ONE_PLATFORM: &str = "cannot overwrite digest";

/// The error for an image of another platform that is in the way of the right one.
pub(super) fn other_platform_here(engine: &str, image: &str, here: &str) -> Error {
    let message = format!("{engine} has {image} for {here}, which this machine cannot run");
    Error::new(ErrorCode::ImagePull, message)
        .hint(format!(
            "remove it with `{engine} image rm {image}`, and run again"
        ))
        .retryable(false)
}

/// The error for an image that this machine cannot run. It has `platforms`, as far as that is known.
pub(super) fn wrong_platform(image: &str, processor_ref: &ProcessorRef, platforms: &[String]) -> Error {
    let has = match platforms {
        [] => "has no platform of this machine".to_owned(),
        platforms => format!("is for {}", platforms.join(", ")),
    };
    let needed = super::platform::of_this_machine().unwrap_or_else(|| "another one".into());
    Error::new(
        ErrorCode::ImagePull,
        format!("{image} {has}, and this machine needs {needed}"),
    )
    .retryable(false)
    .hint(format!(
        "build and push it for {needed} too, pin that with `counterfoil pin --ref {processor_ref}`, or use `--engine process`"
    ))
}

fn cause(said: &str) -> Option<Cause> {
    let said = said.to_lowercase();
    let said = said.trim();
    // all that Docker has of a registry's 403 is its code
    if said.ends_with("response from daemon: denied") {
        return Some(Cause::Refused);
    }
    let row = |(_, fragments): &&(Cause, &[&str])| fragments.iter().any(|fragment| said.contains(fragment));
    MESSAGES.iter().find(row).map(|(cause, _)| *cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_messages_have_their_causes() {
        let name = "127.0.0.1:5000/o/r/p@sha256:abab";
        for (said, expected) in [
            // Docker 20.10 and 28
            (
                "Error response from daemon: manifest for 127.0.0.1:5000/o/r/p@sha256:abab not found: manifest unknown: manifest unknown",
                Some(Cause::Gone),
            ),
            ("Error response from daemon: name unknown", Some(Cause::Gone)),
            (
                "Error response from daemon: failed to resolve reference \"h/o/p@sha256:ab\": h/o/p@sha256:ab: not found",
                Some(Cause::Gone),
            ),
            (
                "Error response from daemon: Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused",
                Some(Cause::Unreachable),
            ),
            (
                "Error response from daemon: Get \"https://nowhere.invalid/v2/\": dial tcp: lookup nowhere.invalid on 10.0.0.53:53: no such host",
                Some(Cause::Unreachable),
            ),
            (
                "Error response from daemon: Get \"https://h/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
                Some(Cause::Unreachable),
            ),
            (
                "Error response from daemon: received unexpected HTTP status: 500 Internal Server Error",
                Some(Cause::Unreachable),
            ),
            (
                "Error response from daemon: Get \"http://127.0.0.1:6401/v2/o/r/p/manifests/sha256:abab\": no basic auth credentials",
                Some(Cause::Refused),
            ),
            ("Error response from daemon: denied", Some(Cause::Refused)),
            (
                "Error response from daemon: toomanyrequests: You have reached your pull rate limit.",
                Some(Cause::Refused),
            ),
            (
                "Error response from daemon: pull access denied for o/p, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
                Some(Cause::Refused),
            ),
            (
                "Error response from daemon: unauthorized: incorrect username or password",
                Some(Cause::Refused),
            ),
            (
                "Error response from daemon: no matching manifest for linux/amd64 in the manifest list entries",
                Some(Cause::Platform),
            ),
            (
                "Error response from daemon: no match for platform in manifest: not found",
                Some(Cause::Platform),
            ),
            (
                "Error response from daemon: image with reference h/o/p was found but does not match the specified platform: wanted linux/amd64, actual: linux/arm64",
                Some(Cause::Platform),
            ),
            (
                "failed to register layer: Error processing tar file(exit status 1): write /processor: no space left on device",
                Some(Cause::DiskFull),
            ),
            // Podman 4.3
            (
                "Error: initializing source docker://127.0.0.1:5000/o/r/p@sha256:abab: reading manifest sha256:abab in 127.0.0.1:5000/o/r/p: manifest unknown: manifest unknown",
                Some(Cause::Gone),
            ),
            (
                "Error: initializing source docker://h/o/r/p@sha256:abab: pinging container registry h: Get \"https://h/v2/\": dial tcp: lookup h on 10.0.0.53:53: dial udp 10.0.0.53:53: connect: network is unreachable",
                Some(Cause::Unreachable),
            ),
            (
                "Error: initializing source docker://h/o/r/p@sha256:abab: pinging container registry h: invalid status code from registry 503 (Service Unavailable)",
                Some(Cause::Unreachable),
            ),
            (
                "Error: initializing source docker://h/o/r/p@sha256:abab: reading manifest sha256:abab in h/o/r/p: unauthorized",
                Some(Cause::Refused),
            ),
            (
                "Error: initializing source docker://h/o/r/p@sha256:abab: reading manifest sha256:abab in h/o/r/p: denied",
                Some(Cause::Refused),
            ),
            (
                "Error: choosing an image from manifest list docker://h/o/r/p@sha256:abab: no image found in manifest list for architecture amd64, variant \"\", OS linux",
                Some(Cause::Platform),
            ),
            (
                "Error: writing blob: adding layer with blob \"sha256:abab\": Error processing tar file(exit status 1): write /processor: no space left on device",
                Some(Cause::DiskFull),
            ),
            // what nobody knows
            ("Error: the moon is full", None),
            (
                "Error: pinging container registry h: Get \"https://h/v2/\": http: server gave HTTP response to HTTPS client",
                None,
            ),
        ] {
            assert_eq!(cause(said), expected, "{said}");
            let processor_ref = ProcessorRef::from_static("a/b@1");
            let error = error("docker", name, &processor_ref, said, Vec::new);
            assert_eq!(error.code(), ErrorCode::ImagePull);
            assert_eq!(
                error.is_retryable(),
                expected == Some(Cause::Unreachable),
                "{error}"
            );
            assert!(error.message().contains(name), "{error}");
        }
    }
}
