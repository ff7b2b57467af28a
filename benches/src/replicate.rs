//! Replicate's part on loopback: one prediction that is done at the first poll, and files of 16 MiB.

use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::request;

pub(crate) const FILES: usize = 64;
pub(crate) const FILE_SIZE: usize = 16 * 1024 * 1024;

/// It runs until the bench ends, with a thread a connection.
pub(crate) struct Replicate {
    address: SocketAddr,
}

struct Shared {
    origin: String,
    /// How long it takes for each answer about a prediction.
    pause: Duration,
    has_files: bool,
    file: Vec<u8>,
}

impl Replicate {
    pub(crate) fn start(pause: Duration, has_files: bool) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            origin: format!("http://{address}"),
            pause,
            has_files,
            file: vec![b'x'; if has_files { FILE_SIZE } else { 0 }],
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let _ = shared.serve(&stream); // a client that went away is an error of the client's
                });
            }
        });
        Ok(Self { address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn file_url(&self, number: usize) -> String {
        format!("http://{}/file/{number}", self.address)
    }
}

impl Shared {
    /// Answers one request of a connection after the other.
    fn serve(&self, mut stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        while let Some(line) = request::read(&mut reader)? {
            if line.starts_with("GET /file/") {
                let length = self.file.len();
                stream.write_all(
                    format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/zip\r\ncontent-length: {length}\r\n\r\n"
                    )
                    .as_bytes(),
                )?;
                stream.write_all(&self.file)?;
                continue;
            }
            let (status, body) = match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["GET", path, ..] if path.starts_with("/v1/models/") => ("200 OK", SCHEMA.to_owned()),
                ["GET", ..] => ("200 OK", self.prediction("succeeded")),
                _ => ("201 Created", self.prediction("starting")),
            };
            stream.write_all(
                format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .as_bytes(),
            )?;
        }
        Ok(())
    }

    fn prediction(&self, status: &str) -> String {
        thread::sleep(self.pause);
        let origin = &self.origin;
        let files = match self.has_files {
            true => (0..FILES)
                .map(|number| format!("\"{origin}/file/{number}\""))
                .collect(),
            false => vec!["\"done\"".to_owned()],
        };
        format!(
            r#"{{"id":"p1","model":"owner/name","version":"hidden","status":"{status}","output":[{}],"urls":{{"get":"{origin}/v1/predictions/p1"}}}}"#,
            files.join(",")
        )
    }
}

const SCHEMA: &str = r#"{"latest_version":{"openapi_schema":{"components":{"schemas":{"Output":{"type":"array","items":{"type":"string","format":"uri"}}}}}}}"#;
