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
