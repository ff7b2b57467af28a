//! `counterfoil prune`.

use std::io::{self, Write as _};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use store::local::{self, Kept, Remains, What};

use crate::artifacts::ArtifactsOption;
use crate::printable::{Printable, json_line};
use crate::quantity::grouped;
use crate::session::{ExitStatus, Session};

/// Remove what killed runs left and no run holds
///
/// Removes staging directories, files that never got their names, and empty directories, and nothing else. What may have been paid for stays: the staging directory of
/// a run that asked its service and never ended, and one with a checkpoint, which the next run goes on from.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  counterfoil prune --dry-run
  counterfoil prune --older-than 2h")]
pub(crate) struct Prune {
    /// Only what has not changed for so long, such as 30m, 2h or 1d
    #[arg(long, value_name = "AGE", default_value = "1d", value_parser = humantime::parse_duration)]
    older_than: Duration,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Answer with one line of JSON for each of them
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    artifacts: ArtifactsOption,
}

/// What a run left, and what became of it; fields in the order of `--json`.
#[derive(Serialize)]
struct Line {
    path: String,
    /// With --dry-run, whether it would be.
    removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<&'static str>,
}

impl Prune {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<ExitStatus> {
        let root = session.environment.path(self.artifacts.dir(&session.environment));
        let before = SystemTime::now()
            .checked_sub(self.older_than)
            .unwrap_or(SystemTime::UNIX_EPOCH);
        let found = match local::find_remains(&root, before) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(), // no run has been here
            found => found.context("the artifacts directory cannot be looked through")?,
        };
        let (mut removed, mut kept, mut failed) = (0_u64, 0_u64, 0_u64);
        for remains in &found {
            let line = match self.remove(&root, remains) {
                Ok(why_kept) => Line::new(remains, why_kept),
                Err(error) => {
                    failed += 1;
                    let path = path(remains);
                    let path = Printable(&path);
                    writeln!(session.err(), "{path} cannot be removed: {error}")?;
                    continue;
                }
            };
            removed += u64::from(line.removed);
            kept += u64::from(!line.removed);
            let text = if self.json {
                json_line(&line)?
            } else {
                line.text(self.dry_run)
            };
            writeln!(session.out(), "{text}")?;
        }
        if !self.json {
            let verb = if self.dry_run {
                "would be removed"
            } else {
                "removed"
            };
            let mut sum = format!("{} {verb}, {} kept", grouped(removed), grouped(kept));
            if failed > 0 {
                sum += &format!(", {} failed", grouped(failed));
            }
            writeln!(session.err(), "{sum}")?;
        }
        Ok(ExitStatus::success_if(failed == 0))
    }

    fn remove(&self, root: &std::path::Path, remains: &Remains) -> io::Result<Option<Kept>> {
        if self.dry_run {
            Ok(remains.kept)
        } else {
            local::remove_remains(root, remains)
        }
    }
}

impl Line {
    fn new(remains: &Remains, kept: Option<Kept>) -> Self {
        Self {
            path: path(remains),
            removed: kept.is_none(),
            why_not: kept.map(|kept| match kept {
                Kept::Held => "a run has it",
                Kept::MayBePaid => "it may have been paid for: `counterfoil ls` shows the run",
                Kept::HalfCommitted => "the next run of the same execution id completes its success",
            }),
        }
    }

    fn text(&self, is_dry: bool) -> String {
        let path = Printable(&self.path);
        match self.why_not {
            Some(why) => format!("kept     {path}  {why}"),
            None if is_dry => format!("remove   {path}"),
            None => format!("removed  {path}"),
        }
    }
}

fn path(remains: &Remains) -> String {
    let end = if remains.what == What::NewFile { "" } else { "/" };
    format!("world://artifacts/{}{end}", remains.path.join("/"))
}
