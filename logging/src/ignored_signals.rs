//! What whoever started this process does not want it to end by.

/// Where Linux says which signals a process ignores: `SigIgn:`, and a bit for each in hexadecimal (proc(5)).
const STATUS: &str = "/proc/self/status";

/// The signals that a process ignores, as `nohup` makes it ignore SIGHUP.
#[derive(Clone, Copy, Debug)]
pub struct IgnoredSignals(u64);

impl IgnoredSignals {
    /// Those of this process, before it has handlers of its own; none where nobody says.
    #[must_use]
    pub fn of_process() -> Self {
        let status = std::fs::read_to_string(STATUS).unwrap_or_default();
        let mut masks = status.lines().filter_map(|line| line.strip_prefix("SigIgn:"));
        let mask = masks.next().map(|mask| u64::from_str_radix(mask.trim(), 16));
        Self(mask.and_then(Result::ok).unwrap_or_default())
    }

    /// Whether the signal with this number, from 1 to 64, is among them.
    #[must_use]
    pub const fn has(self, signal: i32) -> bool {
        (self.0 >> (signal - 1)) & 1 == 1
    }
}
