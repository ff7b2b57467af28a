//! Outputs and inputs that are files.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use runtime::{Config, ErrorCode, Inputs, OutputItem, ProcessorError, ProcessorOutput, ProcessorResult};

use crate::outputs::INFO;
use crate::outputs::noise;

const RELPATH: &str = "outputs/file.bin";
const MIME: &str = "application/octet-stream";
const CHUNK: usize = 64 * 1024;

/// One output that is a file of this size in the scratch directory.
pub(crate) fn file(config: &Config, size: u64) -> ProcessorResult {
    let path = write(config, size)?;
    Ok(ProcessorOutput::new(INFO).with_output(OutputItem::file(RELPATH, MIME, path)))
}

/// The same, hashed as it is written, at the second try.
pub(crate) fn written(config: &Config, size: u64) -> ProcessorResult {
    let mut file = config.scratch_file("file")?;
    file.write_all(b"a first try")?;
    file.restart()?;
    write_noise(&mut file, size)?;
    Ok(ProcessorOutput::new(INFO).with_output(OutputItem::hashed(RELPATH, MIME, file.finish()?)))
}

/// The same, longer by the time that it is given away.
pub(crate) fn changed(config: &Config, size: u64) -> ProcessorResult {
    let output = written(config, size)?;
    let path = config.scratch()?.join("file");
    File::options().append(true).open(path)?.write_all(b"more")?;
    Ok(output)
}

/// One output that names any path at all.
pub(crate) fn elsewhere(path: &str) -> ProcessorOutput {
    ProcessorOutput::new(INFO).with_output(OutputItem::file(RELPATH, MIME, path))
}

/// One output that is a symbolic link in the scratch directory.
pub(crate) fn link(config: &Config, target: &str) -> ProcessorResult {
    let path = config.scratch()?.join("link");
    symlink(target, &path)?;
    Ok(ProcessorOutput::new(INFO).with_output(OutputItem::file(RELPATH, MIME, path)))
}

/// Two outputs that are one file.
pub(crate) fn twice(config: &Config, size: u64) -> ProcessorResult {
    let path = write(config, size)?;
    Ok(ProcessorOutput::new(INFO)
        .with_output(OutputItem::file(RELPATH, MIME, path.clone()))
        .with_output(OutputItem::file("outputs/again.bin", MIME, path)))
}

/// One output with the content of an input file.
pub(crate) fn read(inputs: &Inputs, name: &str) -> ProcessorResult {
    let mut bytes = Vec::new();
    inputs.open(name)?.read_to_end(&mut bytes)?;
    Ok(ProcessorOutput::new(INFO).with_output(OutputItem::bytes(RELPATH, MIME, bytes)))
}

fn write(config: &Config, size: u64) -> Result<PathBuf, ProcessorError> {
    let path = config.scratch()?.join("file");
    fill(&path, size).map_err(|error| {
        ProcessorError::new(
            ErrorCode::OutputWrite,
            format!("the file cannot be written: {error}"),
        )
    })?;
    Ok(path)
}

fn fill(path: &Path, size: u64) -> io::Result<()> {
    write_noise(&mut File::create_new(path)?, size)
}

fn write_noise(file: &mut impl io::Write, size: u64) -> io::Result<()> {
    let chunk = noise(CHUNK);
    let mut left = size;
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        file.write_all(chunk.get(..length).unwrap_or(&chunk))?;
        left = left.saturating_sub(length as u64);
    }
    Ok(())
}
