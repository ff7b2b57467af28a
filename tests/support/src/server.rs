//! A service on this machine that answers what a test tells it to.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::tls::Authority;

/// Nothing here takes that long, unless it never happens.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A connection, encrypted or not.
trait Connection: Read + Write {}

impl<T: Read + Write> Connection for T {}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Names in lower case, values byte for byte.
    pub headers: Vec<(String, Vec<u8>)>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let header = self.headers.iter().find(|(header, _)| header == name);
        header.map(|(_, value)| value.as_slice())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The request for people: what varies and what is secret by its name.
    pub fn shown(&self, key: &str) -> String {
        let mut text = format!("{} {}\n", self.method, self.path);
        let mut headers = self.headers.clone();
        headers.sort();
        for (name, value) in headers {
            let value = String::from_utf8(value).expect("a header is UTF-8");
            let value = match name.as_str() {
                "host" => "[HOST]".to_owned(),
                "user-agent" => value.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"),
                _ => value.replace(key, "[KEY]"),
            };
            text.push_str(&format!("{name}: {value}\n"));
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => text.push_str(&format!("\n{json:#}\n")),
            Err(_) if self.body.is_empty() => {}
            Err(_) => text.push_str(&format!("\n{}\n", String::from_utf8_lossy(&self.body))),
        }
        text
    }

    /// The server's own address as the client knows it, for answers that name a URL: `http://127.0.0.1:1234`.
    pub fn origin(&self) -> String {
        let host = self.header("host").unwrap_or_default();
        format!("http://{}", String::from_utf8_lossy(host))
    }
}

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

    fn send(&self, connection: &mut dyn Connection) -> io::Result<()> {
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

/// A server on a free port of the loopback interface; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    answer: Box<dyn Fn(&Request) -> Answer + Send + Sync>,
    tls: Option<Arc<ServerConfig>>,
    requests: Mutex<Vec<Request>>,
    came: Condvar,
    connections: Mutex<Vec<TcpStream>>,
    stopped: AtomicBool,
}

impl Server {
    /// Answers each request with what the function gives; it is called by one thread a connection.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(None, answer)
    }

    /// Answers over TLS, with a certificate of this authority for this name, which is good until the end of a year; the
    /// address stays `127.0.0.1`.
    pub fn tls(authority: &Authority, name: &str, last_year: i32, answer: Answer) -> Self {
        Self::start_with(Some(authority.server(name, last_year)), move |_| answer.clone())
    }

    fn start_with(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            tls,
            requests: Mutex::default(),
            came: Condvar::new(),
            connections: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        });
        Self {
            address,
            shared,
            thread: Some(thread),
        }
    }

    /// Answers each request with the same.
    pub fn always(answer: Answer) -> Self {
        Self::start(move |_| answer.clone())
    }

    /// Gives these answers in turn, and the last one from then on.
    pub fn script(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        let answers = Mutex::new(answers);
        Self::start(move |_| {
            let mut answers = answers.lock().unwrap();
            match answers.len() {
                1 => answers.last().cloned(),
                _ => answers.pop(),
            }
            .expect("an answer")
        })
    }

    /// `http://127.0.0.1:1234` and the path; `https` where there is TLS.
    pub fn url(&self, path: &str) -> String {
        let scheme = match self.shared.tls {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://{}{path}", self.address)
    }

    /// The requests so far, in the order in which they were complete.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Waits until this many requests have come; fails after a minute.
    pub fn wait_for(&self, count: usize) {
        let mut requests = self.shared.requests.lock().unwrap();
        let started = Instant::now();
        while requests.len() < count {
            let left = LONGEST_WAIT.checked_sub(started.elapsed());
            let left = left.unwrap_or_else(|| panic!("there are fewer than {count} requests"));
            requests = self.shared.came.wait_timeout(requests, left).unwrap().0;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // ends the wait for a connection
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for connection in self.shared.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both); // ends whatever its thread waits for
        }
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for connection in listener.incoming().flatten() {
            if self.stopped.load(Ordering::SeqCst) {
                return;
            }
            let handle = connection.try_clone().expect("a second handle");
            self.connections.lock().unwrap().push(handle);
            let shared = Arc::clone(self);
            std::thread::spawn(move || {
                let mut connection = connection;
                let _ = match &shared.tls {
                    None => shared.serve(&mut connection),
                    Some(tls) => shared.serve_encrypted(Arc::clone(tls), &mut connection),
                }; // the client's own test sees what it missed
                let _ = connection.shutdown(Shutdown::Both);
            });
        }
    }

    fn serve_encrypted(&self, tls: Arc<ServerConfig>, connection: &mut TcpStream) -> io::Result<()> {
        let session = ServerConnection::new(tls).map_err(io::Error::other)?;
        let mut connection = StreamOwned::new(session, connection);
        self.serve(&mut connection)?;
        connection.conn.send_close_notify();
        connection.flush()
    }

    fn serve(&self, connection: &mut dyn Connection) -> io::Result<()> {
        let request = read_request(connection)?;
        // answered from the request, which is recorded first: who sees the answer finds it
        self.requests.lock().unwrap().push(request.clone());
        self.came.notify_all();
        (self.answer)(&request).send(connection)
    }
}

fn read_request(connection: &mut dyn Connection) -> io::Result<Request> {
    let mut bytes = Vec::new();
    let (mut request, length) = loop {
        read_more(connection, &mut bytes)?;
        if let Some(head) = parse_head(&bytes)? {
            break head;
        }
    };
    let at = bytes.len() - request.body.len();
    while bytes.len() < at + length {
        read_more(connection, &mut bytes)?;
    }
    request.body = bytes.split_off(at);
    Ok(request)
}

/// A request with as much of its body as is there, and the length of the whole body.
fn parse_head(bytes: &[u8]) -> io::Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(at) = head.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let request = Request {
        method: head.method.unwrap_or_default().into(),
        path: head.path.unwrap_or_default().into(),
        headers: head
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
            .collect(),
        body: bytes.get(at..).unwrap_or_default().to_vec(),
    };
    assert!(
        request.header("transfer-encoding").is_none(),
        "this server reads bodies of a known length only"
    );
    let length = request.header("content-length").unwrap_or(b"0");
    let length = String::from_utf8_lossy(length)
        .parse()
        .map_err(io::Error::other)?;
    Ok(Some((request, length)))
}

fn read_more(connection: &mut dyn Connection, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    let n = connection.read(&mut buffer)?;
    if n == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    bytes.extend_from_slice(buffer.get(..n).unwrap_or_default());
    Ok(())
}
