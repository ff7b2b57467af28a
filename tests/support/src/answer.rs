//! What a service on this machine answers, well or badly.

use std::io::{self, Read, Write};

use serde_json::Value;

/// A connection, encrypted or not.
pub(crate) trait Connection: Read + Write {}

impl<T: Read + Write> Connection for T {}

/// What to answer.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    then: Then,
    hangs: bool,
    promised: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    /// The answer is whole.
    End,
    /// It ends before the length that it promised.
    BreakOff,
    /// Nothing is answered, and the connection is closed.
    Close,
    /// Nothing is answered as long as the server lives.
    Hang,
    /// The body is sent as it is, chunks and all.
    Chunks,
    /// The body goes on for ever.
    GoOn,
}

impl Answer {
    /// A whole answer.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            then: Then::End,
            hangs: false,
            promised: None,
        }
    }

    /// A whole answer in JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }

    /// An answer whose body is in chunks already, as RFC 9112 has them, whole or not.
    pub fn chunked(status: u16, chunks: &str) -> Self {
        Self {
            then: Then::Chunks,
            ..Self::new(status, chunks)
        }
    }

    /// Adds a header; `content-length` and `connection` are there without.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same body as gzip, whether it was asked for or not.
    #[must_use]
    pub fn gzipped(mut self) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&self.body).expect("memory takes all");
        self.body = encoder.finish().expect("memory takes all");
        self.header("content-encoding", "gzip")
    }

    /// Closes the connection after the body, which was promised to be longer.
    #[must_use]
    pub fn broken_off(mut self) -> Self {
        self.then = Then::BreakOff;
        self
    }

    /// Says that the body has another length than it has; one that is shorter breaks off.
    #[must_use]
    pub fn promising(mut self, length: usize) -> Self {
        self.promised = Some(length);
        self
    }

    /// Repeats the body until nobody reads it any more.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.then = Then::GoOn;
        self
    }

    /// Keeps the connection open after the body, until the server is dropped or the client gives up.
    #[must_use]
    pub fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }

    /// Closes the connection without an answer.
    pub fn close() -> Self {
        Self {
            then: Then::Close,
            ..Self::new(200, "")
        }
    }

    /// Keeps the client waiting until the server is dropped or the client gives up.
    pub fn hang() -> Self {
        Self {
            then: Then::Hang,
            ..Self::new(200, "")
        }
    }

    pub(crate) fn send(&self, connection: &mut dyn Connection) -> io::Result<()> {
        match self.then {
            Then::Close => return Ok(()),
            Then::Hang => return connection.read(&mut [0]).map(drop),
            Then::End | Then::BreakOff | Then::GoOn | Then::Chunks => {}
        }
        let mut head = format!("HTTP/1.1 {} Scripted\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let extra = usize::from(self.then == Then::BreakOff);
        match self.then {
            Then::GoOn | Then::Chunks => head.push_str("transfer-encoding: chunked\r\n"),
            _ => {
                let length = self.promised.unwrap_or(self.body.len() + extra);
                head.push_str(&format!("content-length: {length}\r\n"));
            }
        }
        connection.write_all(head.as_bytes())?;
        connection.write_all(b"\r\n")?;
        if self.then != Then::GoOn {
            connection.write_all(&self.body)?;
            return match self.hangs {
                true => connection.read(&mut [0]).map(drop),
                false => Ok(()),
            };
        }
        let mut chunk = format!("{:x}\r\n", self.body.len()).into_bytes();
        chunk.extend_from_slice(&self.body);
        chunk.extend_from_slice(b"\r\n");
        loop {
            connection.write_all(&chunk)?;
        }
    }
}
