//! Runs the fuzz targets of `fuzz/`.

use anyhow::Result;

use crate::shell::{Outcome, Shell};

/// Without a sanitizer, which nothing here needs (there is no unsafe code), the stable toolchain is enough.
const BUILD: &str = "cargo fuzz build --sanitizer none";

/// Runs as many targets at once as there are cores. What one finds worth keeping goes to `fuzz/target/found`, so that the
/// corpus stays as it is committed; its log is shown if it fails. The seed is always the same, so that a change of the code, not
/// chance, is what makes a run fail.
const RUN: &str = r#"
one() {
  found=fuzz/target/found/$1
  mkdir -p "$found"
  if ! cargo fuzz run --sanitizer none "$1" "$found" "fuzz/corpus/$1" -- -seed=1 -max_total_time=60 -timeout=10 \
    </dev/null >"$found.log" 2>&1; then
    cat "$found.log"
    echo "$1: FAILED, the input is in fuzz/artifacts/$1"
    return 1
  fi
  echo "$1: $(grep '^Done ' "$found.log")"
}
export -f one
cargo fuzz list | xargs -P "$(nproc)" -I{} bash -euo pipefail -c 'one {}'"#;

/// Builds every target and runs each for a minute.
///
/// # Errors
///
/// When a target finds a failing input.
pub(crate) fn run(shell: &Shell) -> Result<Outcome> {
    for program in ["cargo-fuzz", "c++"] {
        if !shell.has(program) {
            return Ok(Outcome::Skipped(format!("{program} is not installed")));
        }
    }
    shell.run(BUILD)?;
    shell.run(RUN)
}
