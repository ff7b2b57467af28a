//! What a service on this machine answers, well or badly.

use std::io::{self, Read, Write};
use std::sync::Arc;

use serde_json::Value;

/// A connection, encrypted or not.
pub(crate) trait Connection: Read + Write {}

impl<T: Read + Write> Connection for T {}

/// What to answer.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Arc<Vec<u8>>,
    framing: Framing,
    hangs: bool,
    keeps_alive: bool,
}

/// How a client learns where the body ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Framing {
    /// By this length, or the body's own.
    Length(Option<usize>),
    /// By the chunks that the body consists of.
    Chunked,
    /// Never: the body is repeated as a chunk.
    Endless,
    /// There is no answer at all.
    None,
}

impl Answer {
    /// A whole answer.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Arc::new(body.into()),
            framing: Framing::Length(None),
            hangs: false,
            keeps_alive: false,
        }
    }

    /// A whole answer in JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }

    /// An answer whose body is in chunks already, as RFC 9112 has them, whole or not.
    pub fn chunked(status: u16, chunks: impl Into<Vec<u8>>) -> Self {
        Self {
            framing: Framing::Chunked,
            ..Self::new(status, chunks)
        }
    }

    /// Adds a header; `content-length` and `connection` are there without.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same body as gzip, whether the client accepts it or not.
    #[must_use]
    pub fn gzipped(mut self) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&self.body).expect("memory takes all");
        self.body = Arc::new(encoder.finish().expect("memory takes all"));
        self.header("content-encoding", "gzip")
    }

    /// Closes the connection after the body, and before the end that the head promises.
    #[must_use]
    pub fn broken_off(self) -> Self {
        let length = self.body.len() + 1;
        self.promising(length)
    }

    /// Says that the body has this length, whatever it has.
    #[must_use]
    pub fn promising(mut self, length: usize) -> Self {
        self.framing = Framing::Length(Some(length));
        self
    }

    /// Repeats the body until nobody reads it any more.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.framing = Framing::Endless;
        self
    }

    /// Keeps the client waiting after the body, until the server is dropped or the client gives up.
    #[must_use]
    pub fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }

    /// Leaves the connection open for the next request.
    #[must_use]
    pub fn keeping_alive(mut self) -> Self {
        self.keeps_alive = true;
        self
    }

    /// The same without its body, as the answer to HEAD.
    #[must_use]
    pub(crate) fn head_only(self) -> Self {
        let length = self.body.len();
        let whole = self.promising(length);
        Self {
            body: Arc::default(),
            ..whole
        }
    }

    /// Closes the connection without an answer.
    pub fn close() -> Self {
        Self {
            framing: Framing::None,
            ..Self::new(200, "")
        }
    }

    /// Keeps the client waiting for an answer until the server is dropped or the client gives up.
    pub fn hang() -> Self {
        Self::close().hanging()
    }

    /// Sends it; returns whether the connection takes another request.
    pub(crate) fn send(&self, connection: &mut dyn Connection) -> io::Result<bool> {
        if self.framing != Framing::None {
            connection.write_all(&self.head())?;
        }
        match self.framing {
            Framing::Length(_) | Framing::Chunked => connection.write_all(&self.body)?,
            Framing::Endless => loop {
                write!(connection, "{:x}\r\n", self.body.len())?;
                connection.write_all(&self.body)?;
                connection.write_all(b"\r\n")?;
            },
            Framing::None => {}
        }
        if self.hangs {
            let _ = connection.read(&mut [0])?; // its end
        }
        Ok(self.keeps_alive)
    }

    fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        if !self.keeps_alive {
            head.push_str("connection: close\r\n");
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&match self.framing {
            Framing::Length(length) => {
                format!("content-length: {}\r\n\r\n", length.unwrap_or(self.body.len()))
            }
            _ => "transfer-encoding: chunked\r\n\r\n".to_owned(),
        });
        head.into_bytes()
    }
}
