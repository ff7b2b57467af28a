//! The names of the columns that every table has.

/// The columns, before those of `--select`.
pub(super) const COLUMNS: [&str; 14] = [
    "line",
    "label",
    "status",
    "answer",
    "model",
    "finish_reason",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "cost_usd",
    "duration_ms",
    "code",
    "message",
    "execution_id",
];

/// Those of whole numbers.
#[cfg(feature = "parquet")]
pub(super) const INTEGERS: [&str; 5] = [
    "line",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "duration_ms",
];

/// Those of other numbers.
#[cfg(feature = "parquet")]
pub(super) const DOUBLES: [&str; 1] = ["cost_usd"];
