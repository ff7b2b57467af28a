//! The layer that holds a processor's binary.

use std::io::{self, Write as _};

use documents::hash::sha256;
use flate2::{Compression, GzBuilder};
use oci_spec::image::MediaType;
use tar::{Builder, EntryType, Header};

use super::blob::{Blob, internal};
use crate::error::Error;

/// Where the binary is in the image.
pub(super) const PATH: &str = "processor";

/// A compressed layer, and the digest of its content before compression (`diff_id`).
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) blob: Blob,
    pub(super) diff_id: String,
}

/// Packs a binary: no time, no owner but root, always the same compressor, so that the same binary gives the same layer
/// (OCI image specification, "Image Layer Filesystem Changeset").
///
/// # Errors
///
/// `ERR_IMAGE_BUILD` for a binary of 8 GiB or more, which the format cannot hold.
pub(super) fn pack(binary: &[u8]) -> Result<Layer, Error> {
    let archive = archive(binary).map_err(|problem| internal(&problem))?;
    let diff_id = format!("sha256:{}", sha256(&archive));
    let compressed = compress(&archive).map_err(|problem| internal(&problem))?;
    let blob = Blob::new(MediaType::ImageLayerGzip, compressed)?;
    Ok(Layer { blob, diff_id })
}

fn archive(binary: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = Header::new_ustar();
    header.set_path(PATH)?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(binary.len() as u64);
    header.set_cksum();
    let mut archive = Builder::new(Vec::with_capacity(binary.len() + 4096));
    archive.append(&header, binary)?;
    archive.into_inner()
}

fn compress(archive: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .operating_system(255) // unknown, whatever machine this is
        .write(Vec::new(), Compression::best());
    encoder.write_all(archive)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_layer_is_one_program_of_root_without_a_time() {
        let layer = pack(b"a program").unwrap();
        let mut content = Vec::new();
        flate2::read::GzDecoder::new(layer.blob.bytes.as_slice())
            .read_to_end(&mut content)
            .unwrap();
        assert_eq!(layer.diff_id, format!("sha256:{}", sha256(&content)));
        let mut archive = tar::Archive::new(content.as_slice());
        let mut entries = archive.entries().unwrap();
        let mut entry = entries.next().unwrap().unwrap();
        let header = entry.header().clone();
        assert_eq!(entry.path().unwrap().to_str(), Some("processor"));
        assert_eq!(header.mode().unwrap(), 0o755);
        assert_eq!(header.mtime().unwrap(), 0);
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        let mut program = Vec::new();
        entry.read_to_end(&mut program).unwrap();
        assert_eq!(program, b"a program");
        assert!(entries.next().is_none());
    }
}
