//! A chat-completion service on loopback that answers every request at once with the same answer.

use std::fmt::Write as _;
use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::documents::ANSWER;
use crate::request;

/// What tokens are like: some have escapes, and some are not ASCII.
const WORDS: [&str; 8] = [
    " the",
    "ing",
    ", and",
    " receipt",
    r"\n\n",
    r#" \"so\""#,
    " Zoë",
    ".",
];

/// How much a service under load hands to the kernel at once, in bytes; a write for every chunk would make the service the
/// slowest of all, and what is compared here wait for it.
const WRITE: usize = 16 * 1024;

/// It runs until the bench ends.
pub(crate) struct Service {
    address: SocketAddr,
}

impl Service {
    pub(crate) fn start() -> io::Result<Self> {
        let length = ANSWER.len();
        Self::answering(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{ANSWER}"
        ))
    }

    /// Answers with a stream of this many chunks as OpenAI has them, each of them an event and a chunk of HTTP too.
    pub(crate) fn streaming(chunks: usize) -> io::Result<Self> {
        let mut answer = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n".to_owned();
        for number in 0..chunks {
            let mut event = format!(
                r#"data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0123456789","choices":[{{"index":0,"delta":{{"content":" {number}{}"}},"logprobs":null,"finish_reason":null}}]}}"#,
                WORDS.get(number % WORDS.len()).unwrap_or(&"")
            );
            event.push_str("\n\n");
            push_chunk(&mut answer, &event);
        }
        push_chunk(&mut answer, "data: [DONE]\n\n");
        push_chunk(&mut answer, "");
        Self::answering(answer)
    }

    fn answering(answer: String) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(&stream, &answer); // a client that went away is an error of the client's
            }
        });
        Ok(Self { address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

/// A chunk as RFC 9112, section 7.1, has it; the empty one is the last.
fn push_chunk(answer: &mut String, chunk: &str) {
    let _ = write!(answer, "{:x}\r\n{chunk}\r\n", chunk.len()); // a String takes all
}

/// Reads one request and answers it.
fn serve(mut stream: &TcpStream, answer: &str) -> io::Result<()> {
    request::read(&mut BufReader::new(stream))?;
    answer
        .as_bytes()
        .chunks(WRITE)
        .try_for_each(|piece| stream.write_all(piece))
}
