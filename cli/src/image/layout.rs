//! An image as an OCI layout (OCI image specification, "Image Layout"), in a directory or in a tar archive.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use documents::ErrorCode;
use oci_spec::image::{ImageIndexBuilder, MediaType, SCHEMA_VERSION};
use serde_json::json;

use super::assemble::Image;
use super::blob::{Blob, canonical, internal};
use crate::error::Error;
use crate::oci::Tag;

/// The file that says that a directory is a layout.
const MARKER: &str = "oci-layout";
/// What `docker load` reads before Docker 25.
const FOR_DOCKER: &str = "manifest.json";

/// Where a layout goes: a tar archive if the name ends with `.tar`, else a directory.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Dir(PathBuf),
    Tar(PathBuf),
}

impl Target {
    pub(crate) fn new(path: PathBuf) -> Self {
        if path.extension().is_some_and(|extension| extension == "tar") {
            Self::Tar(path)
        } else {
            Self::Dir(path)
        }
    }

    fn path(&self) -> &Path {
        let (Self::Dir(path) | Self::Tar(path)) = self;
        path
    }
}

/// Writes a layout. An archive appears completely or not at all; in a directory the index comes last.
///
/// # Errors
///
/// `ERR_USAGE` for a directory that holds something else, `ERR_IMAGE_BUILD` if it cannot be written.
pub(crate) fn write(image: &Image, name: &str, tag: &Tag, target: &Target) -> Result<(), Error> {
    let files = files(image, name, tag)?;
    let written = match target {
        Target::Dir(dir) => {
            refuse_other_content(dir)?;
            write_dir(&files, dir)
        }
        Target::Tar(path) => write_tar(&files, path),
    };
    written.map_err(|problem| {
        Error::new(
            ErrorCode::ImageBuild,
            format!(
                "the image cannot be written to {}: {problem}",
                target.path().display()
            ),
        )
        .hint("make room there, or name another place with --output")
    })
}

/// The files of a layout by their names, the index last.
fn files(image: &Image, name: &str, tag: &Tag) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let referrers = image.referrers.iter().map(|referrer| &referrer.manifest);
    let blobs = image
        .blobs
        .iter()
        .chain(&image.manifests)
        .chain([&image.index])
        .chain(referrers.clone());
    let mut files = BTreeMap::new();
    for Blob { descriptor, bytes } in blobs {
        let path = format!("blobs/sha256/{}", descriptor.digest().digest());
        files.insert(path, bytes.clone());
    }
    // the marker first, so that a directory whose writing was cut short is known as a layout
    let marker = (MARKER.to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
    let mut files: Vec<_> = [marker].into_iter().chain(files).collect();
    if let [manifest] = image.manifests.as_slice() {
        files.push((FOR_DOCKER.to_owned(), for_docker(manifest, name, tag)?));
    }
    let mut index = image.index.descriptor.clone();
    let reference = ("org.opencontainers.image.ref.name".to_owned(), tag.to_string());
    index.set_annotations(Some([reference].into()));
    let mut manifests = vec![index];
    manifests.extend(referrers.map(|manifest| manifest.descriptor.clone()));
    let index = ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests(manifests)
        .build()
        .map_err(|problem| internal(&problem))?;
    files.push(("index.json".to_owned(), canonical(&index)?));
    Ok(files)
}

/// What `docker load` reads before Docker 25, which knows one platform only.
fn for_docker(manifest: &Blob, name: &str, tag: &Tag) -> Result<Vec<u8>, Error> {
    let manifest: oci_spec::image::ImageManifest =
        serde_json::from_slice(&manifest.bytes).map_err(|problem| internal(&problem))?;
    let path = |digest: &oci_spec::image::Digest| format!("blobs/sha256/{}", digest.digest());
    let layers: Vec<_> = manifest
        .layers()
        .iter()
        .map(|layer| path(layer.digest()))
        .collect();
    let document = json!([{
        "Config": path(manifest.config().digest()),
        "Layers": layers,
        "RepoTags": [format!("{name}:{tag}")],
    }]);
    canonical(&document)
}

/// Nothing of anybody else's is mixed with an image.
fn refuse_other_content(dir: &Path) -> Result<(), Error> {
    let is_empty = match dir.read_dir() {
        Ok(mut entries) => entries.next().is_none(),
        Err(problem) => problem.kind() == io::ErrorKind::NotFound,
    };
    if is_empty || dir.join(MARKER).is_file() {
        return Ok(());
    }
    let message = format!("{} is not empty, and no OCI layout", dir.display());
    Err(Error::new(ErrorCode::Usage, message).hint("name a new directory, or a file that ends with .tar"))
}

fn write_dir(files: &[(String, Vec<u8>)], dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for (name, bytes) in files {
        if name == MARKER {
            fs::write(dir.join(name), bytes)?; // without a file beside it, which would be somebody else's content
            fs::create_dir_all(dir.join("blobs/sha256"))?;
            continue;
        }
        let path = dir.join(name);
        if fs::read(&path).is_ok_and(|present| present == *bytes) {
            continue;
        }
        let mut file = new_file(path.parent().unwrap_or(dir))?;
        file.write_all(bytes)?;
        file.persist(path)?;
    }
    // of an earlier image for one platform
    if !files.iter().any(|(name, _)| name == FOR_DOCKER) && dir.join(FOR_DOCKER).exists() {
        fs::remove_file(dir.join(FOR_DOCKER))?;
    }
    Ok(())
}

fn write_tar(files: &[(String, Vec<u8>)], path: &Path) -> io::Result<()> {
    let dir = path
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut archive = tar::Builder::new(io::BufWriter::new(new_file(dir)?));
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes.as_slice())?;
    }
    let file = archive.into_inner()?.into_inner()?;
    file.persist(path)?;
    Ok(())
}

/// A file beside its place, with the rights that a new file usually has.
fn new_file(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(dir)
}
