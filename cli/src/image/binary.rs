//! The binaries of an image: given as files, or built by cargo so that the same source gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cargo_metadata::Metadata;
use documents::ErrorCode;

use super::elf;
use crate::cargo;
use crate::error::Error;
use crate::find_program::on_path;
use crate::oci::Platform;
use crate::session::Session;

/// Static, so that an image needs nothing else; relocations in their packed form, which is 0.14 MB smaller.
const FLAGS: [&str; 4] = [
    "-C",
    "target-feature=+crt-static",
    "-C",
    "link-arg=-Wl,-z,pack-relative-relocs",
];

/// A binary that was given for a platform: `linux/arm64=PATH`.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) platform: Platform,
    pub(crate) path: PathBuf,
}

impl std::str::FromStr for Binary {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let given = text.split_once('=').filter(|(_, path)| !path.is_empty());
        let (platform, path) = given.ok_or("give it as linux/arm64=PATH")?;
        Ok(Self {
            platform: platform.parse()?,
            path: path.into(),
        })
    }
}

/// The program that makes cargo put a list of the packages into a binary, where scanners find it.
pub(crate) const AUDITABLE: &str = "cargo-auditable";

/// What `cargo auditable build --locked` sets for cargo, but with the program's name in place of its path, which would get
/// into the binary: cargo hashes it.
const AUDITED: [(&str, &str); 2] = [
    ("RUSTC_WORKSPACE_WRAPPER", AUDITABLE),
    (
        "CARGO_AUDITABLE_ORIG_ARGS",
        r#"{"offline":false,"locked":true,"frozen":false,"config":[]}"#,
    ),
];

/// Where the binaries of a package come from.
pub(crate) struct Binaries<'a> {
    pub(crate) package: &'a str,
    pub(crate) given: &'a [Binary],
    pub(crate) workspace: &'a Path,
    /// What cargo knows of the workspace; it is needed for building only.
    pub(crate) metadata: Option<&'a Metadata>,
    /// Whether the image has no dynamic loader.
    pub(crate) is_scratch: bool,
    pub(crate) session: &'a Session,
}

impl Binaries<'_> {
    /// A binary for each platform, given or built. What can be refused is refused before anything is built.
    ///
    /// # Errors
    ///
    /// `ERR_IMAGE_BUILD`: one cannot be read or built, is for another platform, or needs a loader that the image lacks.
    pub(crate) fn read(&self, platforms: &[Platform]) -> Result<Vec<Vec<u8>>, Error> {
        let mut given = Vec::new();
        for platform in platforms {
            let path = self.given.iter().find(|given| given.platform == *platform);
            given.push(match path {
                Some(given) => Some(self.check(*platform, &self.session.environment.path(&given.path))?),
                None => {
                    self.check_target(*platform)?;
                    None
                }
            });
        }
        let binaries = platforms.iter().zip(given).map(|(platform, given)| match given {
            Some(binary) => Ok(binary),
            None => self.check(*platform, &self.build(*platform)?),
        });
        binaries.collect()
    }

    /// Reads a binary that has to run on a platform.
    fn check(&self, platform: Platform, path: &Path) -> Result<Vec<u8>, Error> {
        let bytes = std::fs::read(path).map_err(|problem| {
            error(format!("the binary {} cannot be read: {problem}", path.display()))
                .hint(format!("give one with --binary {platform}=PATH"))
        })?;
        let wrong = match elf::read(&bytes) {
            None => "is not a program for Linux".to_owned(),
            Some(program) if program.platform != Some(platform) => match program.platform {
                Some(other) => format!("is for {other}, not for {platform}"),
                None => format!("is for another CPU than {platform}"),
            },
            Some(program) if !program.is_static && self.is_scratch => {
                let message = format!(
                    "the binary {} needs a dynamic loader, which the image lacks",
                    path.display()
                );
                return Err(error(message).hint(
                    "build it with RUSTFLAGS='-C target-feature=+crt-static', or give an image that has one with --base",
                ));
            }
            Some(_) => return Ok(bytes),
        };
        Err(error(format!("the binary {} {wrong}", path.display()))
            .hint(format!("give the right one with --binary {platform}=PATH")))
    }

    fn build(&self, platform: Platform) -> Result<PathBuf, Error> {
        let target = platform.target();
        let metadata = self.metadata.ok_or_else(|| {
            error(format!("there is no workspace to build {} from", self.package))
                .hint(format!("give its binary with --binary {platform}=PATH"))
        })?;
        let linker = self.linker(platform);
        let is_auditable = on_path(AUDITABLE, &self.session.environment).is_some();
        let adjust = |cargo: &mut std::process::Command| {
            cargo.args(["--locked", "--target", target]);
            cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(metadata));
            cargo.envs(linker.clone());
            if is_auditable {
                cargo.envs(AUDITED);
            }
        };
        let built = cargo::build(
            self.package,
            self.workspace,
            ErrorCode::ImageBuild,
            self.session,
            adjust,
        );
        built.map_err(|problem| {
            if is_native(platform) || !linker.is_empty() {
                return problem;
            }
            problem.hint(format!(
                "what cargo said stands above; building for {platform} needs {}",
                packages(platform)
            ))
        })
    }

    /// Whether the standard library of a target is there: cargo's own message is about a missing `core`.
    fn check_target(&self, platform: Platform) -> Result<(), Error> {
        let environment = &self.session.environment;
        let rustc = environment.get("RUSTC").unwrap_or("rustc".as_ref());
        let target = platform.target();
        let output = environment
            .command(rustc)
            .args(["--print", "target-libdir", "--target", target])
            .current_dir(self.workspace)
            .stdin(Stdio::null())
            .output()
            .map_err(|problem| {
                error(format!("rustc cannot be started: {problem}")).hint("building needs Rust on PATH")
            })?;
        let dir = String::from_utf8_lossy(&output.stdout);
        let files = Path::new(dir.trim()).read_dir().into_iter().flatten().flatten();
        let mut libraries = files.filter(|file| file.file_name().to_string_lossy().starts_with("libstd-"));
        if libraries.next().is_some() {
            return Ok(());
        }
        Err(error(format!("rustc has no standard library for {target}")).hint(format!(
            "`rustup target add {target}` gets it; else build only for what is there with --platform, or give a binary \
             with --binary {platform}=PATH"
        )))
    }

    /// The variables that name a cross compiler, where this machine needs and has one, and the caller names no other.
    fn linker(&self, platform: Platform) -> Vec<(String, OsString)> {
        let cpu = platform.target().split('-').next().unwrap_or_default();
        let compiler = format!("{cpu}-linux-gnu-gcc");
        if is_native(platform) || on_path(&compiler, &self.session.environment).is_none() {
            return Vec::new();
        }
        let target = platform.target().replace('-', "_");
        [
            format!("CARGO_TARGET_{}_LINKER", target.to_uppercase()),
            format!("CC_{target}"),
        ]
        .into_iter()
        .map(|name| {
            let value = self.session.environment.get(&name);
            let value = value.map_or_else(|| compiler.clone().into(), ToOwned::to_owned);
            (name, value)
        })
        .collect()
    }
}

/// The compiler's flags, separated as `CARGO_ENCODED_RUSTFLAGS` has them. Every path of this machine that could get into
/// the binary is replaced: the directories of the packages by `/crates`, the workspace by `/src`.
fn flags(metadata: &Metadata) -> OsString {
    let outside = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some());
    let dirs: BTreeSet<_> = outside
        .filter_map(|package| package.manifest_path.parent()?.parent())
        .collect();
    let mut maps: BTreeMap<String, &str> = dirs.into_iter().map(|dir| (dir.to_string(), "/crates")).collect();
    maps.insert(metadata.target_directory.to_string(), "/target");
    maps.insert(metadata.workspace_root.to_string(), "/src");
    let mut maps: Vec<_> = maps.into_iter().collect();
    maps.sort_by_key(|(dir, _)| dir.len()); // rustc takes the last one that fits
    let maps = maps
        .into_iter()
        .map(|(dir, name)| format!("--remap-path-prefix={dir}={name}"));
    let flags: Vec<_> = FLAGS.iter().map(ToString::to_string).chain(maps).collect();
    flags.join("\u{1f}").into()
}

fn is_native(platform: Platform) -> bool {
    Platform::of_this_machine() == Some(platform)
}

/// The Debian packages that compile for a platform from another one.
fn packages(platform: Platform) -> String {
    let (compiler, library) = match platform {
        Platform::Amd64 => ("x86-64", "amd64"),
        Platform::Arm64 => ("aarch64", "arm64"),
    };
    format!("a cross compiler: `apt-get install gcc-{compiler}-linux-gnu libc6-dev-{library}-cross`")
}

fn error(message: String) -> Error {
    Error::new(ErrorCode::ImageBuild, message)
}
