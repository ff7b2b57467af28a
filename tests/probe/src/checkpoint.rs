//! A provider that keeps something for its next run.

use runtime::{Config, ErrorCode, OutputItem, ProcessorError, ProcessorOutput, ProcessorResult};

use crate::interruptions;
use crate::outputs::INFO;

/// How the run ends, which is no part of the inputs: they have to be the same each time.
const END: &str = "PROBE_END";

/// Keeps a line more than the run before; one output with what there was.
pub(crate) fn keep(config: &Config) -> ProcessorResult {
    let before = config.checkpoint()?.unwrap_or_default();
    config.save_checkpoint(&format!("{before}kept\n"))?;
    tracing::info!("probe_kept");
    match config.setting(END)?.as_deref() {
        Some("error") => Err(failure()),
        Some("hang") => interruptions::hang_async(config),
        Some("forget") => {
            config.clear_checkpoint()?;
            Err(failure())
        }
        _ => Ok(ProcessorOutput::new(INFO).with_output(OutputItem::bytes(
            "outputs/kept.txt",
            "text/plain",
            before,
        ))),
    }
}

fn failure() -> ProcessorError {
    ProcessorError::new(ErrorCode::ProviderUnavailable, "as requested")
}
