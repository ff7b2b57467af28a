//! A registry without TLS, and images that a test makes and pushes without an engine.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use support::sha256;

/// A file of an image: its name, its mode and its content; or a link to another one.
pub(crate) enum File<'a> {
    Program(&'a str, &'a [u8]),
    Link(&'a str, &'a str),
}

/// Pushes an image of these layers for a platform; returns the digest of its manifest.
pub(crate) fn push(registry: &str, name: &str, architecture: &str, layers: &[&[File<'_>]]) -> String {
    let layers: Vec<Vec<u8>> = layers.iter().map(|files| tar(files)).collect();
    let ids: Vec<_> = layers
        .iter()
        .map(|layer| format!("sha256:{}", sha256(layer)))
        .collect();
    let config = json!({
        "os": "linux",
        "architecture": architecture,
        "config": {"Entrypoint": ["/processor"], "User": "65532:65532"},
        "rootfs": {"type": "layers", "diff_ids": ids},
    });
    let config = config.to_string().into_bytes();
    let described = |kind: &str, blob: &[u8]| {
        json!({
            "mediaType": format!("application/vnd.docker.{kind}"),
            "digest": put_blob(registry, name, blob),
            "size": blob.len(),
        })
    };
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": described("container.image.v1+json", &config),
        "layers": layers.iter().map(|layer| described("image.rootfs.diff.tar", layer)).collect::<Vec<_>>(),
    });
    put_manifest(registry, name, &manifest)
}

/// Pushes an index of the manifests for these architectures; returns its digest.
pub(crate) fn push_index(registry: &str, name: &str, manifests: &[(&str, &str)]) -> String {
    let manifests: Vec<_> = manifests
        .iter()
        .map(|(architecture, digest)| {
            json!({
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "digest": digest,
                "size": size(registry, name, digest),
                "platform": {"os": "linux", "architecture": architecture},
            })
        })
        .collect();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json",
        "manifests": manifests,
    });
    put_manifest(registry, name, &index)
}

fn tar(files: &[File<'_>]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o755);
        match file {
            File::Program(path, content) => {
                header.set_size(content.len() as u64);
                archive.append_data(&mut header, path, *content).unwrap();
            }
            File::Link(path, target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                archive.append_link(&mut header, path, target).unwrap();
            }
        }
    }
    archive.into_inner().unwrap()
}

fn put_blob(registry: &str, name: &str, blob: &[u8]) -> String {
    let digest = format!("sha256:{}", sha256(blob));
    if ask(registry, "HEAD", &format!("/v2/{name}/blobs/{digest}"), "", b"").0 == 200 {
        return digest;
    }
    let (status, head, _) = ask(registry, "POST", &format!("/v2/{name}/blobs/uploads/"), "", b"");
    assert_eq!(status, 202, "{head}");
    let location = header(&head, "location");
    let path = location
        .strip_prefix(&format!("http://{registry}"))
        .unwrap_or(&location);
    let path = format!("{path}&digest={digest}");
    let (status, head, _) = ask(registry, "PUT", &path, "application/octet-stream", blob);
    assert_eq!(status, 201, "{head}");
    digest
}

fn put_manifest(registry: &str, name: &str, manifest: &Value) -> String {
    let bytes = manifest.to_string().into_bytes();
    let digest = format!("sha256:{}", sha256(&bytes));
    let media_type = manifest["mediaType"].as_str().unwrap();
    let path = format!("/v2/{name}/manifests/{digest}");
    let (status, head, body) = ask(registry, "PUT", &path, media_type, &bytes);
    assert_eq!(status, 201, "{head}{body}");
    digest
}

fn size(registry: &str, name: &str, digest: &str) -> u64 {
    let path = format!("/v2/{name}/manifests/{digest}");
    let (status, head, _) = ask(registry, "HEAD", &path, "", b"");
    assert_eq!(status, 200, "{head}");
    header(&head, "content-length").parse().unwrap()
}

/// One request; returns status, head and body.
fn ask(registry: &str, method: &str, path: &str, media_type: &str, body: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(registry).expect("the registry is there");
    let length = body.len();
    let accept = "application/vnd.docker.distribution.manifest.v2+json";
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {registry}\r\nConnection: close\r\nAccept: {accept}\r\n\
         Content-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .unwrap_or_else(|| panic!("no {name} in {head}"));
    value.to_owned()
}
