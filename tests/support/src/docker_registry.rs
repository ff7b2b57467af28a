//! The registry that Debian packages as `docker-registry`: what real ones answer.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use crate::dir::Dir;

/// The program, on a free port of the loopback interface, with its files in a directory of its own; it ends when it is dropped.
pub struct DockerRegistry {
    child: Child,
    address: String,
    _files: Dir,
}

const PROGRAM: &str = "docker-registry";

/// What its log says before the address.
const LISTENING: &str = "listening on ";

/// The user `user` with the password `s3cret`, as Apache's htpasswd writes it with bcrypt.
const HTPASSWD: &str = "user:$2b$04$O42WpLqy.61GZEo74w9E3.ReS5bmW2YLAmb9qZxNPvUIO3Sbf9sba\n";

impl DockerRegistry {
    /// Starts it; `None`, and a line on stderr, where it is not installed.
    pub fn start() -> Option<Self> {
        Self::start_in(Dir::new(), "")
    }

    /// The same for the user `user` with the password `s3cret` alone, by the scheme Basic.
    pub fn start_with_login() -> Option<Self> {
        let files = Dir::new();
        let users = files.write("htpasswd", HTPASSWD);
        let auth = format!(
            "auth: {{htpasswd: {{realm: tests, path: \"{}\"}}}}\n",
            users.display()
        );
        Self::start_in(files, &auth)
    }

    fn start_in(files: Dir, more: &str) -> Option<Self> {
        let config = format!(
            "version: 0.1\nlog: {{level: info, formatter: text}}\nhttp: {{addr: \"127.0.0.1:0\"}}\n\
             storage: {{filesystem: {{rootdirectory: \"{}\"}}, delete: {{enabled: true}}}}\n{more}",
            files.create_dir("data").display()
        );
        let config = files.write("config.yml", config);
        let started = Command::new(PROGRAM)
            .arg("serve")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else {
            // not by `eprintln!`, which a test that passes does not show
            let _ = writeln!(std::io::stderr(), "\n*** SKIPPED: {PROGRAM} is not installed ***");
            return None;
        };
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let address = log.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once(LISTENING)?;
            let end = address.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit());
            Some(address[..end.unwrap_or(address.len())].to_owned())
        });
        std::thread::spawn(move || log.for_each(drop)); // a full pipe would stop it
        Some(Self {
            child,
            address: address.expect("its log says the address"),
            _files: files,
        })
    }

    /// The host and the port in the names of its images.
    pub fn host(&self) -> &str {
        &self.address
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
