//! A provider that waits for other runs of the same processor.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use runtime::{Config, ProcessorError};

/// Comes into the directory `inside`, and stays until this many runs are there at once, or somebody makes the file `open`.
///
/// The file `log` gets a line from everyone who comes in: how many are inside then.
pub(crate) fn meet(config: &Config, dir: &Path, count: u64) -> Result<(), ProcessorError> {
    let inside = dir.join("inside");
    std::fs::create_dir_all(&inside)?;
    let own = inside.join(std::process::id().to_string());
    File::create(&own)?;
    let mut log = OpenOptions::new()
        .append(true)
        .create(true)
        .open(dir.join("log"))?;
    log.write_all(format!("{}\n", inside.read_dir()?.count()).as_bytes())?;
    let open = dir.join("open");
    let met = loop {
        if inside.read_dir()?.count() as u64 >= count {
            File::create(&open)?;
        }
        if open.exists() {
            break Ok(());
        }
        if let Err(stopped) = config.check_interrupted() {
            break Err(stopped);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    std::fs::remove_file(&own)?;
    met
}
