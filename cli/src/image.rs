//! A processor's image, made without a container engine: one layer with one static binary, for each platform.

mod assemble;
mod base;
mod binary;
mod blob;
mod configuration;
mod elf;
mod labels;
mod layer;
mod layout;
mod sbom;
mod source;

pub(crate) use assemble::{Image, Part, assemble};
pub(crate) use base::Base;
pub(crate) use binary::{AUDITABLE, Binaries, Binary};
pub(crate) use blob::Blob;
pub(crate) use labels::labels;
pub(crate) use layout::{Target, write};
pub(crate) use sbom::{Referrer, sbom};
pub(crate) use source::Source;
