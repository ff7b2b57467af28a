use std::path::{Path, PathBuf};

use support::{Authority, Server};

use crate::bench::{Bench, Run};
use crate::documents::{REAL, REQUEST};
use crate::figure::Measured;
use crate::figures::real;
use crate::result::Result;
use crate::{peak, service, wall};

pub(super) fn wall(bench: &Bench) -> Result<Measured> {
    let Encrypted { server, authority } = Encrypted::start(bench)?;
    let url = server.url("/v1");
    let llm = bench.install("llm-litellm")?;
    let inputs = bench.write("real.json", REAL.as_bytes())?;
    let request = bench.write("request.json", REQUEST.as_bytes())?;
    let [run, curl] = wall::medians(200, |round, is_first| {
        if is_first {
            return wall::of(run(&llm, &inputs, &url, &authority).command(bench, round));
        }
        let mut curl = real::curl(&url, &request, &bench.path("answer.json"));
        curl.arg("--cacert").arg(&authority);
        wall::of(curl)
    })?;
    Ok(Measured {
        value: (run.as_secs_f64() - curl.as_secs_f64()) * 1e3,
        detail: format!("{} against {} µs", run.as_micros(), curl.as_micros()),
    })
}

pub(super) fn memory(bench: &Bench) -> Result<Measured> {
    let Encrypted { server, authority } = Encrypted::start(bench)?;
    let url = server.url("/v1");
    let llm = bench.install("llm-litellm")?;
    let inputs = bench.write("real.json", REAL.as_bytes())?;
    let kib = peak::largest(9, |round| {
        run(&llm, &inputs, &url, &authority).command(bench, round)
    })?;
    Ok(peak::measured(kib))
}

/// A service whose certificate is one of an authority of its own.
struct Encrypted {
    server: Server,
    /// The file with the authority's certificate.
    authority: PathBuf,
}

impl Encrypted {
    fn start(bench: &Bench) -> Result<Self> {
        let authority = Authority::new();
        Ok(Self {
            server: service::chat_tls(&authority),
            authority: bench.write("authority.pem", authority.pem().as_bytes())?,
        })
    }
}

fn run(llm: &Path, inputs: &Path, url: &str, authority: &Path) -> Run {
    real::run(llm, inputs, url).env("SSL_CERT_FILE", &authority.to_string_lossy())
}
