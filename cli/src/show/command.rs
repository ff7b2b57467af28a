//! The command that runs an execution again.

use std::path::Path;

use documents::receipt::Receipt;
use documents::start::Start;
use documents::{ExecutionId, Mode, WorldPath};
use store::Artifacts;

use crate::batch_lines::batch_of;

/// The write prefix that `run` has by default.
const DEFAULT_PREFIX: &str = "/artifacts/outputs/{execution_id}/";
const DEFAULT_DIR: &str = "./artifacts";

/// What is known of how an execution was run. The inputs are not: no document has them.
#[derive(Debug, Default)]
pub(super) struct RunCommand {
    processor_ref: Option<String>,
    mode: Option<Mode>,
    execution_id: String,
    /// The batch that the execution is a line of.
    batch: Option<String>,
    /// As `run` takes it, where it is another than the default.
    write_prefix: Option<String>,
    /// Where it is another than the default.
    artifacts_dir: Option<String>,
    plan_id: Option<String>,
}

impl RunCommand {
    pub(super) fn of_receipt(
        receipt: &Receipt,
        local: Option<&WorldPath>,
        start: Option<&Start>,
        artifacts: &dyn Artifacts,
        host_root: &Path,
    ) -> Self {
        let id = &receipt.execution_id;
        let beside = |path: String| path.trim_start_matches("world:/").to_owned();
        let prefix = local.map(|path| beside(path.beside("")));
        let prefix = prefix.or_else(|| start.map(|start| start.write_prefix.clone()));
        Self {
            processor_ref: Some(receipt.processor_ref.clone()),
            mode: receipt.mode,
            plan_id: receipt.plan_id.clone(),
            ..Self::new(id, prefix, artifacts, host_root)
        }
    }

    pub(super) fn of_start(
        id: &ExecutionId,
        start: Option<&Start>,
        artifacts: &dyn Artifacts,
        host_root: &Path,
    ) -> Self {
        let prefix = start.map(|start| start.write_prefix.clone());
        Self {
            processor_ref: start.map(|start| start.processor_ref.clone()),
            mode: start.map(|start| start.mode),
            plan_id: start.and_then(|start| start.plan_id.clone()),
            ..Self::new(id.as_str(), prefix, artifacts, host_root)
        }
    }

    fn new(id: &str, prefix: Option<String>, artifacts: &dyn Artifacts, host_root: &Path) -> Self {
        let dir = host_root.to_string_lossy();
        Self {
            execution_id: id.to_owned(),
            batch: batch_of(id)
                .filter(|batch| is_batch(artifacts, batch))
                .map(str::to_owned),
            write_prefix: prefix
                .map(|prefix| template(&prefix, id))
                .filter(|prefix| prefix != DEFAULT_PREFIX),
            artifacts_dir: (dir != DEFAULT_DIR).then(|| dir.into_owned()),
            ..Self::default()
        }
    }

    /// The same execution again; for a line of a batch, what is left of the batch.
    pub(super) fn again(&self) -> String {
        self.with(self.mode, true, "")
    }

    /// The same with these options more.
    pub(super) fn again_with(&self, more: &str) -> String {
        self.with(self.mode, true, more)
    }

    /// Another execution in mock mode.
    pub(super) fn in_mock(&self) -> String {
        self.with(Some(Mode::Mock), false, "")
    }

    /// Another execution, with the default write prefix.
    pub(super) fn anew(&self) -> String {
        self.with(self.mode, false, "")
    }

    /// The processor, as far as it is known.
    pub(super) fn processor_ref(&self) -> &str {
        self.processor_ref.as_deref().unwrap_or("REF")
    }

    fn with(&self, mode: Option<Mode>, is_same: bool, more: &str) -> String {
        let mut command = format!("counterfoil run --ref {}", quoted(self.processor_ref()));
        let mut add = |name: &str, value: &str| {
            command.push_str(&format!(" --{name} {}", quoted(value)));
        };
        if let Some(mode) = mode {
            add("mode", mode.as_str());
        }
        if let Some(plan_id) = &self.plan_id {
            add("plan-id", plan_id);
        }
        if let Some(dir) = &self.artifacts_dir {
            add("artifacts-dir", dir);
        }
        if is_same {
            if let Some(prefix) = &self.write_prefix {
                add("write-prefix", prefix);
            }
            add(
                "execution-id",
                self.batch.as_deref().unwrap_or(&self.execution_id),
            );
        }
        add(
            if is_same && self.batch.is_some() {
                "batch"
            } else {
                "inputs"
            },
            "FILE",
        );
        command + more
    }
}

fn is_batch(artifacts: &dyn Artifacts, name: &str) -> bool {
    WorldPath::parse(&format!("/artifacts/batch/{name}.json")).is_ok_and(|path| artifacts.has_file(&path))
}

/// A write prefix as it was, as far as can be known: the id may be in other words by chance.
fn template(prefix: &str, id: &str) -> String {
    const PLACEHOLDER: &str = "{execution_id}";
    let segments = prefix.split('/');
    let template: Vec<_> = segments
        .map(|name| if name == id { PLACEHOLDER } else { name })
        .collect();
    let template = template.join("/");
    match template.rfind(id) {
        Some(at) if template == prefix => {
            let (before, after) = template.split_at(at);
            format!("{before}{PLACEHOLDER}{}", after.strip_prefix(id).unwrap_or(after))
        }
        _ => template,
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./@:,+=".contains(&b);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{quoted, template};

    #[test]
    fn a_prefix_has_its_placeholder_again() {
        for (prefix, id, expected) in [
            ("/artifacts/outputs/a/", "a", "/artifacts/outputs/{execution_id}/"),
            (
                "/artifacts/outputs/x-a-1/",
                "a-1",
                "/artifacts/outputs/x-{execution_id}/",
            ),
            (
                "/artifacts/a/a/",
                "a",
                "/artifacts/{execution_id}/{execution_id}/",
            ),
            ("/artifacts/shared/", "run-1", "/artifacts/shared/"),
        ] {
            assert_eq!(template(prefix, id), expected);
        }
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, text) in [
            ("llm/litellm@1", "llm/litellm@1"),
            ("", "''"),
            ("/a/{execution_id}/", "'/a/{execution_id}/'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(word), text);
        }
    }
}
