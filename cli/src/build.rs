//! `counterfoil build`.

mod push;
mod report;

use std::path::PathBuf;

use cargo_metadata::Metadata;
use clap::{ArgGroup, Args};
use documents::{ErrorCode, ProcessorRef};

use crate::cargo;
use crate::error::Error;
use crate::find_program::on_path;
use crate::image::{self, Base, Binaries, Binary, Image, Part, Source, Target};
use crate::oci::{Platform, Remote, Repository, Tag};
use crate::registry::{Entry, Registry, RegistryOption};
use crate::session::{ExitStatus, Session};
use crate::workspace::Workspace;
use report::Report;

/// Build a processor's image without a container engine, and write or push it
///
/// The image is one static binary for each platform, and labels. The same source gives the same digests on every
/// machine. Binaries are built by cargo, or given with --binary. A list of each binary's packages (CycloneDX) goes with
/// the image as an OCI referrer.
///
/// Credentials for the registry are those of `docker login` or `podman login`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("target").required(true).multiple(true).args(["push", "output"]))]
#[command(after_help = "Examples:
  counterfoil build --ref llm/litellm@1 --output image.tar --platform linux/amd64
  counterfoil build --ref llm/litellm@1 --push ghcr.io/owner/repo
  counterfoil build --ref llm/litellm@1 --binary linux/amd64=a --binary linux/arm64=b --output image

Then pin it: counterfoil pin --ref llm/litellm@1")]
pub(crate) struct Build {
    /// The processor, e.g. llm/litellm@1
    #[arg(long = "ref", value_name = "REF")]
    processor_ref: ProcessorRef,
    /// The platforms [default: those of --binary, else linux/amd64,linux/arm64]
    #[arg(long = "platform", value_name = "PLATFORM", value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// A platform's binary, instead of one that cargo builds
    #[arg(long = "binary", value_name = "PLATFORM=PATH")]
    binaries: Vec<Binary>,
    /// What the image is built upon: a pinned image of a registry, or ./DIR@sha256:... for an OCI layout
    #[arg(long, value_name = "IMAGE@sha256:...", default_value = "scratch")]
    base: String,
    /// Push the image to this repository: host/owner/repo, to which the package's name is added
    #[arg(long, value_name = "REPO")]
    push: Option<Repository>,
    /// Write an OCI layout: a directory, or an archive if the name ends with .tar
    #[arg(long, value_name = "DIR|TAR")]
    output: Option<PathBuf>,
    /// The image's tag
    #[arg(long, value_name = "TAG", default_value = "latest")]
    tag: Tag,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryOption,
}

impl Build {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        let registry = self.registry.find(&session.environment)?;
        let entry = registry.entry(&self.processor_ref)?;
        let name = match &self.push {
            Some(repository) => Some(image_name(repository, &entry.build.package)?),
            None => None,
        };
        let remote = Remote::new(&session.environment);
        let remote = remote.map_err(|problem| problem.into_error(ErrorCode::ImagePush))?;
        let platforms = self.platforms();
        let (image, source) = self.assemble(&platforms, &entry, &registry, &remote, session)?;
        if let Some(note) = &source.note {
            report::note(&format!("the image names no revision: {note}"), session);
        }
        let mut report = Report::new(&image, platforms);
        if let Some(path) = &self.output {
            let target = Target::new(session.environment.path(path));
            image::write(&image, &entry.build.package, &self.tag, &target)?;
            report.output = Some(path.display().to_string());
        }
        if let Some(name) = name {
            report.image = Some(name.with_digest(image.index.digest())?.to_string());
            report.pushed = Some(push::push(image, &name, self.tag, &remote)?);
        }
        report.print(&entry.processor_ref, self.json, session)?;
        Ok(ExitStatus::SUCCESS)
    }

    /// The platforms in their usual order, each once.
    fn platforms(&self) -> Vec<Platform> {
        let given = self.binaries.iter().map(|binary| binary.platform);
        let wanted: Vec<_> = match self.platforms.as_slice() {
            [] if self.binaries.is_empty() => Platform::ALL.to_vec(),
            [] => given.collect(),
            platforms => platforms.to_vec(),
        };
        Platform::ALL
            .iter()
            .copied()
            .filter(|platform| wanted.contains(platform))
            .collect()
    }

    fn assemble(
        &self,
        platforms: &[Platform],
        entry: &Entry,
        registry: &Registry,
        remote: &Remote,
        session: &Session,
    ) -> Result<(Image, Source), Error> {
        self.refuse_unused(platforms)?;
        let base = Base::parse(&self.base, session)?;
        let workspace = registry.workspace();
        let has_all = platforms
            .iter()
            .all(|platform| self.binaries.iter().any(|binary| binary.platform == *platform));
        let full = match cargo::metadata(&workspace, session) {
            Err(problem) if !has_all => return Err(problem),
            metadata => metadata.ok(),
        };
        let package = entry.build.package.as_str();
        let source = match &full {
            Some(metadata) => Source::read(package, metadata, session),
            None => match Workspace::read(&workspace, &session.environment) {
                Ok(workspace) => Source::read(package, workspace.metadata(), session),
                Err(problem) => Source::unknown(problem),
            },
        };
        let binaries = Binaries {
            package,
            given: &self.binaries,
            workspace: &workspace,
            metadata: full.as_ref(),
            is_scratch: matches!(base, Base::Scratch),
            session,
        };
        let layers = platforms.iter().map(|platform| base.layers(*platform, remote));
        let layers = layers.collect::<Result<Vec<_>, Error>>()?;
        let mut parts = Vec::new();
        let binaries = binaries.read(platforms)?;
        if !has_all && on_path(image::AUDITABLE, &session.environment).is_none() {
            let text = "no list of packages is in the binary; `cargo install --locked cargo-auditable` makes cargo add it";
            report::note(text, session);
        }
        for ((platform, base), binary) in platforms.iter().zip(layers).zip(binaries) {
            let locked = |metadata: &Metadata| {
                cargo::packages_of(package, platform.target(), metadata, &workspace, session)
            };
            let sbom = image::sbom(package, &binary, || full.as_ref().map(locked).transpose())?;
            if sbom.is_none() {
                report::note(
                    &format!("no list of the packages of {platform} is known"),
                    session,
                );
            }
            parts.push(Part {
                platform: *platform,
                binary,
                base,
                sbom,
            });
        }
        let image = image::assemble(parts, &image::labels(entry, &source))?;
        Ok((image, source))
    }

    /// A binary that goes into no image, or two for one platform, are mistakes.
    fn refuse_unused(&self, platforms: &[Platform]) -> Result<(), Error> {
        for (at, binary) in self.binaries.iter().enumerate() {
            let platform = binary.platform;
            let wrong = if !platforms.contains(&platform) {
                format!("--binary {platform}=.. is given, but --platform does not name it")
            } else if self
                .binaries
                .iter()
                .take(at)
                .any(|other| other.platform == platform)
            {
                format!("--binary is given twice for {platform}")
            } else {
                continue;
            };
            return Err(Error::new(ErrorCode::Usage, wrong).hint("give one binary for each platform"));
        }
        Ok(())
    }
}

/// The name of a package's image below what `--push` names, which may be the whole name already.
fn image_name(given: &Repository, package: &str) -> Result<Repository, Error> {
    if given.is_repo_scoped(package) {
        return Ok(given.clone());
    }
    let name: Result<Repository, String> = format!("{given}/{}", package.to_ascii_lowercase()).parse();
    name.ok()
        .filter(|name| name.is_repo_scoped(package))
        .ok_or_else(|| {
            Error::new(
                ErrorCode::Usage,
                format!("an image cannot be named {given}/{package}"),
            )
            .hint("give --push as host/owner/repo")
        })
}
