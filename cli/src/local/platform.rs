//! The platforms of images and machines: operating system and architecture, as Go names them.

use std::path::Path;

/// Where Linux says which programs of other machines it can run.
const EMULATORS: &str = "/proc/sys/fs/binfmt_misc";

/// The architecture of this machine, and a smaller one that it runs too.
const ARCHITECTURES: &[&str] = if cfg!(target_arch = "x86_64") {
    &["amd64", "386"]
} else if cfg!(target_arch = "aarch64") {
    &["arm64", "arm"]
} else if cfg!(target_arch = "riscv64") {
    &["riscv64"]
} else if cfg!(target_arch = "s390x") {
    &["s390x"]
} else if cfg!(all(target_arch = "powerpc64", target_endian = "little")) {
    &["ppc64le"]
} else {
    &[]
};

/// The platform that images for this machine have, e.g. `linux/amd64`, if it is a known one.
pub(super) fn of_this_machine() -> Option<String> {
    Some(format!("linux/{}", ARCHITECTURES.first()?))
}

/// Whether this machine runs an image of a platform; one that is unknown here is left to the engine.
pub(super) fn runs_here(platform: &str) -> bool {
    let (system, architecture) = platform.split_once('/').unwrap_or_default();
    let architecture = architecture.split('/').next().unwrap_or_default();
    ARCHITECTURES.is_empty()
        || architecture.is_empty()
        || (system == "linux" && (ARCHITECTURES.contains(&architecture) || is_emulated(architecture)))
}

/// Whether an emulator of another architecture is set up.
fn is_emulated(architecture: &str) -> bool {
    let name = match architecture {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => other,
    };
    let emulator = Path::new(EMULATORS).join(format!("qemu-{name}"));
    std::fs::read_to_string(emulator).is_ok_and(|state| state.starts_with("enabled"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_of_this_machine_run_here() {
        if let Some(own) = of_this_machine() {
            assert!(runs_here(&own) && runs_here(&format!("{own}/v8")));
            assert!(!runs_here("linux/nonesuch") && !runs_here("windows/amd64"));
        }
        assert!(
            runs_here("") && runs_here("linux/"),
            "what is not known is not refused"
        );
    }
}
