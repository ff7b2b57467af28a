//! `counterfoil pin`: the digest of an image, from its registry into the processor's entry.

mod edit;
mod image;
mod replace;
mod target;

use std::io::Write as _;

use clap::Args;
use documents::{ErrorCode, ImageDigest, ProcessorRef};
use oci_spec::image::Digest;
use serde::Serialize;

use crate::error::Error;
use crate::oci::{Platform, Reference, Remote, Repository, Tag, digest};
use crate::registry::RegistryOption;
use crate::session::{ExitStatus, Session};

/// Write the digest of a processor's image into its registry entry
///
/// Asks the image's registry for the tag or the digest, and writes `image.oci`; nothing else of the file changes, and a
/// pin that is current leaves it as it is. The image has to be an index of linux/amd64 and linux/arm64, unless
/// --platform says which are enough. Logins are those of `docker login` and `podman login`.
///
/// Exit status 30 if the image cannot be pinned, or, with --check, if the pin is not current; 32 if the registry cannot
/// be reached.
#[derive(Debug, Args)]
#[command(
    after_help = "With --json, one JSON object: {\"file\",\"ref\",\"image\",\"previous\",\"platforms\",\"state\"}, where state is \
                        pinned, current or, with --check, different.

Examples:
  counterfoil pin --ref llm/litellm@1
  counterfoil pin --ref llm/litellm@1 --tag v1.2.0 --image ghcr.io/owner/repo/llm-litellm
  counterfoil pin --ref llm/litellm@1 --check"
)]
pub(crate) struct Pin {
    /// The reference, ns/name@ver
    #[arg(long = "ref", value_name = "REF")]
    processor_ref: ProcessorRef,
    /// The digest to pin, sha256:<64 hex>; it has to be there
    #[arg(long, value_name = "DIGEST", value_parser = digest::parse, conflicts_with = "tag")]
    digest: Option<Digest>,
    /// The tag whose digest is pinned [default: latest]
    #[arg(long, value_name = "TAG")]
    tag: Option<Tag>,
    /// The image's name, without tag and digest [default: that of the present pin, else
    /// ghcr.io/<owner>/<repo>/<package> of the git remote `origin` on github.com]
    #[arg(long, value_name = "NAME")]
    image: Option<Repository>,
    /// The platforms that are enough
    #[arg(long = "platform", value_name = "PLATFORMS", value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// Write nothing; say whether the pin is current
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    registry: RegistryOption,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What was done, as programs read it.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    #[serde(rename = "ref")]
    processor_ref: String,
    image: &'a str,
    previous: Option<&'a str>,
    platforms: &'a [Platform],
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// The file has another pin now.
    Pinned,
    /// Nothing was to be done.
    Current,
    /// Something is to be done.
    Different,
}

impl Pin {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        let command = self.command();
        let registry = self.registry.find(&session.environment)?;
        let entry = registry.entry(&self.processor_ref)?;
        let path = registry.path(&self.processor_ref);
        let repository = target::repository(self.image, &entry, &registry)?;
        let reference = match (self.digest, self.tag) {
            (Some(digest), _) => Reference::Digest(digest),
            (None, tag) => Reference::Tag(tag.unwrap_or_else(Tag::latest)),
        };
        let remote =
            Remote::new(&session.environment).map_err(|error| error.into_error(ErrorCode::Registry))?;
        let found = image::find(&remote, &repository, &reference, &self.platforms)?;

        let file = registry.shown(&path);
        let previous = entry.image.oci.clone();
        let state = if previous.as_ref() == Some(&found.image) {
            State::Current
        } else if self.check {
            State::Different
        } else {
            let by_hand = |what: String| {
                Error::new(ErrorCode::Registry, format!("{file} cannot be changed: {what}"))
                    .hint(format!("write image.oci: {} into it by hand", found.image))
            };
            replace::file(&path, |text| edit::pinned(text, &found.image)).map_err(by_hand)?;
            State::Pinned
        };
        let report = Report {
            file: &file,
            processor_ref: self.processor_ref.to_string(),
            image: found.image.as_str(),
            previous: previous.as_ref().map(ImageDigest::as_str),
            platforms: &found.platforms,
            state,
        };
        let mut out = session.out();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            writeln!(
                out,
                "{}",
                report.line(&reference.in_repository(&repository), &command)
            )?;
        }
        Ok(match state {
            State::Pinned | State::Current => ExitStatus::SUCCESS,
            State::Different => ErrorCode::Registry.exit_status().into(),
        })
    }

    /// The command that pins what this one asks for.
    fn command(&self) -> String {
        let mut command = format!("counterfoil pin --ref {}", self.processor_ref);
        let mut add = |name: &str, value: Option<String>| {
            command.extend(value.map(|value| format!(" --{name} {value}")));
        };
        add("digest", self.digest.as_ref().map(Digest::to_string));
        add("tag", self.tag.as_ref().map(Tag::to_string));
        add("image", self.image.as_ref().map(Repository::to_string));
        for platform in &self.platforms {
            add("platform", Some(platform.to_string()));
        }
        command
    }
}

impl Report<'_> {
    /// The same for people; `asked` is the name of the image, and `command` pins it.
    fn line(&self, asked: &str, command: &str) -> String {
        let Self { file, image, .. } = self;
        match self.state {
            State::Pinned => format!("{file}: pinned {image}"),
            State::Current => format!("{file}: {image} is pinned already"),
            State::Different => {
                let previous = self.previous.unwrap_or("no image");
                format!("{file}: pins {previous}, while {asked} is {image}; run `{command}`")
            }
        }
    }
}
