//! `counterfoil scaffold`: a new processor that compiles, has a mock and passes its test.

mod files;
mod golden;
mod membership;
mod names;
mod target;
mod write;

use std::io::Write as _;

use clap::Args;
use documents::ProcessorRef;

use crate::origin::Origin;
use crate::registry::RegistryOption;
use crate::registry::entry::VariableName;
use crate::session::{ExitStatus, Session};
use names::Names;
use target::Target;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil scaffold --ref vision/replicate@1
  counterfoil scaffold --ref speech/whisper@1 --secrets OPENAI_API_KEY,OPENAI_ORG")]
pub(crate) struct Scaffold {
    /// The reference, ns/name@ver
    #[arg(long = "ref", value_name = "REF", value_parser = processor_ref)]
    processor_ref: ProcessorRef,
    /// The environment variables that real mode cannot do without
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = secret)]
    secrets: Vec<VariableName>,
    /// Replace the files that it made before; other files stay
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    registry: RegistryOption,
}

/// What stands in an image's name where the repository is not known.
const PLACEHOLDER: &str = "<owner>/<repo>";

/// Longer names would not fit the generated lines.
const LONGEST_SECRET: usize = 48;

impl Scaffold {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        let Self {
            processor_ref,
            secrets,
            force,
            registry,
        } = self;
        let names = Names::new(&processor_ref)?;
        let registry = registry.find(&session.environment)?;
        let target = Target::check(&registry, &processor_ref, &names, &secrets, force)?;
        let dir = target.dir();
        let origin = Origin::find(dir, &session.environment);
        let repository = origin.map_or(PLACEHOLDER.to_owned(), |origin| origin.path());
        let files = files::files(&processor_ref, &names, &secrets, &repository)?;
        let existing = write::existing(dir, &files);
        if !existing.is_empty() && !force {
            anyhow::bail!(
                "nothing was written, as there is already {}; move it away, or replace it with --force",
                existing.join(", ")
            );
        }
        for (path, bytes) in &files {
            write::write(dir, path, bytes)?;
        }
        target.join()?; // last: a workspace with a member that is not there yet is broken

        let mut out = session.out();
        writeln!(out, "{processor_ref} is made:")?;
        for (path, _) in &files {
            writeln!(out, "  {path}")?;
        }
        let package = &names.package;
        writeln!(out, "  Cargo.toml: processors/{package} is a member")?;
        writeln!(out, "\nNext, in {}:", dir.display())?;
        writeln!(out, "  cargo test -p {package}")?;
        writeln!(
            out,
            "  write the provider in processors/{package}/src/provider.rs"
        )?;
        writeln!(
            out,
            "  counterfoil run --ref {processor_ref} --build --adapter local --mode mock \\\n    \
             --write-prefix '/artifacts/outputs/demo/{{execution_id}}/' --inputs-json '{}' --json",
            golden::INPUTS
        )?;
        Ok(ExitStatus::SUCCESS)
    }
}

fn processor_ref(text: &str) -> Result<ProcessorRef, &'static str> {
    ProcessorRef::parse(text)
        .map_err(|_| "a processor reference has the form ns/name@ver, e.g. llm/litellm@1")
}

fn secret(text: &str) -> Result<VariableName, String> {
    match VariableName::parse(text.trim()) {
        Ok(name) if name.as_str().len() > LONGEST_SECRET => {
            Err(format!("the name is longer than {LONGEST_SECRET} characters"))
        }
        parsed => parsed,
    }
}
