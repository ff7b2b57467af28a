//! What a binary is, by its ELF header.

use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::{Endianness, elf};

use crate::oci::Platform;

/// Which platform a program runs on, and whether it needs a dynamic loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) platform: Option<Platform>,
    pub(super) is_static: bool,
}

/// Reads the headers of a 64-bit ELF program; `None` for any other file.
pub(super) fn read(bytes: &[u8]) -> Option<Program> {
    let header = elf::FileHeader64::<Endianness>::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let is_program = matches!(header.e_type(endian), elf::ET_EXEC | elf::ET_DYN);
    let segments = header.program_headers(endian, bytes).ok()?;
    let has_loader = segments
        .iter()
        .any(|segment| segment.p_type(endian) == elf::PT_INTERP);
    let platform = match header.e_machine(endian) {
        elf::EM_X86_64 => Some(Platform::Amd64),
        elf::EM_AARCH64 => Some(Platform::Arm64),
        _ => None,
    };
    is_program.then_some(Program {
        platform,
        is_static: !has_loader,
    })
}
