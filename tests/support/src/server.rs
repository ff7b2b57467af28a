//! A service on loopback that answers as a test describes.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::answer::{Answer, Connection};
use crate::tls::{self, Authority};

/// Nothing here takes that long, unless it never happens.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

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
    /// Those that are open, by their peer.
    connections: Mutex<HashMap<SocketAddr, TcpStream>>,
    stopped: AtomicBool,
}

impl Server {
    /// Answers each request with what the function returns; each connection has a thread that calls it.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(None, answer)
    }

    /// Answers over TLS, with a certificate of this authority for this name, which is good until the end of a year; the
    /// address stays `127.0.0.1`.
    pub fn tls(authority: &Authority, name: &str, last_year: i32, answer: Answer) -> Self {
        Self::start_with(Some(authority.server(name, last_year)), move |_| answer.clone())
    }

    /// A server whose certificate is one of `openssl req -x509`; returns the certificate too.
    pub fn self_signed(answer: Answer) -> (Self, String) {
        let (pem, config) = tls::self_signed();
        (Self::start_with(Some(config), move |_| answer.clone()), pem)
    }

    /// The same with what the function returns, for as long as anybody runs this.
    pub(crate) fn start_tls(
        authority: &Authority,
        name: &str,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(Some(authority.server(name, 4000)), answer)
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
        for (_, connection) in self.shared.connections.lock().unwrap().drain() {
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
            let _ = connection.set_nodelay(true);
            let Ok(peer) = connection.peer_addr() else {
                continue;
            };
            let handle = connection.try_clone().expect("a second handle");
            self.connections.lock().unwrap().insert(peer, handle);
            let shared = Arc::clone(self);
            std::thread::spawn(move || {
                let mut connection = connection;
                let _ = match &shared.tls {
                    None => shared.serve(&mut connection),
                    Some(tls) => shared.serve_encrypted(Arc::clone(tls), &mut connection),
                }; // the client's own test sees what it missed
                shared.connections.lock().unwrap().remove(&peer);
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

    /// Answers one request after the other, as long as the answers keep the connection alive.
    fn serve(&self, connection: &mut dyn Connection) -> io::Result<()> {
        loop {
            let request = read_request(connection)?;
            // recorded before it is answered: who sees the answer finds it
            self.requests.lock().unwrap().push(request.clone());
            self.came.notify_all();
            if !(self.answer)(&request).send(connection)? {
                return Ok(());
            }
        }
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
