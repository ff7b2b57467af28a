use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use support::Server;

use crate::bench::{Bench, Run};
use crate::figure::Measured;
use crate::replicate::{FILE_SIZE, FILES, file, replicate};
use crate::result::Result;
use crate::{peak, wall};

const DOCUMENT: &str = r#"{"mode":"real","model":"owner/name"}"#;

/// What the service takes for each of the two answers about a prediction.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn throughput(bench: &Bench) -> Result<Measured> {
    let service = replicate(Duration::ZERO, true);
    let program = bench.install("replicate-generic")?;
    let inputs = bench.write("real.json", DOCUMENT.as_bytes())?;
    let list = bench.write("urls", list(&service, &bench.path("curl"))?.as_bytes())?;
    let [run, curl] = wall::medians(7, |round, is_first| {
        if is_first {
            let took = wall::of(real(&program, &inputs, &service).command(bench, round))?;
            check_files(&bench.prefix(round).join("outputs").join("assets"))?;
            bench.remove_artifacts()?;
            Ok(took)
        } else {
            let took = wall::of(curl(&list))?;
            check_files(&bench.path("curl"))?;
            std::fs::remove_dir_all(bench.path("curl"))?;
            Ok(took)
        }
    })?;
    Ok(Measured {
        value: curl.as_secs_f64() / run.as_secs_f64(),
        detail: format!("{} against {} ms", run.as_millis(), curl.as_millis()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let service = replicate(Duration::ZERO, true);
    let program = bench.install("replicate-generic")?;
    let inputs = bench.write("real.json", DOCUMENT.as_bytes())?;
    let kib = peak::largest(3, |round| real(&program, &inputs, &service).command(bench, round))?;
    bench.remove_artifacts()?;
    Ok(peak::measured(kib))
}

pub(super) fn one_poll(bench: &Bench) -> Result<Measured> {
    let service = replicate(PAUSE, false);
    let program = bench.install("replicate-generic")?;
    let inputs = bench.write("real.json", DOCUMENT.as_bytes())?;
    let mut round = 0;
    let took = wall::median_of(25, || {
        round += 1;
        real(&program, &inputs, &service).command(bench, round)
    })?;
    let own = PAUSE * 2;
    Ok(Measured {
        value: (took.as_secs_f64() - own.as_secs_f64()) * 1e3,
        detail: format!(
            "{} µs, of which {} are the service's",
            took.as_micros(),
            own.as_micros()
        ),
    })
}

fn real(program: &Path, inputs: &Path, service: &Server) -> Run {
    Run::new(program, inputs)
        .env("REPLICATE_API_TOKEN", "r8_of-no-use-to-anybody")
        .env("REPLICATE_BASE_URL", &service.url(""))
        .env("REPLICATE_ASSETS_FROM_LOOPBACK", "1")
}

/// What `curl` is to fetch, and to where.
fn list(service: &Server, dir: &Path) -> Result<String> {
    let mut list = String::new();
    for number in 0..FILES {
        let (url, file) = (service.url(&file(number)), dir.join(number.to_string()));
        writeln!(list, "url = \"{url}\"\noutput = \"{}\"", file.display())?;
    }
    Ok(list)
}

fn curl(list: &Path) -> Command {
    let mut command = Command::new("curl");
    command
        .args([
            "--disable",
            "--silent",
            "--fail",
            "--noproxy",
            "*",
            "--create-dirs",
            "--parallel",
        ])
        .arg("--config")
        .arg(list);
    command
}

fn check_files(dir: &Path) -> Result<()> {
    let mut count = 0;
    for entry in std::fs::read_dir(dir)? {
        count += usize::from(entry?.metadata()?.len() == FILE_SIZE as u64);
    }
    match count {
        FILES => Ok(()),
        _ => Err(format!("{count} files came whole").into()),
    }
}
