//! What is asked of the engine: exactly the commands and flags that the orchestrator has a use for.

use std::path::PathBuf;

use crate::engine::Engine;

/// One command.
#[derive(Debug)]
pub(crate) enum Request {
    Version,
    Inspect {
        image: String,
    },
    Platforms {
        image: String,
    },
    Pull {
        image: String,
        is_for_platform: bool,
    },
    /// The ids of all containers with a label, which here are their names.
    List,
    /// What these containers are.
    Containers {
        format: String,
        names: Vec<String>,
    },
    /// Whether a container was killed for want of memory.
    OutOfMemory,
    Build {
        id_file: PathBuf,
        package: String,
    },
    Run(RunOptions),
    Kill {
        signal: i32,
        name: String,
    },
    Remove {
        names: Vec<String>,
    },
}

/// What a container is made of; what changes nothing here is checked and left out.
#[derive(Debug, Default)]
pub(crate) struct RunOptions {
    pub(crate) image: String,
    pub(crate) name: String,
    pub(crate) artifacts: PathBuf,
    /// What else is mounted, by its place in the container.
    pub(crate) mounts: Vec<(String, PathBuf)>,
    /// `NAME=VALUE`.
    pub(crate) labels: Vec<String>,
    /// `NAME=VALUE`, or `NAME` for the client's own value.
    pub(crate) environment: Vec<String>,
    pub(crate) arguments: Vec<String>,
}

type Result<T> = std::result::Result<T, String>;

/// Reads a command line.
pub(crate) fn parse(engine: Engine, arguments: &[String]) -> Result<Request> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match (engine, words.as_slice()) {
        (_, ["version"]) => Ok(Request::Version),
        (_, ["image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image]) => {
            let image = reference(image)?;
            Ok(Request::Inspect { image })
        }
        (_, ["manifest", "inspect", image]) => Ok(Request::Platforms {
            image: reference(image)?,
        }),
        (_, ["pull", "--quiet", image]) => Ok(Request::Pull {
            image: reference(image)?,
            is_for_platform: false,
        }),
        (_, ["pull", "--quiet", "--platform", _, image]) => Ok(Request::Pull {
            image: reference(image)?,
            is_for_platform: true,
        }),
        (
            _,
            [
                "ps",
                "--all",
                "--quiet",
                "--no-trunc",
                "--filter",
                "label=counterfoil.execution",
            ],
        ) => Ok(Request::List),
        (_, ["inspect", "--type", "container", "--format", format, names @ ..]) => Ok(Request::Containers {
            format: (*format).to_owned(),
            names: container_names(names)?,
        }),
        (
            _,
            [
                "build",
                "--file",
                file,
                "--build-arg",
                argument,
                labels @ ..,
                "--iidfile",
                id_file,
                dir,
            ],
        ) => {
            let name = file.strip_prefix(dir);
            if name != Some("/Dockerfile.template") {
                return Err(format!("{file} is not the recipe of {dir}"));
            }
            let package = argument
                .strip_prefix("PROCESSOR=")
                .ok_or("the recipe takes PROCESSOR")?;
            let given = |name: &str| {
                labels
                    .iter()
                    .any(|label| label.starts_with(&format!("--build-arg={name}=")))
            };
            if !given("REF") || labels.iter().any(|label| !label.starts_with("--build-arg=")) {
                return Err(format!("the recipe does not take {labels:?}"));
            }
            Ok(Request::Build {
                id_file: id_file.into(),
                package: package.into(),
            })
        }
        (_, ["run", flags @ ..]) => run(engine, flags).map(Request::Run),
        (
            Engine::Docker,
            [
                "events",
                "--since",
                "24h",
                "--until",
                until,
                "--filter",
                "event=oom",
                "--filter",
                container,
            ],
        ) => {
            number("--until", until)?;
            container_name(
                container
                    .strip_prefix("container=")
                    .ok_or("it names no container")?,
            )?;
            Ok(Request::OutOfMemory)
        }
        (_, ["kill", "--signal", signal, name]) => Ok(Request::Kill {
            signal: match *signal {
                "INT" => 2,
                "TERM" => 15,
                _ => return Err(format!("invalid signal: {signal}")),
            },
            name: container_name(name)?,
        }),
        (Engine::Podman, ["rm", "--force", "--volumes", "--time", "0", names @ ..])
        | (Engine::Docker, ["rm", "--force", "--volumes", names @ ..]) => Ok(Request::Remove {
            names: container_names(names)?,
        }),
        _ => Err(format!("unknown command or flag: {words:?}")),
    }
}

fn run(engine: Engine, mut words: &[&str]) -> Result<RunOptions> {
    let mut options = RunOptions::default();
    let mut seen = Vec::new();
    loop {
        let (&flag, rest) = words.split_first().ok_or("a run needs an image")?;
        words = rest;
        if !flag.starts_with('-') {
            options.image = reference(flag)?;
            options.arguments = words.iter().map(|word| (*word).to_owned()).collect();
            break;
        }
        if !matches!(flag, "--env" | "--label" | "--mount") && seen.contains(&flag) {
            return Err(format!("{flag} is given twice"));
        }
        seen.push(flag);
        let mut value = || {
            let (value, rest) = words.split_first().ok_or(format!("{flag} needs a value"))?;
            words = rest;
            Ok::<_, String>(*value)
        };
        match (flag, engine) {
            ("--interactive" | "--read-only" | "--rm", _) | ("--http-proxy=false", Engine::Podman) => {}
            ("--pull", _) => one_of(flag, value()?, &["never"])?,
            ("--tmpfs", _) => one_of(flag, value()?, &["/tmp"])?,
            ("--cap-drop", _) => one_of(flag, value()?, &["ALL"])?,
            ("--security-opt", _) => one_of(flag, value()?, &["no-new-privileges"])?,
            ("--log-driver", _) => one_of(flag, value()?, &["none"])?,
            ("--add-host", Engine::Docker) => {
                one_of(flag, value()?, &["host.docker.internal:host-gateway"])?;
            }
            ("--network", _) => one_of(flag, value()?, &["none"])?,
            ("--userns", Engine::Podman) => one_of(flag, value()?, &["keep-id"])?,
            ("--user", _) => {
                let user = value()?;
                let (uid, gid) = user.split_once(':').ok_or("--user takes UID:GID")?;
                number(flag, uid)?;
                number(flag, gid)?;
            }
            ("--memory" | "--memory-swap" | "--pids-limit", _) => number(flag, value()?)?,
            ("--cpus", _) => {
                let cpus = value()?;
                cpus.parse::<f64>()
                    .map_err(|error| format!("--cpus {cpus}: {error}"))?;
            }
            ("--name", _) => options.name = container_name(value()?)?,
            ("--mount", _) => match mount(value()?)? {
                (source, target) if target == "/artifacts" => options.artifacts = source,
                (source, target) => options.mounts.push((target, source)),
            },
            ("--label", _) => options.labels.push(value()?.to_owned()),
            ("--env", _) => options.environment.push(value()?.to_owned()),
            _ => return Err(format!("unknown flag: {flag}")),
        }
    }
    if seen.contains(&"--rm") && seen.contains(&"--interactive") && !options.name.is_empty() {
        Ok(options)
    } else {
        Err("only runs with --interactive and --name are known here".into())
    }
}

fn one_of(flag: &str, value: &str, known: &[&str]) -> Result<()> {
    if known.contains(&value) {
        Ok(())
    } else {
        Err(format!("{flag} {value} is not known"))
    }
}

fn number(flag: &str, value: &str) -> Result<()> {
    let parsed = value.parse::<u64>();
    parsed
        .map(drop)
        .map_err(|error| format!("{flag} {value}: {error}"))
}

/// `name@sha256:<hex>`, or the id of an image.
fn reference(image: &str) -> Result<String> {
    let (_, hex) = image
        .rsplit_once("sha256:")
        .ok_or(format!("invalid reference: {image}"))?;
    if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(image.to_owned())
    } else {
        Err(format!("invalid reference: {image}"))
    }
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, as both engines have it.
fn container_name(name: &str) -> Result<String> {
    let is_good = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    if is_good {
        Ok(name.to_owned())
    } else {
        Err(format!("invalid container name: {name}"))
    }
}

fn container_names(names: &[&str]) -> Result<Vec<String>> {
    names.iter().map(|name| container_name(name)).collect()
}

/// `type=bind,source=PATH,target=PATH`, as one record of CSV (RFC 4180): the source and the target. All but the artifacts is
/// `readonly`.
fn mount(value: &str) -> Result<(PathBuf, String)> {
    let mut fields = csv(value)?;
    let is_read_only = fields.last().is_some_and(|last| last == "readonly");
    if is_read_only {
        fields.pop();
    }
    let fields: Vec<_> = fields.iter().filter_map(|field| field.split_once('=')).collect();
    match fields.as_slice() {
        [("type", "bind"), ("source", source), ("target", target)]
            if PathBuf::from(source).exists() && is_read_only == (*target != "/artifacts") =>
        {
            Ok((source.into(), (*target).to_owned()))
        }
        _ => Err(format!("invalid mount: {value}")),
    }
}

fn csv(record: &str) -> Result<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = record.chars().peekable();
    while let Some(c) = characters.next() {
        let field = fields.last_mut().expect("one at least");
        match c {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            '"' => return Err(format!("a bare quote: {record}")),
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(c),
        }
    }
    Ok(fields)
}
