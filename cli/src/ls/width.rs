//! How wide a line may be.

use std::io;

use terminal_size::{Width, terminal_size_of};

/// The columns that stdout has: those of `COLUMNS` where it is set, as for `ls` and `ps`, else the terminal's; none in a
/// pipe.
pub(super) fn of_stdout() -> Option<usize> {
    let asked = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    asked.or_else(|| terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns.into()))
}
