use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Registry, Test};

use crate::bench::Bench;
use crate::documents::SMALL;
use crate::figure::Measured;
use crate::result::Result;
use crate::wall;

/// Where the machine is in an ELF header, and what it is for arm64.
const MACHINE: usize = 18;
const ARM64: [u8; 2] = [183, 0];

/// `counterfoil` in a workspace of one registry entry, with a binary for each platform.
struct Images {
    program: PathBuf,
    dir: PathBuf,
}

impl Images {
    /// The second binary is the first one with another name of its machine: it is packed, never run.
    fn install(bench: &Bench) -> Result<Self> {
        let images = Self {
            program: bench.install("counterfoil")?,
            dir: bench.path("workspace"),
        };
        let mut binary = std::fs::read(bench.install("llm-litellm")?)?;
        std::fs::create_dir_all(images.dir.join("registry"))?;
        std::fs::write(images.dir.join("amd64"), &binary)?;
        let machine = binary
            .get_mut(MACHINE..MACHINE + 2)
            .ok_or("the binary has no header")?;
        machine.copy_from_slice(&ARM64);
        std::fs::write(images.dir.join("arm64"), &binary)?;
        let entry = Path::new(env!("CARGO_MANIFEST_DIR")).join("../registry/llm_litellm.yaml");
        std::fs::copy(entry, images.dir.join("registry/llm_litellm.yaml"))?;
        Ok(images)
    }

    fn command(&self, command: &str) -> Test {
        Test::new(&self.program)
            .current_dir(&self.dir)
            .with_toolchain()
            .args([command, "--ref", "llm/litellm@1"])
    }

    fn build(&self) -> Test {
        self.command("build")
            .args(["--binary", "linux/amd64=amd64", "--binary", "linux/arm64=arm64"])
    }

    /// Pushes the image to a registry, and pins it.
    fn pin(&self, registry: &Registry) -> Result<()> {
        let repository = format!("{}/o/r", registry.host());
        wall::of(self.build().args(["--push", &repository]).command())?;
        let image = format!("{repository}/llm-litellm");
        wall::of(self.command("pin").args(["--image", &image]).command())?;
        Ok(())
    }

    /// What the entry pins.
    fn pinned(&self) -> Result<String> {
        let entry = std::fs::read_to_string(self.dir.join("registry/llm_litellm.yaml"))?;
        let pin = entry.lines().find_map(|line| line.trim().strip_prefix("oci: "));
        Ok(pin.ok_or("the image was not pinned")?.to_owned())
    }
}

pub(super) fn build(bench: &Bench) -> Result<Measured> {
    let images = Images::install(bench)?;
    let output = bench.path("image.tar");
    let took = wall::median_of(9, || images.build().arg("--output").arg(&output).command())?;
    Ok(Measured {
        value: took.as_secs_f64(),
        detail: format!("{} ms", took.as_millis()),
    })
}

pub(super) fn pin(bench: &Bench) -> Result<Measured> {
    let images = Images::install(bench)?;
    let registry = Registry::start();
    images.pin(&registry)?;
    let took = wall::median_of(25, || images.command("pin").command())?;
    Ok(Measured {
        value: took.as_secs_f64() * 1000.0,
        detail: format!("{} µs", took.as_micros()),
    })
}

pub(super) fn layer(bench: &Bench) -> Result<Measured> {
    let images = Images::install(bench)?;
    let output = bench.path("image");
    wall::of(images.build().arg("--output").arg(&output).command())?;
    let mut sizes = Vec::new();
    for blob in std::fs::read_dir(output.join("blobs/sha256"))? {
        sizes.push(blob?.metadata()?.len());
    }
    let largest = sizes.into_iter().max().unwrap_or_default();
    Ok(Measured {
        value: largest as f64 / f64::from(1 << 20),
        detail: format!("{largest} bytes"),
    })
}

pub(super) fn docker(bench: &Bench) -> Result<Measured> {
    let images = Images::install(bench)?;
    let registry = Registry::start();
    images.pin(&registry)?;
    let image = images.pinned()?;
    let inputs = bench.write("inputs.json", SMALL.as_bytes())?;
    let orchestrated = |id: &str| {
        images
            .command("run")
            .env("DOCKER_HOST", std::env::var_os("DOCKER_HOST").unwrap_or_default())
            .artifacts(bench.path("artifacts"))
            .args([
                "--engine",
                "docker",
                "--mode",
                "mock",
                "--json",
                "--execution-id",
                id,
            ])
            .arg("--inputs")
            .arg(&inputs)
            .command()
    };
    let alone = |round: usize| {
        let mut docker = Command::new("docker");
        let mount = format!("{}:/artifacts", bench.path("artifacts").display());
        docker
            .args([
                "run",
                "--rm",
                "--network",
                "none",
                "--volume",
                &mount,
                "--user",
                "0:0",
            ])
            .arg(&image)
            .args([
                "--inputs",
                "/artifacts/inputs.json",
                "--write-prefix",
                "/artifacts/bench/{execution_id}/",
            ])
            .args(["--execution-id", &round.to_string()]);
        docker
    };
    wall::of(orchestrated("pulled"))?;
    std::fs::copy(&inputs, bench.path("artifacts").join("inputs.json"))?;
    let [orchestrated, alone] = wall::medians(25, |round, is_first| {
        wall::of(if is_first {
            orchestrated(&format!("orchestrated-{round}"))
        } else {
            alone(round)
        })
    })?;
    Ok(Measured {
        value: orchestrated.as_secs_f64() / alone.as_secs_f64(),
        detail: format!("{} against {} ms", orchestrated.as_millis(), alone.as_millis()),
    })
}
