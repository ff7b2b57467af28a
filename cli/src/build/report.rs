//! What a build has made, for people and for programs.

use std::io::{self, Write as _};

use documents::ProcessorRef;
use serde::Serialize;

use crate::image::Image;
use crate::oci::Platform;
use crate::printable::json_line;
use crate::session::Session;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// What a pin names, if it was pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<String>,
    /// The digest of the index.
    digest: String,
    platforms: Vec<Platform>,
    /// Where the layout is, as it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
    /// How many blobs and manifests the registry lacked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pushed: Option<u64>,
}

impl Report {
    pub(super) fn new(image: &Image, platforms: Vec<Platform>) -> Self {
        Self {
            image: None,
            digest: image.index.digest().to_string(),
            platforms,
            output: None,
            pushed: None,
        }
    }

    pub(super) fn print(
        &self,
        processor_ref: &ProcessorRef,
        json: bool,
        session: &Session,
    ) -> io::Result<()> {
        let mut out = session.out();
        if json {
            return writeln!(out, "{}", json_line(self)?);
        }
        let platforms = Platform::list(&self.platforms);
        writeln!(out, "{processor_ref} for {platforms}: {}", self.digest)?;
        if let Some(output) = &self.output {
            writeln!(out, "written to {output}")?;
        }
        if let (Some(image), Some(pushed)) = (&self.image, self.pushed) {
            match pushed {
                0 => writeln!(out, "the registry has all of it already: {image}"),
                _ => writeln!(out, "pushed {image}"),
            }?;
            let name = image.split('@').next().unwrap_or(image);
            write!(
                out,
                "pin it: counterfoil pin --ref {processor_ref} --image {name} --digest {}",
                self.digest
            )?;
            if self.platforms.len() < Platform::ALL.len() {
                for platform in &self.platforms {
                    write!(out, " --platform {platform}")?;
                }
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

/// Says something beside the result, on stderr.
pub(super) fn note(text: &str, session: &Session) {
    if !session.is_quiet() {
        let _ = writeln!(session.err(), "note: {text}"); // nobody reads it
    }
}
